"""Memory that large files took, given back to the system: the C library keeps what was freed, in each of its arenas."""

from __future__ import annotations

import ctypes
from typing import Final

_TRIM: Final = getattr(ctypes.CDLL(None), "malloc_trim", None)  # GNU's alone has it


def give_memory_back() -> None:
    """Return freed pages to the system (malloc_trim(3)); nothing happens where the C library cannot."""
    if _TRIM is not None:
        _TRIM(0)
