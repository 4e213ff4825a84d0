"""Each of several who hold one licence, so that it is found by any of them. A licence with one holder has him in its own row alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import insert, or_, select

from trustkit.store.licence_schema import licence_holders as _table
from trustkit.store.schema import licences as _licences

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import BindParameter, ColumnElement

    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

_INSERT: Final = insert(_table)


def add(uow: UnitOfWork, identifier: str, holders: Iterable[str]) -> None:
    """Write that these hold a licence, each a keyed digest of his code of 64 hex digits. Raise STORE_CONFLICT for one who stands there."""
    for holder in holders:
        uow.write(_INSERT, {"holder": holder, "identifier": identifier})


def list_of_licence(unit: ReadUnit, identifier: str) -> tuple[str, ...]:
    """List the several who hold a licence, each as a keyed digest of his code; nobody where one holds it."""
    rows = unit.fetch_all(select(_table.c.holder).where(_table.c.identifier == identifier))
    return tuple(sorted(row["holder"] for row in rows))


def held_by(holder: str | BindParameter[str]) -> ColumnElement[bool]:
    """Return the rule that a licence is held by this one, alone or with others."""
    together = select(_table.c.identifier).where(_table.c.holder == holder)
    return or_(_licences.c.holder == holder, _licences.c.identifier.in_(together))
