"""Who is signed in at the holders' door: the digest of a cookie's secret, and the grant at the provider all else is read from.

holder_sessions.add(uow, SessionRow(secret_sm3=…, grant_id=…, …))
holder_sessions.find(unit, secret_sm3)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, delete, insert, select

from trustkit.store.holder_schema import holder_sessions as _table

if TYPE_CHECKING:
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

_FIND: Final = select(_table).where(_table.c.secret_sm3 == bindparam("key"))
_REMOVE: Final = delete(_table).where(_table.c.secret_sm3 == bindparam("key"))
_FORGET: Final = delete(_table).where(_table.c.expires_at < bindparam("before"))


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderSessionRow:
    """One session at the door."""

    secret_sm3: str = field(repr=False)
    grant_id: str
    created_at: datetime
    expires_at: datetime


def add(uow: UnitOfWork, row: HolderSessionRow) -> None:
    """Write a session. Raise STORE_CONFLICT when the secret is in use."""
    uow.write(insert(_table), {name: getattr(row, name) for name in HolderSessionRow.__dataclass_fields__})


def find(unit: ReadUnit, secret_sm3: str) -> HolderSessionRow | None:
    """Return a session, or None."""
    row = unit.fetch_one(_FIND, {"key": secret_sm3})
    return None if row is None else HolderSessionRow(**row)


def remove(uow: UnitOfWork, secret_sm3: str) -> None:
    """End a session; harmless twice."""
    uow.write(_REMOVE, {"key": secret_sm3})


def forget(uow: UnitOfWork, *, before: datetime) -> None:
    """Remove sessions that were over before a moment."""
    uow.write(_FORGET, {"before": before})
