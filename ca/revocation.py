"""Revoking certificates: state and trail commit at once, whatever the size of the lists; the lists follow.

A key is compromised for all of its certificates: with one that is revoked for that reason go all others of the same key, of whatever
authority of the home, in the same transaction. `ca.register_rules` certifies such a key no more.

The revocation stands from its commit on. In the same call, and outside of that transaction, the lists that tell of it are
published; should that fail, or the process die in between, `ca.list_publication` finds what no list tells yet.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ca.list_building import ListBuilder
from ca.list_publication import ListPublisher
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType, FactValue
from trustkit.clock import format_rfc3339
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import certificates, issuances
from trustkit.store.certificates import Standing
from trustkit.store.crls import ListKind
from trustkit.x509.reason import COMPROMISED, RevocationReason

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime, timedelta

    from trustkit.clock import Clock
    from trustkit.custody.port import Signer
    from trustkit.identity import Principal
    from trustkit.store.certificates import CertificateRow
    from trustkit.store.crls import CrlHead
    from trustkit.store.database import Database
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork
    from trustkit.x509.certificate import Certificate

# certificateHold and removeFromCRL are no revocations: they belong to suspension and its end.
REASONS: Final = {
    reason.value: reason
    for reason in RevocationReason
    if reason not in {RevocationReason.CERTIFICATE_HOLD, RevocationReason.REMOVE_FROM_CRL}
}


_COMPROMISED_KEY: Final = "key-compromised"  # why an intent is abandoned
_SERIAL: Final = re.compile(r"[0-9a-f]{1,40}")  # 20 octets, RFC 5280 4.1.2.2


def find_issued(unit: ReadUnit, serial: str) -> CertificateRow | None:
    """Return the issued certificate with a serial in hexadecimal, as tools print it: capitals, 0x, colons, zeros before."""
    text = serial.strip().lower().removeprefix("0x").replace(":", "").lstrip("0")
    row = certificates.find(unit, text) if _SERIAL.fullmatch(text) else None
    return row if row is not None and row.state is certificates.CertificateState.ISSUED else None


def list_revoked_by(unit: ReadUnit, row: CertificateRow, *, reason: str, at: datetime) -> tuple[CertificateRow, ...]:
    """List what else a revocation for a reason would revoke: for a compromise the other certificates of the key."""
    if reason not in COMPROMISED or row.key_sm3 is None:
        return ()
    found = certificates.list_standing_of_key(unit, row.key_sm3, at=at)
    return tuple(each for each in found if each.serial != row.serial)


@dataclass(frozen=True, slots=True, kw_only=True)
class Revoked:
    """What was revoked in one act, the certificate that was asked about first, and the lists of its authority that say so."""

    rows: tuple[CertificateRow, ...]
    lists: tuple[CrlHead, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationAuthority:
    """One CA's key over its own part of the register; `name` is the CA's name there, such as ``issuing``.

    Attributes:
        lifetime: of a list.
        base_url: public URL the lists are found under.
        partitions: how many lists new certificates are divided among (`ca.list_scope`).
        deltas, keep_expired: as in `ca.list_building.ListBuilder`.
    """

    name: str
    database: Database
    clock: Clock
    signer: Signer
    certificate: Certificate
    lifetime: timedelta
    base_url: str = ""
    partitions: int = 1
    deltas: bool = False
    keep_expired: bool = False

    @property
    def publisher(self) -> ListPublisher:
        """What publishes this CA's lists."""
        builder = ListBuilder(
            name=self.name,
            signer=self.signer,
            certificate=self.certificate,
            lifetime=self.lifetime,
            base_url=self.base_url,
            deltas=self.deltas,
            keep_expired=self.keep_expired,
        )
        return ListPublisher(database=self.database, clock=self.clock, builder=builder, partitions=self.partitions)

    def revoke(
        self,
        serial: str,
        *,
        reason: str,
        actor: Principal,
        invalid_since: datetime | None = None,
        told: Callable[[Sequence[CertificateRow]], object] | None = None,
    ) -> Revoked:
        """Revoke a certificate of this CA, then publish the lists of this CA that say so and return what is known of them.

        For a compromise all other certificates of its key are revoked with it. Those of another authority are told by the
        lists of that one, which its key makes.

        Args:
            serial: in hexadecimal.
            reason: a name of RFC 5280 5.3.1.
            actor: who revokes.
            invalid_since: when the key was lost or misused, as far as is known (invalidityDate, 5.3.2).
            told: called with what was revoked once it stands, before the lists are made, which may take their time: OCSP answers.
                What it raises is raised once the lists are made.

        Raises:
            TrustError: USAGE for an unknown reason or a date ahead; CA_SERIAL_MISSING; CA_SERIAL_REVOKED when it is
                revoked already. What publishing raises comes after the revocation, which stands.
        """
        if reason not in REASONS:
            raise TrustError(ErrorCode.USAGE, f"a reason is one of {', '.join(REASONS)}")
        now = self.clock.now()
        if invalid_since is not None and invalid_since > now:
            raise TrustError(ErrorCode.USAGE, "the date of invalidity lies ahead")
        with self.database.unit_of_work() as uow:
            rows = [self._require_standing(uow, serial)]
            events = self._drop_intents(uow, rows[0], reason, actor, now)
            certificates.revoke(uow, rows[0].serial, at=now, reason=reason, invalidity_date=invalid_since)
            while others := list_revoked_by(uow, rows[0], reason=reason, at=now):  # a page at a time
                for each in others:
                    certificates.revoke(uow, each.serial, at=now, reason=reason, invalidity_date=invalid_since)
                rows += others
            for each in rows:
                facts: dict[str, FactValue] = {"issuer": each.issuer, "profile": each.profile}
                if invalid_since is not None:
                    facts["invalid_since"] = format_rfc3339(invalid_since)
                if each is not rows[0]:
                    facts["same_key_as"] = rows[0].serial
                events.append(_event(EventType.CERTIFICATE_REVOKED, now, actor, each.serial, reason, facts))
            trail.record_many(uow, events)
        own = [each.serial_number for each in rows if each.issuer == self.name]
        return Revoked(rows=tuple(rows), lists=self._tell(rows, own, actor, told))

    def _tell(
        self,
        rows: Sequence[CertificateRow],
        own: Sequence[int],
        actor: Principal,
        told: Callable[[Sequence[CertificateRow]], object] | None,
    ) -> tuple[CrlHead, ...]:
        """Tell of a change that stands: whatever comes of `told`, the lists are made."""
        try:
            if told is not None:
                told(rows)
        finally:
            lists = self.publisher.publish_changes(own, actor)
        return lists

    @staticmethod
    def _drop_intents(
        uow: UnitOfWork, row: CertificateRow, reason: str, actor: Principal, at: datetime
    ) -> list[AuditEvent]:
        """Close what is being issued for a key that is compromised: it cannot be completed, and no more of it begun."""
        if reason not in COMPROMISED or row.key_sm3 is None:
            return []
        issuances.take_turn(uow)
        dropped = certificates.abandon_of_key(uow, row.key_sm3, at=at, reason=_COMPROMISED_KEY)
        return [_event(EventType.CERTIFICATE_ABANDONED, at, actor, each, _COMPROMISED_KEY, {}) for each in dropped]

    def suspend(
        self, serial: str, *, actor: Principal, told: Callable[[Sequence[CertificateRow]], object] | None = None
    ) -> tuple[CrlHead, ...]:
        """Put a certificate on hold, then publish the lists that say so; `told` as in `revoke`.

        Raises:
            TrustError: CA_SERIAL_MISSING; CA_SERIAL_REVOKED; CA_STATE when it is on hold already.
        """
        return self._hold(serial, Standing.VALID, EventType.CERTIFICATE_SUSPENDED, actor, told)

    def resume(
        self, serial: str, *, actor: Principal, told: Callable[[Sequence[CertificateRow]], object] | None = None
    ) -> tuple[CrlHead, ...]:
        """End a hold, then publish the lists that no longer have it. Raise as `suspend`; CA_STATE when it is not on hold."""
        return self._hold(serial, Standing.SUSPENDED, EventType.CERTIFICATE_RESUMED, actor, told)

    def _hold(
        self,
        serial: str,
        needed: Standing,
        kind: EventType,
        actor: Principal,
        told: Callable[[Sequence[CertificateRow]], object] | None,
    ) -> tuple[CrlHead, ...]:
        now = self.clock.now()
        with self.database.unit_of_work() as uow:
            row = self._require_standing(uow, serial)
            if row.standing != needed:
                raise TrustError(ErrorCode.CA_STATE, "it is in another state", needed=needed.value, found=row.standing)
            (certificates.suspend if needed is Standing.VALID else certificates.resume)(uow, row.serial, at=now)
            facts: dict[str, FactValue] = {"issuer": self.name, "profile": row.profile}
            event = _event(kind, now, actor, row.serial, "", facts)
            trail.record(uow, event)
        return self._tell((row,), (row.serial_number,), actor, told)

    def _require_standing(self, uow: UnitOfWork, serial: str) -> CertificateRow:
        row = find_issued(uow, serial)
        if row is None or row.issuer != self.name:
            raise TrustError(ErrorCode.CA_SERIAL_MISSING, "this authority has issued no such certificate")
        if row.revoked_at is not None and row.standing == Standing.REVOKED:
            since = format_rfc3339(row.revoked_at)
            raise TrustError(ErrorCode.CA_SERIAL_REVOKED, "revoked before", since=since, reason=row.reason or "")
        return row

    def publish(self, actor: Principal, kind: ListKind = ListKind.FULL) -> tuple[CrlHead, ...]:
        """Sign and keep fresh lists. Raise as `ListPublisher.publish`."""
        return self.publisher.publish(actor, kind)

    def due(self, now: datetime) -> bool:
        """Tell whether a list is missing, has lived through half of its time, or does not know a revocation."""
        return self.publisher.due(now)


def _event(  # noqa: PLR0917 - the fields of an event
    kind: EventType, at: datetime, actor: Principal, serial: str, reason: str, facts: dict[str, FactValue]
) -> AuditEvent:
    return AuditEvent(
        type=kind, at=at, actor=actor, object_type="certificate", object_id=serial, reason=reason, facts=facts
    )
