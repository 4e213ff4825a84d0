"""How many processors this process may use."""

from __future__ import annotations

import os


def cores() -> int:
    """Return how many, one at the least; what a container or the operator took away is not counted."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
