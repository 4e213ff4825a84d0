"""Revoking certificates: state and trail commit at once, whatever the size of the lists; the lists follow.

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
from trustkit.store import certificates
from trustkit.store.certificates import Standing
from trustkit.store.crls import ListKind
from trustkit.x509.reason import RevocationReason

if TYPE_CHECKING:
    from collections.abc import Callable
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


_SERIAL: Final = re.compile(r"[0-9a-f]{1,40}")  # 20 octets, RFC 5280 4.1.2.2


def find_issued(unit: ReadUnit, serial: str) -> CertificateRow | None:
    """Return the issued certificate with a serial in hexadecimal, as tools print it: capitals, 0x, colons, zeros before."""
    text = serial.strip().lower().removeprefix("0x").replace(":", "").lstrip("0")
    row = certificates.find(unit, text) if _SERIAL.fullmatch(text) else None
    return row if row is not None and row.state is certificates.CertificateState.ISSUED else None


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
        told: Callable[[], object] | None = None,
    ) -> tuple[CrlHead, ...]:
        """Revoke a certificate of this CA, then publish the lists that say so and return what is known of them.

        Args:
            serial: in hexadecimal.
            reason: a name of RFC 5280 5.3.1.
            actor: who revokes.
            invalid_since: when the key was lost or misused, as far as is known (invalidityDate, 5.3.2).
            told: called once the revocation stands, before the lists are made, which may take their time: OCSP answers.

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
            row = self._require_standing(uow, serial)
            certificates.revoke(uow, row.serial, at=now, reason=reason, invalidity_date=invalid_since)
            facts: dict[str, FactValue] = {"issuer": self.name, "profile": row.profile}
            if invalid_since is not None:
                facts["invalid_since"] = format_rfc3339(invalid_since)
            trail.record(
                uow,
                AuditEvent(
                    type=EventType.CERTIFICATE_REVOKED,
                    at=now,
                    actor=actor,
                    object_type="certificate",
                    object_id=row.serial,
                    reason=reason,
                    facts=facts,
                ),
            )
        if told is not None:
            told()
        return self.publisher.publish_change(row.serial_number, actor)

    def suspend(
        self, serial: str, *, actor: Principal, told: Callable[[], object] | None = None
    ) -> tuple[CrlHead, ...]:
        """Put a certificate on hold, then publish the lists that say so; `told` as in `revoke`.

        Raises:
            TrustError: CA_SERIAL_MISSING; CA_SERIAL_REVOKED; CA_STATE when it is on hold already.
        """
        return self._hold(serial, Standing.VALID, EventType.CERTIFICATE_SUSPENDED, actor, told)

    def resume(self, serial: str, *, actor: Principal, told: Callable[[], object] | None = None) -> tuple[CrlHead, ...]:
        """End a hold, then publish the lists that no longer have it. Raise as `suspend`; CA_STATE when it is not on hold."""
        return self._hold(serial, Standing.SUSPENDED, EventType.CERTIFICATE_RESUMED, actor, told)

    def _hold(
        self, serial: str, needed: Standing, kind: EventType, actor: Principal, told: Callable[[], object] | None
    ) -> tuple[CrlHead, ...]:
        now = self.clock.now()
        with self.database.unit_of_work() as uow:
            row = self._require_standing(uow, serial)
            if row.standing != needed:
                raise TrustError(ErrorCode.CA_STATE, "it is in another state", needed=needed.value, found=row.standing)
            (certificates.suspend if needed is Standing.VALID else certificates.resume)(uow, row.serial, at=now)
            event = AuditEvent(
                type=kind,
                at=now,
                actor=actor,
                object_type="certificate",
                object_id=row.serial,
                facts={"issuer": self.name, "profile": row.profile},
            )
            trail.record(uow, event)
        if told is not None:
            told()
        return self.publisher.publish_change(row.serial_number, actor)

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
