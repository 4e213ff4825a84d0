"""Requests on their way: submitted → approved → working → done, or rejected, withdrawn, expired; and who decided what.

    registrations.submit(uow, row)
    registrations.decide(uow, decision)
    registrations.move(uow, "rq-…", {State.SUBMITTED}, State.APPROVED)

Every change is a compare-and-set: of two at once one touches no row and is refused. What operators signed is kept as it was
signed, so that each step can be verified again by whoever has the store.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from enum import StrEnum, unique
from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, delete, or_, select, true, update

from trustkit.errors import ErrorCode, TrustError
from trustkit.store.bounds import bounded_bytes, bounded_limit
from trustkit.store.inserts import insert_or_skip
from trustkit.store.schema import registration_decisions as _decisions
from trustkit.store.schema import registrations as _table
from trustkit.store.seal_schema import seal_pictures as _pictures

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import ColumnElement

    from trustkit.store.unit_of_work import Fields, ReadUnit, UnitOfWork

STATEMENT_LIMIT = 64 * 1024
SIGNATURE_LIMIT = 1024
RESPONSE_LIMIT = 256 * 1024

_LOCK = update(_table).where(_table.c.id == bindparam("key")).values(state=_table.c.state)
_FORGET = delete(_pictures).where(_pictures.c.registration == bindparam("key"))
_FIND = select(_table).where(_table.c.id == bindparam("key"))


@unique
class Kind(StrEnum):
    """What is asked for."""

    CERTIFICATE = "certificate"
    REVOCATION = "revocation"
    RECOVERY = "recovery"
    DESTRUCTION = "destruction"
    SEAL = "seal"
    SEAL_SUSPENSION = "seal-suspension"
    SEAL_LOSS = "seal-loss"
    SEAL_RESUMPTION = "seal-resumption"
    SEAL_REVOCATION = "seal-revocation"


@unique
class State(StrEnum):
    """Where a request is. The last four are ends."""

    SUBMITTED = "submitted"
    APPROVED = "approved"
    WORKING = "working"
    DONE = "done"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


OPEN = frozenset({State.SUBMITTED, State.APPROVED})
ENDED = frozenset({State.DONE, State.REJECTED, State.WITHDRAWN, State.EXPIRED})
LEADING_TO = frozenset(
    {Kind.CERTIFICATE, Kind.SEAL}
)  # whose `serial` is of what comes of them, not of what they are about
ABOUT_SEALS = frozenset(
    {Kind.SEAL, Kind.SEAL_SUSPENSION, Kind.SEAL_LOSS, Kind.SEAL_RESUMPTION, Kind.SEAL_REVOCATION}
)  # whose `serial` is a seal's number


@unique
class Decision(StrEnum):
    """What an operator said of a request."""

    APPROVE = "approve"
    REJECT = "reject"
    WITHDRAW = "withdraw"


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationRow:
    """One request. `statement` and `signature` are what the requester signed; serials are those of what came of it."""

    id: str
    kind: Kind
    state: State
    requester: str
    needed: int
    statement: bytes = field(repr=False)
    signature: bytes = field(repr=False)
    submitted_at: datetime
    expires_at: datetime
    closed_at: datetime | None = None
    serial: str | None = None
    encryption_serial: str | None = None
    response: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRow:
    """What one operator said of one request, as he signed it."""

    registration: str
    operator: str
    decision: Decision
    statement: bytes = field(repr=False)
    signature: bytes = field(repr=False)
    decided_at: datetime


def submit(uow: UnitOfWork, row: RegistrationRow) -> None:
    """Write a new request. Raise STORE_CONFLICT when the id is taken, INPUT_TOO_LARGE."""
    values = {
        "id": row.id,
        "kind": row.kind.value,
        "state": row.state.value,
        "requester": row.requester,
        "needed": row.needed,
        "statement": bounded_bytes("request", row.statement, STATEMENT_LIMIT),
        "signature": bounded_bytes("signature", row.signature, SIGNATURE_LIMIT),
        "submitted_at": row.submitted_at,
        "expires_at": row.expires_at,
        "serial": row.serial,
    }
    if not uow.act(insert_or_skip(uow.dialect, _table), values):
        raise TrustError(ErrorCode.STORE_CONFLICT, "a request of this number exists")


def decide(uow: UnitOfWork, row: DecisionRow) -> None:
    """Write a decision. Raise REGISTRATION_DECIDED when this operator has decided before."""
    values = {
        "registration": row.registration,
        "operator": row.operator,
        "decision": row.decision.value,
        "statement": bounded_bytes("decision", row.statement, STATEMENT_LIMIT),
        "signature": bounded_bytes("signature", row.signature, SIGNATURE_LIMIT),
        "decided_at": row.decided_at,
    }
    if not uow.act(insert_or_skip(uow.dialect, _decisions), values):
        raise TrustError(ErrorCode.REGISTRATION_DECIDED, "decided before", operator=row.operator)


def lock(uow: UnitOfWork, registration: str) -> None:
    """Hold a request until the unit ends. Raise REGISTRATION_MISSING, STORE_UNREACHABLE when another holds it too long."""
    if not uow.write(_LOCK, {"key": registration}):
        raise TrustError(ErrorCode.REGISTRATION_MISSING, "no such request")


def move(uow: UnitOfWork, registration: str, states: Iterable[State], to: State, **values: object) -> None:
    """Move a request out of one of `states`, setting further columns (`closed_at`, `response`) beside.

    Raises:
        TrustError: REGISTRATION_STATE when it is in another state, REGISTRATION_MISSING; INPUT_TOO_LARGE for the response.
    """
    if isinstance(response := values.get("response"), bytes):
        bounded_bytes("response", response, RESPONSE_LIMIT)
    _change(uow, registration, states, true(), {"state": to.value, **values})
    if to in ENDED:  # a picture that was made is in its seal, and others are nobody's business
        uow.write(_FORGET, {"key": registration})


def take(uow: UnitOfWork, registration: str, column: str, *, old: str | None, new: str) -> None:
    """Note the serial about to be signed for a request, if what was noted there is still `old`: once and only once.

    Raises:
        TrustError: REGISTRATION_STATE when another process was first, or the request is not to be worked on.
    """
    noted = _table.c[column]
    unchanged = noted.is_(None) if old is None else noted == old
    states = (State.APPROVED, State.WORKING)
    _change(uow, registration, states, unchanged, {"state": State.WORKING.value, column: new})


def get(unit: ReadUnit, registration: str) -> RegistrationRow:
    """Return a request. Raise REGISTRATION_MISSING."""
    row = unit.fetch_one(_FIND, {"key": registration})
    if row is None:
        raise TrustError(ErrorCode.REGISTRATION_MISSING, "no such request")
    return _row(row)


def list_decisions(unit: ReadUnit, registration: str) -> tuple[DecisionRow, ...]:
    """List what was decided on a request, in order; no more than there are operators."""
    query = select(_decisions).where(_decisions.c.registration == registration)
    rows = unit.fetch_all(query.order_by(_decisions.c.decided_at, _decisions.c.operator))
    return tuple(DecisionRow(**{**row, "decision": Decision(row["decision"])}) for row in rows)


def search(
    unit: ReadUnit,
    *,
    state: State | None = None,
    kinds: Iterable[Kind] = (),
    after: str | None = None,
    limit: int = 100,
) -> tuple[RegistrationRow, ...]:
    """List requests newest first; `after` is the last number of the page before. Raise USAGE, REGISTRATION_MISSING."""
    query = select(_table)
    if after is not None:
        last = get(unit, after)
        older = and_(_table.c.submitted_at == last.submitted_at, _table.c.id < after)
        query = query.where(or_(_table.c.submitted_at < last.submitted_at, older))
    if state is not None:
        query = query.where(_table.c.state == state.value)
    if chosen := [kind.value for kind in kinds]:
        query = query.where(_table.c.kind.in_(chosen))
    query = query.order_by(_table.c.submitted_at.desc(), _table.c.id.desc()).limit(bounded_limit(limit))
    return tuple(_row(row) for row in unit.fetch_all(query))


def list_open(unit: ReadUnit, kind: Kind, serial: str) -> tuple[RegistrationRow, ...]:
    """List the open requests of a kind about one certificate, oldest first, at most a page."""
    query = select(_table).where(_table.c.state.in_([state.value for state in OPEN]), _table.c.kind == kind.value)
    rows = unit.fetch_all(query.where(_table.c.serial == serial).order_by(_table.c.submitted_at).limit(100))
    return tuple(_row(row) for row in rows)


def list_expired(unit: ReadUnit, *, before: datetime, limit: int = 100) -> tuple[RegistrationRow, ...]:
    """List open requests whose time ended before a moment."""
    query = select(_table).where(_table.c.state.in_([state.value for state in OPEN]), _table.c.expires_at < before)
    rows = unit.fetch_all(query.order_by(_table.c.submitted_at, _table.c.id).limit(bounded_limit(limit)))
    return tuple(_row(row) for row in rows)


def _change(
    uow: UnitOfWork,
    registration: str,
    states: Iterable[State],
    condition: ColumnElement[bool],
    values: dict[str, object],
) -> None:
    wanted = [state.value for state in states]
    change = update(_table).where(_table.c.id == registration, _table.c.state.in_(wanted), condition)
    if not uow.act(change.values(values)):
        found = get(uow, registration).state.value
        raise TrustError(ErrorCode.REGISTRATION_STATE, "the request is in another state", found=found)


def _row(row: Fields) -> RegistrationRow:
    return RegistrationRow(**{**row, "kind": Kind(row["kind"]), "state": State(row["state"])})
