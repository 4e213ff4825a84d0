"""Signatures other than SM2, verified by `cryptography`.

ECDSA (FIPS 186-5), RSA (RFC 8017), Ed25519 (RFC 8032), ML-DSA (FIPS 204, pure, with an empty context as RFC 9881 has it).
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import load_der_public_key

from trustkit.crypto.digest import DigestAlgorithm
from trustkit.crypto.engines.port import EngineAnswer
from trustkit.crypto.suites import SignatureSuite
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

_KEY_CACHE: Final = 1024  # as in `trustkit.crypto.public_key`
HASHES: Final[dict[DigestAlgorithm, hashes.HashAlgorithm]] = {
    DigestAlgorithm.SHA256: hashes.SHA256(),
    DigestAlgorithm.SHA384: hashes.SHA384(),
    DigestAlgorithm.SHA512: hashes.SHA512(),
}
PSS_SUITES: Final = frozenset(
    {SignatureSuite.RSA_PSS_SHA256, SignatureSuite.RSA_PSS_SHA384, SignatureSuite.RSA_PSS_SHA512}
)

ML_DSA_PUBLIC: Final = mldsa.MLDSA44PublicKey | mldsa.MLDSA65PublicKey | mldsa.MLDSA87PublicKey


@lru_cache(maxsize=_KEY_CACHE)
def _load(spki: bytes) -> PublicKeyTypes:
    return load_der_public_key(spki)


def rsa_padding(suite: SignatureSuite) -> padding.AsymmetricPadding:
    """Return the padding an RSA suite fixes; PSS with MGF1 of the same digest and a salt of the digest's length."""
    if suite in PSS_SUITES:
        chosen = HASHES[suite.digest]
        return padding.PSS(mgf=padding.MGF1(chosen), salt_length=padding.PSS.DIGEST_LENGTH)
    return padding.PKCS1v15()


def answer_for(
    suite: SignatureSuite, spki: bytes, message: bytes, signature: bytes, *, hashed: bool = False
) -> EngineAnswer:
    """Answer for a signature by a key that `parse_public_key` accepted. Raise ALGORITHM_MISMATCH for SM2.

    With `hashed`, `message` is its digest of the suite's algorithm; the suite is one that takes it.
    """
    key = _load(spki)
    try:
        if isinstance(key, ed25519.Ed25519PublicKey | ML_DSA_PUBLIC):
            key.verify(signature, message)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, message, ec.ECDSA(_hash(suite, hashed=hashed)))
        elif isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, message, rsa_padding(suite), _hash(suite, hashed=hashed))
        else:
            raise TrustError(ErrorCode.ALGORITHM_MISMATCH, "kind of key", suite=suite.value)
    except InvalidSignature:
        return EngineAnswer.INVALID
    return EngineAnswer.VALID


def _hash(suite: SignatureSuite, *, hashed: bool) -> hashes.HashAlgorithm | Prehashed:
    return Prehashed(HASHES[suite.digest]) if hashed else HASHES[suite.digest]
