"""Telling webhooks what they are to be told, again until they have it, while the service runs.

What is to be told is read out of the trail from the webhook's place on, in its order; the place moves on when the address has taken the event, so
a process that is killed sends one event again and loses none. Each webhook is told by one thread of one process at a time, and those of one
organisation by `EACH` at the most: its slow addresses hold up its own events, and others' only once four organisations have slow ones.
"""

from __future__ import annotations

import logging
import secrets
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from esign.copies.notices import notices_for
from esign.copies.webhooks import GONE, LAPSED, UNANSWERED, UNAUTHORISED, ended, suspended
from trustkit.app.forgetting import forget_by_pages
from trustkit.app.logs import say
from trustkit.app.now_and_then import now_and_then
from trustkit.app.webhook_sending import HTTP_GONE
from trustkit.app.webhook_standing import still_stands
from trustkit.audit import trail
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import SYSTEM
from trustkit.store import webhooks
from trustkit.store.bounds import PAGE_LIMIT
from trustkit.store.webhooks import WebhookFailure, WebhookRow, WebhookState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from esign.copies.notices import CopyNotice
    from trustkit.app.webhook_sending import Outcome, WebhookSender
    from trustkit.clock import Clock
    from trustkit.store.database import Database
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

WAITS: Final = tuple(timedelta(seconds=s) for s in (10, 30, 60, 300, 900, 3600, 3 * 3600, *[6 * 3600] * 7))
LEASE: Final = timedelta(seconds=60)  # longer than one sending takes
KEPT: Final = timedelta(days=30)  # what ended is shown so long
AT_ONCE: Final = 8
EACH: Final = 2  # of one organisation
EVERY_SECONDS: Final = 1.0
_UPKEEP_SECONDS: Final = 60.0
_IN_A_ROW: Final = 20  # events sent to one address before others have their turn
_PAGE: Final = 200  # entries of the trail looked at at once
_FAR: Final = 1000  # entries without news after which the place is written all the same
_log = logging.getLogger("trustkit.app")


