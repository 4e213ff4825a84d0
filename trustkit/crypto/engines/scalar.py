"""Fresh scalars for SM2: from the kernel, uniform in 1…n−1, used once, wiped.

The octets come from getrandom(2) for every scalar, so a forked process never repeats its parent's; they go straight
into memory owned here, never through Python objects, so that wiping them leaves no copy behind.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from trustkit.crypto.engines.abi.scalar import ffi
from trustkit.crypto.sm2 import ELEMENT_SIZE, N
from trustkit.errors import TrustError

if TYPE_CHECKING:
    from trustkit.error_family import Code

_TRIES: Final = 8  # a draw falls outside 1…n−1 once in 2^32


class _Libc:
    """The C library of this process, and 0 and n to compare with, big endian."""

    def __init__(self) -> None:
        self.ffi: Any = ffi
        self.lib: Any = self.ffi.dlopen(None)
        self.zero: Any = self.ffi.new("unsigned char[]", ELEMENT_SIZE)
        self.order: Any = self.ffi.new("unsigned char[]", N.to_bytes(ELEMENT_SIZE, "big"))


@lru_cache(maxsize=1)
def _libc() -> _Libc:
    return _Libc()


class FreshScalar:
    """Room for one scalar. `octets` is the memory itself (32 octets, big endian); it holds zeros unless drawn."""

    __slots__ = ("_libc", "_refusal", "octets")

    def __init__(self, refusal: Code) -> None:
        """Make the room; `refusal` is what a kernel without random octets is reported as."""
        self._libc = _libc()
        self._refusal = refusal
        self.octets: Any = self._libc.ffi.new("unsigned char[]", ELEMENT_SIZE)

    def draw(self) -> bool:
        """Fill with fresh octets; False when they are 0 or ≥ n and must be drawn again. Raise the refusal.

        Drawing again instead of reducing modulo n keeps the scalar uniform (GB/T 32918.2 6.1 A3, 32918.4 6.1 A1).
        """
        lib = self._libc.lib
        if lib.getrandom(self.octets, ELEMENT_SIZE, 0) != ELEMENT_SIZE:
            self.wipe()
            raise TrustError(self._refusal, "the kernel gives no random octets")
        return bool(
            lib.memcmp(self.octets, self._libc.zero, ELEMENT_SIZE) > 0
            and lib.memcmp(self.octets, self._libc.order, ELEMENT_SIZE) < 0
        )

    def draw_usable(self) -> None:
        """Fill with a fresh scalar in 1…n−1. Raise the refusal."""
        if not any(self.draw() for _ in range(_TRIES)):
            raise TrustError(self._refusal, "no usable scalar was drawn")

    def wipe(self) -> None:
        """Overwrite with zeros."""
        self._libc.ffi.memmove(self.octets, self._libc.zero, ELEMENT_SIZE)
