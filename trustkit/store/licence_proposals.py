"""Proposals: what one person asks for and another agrees to. proposed → approved → done, or refused, withdrawn, expired.

    licence_proposals.add(uow, row)
    licence_proposals.decide(uow, "lp-…", ProposalState.APPROVED, by="…", at=now)
    licence_proposals.finish(uow, "lp-…", result="1.2.156…", at=now)      # in the transaction of what was asked for

Every change is a compare-and-set: of two at once one touches no row and is refused. The order is forgotten when nothing can come of it
any more; its digest stays, and its salt only where the licence, too, is in the register.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from enum import StrEnum, unique
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, func, insert, select, update

from trustkit.errors import ErrorCode, TrustError
from trustkit.licence_codes import LicenceCode
from trustkit.store.bounds import bounded_bytes, bounded_limit, bounded_text
from trustkit.store.inserts import insert_or_skip
from trustkit.store.licence_schema import licence_proposal_rows as _rows
from trustkit.store.licence_schema import licence_proposals as _table
from trustkit.store.licences import REASON_LIMIT, REPEAT_KEY_LIMIT
from trustkit.store.schema import licences as _licences

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Update

    from trustkit.store.unit_of_work import Fields, ReadUnit, UnitOfWork

ORDER_LIMIT: Final = 1024 * 1024
_MANY: Final = 500  # rows that go to the database at a time
_FIND: Final = select(_table).where(_table.c.number == bindparam("key"))
_BY_KEY: Final = select(_table).where(_table.c.repeat_key == bindparam("key"))
_ISSUED: Final = select(func.count()).select_from(_licences).where(_licences.c.issued_at.is_not(None))
_LISTED: Final = (_rows.c.proposal == bindparam("of"), _rows.c.repeat_key == bindparam("key"))


@unique
class ProposalState(StrEnum):
    """Where a proposal is. The last four are ends."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    DONE = "done"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


OPEN: Final = frozenset({ProposalState.PROPOSED, ProposalState.APPROVED})
_LEFT_BEHIND: Final[Mapping[str, None]] = {"wanted": None, "salt": None, "repeat_key": None}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalRow:
    """One proposal. `identifier` is the licence it is about, `result` the one that came of it; `licences` counts those of a file."""

    number: str
    act: str
    state: ProposalState
    type_code: str
    identifier: str | None
    order_sm3: str
    wanted: bytes | None = field(repr=False)
    salt: bytes | None = field(repr=False)
    licences: int
    maker: str
    checker: str | None = None
    proposed_at: datetime
    expires_at: datetime
    decided_at: datetime | None = None
    closed_at: datetime | None = None
    reason: str | None = None
    result: str | None = None
    repeat_key: str | None = None

    def state_at(self, moment: datetime) -> ProposalState:
        """Return the state at a moment: one whose time is over has expired, whether or not anybody closed it."""
        return ProposalState.EXPIRED if self.state in OPEN and moment >= self.expires_at else self.state


def add(uow: UnitOfWork, row: ProposalRow, keys: Sequence[str] = ()) -> None:
    """Write a new proposal; `keys` are those of the rows of a file. Raise STORE_CONFLICT for a number or key in use, INPUT_TOO_LARGE."""
    if row.repeat_key is not None:
        bounded_text("repeat key", row.repeat_key, REPEAT_KEY_LIMIT)
    values = {name: getattr(row, name) for name in ProposalRow.__dataclass_fields__}
    values |= {"state": row.state.value, "wanted": bounded_bytes("order", row.wanted or b"", ORDER_LIMIT)}
    if not uow.act(insert_or_skip(uow.dialect, _table), values):
        raise TrustError(ErrorCode.STORE_CONFLICT, "the number or key stands for another proposal")
    for start in range(0, len(keys), _MANY):
        some = [{"proposal": row.number, "repeat_key": key} for key in keys[start : start + _MANY]]
        uow.write_many(insert(_rows), some)


def decide(uow: UnitOfWork, number: str, to: ProposalState, *, by: str, at: datetime) -> None:
    """Approve or refuse a proposal that nobody has decided on. Raise PROPOSAL_STATE, PROPOSAL_MISSING."""
    _move(uow, number, (ProposalState.PROPOSED,), to, checker=by, decided_at=at)


def close(uow: UnitOfWork, number: str, to: ProposalState, *, at: datetime, reason: str | None = None) -> None:
    """End an open proposal that led to nothing and forget what was asked for. Raise PROPOSAL_STATE, PROPOSAL_MISSING."""
    told = None if reason is None else bounded_text("reason", reason, REASON_LIMIT)
    _move(uow, number, OPEN, to, closed_at=at, reason=told, **_LEFT_BEHIND)


def refuse(uow: UnitOfWork, number: str, *, by: str, at: datetime, reason: str) -> None:
    """End a proposal that nobody has decided on, and forget what was asked for. Raise PROPOSAL_STATE, PROPOSAL_MISSING, INPUT_TOO_LARGE."""
    told = bounded_text("reason", reason, REASON_LIMIT)
    ends = {"checker": by, "decided_at": at, "closed_at": at, "reason": told}
    _move(uow, number, (ProposalState.PROPOSED,), ProposalState.REFUSED, **ends, **_LEFT_BEHIND)


