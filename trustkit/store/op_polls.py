"""Requests that are answered elsewhere while the client polls: at another device, by a code (RFC 8628), or by who was named (CIBA)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from enum import StrEnum, unique
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, select, update

from trustkit.store.bounds import PAGE_LIMIT, bounded_limit, bounded_text
from trustkit.store.inserts import insert_or_skip
from trustkit.store.op_schema import op_polls as _table

if TYPE_CHECKING:
    from trustkit.store.unit_of_work import Fields, ReadUnit, UnitOfWork

PARAMETERS_LIMIT = 16 * 1024

_FIND = select(_table).where(_table.c.poll_sm3 == bindparam("key"))
_BY_USER_CODE = select(_table).where(_table.c.user_code_sm3 == bindparam("key"))
_PENDING = (
    select(_table)
    .where(_table.c.person == bindparam("whose"), _table.c.state == "pending", _table.c.expires_at > bindparam("now"))
    .order_by(_table.c.created_at.desc(), _table.c.poll_sm3)
    .limit(bindparam("most"))
)
_NOTE = update(_table).where(_table.c.poll_sm3 == bindparam("key"))
_ANSWER = update(_table).where(_table.c.poll_sm3 == bindparam("key"), _table.c.state == "pending")
_USE = update(_table).where(_table.c.poll_sm3 == bindparam("key"), _table.c.state == "approved").values(state="used")
_OVER = select(_table.c.poll_sm3).where(_table.c.expires_at < bindparam("before")).limit(PAGE_LIMIT)
_FORGET = delete(_table).where(_table.c.poll_sm3.in_(_OVER))


@unique
class PollKind(StrEnum):
    """Where the answer is given."""

    DEVICE = "device"
    BACKCHANNEL = "backchannel"


@unique
class PollState(StrEnum):
    """What became of it."""

    PENDING = "pending"
    APPROVED = "approved"
    REFUSED = "refused"
    USED = "used"


@dataclass(frozen=True, slots=True, kw_only=True)
class PollRow:
    """One request. `parameters` is canonical JSON, `person` who is to answer it where he was named."""

    poll_sm3: str = field(repr=False)
    kind: PollKind
    client: str
    user_code_sm3: str | None = field(default=None, repr=False)
    person: str | None = field(default=None, repr=False)
    parameters: str = field(repr=False)
    state: PollState = PollState.PENDING
    grant_id: str | None = None
    interval_seconds: int
    polled_at: datetime | None = None
    created_at: datetime
    expires_at: datetime


def add(uow: UnitOfWork, row: PollRow) -> bool:
    """Keep a new request; say False, writing nothing, when one of its codes is taken."""
    values = {column.name: getattr(row, column.name) for column in _table.c}
    values |= {"kind": row.kind.value, "state": row.state.value}
    values["parameters"] = bounded_text("parameters", row.parameters, PARAMETERS_LIMIT)
    return uow.act(insert_or_skip(uow.dialect, _table), values) > 0


def find(unit: ReadUnit, poll_sm3: str) -> PollRow | None:
    """Return a request by the digest of what its client polls with, or None."""
    return _row(unit.fetch_one(_FIND, {"key": poll_sm3}))


def find_by_user_code(unit: ReadUnit, user_code_sm3: str) -> PollRow | None:
    """Return a request by the digest of what the person types in, or None."""
    return _row(unit.fetch_one(_BY_USER_CODE, {"key": user_code_sm3}))


def list_pending(unit: ReadUnit, person: str, *, at: datetime, limit: int) -> tuple[PollRow, ...]:
    """List what waits for a person's answer, newest first. Raise USAGE for a limit over PAGE_LIMIT."""
    rows = unit.fetch_all(_PENDING, {"whose": person, "now": at, "most": bounded_limit(limit)})
    return tuple(each for each in map(_row, rows) if each is not None)


def note_poll(uow: UnitOfWork, poll_sm3: str, *, at: datetime, interval_seconds: int) -> None:
    """Note when the client asked, and how long it has to wait before the next time."""
    uow.write(_NOTE, {"key": poll_sm3, "polled_at": at, "interval_seconds": interval_seconds})


def answer(uow: UnitOfWork, poll_sm3: str, state: PollState, *, grant_id: str | None) -> bool:
    """Note the person's answer; say False, writing nothing, when there was one."""
    return uow.act(_ANSWER, {"key": poll_sm3, "state": state.value, "grant_id": grant_id}) > 0


def use(uow: UnitOfWork, poll_sm3: str) -> bool:
    """Mark an approved request used; say False, writing nothing, when it is not approved, or was used."""
    return uow.act(_USE, {"key": poll_sm3}) > 0


def forget(uow: UnitOfWork, *, before: datetime) -> int:
    """Remove those that ended before a time; return how many. At most a page at once."""
    return uow.write(_FORGET, {"before": before})


def _row(row: Fields | None) -> PollRow | None:
    if row is None:
        return None
    return PollRow(**{**row, "kind": PollKind(row["kind"]), "state": PollState(row["state"])})
