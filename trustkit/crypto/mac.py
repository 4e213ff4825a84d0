"""HMAC with SM3 (GB/T 15852.2, GM/T 0006) and SHA-2 (RFC 2104, RFC 4231), by an allow-list keyed by OID.

verify_mac(MacAlgorithm.HMAC_SM3, key, data, compute_mac(MacAlgorithm.HMAC_SM3, key, data))
"""

from __future__ import annotations

from enum import StrEnum, unique
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, hmac

from trustkit.crypto.digest import DigestAlgorithm
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Mapping


@unique
class MacAlgorithm(StrEnum):
    """Message authentication codes by name; `size` is in octets."""

    HMAC_SM3 = "hmac-sm3"
    HMAC_SHA256 = "hmac-sha256"
    HMAC_SHA384 = "hmac-sha384"
    HMAC_SHA512 = "hmac-sha512"

    @property
    def digest(self) -> DigestAlgorithm:
        """Return the digest inside."""
        return _DIGESTS[self]

    @property
    def size(self) -> int:
        """Return the length of the whole code in octets; shortened codes are not accepted."""
        return self.digest.size

    @property
    def oid(self) -> str:
        """Return the dotted OID that is written."""
        return _OIDS[self]


_M = MacAlgorithm
_DIGESTS: Final = {
    _M.HMAC_SM3: DigestAlgorithm.SM3,
    _M.HMAC_SHA256: DigestAlgorithm.SHA256,
    _M.HMAC_SHA384: DigestAlgorithm.SHA384,
    _M.HMAC_SHA512: DigestAlgorithm.SHA512,
}
_OIDS: Final = {
    _M.HMAC_SM3: "1.2.156.10197.1.401.2",  # GB/T 33560
    _M.HMAC_SHA256: "1.2.840.113549.2.9",  # RFC 8018 B.1.2
    _M.HMAC_SHA384: "1.2.840.113549.2.10",
    _M.HMAC_SHA512: "1.2.840.113549.2.11",
}
_BY_OID: Final = {oid: algorithm for algorithm, oid in _OIDS.items()} | {
    "1.2.156.10197.1.401.3.1": _M.HMAC_SM3,  # as Tongsuo writes it; read and never written
}
_WEAK: Final = {"1.2.840.113549.2.7": "hmac-sha1", "1.3.6.1.5.5.8.1.1": "hmac-md5", "1.3.6.1.5.5.8.1.2": "hmac-sha1"}
HASHES: Final[Mapping[MacAlgorithm, hashes.HashAlgorithm]] = {
    _M.HMAC_SM3: hashes.SM3(),
    _M.HMAC_SHA256: hashes.SHA256(),
    _M.HMAC_SHA384: hashes.SHA384(),
    _M.HMAC_SHA512: hashes.SHA512(),
}


def mac_from_oid(oid: str) -> MacAlgorithm:
    """Return the algorithm a dotted OID names. Raise ALGORITHM_UNKNOWN; ALGORITHM_WEAK for HMAC with MD5 or SHA-1."""
    if oid in _WEAK:
        raise TrustError(ErrorCode.ALGORITHM_WEAK, "message authentication code", algorithm=_WEAK[oid])
    algorithm = _BY_OID.get(oid)
    if algorithm is None:
        raise TrustError(ErrorCode.ALGORITHM_UNKNOWN, "message authentication code", oid=oid)
    return algorithm


def compute_mac(algorithm: MacAlgorithm, key: bytes, data: bytes) -> bytes:
    """Return the code over `data`, whole. Raise USAGE for an empty key."""
    return _state(algorithm, key, data).finalize()


def verify_mac(algorithm: MacAlgorithm, key: bytes, data: bytes, code: bytes) -> None:
    """Return when `code` is the whole code over `data`, compared in constant time. Raise MAC_WRONG, USAGE."""
    try:
        _state(algorithm, key, data).verify(code)
    except InvalidSignature:
        raise TrustError(ErrorCode.MAC_WRONG, algorithm.value) from None


def _state(algorithm: MacAlgorithm, key: bytes, data: bytes) -> hmac.HMAC:
    if not key:
        raise TrustError(ErrorCode.USAGE, "an empty key authenticates nothing", algorithm=algorithm.value)
    state = hmac.HMAC(key, HASHES[algorithm])
    state.update(data)
    return state
