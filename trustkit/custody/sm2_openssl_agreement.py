"""SM2 key agreement over libcrypto's points (GB/T 32918.3). The portable one.

The standard's U = [t](P + [x̄]R) with t = d + x̄·r mod n is computed as [d]Q + [r]([x̄]Q), Q = P + [x̄]R: the same point,
with no arithmetic on secret numbers outside libcrypto's multiplication, which does not let its time tell the scalar.
"""

from __future__ import annotations

from hmac import compare_digest
from typing import Any, Final

from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.crypto.engines.libcrypto import SUCCESS, libcrypto
from trustkit.crypto.kdf import derive_sm2
from trustkit.crypto.sm2 import ELEMENT_SIZE, POINT_SIZE, z_value
from trustkit.custody.agreement import AgreedKey, ExchangeRole, PeerShare, refused_share, require_agreed_size
from trustkit.custody.ephemeral import EphemeralScalar
from trustkit.custody.secrecy import Secretive
from trustkit.errors import ErrorCode, TrustError

_SM2_NID: Final = 1172  # NID_sm2 of obj_mac.h
_UNCOMPRESSED: Final = 4  # POINT_CONVERSION_UNCOMPRESSED
_HIGH: Final = 1 << 127  # 2^w, w = 127 for a group order of 256 bits (GB/T 32918.3 6.1)


class _Curve(Secretive):
    """The curve and what is computed on it; every number and point is cleared with its last reference."""

    __slots__ = ("_crypto", "_group")

    def __init__(self) -> None:
        self._crypto = libcrypto()
        group = self._crypto.lib.EC_GROUP_new_by_curve_name(_SM2_NID)
        if group == self._crypto.ffi.NULL:
            self._crypto.lib.ERR_clear_error()
            raise TrustError(ErrorCode.ENGINE_MISSING, "this libcrypto has no SM2 curve")
        self._group = self._crypto.ffi.gc(group, self._crypto.lib.EC_GROUP_free)

    def number(self, octets: Any) -> Any:  # noqa: ANN401 - bytes or cffi memory; a cffi pointer
        made = self._crypto.lib.BN_bin2bn(octets, ELEMENT_SIZE, self._crypto.ffi.NULL)
        return self._own(made, self._crypto.lib.BN_clear_free)

    def point(self, octets: bytes) -> Any:  # noqa: ANN401 - a cffi pointer
        """Return the point X ‖ Y. Raise AGREEMENT_FAILED when it is not on the curve."""
        point = self._empty()
        coded, null = b"\x04" + octets, self._crypto.ffi.NULL
        if len(octets) != POINT_SIZE or self._crypto.lib.EC_POINT_oct2point(
            self._group, point, coded, len(coded), null
        ) != SUCCESS:  # fmt: skip
            self._crypto.lib.ERR_clear_error()
            raise refused_share()
        return point

    def base(self, scalar: Any) -> Any:  # noqa: ANN401 - cffi pointers
        null = self._crypto.ffi.NULL
        return self._filled("EC_POINT_mul", scalar, null, null)

    def times(self, scalar: Any, point: Any) -> Any:  # noqa: ANN401 - cffi pointers
        return self._filled("EC_POINT_mul", self._crypto.ffi.NULL, point, scalar)

    def sum(self, one: Any, other: Any) -> Any:  # noqa: ANN401 - cffi pointers
        return self._filled("EC_POINT_add", one, other)

    def octets(self, point: Any) -> bytes:  # noqa: ANN401 - a cffi pointer
        """Return X ‖ Y. Raise AGREEMENT_FAILED for the point at infinity."""
        output = self._crypto.ffi.new("unsigned char[]", POINT_SIZE + 1)
        size = self._crypto.lib.EC_POINT_point2oct(
            self._group, point, _UNCOMPRESSED, output, POINT_SIZE + 1, self._crypto.ffi.NULL
        )
        if size != POINT_SIZE + 1:  # infinity is one octet
            self._crypto.lib.ERR_clear_error()
            raise refused_share()
        coded = bytes(self._crypto.ffi.buffer(output))
        self._crypto.ffi.memmove(output, bytes(size), size)
        return coded[1:]

    def _filled(self, act: str, *arguments: Any) -> Any:  # noqa: ANN401 - cffi pointers
        point = self._empty()
        if getattr(self._crypto.lib, act)(self._group, point, *arguments, self._crypto.ffi.NULL) != SUCCESS:
            self._crypto.lib.ERR_clear_error()
            raise refused_share()
        return point

    def _empty(self) -> Any:  # noqa: ANN401 - a cffi pointer
        return self._own(self._crypto.lib.EC_POINT_new(self._group), self._crypto.lib.EC_POINT_clear_free)

    def _own(self, made: Any, free: Any) -> Any:  # noqa: ANN401 - cffi pointers
        if made == self._crypto.ffi.NULL:
            raise MemoryError
        return self._crypto.ffi.gc(made, free)


