"""The public halves of the keys that events to organisations are signed with: one that signs for each algorithm, and those before it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import select, update

from trustkit.errors import ErrorCode, TrustError
from trustkit.store.bounds import PAGE_LIMIT
from trustkit.store.inserts import insert_or_skip
from trustkit.store.webhook_schema import event_keys as _table

if TYPE_CHECKING:
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

_LIST: Final = select(_table).order_by(_table.c.created_at.desc(), _table.c.kid).limit(PAGE_LIMIT)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventKeyRow:
    """A key; `state` is current, retired (published for a while), or withdrawn (published no more, for it may be known to others)."""

    kid: str
    algorithm: str
    state: str
    public_jwk: str
    created_at: datetime
    retired_at: datetime | None = None


def list_keys(unit: ReadUnit) -> tuple[EventKeyRow, ...]:
    """Return the keys, the newest first."""
    return tuple(EventKeyRow(**row) for row in unit.fetch_all(_LIST))


def add(uow: UnitOfWork, row: EventKeyRow) -> None:
    """Let a key sign from now on. Raise STORE_CONFLICT while another does for its algorithm."""
    values = {column.name: getattr(row, column.name) for column in _table.c}
    if not uow.write(insert_or_skip(uow.dialect, _table), values):
        raise TrustError(ErrorCode.STORE_CONFLICT, "another key signs by this algorithm", algorithm=row.algorithm)


def retire(uow: UnitOfWork, algorithm: str, *, at: datetime, state: str) -> None:
    """Let the key of an algorithm sign no more; with none, do nothing."""
    current = (_table.c.algorithm == algorithm, _table.c.state == "current")
    uow.write(update(_table).where(*current).values(state=state, retired_at=at))
