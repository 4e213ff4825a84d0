"""SM2 with every choice in the hands of the caller, so that odd vectors can be made on purpose. Never for real keys.

Points are computed by the system's libcrypto; here stand only the formulas of GB/T 32918.2 and .4 in integers modulo n. Nothing
is constant time, and the nonce comes from outside: that is what vectors need and what nobody may sign with.
"""

from __future__ import annotations

from typing import Any, Final

from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.crypto.engines.libcrypto import SUCCESS, libcrypto
from trustkit.crypto.kdf import derive_sm2
from trustkit.crypto.sm2 import N, z_value

P: Final = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
NID: Final = 1172
UNCOMPRESSED: Final = 4


def scalar(text: str) -> int:
    """Return a number in 1…n−2 that a text names, always the same."""
    return 1 + int.from_bytes(digest(DigestAlgorithm.SM3, text.encode())) % (N - 2)


class Curve:
    """Combinations of the base point and one other point."""

    def __init__(self) -> None:
        self._crypto = libcrypto()
        lib = self._crypto.lib
        self._group = self._crypto.ffi.gc(lib.EC_GROUP_new_by_curve_name(NID), lib.EC_GROUP_free)

    def combine(self, g: int, point: bytes | None = None, factor: int = 0) -> bytes | None:
        """Return gG + factor·point as X ‖ Y, or None for the point at infinity."""
        lib, null = self._crypto.lib, self._crypto.ffi.NULL
        total = self._point()
        other = null
        if point is not None:
            other = self._point()
            coded = b"\4" + point
            if lib.EC_POINT_oct2point(self._group, other, coded, len(coded), null) != SUCCESS:
                raise ValueError("not a point of the curve")
        answer = lib.EC_POINT_mul(
            self._group, total, self._number(g), other, self._number(factor) if point else null, null
        )
        if answer != SUCCESS:
            raise ValueError("libcrypto could not multiply")
        output = self._crypto.ffi.new("unsigned char[]", 65)
        size = lib.EC_POINT_point2oct(self._group, total, UNCOMPRESSED, output, 65, null)
        return bytes(self._crypto.ffi.buffer(output))[1:] if size == 65 else None  # noqa: PLR2004 - else infinity, one octet

    def _point(self) -> Any:  # noqa: ANN401 - a cffi pointer
        return self._crypto.ffi.gc(self._crypto.lib.EC_POINT_new(self._group), self._crypto.lib.EC_POINT_clear_free)

    def _number(self, value: int) -> Any:  # noqa: ANN401 - a cffi pointer
        octets = (value % N).to_bytes(32)
        lib, null = self._crypto.lib, self._crypto.ffi.NULL
        return self._crypto.ffi.gc(lib.BN_bin2bn(octets, len(octets), null), lib.BN_clear_free)


CURVE: Final = Curve()


def public(d: int) -> bytes:
    """Return dG, X ‖ Y."""
    return _finite(CURVE.combine(d))


def hashed(point: bytes, signer_id: bytes, message: bytes) -> int:
    """Return e = SM3(Z ‖ M) as a number."""
    return int.from_bytes(digest(DigestAlgorithm.SM3, z_value(point, signer_id) + message))


def sign(d: int, e: int, k: int) -> tuple[int, int]:
    """Return r and s for a nonce (GB/T 32918.2 6.1)."""
    r = (e + int.from_bytes(_finite(CURVE.combine(k))[:32])) % N
    return r, pow(1 + d, -1, N) * (k - r * d) % N


def digest_for(point: bytes, r: int, s: int) -> int:
    """Return the e for which r and s are a valid signature: verification solved for e (GB/T 32918.2 7.1)."""
    x = int.from_bytes(_finite(CURVE.combine(s, point, (r + s) % N))[:32])
    return (r - x) % N


def at_infinity(d: int, r: int) -> int:
    """Return the s for which sG + (r + s)P is the point at infinity; only the owner of d can find it."""
    s = -r * d * pow(1 + d, -1, N) % N
    if CURVE.combine(s, public(d), (r + s) % N) is not None:
        raise ValueError("not at infinity")
    return s


def encrypt(point: bytes, message: bytes, k: int) -> tuple[bytes, bytes, bytes]:
    """Return C1 (X ‖ Y), C3 and C2 for a nonce (GB/T 32918.4 6.1)."""
    shared = _finite(CURVE.combine(0, point, k))
    stream = derive_sm2(shared, len(message))
    body = bytes(a ^ b for a, b in zip(message, stream, strict=True))
    return _finite(CURVE.combine(k)), digest(DigestAlgorithm.SM3, shared[:32] + message + shared[32:]), body


def _finite(point: bytes | None) -> bytes:
    if point is None:
        raise ValueError("the point at infinity")
    return point
