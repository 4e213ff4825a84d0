"""People: a pseudonym each, the keyed digests of what they type to say who they are, and whether they are locked out.

people.add(uow, PersonRow(id="np-…", created_at=now))
people.add_name(uow, mac, person="np-…", at=now)
people.find_by_name(unit, mac)                          # the row, or None
people.lock(uow, "np-…", at=now, reason="lost-device")
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select, update

from trustkit.errors import ErrorCode, TrustError
from trustkit.identity_codes import IdentityCode
from trustkit.store.bounds import bounded_limit, bounded_text
from trustkit.store.identity_schema import login_names as _names
from trustkit.store.identity_schema import people as _table
from trustkit.store.inserts import insert_or_skip

if TYPE_CHECKING:
    from trustkit.store.unit_of_work import Fields, ReadUnit, UnitOfWork

ID_LIMIT = 32
REASON_LIMIT = 64

_FIND = select(_table).where(_table.c.id == bindparam("key"))
_FIND_BY_NAME = select(_table).join(_names, _names.c.person == _table.c.id).where(_names.c.name_mac == bindparam("key"))
# A person is held where something is begun for him, so that a lock comes wholly before or wholly after it.
_HOLD = _FIND.with_for_update(read=True)
_PAGE = select(_table).where(_table.c.id > bindparam("after")).order_by(_table.c.id).limit(bindparam("most"))
_LOCK = update(_table).where(_table.c.id == bindparam("key"), _table.c.locked_at.is_(None))
_UNLOCK = update(_table).where(_table.c.id == bindparam("key"), _table.c.locked_at.is_not(None))


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow:
    """One person. `reason` says why he is locked out, as a code; empty while he is not."""

    id: str
    created_at: datetime
    locked_at: datetime | None = None
    reason: str = ""


def add(uow: UnitOfWork, row: PersonRow) -> None:
    """Write a new person. Raise STORE_CONFLICT when the pseudonym is taken."""
    values = {
        "id": bounded_text("id", row.id, ID_LIMIT),
        "created_at": row.created_at,
        "locked_at": row.locked_at,
        "reason": bounded_text("reason", row.reason, REASON_LIMIT),
    }
    if not uow.act(insert_or_skip(uow.dialect, _table), values):
        raise TrustError(ErrorCode.STORE_CONFLICT, "there is such a person")


def add_name(uow: UnitOfWork, name_mac: str, *, person: str, at: datetime) -> None:
    """Let a person be found by a login name's keyed digest. Raise IDP_PERSON_EXISTS when it is somebody's."""
    values = {"name_mac": name_mac, "person": person, "created_at": at}
    if not uow.act(insert_or_skip(uow.dialect, _names), values):
        raise TrustError(IdentityCode.IDP_PERSON_EXISTS, "the login name is taken")


def find_by_name(unit: ReadUnit, name_mac: str) -> PersonRow | None:
    """Return whose login name it is, or None."""
    return _row(unit.fetch_one(_FIND_BY_NAME, {"key": name_mac}))


def find(unit: ReadUnit, person: str) -> PersonRow | None:
    """Return a person, or None."""
    return _row(unit.fetch_one(_FIND, {"key": person}))


def get(unit: ReadUnit, person: str) -> PersonRow:
    """Return a person. Raise IDP_PERSON_MISSING."""
    return _required(find(unit, person))


def hold(uow: UnitOfWork, person: str) -> PersonRow:
    """Return a person whom nobody locks out before the unit's end. Raise IDP_PERSON_MISSING."""
    return _required(_row(uow.fetch_one(_HOLD, {"key": person})))


def list_people(unit: ReadUnit, *, after: str = "", limit: int = 100) -> tuple[PersonRow, ...]:
    """List people by pseudonym, those behind `after`. Raise USAGE for a limit over PAGE_LIMIT."""
    rows = unit.fetch_all(_PAGE, {"after": after, "most": bounded_limit(limit)})
    return tuple(PersonRow(**row) for row in rows)


def lock(uow: UnitOfWork, person: str, *, at: datetime, reason: str) -> bool:
    """Lock a person out; say False, writing nothing, when he is."""
    return uow.act(_LOCK, {"key": person, "locked_at": at, "reason": bounded_text("reason", reason, REASON_LIMIT)}) > 0


def unlock(uow: UnitOfWork, person: str) -> bool:
    """Let a person in again; say False, writing nothing, when he is not locked out."""
    return uow.act(_UNLOCK, {"key": person, "locked_at": None, "reason": ""}) > 0


def _required(row: PersonRow | None) -> PersonRow:
    if row is None:
        raise TrustError(IdentityCode.IDP_PERSON_MISSING, "no such person")
    return row


def _row(row: Fields | None) -> PersonRow | None:
    return None if row is None else PersonRow(**row)
