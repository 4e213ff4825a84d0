"""The register of credentials: intent → issued, or intent → abandoned; an issued one is suspended, resumed, revoked alone.

    row = credentials.reserve(uow, CredentialIntent(number=…, identifier=…, suite="sm2", …), at=now)
    credentials.complete(uow, row.number, credential_sm3=digest, at=now)

What becomes of its licence is told by its slot as well (`trustkit.store.credential_slots`); no row is written for that.
"""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from enum import StrEnum, unique
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, select, update

from trustkit.errors import ErrorCode, TrustError
from trustkit.store.bounds import PAGE_LIMIT, bounded_limit, bounded_text
from trustkit.store.credential_schema import credentials as _table
from trustkit.store.inserts import insert_or_skip
from trustkit.store.schema import status_lists as _lists

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from trustkit.store.unit_of_work import Fields, ReadUnit, UnitOfWork

NUMBER_LIMIT: Final = 32
SUITE_LIMIT: Final = 8
KEY_LIMIT: Final = 64
REASON_LIMIT: Final = 512
_TRIES: Final = 16  # random slots, which are free at once while a list is less than nearly full
_FIND: Final = select(_table).where(_table.c.number == bindparam("key"))
_MOVE: Final = update(_table).where(_table.c.number == bindparam("key"), _table.c.state == bindparam("needed"))


@unique
class CredentialState(StrEnum):
    """Where a credential is on its way; its licence's state comes on top."""

    INTENT = "intent"
    ISSUED = "issued"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    ABANDONED = "abandoned"


LIVE: Final = (CredentialState.INTENT, CredentialState.ISSUED, CredentialState.SUSPENDED)


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialIntent:
    """What is about to be issued. `holder_key` is the thumbprint of the holder's key, `status_list` the list of its suite."""

    number: str
    identifier: str
    suite: str
    status_list: str
    holder_key: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialRow:
    """One credential; `credential_sm3` is the digest of what was handed over, there once it is issued."""

    number: str
    identifier: str
    suite: str
    state: CredentialState
    status_list: str
    status_index: int
    holder_key: str
    intent_at: datetime
    issued_at: datetime | None
    expires_at: datetime
    ended_at: datetime | None
    reason: str | None
    credential_sm3: str | None


def reserve(
    uow: UnitOfWork, intent: CredentialIntent, *, at: datetime, choose: Callable[[int], int] = secrets.randbelow
) -> CredentialRow:
    """Write the intent to issue, with a random unused slot of the list: `choose(n)` returns a number below n.

    Raises:
        TrustError: STORE_CONFLICT when the number is taken or the list is full (fact ``full``), STORE_ROW_MISSING without such a
            list, INPUT_TOO_LARGE.
    """
    capacity = uow.fetch_value(select(_lists.c.capacity).where(_lists.c.uri == intent.status_list))
    if not isinstance(capacity, int):
        raise TrustError(ErrorCode.STORE_ROW_MISSING, "the status list was not opened")
    bounded_text("number", intent.number, NUMBER_LIMIT)
    bounded_text("suite", intent.suite, SUITE_LIMIT)
    bounded_text("holder's key", intent.holder_key, KEY_LIMIT)
    nothing: dict[str, object] = dict.fromkeys(("issued_at", "ended_at", "reason", "credential_sm3"))
    values = {**asdict(intent), "state": CredentialState.INTENT.value, "intent_at": at, **nothing}
    for slot in _slots(uow, intent.status_list, capacity, choose):
        if uow.act(insert_or_skip(uow.dialect, _table), values | {"status_index": slot}):
            return get(uow, intent.number)
        if find(uow, intent.number) is not None:
            raise TrustError(ErrorCode.STORE_CONFLICT, "a credential has this number already")
    raise TrustError(ErrorCode.STORE_CONFLICT, "the status list is full; open the next", full=True)


def complete(uow: UnitOfWork, number: str, *, credential_sm3: str, at: datetime) -> None:
    """Turn an intent into an issued credential. Raise STORE_CONFLICT unless there is an intent of this number."""
    values = {"issued_at": at, "credential_sm3": credential_sm3}
    _move(uow, number, CredentialState.INTENT, CredentialState.ISSUED, values)


