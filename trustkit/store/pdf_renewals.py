"""The register of renewals of PDF: intent → renewed, or intent → abandoned. Files are known by SM3 digests, lower-case hex.

    pdf_renewals.intend(uow, document_sm3=after, original_sm3=before, at=now)
    pdf_renewals.complete(uow, after, at=now)                       # True for who closes it

A file is no row of the store: where a renewal was cut off, the file itself tells whether it came to be. So an abandoned one may
still turn out renewed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from enum import StrEnum, unique
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select, update

from trustkit.errors import ErrorCode, TrustError
from trustkit.store.inserts import insert_or_skip
from trustkit.store.schema import pdf_renewals as _table

if TYPE_CHECKING:
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

_FIND = select(_table).where(_table.c.document_sm3 == bindparam("key"))
_OPEN = select(_table).where(
    _table.c.original_sm3 == bindparam("original"), _table.c.state == "intent", _table.c.intent_at < bindparam("before")
)
# Compare-and-set: the states an act starts from stand in the WHERE, so of two racing acts one touches no row.
_COMPLETE = update(_table).where(_table.c.document_sm3 == bindparam("key"), _table.c.state != "renewed")
_ABANDON = update(_table).where(_table.c.document_sm3 == bindparam("key"), _table.c.state == "intent")


@unique
class RenewalState(StrEnum):
    """Where a renewal is on its way."""

    INTENT = "intent"
    RENEWED = "renewed"
    ABANDONED = "abandoned"


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewalRow:
    """One renewal: of which file, which file it makes."""

    document_sm3: str
    original_sm3: str
    state: RenewalState
    intent_at: datetime
    ended_at: datetime | None


def intend(uow: UnitOfWork, *, document_sm3: str, original_sm3: str, at: datetime) -> None:
    """Write the intent to put one file in the place of another. Raise STORE_CONFLICT for a document known already."""
    values = {
        "document_sm3": document_sm3,
        "original_sm3": original_sm3,
        "state": RenewalState.INTENT.value,
        "intent_at": at,
        "ended_at": None,
    }
    if not uow.act(insert_or_skip(uow.dialect, _table), values):
        raise TrustError(ErrorCode.STORE_CONFLICT, "there is such a renewal")


def complete(uow: UnitOfWork, document_sm3: str, *, at: datetime) -> bool:
    """Mark a renewal as done, an abandoned one too; say False, writing nothing, when it was or there is none."""
    return uow.act(_COMPLETE, {"key": document_sm3, "state": RenewalState.RENEWED.value, "ended_at": at}) > 0


def abandon(uow: UnitOfWork, document_sm3: str, *, at: datetime) -> bool:
    """Mark an intent as led to nothing; say False, writing nothing, when there is none."""
    return uow.act(_ABANDON, {"key": document_sm3, "state": RenewalState.ABANDONED.value, "ended_at": at}) > 0


def find(unit: ReadUnit | UnitOfWork, document_sm3: str) -> RenewalRow | None:
    """Return the renewal that makes a file, or None."""
    row = unit.fetch_one(_FIND, {"key": document_sm3})
    return None if row is None else RenewalRow(**{**row, "state": RenewalState(row["state"])})


def list_unfinished(unit: ReadUnit, original_sm3: str, *, before: datetime) -> tuple[RenewalRow, ...]:
    """Return the intents to renew a file that were written before a moment."""
    rows = unit.fetch_all(_OPEN, {"original": original_sm3, "before": before})
    return tuple(RenewalRow(**{**row, "state": RenewalState(row["state"])}) for row in rows)
