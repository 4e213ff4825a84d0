"""The act of issuing: reserve a serial, prepare, make the intent durable, sign, keep, tell.

Two transactions with the signature between them: after the first the trail says what is about to be signed; after the
second the certificate exists. A crash between them leaves an intent that the next issuance closes, or `abandon_unfinished`.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType, FactValue
from trustkit.clock import format_rfc3339
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import certificates
from trustkit.x509.name import display_name

if TYPE_CHECKING:
    from datetime import datetime

    from ca.issuance import CertificateIssuer, CertificateOrder, PreparedCertificate
    from trustkit.clock import Clock
    from trustkit.identity import Principal
    from trustkit.store.database import Database
    from trustkit.x509.certificate import Certificate

LIVE: Final = timedelta(minutes=5)  # an issuance takes seconds: an intent older than this was left by a crash


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuingAuthority:
    """One CA at work; `name` is its name in the register, such as ``root`` or ``issuing``."""

    name: str
    database: Database
    clock: Clock
    issuer: CertificateIssuer

    def issue(self, order: CertificateOrder, actor: Principal) -> Certificate:
        """Return a new certificate that is in the register and in the trail.

        Raises:
            TrustError: what `CertificateIssuer` raises; then the intent, if there was one, is marked as abandoned.
        """
        now = self.clock.now()
        abandon_unfinished(self.database, before=now - LIVE, now=now, actor=actor)  # of whoever could not do it then
        prepared, serial = self._intend(order, actor)
        try:
            certificate = self.issuer.issue(prepared)
            self._complete(order, serial, certificate, actor)
        except BaseException:
            # The first failure is the one to tell. Where the store does not answer, the next issuance closes the intent;
            # where its commit arrived though the answer did not, the certificate is issued and there is none to close.
            with suppress(TrustError):
                abandon(self.database, serial, self.clock.now(), actor, "issuance-failed")
            raise
        return certificate

    def _complete(self, order: CertificateOrder, serial: str, certificate: Certificate, actor: Principal) -> None:
        now = self.clock.now()
        with self.database.unit_of_work() as uow:
            certificates.complete(uow, serial, der=certificate.der, issued_at=now, not_after=certificate.not_after)
            facts: dict[str, FactValue] = {
                "certificate_sm3": certificate.fingerprint_sm3,
                "issuer": self.name,
                "not_after": format_rfc3339(certificate.not_after),
                "profile": order.profile.name,
            }
            trail.record(uow, _event(EventType.CERTIFICATE_ISSUED, now, actor, serial, facts=facts))

    def _intend(self, order: CertificateOrder, actor: Principal) -> tuple[PreparedCertificate, str]:
        now = self.clock.now()
        with self.database.unit_of_work() as uow:
            row = certificates.reserve(
                uow, issuer=self.name, profile=order.profile.name, subject=display_name(order.subject_der), at=now
            )
            prepared = self.issuer.prepare(order, serial=row.serial_number, at=now)
            facts: dict[str, FactValue] = {
                "issuer": self.name,
                "profile": order.profile.name,
                "tbs_sm3": digest(DigestAlgorithm.SM3, prepared.tbs).hex(),
            }
            trail.record(uow, _event(EventType.CERTIFICATE_INTENDED, now, actor, row.serial, facts=facts))
        return prepared, row.serial


def abandon_unfinished(database: Database, *, before: datetime, now: datetime, actor: Principal) -> tuple[str, ...]:
    """Close every intent written before a moment; return their serials."""
    with database.reading() as unit:
        rows = certificates.list_unfinished(unit, before=before)
    return tuple(row.serial for row in rows if _closed(database, row.serial, now, actor))


def _closed(database: Database, serial: str, now: datetime, actor: Principal) -> bool:
    try:
        abandon(database, serial, now, actor, "interrupted")
    except TrustError as error:
        if error.code is ErrorCode.STORE_CONFLICT:  # somebody else closed it, or it came to its end after all
            return False
        raise
    return True


def abandon(database: Database, serial: str, now: datetime, actor: Principal, reason: str) -> None:
    """Mark one intent as abandoned, in the register and in the trail."""
    with database.unit_of_work() as uow:
        certificates.abandon(uow, serial, at=now, reason=reason)
        trail.record(uow, _event(EventType.CERTIFICATE_ABANDONED, now, actor, serial, reason=reason))


def _event(
    kind: EventType,
    at: datetime,
    actor: Principal,
    serial: str,
    *,
    reason: str = "",
    facts: dict[str, FactValue] | None = None,
) -> AuditEvent:
    return AuditEvent(
        type=kind, at=at, actor=actor, object_type="certificate", object_id=serial, reason=reason, facts=facts or {}
    )
