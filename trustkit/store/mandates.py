"""Mandates and the organisations they are of: added once, ended once, prolonged by the source they came from alone.

mandates.record_organisation(uow, "91…", "示例公司", at=now)
mandates.add(uow, MandateRow(id="md-…", person="np-…", uscc="91…", role=MandateRole.HANDLER, …))
mandates.end(uow, "md-…", at=now, reason="left")        # False when it was ended before
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from enum import StrEnum, unique
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, select, update

from trustkit.store.bounds import PAGE_LIMIT, bounded_limit, bounded_text
from trustkit.store.inserts import insert_or_replace, insert_or_skip
from trustkit.store.subject_schema import mandates as _table
from trustkit.store.subject_schema import organisations as _organisations

if TYPE_CHECKING:
    from trustkit.store.unit_of_work import Fields, ReadUnit, UnitOfWork

NAME_LIMIT: Final = 200
SCOPE_LIMIT: Final = 4096
_ID_LIMIT: Final = 32
_REASON_LIMIT: Final = 64
_SOURCE_LIMIT: Final = 64

_WITH_NAME = select(_table, _organisations.c.name).join(_organisations, _organisations.c.uscc == _table.c.uscc)
_FIND = _WITH_NAME.where(_table.c.id == bindparam("key"))
_OPEN = _table.c.ended_at.is_(None)
_OF_PERSON = (
    _WITH_NAME.where(_table.c.person == bindparam("person"), _OPEN).order_by(_table.c.added_at).limit(PAGE_LIMIT)
)
_UNDER = select(_table.c.id).where(_table.c.under == bindparam("key"), _OPEN).order_by(_table.c.id).limit(PAGE_LIMIT)
_END = update(_table).where(_table.c.id == bindparam("key"), _OPEN)
_OFFICE = _WITH_NAME.where(_table.c.uscc == bindparam("uscc"), _table.c.role == "legal-representative", _OPEN)
_NAMED = select(_organisations.c.name).where(_organisations.c.uscc == bindparam("uscc"))


@unique
class MandateRole(StrEnum):
    """As what somebody acts for an organisation."""

    LEGAL_REPRESENTATIVE = "legal-representative"  # 法定代表人
    HANDLER = "handler"  # 经办人
    ADMINISTRATOR = "administrator"  # 管理员


@dataclass(frozen=True, slots=True, kw_only=True)
class MandateRow:
    """One mandate.

    Attributes:
        name: of the organisation, as recorded; left out when a row is written.
        scope: what it is for: codes of matters, sorted; ``*`` for all.
        evidence_sm3: SM3 of the paper, register extract or claim it rests on, hex; `source` the connector that claimed it, empty for none.
        under: the mandate of who appointed him, None where an officer of the home added it.
        reason: why it ended, as a code; empty while it has not been ended.
    """

    id: str
    person: str
    uscc: str
    role: MandateRole
    scope: tuple[str, ...]
    valid_from: datetime
    valid_until: datetime | None
    evidence_sm3: str
    source: str = ""
    under: str | None = None
    added_at: datetime
    added_by: str
    ended_at: datetime | None = None
    reason: str = ""
    name: str = ""


def record_organisation(uow: UnitOfWork, uscc: str, name: str, *, at: datetime) -> None:
    """Keep an organisation under its newest name."""
    if unit_name(uow, uscc) != name:
        values = {"uscc": uscc, "name": bounded_text("name", name, NAME_LIMIT), "recorded_at": at}
        uow.write(insert_or_replace(uow.dialect, _organisations), values)


def unit_name(unit: ReadUnit, uscc: str) -> str | None:
    """Return the name an organisation is recorded under, None for one that is not."""
    found = unit.fetch_value(_NAMED, {"uscc": uscc})
    return found if isinstance(found, str) else None


def add(uow: UnitOfWork, row: MandateRow) -> bool:
    """Write a mandate; tell whether it was: False when the organisation has a legal representative whose mandate has not ended."""
    values = {
        "id": bounded_text("id", row.id, _ID_LIMIT),
        "person": row.person,
        "uscc": row.uscc,
        "role": row.role.value,
        "scope": bounded_text("scope", " ".join(row.scope), SCOPE_LIMIT),
        "valid_from": row.valid_from,
        "valid_until": row.valid_until,
        "evidence_sm3": row.evidence_sm3,
        "source": bounded_text("source", row.source, _SOURCE_LIMIT),
        "under": row.under,
        "added_at": row.added_at,
        "added_by": bounded_text("by", row.added_by, _SOURCE_LIMIT),
        "ended_at": None,
        "reason": "",
    }
    return uow.act(insert_or_skip(uow.dialect, _table), values) > 0


def end(uow: UnitOfWork, mandate: str, *, at: datetime, reason: str) -> bool:
    """End a mandate; tell whether it was open."""
    values = {"key": mandate, "ended_at": at, "reason": bounded_text("reason", reason, _REASON_LIMIT)}
    return uow.act(_END, values) > 0


def prolong(uow: UnitOfWork, mandate: str, *, until: datetime) -> bool:
    """Let a mandate run until another time; tell whether it was open."""
    return uow.act(_END, {"key": mandate, "valid_until": until}) > 0


def find(unit: ReadUnit, mandate: str) -> MandateRow | None:
    """Return a mandate, None for one that was never given."""
    row = unit.fetch_one(_FIND, {"key": mandate})
    return None if row is None else _row(row)


def in_office(unit: ReadUnit, uscc: str) -> MandateRow | None:
    """Return the legal representative's mandate of an organisation that has not been ended, None for none."""
    row = unit.fetch_one(_OFFICE, {"uscc": uscc})
    return None if row is None else _row(row)


def open_of(unit: ReadUnit, person: str) -> tuple[MandateRow, ...]:
    """List a person's mandates that were not ended, oldest first; some may be over by their time."""
    return tuple(_row(row) for row in unit.fetch_all(_OF_PERSON, {"person": person}))


def open_under(unit: ReadUnit, mandate: str) -> tuple[str, ...]:
    """List the mandates given under another that were not ended."""
    return tuple(row["id"] for row in unit.fetch_all(_UNDER, {"key": mandate}))


def list_mandates(
    unit: ReadUnit, *, person: str | None = None, uscc: str | None = None, ended: bool = False, limit: int = PAGE_LIMIT
) -> tuple[MandateRow, ...]:
    """List mandates, newest first, those that were ended too where asked for. Raise USAGE for a limit over PAGE_LIMIT."""
    query = _WITH_NAME if ended else _WITH_NAME.where(_OPEN)
    if person is not None:
        query = query.where(_table.c.person == person)
    if uscc is not None:
        query = query.where(_table.c.uscc == uscc)
    rows = unit.fetch_all(query.order_by(_table.c.added_at.desc(), _table.c.id).limit(bounded_limit(limit)))
    return tuple(_row(row) for row in rows)


def _row(row: Fields) -> MandateRow:
    return MandateRow(**{**row, "role": MandateRole(row["role"]), "scope": tuple(row["scope"].split())})
