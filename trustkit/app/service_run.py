"""One run of a service in the trail: its start, its end, and the requests it refused.

    run = ServiceRun(authority, "serve")
    with run.recorded():        # a service that cannot be recorded does not begin
        run.count(route, status)

A refusal is one of who asked (401, 403) or of how much (429). Anybody can make as many as they like, so the trail is told each
minute how many there were of each kind and route, and the log of every one; clients that are known are told of one by one besides,
by `ca.clients`. OCSP answers that are at hand when asked for pass none of this and are not counted.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from trustkit.app.logs import say
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType, Outcome
from trustkit.errors import TrustError
from trustkit.identity import ANONYMOUS, SYSTEM, fresh_identifier
from trustkit.store.meta import INSTANCE_ID, find_meta

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from trustkit.app.opening import ServedHome
    from trustkit.audit.events import FactValue
    from trustkit.identity import Principal

REFUSALS: Final = frozenset({401, 403, 429})
EVERY_SECONDS: Final = 60.0
_NO_ROUTE: Final = "/"  # a request refused before any route was looked for
_log = logging.getLogger("trustkit.app")


class ServiceRun:
    """A service from its start to its end. `count` is for the one thread that answers; the rest may come from any."""

    def __init__(self, authority: ServedHome, name: str) -> None:
        """Hold what to record for a service of this name; nothing is recorded yet."""
        self._authority = authority
        self._identifier = fresh_identifier(name)
        self._requests = 0
        self._refused: Counter[tuple[str, int]] = Counter()
        self._lock = threading.Lock()

    def count(self, route: str, status: int) -> None:
        """Count an answer by its route's template."""
        with self._lock:
            self._requests += 1
            if status in REFUSALS:
                self._refused[route if route.startswith("/") else _NO_ROUTE, status] += 1

    @contextmanager
    def recorded(self) -> Iterator[None]:
        """Record the start, refusals each minute meanwhile, and the end. Raise AUDIT_*, STORE_*, DISK_FULL before anything begins."""
        with self._authority.database.reading() as unit:
            instance = find_meta(unit, INSTANCE_ID)
        begun: dict[str, FactValue] = {"engine": self._authority.engine_name, "version": self._authority.version}
        self._record(EventType.SERVICE_STARTED, begun | ({} if instance is None else {"instance": instance}))
        over = threading.Event()
        teller = threading.Thread(target=self._tell, args=(over,), name="refusals", daemon=True)
        teller.start()
        try:
            yield
        finally:
            over.set()
            teller.join()
            self._record_if_possible(EventType.SERVICE_STOPPED, {"requests": self._requests})

    def _tell(self, over: threading.Event) -> None:
        while not over.wait(EVERY_SECONDS):
            self.tell_refusals()
        self.tell_refusals()

    def tell_refusals(self) -> None:
        """Record what was refused since the last time, one event for each route and status."""
        with self._lock:
            refused, self._refused = self._refused, Counter()
        for (route, status), requests in sorted(refused.items()):
            self._record_if_possible(
                EventType.REQUEST_REFUSED,
                {"requests": requests, "route": route, "status": status},
                actor=ANONYMOUS,
                outcome=Outcome.DENIED,
            )

    def _record_if_possible(
        self,
        kind: EventType,
        facts: Mapping[str, FactValue],
        *,
        actor: Principal = SYSTEM,
        outcome: Outcome = Outcome.SUCCESS,
    ) -> None:
        """Record what has happened already; where that fails, the log has it."""
        try:
            self._record(kind, facts, actor=actor, outcome=outcome)
        except TrustError as error:
            say(_log, "trail.unavailable", logging.ERROR, code=error.code.value)

    def _record(
        self,
        kind: EventType,
        facts: Mapping[str, FactValue],
        *,
        actor: Principal = SYSTEM,
        outcome: Outcome = Outcome.SUCCESS,
    ) -> None:
        event = AuditEvent(
            type=kind,
            at=self._authority.clock.now(),
            actor=actor,
            object_type="service",
            object_id=self._identifier,
            outcome=outcome,
            facts=facts,
        )
        with self._authority.database.unit_of_work() as uow:
            trail.record(uow, event)
