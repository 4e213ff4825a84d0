"""The register of copies for a purpose (加注件): intent → issued, or intent → abandoned; an issued one is revoked alone.

    row = licence_copies.reserve(uow, CopyIntent(number=…, identifier=…, authorisation=…, …), at=now)
    licence_copies.complete(uow, row.number, at=now)
    licence_copies.add_document(uow, row.number, "pdf", document=octets, document_sm3=digest)

What becomes of its licence is told by its slot as well (`trustkit.store.copy_slots`); no row is written for that.
"""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from enum import StrEnum, unique
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, insert, or_, select, update

from trustkit.errors import ErrorCode, TrustError
from trustkit.store import copy_authorisations
from trustkit.store.bounds import PAGE_LIMIT, bounded_bytes, bounded_limit, bounded_text
from trustkit.store.copy_schema import copy_authorisations as _authorisations
from trustkit.store.copy_schema import copy_documents as _documents
from trustkit.store.copy_schema import licence_copies as _table
from trustkit.store.inserts import insert_or_skip
from trustkit.store.licences import DOCUMENT_LIMIT, FORMAT_LIMIT, REPEAT_KEY_LIMIT
from trustkit.store.schema import status_lists as _lists

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from trustkit.store.unit_of_work import Fields, ReadUnit, UnitOfWork

SUITE: Final = "copy"  # of status lists: those of copies
NUMBER_LIMIT: Final = 16
REASON_LIMIT: Final = 512
_TRIES: Final = 16  # random slots, which are free at once while a list is less than nearly full
_FIND: Final = select(_table).where(_table.c.number == bindparam("key"))
_BY_KEY: Final = select(_table).where(_table.c.repeat_key == bindparam("key"))
_MOVE: Final = update(_table).where(_table.c.number == bindparam("key"), _table.c.state == bindparam("needed"))


@unique
class CopyState(StrEnum):
    """Where a copy is on its way; its licence's state and its own time come on top."""

    INTENT = "intent"
    ISSUED = "issued"
    REVOKED = "revoked"
    ABANDONED = "abandoned"


NEVER_ISSUED: Final = frozenset({CopyState.INTENT, CopyState.ABANDONED})


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyIntent:
    """What is about to be made. `repeat_key` stands for this one copy, `order_sm3` is the digest of what was asked for under it."""

    number: str
    identifier: str
    authorisation: str
    status_list: str
    valid_from: datetime
    valid_until: datetime
    repeat_key: str | None = None
    order_sm3: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyRow(CopyIntent):
    """One copy without its documents."""

    state: CopyState
    status_index: int
    intent_at: datetime
    issued_at: datetime | None
    ended_at: datetime | None
    reason: str | None


def reserve(
    uow: UnitOfWork, intent: CopyIntent, *, at: datetime, choose: Callable[[int], int] = secrets.randbelow
) -> CopyRow:
    """Write the intent to make a copy, with a random unused slot of the list: `choose(n)` returns a number below n.

    Raises:
        TrustError: STORE_CONFLICT when the number or the key is taken or the list is full (fact ``full``), STORE_ROW_MISSING without
            such a list, INPUT_TOO_LARGE.
    """
    capacity = uow.fetch_value(select(_lists.c.capacity).where(_lists.c.uri == intent.status_list))
    if not isinstance(capacity, int):
        raise TrustError(ErrorCode.STORE_ROW_MISSING, "the status list was not opened")
    bounded_text("number", intent.number, NUMBER_LIMIT)
    bounded_text("repeat key", intent.repeat_key or "", REPEAT_KEY_LIMIT)
    nothing: dict[str, object] = dict.fromkeys(("issued_at", "ended_at", "reason"))
    values = {**asdict(intent), "state": CopyState.INTENT.value, "intent_at": at, **nothing}
    for slot in _slots(uow, intent.status_list, capacity, choose):
        if uow.act(insert_or_skip(uow.dialect, _table), values | {"status_index": slot}):
            return get(uow, intent.number)
        if find(uow, intent.number) is not None:
            raise TrustError(ErrorCode.STORE_CONFLICT, "a copy has this number already")
        if intent.repeat_key is not None and find_by_key(uow, intent.repeat_key) is not None:
            raise TrustError(ErrorCode.STORE_CONFLICT, "the key stands for another copy")
    raise TrustError(ErrorCode.STORE_CONFLICT, "the status list is full; open the next", full=True)


def complete(uow: UnitOfWork, number: str, *, at: datetime) -> None:
    """Turn an intent into an issued copy. Raise STORE_CONFLICT unless there is an intent of this number."""
    _move(uow, number, CopyState.INTENT, CopyState.ISSUED, {"issued_at": at})


def add_document(uow: UnitOfWork, number: str, kind: str, *, document: bytes, document_sm3: str) -> None:
    """Keep a document of a copy; the event of its issue tells of it. Raise INPUT_TOO_LARGE, STORE_CONFLICT for a second of a format."""
    values = {
        "number": number,
        "format": bounded_text("format", kind, FORMAT_LIMIT),
        "document": bounded_bytes("document", document, DOCUMENT_LIMIT),
        "document_sm3": document_sm3,
    }
    uow.write(insert(_documents), values)


