"""What arrives together is written together: one transaction, one sync of the disk, for as many requests as are waiting.

    writer = GroupWriter(database)
    value = await writer.write(lambda uow: Written(value, events=(event,)))

A job writes in the unit it is given and returns its value with the events that tell of it (those it records itself go in with them, last),
or a refusal that is written all the same (`Written.refused`): a token used twice revokes its family, and only then is refused. Nobody is answered before the commit. A job that
raises has written nothing: the others are then written one by one, so that no job fails for another's sake.

Jobs run once or twice, in a thread of their own; what they do outside of the unit must not matter. Nothing waits for company that has not
arrived.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar, cast

from trustkit.audit import trail
from trustkit.error_family import PASSING
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from trustkit.audit.events import AuditEvent
    from trustkit.store.database import Database
    from trustkit.store.unit_of_work import UnitOfWork

TOGETHER: Final = 128  # jobs in one transaction: some ten milliseconds
WAITING: Final = 4096  # jobs held at once; more are refused, for a queue that only grows answers nobody in time
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Written(Generic[Value]):
    """What a job did: its value, the events that tell of it, and why its caller is refused although it was written."""

    value: Value | None
    events: tuple[AuditEvent, ...] = ()
    refused: TrustError | None = None


@dataclass(slots=True)
class _Place:
    job: Callable[[UnitOfWork], Written[Any]]
    answer: asyncio.Future[Any] = field(repr=False)


class GroupWriter:
    """The writing side of one process, for its one event loop."""

    def __init__(
        self, database: Database, *, together: int = TOGETHER, waiting: int = WAITING, ahead: bool = True
    ) -> None:
        """Write to a database. `ahead` goes before the other writers of this process, as `Database.unit_of_work` says."""
        self._database = database
        self._ahead = ahead
        self._together = together
        self._most = waiting
        self._waiting: list[_Place] = []
        self._busy = False
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="group-commit")

    async def write(self, job: Callable[[UnitOfWork], Written[Value]]) -> Value:
        """Return a job's value once it is committed.

        Raises:
            TrustError: what the job raised or refused with; REQUEST_BUSY when too many wait; what the store and the trail raise.
        """
        if len(self._waiting) >= self._most:
            raise TrustError(ErrorCode.REQUEST_BUSY, "too many requests wait to be written", retry_after=1)
        place = _Place(job, asyncio.get_running_loop().create_future())
        self._waiting.append(place)
        self._soon()
        return cast("Value", await place.answer)

    def close(self) -> None:
        """Finish what is being written, and end."""
        self._thread.shutdown()

    def _soon(self) -> None:
        """Write two turns of the loop later: who was just answered has asked again by then, and shares the commit."""
        if self._waiting and not self._busy:
            self._busy = True
            loop = asyncio.get_running_loop()
            loop.call_soon(loop.call_soon, self._go_on)

    def _go_on(self) -> None:
        group, self._waiting = self._waiting[: self._together], self._waiting[self._together :]
        self._thread.submit(self._do, asyncio.get_running_loop(), group)

    def _do(self, loop: asyncio.AbstractEventLoop, group: Sequence[_Place]) -> None:
        """Write a group and hand its results to the loop: in the writer's thread."""
        results: Sequence[Written[Any] | BaseException]
        try:
            results = self._commit([place.job for place in group])
        except BaseException as error:  # noqa: BLE001 - somebody waits for it
            results = [error] * len(group)
        with suppress(RuntimeError):  # a loop that has ended: nobody waits
            loop.call_soon_threadsafe(self._answer, group, results)

    def _answer(self, group: Sequence[_Place], results: Sequence[Written[Any] | BaseException]) -> None:
        self._busy = False
        for place, result in zip(group, results, strict=True):
            if place.answer.done():  # its client has gone
                continue
            if isinstance(result, BaseException):
                place.answer.set_exception(result)
            elif result.refused is not None:
                place.answer.set_exception(result.refused)
            else:
                place.answer.set_result(result.value)
        self._soon()

    def _commit(self, jobs: Sequence[Callable[[UnitOfWork], Written[Any]]]) -> list[Written[Any] | Exception]:
        try:
            with self._database.unit_of_work(ahead=self._ahead) as uow, trail.told_last(uow):
                done = [job(uow) for job in jobs]
                trail.record_many(uow, [event for each in done for event in each.events])
        except Exception as error:  # noqa: BLE001 - handed to whoever waits for it
            code = error.code if isinstance(error, TrustError) else ErrorCode.BUG
            if len(jobs) == 1 or (code.family in PASSING and code is not ErrorCode.BUG and not _is_deadlock(error)):
                return [error] * len(jobs)
            return [self._commit([job])[0] for job in jobs]
        return list(done)


def _is_deadlock(error: Exception) -> bool:
    """Tell whether a server undid the unit for another's sake (SQLSTATE class 40): its jobs take fewer locks one by one."""
    return isinstance(error, TrustError) and str(error.facts.get("sqlstate", "")).startswith("40")


def checked(work: Callable[[UnitOfWork], Written[Value]]) -> Callable[[UnitOfWork], Written[Value]]:
    """Return a job of work that checks everything before it writes anything: what it refuses is an answer, and disturbs no other job."""

    def job(uow: UnitOfWork) -> Written[Value]:
        try:
            return work(uow)
        except TrustError as error:
            if error.code.family in PASSING or error.code is ErrorCode.STORE_CONFLICT:
                raise  # the unit is lost
            return Written(None, refused=error)

    return job