def finish(uow: UnitOfWork, number: str, *, result: str | None, at: datetime) -> None:
    """End an approved proposal whose act is done in this unit, the event of which names it. Raise PROPOSAL_STATE, PROPOSAL_MISSING."""
    values = {"closed_at": at, "result": result, "wanted": None, "state": ProposalState.DONE.value}
    if not uow.write(_from(number, (ProposalState.APPROVED,)).values(values)):
        raise _elsewhere(uow, number)


def finish_row(uow: UnitOfWork, number: str, repeat_key: str, *, identifier: str, at: datetime) -> None:
    """Note the licence of a row of a file; with the last of them the proposal ends. Raise PROPOSAL_STATE unless it was to be issued."""
    hold = _from(number, (ProposalState.APPROVED,)).values(state=ProposalState.APPROVED.value)
    # Held until the unit ends, so that of two last rows at once one sees the other.
    if not uow.write(hold):
        raise _elsewhere(uow, number)
    noted = update(_rows).where(
        _rows.c.proposal == number, _rows.c.repeat_key == repeat_key, _rows.c.identifier.is_(None)
    )
    if not uow.write(noted.values(identifier=identifier)):
        raise TrustError(LicenceCode.PROPOSAL_STATE, "the row is not among those approved, or is issued")
    if not count_left(uow, number):
        finish(uow, number, result=None, at=at)


def note_issued(uow: UnitOfWork, number: str, *, at: datetime) -> None:
    """Note rows of an approved file whose licences are in the register already; where none is left the proposal ends."""
    theirs = (_licences.c.repeat_key == _rows.c.repeat_key, _licences.c.issued_at.is_not(None))
    issued = select(_licences.c.identifier).where(*theirs).correlate(_rows).scalar_subquery()
    uow.write(update(_rows).where(_rows.c.proposal == number, _rows.c.identifier.is_(None)).values(identifier=issued))
    if not count_left(uow, number):
        finish(uow, number, result=None, at=at)


def count_issued(unit: ReadUnit, keys: Sequence[str]) -> int:
    """Return of how many keys the licences are in the register."""
    return sum(
        int(unit.fetch_value(_ISSUED.where(_licences.c.repeat_key.in_(keys[start : start + _MANY]))))
        for start in range(0, len(keys), _MANY)
    )


def find(unit: ReadUnit, number: str) -> ProposalRow | None:
    """Return a proposal, or None."""
    row = unit.fetch_one(_FIND, {"key": number})
    return None if row is None else _row(row)


def get(unit: ReadUnit, number: str) -> ProposalRow:
    """Return a proposal. Raise PROPOSAL_MISSING."""
    row = find(unit, number)
    if row is None:
        raise TrustError(LicenceCode.PROPOSAL_MISSING, "no such proposal")
    return row


def find_by_key(unit: ReadUnit, repeat_key: str) -> ProposalRow | None:
    """Return the proposal a caller's key stands for, or None."""
    row = unit.fetch_one(_BY_KEY, {"key": repeat_key})
    return None if row is None else _row(row)


def search(
    unit: ReadUnit, *, states: Iterable[ProposalState] = (), after: str | None = None, limit: int = 100
) -> tuple[ProposalRow, ...]:
    """List proposals, the newest first; `after` is the last number of the page before. Raise USAGE, PROPOSAL_MISSING."""
    query = select(_table)
    if chosen := [state.value for state in states]:
        query = query.where(_table.c.state.in_(chosen))
    if after is not None:
        last = get(unit, after)
        same = (_table.c.proposed_at == last.proposed_at) & (_table.c.number < after)
        query = query.where((_table.c.proposed_at < last.proposed_at) | same)
    query = query.order_by(_table.c.proposed_at.desc(), _table.c.number.desc()).limit(bounded_limit(limit))
    return tuple(_row(row) for row in unit.fetch_all(query))


def list_expired(unit: ReadUnit, *, before: datetime, limit: int = 100) -> tuple[str, ...]:
    """List the numbers of open proposals whose time ended before a moment."""
    states = [state.value for state in OPEN]
    query = select(_table.c.number).where(_table.c.state.in_(states), _table.c.expires_at <= before)
    return tuple(
        row["number"] for row in unit.fetch_all(query.order_by(_table.c.expires_at).limit(bounded_limit(limit)))
    )


def is_listed(unit: ReadUnit, number: str, repeat_key: str) -> bool:
    """Tell whether a row of a file is among those of a proposal."""
    found = unit.fetch_value(select(_rows.c.proposal).where(*_LISTED), {"of": number, "key": repeat_key})
    return found is not None


def count_left(unit: ReadUnit, number: str) -> int:
    """Return how many rows of a proposal have no licence yet."""
    query = select(func.count()).select_from(_rows).where(_rows.c.proposal == number, _rows.c.identifier.is_(None))
    return int(unit.fetch_value(query))


def _move(uow: UnitOfWork, number: str, states: Iterable[ProposalState], to: ProposalState, **values: object) -> None:
    if not uow.act(_from(number, states).values({"state": to.value, **values})):
        raise _elsewhere(uow, number)


def _from(number: str, states: Iterable[ProposalState]) -> Update:
    return update(_table).where(_table.c.number == number, _table.c.state.in_([each.value for each in states]))


def _elsewhere(unit: ReadUnit, number: str) -> TrustError:
    found = get(unit, number).state.value
    return TrustError(LicenceCode.PROPOSAL_STATE, f"it is {found}", found=found)


def _row(row: Fields) -> ProposalRow:
    return ProposalRow(**{**row, "state": ProposalState(row["state"])})
