"""Who administers this home, one office each: the primary key is the person, so that no race gives anybody two.

administrators.assign(uow, person="np-…", office=Office.AUDIT, at=now, by="operator:0")     # False when he has one
administrators.remove(uow, person="np-…", office=Office.AUDIT)                              # False when he has not this one
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from enum import StrEnum, unique
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, func, select

from trustkit.store.bounds import PAGE_LIMIT, bounded_text
from trustkit.store.inserts import insert_or_skip
from trustkit.store.subject_schema import administrators as _table

if TYPE_CHECKING:
    from trustkit.store.unit_of_work import Fields, ReadUnit, UnitOfWork

_BY_LIMIT = 64
_FIND = select(_table).where(_table.c.person == bindparam("person"))
_REMOVE = delete(_table).where(_table.c.person == bindparam("person"), _table.c.office == bindparam("office"))
_COUNT = select(func.count()).select_from(_table).where(_table.c.office == bindparam("office"))
_LIST = select(_table).order_by(_table.c.office, _table.c.assigned_at, _table.c.person).limit(PAGE_LIMIT)


@unique
class Office(StrEnum):
    """The three kinds of administrators (三员): who runs the system, who decides on people and rights, who watches both."""

    SYSTEM = "system"
    SECURITY = "security"
    AUDIT = "audit"


@dataclass(frozen=True, slots=True, kw_only=True)
class AdministratorRow:
    """Somebody in an office."""

    person: str
    office: Office
    assigned_at: datetime
    assigned_by: str


def assign(uow: UnitOfWork, *, person: str, office: Office, at: datetime, by: str) -> bool:
    """Put a person into an office; tell whether it was done: False when he is in one, the same or another."""
    values = {
        "person": person,
        "office": office.value,
        "assigned_at": at,
        "assigned_by": bounded_text("by", by, _BY_LIMIT),
    }
    return uow.act(insert_or_skip(uow.dialect, _table), values) > 0


def remove(uow: UnitOfWork, *, person: str, office: Office) -> bool:
    """Take a person out of an office; tell whether he was in it."""
    return uow.act(_REMOVE, {"person": person, "office": office.value}) > 0


def find(unit: ReadUnit, person: str) -> AdministratorRow | None:
    """Return a person's office, None for who has none."""
    row = unit.fetch_one(_FIND, {"person": person})
    return None if row is None else _row(row)


def count(unit: ReadUnit, office: Office) -> int:
    """Return how many people are in an office."""
    return int(unit.fetch_value(_COUNT, {"office": office.value}))


def list_administrators(unit: ReadUnit) -> tuple[AdministratorRow, ...]:
    """List who is in office, by office."""
    return tuple(_row(row) for row in unit.fetch_all(_LIST))


def _row(row: Fields) -> AdministratorRow:
    return AdministratorRow(**{**row, "office": Office(row["office"])})
