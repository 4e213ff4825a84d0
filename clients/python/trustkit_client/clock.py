"""The one place that reads the time."""

from __future__ import annotations

import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Clock:
    """The system's clocks."""

    def now(self) -> float:
        """Return seconds since 1970, for what others are told."""
        return time.time()  # noqa: TID251 - this distribution stands without trustkit.clock

    def monotonic(self) -> float:
        """Return seconds that never go back, for how long something lasts."""
        return time.monotonic()
