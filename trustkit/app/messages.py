"""Signing any file's octets as a message, or the list of an OFD's files, with the authority's seal certificate: acts behind ``trustkit sign``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trustkit.app.cosigning import MessageOrder, make_message
from trustkit.app.ofd_protection import PROTECTION_FORM, protect
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType
from trustkit.cms.cosign import SigningParty
from trustkit.cms.sign import SignedAttributes
from trustkit.crypto.digest import DigestAlgorithm, digest

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustkit.clock import Clock
    from trustkit.custody.port import Signer
    from trustkit.identity import Principal
    from trustkit.store.database import Database
    from trustkit.x509.certificate import Certificate


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageService:
    """Signs messages; `stamp` is the time-stamping authority."""

    database: Database
    clock: Clock
    signer: Signer
    certificate: Certificate
    chain: tuple[Certificate, ...]
    stamp: Callable[[bytes, Principal], bytes]

    def make(self, order: MessageOrder, *, actor: Principal) -> bytes:
        """Return the time-stamped message, DER; the intent is in the trail before the key is used. Raise as `make_message`."""
        content, form = order.content, order.dialect.value
        self._tell(EventType.MESSAGE_INTENDED, content, form, actor)
        message = make_message(order, (self._party(actor),))
        self._tell(EventType.MESSAGE_SIGNED, content, form, actor)
        return message

    def protect(self, data: bytes, *, actor: Principal) -> bytes:
        """Return an OFD with the list of its files signed and time-stamped, intent and act in the trail. Raise as `protect`."""
        self._tell(EventType.MESSAGE_INTENDED, data, PROTECTION_FORM, actor)
        made = protect(data, self._party(actor), at=self.clock.now())
        self._tell(EventType.MESSAGE_SIGNED, data, PROTECTION_FORM, actor)
        return made

    def _party(self, actor: Principal) -> SigningParty:
        return SigningParty(
            signer=self.signer,
            certificate=self.certificate,
            chain=self.chain,
            attributes=SignedAttributes(signing_time=self.clock.now()),
            timestamp=lambda value: self.stamp(value, actor),
        )

    def _tell(self, kind: EventType, content: bytes, form: str, actor: Principal) -> None:
        event = AuditEvent(
            type=kind,
            at=self.clock.now(),
            actor=actor,
            object_type="content",
            object_id=f"sm3:{digest(DigestAlgorithm.SM3, content).hex()}",
            facts={"form": form, "signer_serial": f"{self.certificate.serial:x}"},
        )
        with self.database.unit_of_work() as uow:
            trail.record(uow, event)
