"""A `Signer` over a key on a PKCS#11 token: the message is hashed here, its digest is signed there.

signer = Pkcs11Signer.open(parse_module_uri("pkcs11:token=authority;object=issuing-ca?module-path=…"), pin)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pkcs11 import Mechanism
from pkcs11.exceptions import PKCS11Error

from trustkit.crypto.asymmetric import PSS_SUITES
from trustkit.crypto.digest import digest, digest_oid
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.module_challenge import require_pair
from trustkit.custody.pkcs11_errors import refusal
from trustkit.custody.pkcs11_hashes import HASHES
from trustkit.custody.pkcs11_key import KeyUse, find_private_key, find_public_key, require_use
from trustkit.custody.pkcs11_token import open_token
from trustkit.custody.port import require_digest
from trustkit.custody.private_key import usual_suite
from trustkit.custody.secrecy import Secretive
from trustkit.encoding.der_write import integer, null, octet_string, oid, sequence
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pkcs11.types import Session

    from trustkit.crypto.public_key import PublicKey
    from trustkit.crypto.suites import SignatureSuite
    from trustkit.custody.module_uri import Pkcs11Uri
    from trustkit.custody.passphrase import Passphrase
    from trustkit.custody.pkcs11_token import Pkcs11Token


class Pkcs11Signer(Secretive):
    """A `BatchSigner` and `DigestSigner` over a key that stays on its token."""

    __slots__ = ("_public_key", "_suite", "_token", "_uri")

    def __init__(self, token: Pkcs11Token, uri: Pkcs11Uri, suite: SignatureSuite, public_key: PublicKey) -> None:
        self._token, self._uri, self._suite, self._public_key = token, uri, suite, public_key

    @classmethod
    def open(cls, uri: Pkcs11Uri, pin: Passphrase, suite: SignatureSuite | None = None) -> Pkcs11Signer:
        """Return the signer of the key a URI names, after one signature proved that its two halves belong together.

        Raises:
            TrustError: what `open_token` raises; KEY_MISSING, MODULE_URI (names no key, or several), KEY_UNSUPPORTED,
                KEY_WEAK, ALGORITHM_MISMATCH, SIGNING_FAILED, MODULE_SELF_CHECK.
        """
        if not uri.names_key:
            raise TrustError(ErrorCode.MODULE_URI, "object or id says which key")
        token = open_token(uri, pin)
        with token.session() as session:
            public_key = find_public_key(session, uri)
            require_use(session, uri, KeyUse.SIGN, public_key.kind)
        if public_key.kind not in {KeyKind.RSA, KeyKind.EC_P256, KeyKind.EC_P384}:
            raise TrustError(ErrorCode.KEY_UNSUPPORTED, "kind of key on the token", kind=public_key.kind.value)
        signer = cls(token, uri, usual_suite(public_key.kind, suite), public_key)
        require_pair(signer)
        return signer

    @property
    def suite(self) -> SignatureSuite:
        """What its signatures are made of."""
        return self._suite

    @property
    def public_key(self) -> PublicKey:
        """The key that verifies them."""
        return self._public_key

    def sign(self, message: bytes, /) -> bytes:
        """See `Signer.sign`. Raise MODULE_UNREACHABLE besides, when the token is away and stays away."""
        return self.sign_batch((message,))[0]

    def sign_batch(self, messages: Sequence[bytes], /) -> tuple[bytes, ...]:
        """See `BatchSigner.sign_batch`: one session for all of them."""
        return self._signed(self._suite, [digest(self._suite.digest, message) for message in messages])

    def sign_digest(self, suite: SignatureSuite, hashed: bytes, /) -> bytes:
        """See `DigestSigner.sign_digest`. Raise MODULE_UNREACHABLE besides."""
        require_digest(suite, self._public_key, hashed)
        return self._signed(suite, [hashed])[0]

    def _signed(self, suite: SignatureSuite, digests: Sequence[bytes]) -> tuple[bytes, ...]:
        prepared = [_prepared(suite, hashed) for hashed in digests]
        arguments = _mechanism(suite)

        def sign(session: Session) -> list[bytes]:
            key = find_private_key(session, self._uri)
            return [key.sign(data, **arguments) for data in prepared]

        try:
            signatures = self._token.use(sign)
        except PKCS11Error as error:
            raise refusal(error, ErrorCode.SIGNING_FAILED) from None
        if suite.key_kind is KeyKind.RSA:
            return tuple(signatures)
        return tuple(_ecdsa_der(signature) for signature in signatures)

    def __repr__(self) -> str:
        return f"Pkcs11Signer(suite={self._suite.value}, identifier={self._public_key.identifier.hex()})"


def _prepared(suite: SignatureSuite, hashed: bytes) -> bytes:
    """Return what the mechanism signs: the digest, for PKCS#1 v1.5 inside DigestInfo (RFC 8017 9.2)."""
    if suite.key_kind is KeyKind.RSA and suite not in PSS_SUITES:
        return sequence(sequence(oid(digest_oid(suite.digest)), null()), octet_string(hashed))
    return hashed


def _mechanism(suite: SignatureSuite) -> dict[str, Any]:
    if suite.key_kind is not KeyKind.RSA:
        return {"mechanism": Mechanism.ECDSA}
    if suite not in PSS_SUITES:
        return {"mechanism": Mechanism.RSA_PKCS}
    hashed = HASHES[suite.digest]
    return {"mechanism": Mechanism.RSA_PKCS_PSS, "mechanism_param": (*hashed, suite.digest.size)}


def _ecdsa_der(raw: bytes) -> bytes:
    """Return Ecdsa-Sig-Value (RFC 3279 2.2.3) of r ‖ s, which is what a token returns (PKCS #11 2.3.1)."""
    half = len(raw) // 2
    if not raw or len(raw) % 2:
        raise TrustError(ErrorCode.SIGNING_FAILED, "the token's signature is not r and s")
    return sequence(integer(int.from_bytes(raw[:half])), integer(int.from_bytes(raw[half:])))
