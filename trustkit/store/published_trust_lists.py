"""The trust lists a home publishes: of each the edition in force, and never an earlier one again."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, delete, select, update

from trustkit.errors import ErrorCode, TrustError
from trustkit.store.bounds import bounded_bytes, bounded_text
from trustkit.store.inserts import insert_or_skip
from trustkit.store.trust_list_schema import published_trust_lists as _table

if TYPE_CHECKING:
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

NAME_LIMIT: Final = 64
DOCUMENT_LIMIT: Final = 4 * 1024 * 1024
_FIND: Final = select(_table).where(_table.c.name == bindparam("key"))


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedListRow:
    """The edition in force of a list; `document` is the signed list as it is given out."""

    name: str
    number: int
    document: bytes = field(repr=False)
    expires_at: datetime
    published_at: datetime


def publish(uow: UnitOfWork, row: PublishedListRow) -> None:
    """Put an edition in the place of the one before. Raise STORE_CONFLICT for one that is not later, INPUT_TOO_LARGE."""
    bounded_text("name", row.name, NAME_LIMIT)
    bounded_bytes("document", row.document, DOCUMENT_LIMIT)
    values = {column.name: getattr(row, column.name) for column in _table.c}
    if uow.act(insert_or_skip(uow.dialect, _table), values):
        return
    later = update(_table).where(_table.c.name == row.name, _table.c.number < row.number).values(**values)
    if not uow.act(later):
        raise TrustError(ErrorCode.STORE_CONFLICT, "an edition at least as late is published")


def find(unit: ReadUnit, name: str) -> PublishedListRow | None:
    """Return the edition in force of a list, or None."""
    row = unit.fetch_one(_FIND, {"key": name})
    return None if row is None else PublishedListRow(**row)


def withdraw(uow: UnitOfWork, name: str) -> bool:
    """Publish a list no more; say False, writing nothing, when it is not published."""
    return uow.act(delete(_table).where(_table.c.name == name)) > 0
