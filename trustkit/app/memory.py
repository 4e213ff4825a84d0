"""Memory that was large for a moment, given back to the system: the C library keeps what was freed, in each of its arenas."""

from __future__ import annotations

import ctypes
from typing import Final

_TRIM: Final = getattr(ctypes.CDLL(None), "malloc_trim", None)  # GNU's alone has it
_SET: Final = getattr(ctypes.CDLL(None), "mallopt", None)
_MMAP_THRESHOLD: Final = -3  # M_MMAP_THRESHOLD of malloc.h
_LARGE: Final = 4 * 1024 * 1024


def give_memory_back() -> None:
    """Return freed pages to the system (malloc_trim(3)); nothing happens where the C library cannot."""
    if _TRIM is not None:
        _TRIM(0)


def give_large_blocks_back_at_once() -> None:
    """Have blocks of 4 MiB and more, such as those passwords are hashed in, mapped apart: each thread would keep its own (mallopt(3))."""
    if _SET is not None:
        _SET(_MMAP_THRESHOLD, _LARGE)
