"""What organisations ask holders to let them use: waiting → approved or refused, once; a request whose time is over has expired.

    authorisation_requests.add(uow, row)
    authorisation_requests.answer(uow, row.number, AskState.APPROVED, at=now, authorisation="K7QM…")

An answer is a compare-and-set: of two at once one touches no row.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from enum import StrEnum, unique
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, delete, func, insert, select, update

from trustkit.errors import ErrorCode, TrustError
from trustkit.store.bounds import PAGE_LIMIT, bounded_text
from trustkit.store.copy_authorisations import TEXT_LIMIT
from trustkit.store.holder_schema import authorisation_requests as _table

if TYPE_CHECKING:
    from trustkit.store.unit_of_work import Fields, ReadUnit, UnitOfWork

_FIND: Final = select(_table).where(_table.c.number == bindparam("key"))
_BY_HANDLE: Final = select(_table).where(_table.c.handle_sm3 == bindparam("key"))
_OLD: Final = select(_table.c.number).where(_table.c.expires_at < bindparam("before")).limit(PAGE_LIMIT)


@unique
class AskState(StrEnum):
    """Where a request is; `EXPIRED` is what the clock makes of one that waits, and stands in no row."""

    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class AskRow:
    """One request. `handle_sm3` is the digest of the handle in its link; `holder` a keyed digest of whom it names, None for whoever opens it."""

    number: str
    handle_sm3: str = field(repr=False)
    recipient: str
    recipient_name: str
    type_code: str
    purpose: str
    days: int
    most_copies: int
    holder: str | None
    asked_at: datetime
    expires_at: datetime
    state: AskState = AskState.WAITING
    answered_at: datetime | None = None
    authorisation: str | None = None

    def state_at(self, moment: datetime) -> AskState:
        """Return the state at a moment."""
        return AskState.EXPIRED if self.state is AskState.WAITING and moment >= self.expires_at else self.state


def add(uow: UnitOfWork, row: AskRow) -> None:
    """Write a new request. Raise INPUT_TOO_LARGE, STORE_CONFLICT when its number or handle is taken."""
    bounded_text("purpose", row.purpose, TEXT_LIMIT)
    bounded_text("recipient's name", row.recipient_name, TEXT_LIMIT)
    values = {name: getattr(row, name) for name in AskRow.__dataclass_fields__}
    uow.act(insert(_table), values | {"state": row.state.value})


def answer(uow: UnitOfWork, number: str, to: AskState, *, at: datetime, authorisation: str | None = None) -> None:
    """Note the holder's answer. Raise STORE_CONFLICT unless the request waits, and is in time."""
    waits = (_table.c.number == number, _table.c.state == AskState.WAITING.value, _table.c.expires_at > at)
    values = {"state": to.value, "answered_at": at, "authorisation": authorisation}
    if not uow.act(update(_table).where(*waits).values(**values)):
        raise TrustError(ErrorCode.STORE_CONFLICT, "the request is answered, or over")


def find(unit: ReadUnit, number: str) -> AskRow | None:
    """Return the request of this number, or None."""
    return _found(unit.fetch_one(_FIND, {"key": number}))


def find_by_handle(unit: ReadUnit, handle_sm3: str) -> AskRow | None:
    """Return the request whose link has the handle of this digest, or None."""
    return _found(unit.fetch_one(_BY_HANDLE, {"key": handle_sm3}))


def count_waiting(unit: ReadUnit, recipient: str, *, at: datetime) -> int:
    """Return how many requests of an organisation wait at a moment."""
    waits = (_table.c.recipient == recipient, _table.c.expires_at > at, _table.c.state == AskState.WAITING.value)
    return int(unit.fetch_value(select(func.count()).select_from(_table).where(*waits)))


def forget(uow: UnitOfWork, *, before: datetime) -> int:
    """Remove requests whose time ended before a moment; return how many. At most a page at once."""
    old = [str(row["number"]) for row in uow.fetch_all(_OLD, {"before": before})]
    if old:
        uow.write(delete(_table).where(_table.c.number.in_(old)))
    return len(old)


def _found(row: Fields | None) -> AskRow | None:
    return None if row is None else AskRow(**{**row, "state": AskState(row["state"])})
