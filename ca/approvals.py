"""Judging a request by what was signed, not by what the store says of it.

    verified = verify_registration(row, decisions, people, policy)
    verified.said.text("profile")         # what the requester signed
    verified.approvers                    # who agreed, each once, none of them the requester

Asked before anything rests on a request: every signature is verified again with the operator's key, each decision must name this
request by digest, and only operators who may still decide count. What stands in columns for the sake of lists - how many must agree,
when it was submitted and ends, which certificate or seal it is about - must be what was signed; where a request stands must be what the
trail tells of it, which nobody takes back. Whoever can write to the store alone can approve nothing, and revive nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ca.operators import public_key_of, require_active, require_role
from ca.statements import SignedStatement, VerifiedStatement, verify_statement
from trustkit.audit import trail
from trustkit.audit.events import EventType
from trustkit.clock import format_rfc3339
from trustkit.crypto.contexts import Context
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import operators, registrations
from trustkit.store.operators import Role
from trustkit.store.registrations import ABOUT_SEALS, LEADING_TO, Decision, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ca.registration_policy import RegistrationPolicy
    from trustkit.store.operators import OperatorRow
    from trustkit.store.registrations import DecisionRow, RegistrationRow
    from trustkit.store.unit_of_work import ReadUnit


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedRegistration:
    """A request that its requester signed and enough registrars agreed to, at the time it was looked at."""

    row: RegistrationRow
    said: VerifiedStatement
    approvers: tuple[str, ...]


def read_registration(unit: ReadUnit, registration: str, policy: RegistrationPolicy) -> VerifiedRegistration:
    """Return a request of the store that is still open, verified. Raise as `verify_registration` and `require_open`."""
    row = registrations.get(unit, registration)
    require_open(unit, row)
    decisions = registrations.list_decisions(unit, registration)
    names = {row.requester, *(decision.operator for decision in decisions)}
    people = {name: operators.get(unit, name) for name in sorted(names)}
    return verify_registration(row, decisions, people, policy)


def verify_registration(
    row: RegistrationRow,
    decisions: Sequence[DecisionRow],
    people: Mapping[str, OperatorRow],
    policy: RegistrationPolicy,
) -> VerifiedRegistration:
    """Return the request when its signatures hold and enough registrars agreed.

    Args:
        row: The request as stored.
        decisions: What was decided on it.
        people: Requester and deciders by pseudonym.
        policy: How many approvals are asked for now; what was asked for at submission is the least.

    Raises:
        TrustError: STATEMENT_WRONG (a signature, or a statement about something else), OPERATOR_REVOKED and OPERATOR_ROLE
            (of the requester), REGISTRATION_STATE (it was rejected or withdrawn, or decided on after its end), REGISTRATION_POLICY (as `require_twin`), REGISTRATION_APPROVALS.
    """
    said = verify_submission(row, people[row.requester])
    ends_at = said.text(
        "expires"
    )  # before it was signed, nobody could tell when a request ends: such ones are sent anew
    requester = people[row.requester]
    require_active(requester)
    approvers = tuple(
        decision.operator
        for decision in decisions
        if _agrees(decision, row, people[decision.operator], requester=requester)
    )
    if any(
        decision.decision is not Decision.APPROVE or decision.decided_at >= row.expires_at for decision in decisions
    ):
        raise TrustError(ErrorCode.REGISTRATION_STATE, "rejected, withdrawn, or decided on too late", expires=ends_at)
    if row.kind is Kind.CERTIFICATE:
        require_twin(policy, said.text("profile"), said.text("encryption_profile"))
    least = least_approvals(row, said, policy)
    if len(approvers) < least:
        told = "approvals that count"
        raise TrustError(ErrorCode.REGISTRATION_APPROVALS, told, needed=least, found=len(approvers))
    return VerifiedRegistration(row=row, said=said, approvers=approvers)


def least_approvals(row: RegistrationRow, said: VerifiedStatement, policy: RegistrationPolicy) -> int:
    """Return how many registrars must agree: what the policy asks for now, and no fewer than it asked for at submission."""
    profile = said.text("profile") if row.kind is Kind.CERTIFICATE else ""
    return max(policy.approvals(row.kind, profile), row.needed)


def count_approvals(unit: ReadUnit, row: RegistrationRow) -> int:
    """Return how many stored approvals are of registrars who still are some. No signature is judged: nothing is done on it."""
    requester = operators.get(unit, row.requester)
    decisions = registrations.list_decisions(unit, row.id)
    return sum(_counts(decision, operators.get(unit, decision.operator), requester) for decision in decisions)


def verify_submission(row: RegistrationRow, requester: OperatorRow) -> VerifiedStatement:
    """Return what the requester signed. Raise STATEMENT_WRONG, also for a column that says otherwise; OPERATOR_ROLE."""
    said = verify_statement(Context.SUBMISSION, statement_of(row), public_key_of(requester))
    said.require(registration=row.id, kind=row.kind.value, operator=row.requester, at=format_rfc3339(row.submitted_at))
    if (
        "expires" in said.fields
    ):  # statements of earlier versions have neither; they are shown and carry nothing any more
        said.require(expires=format_rfc3339(row.expires_at))
        if said.fields.get("needed") != row.needed:
            raise TrustError(ErrorCode.STATEMENT_WRONG, "the statement is about something else", field="needed")
    if row.kind not in LEADING_TO:
        said.require(serial=row.serial or "")
    require_role(requester, *SUBMITTERS[row.kind])
    return said


def statement_of(row: RegistrationRow) -> SignedStatement:
    """Return what a request's requester signed, as stored."""
    return SignedStatement(body=row.statement, signature=row.signature)


