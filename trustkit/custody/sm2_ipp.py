"""SM2 signing by Intel's libippcp.

The caller of this library supplies the ephemeral scalar, and everything hangs on it: it must be uniform in 1…n−1, from
the operating system, used once, and leave no trace. `trustkit.custody.ephemeral` draws and wipes it; the library clears
the copy it was handed.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, Final

from trustkit.crypto.engines.ippcp import NO_ERROR, IppCurve, require
from trustkit.crypto.sm2 import DEFAULT_SIGNER_ID, ELEMENT_SIZE, encode_sm2_signature, z_value
from trustkit.custody.ephemeral import EphemeralScalar
from trustkit.custody.secrecy import Secretive
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable

_POOL: Final = 16  # as many threads as ever sign with one key at once; about 8 kB each
_TRIES: Final = 8  # a draw falls outside 1…n−1 once in 2^32, and so does a signature to be drawn again
_ZERO: Final = bytes(ELEMENT_SIZE)


class _Desk(Secretive):
    """What one signature is computed on."""

    __slots__ = ("curve", "digest", "draw", "ephemeral", "key", "octets", "r", "s")

    def __init__(self, scalar: bytes) -> None:
        self.curve = IppCurve()
        self.digest: Any = self.curve.number()
        self.key: Any = self.curve.number()
        self.ephemeral: Any = self.curve.number()
        self.r: Any = self.curve.number()
        self.s: Any = self.curve.number()
        self.draw = EphemeralScalar()
        self.octets: Any = self.curve.ffi.new("Ipp8u[]", ELEMENT_SIZE)
        require(self.curve.lib.ippsSetOctString_BN(scalar, ELEMENT_SIZE, self.key))

    def read(self, number: Any) -> bytes:  # noqa: ANN401 - a cffi pointer has no static type
        require(self.curve.lib.ippsGetOctString_BN(self.octets, ELEMENT_SIZE, number))
        return bytes(self.curve.ffi.buffer(self.octets))


class IppSm2Signing(Secretive):
    """Signs with one SM2 key through ippsGFpECSignSM2. Each call takes working memory of its own from a pool."""

    __slots__ = ("_desks", "_scalar", "_z")

    name: Final = "ipp"

    def __init__(self, scalar: bytes, point: bytes) -> None:
        """Hold d and its point X ‖ Y. Raise ENGINE_MISSING, ENGINE_SELF_TEST."""
        self._scalar, self._z = scalar, z_value(point, DEFAULT_SIGNER_ID)
        self._desks: deque[_Desk] = deque((_Desk(scalar),), maxlen=_POOL)

    def sign(self, message: bytes) -> bytes:
        """Return the DER signature over e = SM3(Z ‖ M), Z of the default ID. Raise SIGNING_FAILED."""
        return self._signed(lambda curve: curve.sm3(self._z + message))

    def sign_digest(self, digest: bytes) -> bytes:
        """Return the DER signature over e (32 octets). Raise SIGNING_FAILED."""
        return self._signed(lambda _: digest)

    def _signed(self, digest: Callable[[IppCurve], bytes]) -> bytes:
        try:
            desk = self._desks.pop()
        except IndexError:
            desk = _Desk(self._scalar)
        try:
            require(desk.curve.lib.ippsSetOctString_BN(digest(desk.curve), ELEMENT_SIZE, desk.digest))
            for _ in range(_TRIES):
                signature = _attempt(desk)
                if signature:
                    return signature
        finally:
            self._desks.append(desk)
        raise TrustError(ErrorCode.SIGNING_FAILED, "no usable ephemeral scalar was drawn")


def _attempt(desk: _Desk) -> bytes:
    """Return a signature with a fresh scalar, or nothing when another must be drawn (GB/T 32918.2 6.1 A3, A5, A6)."""
    lib, curve = desk.curve.lib, desk.curve
    try:
        if not desk.draw.draw():
            return b""
        require(lib.ippsSetOctString_BN(desk.draw.octets, ELEMENT_SIZE, desk.ephemeral))
    finally:
        desk.draw.wipe()
    status = lib.ippsGFpECSignSM2(desk.digest, desk.key, desk.ephemeral, desk.r, desk.s, curve.curve, curve.scratch)
    if status != NO_ERROR:  # the library says so for r = 0, r + k = n and s = 0
        return b""
    r, s = desk.read(desk.r), desk.read(desk.s)
    return b"" if _ZERO in (r, s) else encode_sm2_signature(r, s)
