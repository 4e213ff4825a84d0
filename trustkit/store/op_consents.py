"""What people let clients have, until they take it back: one row for a person, a client, and the mandate he acts under."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select, update

from trustkit.store.bounds import PAGE_LIMIT, bounded_text
from trustkit.store.inserts import insert_or_replace
from trustkit.store.op_schema import op_consents as _table

if TYPE_CHECKING:
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

SCOPES_LIMIT = 16 * 1024

_CLIENT = (_table.c.person == bindparam("who"), _table.c.client == bindparam("whom"))
_FIND = select(_table).where(*_CLIENT, _table.c.mandate == bindparam("under"))
_LIST = (
    select(_table)
    .where(_table.c.person == bindparam("who"), _table.c.withdrawn_at.is_(None))
    .order_by(_table.c.client, _table.c.mandate)
    .limit(PAGE_LIMIT)
)
_WITHDRAW = update(_table).where(*_CLIENT, _table.c.withdrawn_at.is_(None))


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRow:
    """What one person lets one client have: scopes, separated by spaces. `mandate` is empty where he acts for himself."""

    person: str = field(repr=False)
    client: str
    mandate: str
    scopes: str
    given_at: datetime
    withdrawn_at: datetime | None = None


def give(uow: UnitOfWork, row: ConsentRow) -> None:
    """Keep a consent in place of an earlier one."""
    values = {column.name: getattr(row, column.name) for column in _table.c}
    values["scopes"] = bounded_text("scopes", row.scopes, SCOPES_LIMIT)
    uow.act(insert_or_replace(uow.dialect, _table), values)


def find(unit: ReadUnit, person: str, client: str, mandate: str | None) -> ConsentRow | None:
    """Return the consent that is in force for a person under a mandate, None for himself; or None."""
    row = unit.fetch_one(_FIND, {"who": person, "whom": client, "under": mandate or ""})
    return None if row is None or row["withdrawn_at"] is not None else ConsentRow(**row)


def list_of(unit: ReadUnit, person: str) -> tuple[ConsentRow, ...]:
    """List a person's consents in force; at most a page."""
    return tuple(ConsentRow(**row) for row in unit.fetch_all(_LIST, {"who": person}))


def withdraw(uow: UnitOfWork, person: str, client: str, *, at: datetime) -> bool:
    """End a person's consents to a client, under whatever mandate; say False, writing nothing, when none is in force."""
    return uow.act(_WITHDRAW, {"who": person, "whom": client, "withdrawn_at": at}) > 0