def require_open(unit: ReadUnit, row: RegistrationRow) -> None:
    """Return when the trail agrees that a request is not at its end, and with the serials noted on it.

    Raises:
        TrustError: REGISTRATION_STATE when the trail says it has ended; STATEMENT_WRONG for other serials than it tells of.
    """
    if (closed := trail.last_event(unit, EventType.REGISTRATION_CLOSED, row.id)) is not None:
        raise TrustError(ErrorCode.REGISTRATION_STATE, "the trail says it has ended", found=closed.reason or "done")
    if row.kind not in LEADING_TO:
        return
    told = [
        str(each.facts.get(serial_fact(row.kind), ""))
        for each in trail.list_about(unit, EventType.REGISTRATION_WORKED, row.id)
    ]
    noted = {serial for serial in (row.serial, row.encryption_serial) if serial is not None}
    if not noted <= set(told) or (told and (row.serial is None or told[-1] not in noted)):
        raise TrustError(ErrorCode.STATEMENT_WRONG, "other serials than the trail tells of", field="serial")


def serial_fact(kind: Kind) -> str:
    """Return by which name the trail tells of the serial of a request."""
    return "seal" if kind in ABOUT_SEALS else "serial"


def require_twin(policy: RegistrationPolicy, profile: str, encryption_profile: str) -> None:
    """Raise REGISTRATION_POLICY unless an encryption profile is the twin the policy gives a signing profile, or is empty.

    Approvals are counted by the signing profile: another twin would be issued, and its key escrowed, with too few of them.
    """
    if encryption_profile and policy.encryption.get(profile) != encryption_profile:
        raise TrustError(ErrorCode.REGISTRATION_POLICY, "not the encryption twin of this profile", profile=profile)


def verify_decision(decision: DecisionRow, row: RegistrationRow, decider: OperatorRow) -> VerifiedStatement:
    """Return what an operator signed about a request. Raise STATEMENT_WRONG when it is not what the store says of it."""
    statement = SignedStatement(body=decision.statement, signature=decision.signature)
    said = verify_statement(Context.DECISION, statement, public_key_of(decider))
    said.require(
        registration=row.id,
        submission_sm3=statement_of(row).digest,
        decision=decision.decision.value,
        operator=decision.operator,
        at=format_rfc3339(decision.decided_at),
    )
    return said


def _agrees(decision: DecisionRow, row: RegistrationRow, decider: OperatorRow, *, requester: OperatorRow) -> bool:
    """Tell whether a decision counts as an approval. Raise as `verify_decision`."""
    verify_decision(decision, row, decider)
    return _counts(decision, decider, requester)


def _counts(decision: DecisionRow, decider: OperatorRow, requester: OperatorRow) -> bool:
    return (
        decision.decision is Decision.APPROVE
        and decider.role is Role.REGISTRAR
        and decider.revoked_at is None
        and decider.public_key != requester.public_key
        and decider.id != requester.id
    )


# Who may ask for what. A seal may be stopped by a registrar, too: by whoever learns first that it ought to be.
SUBMITTERS = {
    Kind.CERTIFICATE: (Role.REQUESTER,),
    Kind.REVOCATION: (Role.REQUESTER,),
    Kind.RECOVERY: (Role.REQUESTER,),
    Kind.DESTRUCTION: (Role.REQUESTER,),
    Kind.SEAL: (Role.REQUESTER,),
    Kind.SEAL_SUSPENSION: (Role.REQUESTER, Role.REGISTRAR),
    Kind.SEAL_LOSS: (Role.REQUESTER, Role.REGISTRAR),
    Kind.SEAL_RESUMPTION: (Role.REQUESTER,),
    Kind.SEAL_REVOCATION: (Role.REQUESTER,),
}
