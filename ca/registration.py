"""The registration: requests submitted by one operator, decided on by others, each step signed and in the trail.

    row = registration.submit(requester, CertificateAsked(request=csr, profile="person"))
    registration.decide(registrar, row.id, Decision.APPROVE)

A request moves submitted → approved → working → done, or ends rejected, withdrawn or expired. The row, the signature and the trail
entry of a step commit together. What is approved is carried out by `ca.certificate_work` and its siblings, which verify it all again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ca.approvals import (
    SUBMITTERS,
    count_approvals,
    least_approvals,
    require_open,
    require_twin,
    serial_fact,
    statement_of,
    verify_submission,
)
from ca.decisions import Made, require_said
from ca.operators import principal_of, require_active, require_role
from ca.presented import verify_presented
from ca.submissions import CertificateAsked
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType, FactValue
from trustkit.clock import format_rfc3339
from trustkit.crypto.contexts import Context
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import SYSTEM, Principal, fresh_identifier
from trustkit.store import operators, registrations
from trustkit.store.operators import Role
from trustkit.store.registrations import OPEN, Decision, DecisionRow, RegistrationRow, State

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from ca.operators import ActingOperator
    from ca.registration_policy import RegistrationPolicy
    from ca.statements import SignedStatement
    from ca.submissions import Asked
    from trustkit.clock import Clock
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.store.database import Database
    from trustkit.store.operators import OperatorRow
    from trustkit.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """The requests of one authority and their way to a decision."""

    database: Database
    clock: Clock
    policy: RegistrationPolicy

    def submit(self, operator: ActingOperator, asked: Asked) -> RegistrationRow:
        """Return the request, in the store under a number of its own; approved already where the policy asks for nobody.

        Raises:
            TrustError: OPERATOR_ROLE, OPERATOR_REVOKED, REGISTRATION_POLICY (as `require_twin`), INPUT_TOO_LARGE, SIGNING_FAILED.
        """
        with self.database.unit_of_work() as uow:
            return self.submit_within(uow, operator, asked)

    def submit_within(
        self, uow: UnitOfWork, operator: ActingOperator, asked: Asked, *, client: Principal | None = None
    ) -> RegistrationRow:
        """Submit in the unit of whatever the request belongs to. Raise as `submit`.

        `client` is the API client, or the certificate, that asks: the operator, whose key is the service's own, signs that it did.
        """
        operator.require_role(*SUBMITTERS[asked.kind])
        if isinstance(asked, CertificateAsked):
            require_twin(self.policy, asked.profile, asked.encryption_profile)
        now = self.clock.now()
        number = fresh_identifier("rq")
        needed, expires_at = self.policy.approvals(asked.kind, asked.profile), now + self.policy.lifetime
        said: dict[str, JsonValue] = {
            **asked.fields(),
            "registration": number,
            "kind": asked.kind.value,
            "needed": needed,
            "at": format_rfc3339(now),
            "expires": format_rfc3339(expires_at),
        }
        if client is not None:
            said["client"] = client.id
        statement = operator.sign(Context.SUBMISSION, said)
        row = RegistrationRow(
            id=number,
            kind=asked.kind,
            state=State.SUBMITTED if needed else State.APPROVED,
            requester=operator.row.id,
            needed=needed,
            statement=statement.body,
            signature=statement.signature,
            submitted_at=now,
            expires_at=expires_at,
            serial=asked.serial,
        )
        facts: dict[str, FactValue] = {
            "kind": asked.kind.value,
            "needed": needed,
            "statement_sm3": statement.digest,
            **({"profile": asked.profile} if asked.profile else {}),
            **({serial_fact(asked.kind): asked.serial} if asked.serial else {}),
        }
        require_active(operators.get(uow, operator.row.id))
        registrations.submit(uow, row)
        actor = client or operator.principal
        record(uow, EventType.REGISTRATION_SUBMITTED, row.id, at=now, actor=actor, facts=facts)
        return row

    def decide(
        self, operator: ActingOperator, number: str, decision: Decision, *, seen: str | None = None, reason: str = ""
    ) -> RegistrationRow:
        """Approve or reject a request; with the last approval needed it is approved. Return it as it is then.

        `seen` is the digest of the statement that was shown to the operator: he decides on that, or on nothing. `reason` is a code,
        of a rejection.

        Raises:
            TrustError: OPERATOR_ROLE, OPERATOR_REVOKED, REGISTRATION_OWN, REGISTRATION_DECIDED, REGISTRATION_STATE (also when its
                time has ended), REGISTRATION_MISSING, STATEMENT_WRONG (the request is not what its requester signed),
                REGISTRATION_CHANGED (it is not what was seen).
        """
        with self.database.unit_of_work() as uow:
            return self.decide_within(uow, operator, number, decision, seen=seen, reason=reason)

    def decide_within(
        self,
        uow: UnitOfWork,
        operator: ActingOperator,
        number: str,
        decision: Decision,
        *,
        seen: str | None = None,
        reason: str = "",
    ) -> RegistrationRow:
        """Decide in the unit of what the last approval leads to. Raise as `decide`."""
        operator.require_role(Role.REGISTRAR)
        require_said(decision, reason)
        now = self.clock.now()
        row = self._decidable(uow, operator.row.id, number, now)
        if seen is not None and statement_of(row).digest != seen:
            raise TrustError(ErrorCode.REGISTRATION_CHANGED, "another statement than the one that was shown")
        _require_other(row, operator.row)
        made = Made(operator=operator.row, decision=decision, at=now, reason=reason)
        statement = operator.sign(Context.DECISION, made.fields(row.id, statement_of(row).digest))
        return self._decided(uow, row, made, statement, now)

    def decide_presented_within(
        self, uow: UnitOfWork, statement: SignedStatement, number: str, *, client: Principal
    ) -> RegistrationRow:
        """Do as `decide_within` with a decision that was signed elsewhere and that an API client hands in.

        Raises:
            TrustError: as `verify_presented` and `decide`; REGISTRATION_OWN also when this client asked for it;
                REGISTRATION_CHANGED when the decision is about another statement than the request's.
        """
        now = self.clock.now()
        presented = verify_presented(uow, Context.DECISION, statement, now=now)
        require_role(presented.operator, Role.REGISTRAR)
        made = Made.read(presented)
        presented.said.require(registration=number)
        row = self._decidable(uow, presented.operator.id, number, now)
        if presented.said.text("submission_sm3") != statement_of(row).digest:
            raise TrustError(ErrorCode.REGISTRATION_CHANGED, "another statement than the one that was decided on")
        if presented.at >= row.expires_at:
            raise TrustError(ErrorCode.REGISTRATION_STATE, "decided on too late", found=State.EXPIRED.value)
        _require_other(row, presented.operator)
        if verify_submission(row, operators.get(uow, row.requester)).fields.get("client") == client.id:
            raise TrustError(ErrorCode.REGISTRATION_OWN, "the client that asked for it does not decide")
        return self._decided(uow, row, made, statement, now, client=client)

    def withdraw(self, operator: ActingOperator, number: str) -> RegistrationRow:
        """Take back an open request of one's own. Raise OPERATOR_ROLE for another's, and as `decide`."""
        now = self.clock.now()
        with self.database.unit_of_work() as uow:
            row = self._decidable(uow, operator.row.id, number, now, approved=True)
            if row.requester != operator.row.id:
                raise TrustError(ErrorCode.OPERATOR_ROLE, "only who submitted a request withdraws it")
            made = Made(operator=operator.row, decision=Decision.WITHDRAW, at=now)
            statement = operator.sign(Context.DECISION, made.fields(row.id, statement_of(row).digest))
            return self._decided(uow, row, made, statement, now)

    def expire(self) -> tuple[str, ...]:
        """Close the open requests whose time has ended; return the numbers of those that no other process closed first."""
        now = self.clock.now()
        closed = []
        with self.database.unit_of_work() as uow:
            for row in registrations.list_expired(uow, before=now):
                try:
                    registrations.move(uow, row.id, OPEN, State.EXPIRED, closed_at=now)
                except TrustError as error:
                    if error.code is not ErrorCode.REGISTRATION_STATE:
                        raise
                else:
                    closed.append(row)
            for row in closed:  # once every row is held: nobody who holds one waits for the trail meanwhile
                _record_closed(uow, row, State.EXPIRED, now, SYSTEM)
        return tuple(row.id for row in closed)

    def _decidable(
        self,
        uow: UnitOfWork,
        operator: str,
        number: str,
        now: datetime,
        *,
        approved: bool = False,
    ) -> RegistrationRow:
        """Return an open request, held until the unit ends.

        One that is approved only where `approved` allows it, or where approvals no longer suffice: a registrar was removed, or
        the policy asks for more.
        """
        registrations.lock(uow, number)  # decisions on one request follow one another: each sees those before it
        row = registrations.get(uow, number)
        if row.state not in OPEN or now >= row.expires_at:
            found = State.EXPIRED if row.state in OPEN else row.state
            raise TrustError(ErrorCode.REGISTRATION_STATE, "nothing is to be decided here", found=found.value)
        require_active(operators.get(uow, operator))
        said = verify_submission(row, operators.get(uow, row.requester))
        require_open(uow, row)
        enough = row.state is State.APPROVED and count_approvals(uow, row) >= least_approvals(row, said, self.policy)
        if enough and not approved:
            raise TrustError(ErrorCode.REGISTRATION_STATE, "nothing is to be decided here", found=row.state.value)
        return row

    def _decided(
        self,
        uow: UnitOfWork,
        row: RegistrationRow,
        made: Made,
        statement: SignedStatement,
        now: datetime,
        *,
        client: Principal | None = None,
    ) -> RegistrationRow:
        """Write a signed decision and what follows from it; return the request as it is then."""
        decided = DecisionRow(
            registration=row.id,
            operator=made.operator.id,
            decision=made.decision,
            statement=statement.body,
            signature=statement.signature,
            decided_at=made.at,
        )
        registrations.decide(uow, decided)
        actor = principal_of(made.operator)
        facts: dict[str, FactValue] = {
            "decision": made.decision.value,
            "kind": row.kind.value,
            "statement_sm3": statement.digest,
            **({"client": client.id} if client is not None else {}),
        }
        record(uow, EventType.REGISTRATION_DECIDED, row.id, at=now, actor=actor, facts=facts, reason=made.reason)
        match made.decision:
            case Decision.APPROVE:
                self._approve_when_enough(uow, row, now, actor)
            case Decision.REJECT:
                _close(uow, row, State.REJECTED, now, actor)
            case Decision.WITHDRAW:
                _close(uow, row, State.WITHDRAWN, now, actor)
        return registrations.get(uow, row.id)

    def _approve_when_enough(self, uow: UnitOfWork, row: RegistrationRow, now: datetime, actor: Principal) -> None:
        """Move on what enough registrars approved. Counted here, and judged by signature when it is carried out."""
        said = verify_submission(row, operators.get(uow, row.requester))
        approvals, needed = count_approvals(uow, row), least_approvals(row, said, self.policy)
        if approvals < needed:
            return
        registrations.move(uow, row.id, OPEN, State.APPROVED)
        facts: dict[str, FactValue] = {"approvals": approvals, "kind": row.kind.value, "needed": needed}
        record(uow, EventType.REGISTRATION_APPROVED, row.id, at=now, actor=actor, facts=facts)


def _require_other(row: RegistrationRow, decider: OperatorRow) -> None:
    if row.requester == decider.id:
        raise TrustError(ErrorCode.REGISTRATION_OWN, "the requester does not decide")


def record(
    uow: UnitOfWork,
    kind: EventType,
    number: str,
    *,
    at: datetime,
    actor: Principal,
    facts: Mapping[str, FactValue],
    reason: str = "",
) -> None:
    """Tell the trail of a step of a request."""
    event = AuditEvent(
        type=kind, at=at, actor=actor, object_type="registration", object_id=number, facts=facts, reason=reason
    )
    trail.record(uow, event)


def close_done(
    uow: UnitOfWork,
    row: RegistrationRow,
    found: State,
    *,
    at: datetime,
    actor: Principal,
    facts: Mapping[str, FactValue],
    **columns: object,
) -> None:
    """End a request that was carried out, in the unit of what was done, and tell the trail; `columns` are set beside.

    Raises:
        TrustError: as `registrations.move`, from any other state than `found`.
    """
    registrations.move(uow, row.id, {found}, State.DONE, closed_at=at, **columns)
    told = {"kind": row.kind.value, **facts}
    record(uow, EventType.REGISTRATION_CLOSED, row.id, at=at, actor=actor, facts=told)


def _close(uow: UnitOfWork, row: RegistrationRow, state: State, now: datetime, actor: Principal) -> None:
    registrations.move(uow, row.id, OPEN, state, closed_at=now)
    _record_closed(uow, row, state, now, actor)


def _record_closed(uow: UnitOfWork, row: RegistrationRow, state: State, now: datetime, actor: Principal) -> None:
    event = AuditEvent(
        type=EventType.REGISTRATION_CLOSED,
        at=now,
        actor=actor,
        object_type="registration",
        object_id=row.id,
        reason=state.value,
        facts={"kind": row.kind.value},
    )
    trail.record(uow, event)
