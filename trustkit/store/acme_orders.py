"""ACME orders, authorizations and challenges (RFC 8555 7.1.3 to 7.1.6). States move forward only, by compare-and-set.

acme_orders.add(uow, order, authorizations)
acme_orders.judge(uow, challenge, valid=True, at=now)       # and what follows for authorization and order
acme_orders.claim(uow, order, request=der, at=now)          # ready → processing
acme_orders.complete(uow, identifier, claimed_at=…, serial=…)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from enum import StrEnum, unique
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, insert, select, update

from trustkit.errors import ErrorCode, TrustError
from trustkit.store.bounds import bounded_bytes, bounded_limit, bounded_text
from trustkit.store.machine_schema import acme_authorizations as _authorizations
from trustkit.store.machine_schema import acme_challenges as _challenges
from trustkit.store.machine_schema import acme_orders as _orders

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trustkit.store.unit_of_work import Fields, ReadUnit, UnitOfWork

NAMES_LIMIT = 32 * 1024
PROBLEM_LIMIT = 2048
REQUEST_LIMIT = 64 * 1024

_FIND = select(_orders).where(_orders.c.identifier == bindparam("key"))
_MOVE_ORDER = update(_orders).where(_orders.c.identifier == bindparam("key"), _orders.c.state == bindparam("from"))
_COMPLETE = _MOVE_ORDER.where(_orders.c.claimed_at == bindparam("claim"))
_AUTHORIZATION = select(_authorizations).where(_authorizations.c.identifier == bindparam("key"))
_OF_ORDER = select(_authorizations).where(_authorizations.c.order_id == bindparam("key"))
_MOVE_AUTHORIZATION = update(_authorizations).where(
    _authorizations.c.identifier == bindparam("key"), _authorizations.c.state == bindparam("from")
)
_CHALLENGE = (_challenges.c.authorization == bindparam("key"), _challenges.c.type == bindparam("kind"))
_MOVE_CHALLENGE = update(_challenges).where(*_CHALLENGE, _challenges.c.state == bindparam("from"))
_CLAIM_CHALLENGE = _MOVE_CHALLENGE.where(_challenges.c.due_at == bindparam("seen"))


@unique
class OrderState(StrEnum):
    """RFC 8555 7.1.6."""

    PENDING = "pending"
    READY = "ready"
    PROCESSING = "processing"
    VALID = "valid"
    INVALID = "invalid"


@unique
class AuthorizationState(StrEnum):
    """RFC 8555 7.1.6; expiry is a matter of time, not a state of the row."""

    PENDING = "pending"
    VALID = "valid"
    INVALID = "invalid"
    DEACTIVATED = "deactivated"


@unique
class ChallengeState(StrEnum):
    """RFC 8555 7.1.6."""

    PENDING = "pending"
    PROCESSING = "processing"
    VALID = "valid"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRow:
    """One order. `names` in canonical JSON, sorted; `request` the PKCS#10 once it is finalized; `problem` in JSON."""

    identifier: str
    account: str
    state: OrderState
    names: str
    created_at: datetime
    expires_at: datetime
    request: bytes | None = field(default=None, repr=False)
    claimed_at: datetime | None = None
    serial: str | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationRow:
    """One authorization of one order; `name` without the ``*.`` of a wildcard."""

    identifier: str
    order_id: str
    name: str
    wildcard: bool
    state: AuthorizationState
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ChallengeRow:
    """One challenge of an authorization; `due_at` is when it is to be tried next, while it is being processed."""

    authorization: str
    type: str
    token: str
    state: ChallengeState
    attempts: int = 0
    due_at: datetime | None = None
    validated_at: datetime | None = None
    problem: str | None = None


def add(uow: UnitOfWork, order: OrderRow, parts: Iterable[tuple[AuthorizationRow, tuple[ChallengeRow, ...]]]) -> None:
    """Keep an order with its authorizations and their challenges."""
    values = {column.name: getattr(order, column.name) for column in _orders.c}
    uow.act(
        insert(_orders), values | {"state": order.state.value, "names": bounded_text("names", order.names, NAMES_LIMIT)}
    )
    for authorization, challenges in parts:
        values = {column.name: getattr(authorization, column.name) for column in _authorizations.c}
        values |= {"state": authorization.state.value, "wildcard": int(authorization.wildcard)}
        uow.write(insert(_authorizations), values)
        for challenge in challenges:
            values = {column.name: getattr(challenge, column.name) for column in _challenges.c}
            uow.write(insert(_challenges), values | {"state": challenge.state.value})


def find(unit: ReadUnit, identifier: str) -> OrderRow | None:
    """Return the order with this identifier, or None."""
    row = unit.fetch_one(_FIND, {"key": identifier})
    return None if row is None else _order(row)


def list_open(unit: ReadUnit, account: str, *, limit: int = 100) -> tuple[OrderRow, ...]:
    """List an account's orders newest first, all but the invalid ones (RFC 8555 7.1.2.1)."""
    query = select(_orders).where(_orders.c.account == account, _orders.c.state != OrderState.INVALID.value)
    query = query.order_by(_orders.c.created_at.desc(), _orders.c.identifier).limit(bounded_limit(limit))
    return tuple(_order(row) for row in unit.fetch_all(query))


