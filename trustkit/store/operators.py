"""Operators: who may submit, decide, audit or hold shares, each under a pseudonym, in one role, with one key.

    operators.enrol(uow, OperatorRow(id="op-…", role=Role.REGISTRAR, …))
    operators.revoke(uow, "op-…", at=now)

    operators.take_turn(uow)               # changes follow one another: what is read after this includes all earlier ones

A row is changed by its revocation alone, and no key is ever enrolled twice: a change of role or key is a new operator.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from enum import StrEnum, unique
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, select, update

from trustkit.errors import ErrorCode, TrustError
from trustkit.store.bounds import PAGE_LIMIT, bounded_bytes, bounded_text
from trustkit.store.inserts import insert_or_skip
from trustkit.store.schema import operators as _table
from trustkit.store.sequences import next_value

if TYPE_CHECKING:
    from trustkit.store.unit_of_work import Fields, ReadUnit, UnitOfWork

LABEL_LIMIT = 128
_KEY_LIMIT = 4096
_ID_LIMIT = 32
_TURN: Final = "operators"

_FIND = select(_table).where(_table.c.id == bindparam("key"))
_FIND_BY_KEY = select(_table).where(_table.c.public_key_sm3 == bindparam("key"))
_REVOKE = update(_table).where(_table.c.id == bindparam("key"), _table.c.revoked_at.is_(None))


@unique
class Role(StrEnum):
    """What an operator may do; one each, so that nobody both makes and checks."""

    REQUESTER = "requester"
    REGISTRAR = "registrar"
    AUDITOR = "auditor"
    CUSTODIAN = "custodian"


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorRow:
    """One operator. `id` is the pseudonym; `label` tells colleagues who it is and never leaves the store for the trail.

    `statement` and `signature` are what the registrar `sponsor` signed for the enrolment; the first operators have none.
    """

    id: str
    role: Role
    label: str = field(repr=False)
    public_key: bytes = field(repr=False)
    public_key_sm3: str
    enrolled_at: datetime
    revoked_at: datetime | None = None
    sponsor: str | None = None
    statement: bytes | None = field(default=None, repr=False)
    signature: bytes | None = field(default=None, repr=False)


def take_turn(uow: UnitOfWork) -> None:
    """Make enrolments and removals follow one another, so that who is in office is judged after all earlier ones.

    Raises:
        TrustError: STORE_UNREACHABLE when another unit keeps the turn too long.
    """
    next_value(uow, _TURN)


def enrol(uow: UnitOfWork, row: OperatorRow) -> None:
    """Write a new operator. Raise OPERATOR_EXISTS when the pseudonym or the key is taken, INPUT_TOO_LARGE."""
    values = {
        "id": bounded_text("id", row.id, _ID_LIMIT),
        "role": row.role.value,
        "label": bounded_text("label", row.label, LABEL_LIMIT),
        "public_key": bounded_bytes("public key", row.public_key, _KEY_LIMIT),
        "public_key_sm3": row.public_key_sm3,
        "enrolled_at": row.enrolled_at,
        "sponsor": row.sponsor,
        "statement": row.statement,
        "signature": row.signature,
    }
    if not uow.act(insert_or_skip(uow.dialect, _table), values):
        taken = "pseudonym" if uow.fetch_one(_FIND, {"key": row.id}) is not None else "key"
        raise TrustError(ErrorCode.OPERATOR_EXISTS, f"this {taken} is enrolled already", taken=taken)


def revoke(uow: UnitOfWork, operator: str, *, at: datetime) -> None:
    """Withdraw an operator's powers. Raise OPERATOR_MISSING, OPERATOR_REVOKED when that was done before."""
    if not uow.act(_REVOKE, {"key": operator, "revoked_at": at}):
        get(uow, operator)
        raise TrustError(ErrorCode.OPERATOR_REVOKED, "revoked before", operator=operator)


def get(unit: ReadUnit, operator: str) -> OperatorRow:
    """Return an operator by pseudonym. Raise OPERATOR_MISSING."""
    return _required(unit.fetch_one(_FIND, {"key": operator}))


def get_by_key(unit: ReadUnit, public_key_sm3: str) -> OperatorRow:
    """Return the operator a key is enrolled for (SM3 of its SubjectPublicKeyInfo, hex). Raise OPERATOR_MISSING."""
    return _required(unit.fetch_one(_FIND_BY_KEY, {"key": public_key_sm3}))


def list_operators(unit: ReadUnit) -> tuple[OperatorRow, ...]:
    """List operators, those enrolled first first; the thousand an authority will never have are the bound."""
    query = select(_table).order_by(_table.c.enrolled_at, _table.c.id).limit(PAGE_LIMIT)
    return tuple(_row(row) for row in unit.fetch_all(query))


def _required(row: Fields | None) -> OperatorRow:
    if row is None:
        raise TrustError(ErrorCode.OPERATOR_MISSING, "no such operator")
    return _row(row)


def _row(row: Fields) -> OperatorRow:
    return OperatorRow(**{**row, "role": Role(row["role"])})
