"""Logins that are needed, by the SM3 digest of their id and bound to that of a browser's secret.

idp_interactions.add(uow, row)
idp_interactions.satisfy(uow, row.id_sm3, session="se-…", at=now)
idp_interactions.use(uow, row.id_sm3, at=now)             # True once
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, delete, select, update

from trustkit.errors import ErrorCode, TrustError
from trustkit.store.bounds import PAGE_LIMIT, bounded_text
from trustkit.store.identity_schema import idp_interactions as _table
from trustkit.store.identity_schema import idp_logins as _logins
from trustkit.store.inserts import insert_or_skip

if TYPE_CHECKING:
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

CLIENT_LIMIT: Final = 64
CLIENT_NAME_LIMIT: Final = 128
REFERENCE_LIMIT: Final = 128
ACR_VALUES_LIMIT: Final = 2048
LANGUAGE_LIMIT: Final = 8

_FIND = select(_table).where(_table.c.id_sm3 == bindparam("key"))
_OPEN = (_table.c.id_sm3 == bindparam("key"), _table.c.used_at.is_(None), _table.c.expires_at > bindparam("now"))
_SATISFY = update(_table).where(*_OPEN)
_USE = update(_table).where(*_OPEN)
_OLD = select(_table.c.id_sm3).where(_table.c.expires_at < bindparam("before")).limit(PAGE_LIMIT)


@dataclass(frozen=True, slots=True, kw_only=True)
class InteractionRow:
    """One login that is needed; `acr_values` are joined by spaces, `session` is the one that satisfied it, None before."""

    id_sm3: str = field(repr=False)
    browser_sm3: str = field(repr=False)
    purpose: str
    identity_level: int
    authentication_level: int
    max_age_seconds: int | None
    reauthenticate: bool
    acr_values: str
    insists: bool
    client: str
    client_name: str
    reference: str = field(repr=False)
    person: str | None = field(repr=False)
    language: str
    created_at: datetime
    expires_at: datetime
    session: str | None = None
    used_at: datetime | None = None


def add(uow: UnitOfWork, row: InteractionRow) -> None:
    """Keep a new one: bookkeeping, as nothing was decided yet. Raise STORE_CONFLICT when its id is taken, INPUT_TOO_LARGE."""
    values = {each.name: getattr(row, each.name) for each in fields(row)}
    values["client"] = bounded_text("client", row.client, CLIENT_LIMIT)
    values["client_name"] = bounded_text("client's name", row.client_name, CLIENT_NAME_LIMIT)
    values["acr_values"] = bounded_text("acr_values", row.acr_values, ACR_VALUES_LIMIT)
    values["reference"] = bounded_text("reference", row.reference, REFERENCE_LIMIT)
    values["language"] = bounded_text("language", row.language, LANGUAGE_LIMIT)
    if not uow.write(insert_or_skip(uow.dialect, _table), values):
        raise TrustError(ErrorCode.STORE_CONFLICT, "there is such an interaction")


def find(unit: ReadUnit, id_sm3: str) -> InteractionRow | None:
    """Return one, whatever became of it; None for none."""
    row = unit.fetch_one(_FIND, {"key": id_sm3})
    return None if row is None else InteractionRow(**row)


def satisfy(uow: UnitOfWork, id_sm3: str, *, session: str, now: datetime) -> bool:
    """Note which session satisfied one; say False when it is over. The login that did it is told in the trail by the caller."""
    return uow.write(_SATISFY, {"key": id_sm3, "now": now, "session": session}) > 0


def use(uow: UnitOfWork, id_sm3: str, *, now: datetime) -> bool:
    """Take one up for the act it was made for; say False, writing nothing, when that was done or its time is over."""
    return uow.write(_USE, {"key": id_sm3, "now": now, "used_at": now}) > 0


def forget(uow: UnitOfWork, *, before: datetime) -> int:
    """Remove those that were over before a moment, and the logins under way for them; return how many. At most a page at once."""
    over = [str(row["id_sm3"]) for row in uow.fetch_all(_OLD, {"before": before})]
    if over:
        uow.write(delete(_logins).where(_logins.c.interaction.in_(over)))
        uow.write(delete(_table).where(_table.c.id_sm3.in_(over)))
    return len(over)
