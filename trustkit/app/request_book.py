"""Requests as they are looked at: lists, what was signed and decided, what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ca.approvals import verify_decision, verify_submission
from ca.certificate_work import kept_response
from ca.operators import key_digest
from ca.revocation import find_issued
from ca.submissions import CertificateAsked, RecoveryAsked
from trustkit.app.request_lines import RequestDetails, RequestLine
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import operators, registrations
from trustkit.store.registrations import Decision, Kind, State
from trustkit.x509.name import display_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from ca.order import CertificateOrder
    from ca.statements import VerifiedStatement
    from trustkit.store.database import Database
    from trustkit.store.registrations import RegistrationRow
    from trustkit.store.unit_of_work import ReadUnit


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestBook:
    """The requests of one store; `order_of` gives what a request for a certificate will become."""

    database: Database
    order_of: Callable[[CertificateAsked], CertificateOrder]

    def listed(self, *, state: str | None, after: str | None, limit: int) -> tuple[RequestLine, ...]:
        """Return requests, the newest first. Raise USAGE for a state there is not, REGISTRATION_MISSING for `after`."""
        if state is not None and state not in {each.value for each in State}:
            raise TrustError(ErrorCode.USAGE, f"a state is one of {', '.join(State)}")
        wanted = State(state) if state is not None else None
        with self.database.reading() as unit:
            rows = registrations.search(unit, state=wanted, after=after, limit=limit)
            return tuple(RequestLine(request=row, approvals=_approvals(unit, row.id)) for row in rows)

    def details(self, number: str) -> RequestDetails:
        """Return a request as it was signed, and what was decided, every signature verified again.

        Raises:
            TrustError: REGISTRATION_MISSING, STATEMENT_WRONG.
        """
        with self.database.reading() as unit:
            row = registrations.get(unit, number)
            said = verify_submission(row, operators.get(unit, row.requester))
            decisions = registrations.list_decisions(unit, number)
            for decision in decisions:  # shown is what was signed, also to an auditor years later
                verify_decision(decision, row, operators.get(unit, decision.operator))
            approvals = _approvals(unit, number)
        line = RequestLine(request=row, approvals=approvals)
        return RequestDetails(line=line, said=said, about=self._about(row, said), decisions=decisions)

    def response(self, number: str) -> bytes:
        """Return the response of a request that was carried out. Raise REGISTRATION_MISSING, and as `kept_response`."""
        with self.database.reading() as unit:
            return kept_response(unit, registrations.get(unit, number))

    def known_serial(self, serial: str) -> str:
        """Return a serial as the register writes it, from what tools print. Raise CA_SERIAL_MISSING."""
        with self.database.reading() as unit:
            row = find_issued(unit, serial)
        if row is None:
            raise TrustError(ErrorCode.CA_SERIAL_MISSING, "this authority has issued no such certificate")
        return row.serial

    def _about(self, row: RegistrationRow, said: VerifiedStatement) -> tuple[tuple[str, str], ...]:
        match row.kind:
            case Kind.CERTIFICATE:
                asked = CertificateAsked.read(said)
                return (*self._written(asked), ("key_sm3", key_digest(asked.proved().public_key)))
            case Kind.RECOVERY:
                return (("recipient_sm3", key_digest(RecoveryAsked.read(said).recipient)),)
            case Kind.REVOCATION | Kind.DESTRUCTION:
                return ()

    def _written(self, asked: CertificateAsked) -> tuple[tuple[str, str], ...]:
        """Return every name as it will be written; the subject alone, as asked for, where the profile gives none any more."""
        try:
            order = self.order_of(asked)
        except TrustError:
            return (("subject", asked.proved().subject),)
        return ("subject", display_name(order.subject_der)), ("names", order.shown_names or "none")


def _approvals(unit: ReadUnit, number: str) -> int:
    decisions = registrations.list_decisions(unit, number)
    return sum(each.decision is Decision.APPROVE for each in decisions)
