"""What is due is done while the service runs: logins nobody finished and sessions that ran out go, the provider's keys change."""

from __future__ import annotations

import logging
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from idp.places import Places
from trustkit.app.forgetting import forget_by_pages
from trustkit.app.logs import say
from trustkit.errors import TrustError
from trustkit.store import confirmations, factor_challenges, upstream_logouts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from idp.interactions import Interactions
    from idp.op.keys import ProviderKeys
    from idp.sessions import Sessions
    from trustkit.clock import Clock
    from trustkit.store.database import Database

EVERY_SECONDS: Final = 600.0
_log = logging.getLogger("trustkit.app")


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
        over = threading.Event()
        worker = threading.Thread(target=self._work, args=(over,), name="identity-upkeep", daemon=True)
        worker.start()
        try:
            yield
        finally:
            over.set()
            worker.join()

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

    def _work(self, over: threading.Event) -> None:
        while not over.wait(EVERY_SECONDS):
            try:
                self.once()
            except TrustError as error:  # the next time does it
                say(_log, "upkeep.failed", logging.WARNING, code=error.code.value)
