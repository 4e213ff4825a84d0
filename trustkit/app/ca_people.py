"""The operators of a home and its keys in escrow, for programs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ca.operators import instance_of
from ca.presented_operators import PresentedOperators
from ca.submissions import DestructionAsked, RecoveryAsked
from trustkit.app.registration import RegistrationDesk
from trustkit.app.request_lines import EscrowLine, OperatorLine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ca.clients import Client
    from ca.enrolment_port import EnrolmentState
    from ca.statements import SignedStatement
    from trustkit.app.authority import Authority
    from trustkit.app.ca_desk import HomeDesk
    from trustkit.crypto.public_key import PublicKey


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleDesk:
    """`ca.operator_api.People` over a home. `desk` queues what registrars must agree to."""

    home: Authority
    desk: HomeDesk

    def operators(self) -> tuple[OperatorLine, ...]:
        """See `People.operators`."""
        return tuple(OperatorLine(operator=row) for row in RegistrationDesk(home=self.home).operators.listed())

    def instance(self) -> str:
        """See `People.instance`."""
        with self.home.database.reading() as unit:
            return instance_of(unit)

    def enrol(self, client: Client, label: str, key: PublicKey, statements: Sequence[SignedStatement]) -> OperatorLine:
        """See `People.enrol`."""
        return OperatorLine(operator=self._presented.enrol(label, key, statements, client=client.principal))

    def remove(self, client: Client, operator: str, statements: Sequence[SignedStatement]) -> OperatorLine:
        """See `People.remove`."""
        return OperatorLine(operator=self._presented.remove(operator, statements, client=client.principal))

    def escrowed(self, client: Client) -> tuple[EscrowLine, ...]:
        """See `People.escrowed`."""
        rows = RegistrationDesk(home=self.home).recovery.listed_for(client.principal, client.grant)
        return tuple(EscrowLine(kept=kept) for kept in rows)

    def recover(self, client: Client, serial: str, *, reason: str, basis: str, recipient: PublicKey) -> EnrolmentState:
        """See `People.recover`."""
        known = self.desk.issued(serial).serial
        return self.desk.ask(
            RecoveryAsked(serial=known, reason=reason, basis=basis, recipient=recipient), client=client
        )

    def destroy(self, client: Client, serial: str, *, reason: str, basis: str) -> EnrolmentState:
        """See `People.destroy`."""
        known = self.desk.issued(serial).serial
        return self.desk.ask(DestructionAsked(serial=known, reason=reason, basis=basis), client=client)

    @property
    def _presented(self) -> PresentedOperators:
        return PresentedOperators(database=self.home.database, clock=self.home.clock)
