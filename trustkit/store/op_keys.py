"""The OpenID provider's signing keys: at most one that comes next and one that signs for each algorithm, and those that signed before.

op_keys.add(uow, row)                                   # next, published from now on
op_keys.retire(uow, old, at=now); op_keys.activate(uow, new, at=now)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, select, update

from trustkit.errors import ErrorCode, TrustError
from trustkit.store.bounds import PAGE_LIMIT
from trustkit.store.inserts import insert_or_skip
from trustkit.store.op_schema import op_keys as _table

if TYPE_CHECKING:
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

_LIST = select(_table).order_by(_table.c.created_at, _table.c.kid).limit(PAGE_LIMIT)
_ACTIVATE = (
    update(_table)
    .where(_table.c.kid == bindparam("key"), _table.c.state == "next")
    .values(state="current", activated_at=bindparam("at"))
)
_RETIRE = (
    update(_table)
    .where(_table.c.kid == bindparam("key"), _table.c.state == "current")
    .values(state="retired", retired_at=bindparam("at"))
)
_REMOVE = delete(_table).where(_table.c.kid == bindparam("key"), _table.c.state == bindparam("was"))


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRow:
    """One key. `sealed` is the private key under the home's secret, `public_jwk` the public one as canonical JSON."""

    kid: str
    algorithm: str
    state: str
    public_jwk: str
    sealed: bytes = field(repr=False)
    created_at: datetime
    activated_at: datetime | None = None
    retired_at: datetime | None = None


def list_keys(unit: ReadUnit) -> tuple[KeyRow, ...]:
    """Return all keys, the oldest first."""
    return tuple(KeyRow(**row) for row in unit.fetch_all(_LIST))


def add(uow: UnitOfWork, row: KeyRow) -> None:
    """Keep a new key. Raise STORE_CONFLICT when there is one of its state, next or current, for the algorithm."""
    values = {column.name: getattr(row, column.name) for column in _table.c}
    if not uow.act(insert_or_skip(uow.dialect, _table), values):
        raise TrustError(ErrorCode.STORE_CONFLICT, "there is such a key already", algorithm=row.algorithm)


def activate(uow: UnitOfWork, kid: str, *, at: datetime) -> None:
    """Let the key that was next sign. Raise STORE_CONFLICT when it is not next."""
    _changed(uow.act(_ACTIVATE, {"key": kid, "at": at}))


def retire(uow: UnitOfWork, kid: str, *, at: datetime) -> None:
    """Let a key sign no more. Raise STORE_CONFLICT when it is not the current one."""
    _changed(uow.act(_RETIRE, {"key": kid, "at": at}))


def remove(uow: UnitOfWork, kid: str, *, was: str) -> None:
    """Forget a key that is in this state. Raise STORE_CONFLICT when it is in another."""
    _changed(uow.act(_REMOVE, {"key": kid, "was": was}))


def _changed(rows: int) -> None:
    if not rows:
        raise TrustError(ErrorCode.STORE_CONFLICT, "the key is not in the state the act starts from")
