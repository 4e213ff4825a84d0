"""A `Signer` over a key on a PKCS#11 token: the message is hashed here, its digest is signed there.

signer = Pkcs11Signer.open(parse_module_uri("pkcs11:token=authority;object=issuing-ca?module-path=…"), pin)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pkcs11 import MGF, Mechanism
from pkcs11.exceptions import PKCS11Error

from trustkit.crypto.asymmetric import PSS_SUITES
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.module_challenge import require_pair
from trustkit.custody.pkcs11_errors import LOST, refusal
from trustkit.custody.pkcs11_key import KeyUse, find_private_key, find_public_key, require_use
from trustkit.custody.pkcs11_token import open_token
from trustkit.custody.port import require_digest
from trustkit.custody.private_key import usual_suite
from trustkit.custody.secrecy import Secretive
from trustkit.encoding.der_write import integer, null, octet_string, oid, sequence
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustkit.crypto.public_key import PublicKey
    from trustkit.crypto.suites import SignatureSuite
    from trustkit.custody.module_uri import Pkcs11Uri
    from trustkit.custody.passphrase import Passphrase
    from trustkit.custody.pkcs11_token import Pkcs11Token

_TRIES: Final = 2  # the second after a new log-in, for a network module that was restarted
_HASHES: Final = {
    DigestAlgorithm.SHA256: (Mechanism.SHA256, MGF.SHA256, "2.16.840.1.101.3.4.2.1"),
    DigestAlgorithm.SHA384: (Mechanism.SHA384, MGF.SHA384, "2.16.840.1.101.3.4.2.2"),
    DigestAlgorithm.SHA512: (Mechanism.SHA512, MGF.SHA512, "2.16.840.1.101.3.4.2.3"),
}


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
        for attempt in range(_TRIES):
            try:
                return self._sign_all(suite, prepared)
            except LOST as error:
                if attempt == _TRIES - 1:
                    raise refusal(error) from None
            except PKCS11Error as error:
                raise refusal(error, ErrorCode.SIGNING_FAILED) from None
        raise TrustError(ErrorCode.SIGNING_FAILED, "the token did not sign")

    def _sign_all(self, suite: SignatureSuite, prepared: Sequence[bytes]) -> tuple[bytes, ...]:
        arguments = _mechanism(suite)
        with self._token.session() as session:
            key = find_private_key(session, self._uri)
            signatures = [key.sign(data, **arguments) for data in prepared]
        if suite.key_kind is KeyKind.RSA:
            return tuple(signatures)
        return tuple(_ecdsa_der(signature) for signature in signatures)

    def __repr__(self) -> str:
        return f"Pkcs11Signer(suite={self._suite.value}, identifier={self._public_key.identifier.hex()})"


def _prepared(suite: SignatureSuite, hashed: bytes) -> bytes:
    """Return what the mechanism signs: the digest, for PKCS#1 v1.5 inside DigestInfo (RFC 8017 9.2)."""
    if suite.key_kind is KeyKind.RSA and suite not in PSS_SUITES:
        return sequence(sequence(oid(_HASHES[suite.digest][2]), null()), octet_string(hashed))
    return hashed


def _mechanism(suite: SignatureSuite) -> dict[str, Any]:
    if suite.key_kind is not KeyKind.RSA:
        return {"mechanism": Mechanism.ECDSA}
    if suite not in PSS_SUITES:
        return {"mechanism": Mechanism.RSA_PKCS}
    hash_mechanism, mgf, _ = _HASHES[suite.digest]
    return {"mechanism": Mechanism.RSA_PKCS_PSS, "mechanism_param": (hash_mechanism, mgf, suite.digest.size)}


def _ecdsa_der(raw: bytes) -> bytes:
    """Return Ecdsa-Sig-Value (RFC 3279 2.2.3) of r ‖ s, which is what a token returns (PKCS #11 2.3.1)."""
    half = len(raw) // 2
    if not raw or len(raw) % 2:
        raise TrustError(ErrorCode.SIGNING_FAILED, "the token's signature is not r and s")
    return sequence(integer(int.from_bytes(raw[:half])), integer(int.from_bytes(raw[half:])))