def count_waiting(unit: ReadUnit, account: str, *, now: datetime) -> int:
    """Return how many orders of an account are pending or ready, and not yet expired."""
    waiting = (OrderState.PENDING.value, OrderState.READY.value)
    query = select(func.count()).where(_orders.c.account == account, _orders.c.state.in_(waiting))
    return int(unit.fetch_value(query.where(_orders.c.expires_at > now)) or 0)


def count_trying(unit: ReadUnit, account: str) -> int:
    """Return how many challenges of an account are being tried."""
    query = (
        select(func.count())
        .select_from(_challenges)
        .join(_authorizations, _authorizations.c.identifier == _challenges.c.authorization)
        .join(_orders, _orders.c.identifier == _authorizations.c.order_id)
        .where(_orders.c.account == account, _challenges.c.state == ChallengeState.PROCESSING.value)
    )
    return int(unit.fetch_value(query) or 0)


def list_processing(unit: ReadUnit, *, claimed_before: datetime) -> tuple[OrderRow, ...]:
    """List orders whose issuing began before a moment and did not end: what a crash or a failure left half-way."""
    query = select(_orders).where(_orders.c.state == OrderState.PROCESSING.value, _orders.c.claimed_at < claimed_before)
    return tuple(_order(row) for row in unit.fetch_all(query.order_by(_orders.c.claimed_at).limit(100)))


def find_of_serial(unit: ReadUnit, serial: str) -> OrderRow | None:
    """Return the order a certificate was issued for, or None."""
    row = unit.fetch_one(select(_orders).where(_orders.c.serial == serial))
    return None if row is None else _order(row)


def claim(uow: UnitOfWork, order: OrderRow, *, request: bytes, at: datetime) -> None:
    """Begin to issue: ready → processing. Raise STORE_CONFLICT when it is not ready any more."""
    values = {"request": bounded_bytes("request", request, REQUEST_LIMIT), "claimed_at": at}
    _move_order(uow, order.identifier, OrderState.READY, OrderState.PROCESSING, values)


def claim_again(uow: UnitOfWork, order: OrderRow, *, at: datetime) -> None:
    """Go on with what was left half-way. Raise STORE_CONFLICT when somebody else does."""
    values = {"key": order.identifier, "from": OrderState.PROCESSING.value, "claim": order.claimed_at, "claimed_at": at}
    if not uow.write(_COMPLETE, values):
        raise TrustError(ErrorCode.STORE_CONFLICT, "somebody else goes on with the order")


def complete(uow: UnitOfWork, identifier: str, *, claimed_at: datetime, serial: str) -> None:
    """Note the certificate: processing → valid, for whoever holds the claim. Raise STORE_CONFLICT."""
    values = {"key": identifier, "from": OrderState.PROCESSING.value, "claim": claimed_at}
    if not uow.write(_COMPLETE, {**values, "state": OrderState.VALID.value, "serial": serial}):
        raise TrustError(ErrorCode.STORE_CONFLICT, "somebody else goes on with the order")


def fail(uow: UnitOfWork, order: OrderRow, *, problem: str) -> None:
    """Give an order up: its present state → invalid. Raise STORE_CONFLICT when it moved on meanwhile."""
    values: dict[str, object] = {"problem": bounded_text("problem", problem, PROBLEM_LIMIT)}
    _move_order(uow, order.identifier, order.state, OrderState.INVALID, values)


def authorizations_of(unit: ReadUnit, order: str) -> tuple[AuthorizationRow, ...]:
    """Return the authorizations of an order by name."""
    rows = unit.fetch_all(_OF_ORDER.order_by(_authorizations.c.name, _authorizations.c.wildcard), {"key": order})
    return tuple(_authorization(row) for row in rows)


def find_authorization(unit: ReadUnit, identifier: str) -> AuthorizationRow | None:
    """Return the authorization with this identifier, or None."""
    row = unit.fetch_one(_AUTHORIZATION, {"key": identifier})
    return None if row is None else _authorization(row)


def authorized_names(unit: ReadUnit, account: str, *, now: datetime) -> frozenset[str]:
    """Return the names (a wildcard with its ``*.``) an account holds valid authorizations for."""
    query = (
        select(_authorizations)
        .join(_orders, _orders.c.identifier == _authorizations.c.order_id)
        .where(
            _orders.c.account == account,
            _authorizations.c.state == AuthorizationState.VALID.value,
            _authorizations.c.expires_at > now,
        )
        .limit(1000)
    )
    rows = (_authorization(row) for row in unit.fetch_all(query))
    return frozenset(f"*.{row.name}" if row.wildcard else row.name for row in rows)


def challenges_of(unit: ReadUnit, authorization: str) -> tuple[ChallengeRow, ...]:
    """Return the challenges of an authorization by type."""
    query = select(_challenges).where(_challenges.c.authorization == authorization).order_by(_challenges.c.type)
    return tuple(_challenge(row) for row in unit.fetch_all(query))


