"""Intents: what a register wrote before a key was used, and how one that led to nothing is closed and told.

Every issuance is two transactions with the signature between them. Between them stands an intent, in the register and in
the trail; a failure closes it at once, a crash leaves it to whoever comes next.

    INTENTS = Intents(event=EventType.CERTIFICATE_ABANDONED, object_type="certificate", register=certificates, key_of=…)
    with INTENTS.closed_on_failure(database, serial, clock, actor):
        …                                                                 # sign, compare, keep
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Generic, Protocol, TypeVar

from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from trustkit.clock import Clock
    from trustkit.identity import Principal
    from trustkit.store.database import Database
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

LIVE: Final = timedelta(minutes=5)  # an issuance takes seconds: an intent older than this was left by a crash


Row_co = TypeVar("Row_co", covariant=True)


class IntentRegister(Protocol[Row_co]):
    """A module of the store that keeps intents, such as `trustkit.store.certificates`."""

    def list_unfinished(self, unit: ReadUnit, *, before: datetime) -> tuple[Row_co, ...]:
        """Return the intents written before a moment."""

    def abandon(self, uow: UnitOfWork, key: str, /, *, at: datetime, reason: str) -> None:
        """Mark one as led to nothing. Raise STORE_CONFLICT when there is no intent under the key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intents(Generic[Row_co]):
    """The intents of one register; `key_of` gives what a row is found and told by."""

    event: EventType
    object_type: str
    register: IntentRegister[Row_co]
    key_of: Callable[[Row_co], str]

    @contextmanager
    def closed_on_failure(self, database: Database, key: str, clock: Clock, actor: Principal) -> Iterator[None]:
        """Mark the intent as abandoned when the block does not come to its end, for whatever reason.

        The first failure is the one that is raised. Where the store does not answer, `close_unfinished` does it later;
        where the block's commit arrived though the answer did not, there is no intent left to close.
        """
        with self.all_closed_on_failure(database, (key,), clock, actor):
            yield

    @contextmanager
    def all_closed_on_failure(
        self, database: Database, keys: Sequence[str], clock: Clock, actor: Principal
    ) -> Iterator[None]:
        """As `closed_on_failure`, for the intents of one batch."""
        try:
            yield
        except BaseException:  # an interrupt too: the trail must not say that something is still under way
            for key in keys:
                with suppress(TrustError):
                    self._close(database, key, clock.now(), actor, "issuance-failed")
            raise

    def close_unfinished(
        self, database: Database, *, before: datetime, now: datetime, actor: Principal
    ) -> tuple[str, ...]:
        """Close every intent written before a moment; return the keys. Raise what the store raises."""
        with database.reading() as unit:
            keys = tuple(self.key_of(row) for row in self.register.list_unfinished(unit, before=before))
        return self.close_these(database, keys, now=now, actor=actor)

    def close_these(
        self, database: Database, keys: Sequence[str], *, now: datetime, actor: Principal
    ) -> tuple[str, ...]:
        """Close intents of which it is known that whoever wrote them has ended; return the keys. Raise what the store raises."""
        return tuple(key for key in keys if self._closed(database, key, now, actor))

    def _closed(self, database: Database, key: str, now: datetime, actor: Principal) -> bool:
        try:
            self._close(database, key, now, actor, "interrupted")
        except TrustError as error:
            if error.code is ErrorCode.STORE_CONFLICT:  # somebody else closed it, or it came to its end after all
                return False
            raise
        return True

    def _close(self, database: Database, key: str, now: datetime, actor: Principal, reason: str) -> None:
        with database.unit_of_work() as uow:
            self.register.abandon(uow, key, at=now, reason=reason)
            event = AuditEvent(
                type=self.event, at=now, actor=actor, object_type=self.object_type, object_id=key, reason=reason
            )
            trail.record(uow, event)
