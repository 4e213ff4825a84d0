"""The registration: requests submitted by one operator, decided on by others, each step signed and in the trail.

    row = registration.submit(requester, CertificateAsked(request=csr, profile="person"))
    registration.decide(registrar, row.id, Decision.APPROVE)

A request moves submitted → approved → working → done, or ends rejected, withdrawn or expired. The row, the signature and the trail
entry of a step commit together. What is approved is carried out by `ca.certificate_work` and its siblings, which verify it all again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ca.approvals import SUBMITTERS, require_open, require_twin, statement_of, verify_submission
from ca.operators import require_active
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
    from ca.submissions import Asked
    from trustkit.clock import Clock
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.store.database import Database
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
            **({"serial": asked.serial} if asked.serial else {}),
        }
        require_active(operators.get(uow, operator.row.id))
        registrations.submit(uow, row)
        actor = client or operator.principal
        record(uow, EventType.REGISTRATION_SUBMITTED, row.id, at=now, actor=actor, facts=facts)
        return row

    def decide(
        self, operator: ActingOperator, number: str, decision: Decision, *, seen: str | None = None
    ) -> RegistrationRow:
        """Approve or reject a request; with the last approval needed it is approved. Return it as it is then.

        `seen` is the digest of the statement that was shown to the operator: he decides on that, or on nothing.

        Raises:
            TrustError: OPERATOR_ROLE, OPERATOR_REVOKED, REGISTRATION_OWN, REGISTRATION_DECIDED, REGISTRATION_STATE (also when its
                time has ended), REGISTRATION_MISSING, STATEMENT_WRONG (the request is not what its requester signed),
                REGISTRATION_CHANGED (it is not what was seen).
        """
        if decision is Decision.WITHDRAW:
            raise TrustError(ErrorCode.USAGE, "a requester withdraws; registrars approve or reject")
        operator.require_role(Role.REGISTRAR)
        now = self.clock.now()
        with self.database.unit_of_work() as uow:
            row = self._decidable(uow, operator, number, now)
            if seen is not None and statement_of(row).digest != seen:
                raise TrustError(ErrorCode.REGISTRATION_CHANGED, "another statement than the one that was shown")
            if row.requester == operator.row.id:
                raise TrustError(ErrorCode.REGISTRATION_OWN, "the requester does not decide")
            self._write(uow, operator, row, decision, now)
            if decision is Decision.REJECT:
                _close(uow, row, State.REJECTED, now, operator.principal)
            else:
                self._approve_when_enough(uow, row, now, operator.principal)
            return registrations.get(uow, number)

    def withdraw(self, operator: ActingOperator, number: str) -> RegistrationRow:
        """Take back an open request of one's own. Raise OPERATOR_ROLE for another's, and as `decide`."""
        now = self.clock.now()
        with self.database.unit_of_work() as uow:
            row = self._decidable(uow, operator, number, now, states=OPEN)
            if row.requester != operator.row.id:
                raise TrustError(ErrorCode.OPERATOR_ROLE, "only who submitted a request withdraws it")
            self._write(uow, operator, row, Decision.WITHDRAW, now)
            _close(uow, row, State.WITHDRAWN, now, operator.principal)
            return registrations.get(uow, number)

    def expire(self) -> tuple[str, ...]:
        """Close the open requests whose time has ended; return their numbers."""
        now = self.clock.now()
        with self.database.unit_of_work() as uow:
            rows = registrations.list_expired(uow, before=now)
            for row in rows:
                _close(uow, row, State.EXPIRED, now, SYSTEM)
        return tuple(row.id for row in rows)

    def _decidable(
        self,
        uow: UnitOfWork,
        operator: ActingOperator,
        number: str,
        now: datetime,
        *,
        states: frozenset[State] = frozenset({State.SUBMITTED}),
    ) -> RegistrationRow:
        registrations.lock(uow, number)  # decisions on one request follow one another: each sees those before it
        row = registrations.get(uow, number)
        if row.state not in states or now >= row.expires_at:
            found = row.state.value if row.state not in OPEN or row.state not in states else State.EXPIRED.value
            raise TrustError(ErrorCode.REGISTRATION_STATE, "nothing is to be decided here", found=found)
        require_active(operators.get(uow, operator.row.id))
        verify_submission(row, operators.get(uow, row.requester))
        require_open(uow, row)
        return row

    @staticmethod
    def _write(
        uow: UnitOfWork, operator: ActingOperator, row: RegistrationRow, decision: Decision, now: datetime
    ) -> None:
        statement = operator.sign(
            Context.DECISION,
            {
                "registration": row.id,
                "submission_sm3": statement_of(row).digest,
                "decision": decision.value,
                "at": format_rfc3339(now),
            },
        )
        decided = DecisionRow(
            registration=row.id,
            operator=operator.row.id,
            decision=decision,
            statement=statement.body,
            signature=statement.signature,
            decided_at=now,
        )
        registrations.decide(uow, decided)
        facts: dict[str, FactValue] = {
            "decision": decision.value,
            "kind": row.kind.value,
            "statement_sm3": statement.digest,
        }
        record(uow, EventType.REGISTRATION_DECIDED, row.id, at=now, actor=operator.principal, facts=facts)

    @staticmethod
    def _approve_when_enough(uow: UnitOfWork, row: RegistrationRow, now: datetime, actor: Principal) -> None:
        """Move on what enough registrars approved. Counted here, and judged by signature when it is carried out."""
        decisions = registrations.list_decisions(uow, row.id)
        approvals = sum(decision.decision is Decision.APPROVE for decision in decisions)
        if approvals < row.needed:
            return
        registrations.move(uow, row.id, {State.SUBMITTED}, State.APPROVED)
        facts: dict[str, FactValue] = {"approvals": approvals, "kind": row.kind.value, "needed": row.needed}
        record(uow, EventType.REGISTRATION_APPROVED, row.id, at=now, actor=actor, facts=facts)


def record(
    uow: UnitOfWork, kind: EventType, number: str, *, at: datetime, actor: Principal, facts: Mapping[str, FactValue]
) -> None:
    """Tell the trail of a step of a request."""
    event = AuditEvent(type=kind, at=at, actor=actor, object_type="registration", object_id=number, facts=facts)
    trail.record(uow, event)


def _close(uow: UnitOfWork, row: RegistrationRow, state: State, now: datetime, actor: Principal) -> None:
    registrations.move(uow, row.id, OPEN, state, closed_at=now)
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
