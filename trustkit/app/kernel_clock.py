"""What the Linux kernel says of its clock, by adjtimex(2): whether a time service keeps it true."""

from __future__ import annotations

import ctypes
import sys
from typing import Final

_OCTETS: Final = 512  # struct timex has 208 on 64-bit machines; the kernel writes no further
_TIME_ERROR: Final = 5  # adjtimex(2): the clock is not synchronised


class KernelClockHealth:
    """Asks the kernel. Elsewhere than on Linux, and where it may not be asked, the answer is None."""

    def synchronised(self) -> bool | None:
        """Return whether the kernel's clock is synchronised; nothing is changed by asking (modes = 0)."""
        if sys.platform != "linux":
            return None
        library = ctypes.CDLL(None, use_errno=True)
        state: int = library.adjtimex(ctypes.create_string_buffer(_OCTETS))
        return None if state < 0 else state != _TIME_ERROR
