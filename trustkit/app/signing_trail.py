"""What the trail is told of signatures by the seal inside PDF and OFD files: an intent before the key is used, then how it ended.

A file is named by the SM3 of what it was, never by its name. Many files are told of in one transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType, Outcome
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.errors import TrustError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trustkit.app.opened import OpenedHome
    from trustkit.x509.certificate import Certificate


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningTrail:
    """Tells of one order's signatures by one certificate; `form` and `level` are as ordered."""

    home: OpenedHome
    form: str
    level: str
    certificate: Certificate
    intended: EventType = EventType.PDF_INTENDED
    signed: EventType = EventType.PDF_SIGNED

    def intend(self, names: Iterable[str]) -> None:
        """Tell that files are about to be signed. Raise what the trail raises; then no key may be used."""
        self._record(self._event(self.intended, name) for name in names)

    def conclude(self, ends: Iterable[tuple[str, bytes | TrustError]]) -> None:
        """Tell what became of each: the signed file's digest, or the code of what went wrong. Two files may be the same."""
        self._record(self._end(name, end) for name, end in ends)

    def _end(self, name: str, end: bytes | TrustError) -> AuditEvent:
        if isinstance(end, TrustError):
            return self._event(self.signed, name, outcome=Outcome.FAILURE, reason=end.code.value)
        return self._event(self.signed, name, document_sm3=digest(DigestAlgorithm.SM3, end).hex())

    def _record(self, events: Iterable[AuditEvent]) -> None:
        if told := tuple(events):
            with self.home.database.unit_of_work() as uow:
                trail.record_many(uow, told)

    def _event(
        self, kind: EventType, name: str, *, outcome: Outcome = Outcome.SUCCESS, reason: str = "", **facts: str
    ) -> AuditEvent:
        return AuditEvent(
            type=kind,
            at=self.home.clock.now(),
            actor=self.home.operator,
            object_type="content",
            object_id=f"sm3:{name}",
            outcome=outcome,
            reason=reason,
            facts={
                **facts,
                "form": self.form,
                "level": self.level,
                "signer_serial": f"{self.certificate.serial:x}",
            },
        )
