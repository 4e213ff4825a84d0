"""A clock that shows a time and counts seconds, which can be made to disagree."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

AT: Final = datetime(2026, 12, 1, tzinfo=UTC)


class Ticking:
    """A clock with a counter, which agree until `step` parts them."""

    def __init__(self) -> None:
        self.at, self.counter = AT, 0.0

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.counter

    def pass_(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
        self.counter += seconds

    def step(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
