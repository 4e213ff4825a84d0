"""Logouts that clients are still to be told of: written with the session's end, worked off until told or given up."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, select, update

from trustkit.store.bounds import PAGE_LIMIT, bounded_limit
from trustkit.store.inserts import insert_or_skip
from trustkit.store.op_schema import op_logouts as _table

if TYPE_CHECKING:
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

_DUE = (
    select(_table)
    .where(_table.c.state == "waiting", _table.c.due_at <= bindparam("now"))
    .order_by(_table.c.due_at)
    .limit(bindparam("most"))
)
# Who takes a row moves its due time on: another process then leaves it alone, and a crash only delays it.
_TAKE = update(_table).where(
    _table.c.identifier == bindparam("key"), _table.c.state == "waiting", _table.c.attempts == bindparam("seen")
)
_CLOSE = update(_table).where(_table.c.identifier == bindparam("key"), _table.c.state == "waiting")
_OVER = (
    select(_table.c.identifier)
    .where(_table.c.state != "waiting", _table.c.due_at < bindparam("before"))
    .limit(PAGE_LIMIT)
)
_FORGET = delete(_table).where(_table.c.identifier.in_(_OVER))


@dataclass(frozen=True, slots=True, kw_only=True)
class LogoutRow:
    """A client to be told that a session ended."""

    identifier: str
    client: str
    person: str = field(repr=False)
    session: str
    state: str = "waiting"
    attempts: int = 0
    due_at: datetime
    created_at: datetime


def add(uow: UnitOfWork, row: LogoutRow) -> None:
    """Keep a logout to tell."""
    uow.write(insert_or_skip(uow.dialect, _table), {column.name: getattr(row, column.name) for column in _table.c})


def list_due(unit: ReadUnit, *, now: datetime, limit: int) -> tuple[LogoutRow, ...]:
    """List what is to be told now, the longest waiting first."""
    rows = unit.fetch_all(_DUE, {"now": now, "most": bounded_limit(limit)})
    return tuple(LogoutRow(**row) for row in rows)


def take(uow: UnitOfWork, row: LogoutRow, *, due_at: datetime) -> bool:
    """Take a row for one attempt, due again at a time should it fail; say False when another process took it."""
    values = {"key": row.identifier, "seen": row.attempts, "attempts": row.attempts + 1, "due_at": due_at}
    return uow.write(_TAKE, values) > 0


def close(uow: UnitOfWork, identifier: str, *, state: str) -> bool:
    """Note that a client was ``told``, or is ``given-up``; say False when that was noted before."""
    return uow.act(_CLOSE, {"key": identifier, "state": state}) > 0


def forget(uow: UnitOfWork, *, before: datetime) -> int:
    """Remove those that were closed before a time; return how many. At most a page at once."""
    return uow.write(_FORGET, {"before": before})
