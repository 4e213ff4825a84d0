"""Enrolments and removals of operators that registrars signed elsewhere and an API client hands in.

    PresentedOperators(database=…, clock=…).enrol("窗口 3", key, (statement,), client=client.principal)

At the terminal the home's passphrase stands behind both. Here nobody shows it, so each needs a registrar's statement, the removal too.
Whoever makes or removes registrars decides who decides: as soon as there are two, both acts need two registrars' statements. While
there is one, he is alone (docs/threat-model.md).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ca.operators import (
    Agreement,
    Enrolment,
    count_registrars,
    instance_of,
    key_digest,
    require_enrollable,
    require_role,
    withdraw,
    write_enrolment,
)
from ca.presented import verify_presented
from trustkit.crypto.contexts import Context
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import operators
from trustkit.store.operators import OperatorRow, Role

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from ca.statements import SignedStatement, VerifiedStatement
    from trustkit.clock import Clock
    from trustkit.crypto.public_key import PublicKey
    from trustkit.identity import Principal
    from trustkit.store.database import Database
    from trustkit.store.unit_of_work import ReadUnit

MAX_STATEMENTS: Final = 2
_PSEUDONYM: Final = re.compile(r"op-[a-z]{13}")
_HIS_OWN: Final = frozenset({"operator", "at"})  # fields in which two statements about one act differ
_FIELDS: Final = {
    Context.ENROLMENT: frozenset({"enrolled", "label", "role", "key", "instance"}) | _HIS_OWN,
    Context.REMOVAL: frozenset({"removed", "instance"}) | _HIS_OWN,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PresentedOperators:
    """The operators of one authority, as clients of its API change them."""

    database: Database
    clock: Clock

    def enrol(
        self, label: str, key: PublicKey, statements: Sequence[SignedStatement], *, client: Principal
    ) -> OperatorRow:
        """Return the new operator, under the label and in the role registrars signed.

        Raises:
            TrustError: as `verify_presented`; OPERATOR_ROLE when no registrar signed it; OPERATOR_SECOND for a registrar, when
                there are two in office and one signed; STATEMENT_WRONG for another home, label or key, a role there is not, a
                pseudonym of another form, or statements that differ; OPERATOR_EXISTS, ALGORITHM_MISMATCH, USAGE (label).
        """
        now = self.clock.now()
        with self.database.unit_of_work() as uow:
            operators.take_turn(uow)
            said, agreed = _read(uow, Context.ENROLMENT, statements, now)
            said.require(key=key_digest(key), label=label.strip())
            name, role = said.text("enrolled"), said.text("role")
            if role not in set(Role) or not _PSEUDONYM.fullmatch(name):
                raise TrustError(
                    ErrorCode.STATEMENT_WRONG, "a role there is, a pseudonym op- and 13 letters", field="enrolled"
                )
            enrolment = Enrolment(label=label.strip(), role=Role(role), key=key)
            require_enrollable(enrolment)
            _require_second(uow, enrolment.role, agreed)
            return write_enrolment(uow, name, enrolment, at=now, actor=client, agreed=agreed)

    def remove(self, operator: str, statements: Sequence[SignedStatement], *, client: Principal) -> OperatorRow:
        """Withdraw an operator's powers, at once and for good; return him as he is then.

        Raises:
            TrustError: as `verify_presented`; OPERATOR_ROLE when no registrar signed it, and of the last registrar;
                OPERATOR_SECOND for a registrar when one signed; STATEMENT_WRONG for another home or operator, or statements
                that differ; OPERATOR_MISSING, OPERATOR_REVOKED.
        """
        now = self.clock.now()
        with self.database.unit_of_work() as uow:
            operators.take_turn(uow)
            said, agreed = _read(uow, Context.REMOVAL, statements, now)
            said.require(removed=operator)
            row = operators.get(uow, operator)
            if row.revoked_at is None:
                _require_second(uow, row.role, agreed)
            withdraw(uow, operator, at=now, actor=client, agreed=agreed)
            return operators.get(uow, operator)


def _read(
    unit: ReadUnit, context: Context, statements: Sequence[SignedStatement], now: datetime
) -> tuple[VerifiedStatement, tuple[Agreement, ...]]:
    """Return what one registrar of this home said, or two who said the same."""
    if not 1 <= len(statements) <= MAX_STATEMENTS:
        raise TrustError(ErrorCode.USAGE, "one registrar's statement, or two", statements=len(statements))
    presented = [verify_presented(unit, context, statement, now=now) for statement in statements]
    for each in presented:
        require_role(each.operator, Role.REGISTRAR)
        if set(each.said.fields) != _FIELDS[context]:
            raise TrustError(ErrorCode.STATEMENT_WRONG, "the statement has other fields than these", field="operator")
        each.said.require(instance=instance_of(unit))
    said = presented[0].said
    if any(each.said.fields[name] != said.fields[name] for each in presented for name in _FIELDS[context] - _HIS_OWN):
        raise TrustError(ErrorCode.STATEMENT_WRONG, "two statements about different things", field="second")
    return said, tuple((each.operator.id, each.statement) for each in presented)


def _require_second(unit: ReadUnit, role: Role, agreed: Sequence[Agreement]) -> None:
    """Raise OPERATOR_SECOND unless two registrars agreed to who becomes or stays a registrar, where there are two."""
    if (
        role is Role.REGISTRAR
        and count_registrars(unit) > 1
        and len({registrar for registrar, _ in agreed}) < MAX_STATEMENTS
    ):
        raise TrustError(ErrorCode.OPERATOR_SECOND, "two registrars must sign this", role=role.value)
