"""What a certificate's key signs to sign in: one text for one login, at one site, for a few minutes.

    challenge = LoginChallenge(audience="https://id.example", connector="usb-key", login=…, nonce=…, expires_at=…)
    challenge.message                   # the octets to sign, the same each time

The text names the site and the connector, so that what was signed here is of no use elsewhere, and nothing signed elsewhere is
of use here: its first line is no other purpose's (`trustkit.crypto.contexts`). It binds the login it was made for by a digest. The
middleware of keys does not know which page asks it to sign, so this is no proof against a page that shows our text for its own ends:
who signs is asked to read what is signed, and such a login never counts as phishing-resistant.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from typing import TYPE_CHECKING, Final

from trustkit.cms.read import parse_signed_message
from trustkit.cms.verify import verify_signer
from trustkit.crypto.contexts import Context, message_of
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.crypto.public_key import KeyKind, PublicKey
from trustkit.crypto.sm2 import encode_sm2_signature
from trustkit.crypto.suites import SignatureSuite
from trustkit.crypto.verify import verify_signature
from trustkit.encoding.canonical_json import canonical_json
from trustkit.encoding.text64 import decode_base64
from trustkit.errors import TrustError
from trustkit.identity_codes import IdentityCode

if TYPE_CHECKING:
    from trustkit.x509.certificate import Certificate

MAX_SIGNATURE_TEXT: Final = 128  # characters; an SM2 signature in DER has 72 octets, 96 characters
FORMS: Final = ("der", "raw")  # GB/T 35276 7.3, or r‖s of 64 octets as modules of GM/T 0016 hand it out
_RAW_SIZE: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginChallenge:
    """One text to sign. `login` is the login's handle, of which the text has a digest alone."""

    audience: str
    connector: str
    login: str = field(repr=False)
    nonce: str = field(repr=False)
    expires_at: datetime

    @property
    def message(self) -> bytes:
        """The octets that are signed, exactly so."""
        body = canonical_json(
            {
                "audience": self.audience,
                "connector": self.connector,
                "expires": self.expires_at.isoformat(timespec="seconds"),
                "login": digest(DigestAlgorithm.SM3, self.login.encode()).hex(),
                "nonce": self.nonce,
            }
        )
        return message_of(Context.CERTIFICATE_LOGIN, body)

    @property
    def written(self) -> tuple[bytes, ...]:
        """The same text as editors and clipboards hand it on to a program that signs: with either line end, and one after the last line."""
        text = self.message
        windows = text.replace(b"\n", b"\r\n")
        return (text, text + b"\n", windows, windows + b"\r\n")


def require_signed(challenge: LoginChallenge, signature: str, key: PublicKey, *, form: str, now: datetime) -> None:
    """Return when `signature` (base64, in `form`) over the challenge is the key's and in time.

    Raises:
        TrustError: IDP_CHALLENGE with the fact `rule`: ``expired``, ``signature``; IDP_CERTIFICATE (``key``) for a key that is no SM2 key.
    """
    if now >= challenge.expires_at:
        raise TrustError(IdentityCode.IDP_CHALLENGE, "the challenge is out of date", rule="expired")
    if key.kind is not KeyKind.SM2:
        raise TrustError(IdentityCode.IDP_CERTIFICATE, "not an SM2 key", rule="key")
    try:
        octets = decode_base64(signature) if len(signature) <= MAX_SIGNATURE_TEXT else b""
        if form == "raw":
            octets = encode_sm2_signature(octets[:32], octets[32:]) if len(octets) == _RAW_SIZE else b""
        _require_over(challenge, key, octets)
    except TrustError as error:
        raise TrustError(
            IdentityCode.IDP_CHALLENGE, "not this key's signature over the challenge", rule="signature"
        ) from error


def require_signed_message(challenge: LoginChallenge, octets: bytes, *, now: datetime) -> Certificate:
    """Return the certificate under which the one signature of a message (DER) holds over the challenge, in time and by SM2.

    Raises:
        TrustError: IDP_CHALLENGE with the fact `rule`: ``expired``, ``message`` for what is no message of one signer, ``signature``;
            IDP_CERTIFICATE (``key``) for a key that is no SM2 key.
    """
    if now >= challenge.expires_at:
        raise TrustError(IdentityCode.IDP_CHALLENGE, "the challenge is out of date", rule="expired")
    try:
        message = parse_signed_message(octets)
    except TrustError as error:
        raise TrustError(
            IdentityCode.IDP_CHALLENGE, f"no signed message: {error.code.value}", rule="message"
        ) from error
    if len(message.signers) != 1:
        raise TrustError(IdentityCode.IDP_CHALLENGE, "a message of several signers", rule="message")
    over = [each for each in challenge.written if message.content in {None, each}]
    refused = TrustError(IdentityCode.IDP_CHALLENGE, "a message over another text", rule="signature")
    for written in over:
        try:
            signer = verify_signer(message, 0, content=written)
        except TrustError as error:
            refused = TrustError(IdentityCode.IDP_CHALLENGE, error.code.value, rule="signature")
            continue
        if signer.suite is not SignatureSuite.SM2_SM3:
            raise TrustError(IdentityCode.IDP_CERTIFICATE, "not an SM2 key", rule="key")
        return signer.certificate
    raise refused


def _require_over(challenge: LoginChallenge, key: PublicKey, signature: bytes) -> None:
    """Return when a signature is over the text as it is, or as it was handed on. Raise what `verify_signature` raises."""
    refusals: list[TrustError] = []
    for written in challenge.written:
        try:
            return verify_signature(suite=SignatureSuite.SM2_SM3, key=key, message=written, signature=signature)
        except TrustError as error:
            refusals.append(error)
    raise refusals[0]
