"""The registry of electronic seals: intent → in force ↔ suspended, lost → revoked; or intent → abandoned.

    seals.reserve(uow, row)                                # the number, before the maker's key is used
    seals.complete(uow, row.number, MadeSeal(…), at=now)
    seals.change(uow, ChangeRow(…), needed=SealState.IN_FORCE)

A `SealRow` carries the digest of its seal; `get_document` fetches the octets. Acts on one seal follow one another: each names the
state and the ordinal it starts from, and of two at once one touches no row.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from enum import StrEnum, unique
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, select, update

from trustkit.errors import ErrorCode, TrustError
from trustkit.store.bounds import PAGE_LIMIT, bounded_bytes, bounded_limit, bounded_text
from trustkit.store.inserts import insert_or_skip
from trustkit.store.pages import older_than
from trustkit.store.seal_schema import seal_changes as _changes
from trustkit.store.seal_schema import seal_pictures as _pictures
from trustkit.store.seal_schema import seals as _table

if TYPE_CHECKING:
    from trustkit.store.unit_of_work import Fields, ReadUnit, UnitOfWork

NAME_LIMIT: Final = 200
DOCUMENT_LIMIT: Final = 8 * 1024 * 1024  # of what a seal may take (esign.seal.read)
PICTURE_LIMIT: Final = 4 * 1024 * 1024
_CODE_LIMIT: Final = 64
_MOST_CHANGES: Final = PAGE_LIMIT  # of one seal; a few hundred are allowed

_COLUMNS = tuple(column for column in _table.c if column.name != "document")
_FIND = select(*_COLUMNS).where(_table.c.number == bindparam("key"))
_FIND_BY_INFO = select(*_COLUMNS).where(_table.c.info_sm3 == bindparam("key"))
# Compare-and-set: the state an act starts from stands in the WHERE, so of two racing acts one touches no row.
_MOVE = update(_table).where(_table.c.number == bindparam("key"), _table.c.state == bindparam("needed"))


@unique
class SealState(StrEnum):
    """Where a seal is."""

    INTENT = "intent"
    ABANDONED = "abandoned"
    IN_FORCE = "in-force"
    SUSPENDED = "suspended"
    LOST = "lost"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class SealRow:
    """One seal without its octets. `registration` is the request that led to it, `holder` the unit's code (USCC).

    `info_sm3` and `document_sm3` are hex, of what the maker signed and of the whole; there once it is made.
    """

    number: str
    registration: str
    kind: str
    name: str
    holder: str
    state: SealState
    intent_at: datetime
    made_at: datetime | None = None
    valid_until: datetime | None = None
    abandoned_at: datetime | None = None
    reason: str | None = None
    info_sm3: str | None = None
    document_sm3: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRow:
    """What was done to a made seal, the `ordinal`-th time. `since` may lie before `recorded_at`."""

    number: str
    ordinal: int
    act: str
    state: SealState
    reason: str
    since: datetime
    recorded_at: datetime
    registration: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeSeal:
    """What a maker made of an intent."""

    document: bytes
    document_sm3: str
    info_sm3: str
    valid_until: datetime


def reserve(uow: UnitOfWork, row: SealRow) -> None:
    """Write the intent to make a seal. Raise STORE_CONFLICT when the number is taken, or the request has a seal or an intent."""
    values = {
        "number": row.number,
        "registration": row.registration,
        "kind": bounded_text("kind of seal", row.kind, _CODE_LIMIT),
        "name": bounded_text("name of the seal", row.name, NAME_LIMIT),
        "holder": bounded_text("holder's code", row.holder, 32),
        "state": SealState.INTENT.value,
        "intent_at": row.intent_at,
    }
    if not uow.act(insert_or_skip(uow.dialect, _table), values):
        raise TrustError(ErrorCode.STORE_CONFLICT, "the request has a seal, or one is being made")


def complete(uow: UnitOfWork, number: str, made: MadeSeal, *, at: datetime) -> None:
    """Turn an intent into a seal in force. Raise STORE_CONFLICT unless there is an intent of this number, INPUT_TOO_LARGE."""
    values = {
        "state": SealState.IN_FORCE.value,
        "document": bounded_bytes("seal", made.document, DOCUMENT_LIMIT),
        "document_sm3": made.document_sm3,
        "info_sm3": made.info_sm3,
        "valid_until": made.valid_until,
        "made_at": at,
    }
    _move(uow, number, values, needed=SealState.INTENT)


def abandon(uow: UnitOfWork, number: str, *, at: datetime, reason: str) -> None:
    """Close an intent that led to nothing. Raise STORE_CONFLICT unless there is an intent of this number."""
    text = bounded_text("reason", reason, _CODE_LIMIT)
    values = {"state": SealState.ABANDONED.value, "abandoned_at": at, "reason": text}
    _move(uow, number, values, needed=SealState.INTENT)


def change(uow: UnitOfWork, made: ChangeRow, *, needed: SealState) -> None:
    """Record what was done to a made seal. Raise STORE_CONFLICT when it is not in the state, or at the ordinal, it starts from."""
    values = {
        "number": made.number,
        "ordinal": made.ordinal,
        "act": made.act,
        "state": made.state.value,
        "reason": bounded_text("reason", made.reason, _CODE_LIMIT),
        "since": made.since,
        "recorded_at": made.recorded_at,
        "registration": made.registration,
    }
    _move(uow, made.number, {"state": made.state.value}, needed=needed)
    if not uow.write(insert_or_skip(uow.dialect, _changes), values):
        raise TrustError(ErrorCode.STORE_CONFLICT, "somebody was faster", number=made.number)


def find(unit: ReadUnit, number: str) -> SealRow | None:
    """Return the seal of a number, or None."""
    row = unit.fetch_one(_FIND, {"key": number})
    return None if row is None else _row(row)


def find_by_info(unit: ReadUnit, info_sm3: str) -> SealRow | None:
    """Return the seal by the digest of what its maker signed (SM3, hex), or None."""
    row = unit.fetch_one(_FIND_BY_INFO, {"key": info_sm3})
    return None if row is None else _row(row)


def get_document(unit: ReadUnit, number: str) -> bytes:
    """Return the octets of a made seal. Raise STORE_ROW_MISSING."""
    document = unit.fetch_value(select(_table.c.document).where(_table.c.number == number))
    if document is None:
        raise TrustError(ErrorCode.STORE_ROW_MISSING, "no seal is kept under this number")
    return bytes(document)


def list_changes(unit: ReadUnit, number: str) -> tuple[ChangeRow, ...]:
    """List what was done to a seal, in the order it was recorded."""
    query = select(_changes).where(_changes.c.number == number).order_by(_changes.c.ordinal).limit(_MOST_CHANGES)
    return tuple(ChangeRow(**{**row, "state": SealState(row["state"])}) for row in unit.fetch_all(query))


def search(
    unit: ReadUnit, *, state: SealState | None = None, after: str | None = None, limit: int = 100
) -> tuple[SealRow, ...]:
    """List seals newest first; `after` is the last number of the page before. Raise USAGE, STORE_ROW_MISSING."""
    query = select(*_COLUMNS).where(older_than(unit, _table, _table.c.number, after))
    if state is not None:
        query = query.where(_table.c.state == state.value)
    query = query.order_by(_table.c.intent_at.desc(), _table.c.number.desc()).limit(bounded_limit(limit))
    return tuple(_row(row) for row in unit.fetch_all(query))


def list_unfinished(unit: ReadUnit, *, before: datetime, limit: int = PAGE_LIMIT) -> tuple[SealRow, ...]:
    """List intents written before a moment, oldest first: what a crash left behind."""
    query = select(*_COLUMNS).where(_table.c.state == SealState.INTENT.value, _table.c.intent_at < before)
    rows = unit.fetch_all(query.order_by(_table.c.intent_at, _table.c.number).limit(bounded_limit(limit)))
    return tuple(_row(row) for row in rows)


def keep_picture(uow: UnitOfWork, registration: str, picture: bytes) -> None:
    """Keep the picture a request asks for, until it ends (`trustkit.store.registrations.move`). Raise INPUT_TOO_LARGE."""
    values = {"registration": registration, "picture": bounded_bytes("picture", picture, PICTURE_LIMIT)}
    if not uow.write(insert_or_skip(uow.dialect, _pictures), values):
        raise TrustError(ErrorCode.STORE_CONFLICT, "the request has a picture")


def find_picture(unit: ReadUnit, registration: str) -> bytes | None:
    """Return the picture of an open request, or None."""
    found = unit.fetch_value(select(_pictures.c.picture).where(_pictures.c.registration == registration))
    return None if found is None else bytes(found)


def _move(uow: UnitOfWork, number: str, values: dict[str, object], *, needed: SealState) -> None:
    if uow.act(_MOVE, {"key": number, "needed": needed.value, **values}):
        return
    row = find(uow, number)
    found = "none" if row is None else row.state.value
    raise TrustError(ErrorCode.STORE_CONFLICT, "the seal is in another state", needed=needed.value, found=found)


def _row(row: Fields) -> SealRow:
    return SealRow(**{**row, "state": SealState(row["state"])})
