"""The act of issuing: reserve a serial, prepare, make the intent durable, sign, keep, tell.

Two transactions with the signature between them: after the first the trail says what is about to be signed; after the
second the certificate exists. What a failure or a crash leaves between them is closed by `trustkit.audit.intents`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType, FactValue
from trustkit.audit.intents import LIVE, Intents
from trustkit.clock import format_rfc3339
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.store import certificates
from trustkit.x509.name import display_name

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from ca.issuance import CertificateIssuer, PreparedCertificate
    from ca.order import CertificateOrder
    from trustkit.clock import Clock
    from trustkit.identity import Principal
    from trustkit.store.database import Database
    from trustkit.store.unit_of_work import UnitOfWork
    from trustkit.x509.certificate import Certificate

INTENTS: Final = Intents(
    event=EventType.CERTIFICATE_ABANDONED,
    object_type="certificate",
    register=certificates,
    key_of=lambda row: row.serial,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuingAuthority:
    """One CA at work; `name` is its name in the register, such as ``root`` or ``issuing``."""

    name: str
    database: Database
    clock: Clock
    issuer: CertificateIssuer

    def issue(
        self,
        order: CertificateOrder,
        actor: Principal,
        together: Callable[[UnitOfWork, str], None] | None = None,
        *,
        before: Callable[[UnitOfWork, str, bytes], None] | None = None,
    ) -> Certificate:
        """Return a new certificate that is in the register and in the trail.

        `together` is called with the serial in the unit of work that registers the certificate: what it raises undoes the
        issuance, and what it writes exists exactly when the certificate does. `before` is called with the serial and what is to
        be signed in the unit of work of the intent: what it writes is durable before the key is used, what it raises stops it.

        Raises:
            TrustError: what `CertificateIssuer` raises; then the intent, if there was one, is marked as abandoned.
        """
        now = self.clock.now()
        INTENTS.close_unfinished(
            self.database, before=now - LIVE, now=now, actor=actor
        )  # of whoever could not do it then
        prepared, serial = self._intend(order, actor, before)
        with INTENTS.closed_on_failure(self.database, serial, self.clock, actor):
            certificate = self.issuer.issue(prepared)
            self._complete(order, serial, certificate, actor, together)
        return certificate

    def _complete(
        self,
        order: CertificateOrder,
        serial: str,
        certificate: Certificate,
        actor: Principal,
        together: Callable[[UnitOfWork, str], None] | None,
    ) -> None:
        now = self.clock.now()
        with self.database.unit_of_work() as uow:
            certificates.complete(uow, serial, der=certificate.der, issued_at=now, not_after=certificate.not_after)
            if together is not None:
                together(uow, serial)
            facts: dict[str, FactValue] = {
                "certificate_sm3": certificate.fingerprint_sm3,
                "issuer": self.name,
                "not_after": format_rfc3339(certificate.not_after),
                "profile": order.profile.name,
            }
            trail.record(uow, _event(EventType.CERTIFICATE_ISSUED, now, actor, serial, facts))

    def _intend(
        self,
        order: CertificateOrder,
        actor: Principal,
        before: Callable[[UnitOfWork, str, bytes], None] | None = None,
    ) -> tuple[PreparedCertificate, str]:
        now = self.clock.now()
        with self.database.unit_of_work() as uow:
            row = certificates.reserve(
                uow, issuer=self.name, profile=order.profile.name, subject=display_name(order.subject_der), at=now
            )
            prepared = self.issuer.prepare(order, serial=row.serial_number, at=now)
            if before is not None:
                before(uow, row.serial, prepared.tbs)
            facts: dict[str, FactValue] = {
                "issuer": self.name,
                "profile": order.profile.name,
                "tbs_sm3": digest(DigestAlgorithm.SM3, prepared.tbs).hex(),
            }
            trail.record(uow, _event(EventType.CERTIFICATE_INTENDED, now, actor, row.serial, facts))
        return prepared, row.serial


def _event(kind: EventType, at: datetime, actor: Principal, serial: str, facts: dict[str, FactValue]) -> AuditEvent:
    return AuditEvent(type=kind, at=at, actor=actor, object_type="certificate", object_id=serial, facts=facts)
