"""What was handed out and is to come back once: enrolments under way and challenges, each under the SM3 of its handle.

factor_challenges.add(uow, row)
factor_challenges.take(uow, row.handle_sm3)              # True once
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, delete, select

from trustkit.errors import ErrorCode, TrustError
from trustkit.store.bounds import PAGE_LIMIT, bounded_bytes
from trustkit.store.factor_schema import factor_challenges as _table
from trustkit.store.inserts import insert_or_skip

if TYPE_CHECKING:
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

KEPT_LIMIT: Final = 4096
MOST_FORGOTTEN: Final = 100

_FIND = select(_table).where(_table.c.handle_sm3 == bindparam("key"))
_TAKE = delete(_table).where(_table.c.handle_sm3 == bindparam("key"))
_OVER = select(_table.c.handle_sm3).where(_table.c.expires_at < bindparam("before")).limit(MOST_FORGOTTEN)
_FORGET = delete(_table).where(_table.c.handle_sm3.in_(_OVER))
_FORGET_PAGE = delete(_table).where(_table.c.handle_sm3.in_(_OVER.limit(PAGE_LIMIT)))


@dataclass(frozen=True, slots=True, kw_only=True)
class ChallengeRow:
    """One of them. `person` is None where anybody may answer; `kept` is what answering it needs, sealed."""

    handle_sm3: str = field(repr=False)
    purpose: str
    person: str | None = field(repr=False)
    kept: bytes = field(repr=False)
    created_at: datetime
    expires_at: datetime


def add(uow: UnitOfWork, row: ChallengeRow) -> None:
    """Keep what was handed out, and forget some of what ended. Raise STORE_CONFLICT when the handle is taken, INPUT_*."""
    uow.write(_FORGET, {"before": row.created_at})
    values = {column.name: getattr(row, column.name) for column in _table.c}
    values["kept"] = bounded_bytes("challenge", row.kept, KEPT_LIMIT)
    if not uow.write(insert_or_skip(uow.dialect, _table), values):
        raise TrustError(ErrorCode.STORE_CONFLICT, "the handle is taken")


def find(unit: ReadUnit, handle_sm3: str) -> ChallengeRow | None:
    """Return what was handed out under a handle, ended or not, or None."""
    row = unit.fetch_one(_FIND, {"key": handle_sm3})
    return None if row is None else ChallengeRow(**{**row, "kept": bytes(row["kept"])})


def forget(uow: UnitOfWork, *, before: datetime) -> int:
    """Remove what ended before a time; return how much. At most a page at once."""
    return uow.write(_FORGET_PAGE, {"before": before})


def take(uow: UnitOfWork, handle_sm3: str) -> bool:
    """Take it, for good; say False when somebody was faster."""
    return uow.write(_TAKE, {"key": handle_sm3}) > 0
