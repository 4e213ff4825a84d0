"""Authorization requests: pushed by clients, each used once, and those a person is answering; by the digest of their reference.

op_requests.add(uow, row)
op_requests.use(uow, reference_sm3, at=now)           # True once
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from enum import StrEnum, unique
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, select, update

from trustkit.errors import ErrorCode, TrustError
from trustkit.store.bounds import PAGE_LIMIT, bounded_text
from trustkit.store.inserts import insert_or_skip
from trustkit.store.op_schema import op_requests as _table

if TYPE_CHECKING:
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

PARAMETERS_LIMIT = 64 * 1024

_FIND = select(_table).where(_table.c.reference_sm3 == bindparam("key"))
_USE = update(_table).where(_table.c.reference_sm3 == bindparam("key"), _table.c.used_at.is_(None))
_DECIDE = update(_table).where(
    _table.c.reference_sm3 == bindparam("key"), _table.c.used_at.is_(None), _table.c.consent == ""
)
_OVER = select(_table.c.reference_sm3).where(_table.c.expires_at < bindparam("before")).limit(PAGE_LIMIT)
_FORGET = delete(_table).where(_table.c.reference_sm3.in_(_OVER))


@unique
class RequestKind(StrEnum):
    """Whether a request was pushed by its client, or is before a person."""

    PUSHED = "pushed"
    ASKED = "asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRow:
    """One request; `parameters` is canonical JSON. `consent` is empty, ``given`` or ``refused``."""

    reference_sm3: str = field(repr=False)
    kind: RequestKind
    client: str
    parameters: str = field(repr=False)
    consent: str = ""
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None


def add(uow: UnitOfWork, row: RequestRow) -> None:
    """Keep a new request. Raise STORE_CONFLICT when its reference is taken."""
    values = {column.name: getattr(row, column.name) for column in _table.c}
    values["kind"] = row.kind.value
    values["parameters"] = bounded_text("parameters", row.parameters, PARAMETERS_LIMIT)
    if not uow.write(insert_or_skip(uow.dialect, _table), values):
        raise TrustError(ErrorCode.STORE_CONFLICT, "the reference is taken")


def find(unit: ReadUnit, reference_sm3: str) -> RequestRow | None:
    """Return a request, or None."""
    row = unit.fetch_one(_FIND, {"key": reference_sm3})
    return None if row is None else RequestRow(**{**row, "kind": RequestKind(row["kind"])})


def use(uow: UnitOfWork, reference_sm3: str, *, at: datetime) -> bool:
    """Mark a request used, or answered; say False, writing nothing, when it was before."""
    return uow.write(_USE, {"key": reference_sm3, "used_at": at}) > 0


def decide(uow: UnitOfWork, reference_sm3: str, *, consent: str) -> bool:
    """Note what the person said; say False, writing nothing, when that was noted before or the request was answered."""
    return uow.write(_DECIDE, {"key": reference_sm3, "consent": consent}) > 0


def forget(uow: UnitOfWork, *, before: datetime) -> int:
    """Remove those that ended before a time; return how many. At most a page at once."""
    return uow.write(_FORGET, {"before": before})
