"""Statements that operators signed elsewhere, with keys that never come near the service, and had handed in.

    presented = verify_presented(unit, Context.DECISION, statement, now=now)
    presented.operator                     # whose key signed it, in office now

What counts is the signature, not who hands it in: a client that carries statements can swallow one, and can make none. A statement
is good for minutes, so that none lies in wait; what it is about it names by digest, and no act takes the same statement twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from ca.operators import public_key_of, require_active
from ca.statements import MAX_STATEMENT, SignedStatement, VerifiedStatement, verify_statement
from trustkit.clock import format_rfc3339
from trustkit.encoding.canonical_json import parse_json
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import operators

if TYPE_CHECKING:
    from trustkit.crypto.contexts import Context
    from trustkit.store.operators import OperatorRow
    from trustkit.store.unit_of_work import ReadUnit

GOOD_FOR: Final = timedelta(minutes=10)  # a person reads, signs and sends; and two clocks differ
_MAX_DEPTH: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedPresentation:
    """What an operator in office said, and when."""

    operator: OperatorRow
    said: VerifiedStatement
    statement: SignedStatement
    at: datetime


def verify_presented(
    unit: ReadUnit, context: Context, statement: SignedStatement, *, now: datetime
) -> VerifiedPresentation:
    """Return what was said, by whom.

    Raises:
        TrustError: STATEMENT_WRONG when the operator it names did not sign it under this context; OPERATOR_MISSING,
            OPERATOR_REVOKED; STATEMENT_TIME when it was signed more than `GOOD_FOR` from now.
    """
    row = operators.get(unit, _named(statement))
    require_active(row)
    said = verify_statement(context, statement, public_key_of(row))
    said.require(operator=row.id)
    at = said.moment("at")
    said.require(at=format_rfc3339(at))  # one way to write it, since it is compared as text later
    if abs(now - at) > GOOD_FOR:
        told = "it is good for some minutes from when it says it was signed"
        raise TrustError(ErrorCode.STATEMENT_TIME, told, at=format_rfc3339(at), minutes=GOOD_FOR.seconds // 60)
    return VerifiedPresentation(operator=row, said=said, statement=statement, at=at)


def _named(statement: SignedStatement) -> str:
    """Return whom a statement names, unverified: it tells by which key to verify it. Raise STATEMENT_WRONG."""
    try:
        fields = parse_json(statement.body, max_size=MAX_STATEMENT, max_depth=_MAX_DEPTH)
    except TrustError as error:
        raise TrustError(ErrorCode.STATEMENT_WRONG, "a statement is canonical JSON") from error
    name = fields.get("operator") if isinstance(fields, dict) else None
    if not isinstance(name, str):
        raise TrustError(ErrorCode.STATEMENT_WRONG, "a statement names its operator", field="operator")
    return name
