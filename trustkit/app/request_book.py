"""Requests as they are looked at: lists, what was signed and decided, what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ca.approvals import verify_decision, verify_submission
from ca.certificate_work import kept_response
from ca.operators import key_digest
from ca.revocation import find_issued, list_revoked_by
from ca.seal_submissions import USERS
from ca.statements import MAX_STATEMENT
from ca.submissions import DEFAULT_AUTHORITY, CertificateAsked, RecoveryAsked, RevocationAsked
from trustkit.app.request_lines import DecisionLine, RequestDetails, RequestLine, listed_users
from trustkit.encoding.canonical_json import parse_json
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import certificates, operators, registrations
from trustkit.store.registrations import Decision, Kind, State
from trustkit.x509.name import display_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from ca.order import CertificateOrder
    from ca.statements import VerifiedStatement
    from trustkit.store.database import Database
    from trustkit.store.registrations import DecisionRow, RegistrationRow
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
            return tuple(_line(unit, row) for row in rows)

    def details(self, number: str) -> RequestDetails:
        """Return a request as it was signed, and what was decided, every signature verified again.

        Raises:
            TrustError: REGISTRATION_MISSING, STATEMENT_WRONG.
        """
        with self.database.reading() as unit:
            row = registrations.get(unit, number)
            said = verify_submission(row, operators.get(unit, row.requester))
            decisions = registrations.list_decisions(unit, number)
            told = tuple(_told(unit, row, decision) for decision in decisions)
            line = _line(unit, row)
        return RequestDetails(line=line, said=said, about=self._about(row, said), decisions=told)

    def refusal(self, number: str) -> str | None:
        """Return the reason a registrar gave when he rejected a request. Raise REGISTRATION_MISSING, STATEMENT_WRONG."""
        with self.database.reading() as unit:
            row = registrations.get(unit, number)
            told = [_told(unit, row, decision) for decision in registrations.list_decisions(unit, number)]
        return next((each.reason for each in told if each.decided.decision is Decision.REJECT and each.reason), None)

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
            case Kind.REVOCATION:
                return self._together(row, RevocationAsked.read(said))
            case Kind.SEAL:
                return listed_users(said.fields.get(USERS))
            case _:
                return ()

    def _together(self, row: RegistrationRow, asked: RevocationAsked) -> tuple[tuple[str, str], ...]:
        """Return which other certificates of the key a revocation ends too, as a compromise does."""
        with self.database.reading() as unit:
            found = certificates.find(unit, asked.serial)
            others = list_revoked_by(unit, found, reason=asked.reason, at=row.submitted_at) if found is not None else ()
        return (("revoked_with_it", ", ".join(each.serial for each in others)),) if others else ()

    def _written(self, asked: CertificateAsked) -> tuple[tuple[str, str], ...]:
        """Return every name as it will be written; the subject alone, as asked for, where the profile gives none any more."""
        try:
            order = self.order_of(asked)
        except TrustError:
            return (("subject", asked.proved().subject),)
        profile = order.profile
        return (
            ("subject", display_name(order.subject_der)),
            ("names", order.shown_names or "none"),
            ("key_usage", ", ".join(sorted(profile.key_usage))),
            ("extended_key_usage", ", ".join(profile.extended_key_usage) or "none"),
            ("valid_for", f"{profile.days} days"),
        )


def _told(unit: ReadUnit, row: RegistrationRow, decision: DecisionRow) -> DecisionLine:
    """Return a decision as it was signed, the signature verified again: shown is that, also to an auditor years later."""
    said = verify_decision(decision, row, operators.get(unit, decision.operator))
    return DecisionLine(decided=decision, reason=said.text("reason") if "reason" in said.fields else "")


def _line(unit: ReadUnit, row: RegistrationRow) -> RequestLine:
    decisions = registrations.list_decisions(unit, row.id)
    approvals = sum(each.decision is Decision.APPROVE for each in decisions)
    authority, profile = _place(unit, row)
    return RequestLine(request=row, approvals=approvals, authority=authority, profile=profile)


def _place(unit: ReadUnit, row: RegistrationRow) -> tuple[str, str]:
    """Return under which authority and profile a request falls, as it stands in the store: for lists, and for who may see it."""
    if row.kind is not Kind.CERTIFICATE:
        found = certificates.find(unit, row.serial or "")
        return (found.issuer, found.profile) if found is not None else ("", "")
    try:
        fields = parse_json(row.statement, max_size=MAX_STATEMENT, max_depth=2)
    except TrustError:  # such a request is refused wherever something rests on it; a list still shows that it is there
        return "", ""
    told = fields if isinstance(fields, dict) else {}
    authority, profile = told.get("authority", DEFAULT_AUTHORITY), told.get("profile", "")
    return str(authority), str(profile)
