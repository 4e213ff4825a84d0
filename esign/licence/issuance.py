"""Issuing and revoking licences: the order of acts, and nothing of how a page is drawn or a signature made.

Two transactions with the making of the document between them. After the first the identifier, the status slot and the
intent are durable; after the second the licence exists, in the register and in the trail, with its document. The
document is checked by the public verifier before the second, and leaves this room only after it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from esign.licence.formats import LicenceDocument, LicenceFormat, format_of
from esign.licence.status_publication import StatusPublisher  # noqa: TC001 - a field type
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType, FactValue
from trustkit.audit.intents import LIVE, Intents
from trustkit.clock import format_rfc3339
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import licences, status_lists
from trustkit.store.licences import LicenceState
from trustkit.store.sequences import next_value

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from esign.licence.making import LicenceMaker, LicenceOrder
    from trustkit.clock import Clock
    from trustkit.identity import Principal
    from trustkit.store.database import Database
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

REASONS: Final = ("cancelled", "superseded", "error", "unlawful", "other")
INTENTS: Final = Intents(
    event=EventType.LICENCE_ABANDONED,
    object_type="licence",
    register=licences,
    key_of=lambda row: row.identifier,
)
_VERSION: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedLicence:
    """A licence that is in the register and in the trail, with its documents, one for each format that was asked for."""

    identifier: str
    type_code: str
    issued_at: datetime
    documents: tuple[LicenceDocument, ...]

    @property
    def document(self) -> bytes:
        """The octets of the first document."""
        return self.documents[0].octets

    @property
    def document_sm3(self) -> str:
        """The digest of the first document."""
        return self.documents[0].sm3

    def to_json(self) -> dict[str, object]:
        """Return what a program is told; nothing of the holder."""
        return {
            "identifier": self.identifier,
            "type": self.type_code,
            "issued_at": format_rfc3339(self.issued_at),
            "document_sm3": self.document_sm3,
            "documents": [{"format": each.format.value, "sm3": each.sm3} for each in self.documents],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokedLicence:
    """A licence that was revoked."""

    identifier: str
    reason: str
    revoked_at: datetime

    def to_json(self) -> dict[str, object]:
        """Return what a program is told."""
        return {"identifier": self.identifier, "reason": self.reason, "revoked_at": format_rfc3339(self.revoked_at)}


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceService:
    """The acts on licences.

    `maker` draws, seals, signs and stamps one document; `self_check` raises unless the public verifier passes it;
    `list_uri` names the n-th status list of this authority.
    """

    database: Database
    clock: Clock
    maker: LicenceMaker
    publisher: StatusPublisher
    self_check: Callable[[bytes], None]
    list_uri: Callable[[int], str]
    list_capacity: int

    def issue(
        self,
        kind: str,
        data: bytes,
        *,
        actor: Principal,
        formats: tuple[LicenceFormat, ...] = (LicenceFormat.PDF,),
        seal: str | None = None,
    ) -> IssuedLicence:
        """Issue one licence of a type from a JSON object of its fields, its documents in these formats.

        `seal` names the electronic seal of an OFD, None leaves the choice to the registry.

        Raises:
            TrustError: LICENCE_TYPE, LICENCE_DATA, HOLDER_CODE, GLYPH_MISSING, and SEAL_* for want of an electronic seal, before
                anything is written; what rendering, signing, stamping and the store raise, and LICENCE_SELF_CHECK, after which
                the intent is marked as abandoned.
        """
        order = self.maker.order(kind, data, formats, seal)
        now = self.clock.now()
        INTENTS.close_unfinished(
            self.database, before=now - LIVE, now=now, actor=actor
        )  # of whoever could not do it then
        row = self._intend(order, actor)
        with INTENTS.closed_on_failure(self.database, row.identifier, self.clock, actor):
            made = self.maker.make(order, row, at=row.intent_at)
            for document in made:
                self.self_check(document)
            documents = tuple(
                LicenceDocument(format=each, octets=octets, sm3=digest(DigestAlgorithm.SM3, octets).hex())
                for each, octets in zip(order.formats, made, strict=True)
            )
            return self._complete(row, documents, actor)

    def _complete(
        self, row: licences.LicenceRow, documents: tuple[LicenceDocument, ...], actor: Principal
    ) -> IssuedLicence:
        now = self.clock.now()
        first, *further = documents
        with self.database.unit_of_work() as uow:
            licences.complete(uow, row.identifier, document=first.octets, document_sm3=first.sm3, at=now)
            for each in further:
                licences.add_document(
                    uow, row.identifier, each.format.value, document=each.octets, document_sm3=each.sm3
                )
            facts: dict[str, FactValue] = {
                "document_sm3": first.sm3,
                "format": first.format.value,
                **{f"{each.format.value}_sm3": each.sm3 for each in further},
                "licence_type": row.type_code,
                "signer_serial": f"{self.maker.certificate.serial:x}",
                "version": row.version,
            }
            trail.record(uow, _event(EventType.LICENCE_ISSUED, now, actor, row.identifier, facts=facts))
        return IssuedLicence(
            identifier=row.identifier,
            type_code=row.type_code,
            issued_at=now,
            documents=documents,
        )

    def revoke(self, identifier: str, *, reason: str, actor: Principal) -> RevokedLicence:
        """Revoke an issued licence and publish the status list that says so, in one transaction.

        Raises:
            TrustError: USAGE for an unknown reason; LICENCE_MISSING; LICENCE_STATE when it is not issued or revoked already.
        """
        if reason not in REASONS:
            raise TrustError(ErrorCode.USAGE, f"a reason is one of {', '.join(REASONS)}")
        now = self.clock.now()
        with self.database.unit_of_work() as uow:
            row = licences.find(uow, identifier)
            if row is None:
                raise TrustError(ErrorCode.LICENCE_MISSING, "this authority has issued no such licence")
            if row.state is not LicenceState.ISSUED:
                raise TrustError(ErrorCode.LICENCE_STATE, f"the licence is {row.state.value}", state=row.state.value)
            licences.revoke(uow, identifier, at=now, reason=reason)
            facts: dict[str, FactValue] = {"licence_type": row.type_code, "status_index": row.status_index}
            trail.record(uow, _event(EventType.LICENCE_REVOKED, now, actor, identifier, reason=reason, facts=facts))
            self.publisher.publish(uow, row.status_list, now=now, actor=actor)
        return RevokedLicence(identifier=identifier, reason=reason, revoked_at=now)

    def _intend(self, order: LicenceOrder, actor: Principal) -> licences.LicenceRow:
        now = self.clock.now()
        with self.database.unit_of_work() as uow:
            day = order.local_date(now)
            serial = f"{day:%Y%m%d}{next_value(uow, f'licence:{order.type_code}:{day:%Y%m%d}'):06d}"
            identifier = order.identifier(serial, _VERSION)
            row = self._reserve(uow, identifier, order.type_code, now, actor)
            facts: dict[str, FactValue] = {
                "licence_type": row.type_code,
                "status_index": row.status_index,
                "status_list": row.status_list,
                "version": row.version,
            }
            trail.record(uow, _event(EventType.LICENCE_INTENDED, now, actor, identifier, facts=facts))
        return row

    def _reserve(
        self, uow: UnitOfWork, identifier: str, type_code: str, now: datetime, actor: Principal
    ) -> licences.LicenceRow:
        """Reserve a slot in the newest status list; open and publish the next list when that one is full."""
        number = len(status_lists.list_all(uow))
        try:
            return self._reserve_in(uow, self.list_uri(number), identifier, type_code, now)
        except TrustError as error:
            if not error.facts.get("full"):
                raise
        uri = self.list_uri(number + 1)
        status_lists.open_list(uow, uri=uri, at=now, capacity=self.list_capacity)
        self.publisher.publish(uow, uri, now=now, actor=actor)
        return self._reserve_in(uow, uri, identifier, type_code, now)

    def _reserve_in(
        self, uow: UnitOfWork, uri: str, identifier: str, type_code: str, now: datetime
    ) -> licences.LicenceRow:
        return licences.reserve(
            uow, identifier=identifier, type_code=type_code, version=_VERSION, status_list=uri, at=now
        )


def document(unit: ReadUnit, identifier: str, wanted: LicenceFormat | None = None) -> LicenceDocument:
    """Return a document of an issued or revoked licence: the first, or that of a format. Raise LICENCE_MISSING."""
    try:
        found: bytes | None = licences.get_document(unit, identifier)
    except TrustError as error:
        if error.code is ErrorCode.STORE_ROW_MISSING:
            raise TrustError(ErrorCode.LICENCE_MISSING, "this authority has issued no such licence") from error
        raise
    if wanted is not None and found is not None and format_of(found) is not wanted:
        found = licences.find_document(unit, identifier, wanted.value)
    if found is None:
        raise TrustError(ErrorCode.LICENCE_MISSING, "the licence was not issued in that format")
    return LicenceDocument(format=format_of(found), octets=found, sm3=digest(DigestAlgorithm.SM3, found).hex())


def _event(
    kind: EventType,
    at: datetime,
    actor: Principal,
    identifier: str,
    *,
    reason: str = "",
    facts: dict[str, FactValue] | None = None,
) -> AuditEvent:
    return AuditEvent(
        type=kind, at=at, actor=actor, object_type="licence", object_id=identifier, reason=reason, facts=facts or {}
    )
