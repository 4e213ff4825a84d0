"""Whether the clock may be believed by those who ask for the time of a signature.

A clock lies in three ways that can be seen from here: it reads earlier than something that has already happened, it jumps
against the counter that only runs forward, and the kernel says that nothing keeps it true. Each makes `read` refuse. A
refusal is never worked around: a stamp with a wrong time cannot be taken back.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING, Final, Protocol

from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.clock import Clock

WINDOW: Final = 3600.0  # seconds of the counter after which a clock that kept pace is measured anew


class ClockHealth(Protocol):
    """Port: what the machine knows of its clock."""

    def synchronised(self) -> bool | None:
        """Return whether something keeps the clock true; None when that cannot be told."""


@dataclass(slots=True, kw_only=True)
class ClockGuard:
    """Reads the clock for one time-stamping process. Safe to share between threads.

    Attributes:
        floor: the latest time known to have passed when the process began, such as the newest entry of the trail.
        tolerance: how far clock and counter may part; the accuracy that is promised.
        health: None when the machine is not asked.
    """

    clock: Clock
    floor: datetime
    tolerance: timedelta
    health: ClockHealth | None = None
    _anchor: tuple[datetime, float] = field(init=False, repr=False)
    _last: datetime = field(init=False, repr=False)
    _lock: Lock = field(default_factory=Lock, init=False, repr=False)

    def __post_init__(self) -> None:
        self._anchor = (self.clock.now(), self.clock.monotonic())
        self._last = self.floor

    def read(self) -> datetime:
        """Return the present. Raise TIMESTAMP_CLOCK when the clock is not to be believed."""
        with self._lock:
            synchronised = self.health.synchronised() if self.health is not None else None
            if synchronised is False:
                raise TrustError(ErrorCode.TIMESTAMP_CLOCK, "the kernel says that its clock is not synchronised")
            now, counter = self.clock.now(), self.clock.monotonic()
            if now < self._last:
                raise TrustError(ErrorCode.TIMESTAMP_CLOCK, "the clock reads a time that has passed already")
            wall, began = self._anchor
            if abs((now - wall) - timedelta(seconds=counter - began)) > self.tolerance:
                if synchronised is not True:  # nobody says which of the two is right
                    raise TrustError(ErrorCode.TIMESTAMP_CLOCK, "the clock has jumped against the monotonic counter")
                self._anchor = (now, counter)
            elif counter - began > WINDOW:
                self._anchor = (now, counter)
            self._last = now
            return now
