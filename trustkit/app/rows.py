"""What lists show: one line a thing, as a table row and as JSON, without anything about a holder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from trustkit.audit.lines import entry_members
from trustkit.clock import format_rfc3339
from trustkit.store.certificates import serial_text
from trustkit.store.crls import WHOLE

if TYPE_CHECKING:
    from datetime import datetime

    from trustkit.audit.trail import TrailEntry
    from trustkit.store.certificates import CertificateRow
    from trustkit.store.crls import CrlHead
    from trustkit.x509.certificate import Certificate


def time_text(moment: datetime | None) -> str:
    """Return a moment in whole seconds as people and programs read it, nothing for None."""
    return format_rfc3339(moment.replace(microsecond=0)) if moment is not None else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateLine:
    """A certificate of the authority; `serial` in hexadecimal. `current`: the one acts use, unless revoked or expired.

    `pending`: what became of it last is on no revocation list yet.
    """

    profile: str
    subject: str
    serial: str
    state: str
    not_after: datetime | None
    current: bool
    reason: str = ""
    pending: bool = False

    @classmethod
    def of_certificate(cls, profile: str, certificate: Certificate) -> CertificateLine:
        """Return the line of a certificate just issued."""
        return cls(
            profile=profile,
            subject=certificate.subject,
            serial=serial_text(certificate.serial),
            state="issued",
            not_after=certificate.not_after,
            current=True,
        )

    @classmethod
    def of_row(cls, row: CertificateRow, *, current: bool, pending: bool = False) -> CertificateLine:
        """Return the line of a row of the register."""
        return cls(
            profile=row.profile,
            subject=row.subject,
            serial=row.serial,
            state="issued" if row.standing == "valid" else row.standing,
            not_after=row.not_after,
            current=current,
            reason=row.reason or "",
            pending=pending,
        )

    def to_json(self) -> dict[str, object]:
        """Return the JSON object of ``--format json``."""
        return {
            "profile": self.profile,
            "subject": self.subject,
            "serial": self.serial,
            "state": self.state,
            "current": self.current,
            "not_after": time_text(self.not_after) or None,
            "reason": self.reason or None,
            "pending": self.pending,
        }

    def row(self) -> tuple[str, ...]:
        """Return the row of ``ca list``."""
        in_use = "current" if self.current else ""
        state = f"{self.state}, on no list yet" if self.pending else self.state
        return (self.profile, self.subject, self.serial, state, in_use, time_text(self.not_after))


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailLine:
    """An entry of the trail."""

    entry: TrailEntry

    def to_json(self) -> dict[str, object]:
        """Return the JSON object of ``--format json``."""
        return dict(entry_members(self.entry))

    def row(self) -> tuple[str, ...]:
        """Return the row of ``audit list``."""
        entry = self.entry
        facts = " ".join(f"{key}={value}" for key, value in sorted(entry.facts.items()))
        outcome = f"{entry.outcome} {entry.reason}".strip()
        subject = f"{entry.object_type} {entry.object_id}"
        return (str(entry.sequence), time_text(entry.at), entry.type, entry.actor, subject, outcome, facts)


WAITING: Final = frozenset({"waiting", "waiting-responder"})  # what `PublishedLine` calls what was not made


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedLine:
    """One publication that was signed afresh: a ``crl`` by its CA's name, a ``status-list`` by its URI, ``ocsp`` answers by their number.

    ``waiting`` is the CRL of a CA whose key is shared and was not opened: it was not signed. ``waiting-responder`` is the certificate
    of such a CA's OCSP responder, which is to be renewed.
    """

    kind: str
    name: str
    head: CrlHead | None = None

    @classmethod
    def of_list(cls, head: CrlHead) -> PublishedLine:
        """Return the line of a revocation list just published."""
        return cls(kind="crl", name=head.issuer, head=head)

    def to_json(self) -> dict[str, object]:
        """Return what a program is told."""
        told: dict[str, object] = {"kind": self.kind, "name": self.name}
        if self.head is not None:
            head = self.head
            told |= {"number": head.number, "base": head.base, "scope": head.scope, "entries": head.entries}
        return told

    def text(self) -> str:
        """Return what a person is told."""
        if self.kind == "waiting":
            return f"CRL of {self.name}: not signed, its key waits for its custodians (trustkit ca ceremony begin)"
        if self.kind == "waiting-responder":
            told = "its certificate is to be renewed, and the authority's key waits for its custodians"
            return f"OCSP responder of {self.name}: {told} (trustkit ca ceremony begin; see trustkit doctor)"
        if self.head is None:
            return f"OCSP: {self.name}" if self.kind == "ocsp" else f"status list {self.name}"
        head = self.head
        part = "" if head.scope == WHOLE else f", part {head.scope}"
        form = "delta CRL" if head.base is not None else "CRL"
        return f"{form} of {self.name}{part}: number {head.number}, {head.entries} entries"