@dataclass(slots=True, kw_only=True)
class Courier:
    """The courier of one process; several at one store share the work. `jitter` is a number from 0 to 1."""

    database: Database
    clock: Clock
    sender: WebhookSender
    jitter: Callable[[], float] = lambda: secrets.randbelow(1000) / 1000
    every: float = EVERY_SECONDS
    _seen: dict[str, tuple[int, int]] = field(
        default_factory=dict
    )  # of each its place, and up to which there is nothing
    _busy: dict[str, str] = field(default_factory=dict)  # webhooks that are being told, each with its organisation
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _ending: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Tell what is due for as long as the block lasts; what was begun is ended."""
        self._ending.clear()
        with (
            ThreadPoolExecutor(AT_ONCE, thread_name_prefix="trustkit-webhook") as pool,
            now_and_then(self.tend, every=_UPKEEP_SECONDS, name="webhook-upkeep"),
            now_and_then(lambda: self._hand_out(pool), every=self.every, name="webhook-courier"),
        ):
            try:
                yield
            finally:
                self._ending.set()

    def once(self) -> None:
        """Tell what is due now, one after the other."""
        for row in self._due():
            self.tell(row)

    def tend(self) -> None:
        """End what has lapsed or is not authorised any more, and forget what ended long ago."""
        now = self.clock.now()
        for row in (*self._all(WebhookState.ACTIVE), *self._all(WebhookState.SUSPENDED)):
            with self.database.reading() as unit:
                reason = self._over(unit, row)
            if reason:
                self._settle(lambda uow, row=row, reason=reason: ended(uow, row, reason, SYSTEM, now))  # type: ignore[misc]
        forget_by_pages(self.database, lambda uow: webhooks.forget(uow, before=now - KEPT))

    def tell(self, row: WebhookRow) -> None:
        """Send a webhook what there is for it, until it fails or others are to have their turn."""
        held: WebhookRow | None = None
        for _ in range(_IN_A_ROW):
            if self._ending.is_set():
                break
            current = held or row
            notice, seen = self._next(current)
            if notice is None:
                self._nothing(current, seen, held=held is not None)
                return
            if held is None:
                held = self._take(row)
                if held is None:
                    return
            with self.database.reading() as unit:
                reason = self._over(unit, held)
            if reason:
                self._settle(lambda uow, held=held, reason=reason: ended(uow, held, reason, SYSTEM, self.clock.now()))  # type: ignore[misc]
                return
            held = self._after(held, notice, self.sender.send(held, notice))
            if held is None:
                return
        if held is not None:
            self._settle(lambda uow: webhooks.change(uow, held, due_at=self.clock.now()))

    def _hand_out(self, pool: ThreadPoolExecutor) -> None:
        for row in self._due():
            with self._lock:
                mine = sum(each == row.organisation for each in self._busy.values())
                if row.identifier in self._busy or mine >= EACH:
                    continue
                self._busy[row.identifier] = row.organisation
            pool.submit(self._told, row)

    def _told(self, row: WebhookRow) -> None:
        try:
            self.tell(row)
        except TrustError as error:
            say(_log, "upkeep.failed", logging.WARNING, code=error.code.value)
        except Exception:  # noqa: BLE001 - the courier must outlive our own bugs, and nobody waits for what this returns
            say(_log, "upkeep.failed", logging.ERROR, code=ErrorCode.BUG.value)
        finally:
            with self._lock:
                self._busy.pop(row.identifier, None)

    def _all(self, state: WebhookState) -> Iterator[WebhookRow]:
        after = ""
        while True:
            with self.database.reading() as unit:
                page = webhooks.list_webhooks(unit, state=state, after=after)
            yield from page
            if len(page) < PAGE_LIMIT:
                return
            after = page[-1].identifier

    def _due(self) -> list[WebhookRow]:
        """Return the webhooks that may have something to be told, those first that wait longest."""
        now = self.clock.now()
        with self.database.reading() as unit:
            last = trail.last_sequence(unit)
        every = tuple(self._all(WebhookState.ACTIVE))
        self._seen = {row.identifier: self._seen[row.identifier] for row in every if row.identifier in self._seen}
        found = [row for row in every if row.due_at <= now and self._from(row) < last]
        return sorted(found, key=lambda row: row.due_at)

    def _from(self, row: WebhookRow) -> int:
        place, seen = self._seen.get(row.identifier, (row.place, row.place))
        return seen if place == row.place else row.place

    def _next(self, row: WebhookRow) -> tuple[CopyNotice | None, int]:
        """Return the next change for a webhook, None where there is none, and the entry up to which was looked."""
        after = self._from(row)
        while True:
            with self.database.reading() as unit:
                seen, found = notices_for(unit, row.organisation, after=after, limit=_PAGE)
            for notice in found:
                if _wanted(row, notice):
                    return notice, notice.sequence
            if seen - after < _PAGE:
                return None, seen
            after = seen

    def _nothing(self, row: WebhookRow, seen: int, *, held: bool) -> None:
        if held or seen - row.place >= _FAR:
            self._settle(lambda uow: webhooks.change(uow, row, place=max(seen, row.place), due_at=self.clock.now()))
        else:
            self._seen[row.identifier] = (row.place, seen)

    def _take(self, row: WebhookRow) -> WebhookRow | None:
        with self.database.unit_of_work() as uow:
            return webhooks.take(uow, row, due_at=self.clock.now() + LEASE)

    def _over(self, unit: ReadUnit, row: WebhookRow) -> str:
        now = self.clock.now()
        if now >= row.valid_until:
            return LAPSED
        return "" if still_stands(unit, row, now=now) else UNAUTHORISED

    def _after(self, row: WebhookRow, notice: CopyNotice, outcome: Outcome) -> WebhookRow | None:
        """Write what became of an event; return the webhook when it goes on at once."""
        now = self.clock.now()
        if outcome.taken:
            values = {"place": notice.sequence, "attempts": 0, "failing_since": None, "due_at": now + LEASE}
            return self._settle(lambda uow: webhooks.change(uow, row, **values))
        failure = WebhookFailure(
            webhook=row.identifier,
            at=now,
            number=notice.sequence,
            attempt=row.attempts + 1,
            status=outcome.status,
            told=outcome.told,
        )

        def failed(uow: UnitOfWork) -> WebhookRow:
            webhooks.note_failure(uow, failure)
            if outcome.status == HTTP_GONE:
                return ended(uow, row, GONE, SYSTEM, now)
            tried = row.attempts + 1
            due = now + self._wait(row.attempts, outcome.wait)
            after = webhooks.change(uow, row, attempts=tried, failing_since=row.failing_since or now, due_at=due)
            return suspended(uow, after, UNANSWERED, SYSTEM, now) if tried >= len(WAITS) else after

        self._settle(failed)
        return None

    def _wait(self, attempts: int, asked: timedelta | None) -> timedelta:
        """Return how long to wait: ever longer, by chance up to half as long again, and no less than the address asks for."""
        usual = WAITS[min(attempts, len(WAITS) - 1)] * (1 + self.jitter() / 2)
        return usual if asked is None else max(usual, asked)

    def _settle(self, write: Callable[[UnitOfWork], WebhookRow]) -> WebhookRow | None:
        """Write; None when the webhook was changed meanwhile, by whoever renewed, suspended or removed it."""
        try:
            with self.database.unit_of_work() as uow:
                return write(uow)
        except TrustError as error:
            if error.code is not ErrorCode.STORE_CONFLICT:
                raise
            return None


def _wanted(row: WebhookRow, notice: CopyNotice) -> bool:
    return (not row.changes or notice.change in row.changes) and (not row.licences or notice.licence in row.licences)
