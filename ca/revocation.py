"""Revocation lists: built from the register, signed, and told in the trail in one transaction (RFC 5280 5)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType
from trustkit.clock import format_rfc3339
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import certificates, crls
from trustkit.x509.crl import parse_crl, verify_crl
from trustkit.x509.crl_build import CrlEntry, CrlSpec, assemble_crl, build_tbs_crl
from trustkit.x509.reason import RevocationReason

if TYPE_CHECKING:
    from datetime import datetime

    from trustkit.clock import Clock
    from trustkit.custody.port import Signer
    from trustkit.identity import Principal
    from trustkit.store.certificates import CertificateRow
    from trustkit.store.database import Database
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork
    from trustkit.x509.certificate import Certificate

# certificateHold and removeFromCRL belong to suspension, which this authority does not offer.
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
    """One CA's key over its own part of the register; `name` is the CA's name there, such as ``issuing``."""

    name: str
    database: Database
    clock: Clock
    signer: Signer
    certificate: Certificate
    lifetime: timedelta

    def revoke(self, serial: str, *, reason: str, actor: Principal) -> None:
        """Revoke a certificate of this CA and publish the CRL that says so, in one transaction.

        Raises:
            TrustError: USAGE for an unknown reason; CA_SERIAL_MISSING; CA_SERIAL_REVOKED when it is revoked already.
        """
        if reason not in REASONS:
            raise TrustError(ErrorCode.USAGE, f"a reason is one of {', '.join(REASONS)}")
        now = self.clock.now()
        with self.database.unit_of_work() as uow:
            row = find_issued(uow, serial)
            if row is None or row.issuer != self.name:
                raise TrustError(ErrorCode.CA_SERIAL_MISSING, "this authority has issued no such certificate")
            if row.revoked_at is not None:
                since = format_rfc3339(row.revoked_at)
                raise TrustError(ErrorCode.CA_SERIAL_REVOKED, "revoked before", since=since, reason=row.reason or "")
            certificates.revoke(uow, row.serial, at=now, reason=reason)
            trail.record(
                uow,
                AuditEvent(
                    type=EventType.CERTIFICATE_REVOKED,
                    at=now,
                    actor=actor,
                    object_type="certificate",
                    object_id=row.serial,
                    reason=reason,
                    facts={"issuer": self.name, "profile": row.profile},
                ),
            )
            self._publish(uow, now, actor)

    def publish(self, actor: Principal) -> None:
        """Sign and keep a fresh CRL."""
        with self.database.unit_of_work() as uow:
            self._publish(uow, self.clock.now(), actor)

    def due(self, now: datetime) -> bool:
        """Tell whether the newest CRL has lived through half of its time, or there is none."""
        with self.database.reading() as unit:
            latest = crls.find_latest(unit, self.name)
        return latest is None or now >= latest.this_update + (latest.next_update - latest.this_update) / 2

    def _publish(self, uow: UnitOfWork, now: datetime, actor: Principal) -> None:
        draft = crls.prepare(uow, self.name)
        latest = crls.find_latest(uow, self.name)
        this_update = now.replace(microsecond=0)
        if latest is not None:  # times are whole seconds: a later list must not look as old as the one it replaces
            this_update = max(this_update, latest.this_update + timedelta(seconds=1))
        next_update = this_update + self.lifetime
        tbs = build_tbs_crl(
            CrlSpec(
                suite=self.signer.suite,
                issuer_der=self.certificate.subject_der,
                authority_key_id=self.certificate.public_key.identifier,
                number=draft.number,
                this_update=this_update,
                next_update=next_update,
                entries=tuple(
                    CrlEntry(serial=entry.serial_number, revoked_at=entry.revoked_at, reason=REASONS[entry.reason])
                    for entry in draft.revoked
                ),
            )
        )
        der = assemble_crl(tbs, self.signer.suite, self.signer.sign(tbs))
        verify_crl(parse_crl(der), self.certificate)
        crls.add(uow, issuer=self.name, number=draft.number, der=der, this_update=this_update, next_update=next_update)
        trail.record(
            uow,
            AuditEvent(
                type=EventType.CRL_PUBLISHED,
                at=now,
                actor=actor,
                object_type="crl",
                object_id=f"{self.name}:{draft.number}",
                facts={
                    "issuer": self.name,
                    "number": draft.number,
                    "entries": len(draft.revoked),
                    "next_update": format_rfc3339(next_update),
                    "crl_sm3": digest(DigestAlgorithm.SM3, der).hex(),
                },
            ),
        )
