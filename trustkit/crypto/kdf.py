"""Key derivation: PBKDF2 (RFC 8018) and HKDF (RFC 5869) with SM3 or SHA-2, the one-step KDF of JOSE (RFC 7518), and SM2's own KDF (GB/T 32918.4 5.4.3).

derive_sm2(x + y, 16)
"""

from __future__ import annotations

from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from trustkit.crypto.digest import DigestAlgorithm, hasher
from trustkit.crypto.mac import HASHES, MacAlgorithm
from trustkit.errors import ErrorCode, TrustError

MAX_ITERATIONS: Final = 10_000_000  # ten seconds: what a foreign container may make us compute
MAX_DERIVED: Final = 1024 * 1024  # octets of SM2's KDF, the key stream of one ciphertext
_MAX_PBKDF2: Final = 1024  # a key and an IV; each digest's length more costs all iterations again
_HKDF_BLOCKS: Final = 255  # RFC 5869 2.3
PBKDF2_SALTS: Final = range(8, 129)  # RFC 8018 4.1: at least eight octets
_MAX_CONCAT: Final = 64  # a content key and, where there is one, a key of a MAC
_MAX_CONCAT_INFO: Final = 4096
_SM3_SIZE: Final = 32


def derive_pbkdf2(prf: MacAlgorithm, password: bytes, *, salt: bytes, iterations: int, size: int) -> bytes:
    """Return `size` octets from a password (RFC 8018 5.2). Raise USAGE for a salt, count or size out of bounds."""
    if len(salt) not in PBKDF2_SALTS or not 1 <= iterations <= MAX_ITERATIONS or not 1 <= size <= _MAX_PBKDF2:
        raise TrustError(ErrorCode.USAGE, "PBKDF2 salt, iterations or size", iterations=iterations, size=size)
    return PBKDF2HMAC(algorithm=HASHES[prf], length=size, salt=salt, iterations=iterations).derive(password)


def derive_hkdf(prf: MacAlgorithm, secret: bytes, *, salt: bytes, info: bytes, size: int) -> bytes:
    """Return `size` octets for the purpose `info` from a uniform secret (RFC 5869). Raise USAGE for a size out of bounds."""
    if not 1 <= size <= _HKDF_BLOCKS * prf.size:
        raise TrustError(ErrorCode.USAGE, "HKDF size", size=size)
    return HKDF(algorithm=HASHES[prf], length=size, salt=salt, info=info).derive(secret)


def derive_concat(secret: bytes, info: bytes, size: int) -> bytes:
    """Return `size` octets by the one-step KDF with SHA-256 (NIST SP 800-56A 5.8.1, RFC 7518 4.6.2). Raise USAGE for a size out of bounds."""
    if not 1 <= size <= _MAX_CONCAT or len(info) > _MAX_CONCAT_INFO:
        raise TrustError(ErrorCode.USAGE, "one-step KDF size", size=size)
    return ConcatKDFHash(algorithm=SHA256(), length=size, otherinfo=info).derive(secret)


def derive_sm2(secret: bytes, size: int) -> bytes:
    """Return K = SM3(Z ‖ 1) ‖ SM3(Z ‖ 2) ‖ … cut to `size` octets (GB/T 32918.4 5.4.3, counter of 32 bits from 1).

    Raises:
        TrustError: USAGE for a size outside 1…`MAX_DERIVED`.
    """
    if not 1 <= size <= MAX_DERIVED:
        raise TrustError(ErrorCode.USAGE, "SM2 KDF size", size=size)
    start = hasher(DigestAlgorithm.SM3)
    start.update(secret)
    parts = []
    for counter in range(1, -(-size // _SM3_SIZE) + 1):
        state = start.copy()
        state.update(counter.to_bytes(4, "big"))
        parts.append(state.digest())
    return b"".join(parts)[:size]
