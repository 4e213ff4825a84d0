"""Confirmations asked of people's apps: pending → approved → used, or denied; each move by compare-and-set.

confirmations.add(uow, row)
confirmations.decide(uow, row.id, State.APPROVED, factor="fa-…", at=now)        # False when it was decided, or is over
confirmations.use(uow, row.handle_sm3)                                          # True once
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from enum import StrEnum, unique
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, delete, or_, select, update

from trustkit.errors import ErrorCode, TrustError
from trustkit.store.bounds import PAGE_LIMIT, bounded_text
from trustkit.store.factor_schema import confirmations as _table
from trustkit.store.inserts import insert_or_skip

if TYPE_CHECKING:
    from trustkit.store.unit_of_work import Fields, ReadUnit, UnitOfWork

WORDS_LIMIT: Final = 128
MOST_SHOWN: Final = 10
MOST_FORGOTTEN: Final = 100

_BY_ID = select(_table).where(_table.c.id == bindparam("key"))
_BY_HANDLE = select(_table).where(_table.c.handle_sm3 == bindparam("key"))
_PENDING = (
    select(_table)
    .where(_table.c.person == bindparam("whose"), _table.c.state == "pending", _table.c.expires_at > bindparam("now"))
    .order_by(_table.c.created_at.desc(), _table.c.id)
    .limit(MOST_SHOWN)
)
_WAITING = update(_table).where(
    _table.c.id == bindparam("key"), _table.c.state == "pending", _table.c.expires_at > bindparam("now")
)
_MISS = _WAITING.values(tries=_table.c.tries + 1).returning(_table.c.tries)
_USE = update(_table).where(_table.c.handle_sm3 == bindparam("key"), _table.c.state == "approved").values(state="used")
_POLL = update(_table).where(
    _table.c.handle_sm3 == bindparam("key"),
    or_(_table.c.polled_at.is_(None), _table.c.polled_at <= bindparam("not_after")),
)
_OVER = select(_table.c.id).where(_table.c.expires_at < bindparam("before")).limit(MOST_FORGOTTEN)
_FORGET = delete(_table).where(_table.c.id.in_(_OVER))
_FORGET_PAGE = delete(_table).where(_table.c.id.in_(_OVER.limit(PAGE_LIMIT)))


@unique
class State(StrEnum):
    """Where a confirmation is."""

    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"
    USED = "used"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmationRow:
    """One confirmation. `person` is None for a name nobody has; `factor` is the app that answered, once one did."""

    id: str
    handle_sm3: str = field(repr=False)
    person: str | None = field(repr=False)
    state: State = State.PENDING
    number: str = field(repr=False)
    wanted_for: str
    tries: int = 0
    factor: str | None = None
    created_at: datetime
    expires_at: datetime
    decided_at: datetime | None = None
    polled_at: datetime | None = None


def add(uow: UnitOfWork, row: ConfirmationRow) -> None:
    """Keep a new one, and forget some that are over. Raise STORE_CONFLICT when the handle is taken, INPUT_TOO_LARGE."""
    uow.write(_FORGET, {"before": row.created_at})
    values = {column.name: getattr(row, column.name) for column in _table.c}
    values["state"] = row.state.value
    values["wanted_for"] = bounded_text("what it is for", row.wanted_for, WORDS_LIMIT)
    if not uow.write(insert_or_skip(uow.dialect, _table), values):
        raise TrustError(ErrorCode.STORE_CONFLICT, "the handle is taken")


def find(unit: ReadUnit, identifier: str) -> ConfirmationRow | None:
    """Return the one of an id, or None."""
    return _row(unit.fetch_one(_BY_ID, {"key": identifier}))


def find_by_handle(unit: ReadUnit, handle_sm3: str) -> ConfirmationRow | None:
    """Return the one of a handle, or None."""
    return _row(unit.fetch_one(_BY_HANDLE, {"key": handle_sm3}))


def list_pending(unit: ReadUnit, person: str, *, at: datetime) -> tuple[ConfirmationRow, ...]:
    """List the newest a person has yet to answer, newest first."""
    rows = (_row(row) for row in unit.fetch_all(_PENDING, {"whose": person, "now": at}))
    return tuple(row for row in rows if row is not None)


def decide(uow: UnitOfWork, identifier: str, state: State, *, factor: str, at: datetime) -> bool:
    """Approve or deny one; say False, writing nothing, when it was decided, or is over. It is an act."""
    values = {"key": identifier, "now": at, "state": state.value, "factor": factor, "decided_at": at}
    return uow.act(_WAITING, values) > 0


def miss(uow: UnitOfWork, identifier: str, *, at: datetime) -> int | None:
    """Count a wrong number, and return how many there were; None when it was decided, or is over."""
    found = uow.write_value(_MISS, {"key": identifier, "now": at})
    return None if found is None else int(found)


def poll(uow: UnitOfWork, handle_sm3: str, *, at: datetime, not_after: datetime) -> bool:
    """Write that it was asked about; say False, writing nothing, when that was after `not_after` before."""
    return uow.write(_POLL, {"key": handle_sm3, "polled_at": at, "not_after": not_after}) > 0


def use(uow: UnitOfWork, handle_sm3: str) -> bool:
    """Use one that is approved; say False, writing nothing, for any other."""
    return uow.write(_USE, {"key": handle_sm3}) > 0


def _row(row: Fields | None) -> ConfirmationRow | None:
    return None if row is None else ConfirmationRow(**{**row, "state": State(row["state"])})


def forget(uow: UnitOfWork, *, before: datetime) -> int:
    """Remove what ended before a time; return how many. At most a page at once."""
    return uow.write(_FORGET_PAGE, {"before": before})
