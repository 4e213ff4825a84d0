"""Digest algorithms as an allow-list: SM3 (GB/T 32905) and SHA-2 (FIPS 180-4). MD5 and SHA-1 are known, and refused.

    digest(DigestAlgorithm.SM3, b"abc")

`allow_weak` exists for the places where SHA-1 only names a thing and protects nothing: the CertID of OCSP
(RFC 6960 4.1.1), key identifiers (RFC 5280 4.2.1.2), and lists of breached passwords as they are handed out.
"""

from __future__ import annotations

import hashlib
from enum import StrEnum, unique
from typing import Final, Protocol, Self

from cryptography.hazmat.primitives import hashes

from trustkit.errors import ErrorCode, TrustError


@unique
class DigestAlgorithm(StrEnum):
    """Digest algorithms by name; `size` is in octets."""

    SM3 = "sm3"
    SHA256 = "sha256"
    SHA384 = "sha384"
    SHA512 = "sha512"
    SHA1 = "sha1"
    MD5 = "md5"

    @property
    def size(self) -> int:
        """Return the length of the digest in octets."""
        return _SIZES[self]

    @property
    def weak(self) -> bool:
        """Whether collisions can be made, so that nothing may be signed through it."""
        return self in _WEAK


class Hasher(Protocol):
    """A digest being computed: what `hashlib` objects offer, and no more."""

    def update(self, data: bytes | memoryview, /) -> None:
        """Add octets."""

    def digest(self) -> bytes:
        """Return the digest of what was added so far."""

    def copy(self) -> Self:
        """Return an independent hasher in the same state."""


_SIZES: Final = {
    DigestAlgorithm.SM3: 32,
    DigestAlgorithm.SHA256: 32,
    DigestAlgorithm.SHA384: 48,
    DigestAlgorithm.SHA512: 64,
    DigestAlgorithm.SHA1: 20,
    DigestAlgorithm.MD5: 16,
}
_WEAK: Final = frozenset({DigestAlgorithm.SHA1, DigestAlgorithm.MD5})
_OIDS: Final = {
    DigestAlgorithm.SM3: "1.2.156.10197.1.401",  # GM/T 0006
    DigestAlgorithm.SHA256: "2.16.840.1.101.3.4.2.1",
    DigestAlgorithm.SHA384: "2.16.840.1.101.3.4.2.2",
    DigestAlgorithm.SHA512: "2.16.840.1.101.3.4.2.3",
    DigestAlgorithm.SHA1: "1.3.14.3.2.26",
    DigestAlgorithm.MD5: "1.2.840.113549.2.5",
}
_BY_OID: Final = {oid: algorithm for algorithm, oid in _OIDS.items()} | {
    "1.2.156.10197.1.401.1": DigestAlgorithm.SM3,  # GB/T 33560: "SM3 without a key", read and never written
}
_BY_NAME: Final = {algorithm.value: algorithm for algorithm in DigestAlgorithm}
_SM3_IN_HASHLIB: Final = "sm3" in hashlib.algorithms_available


class _Sm3:
    """SM3 where the interpreter's own OpenSSL was built without it."""

    def __init__(self, state: hashes.Hash | None = None) -> None:
        self._state = state or hashes.Hash(hashes.SM3())

    def update(self, data: bytes | memoryview, /) -> None:
        self._state.update(data)

    def digest(self) -> bytes:
        return self._state.copy().finalize()

    def copy(self) -> Self:
        return type(self)(self._state.copy())


_SM3_START: Final[Hasher] = hashlib.new("sm3") if _SM3_IN_HASHLIB else _Sm3()  # copied, which is faster than made


def hasher(algorithm: DigestAlgorithm, *, allow_weak: bool = False) -> Hasher:
    """Return a new incremental hasher. Raise ALGORITHM_WEAK for MD5 and SHA-1 unless `allow_weak`."""
    if algorithm in _WEAK:
        if not allow_weak:
            raise TrustError(ErrorCode.ALGORITHM_WEAK, "digest algorithm", algorithm=algorithm.value)
        return hashlib.new(algorithm.value, usedforsecurity=False)
    if algorithm is DigestAlgorithm.SM3:
        return _SM3_START.copy()
    return hashlib.new(algorithm.value)


def digest(algorithm: DigestAlgorithm, data: bytes, *, allow_weak: bool = False) -> bytes:
    """Return the digest of `data`. Raise ALGORITHM_WEAK for MD5 and SHA-1 unless `allow_weak`."""
    state = hasher(algorithm, allow_weak=allow_weak)
    state.update(data)
    return state.digest()


def digest_from_oid(oid: str, *, allow_weak: bool = False) -> DigestAlgorithm:
    """Return the algorithm a dotted OID names. Raise ALGORITHM_UNKNOWN; ALGORITHM_WEAK unless `allow_weak`."""
    algorithm = _BY_OID.get(oid)
    if algorithm is None:
        raise TrustError(ErrorCode.ALGORITHM_UNKNOWN, "digest algorithm", oid=oid)
    if algorithm in _WEAK and not allow_weak:
        raise TrustError(ErrorCode.ALGORITHM_WEAK, "digest algorithm", algorithm=algorithm.value)
    return algorithm


def digest_named(written: str) -> DigestAlgorithm | None:
    """Return the algorithm that people's names for it mean (``SM3``, ``SHA-256``), weak ones too; None for any other word."""
    return _BY_NAME.get(written.strip().lower().replace("-", "").replace("_", ""))


def digest_oid(algorithm: DigestAlgorithm) -> str:
    """Return the dotted OID that is written for an algorithm; the inverse of `digest_from_oid`."""
    return _OIDS[algorithm]
