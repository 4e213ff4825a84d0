"""Answers kept for calls that may be repeated, counts of days and months, and what wallets answered go soon after their time while the service runs."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from trustkit.app.forgetting import forget_by_pages
from trustkit.app.now_and_then import now_and_then
from trustkit.store import api_calls, api_use, presentations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trustkit.clock import Clock
    from trustkit.store.database import Database

EVERY_SECONDS: Final = 600.0


@dataclass(frozen=True, slots=True)
class ClientUpkeep:
    """The upkeep of one service process; two at one store do no harm."""

    database: Database
    clock: Clock

    @contextmanager
    def running(self) -> Iterator[None]:
        """Forget what is over, now and then for as long as the block lasts."""
        with now_and_then(self.once, every=EVERY_SECONDS, name="client-upkeep"):
            yield

    def once(self) -> None:
        """Forget what is over now."""
        now = self.clock.now()
        for forget in (api_calls.forget, api_use.forget, presentations.forget):
            forget_by_pages(self.database, partial(forget, before=now))
