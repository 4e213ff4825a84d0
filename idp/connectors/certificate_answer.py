"""What the holder of a certificate hands in: a certificate and a signature over the challenge, or a signed message that holds both.

Middleware of USB keys gives either (GM/T 0020: SOF_SignData, SOF_SignMessage); a message is one of GB/T 35275 or RFC 5652, with the
text inside or apart from it. Nothing is said of trust here: whose certificate it is and what it may is `certificate_rules`'s to judge.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from idp.connectors.answers import MAX_TEXT, refusal, text_of
from idp.connectors.certificate_challenge import require_signed, require_signed_message
from trustkit.encoding.pem import is_pem, parse_pem
from trustkit.encoding.text64 import decode_base64
from trustkit.errors import TrustError
from trustkit.identity_codes import IdentityCode
from trustkit.x509.certificate import Certificate, parse_certificate

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from idp.connectors.certificate_challenge import LoginChallenge

MAX_CERTIFICATE_TEXT: Final = 16 * 1024  # characters; SM2 certificates have some 1,200
MAX_MESSAGE_TEXT: Final = 32 * 1024  # characters of a signed message: a chain of certificates and the text, in base64


@dataclass(frozen=True, slots=True)
class HandedSignature:
    """A certificate and its signature apart; whether it is one over the challenge is not judged yet."""

    certificate: Certificate
    signature: str = field(repr=False)

    def require_over(self, challenge: LoginChallenge, *, form: str, now: datetime) -> None:
        """Return when it is the certificate's key's over the challenge. Raise IDP_CHALLENGE, IDP_CERTIFICATE (``key``)."""
        require_signed(challenge, self.signature, self.certificate.public_key, form=form, now=now)


@dataclass(frozen=True, slots=True)
class HandedMessage:
    """A signed message whose one signature holds over the challenge, and the certificate it holds under."""

    certificate: Certificate

    def require_over(self, challenge: LoginChallenge, *, form: str, now: datetime) -> None:
        """Return: it was judged when it was read."""


def read_answer(
    answer: Mapping[str, str], challenge: LoginChallenge, *, now: datetime
) -> HandedSignature | HandedMessage:
    """Return what was handed in.

    That is ``certificate`` (DER) and ``signature``, both base64; or ``answer``, which is both with a blank or a line end between, or a signed
    message in base64 or PEM.

    Raises:
        TrustError: IDP_UPSTREAM_ANSWER (``missing``, ``size``); IDP_CERTIFICATE for what is no certificate; IDP_CHALLENGE for a message
            that is none, or is not over the challenge.
    """
    pasted = answer.get("answer", "").strip()
    if not pasted:
        certificate = _certificate(text_of(answer, "certificate", limit=MAX_CERTIFICATE_TEXT))
        return HandedSignature(certificate, text_of(answer, "signature", limit=MAX_TEXT))
    if len(pasted) > MAX_MESSAGE_TEXT:
        raise refusal("answer is too long", "size")
    parts = pasted.split()
    if len(parts) == 2 and (found := _certificate_or_none(parts[0])) is not None:  # noqa: PLR2004 - certificate and signature
        return HandedSignature(found, parts[1])
    return HandedMessage(require_signed_message(challenge, _message(pasted), now=now))


def _message(text: str) -> bytes:
    """Return the octets of a signed message. Raise IDP_CHALLENGE (``message``)."""
    try:
        octets = text.encode("utf-8", "surrogatepass")
        if is_pem(octets):
            blocks = parse_pem(octets)
            return blocks[0].der if len(blocks) == 1 else b""
        return decode_base64("".join(text.split()))
    except TrustError as error:
        raise TrustError(IdentityCode.IDP_CHALLENGE, "no base64 and no PEM", rule="message") from error


def _certificate(text: str) -> Certificate:
    try:
        return parse_certificate(decode_base64(text))
    except TrustError as error:
        raise TrustError(IdentityCode.IDP_CERTIFICATE, "no certificate", rule=error.code.value) from error


def _certificate_or_none(text: str) -> Certificate | None:
    """Return what is a certificate, None for what begins a message that was broken into lines."""
    try:
        return parse_certificate(decode_base64(text))
    except TrustError:
        return None
