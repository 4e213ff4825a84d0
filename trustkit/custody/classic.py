"""Private keys other than SM2, held and used by `cryptography`: ECDSA, RSA, Ed25519, ML-DSA."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.exceptions import InternalError, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_public_key,
)

from trustkit.crypto.asymmetric import HASHES, rsa_padding
from trustkit.custody.secrecy import Secretive
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.crypto.public_key import PublicKey
    from trustkit.crypto.rsa_oaep import OaepParameters
    from trustkit.crypto.suites import SignatureSuite

MlDsaPrivateKey = mldsa.MLDSA44PrivateKey | mldsa.MLDSA65PrivateKey | mldsa.MLDSA87PrivateKey
ClassicPrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey | MlDsaPrivateKey


class ClassicMaterial(Secretive):
    """A private key object of `cryptography`."""

    __slots__ = ("_key",)

    def __init__(self, key: ClassicPrivateKey) -> None:
        self._key = key

    @property
    def spki(self) -> bytes:
        """The public half."""
        return self._key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    def sign(self, suite: SignatureSuite, message: bytes, /) -> bytes:
        """Return the signature. Raise SIGNING_FAILED."""
        try:
            if isinstance(self._key, ed25519.Ed25519PrivateKey | MlDsaPrivateKey):
                return self._key.sign(message)
            if isinstance(self._key, ec.EllipticCurvePrivateKey):
                return self._key.sign(message, ec.ECDSA(HASHES[suite.digest]))
            return self._key.sign(message, rsa_padding(suite), HASHES[suite.digest])
        except (ValueError, InternalError, UnsupportedAlgorithm):
            raise TrustError(ErrorCode.SIGNING_FAILED, "the library could not sign", suite=suite.value) from None

    def sign_digest(self, suite: SignatureSuite, digest: bytes, /) -> bytes:
        """Return the signature over a message that was hashed elsewhere. Raise SIGNING_FAILED, also for a key that hashes itself."""
        hashed = Prehashed(HASHES[suite.digest])
        try:
            if isinstance(self._key, ec.EllipticCurvePrivateKey):
                return self._key.sign(digest, ec.ECDSA(hashed))
            if isinstance(self._key, rsa.RSAPrivateKey):
                return self._key.sign(digest, rsa_padding(suite), hashed)
        except (ValueError, InternalError, UnsupportedAlgorithm):
            pass  # told below
        raise TrustError(ErrorCode.SIGNING_FAILED, "the library could not sign", suite=suite.value)

    def decrypt_oaep(self, ciphertext: bytes, parameters: OaepParameters) -> bytes:
        """Return the plaintext of RSAES-OAEP. Raise DECRYPTION_FAILED without a cause."""
        try:
            if isinstance(self._key, rsa.RSAPrivateKey):
                return self._key.decrypt(ciphertext, parameters.scheme())
        except (ValueError, InternalError, UnsupportedAlgorithm):
            pass  # told below, in the same words as for a key of another kind
        raise TrustError(ErrorCode.DECRYPTION_FAILED, "RSAES-OAEP")

    def shared_secret(self, peer: PublicKey) -> bytes:
        """Return the x coordinate shared with the owner of `peer`. Raise DECRYPTION_FAILED without a cause."""
        try:
            public = load_der_public_key(peer.spki)
            if isinstance(self._key, ec.EllipticCurvePrivateKey) and isinstance(public, ec.EllipticCurvePublicKey):
                return self._key.exchange(ec.ECDH(), public)
        except (ValueError, InternalError, UnsupportedAlgorithm):
            pass  # told below, in the same words as for a key of another kind
        raise TrustError(ErrorCode.DECRYPTION_FAILED, "ECDH")

    def private_key_info(self) -> bytes:
        """Return PrivateKeyInfo octets, of ML-DSA as the seed (RFC 9881): the secret itself."""
        return self._key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
