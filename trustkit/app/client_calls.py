"""Clients of the verification API counted in the store: quotas by day and month, and calls that came before.

    calls = ClientCalls(database, clock, quota_policy(home))
    await calls.answered(request, asked.digest, 1, make)
    calls.meter("platform").grant(16)       # how many of so many lines

A call with an ``Idempotency-Key`` (draft-ietf-httpapi-idempotency-key-header) is answered once: whoever repeats it, because the answer was lost on its way, gets
the same answer, and it is counted once, also where it failed or its process died before there was an answer. Whoever asks without a token has no quota and no keys.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from starlette.concurrency import run_in_threadpool

from trustkit.api_codes import ApiCode
from trustkit.app.kept_answer import open_answer, seal_answer, whole
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import api_calls, api_use
from trustkit.web.rates import Allowance, keep_allowances
from trustkit.web.requires import caller_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from starlette.requests import Request
    from starlette.responses import Response

    from trustkit.app.quota_policy import QuotaPolicy
    from trustkit.clock import Clock
    from trustkit.store.database import Database
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

HEADER: Final = "idempotency-key"
LIFE: Final = timedelta(hours=24)
STALE: Final = timedelta(minutes=5)  # a call begun so long ago and not answered ended with its process
MAX_ANSWER: Final = (
    8 * 1024 * 1024
)  # sealed and packed; a larger one is not kept: its call is made again, and not counted again
_LOOK_AGAIN: Final = 5  # seconds until whoever repeats a call that is under way is told to come again
_KEY: Final = re.compile(r'"?([\x21\x23-\x5b\x5d-\x7e]{1,255})"?')


@dataclass(frozen=True, slots=True)
class ClientCalls:
    """Counts calls of one home; for several threads and processes at once."""

    database: Database
    clock: Clock
    quotas: QuotaPolicy

    async def answered(
        self, request: Request, call: Callable[[], str] | None, files: int, make: Callable[[], Awaitable[Response]], /
    ) -> Response:
        """See `trustkit.web.calls.Calls.answered`."""
        caller = caller_of(request)
        if caller is None:
            return await make()
        client, key = caller.client, "" if call is None else key_of(request)
        if call is None or not key:
            await run_in_threadpool(self._charge, request, client, files)
            return await make()
        call_sm3 = await run_in_threadpool(call)  # of all that came, and nothing to wait for in the loop
        mine = _KeyedCall(client=client, key=key, call_sm3=call_sm3, begun_at=self.clock.now())
        before = await run_in_threadpool(self._begin, request, mine, files)
        if before is not None:
            return await run_in_threadpool(lambda: open_answer(before, key=key, of=mine.of))
        kept = b""
        try:
            response = await whole(await make())
            kept = await run_in_threadpool(lambda: seal_answer(response, key=key, of=mine.of))
        finally:
            await run_in_threadpool(self._end, mine, kept)
        return response

    def meter(self, client: str) -> ClientMeter:
        """Return who counts the lines of a client's batch; of nobody's all are granted."""
        return ClientMeter(self, client)

    def grant(self, client: str, lines: int) -> int:
        """Count lines and return how many of them a client may have judged."""
        bounds = self.quotas.of(client).periods(self.clock.now()) if client else {}
        if not bounds:
            return lines
        with self.database.unit_of_work() as uow:
            return api_use.grant(uow, client, bounds, lines)

    def spent(self, client: str) -> TrustError:
        """Return the refusal of a client that has nothing left, with the seconds until it has."""
        with self.database.reading() as unit:
            return self._spent(unit, client)

    def _spent(self, unit: ReadUnit, client: str, more: int = 1) -> TrustError:
        """Return the refusal of so many more files, by a unit that is open: whoever holds one never waits for a second of the same pool."""
        now = self.clock.now()
        bounds = self.quotas.of(client).periods(now)
        over = [until for name, (most, until) in bounds.items() if api_use.used(unit, client, name) + more > most]
        wait = max((until - now for until in over), default=timedelta(seconds=1))  # none is: a period began meanwhile
        return TrustError(ApiCode.QUOTA_SPENT, "files of this period", retry_after=math.ceil(wait.total_seconds()))

    def bounds_calls_of(self, client: str) -> bool:
        """Tell whether a client's calls are counted by the minute."""
        return bool(self.quotas.of(client).per_minute)

    def count_call(self, request: Request, client: str) -> None:
        """Count a call of a client whose calls are bounded. Raise REQUEST_RATE with the seconds until the next minute."""
        most, now = self.quotas.of(client).per_minute, self.clock.now()
        name, until = self.quotas.of(client).minute(now)
        with self.database.unit_of_work() as uow:
            granted = api_use.grant(uow, client, {name: (most, until)}, 1)
            left = most - api_use.used(uow, client, name)
        resets = math.ceil((until - now).total_seconds())
        keep_allowances(request.scope, (Allowance(name="minute", quota=most, window=60, left=left, resets=resets),))
        if not granted:
            raise TrustError(ErrorCode.REQUEST_RATE, "calls of this client in a minute", retry_after=resets)

    def _charge(self, request: Request, client: str, files: int) -> None:
        if not self.quotas.of(client).periods(self.clock.now()):
            return
        try:
            with self.database.unit_of_work() as uow:
                self._take(uow, client, files)
        finally:
            keep_allowances(request.scope, self._left(client))

    def _take(self, uow: UnitOfWork, client: str, files: int) -> None:
        bounds = self.quotas.of(client).periods(self.clock.now())
        granted = api_use.grant(uow, client, bounds, files) if bounds else files
        if granted < files:
            raise self._spent(uow, client, files - granted)  # and the transaction takes back what it counted

    def _begin(self, request: Request, mine: _KeyedCall, files: int) -> bytes | None:
        """Note a call and count it; return the answer when there is one already."""
        client, now = mine.client, mine.begun_at
        with self.database.unit_of_work() as uow:
            found = api_calls.begin(
                uow, client, mine.key_sm3, mine.call_sm3, now=now, until=now + LIFE, stale=now - STALE
            )
            if found is None:
                self._take(uow, client, files)
        if found is None or found.taken_up:
            keep_allowances(request.scope, self._left(client))
            return None
        if found.call_sm3 != mine.call_sm3:
            raise TrustError(ApiCode.REPEAT_OTHERWISE, "the key belongs to another call")
        if found.answer is None:
            raise TrustError(
                ApiCode.REPEAT_UNDER_WAY, "the call with this key is not answered yet", retry_after=_LOOK_AGAIN
            )
        return found.answer

    def _end(self, mine: _KeyedCall, answer: bytes) -> None:
        with self.database.unit_of_work() as uow:
            if answer and len(answer) <= MAX_ANSWER:
                api_calls.finish(uow, mine.client, mine.key_sm3, answer, begun_at=mine.begun_at)
            else:
                api_calls.let_go(uow, mine.client, mine.key_sm3, begun_at=mine.begun_at)

    def _left(self, client: str) -> tuple[Allowance, ...]:
        now = self.clock.now()
        bounds = self.quotas.of(client).periods(now)
        with self.database.reading() as unit:
            return tuple(
                Allowance(
                    name="day" if len(name) > len("2026-12") else "month",
                    quota=most,
                    window=None,
                    left=max(0, most - api_use.used(unit, client, name)),
                    resets=math.ceil((until - now).total_seconds()),
                )
                for name, (most, until) in bounds.items()
            )