class OpensslSm2Exchange(Secretive):
    """One run on one side. See `KeyExchange`."""

    __slots__ = ("_curve", "_ephemeral", "_role", "_scalar", "_z", "share")

    name: Final = "openssl"

    def __init__(
        self, scalar: bytes, point: bytes, role: ExchangeRole, own_id: bytes, ephemeral: bytes | None = None
    ) -> None:
        """Draw the ephemeral scalar unless it is given, and compute its point. Raise SIGNING_FAILED, USAGE (ID too long)."""
        self._z = z_value(point, own_id)
        self._role, self._scalar = role, scalar
        self._curve = _Curve()
        self._ephemeral: Any = self._draw() if ephemeral is None else self._curve.number(ephemeral)
        self.share: bytes = self._curve.octets(self._curve.base(self._ephemeral))

    def agree(self, peer: PeerShare, /, *, size: int) -> AgreedKey:
        """See `KeyExchange.agree`. Raise AGREEMENT_FAILED, USAGE."""
        require_agreed_size(size)
        ephemeral, self._ephemeral = self._ephemeral, None
        if ephemeral is None:
            raise TrustError(ErrorCode.USAGE, "an ephemeral share serves once")
        curve, theirs = self._curve, peer.public_key.sm2_point
        # A4 to A7: every operation after the two checks is on the curve
        static, other = curve.point(theirs), curve.point(peer.share)
        q = curve.sum(static, curve.times(curve.number(_shortened(peer.share)), other))
        by_key = curve.times(curve.number(self._scalar), q)
        by_ephemeral = curve.times(ephemeral, curve.times(curve.number(_shortened(self.share)), q))
        u = curve.octets(curve.sum(by_key, by_ephemeral))
        z_peer = z_value(theirs, peer.identity)
        first = self._role is ExchangeRole.INITIATOR
        z_both = self._z + z_peer if first else z_peer + self._z
        shares = self.share + peer.share if first else peer.share + self.share
        x, y = u[:ELEMENT_SIZE], u[ELEMENT_SIZE:]
        inner = digest(DigestAlgorithm.SM3, x + z_both + shares)
        by_a, by_b = (digest(DigestAlgorithm.SM3, mark + y + inner) for mark in (b"\x03", b"\x02"))
        confirmation, expected = (by_a, by_b) if first else (by_b, by_a)
        key = derive_sm2(u + z_both, size)
        return AgreedKey(
            key=key, confirmation=confirmation, is_same=lambda received: compare_digest(received, expected)
        )

    def _draw(self) -> Any:  # noqa: ANN401 - a cffi pointer
        drawn = EphemeralScalar()
        try:
            drawn.draw_usable()
            return self._curve.number(drawn.octets)
        finally:
            drawn.wipe()


def _shortened(share: bytes) -> bytes:
    """Return x̄ = 2^w + (x mod 2^w) of an ephemeral point, 32 octets; the point is public (GB/T 32918.3 6.1 A4)."""
    x = int.from_bytes(share[:ELEMENT_SIZE], "big")
    return (_HIGH | (x & (_HIGH - 1))).to_bytes(ELEMENT_SIZE, "big")