def abandon(uow: UnitOfWork, number: str, *, at: datetime, reason: str) -> None:
    """Close an intent that led to nothing; its slot stays taken. Raise STORE_CONFLICT unless there is an intent of this number."""
    values = {"ended_at": at, "reason": bounded_text("reason", reason, REASON_LIMIT)}
    _move(uow, number, CredentialState.INTENT, CredentialState.ABANDONED, values)


def move(uow: UnitOfWork, row: CredentialRow, to: CredentialState, *, at: datetime, reason: str) -> None:
    """Suspend, resume or revoke a credential that is still as `row` has it. Raise STORE_CONFLICT when it is not."""
    ended = at if to is CredentialState.REVOKED else None
    _move(uow, row.number, row.state, to, {"ended_at": ended, "reason": bounded_text("reason", reason, REASON_LIMIT)})


def find(unit: ReadUnit, number: str) -> CredentialRow | None:
    """Return the credential of this number, or None."""
    row = unit.fetch_one(_FIND, {"key": number})
    return None if row is None else _row(row)


def get(unit: ReadUnit, number: str) -> CredentialRow:
    """Return the credential of this number. Raise STORE_ROW_MISSING."""
    row = find(unit, number)
    if row is None:
        raise TrustError(ErrorCode.STORE_ROW_MISSING, "no credential has this number")
    return row


def list_of_licence(unit: ReadUnit, identifier: str, *, limit: int = PAGE_LIMIT) -> tuple[CredentialRow, ...]:
    """List the credentials of a licence, the newest first."""
    query = select(_table).where(_table.c.identifier == identifier)
    query = query.order_by(_table.c.intent_at.desc(), _table.c.number).limit(bounded_limit(limit))
    return tuple(_row(row) for row in unit.fetch_all(query))


def lists_of_licence(unit: ReadUnit, identifier: str, *, after: datetime) -> tuple[tuple[str, str], ...]:
    """List (suite, status list) of what was issued of a licence, has not ended, and expires after a moment."""
    unended = _table.c.state.in_([each.value for each in LIVE])
    living = (_table.c.identifier == identifier, unended, _table.c.expires_at > after)
    query = select(_table.c.suite, _table.c.status_list).where(*living).distinct()
    return tuple(sorted((row["suite"], row["status_list"]) for row in unit.fetch_all(query)))


def list_unfinished(unit: ReadUnit, *, before: datetime, limit: int = PAGE_LIMIT) -> tuple[CredentialRow, ...]:
    """List intents written before a moment, oldest first: what a crash left behind."""
    query = select(_table).where(_table.c.state == CredentialState.INTENT.value, _table.c.intent_at < before)
    rows = unit.fetch_all(query.order_by(_table.c.intent_at, _table.c.number).limit(bounded_limit(limit)))
    return tuple(_row(row) for row in rows)


def _slots(unit: ReadUnit, status_list: str, capacity: int, choose: Callable[[int], int]) -> Iterator[int]:
    """Yield slots to try: random ones, and when all of those were taken some that are counted out to be free."""
    yield from (choose(capacity) for _ in range(_TRIES))
    rows = unit.fetch_all(select(_table.c.status_index).where(_table.c.status_list == status_list))
    taken = {row["status_index"] for row in rows}
    free = [slot for slot in range(capacity) if slot not in taken]
    if free:
        yield from (free[choose(len(free))] for _ in range(_TRIES))


def _move(
    uow: UnitOfWork, number: str, needed: CredentialState, to: CredentialState, values: Mapping[str, object]
) -> None:
    if not uow.act(_MOVE, {"key": number, "needed": needed.value, "state": to.value, **values}):
        raise TrustError(ErrorCode.STORE_CONFLICT, "the credential is in another state", needed=needed.value)


def _row(row: Fields) -> CredentialRow:
    return CredentialRow(**{**row, "state": CredentialState(row["state"])})
