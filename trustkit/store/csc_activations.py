"""Authorizations of remote signing that were granted, each to be used once. Of the SAD its SM3 digest is kept.

csc_activations.add(uow, row)
csc_activations.use(uow, row.sad_sm3, at=now)             # True once
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, select, update

from trustkit.errors import ErrorCode, TrustError
from trustkit.store.bounds import bounded_text
from trustkit.store.inserts import insert_or_skip
from trustkit.store.machine_schema import csc_activations as _table

if TYPE_CHECKING:
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

CREDENTIAL_LIMIT = 64

_FIND = select(_table).where(_table.c.sad_sm3 == bindparam("key"))
_USE = update(_table).where(_table.c.sad_sm3 == bindparam("key"), _table.c.used_at.is_(None))
_FORGET = delete(_table).where(_table.c.expires_at < bindparam("before"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivationRow:
    """One authorization; the digests are hexadecimal."""

    sad_sm3: str = field(repr=False)
    client: str
    credential: str
    hashes_sm3: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None


def add(uow: UnitOfWork, row: ActivationRow) -> None:
    """Keep a new authorization. Raise STORE_CONFLICT when its SAD is taken."""
    values = {column.name: getattr(row, column.name) for column in _table.c}
    values["credential"] = bounded_text("credential", row.credential, CREDENTIAL_LIMIT)
    if not uow.act(insert_or_skip(uow.dialect, _table), values):
        raise TrustError(ErrorCode.STORE_CONFLICT, "there is such an authorization")


def find(unit: ReadUnit | UnitOfWork, sad_sm3: str) -> ActivationRow | None:
    """Return the authorization of a SAD, or None."""
    row = unit.fetch_one(_FIND, {"key": sad_sm3})
    return None if row is None else ActivationRow(**row)


def use(uow: UnitOfWork, sad_sm3: str, *, at: datetime) -> bool:
    """Mark an authorization used; say False, writing nothing, when it was before."""
    return uow.act(_USE, {"key": sad_sm3, "used_at": at}) > 0


def forget(uow: UnitOfWork, *, before: datetime) -> None:
    """Remove those that ended before a time; what was done with them is in the trail."""
    uow.write(_FORGET, {"before": before})
