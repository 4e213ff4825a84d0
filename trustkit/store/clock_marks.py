"""The latest times things were done at, by name: what shows that a clock was set back while nobody looked."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from trustkit.store.bounds import bounded_text
from trustkit.store.inserts import insert_into, insert_or_replace
from trustkit.store.schema import clock_marks as _table

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite

    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

NAME_LIMIT: Final = 64


@cache
def _advance(dialect: str) -> postgresql.Insert | sqlite.Insert:
    new = insert_into(dialect, _table)
    later = new.excluded["at"] > _table.c.at
    return new.on_conflict_do_update(index_elements=["name"], set_={"at": new.excluded["at"]}, where=later)


def advance(uow: UnitOfWork, name: str, at: datetime) -> int:
    """Move a mark forward to a time; return 0 when it stands there or later already, else 1.

    The mark stays locked until the unit ends.
    """
    return uow.write(_advance(uow.dialect), {"name": bounded_text("mark", name, NAME_LIMIT), "at": at})


def put_back(uow: UnitOfWork, name: str, at: datetime) -> None:
    """Set a mark to a time even if that is earlier: an operator's decision, to be told in the trail by the caller."""
    uow.act(insert_or_replace(uow.dialect, _table), {"name": bounded_text("mark", name, NAME_LIMIT), "at": at})


def find(unit: ReadUnit, name: str) -> datetime | None:
    """Return a mark, or None."""
    value = unit.fetch_value(select(_table.c.at).where(_table.c.name == name))
    return value if isinstance(value, datetime) else None