def abandon(uow: UnitOfWork, number: str, *, at: datetime, reason: str) -> None:
    """Close an intent that led to nothing: its slot stays taken, its key and what it drew are free again.

    Raises:
        TrustError: STORE_CONFLICT unless there is an intent of this number.
    """
    values = {"ended_at": at, "reason": bounded_text("reason", reason, REASON_LIMIT), "repeat_key": None}
    _move(uow, number, CopyState.INTENT, CopyState.ABANDONED, values)
    copy_authorisations.give_back(uow, get(uow, number).authorisation)


def revoke(uow: UnitOfWork, number: str, *, at: datetime, reason: str) -> None:
    """Revoke an issued copy. Raise STORE_CONFLICT unless there is an issued one of this number."""
    values = {"ended_at": at, "reason": bounded_text("reason", reason, REASON_LIMIT)}
    _move(uow, number, CopyState.ISSUED, CopyState.REVOKED, values)


def find(unit: ReadUnit, number: str) -> CopyRow | None:
    """Return the copy of this number, or None."""
    row = unit.fetch_one(_FIND, {"key": number})
    return None if row is None else _row(row)


def get(unit: ReadUnit, number: str) -> CopyRow:
    """Return the copy of this number. Raise STORE_ROW_MISSING."""
    row = find(unit, number)
    if row is None:
        raise TrustError(ErrorCode.STORE_ROW_MISSING, "no copy has this number")
    return row


def find_by_key(unit: ReadUnit, repeat_key: str) -> CopyRow | None:
    """Return the copy a caller's key stands for, or None."""
    row = unit.fetch_one(_BY_KEY, {"key": repeat_key})
    return None if row is None else _row(row)


def list_documents(unit: ReadUnit, number: str) -> tuple[tuple[str, bytes, str], ...]:
    """List (format, octets, SM3 in hexadecimal) of a copy's documents."""
    rows = unit.fetch_all(select(_documents).where(_documents.c.number == number).order_by(_documents.c.format.desc()))
    return tuple((row["format"], bytes(row["document"]), row["document_sm3"]) for row in rows)


def list_of_licence(unit: ReadUnit, identifier: str, *, limit: int = PAGE_LIMIT) -> tuple[CopyRow, ...]:
    """List the copies of a licence, the newest first."""
    query = select(_table).where(_table.c.identifier == identifier)
    query = query.order_by(_table.c.intent_at.desc(), _table.c.number).limit(bounded_limit(limit))
    return tuple(_row(row) for row in unit.fetch_all(query))


def list_of_authorisation(unit: ReadUnit, number: str, *, limit: int = PAGE_LIMIT) -> tuple[CopyRow, ...]:
    """List the copies made under an authorisation, the newest first; those whose making led to nothing, too."""
    query = select(_table).where(_table.c.authorisation == number)
    query = query.order_by(_table.c.intent_at.desc(), _table.c.number).limit(bounded_limit(limit))
    return tuple(_row(row) for row in unit.fetch_all(query))


def list_of_recipient(
    unit: ReadUnit, identifier: str, recipient: str, *, at: datetime, limit: int = PAGE_LIMIT
) -> tuple[str, ...]:
    """List the numbers of a licence's copies for an organisation that stood at a moment, in order: made, not revoked and not over then."""
    joined = _table.join(_authorisations, _authorisations.c.number == _table.c.authorisation)
    theirs = (_table.c.identifier == identifier, _authorisations.c.recipient == recipient)
    made = (_table.c.issued_at <= at, _table.c.valid_until > at)
    living = (*made, or_(_table.c.ended_at.is_(None), _table.c.ended_at > at))
    query = select(_table.c.number).select_from(joined).where(*theirs, *living)
    rows = unit.fetch_all(query.order_by(_table.c.number).limit(bounded_limit(limit)))
    return tuple(row["number"] for row in rows)


def lists_of_licence(unit: ReadUnit, identifier: str, *, after: datetime) -> tuple[str, ...]:
    """List the status lists with a copy of a licence that was not revoked or abandoned and ends after a moment."""
    living = (
        _table.c.identifier == identifier,
        _table.c.state.in_([CopyState.INTENT.value, CopyState.ISSUED.value]),
        _table.c.valid_until > after,
    )
    rows = unit.fetch_all(select(_table.c.status_list).where(*living).distinct())
    return tuple(sorted(row["status_list"] for row in rows))


def list_unfinished(unit: ReadUnit, *, before: datetime, limit: int = PAGE_LIMIT) -> tuple[CopyRow, ...]:
    """List intents written before a moment, oldest first: what a crash left behind."""
    query = select(_table).where(_table.c.state == CopyState.INTENT.value, _table.c.intent_at < before)
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


def _move(uow: UnitOfWork, number: str, needed: CopyState, to: CopyState, values: Mapping[str, object]) -> None:
    if not uow.act(_MOVE, {"key": number, "needed": needed.value, "state": to.value, **values}):
        raise TrustError(ErrorCode.STORE_CONFLICT, "the copy is in another state", needed=needed.value)


def _row(row: Fields) -> CopyRow:
    return CopyRow(**{**row, "state": CopyState(row["state"])})
