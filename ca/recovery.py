"""Recovery and destruction of escrowed keys, after approval: the key goes from envelope to envelope and is never written open.

    enveloped = KeyRecovery(…).recover("rq-…", decryptor, actor)       # SM2EnvelopedKey for the recipient that was approved
    KeyRecovery(…).destroy("rq-…", actor)                              # after retention; the record stays

`decryptor` is the recovery key as its custodians opened it. Request, approvals and record are verified again before it is used.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ca.approvals import read_registration
from ca.client_grant import ANY, ClientGrant
from ca.escrow import open_escrow
from ca.operators import key_digest, require_active
from ca.registration import record
from ca.submissions import DestructionAsked, RecoveryAsked
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType, FactValue
from trustkit.clock import format_rfc3339
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.custody.enveloped_key import wrap_key
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import certificates, escrow, operators, registrations
from trustkit.store.operators import Role
from trustkit.store.registrations import Kind, State
from trustkit.store.sequences import next_value
from trustkit.x509.certificate import parse_certificate

if TYPE_CHECKING:
    from datetime import datetime

    from ca.operators import ActingOperator
    from ca.registration_policy import RegistrationPolicy
    from ca.statements import VerifiedStatement
    from trustkit.clock import Clock
    from trustkit.custody.port import Decryptor
    from trustkit.identity import Principal
    from trustkit.store.database import Database
    from trustkit.store.escrow import EscrowRow
    from trustkit.store.registrations import RegistrationRow
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork
    from trustkit.x509.certificate import Certificate

_ALL: Final = ClientGrant(authorities=(ANY,), profiles=(ANY,))


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRecovery:
    """The keys in escrow of one authority."""

    database: Database
    clock: Clock
    policy: RegistrationPolicy

    def recover(self, number: str, decryptor: Decryptor, actor: Principal) -> bytes:
        """Return the key of an approved request, enveloped for its recipient (SM2EnvelopedKey, DER).

        Raises:
            TrustError: REGISTRATION_STATE, REGISTRATION_APPROVALS, STATEMENT_WRONG, OPERATOR_*; ESCROW_MISSING, ESCROW_DESTROYED;
                DECRYPTION_FAILED when the record is another recovery key's or was changed.
        """
        now = self.clock.now()
        with self.database.unit_of_work() as uow:
            registrations.lock(uow, number)
            row = registrations.get(uow, number)
            asked = RecoveryAsked.read(self._approved(uow, row, Kind.RECOVERY, now))
            kept, _ = _kept(uow, asked.serial)
            enveloped = wrap_key(open_escrow(kept, decryptor), asked.recipient)
            registrations.move(uow, number, {State.APPROVED}, State.DONE, closed_at=now, response=enveloped)
            facts: dict[str, FactValue] = {
                "key_set": kept.key_set,
                "public_key_sm3": kept.public_key_sm3,
                "recipient_sm3": key_digest(asked.recipient),
                "registration": number,
            }
            _tell(uow, EventType.ESCROW_OPENED, kept, at=now, actor=actor, facts=facts, reason=asked.reason)
            _closed(uow, row, now, actor)
        return enveloped

    def destroy(self, number: str, actor: Principal) -> None:
        """Destroy the key of an approved request. Raise as `recover`, and ESCROW_RETENTION before its time."""
        now = self.clock.now()
        with self.database.unit_of_work() as uow:
            registrations.lock(uow, number)
            row = registrations.get(uow, number)
            asked = DestructionAsked.read(self._approved(uow, row, Kind.DESTRUCTION, now))
            kept, certificate = _kept(uow, asked.serial)
            self._require_past_retention(certificate, now)
            escrow.destroy(uow, kept.serial, at=now)
            registrations.move(uow, number, {State.APPROVED}, State.DONE, closed_at=now)
            facts: dict[str, FactValue] = {"public_key_sm3": kept.public_key_sm3, "registration": number}
            _tell(uow, EventType.ESCROW_DESTROYED, kept, at=now, actor=actor, facts=facts, reason=asked.reason)
            _closed(uow, row, now, actor)

    def require_recoverable(self, serial: str) -> None:
        """Return when a key of this serial is in escrow. Raise ESCROW_MISSING, ESCROW_DESTROYED."""
        with self.database.reading() as unit:
            _kept(unit, serial)

    def require_destructible(self, serial: str) -> None:
        """Return when a key is in escrow and its retention has ended. Raise as `require_recoverable`, ESCROW_RETENTION."""
        with self.database.reading() as unit:
            _, certificate = _kept(unit, serial)
        self._require_past_retention(certificate, self.clock.now())

    def listed(self, operator: ActingOperator) -> tuple[EscrowRow, ...]:
        """Return the newest records, to an auditor or registrar, so many times an hour; each time is in the trail.

        Raises:
            TrustError: OPERATOR_ROLE, OPERATOR_REVOKED, REQUEST_RATE.
        """
        operator.require_role(Role.AUDITOR, Role.REGISTRAR)
        with self.database.unit_of_work() as uow:
            require_active(operators.get(uow, operator.row.id))
            return self._listed(uow, operator.principal)

    def listed_for(self, client: Principal, grant: ClientGrant) -> tuple[EscrowRow, ...]:
        """Return the newest records of what an API client was granted, under a rate of its own. Raise REQUEST_RATE."""
        with self.database.unit_of_work() as uow:
            return self._listed(uow, client, grant)

    def _listed(self, uow: UnitOfWork, reader: Principal, grant: ClientGrant = _ALL) -> tuple[EscrowRow, ...]:
        now = self.clock.now()
        most = self.policy.listings_per_hour
        if next_value(uow, f"escrow-listing:{reader.id}:{now:%Y%m%d%H}") > most:
            wait = 3600 - now.minute * 60 - now.second
            told = "lists of escrowed keys in this hour"
            raise TrustError(ErrorCode.REQUEST_RATE, told, limit=most, retry_after=wait)
        issuers, profiles = (None if ANY in seen else seen for seen in (grant.authorities, grant.profiles))
        rows = escrow.list_escrowed(uow, issuers=issuers, profiles=profiles)
        event = AuditEvent(
            type=EventType.ESCROW_LISTED,
            at=now,
            actor=reader,
            object_type="escrow",
            object_id="all",
            facts={"records": len(rows)},
        )
        trail.record(uow, event)
        return rows

    def _approved(self, uow: UnitOfWork, row: RegistrationRow, kind: Kind, now: datetime) -> VerifiedStatement:
        if row.kind is not kind or row.state is not State.APPROVED or now >= row.expires_at:
            found = State.EXPIRED if row.state is State.APPROVED and row.kind is kind else row.state
            raise TrustError(ErrorCode.REGISTRATION_STATE, f"no approved request for {kind.value}", found=found.value)
        return read_registration(uow, row.id, self.policy).said

    def _require_past_retention(self, certificate: Certificate, now: datetime) -> None:
        until = certificate.not_after + self.policy.retention
        if now < until:
            raise TrustError(ErrorCode.ESCROW_RETENTION, "kept until then", until=format_rfc3339(until))


def _kept(unit: ReadUnit, serial: str) -> tuple[EscrowRow, Certificate]:
    """Return record and certificate, compared with each other."""
    kept = escrow.get(unit, serial)
    if kept.destroyed_at is not None:
        raise TrustError(ErrorCode.ESCROW_DESTROYED, "destroyed", at=format_rfc3339(kept.destroyed_at))
    row = certificates.find(unit, serial)
    if row is None or row.der is None:
        raise TrustError(ErrorCode.ESCROW_MISSING, "the certificate of this key was never issued")
    certificate = parse_certificate(row.der)
    if digest(DigestAlgorithm.SM3, certificate.tbs).hex() != kept.tbs_sm3:
        raise TrustError(ErrorCode.ESCROW_MISSING, "the record is of another certificate under this serial")
    return kept, certificate


def _tell(
    uow: UnitOfWork,
    kind: EventType,
    kept: EscrowRow,
    *,
    at: datetime,
    actor: Principal,
    facts: dict[str, FactValue],
    reason: str,
) -> None:
    event = AuditEvent(
        type=kind, at=at, actor=actor, object_type="escrow", object_id=kept.serial, reason=reason, facts=facts
    )
    trail.record(uow, event)


def _closed(uow: UnitOfWork, row: RegistrationRow, now: datetime, actor: Principal) -> None:
    record(uow, EventType.REGISTRATION_CLOSED, row.id, at=now, actor=actor, facts={"kind": row.kind.value})
