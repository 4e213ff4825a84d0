"""Engine `ipp`: SM2 by Intel's libippcp, one message at a time; two to four times as fast as libcrypto.

Working memory is taken from a pool for each call and given back after it. Threads, signal handlers and forked children
therefore never share one: what a call put in is what it computes with.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, Final

from trustkit.crypto.engines.ippcp import EC_VALID, NO_ERROR, IppCurve, ippcp
from trustkit.crypto.engines.port import EngineAnswer
from trustkit.crypto.sm2 import ELEMENT_SIZE, is_own_digest, z_value
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.crypto.sm2 import Sm2Signature

_POOL: Final = 64  # as many as threads that ever verify at once; about 8 kB each, and 24 kB of points
_POINTS: Final = 128  # points kept ready on each desk: the signers of a service are few


class _Desk:
    """What one verification writes on."""

    __slots__ = ("_points", "curve", "digest", "r", "result", "s")

    def __init__(self) -> None:
        self.curve = IppCurve()
        self.digest: Any = self.curve.number()
        self.r: Any = self.curve.number()
        self.s: Any = self.curve.number()
        self.result: Any = self.curve.ffi.new("int *")
        self._points: dict[bytes, Any] = {}

    def point(self, octets: bytes) -> Any:  # noqa: ANN401 - a cffi pointer has no static type
        """Return the point X ‖ Y, ready for the library, or None when it is not on the curve."""
        ready = self._points.get(octets)
        if ready is None:
            ready = self.curve.point()
            if not self.curve.set_point(ready, octets, self.result):
                return None
            if len(self._points) >= _POINTS:
                del self._points[next(iter(self._points))]
            self._points[octets] = ready
        return ready


class IppEngine:
    """SM2 verification through ippsGFpECVerifySM2."""

    name: Final = "ipp"

    def __init__(self) -> None:
        """Bind the library and make the first working memory. Raise ENGINE_MISSING, ENGINE_SELF_TEST."""
        library = ippcp()
        self.version: str = f"ipp-crypto {library.version}"
        self._lib = library.lib
        self._desks: deque[_Desk] = deque((_Desk(),), maxlen=_POOL)

    def verify(self, point: bytes, signer_id: bytes, message: bytes, signature: Sm2Signature, /) -> EngineAnswer:
        """See `Sm2Engine.verify`. Raise KEY_MALFORMED for a point off the curve."""
        z = z_value(point, signer_id)
        desk = self._take()
        try:
            return self._answer(desk, point, desk.curve.sm3(z + message), signature)
        finally:
            self._desks.append(desk)

    def verify_digest(self, point: bytes, e: bytes, signature: Sm2Signature, /) -> EngineAnswer:
        """See `Sm2Engine.verify_digest`. Raise KEY_MALFORMED for a point off the curve."""
        if len(e) != ELEMENT_SIZE:
            raise TrustError(ErrorCode.USAGE, "an SM3 digest has 32 octets", octets=len(e))
        desk = self._take()
        try:
            return self._answer(desk, point, desk.curve.ffi.from_buffer(e), signature)
        finally:
            self._desks.append(desk)

    def is_on_curve(self, point: bytes, /) -> bool:
        """See `Sm2Engine.is_on_curve`."""
        desk = self._take()
        try:
            return desk.point(point) is not None
        finally:
            self._desks.append(desk)

    def _answer(self, desk: _Desk, point: bytes, e: Any, signature: Sm2Signature) -> EngineAnswer:  # noqa: ANN401 - bytes or cffi memory
        lib, curve, result = self._lib, desk.curve, desk.result
        prepared = desk.point(point)
        if prepared is None:
            raise TrustError(ErrorCode.KEY_MALFORMED, "not a point of the SM2 curve")
        result[0] = ~EC_VALID
        if (
            lib.ippsSetOctString_BN(e, ELEMENT_SIZE, desk.digest) == NO_ERROR
            and lib.ippsSetOctString_BN(signature.r, ELEMENT_SIZE, desk.r) == NO_ERROR
            and lib.ippsSetOctString_BN(signature.s, ELEMENT_SIZE, desk.s) == NO_ERROR
            and lib.ippsGFpECVerifySM2(desk.digest, prepared, desk.r, desk.s, result, curve.curve, curve.scratch)
            == NO_ERROR
            and result[0] == EC_VALID
            # libippcp 2026.2 computes on with x = 0 where sG + tP is the point at infinity
            and not is_own_digest(signature.r, curve.ffi.buffer(e, ELEMENT_SIZE)[:])
        ):
            return EngineAnswer.VALID
        return EngineAnswer.INVALID

    def _take(self) -> _Desk:
        try:
            return self._desks.pop()
        except IndexError:
            return _Desk()