@dataclass(frozen=True, slots=True)
class ClientMeter:
    """The lines of one client's batch: `verifier.line_answers.Meter`."""

    calls: ClientCalls
    client: str

    def grant(self, lines: int, /) -> int:
        """See `Meter.grant`."""
        return self.calls.grant(self.client, lines)

    def refusal(self) -> TrustError:
        """See `Meter.refusal`."""
        return self.calls.spent(self.client)


@dataclass(frozen=True, slots=True, kw_only=True)
class _KeyedCall:
    """One call with a key, as it was begun; the key may be another's when it ends."""

    client: str
    key: str = field(repr=False)
    call_sm3: str
    begun_at: datetime

    @property
    def key_sm3(self) -> str:
        """The digest of the key, as the store has it."""
        return digest(DigestAlgorithm.SM3, self.key.encode("ascii")).hex()

    @property
    def of(self) -> bytes:
        """What names the call, to whoever seals its answer."""
        return digest(DigestAlgorithm.SM3, f"{self.client}\n{self.call_sm3}".encode())


def key_of(request: Request) -> str:
    """Return a call's key, nothing where it has none. Raise REPEAT_KEY."""
    values = request.headers.getlist(HEADER)
    if not values:
        return ""
    found = _KEY.fullmatch(values[0].strip()) if len(values) == 1 else None
    if found is None:
        raise TrustError(ApiCode.REPEAT_KEY, "one key of at most 255 visible characters")
    return found[1]
