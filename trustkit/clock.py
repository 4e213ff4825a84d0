"""The one place that reads the time; everything else takes an aware `datetime` or a `Clock`."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Final, Protocol

CHINA: Final = timezone(timedelta(hours=8))  # dates and times on Chinese documents are those of Beijing


class Clock(Protocol):
    """Tells the time; cores are given its answer, services are given the clock."""

    def now(self) -> datetime:
        """Return the present as an aware datetime in UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never run backwards, for measuring durations."""
        ...


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the system time in UTC."""
        return datetime.now(UTC)  # noqa: TID251 - this is the one place

    def monotonic(self) -> float:
        """Return `time.monotonic`."""
        return time.monotonic()


@dataclass(frozen=True, slots=True)
class FixedClock:
    """A clock that stands still: past-time validation and tests."""

    at: datetime

    def now(self) -> datetime:
        """Return the fixed time."""
        return self.at

    def monotonic(self) -> float:
        """Return zero: no time passes."""
        return 0.0


def parse_rfc3339(text: str) -> datetime:
    """Return the aware UTC datetime of an RFC 3339 date-time; raise `ValueError` when it is none or has no offset."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        message = "an offset such as Z or +08:00 is needed"
        raise ValueError(message)
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        message = "a year from 1 to 9999 is needed"
        raise ValueError(message) from error


def format_rfc3339(moment: datetime) -> str:
    """Return ``2026-12-01T00:00:00Z``, whole seconds unless there are microseconds (RFC 3339 5.6)."""
    if moment.tzinfo is None:
        message = "naive datetime"
        raise ValueError(message)
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
