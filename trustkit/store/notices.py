"""What people are to be told of: kept with the act, seen on their page, and handed on until the channel takes it.

notices.add(uow, row)
notices.list_unsent(unit, at=now)
notices.mark_sent(uow, row.id, at=now)                   # or notices.postpone(uow, row.id, until=…)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, delete, insert, select, update

from trustkit.store.bounds import bounded_limit, bounded_text
from trustkit.store.factor_schema import notices as _table

if TYPE_CHECKING:
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

WORD_LIMIT: Final = 32
MOST_SHOWN: Final = 50
MOST_KEPT: Final = 200  # of one person: whoever signs in again and again fills no disk

_OF_PERSON = (
    select(_table)
    .where(_table.c.person == bindparam("whose"))
    .order_by(_table.c.created_at.desc(), _table.c.id)
    .limit(MOST_SHOWN)
)
_UNSENT = (
    select(_table)
    .where(_table.c.sent_at.is_(None), _table.c.next_at <= bindparam("now"))
    .order_by(_table.c.next_at, _table.c.id)
    .limit(bindparam("most"))
)
_OLDEST = (
    select(_table.c.id)
    .where(_table.c.person == bindparam("whose"))
    .order_by(_table.c.created_at.desc(), _table.c.id)
    .offset(MOST_KEPT)
)
_ADD = insert(_table)
_PRUNE = delete(_table).where(_table.c.id.in_(_OLDEST))
_NEWEST = select(_table.c.created_at).where(_table.c.id == bindparam("key"), _table.c.person == bindparam("whose"))
_SEEN = update(_table).where(
    _table.c.person == bindparam("whose"), _table.c.created_at <= bindparam("until"), _table.c.seen_at.is_(None)
)
_WAITING = update(_table).where(_table.c.id == bindparam("key"), _table.c.sent_at.is_(None))
_POSTPONE = _WAITING.values(attempts=_table.c.attempts + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRow:
    """One notice: a word for what happened, and the kind of factor or the provider; no names of people, no addresses."""

    id: str
    person: str = field(repr=False)
    about: str
    kind: str
    created_at: datetime
    seen_at: datetime | None = None
    sent_at: datetime | None = None
    attempts: int = 0
    next_at: datetime


def add(uow: UnitOfWork, row: NoticeRow) -> None:
    """Keep a notice, in the unit of what it tells of, in place of its person's oldest where there are too many."""
    values = {column.name: getattr(row, column.name) for column in _table.c}
    values["about"] = bounded_text("notice", row.about, WORD_LIMIT)
    uow.write(_ADD, values)
    uow.write(_PRUNE, {"whose": row.person})


def list_of(unit: ReadUnit, person: str) -> tuple[NoticeRow, ...]:
    """List the newest notices of a person, newest first."""
    return tuple(NoticeRow(**row) for row in unit.fetch_all(_OF_PERSON, {"whose": person}))


def list_unsent(unit: ReadUnit, *, at: datetime, limit: int = 100) -> tuple[NoticeRow, ...]:
    """List notices that are due to be handed on, the longest due first."""
    rows = unit.fetch_all(_UNSENT, {"now": at, "most": bounded_limit(limit)})
    return tuple(NoticeRow(**row) for row in rows)


def mark_seen(uow: UnitOfWork, person: str, *, newest: str, at: datetime) -> int:
    """Note that a person has seen his notices up to one of them; return how many were new. What came since stays new."""
    row = uow.fetch_one(_NEWEST, {"key": newest, "whose": person})
    return 0 if row is None else uow.write(_SEEN, {"whose": person, "until": row["created_at"], "seen_at": at})


def mark_sent(uow: UnitOfWork, identifier: str, *, at: datetime) -> bool:
    """Note that the channel took a notice; say False when it had it before."""
    return uow.write(_WAITING, {"key": identifier, "sent_at": at}) > 0


def postpone(uow: UnitOfWork, identifier: str, *, until: datetime) -> None:
    """Try a notice again later."""
    uow.write(_POSTPONE, {"key": identifier, "next_at": until})
