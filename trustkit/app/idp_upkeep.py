"""What is due is done while the service runs: logins nobody finished and sessions that ran out go, the provider's keys change."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from idp.places import Places
from trustkit.app.forgetting import forget_by_pages
from trustkit.app.now_and_then import now_and_then
from trustkit.store import confirmations, factor_challenges, upstream_logouts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from idp.interactions import Interactions
    from idp.op.keys import ProviderKeys
    from idp.sessions import Sessions
    from trustkit.clock import Clock
    from trustkit.store.database import Database

EVERY_SECONDS: Final = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityUpkeep:
    """The upkeep of one service process; two at one store do no harm."""

    database: Database
    clock: Clock
    interactions: Interactions
    sessions: Sessions
    keys: ProviderKeys

    @contextmanager
    def running(self) -> Iterator[None]:
        """Do what is due, now and then for as long as the block lasts; the provider has its keys before the first request."""
        self.keys.tend()
        with now_and_then(self.once, every=EVERY_SECONDS, name="identity-upkeep"):
            yield

    def once(self) -> None:
        """Do what is due now."""
        self.keys.tend()
        now = self.clock.now()
        for forget in (
            partial(self.interactions.forget, now=now),
            partial(self.sessions.forget, now=now),
            partial(Places.forget, now=now),
            partial(upstream_logouts.forget, before=now),
            partial(factor_challenges.forget, before=now),
            partial(confirmations.forget, before=now),
        ):
            forget_by_pages(self.database, forget)
