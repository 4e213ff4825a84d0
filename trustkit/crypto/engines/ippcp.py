"""Intel's libippcp (PyPI ``ipp-crypto``, Apache-2.0), bound through cffi in ABI mode, and its working memory.

The library allocates nothing: the caller asks for sizes and hands over memory. A `IppCurve` holds the curve and scratch
space for one computation at a time; `IppCurve` objects are not shared between computations that overlap.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.crypto.engines.abi.ippcp import ffi
from trustkit.crypto.engines.wheel_files import wheel_library, wheel_version
from trustkit.crypto.sm2 import ELEMENT_SIZE, POINT_SIZE
from trustkit.errors import ErrorCode, TrustError

NO_ERROR: Final = 0  # ippStsNoErr
EC_VALID: Final = 0  # ippECValid
_DISTRIBUTION: Final = "ipp-crypto"
_LIBRARY: Final = "libippcp.so.13"  # the prototypes below are those of this ABI
_MAX_HASHED: Final = 2**30  # the library counts octets in an int
_FIELD_BITS: Final = 256
_WORDS: Final = ELEMENT_SIZE // 4  # big numbers are sized in 32-bit words
_SCALARS: Final = 2  # a verification multiplies by two scalars
_ALIGNMENT: Final = 64  # contexts are aligned inside the memory they are given


class Ippcp:
    """The loaded library: `ffi`, `lib`, and the wheel's `version`."""

    def __init__(self) -> None:
        """Load the library. Raise ENGINE_MISSING where the wheel is not installed or does not load."""
        path = wheel_library(_DISTRIBUTION, _LIBRARY)
        self.version = wheel_version(_DISTRIBUTION)
        self.ffi: Any = ffi
        try:
            self.lib: Any = self.ffi.dlopen(str(path))
        except OSError as error:
            raise TrustError(ErrorCode.ENGINE_MISSING, f"{_LIBRARY} cannot be loaded") from error


@lru_cache(maxsize=1)
def ippcp() -> Ippcp:
    """Return the one binding of this process, loading it on first use. Raise ENGINE_MISSING."""
    return Ippcp()


class IppCurve:
    """The SM2 curve with scratch space, and room for big numbers and points beside it.

    One computation at a time: the library writes into it. Raise ENGINE_SELF_TEST when the library answers an error
    where none is possible.
    """

    __slots__ = ("_memory", "_sm3", "curve", "digest", "ffi", "lib", "scratch")

    def __init__(self) -> None:
        library = ippcp()
        self.ffi, self.lib = library.ffi, library.lib
        self._memory: list[Any] = []  # cast pointers do not keep what they point to
        field = self._room("IppsGFpState *", self._size(self.lib.ippsGFpGetSize, _FIELD_BITS))
        require(self.lib.ippsGFpInitFixed(_FIELD_BITS, self.lib.ippsGFpMethod_p256sm2(), field))
        self.curve = self._room("IppsGFpECState *", self._size(self.lib.ippsGFpECGetSize, field))
        require(self.lib.ippsGFpECInitStdSM2(field, self.curve))
        require(self.lib.ippsGFpECBindGxyTblStdSM2(self.curve))
        size = self._size(self.lib.ippsGFpECScratchBufferSize, _SCALARS, self.curve)
        self.scratch = self._room("Ipp8u *", size)
        self.digest: Any = self.ffi.new("Ipp8u[]", ELEMENT_SIZE)
        self._sm3 = self.lib.ippsHashMethod_SM3_TT()  # by the processor's SM3 instructions where it has them

    def sm3(self, data: bytes) -> Any:  # noqa: ANN401 - a cffi pointer has no static type
        """Return SM3 of `data` in `digest`, the memory of this curve: no Python object is made of it."""
        if len(data) > _MAX_HASHED:
            self.ffi.memmove(self.digest, digest(DigestAlgorithm.SM3, data), ELEMENT_SIZE)
        else:
            require(self.lib.ippsHashMessage_rmf(data, len(data), self.digest, self._sm3))
        return self.digest

    def number(self) -> Any:  # noqa: ANN401 - a cffi pointer has no static type
        """Return room for a number of 256 bits."""
        number = self._room("IppsBigNumState *", self._size(self.lib.ippsBigNumGetSize, _WORDS))
        require(self.lib.ippsBigNumInit(_WORDS, number))
        return number

    def point(self) -> Any:  # noqa: ANN401 - a cffi pointer has no static type
        """Return room for a point, at infinity until set; it is freed with its last reference."""
        size = self._size(self.lib.ippsGFpECPointGetSize, self.curve)
        memory = self.ffi.new("unsigned char[]", size + _ALIGNMENT)
        # A cast pointer does not keep what it points to; gc's destructor does, and has nothing else to do.
        point = self.ffi.gc(self.ffi.cast("IppsGFpECPoint *", memory), lambda _point, _memory=memory: None)
        require(self.lib.ippsGFpECPointInit(self.ffi.NULL, self.ffi.NULL, point, self.curve))
        return point

    def set_point(self, point: Any, octets: bytes, result: Any) -> bool:  # noqa: ANN401 - cffi pointers
        """Set a point from X ‖ Y and tell whether it is on the curve; infinity and coordinates beyond p are not."""
        if len(octets) != POINT_SIZE:
            return False
        status = self.lib.ippsGFpECSetPointOctString(octets, POINT_SIZE, point, self.curve)
        if status != NO_ERROR:
            return False
        require(self.lib.ippsGFpECTstPoint(point, result, self.curve))
        return bool(result[0] == EC_VALID)

    def read_point(self, point: Any) -> bytes:  # noqa: ANN401 - a cffi pointer has no static type
        """Return the octets X ‖ Y of a point. Raise ENGINE_SELF_TEST for infinity."""
        text = self.ffi.new("Ipp8u[]", POINT_SIZE)
        require(self.lib.ippsGFpECGetPointOctString(point, text, POINT_SIZE, self.curve))
        return bytes(self.ffi.buffer(text))

    def _size(self, ask: Any, *arguments: Any) -> int:  # noqa: ANN401 - a cffi function
        size = self.ffi.new("int *")
        require(ask(*arguments, size))
        return int(size[0])

    def _room(self, kind: str, size: int) -> Any:  # noqa: ANN401 - a cffi pointer has no static type
        memory = self.ffi.new("unsigned char[]", size + _ALIGNMENT)
        self._memory.append(memory)
        return self.ffi.cast(kind, memory)


def require(status: int) -> None:
    """Return on success; raise ENGINE_SELF_TEST for a status that only a broken library or binding gives."""
    if status != NO_ERROR:
        raise TrustError(ErrorCode.ENGINE_SELF_TEST, "libippcp reports an error", status=status)
