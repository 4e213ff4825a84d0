"""Enrolments and removals of operators that registrars signed elsewhere and an API client hands in.

    PresentedOperators(database=…, clock=…).enrol("窗口 3", key, statement, client=client.principal)

At the terminal the home's passphrase stands behind both. Here nobody shows it, so each needs a registrar's statement, the removal too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ca.operators import Enrolment, key_digest, require_enrollable, require_role, withdraw, write_enrolment
from ca.presented import verify_presented
from trustkit.crypto.contexts import Context
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import operators
from trustkit.store.operators import OperatorRow, Role

if TYPE_CHECKING:
    from ca.presented import VerifiedPresentation
    from ca.statements import SignedStatement
    from trustkit.clock import Clock
    from trustkit.crypto.public_key import PublicKey
    from trustkit.identity import Principal
    from trustkit.store.database import Database

_PSEUDONYM: Final = re.compile(r"op-[a-z]{13}")
_ENROLLED: Final = frozenset({"enrolled", "role", "key", "at", "operator"})
_REMOVED: Final = frozenset({"removed", "at", "operator"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PresentedOperators:
    """The operators of one authority, as clients of its API change them."""

    database: Database
    clock: Clock

    def enrol(self, label: str, key: PublicKey, statement: SignedStatement, *, client: Principal) -> OperatorRow:
        """Return the new operator, in the role a registrar signed.

        Raises:
            TrustError: as `verify_presented`; OPERATOR_ROLE when no registrar signed it; STATEMENT_WRONG for another key, a role
                there is not, or a pseudonym of another form; OPERATOR_EXISTS, ALGORITHM_MISMATCH, USAGE (label).
        """
        now = self.clock.now()
        with self.database.unit_of_work() as uow:
            operators.take_turn(uow)
            presented = verify_presented(uow, Context.ENROLMENT, statement, now=now)
            _require_registrar(presented, _ENROLLED)
            presented.said.require(key=key_digest(key))
            name, role = presented.said.text("enrolled"), presented.said.text("role")
            if role not in set(Role) or not _PSEUDONYM.fullmatch(name):
                raise TrustError(
                    ErrorCode.STATEMENT_WRONG, "a role there is, a pseudonym op- and 13 letters", field="enrolled"
                )
            enrolment = Enrolment(label=label.strip(), role=Role(role), key=key)
            require_enrollable(enrolment)
            sponsored = (presented.operator.id, statement)
            return write_enrolment(uow, name, enrolment, at=now, actor=client, sponsored=sponsored)

    def remove(self, operator: str, statement: SignedStatement, *, client: Principal) -> OperatorRow:
        """Withdraw an operator's powers, at once and for good; return him as he is then.

        Raises:
            TrustError: as `verify_presented`; OPERATOR_ROLE when no registrar signed it, and of the last registrar; STATEMENT_WRONG
                when it is about another; OPERATOR_MISSING, OPERATOR_REVOKED.
        """
        now = self.clock.now()
        with self.database.unit_of_work() as uow:
            operators.take_turn(uow)
            presented = verify_presented(uow, Context.REMOVAL, statement, now=now)
            _require_registrar(presented, _REMOVED)
            presented.said.require(removed=operator)
            withdraw(uow, operator, at=now, actor=client, signed=(presented.operator.id, statement))
            return operators.get(uow, operator)


def _require_registrar(presented: VerifiedPresentation, known: frozenset[str]) -> None:
    require_role(presented.operator, Role.REGISTRAR)
    if set(presented.said.fields) != known:
        raise TrustError(ErrorCode.STATEMENT_WRONG, "the statement has other fields than these", field="operator")
