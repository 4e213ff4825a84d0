"""Status lists: a fixed number of slots under one URI, and the signed tokens that publish them.

    status_lists.open_list(uow, uri=uri, at=now)                   # once
    draft = status_lists.prepare(uow, uri, at=now)                 # number and states, taken together
    status_lists.add_token(uow, uri=uri, number=draft.number, token=text, issued_at=now, expires_at=later)

A number is taken and the states are read under one lock, so a token with a higher number never knows less. Tokens are
kept: what a list said at a past time can be answered.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final

from sqlalchemy import and_, bindparam, case, func, insert, select

from trustkit.errors import ErrorCode, TrustError
from trustkit.store import copy_slots, credential_slots
from trustkit.store.bounds import bounded_bytes, bounded_text
from trustkit.store.inserts import insert_or_skip
from trustkit.store.licences import LicenceState
from trustkit.store.schema import licences as _licences
from trustkit.store.schema import status_lists as _table
from trustkit.store.schema import status_tokens as _tokens
from trustkit.store.sequences import next_value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Row

    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

# 2 bits a slot make 32 KiB before compression: small enough to fetch, large enough that a fetch tells nobody which
# licence was meant.
DEFAULT_CAPACITY: Final = 2**17
CAPACITY_LIMIT: Final = 2**22
URI_LIMIT: Final = 512
# A list of CAPACITY_LIMIT random states in base64, signed, with a chain.
TOKEN_LIMIT: Final = 2 * 1024 * 1024

_LATEST = select(_tokens).where(_tokens.c.uri == bindparam("of")).order_by(_tokens.c.number.desc()).limit(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusListRow:
    """One list of slots: of the documents of licences, of the credentials of a suite, or of copies (`licence_copies.SUITE`)."""

    uri: str
    capacity: int
    opened_at: datetime
    suite: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusDraft:
    """What the next token of a list has to say: its number, the state of every slot that was given out, and which have not begun."""

    uri: str
    number: int
    capacity: int
    states: tuple[tuple[int, LicenceState], ...]
    waiting: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusTokenRow:
    """One published token, as JWT and as CWT; lists of before it was made have no CWT."""

    uri: str
    number: int
    issued_at: datetime
    expires_at: datetime
    token: str = field(repr=False)
    cwt: bytes | None = field(repr=False)


def open_list(
    uow: UnitOfWork, *, uri: str, at: datetime, capacity: int = DEFAULT_CAPACITY, suite: str | None = None
) -> StatusListRow:
    """Make the list at `uri`, or return it when it is there with this capacity.

    Raises:
        TrustError: STORE_CONFLICT when it is there with another capacity, USAGE for a capacity out of bounds.
    """
    if not 1 <= capacity <= CAPACITY_LIMIT:
        raise TrustError(ErrorCode.USAGE, "the capacity of a status list is out of bounds", limit=CAPACITY_LIMIT)
    values = {
        "uri": bounded_text("status list URI", uri, URI_LIMIT),
        "capacity": capacity,
        "opened_at": at,
        "suite": suite,
    }
    uow.write(insert_or_skip(uow.dialect, _table), values)
    row = get_list(uow, uri)
    if row.capacity != capacity:
        raise TrustError(ErrorCode.STORE_CONFLICT, "the status list is there with another capacity", found=row.capacity)
    return row


def find_list(unit: ReadUnit, uri: str) -> StatusListRow | None:
    """Return the list at `uri`, or None."""
    row = unit.fetch_one(select(_table).where(_table.c.uri == uri))
    return None if row is None else StatusListRow(**row)


def get_list(unit: ReadUnit, uri: str) -> StatusListRow:
    """Return the list at `uri`.

    Raises:
        TrustError: STORE_ROW_MISSING.
    """
    row = find_list(unit, uri)
    if row is None:
        raise TrustError(ErrorCode.STORE_ROW_MISSING, "the status list was not opened")
    return row


def list_all(unit: ReadUnit) -> tuple[StatusListRow, ...]:
    """List every status list, oldest first. There are few: one for each DEFAULT_CAPACITY licences."""
    return tuple(StatusListRow(**row) for row in unit.fetch_all(select(_table).order_by(_table.c.opened_at)))


def list_of_suite(unit: ReadUnit, suite: str | None) -> tuple[StatusListRow, ...]:
    """List the status lists of the credentials of a suite or of copies, None for those of documents, oldest first."""
    return tuple(row for row in list_all(unit) if row.suite == suite)


def count_free(unit: ReadUnit, uri: str) -> int:
    """Return how many slots of the list were never given out.

    Raises:
        TrustError: STORE_ROW_MISSING.
    """
    taken = unit.fetch_value(select(func.count()).select_from(_licences).where(_licences.c.status_list == uri))
    others = credential_slots.count(unit, uri) + copy_slots.count(unit, uri)
    return get_list(unit, uri).capacity - int(taken or 0) - others


def list_states(unit: ReadUnit, uri: str, *, at: datetime) -> tuple[tuple[int, LicenceState], ...]:
    """List (slot, state at a moment) for every slot that was given out, by slot."""
    ahead = and_(_licences.c.state_since.is_not(None), _licences.c.state_since > at)
    state = case((ahead, _licences.c.state_before), else_=_licences.c.state).label("state")
    query = select(_licences.c.status_index, state).where(_licences.c.status_list == uri)
    of_documents = _states(unit.fetch_tuples(query.order_by(_licences.c.status_index)))
    if of_documents:
        return of_documents
    return tuple(sorted((*credential_slots.states(unit, uri, at=at), *copy_slots.states(unit, uri, at=at))))


def find_next_change(unit: ReadUnit, uri: str, *, after: datetime) -> datetime | None:
    """Return when next an act on a licence of the list takes force that was recorded ahead of its time, or a licence begins; or None."""
    found = [
        unit.fetch_value(select(func.min(moment)).where(_licences.c.status_list == uri, moment > after))
        for moment in (_licences.c.state_since, _licences.c.effective_at)
    ]
    found += (slots.next_change(unit, uri, after=after) for slots in (credential_slots, copy_slots))
    return min((each for each in found if isinstance(each, datetime)), default=None)


def list_waiting(unit: ReadUnit, uri: str, *, at: datetime) -> frozenset[int]:
    """Return the slots of issued licences that begin after a moment."""
    begins = and_(_licences.c.issued_at.is_not(None), _licences.c.effective_at > at)
    rows = unit.fetch_all(select(_licences.c.status_index).where(_licences.c.status_list == uri, begins))
    return frozenset(row["status_index"] for row in rows)


def prepare(uow: UnitOfWork, uri: str, *, at: datetime) -> StatusDraft:
    """Take the next number of the list and read its states at a moment under the same lock.

    Raises:
        TrustError: STORE_ROW_MISSING.
    """
    row = get_list(uow, uri)
    number = next_value(uow, f"status:{uri}")
    return StatusDraft(
        uri=uri,
        number=number,
        capacity=row.capacity,
        states=list_states(uow, uri, at=at),
        waiting=list_waiting(uow, uri, at=at),
    )


def add_token(
    uow: UnitOfWork,
    *,
    uri: str,
    number: int,
    token: str,
    issued_at: datetime,
    expires_at: datetime,
    cwt: bytes | None = None,
) -> None:
    """Keep a signed token, and the same list as CWT.

    Raises:
        TrustError: STORE_CONFLICT when the number is taken, INPUT_TOO_LARGE.
    """
    text = bounded_text("status token", token, TOKEN_LIMIT)
    binary = None if cwt is None else bounded_bytes("status token", cwt, TOKEN_LIMIT)
    values = {
        "uri": uri,
        "number": number,
        "issued_at": issued_at,
        "expires_at": expires_at,
        "token": text,
        "cwt": binary,
    }
    uow.act(insert(_tokens), values)


def find_latest_token(unit: ReadUnit, uri: str) -> StatusTokenRow | None:
    """Return the token with the highest number of the list, or None."""
    row = unit.fetch_one(_LATEST, {"of": uri})
    return None if row is None else StatusTokenRow(**row)


def _states(rows: Sequence[Row[int, str]]) -> tuple[tuple[int, LicenceState], ...]:
    members = {state.value: state for state in LicenceState}
    return tuple((index, members[state]) for index, state in rows)