def start(uow: UnitOfWork, challenge: ChallengeRow, *, at: datetime) -> bool:
    """Have a challenge tried: pending → processing; say False when it was started before."""
    values = {"due_at": at, "state": ChallengeState.PROCESSING.value}
    return _moved(uow, challenge, ChallengeState.PENDING, values)


def list_due(unit: ReadUnit, *, now: datetime, limit: int = 16) -> tuple[ChallengeRow, ...]:
    """List challenges that are to be tried, the longest waiting first."""
    query = select(_challenges).where(
        _challenges.c.state == ChallengeState.PROCESSING.value, _challenges.c.due_at <= now
    )
    return tuple(_challenge(row) for row in unit.fetch_all(query.order_by(_challenges.c.due_at).limit(limit)))


def postpone(uow: UnitOfWork, challenge: ChallengeRow, *, until: datetime, attempts: int, problem: str | None) -> bool:
    """Set the next time to try, from the time that was seen; say False when somebody else did."""
    values = {
        "due_at": until,
        "attempts": attempts,
        "problem": problem and bounded_text("problem", problem, PROBLEM_LIMIT),
    }
    bound = {"key": challenge.authorization, "kind": challenge.type, "from": ChallengeState.PROCESSING.value}
    return uow.write(_CLAIM_CHALLENGE, {**bound, "seen": challenge.due_at, **values}) > 0


def judge(uow: UnitOfWork, challenge: ChallengeRow, *, problem: str | None, attempts: int, at: datetime) -> None:
    """End a challenge: valid without a `problem`; its authorization and order follow (RFC 8555 7.1.6).

    Raises:
        TrustError: STORE_CONFLICT when the challenge is not being processed any more.
    """
    valid = problem is None
    values: dict[str, object] = {
        "state": (ChallengeState.VALID if valid else ChallengeState.INVALID).value,
        "attempts": attempts,
        "due_at": None,
        "validated_at": at if valid else None,
        "problem": problem and bounded_text("problem", problem, PROBLEM_LIMIT),
    }
    if not _moved(uow, challenge, ChallengeState.PROCESSING, values):
        raise TrustError(ErrorCode.STORE_CONFLICT, "the challenge is not being processed")
    end = AuthorizationState.VALID if valid else AuthorizationState.INVALID
    bound = {"key": challenge.authorization, "from": AuthorizationState.PENDING.value}
    if not uow.write(_MOVE_AUTHORIZATION, {**bound, "state": end.value}):
        return  # another challenge of it was faster, or it was deactivated
    row = find_authorization(uow, challenge.authorization)
    if row is not None:
        _follow(uow, row.order_id, problem)


def deactivate(uow: UnitOfWork, authorization: AuthorizationRow) -> None:
    """Give an authorization up (RFC 8555 7.5.2), and a pending order with it. Raise STORE_CONFLICT when it moved on."""
    bound = {"key": authorization.identifier, "from": authorization.state.value}
    if not uow.write(_MOVE_AUTHORIZATION, {**bound, "state": AuthorizationState.DEACTIVATED.value}):
        raise TrustError(ErrorCode.STORE_CONFLICT, "the authorization is in another state")
    _follow(uow, authorization.order_id, None)


def _follow(uow: UnitOfWork, order: str, problem: str | None) -> None:
    states = {row.state for row in authorizations_of(uow, order)}
    if states == {AuthorizationState.VALID}:
        bound = {"key": order, "from": OrderState.PENDING.value}
        uow.write(_MOVE_ORDER, {**bound, "state": OrderState.READY.value})
    elif states & {AuthorizationState.INVALID, AuthorizationState.DEACTIVATED}:
        for state in (OrderState.PENDING, OrderState.READY):
            bound = {"key": order, "from": state.value}
            uow.write(_MOVE_ORDER, {**bound, "state": OrderState.INVALID.value, "problem": problem})


def _move_order(
    uow: UnitOfWork, identifier: str, before: OrderState, after: OrderState, values: dict[str, object]
) -> None:
    if not uow.write(_MOVE_ORDER, {"key": identifier, "from": before.value, "state": after.value, **values}):
        raise TrustError(ErrorCode.STORE_CONFLICT, "the order is in another state", needed=before.value)


def _moved(uow: UnitOfWork, challenge: ChallengeRow, before: ChallengeState, values: dict[str, object]) -> bool:
    bound = {"key": challenge.authorization, "kind": challenge.type, "from": before.value}
    return uow.write(_MOVE_CHALLENGE, {**bound, **values}) > 0


def _order(row: Fields) -> OrderRow:
    return OrderRow(**{**row, "state": OrderState(row["state"])})


def _authorization(row: Fields) -> AuthorizationRow:
    return AuthorizationRow(**{**row, "state": AuthorizationState(row["state"]), "wildcard": bool(row["wildcard"])})


def _challenge(row: Fields) -> ChallengeRow:
    return ChallengeRow(**{**row, "state": ChallengeState(row["state"])})
