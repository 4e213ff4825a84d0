"""Issuing licences, the first version and later ones: the order of acts, and nothing of how a page is drawn or a signature made.

Two transactions with the making of the document between them. After the first the identifier, the status slot and the
intent are durable; after the second the licence exists, in the register and in the trail, with its document. The
document is checked by the public verifier before the second, and leaves this room only after it. A later version takes the place of the
one before it in that second transaction: at no time are there two, or none.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from esign.licence.asking import asked_to_issue
from esign.licence.changes import LicenceChanges, issued_row, rules_of, write
from esign.licence.filing import OF_PROPOSAL, filing_of, row_key
from esign.licence.formats import LicenceDocument, LicenceFormat, format_of
from esign.licence.issued import IssuedLicence
from esign.licence.lifecycle import ActOrder, LicenceAct, require_possible, require_words
from esign.licence.lifecycle_rules import ISSUE
from esign.licence.second_person import finish, own_key, require_agreed
from esign.licence.status_publication import StatusPublisher  # noqa: TC001 - a field type
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType, FactValue
from trustkit.audit.intents import LIVE, Intents
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.errors import ErrorCode, TrustError
from trustkit.licence_codes import LicenceCode
from trustkit.store import licence_holders, licences, status_lists
from trustkit.store.sequences import next_value

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from esign.licence.changes import DoneAct
    from esign.licence.making import LicenceMaker
    from esign.licence.ordering import LicenceOrder
    from esign.licence.proposal_order import ProposedOrder
    from trustkit.clock import Clock
    from trustkit.identity import Principal
    from trustkit.store.database import Database
    from trustkit.store.licences import LicenceFiling
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

INTENTS: Final = Intents(
    event=EventType.LICENCE_ABANDONED,
    object_type="licence",
    register=licences,
    key_of=lambda row: row.identifier,
)
_FIRST: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Next:
    """What a later version takes the place of, and why."""

    before: licences.LicenceRow
    order: ActOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceService:
    """The acts on licences.

    `maker` draws, seals, signs and stamps one document; `self_check` raises unless the public verifier passes it;
    `list_uri` names the n-th status list of this authority; `holder_of` makes the keyed digest a holder is found by of his code;
    `persons` is how many the acts of every type take at least (docs/adr/0051).
    """

    database: Database
    clock: Clock
    maker: LicenceMaker
    publisher: StatusPublisher
    self_check: Callable[[bytes], None]
    list_uri: Callable[[int], str]
    list_capacity: int
    holder_of: Callable[[str], str]
    persons: int = 1

    @property
    def changes(self) -> LicenceChanges:
        """What is done to licences without a new document."""
        return LicenceChanges(
            database=self.database,
            clock=self.clock,
            publisher=self.publisher,
            types=self.maker.types,
            persons=self.persons,
        )

    def issue(
        self,
        kind: str,
        data: bytes,
        *,
        actor: Principal,
        formats: tuple[LicenceFormat, ...] = (LicenceFormat.PDF,),
        seal: str | None = None,
        effective_at: datetime | None = None,
        repeat_key: str | None = None,
        proposal: str | None = None,
    ) -> IssuedLicence:
        """Issue one licence of a type from a JSON object of its fields, its documents in these formats.

        `seal` names the electronic seal of an OFD, None leaves the choice to the registry. `effective_at` puts its beginning off.
        Asked for again under the same `repeat_key`, it is the licence that was issued before. `proposal` is the one that was approved for
        this, or for the file it is a row of (`esign.licence.approvals`).

        Raises:
            TrustError: USAGE for a key that is a proposal's; LICENCE_TYPE, LICENCE_DATA, HOLDER_CODE, GLYPH_MISSING, and SEAL_* for want of an electronic
                seal, before anything is written; REPEATED_OTHERWISE when the key stands for another order, REPEATED_UNDECIDED while
                its licence is being made; as `require_agreed` where it takes two persons; what rendering, signing, stamping and the store raise,
                and LICENCE_SELF_CHECK, after which the intent is marked as abandoned.
        """
        if repeat_key is not None and repeat_key.startswith(OF_PROPOSAL):
            raise TrustError(ErrorCode.USAGE, "the key of a proposal is the proposal's own")
        order = self.maker.orders.order(kind, data, formats, seal)
        now = self.clock.now()
        INTENTS.close_unfinished(
            self.database, before=now - LIVE, now=now, actor=actor
        )  # of whoever could not do it then
        key = repeat_key or (proposal and own_key(proposal))
        filing = filing_of(order, data, self.holder_of, now, effective_at=effective_at, repeat_key=key)
        if key is not None and (before := self._repeated(key, filing.order_sm3)) is not None:
            return before

        def asked() -> ProposedOrder:
            return asked_to_issue(order, data, self.maker.certificate, seal=seal, effective_at=effective_at)

        self._require_agreed(ISSUE, asked, order, proposal, key)
        return self._make(order, self._intend(order, filing, actor), actor, proposal)

    def change(
        self,
        identifier: str,
        data: bytes,
        wanted: ActOrder,
        *,
        actor: Principal,
        formats: tuple[LicenceFormat, ...] = (LicenceFormat.PDF,),
        seal: str | None = None,
        proposal: str | None = None,
    ) -> IssuedLicence:
        """Issue the next version of a licence: the one before is superseded, or was lost, from the time the act takes force.

        Raises:
            TrustError: LICENCE_MISSING, LICENCE_TYPE when its type is not there any more; CHANGE_HOLDER for another holder: that is
                another licence; as `esign.licence.lifecycle.plan` and `issue`; STORE_CONFLICT when two change it at once.
        """
        require_words(wanted)
        now = self.clock.now()
        INTENTS.close_unfinished(self.database, before=now - LIVE, now=now, actor=actor)
        with self.database.reading() as unit:
            before = issued_row(unit, identifier)
            self.publisher.make_ready(unit, identifier, now=now)
        rules = rules_of(self.maker.types, before)
        require_possible(before, wanted.act, rules, now)
        order = self.maker.orders.order_of_code(before.type_code, data, formats, seal)
        key = None if proposal is None else own_key(proposal)
        begins = wanted.effective_at
        filing = filing_of(order, data, self.holder_of, now, effective_at=begins, repeat_key=key, before=before)
        if key is not None and (done := self._repeated(key, filing.order_sm3)) is not None:
            return done
        if before.holder is not None and filing.holder != before.holder:
            raise TrustError(LicenceCode.CHANGE_HOLDER, "a licence stays with its holder; issue another one")

        def asked() -> ProposedOrder:
            return asked_to_issue(order, data, self.maker.certificate, seal=seal, before=before, wanted=wanted)

        self._require_agreed(wanted.act, asked, order, proposal, key)
        row = self._intend(order, filing, actor)
        return self._make(order, row, actor, proposal, _Next(before=before, order=wanted))

    def act(self, identifier: str, order: ActOrder, *, actor: Principal) -> DoneAct:
        """Do to a licence what needs no new document. Raise as `LicenceChanges.act`."""
        return self.changes.act(identifier, order, actor=actor)

    def revoke(self, identifier: str, *, reason: str, actor: Principal) -> DoneAct:
        """Revoke an issued licence and publish the status list that says so, in one transaction. Raise as `act`."""
        return self.act(identifier, ActOrder(act=LicenceAct.REVOKE, reason=reason), actor=actor)

    def _require_agreed(
        self,
        act: str,
        asked: Callable[[], ProposedOrder],
        order: LicenceOrder,
        proposal: str | None,
        repeat_key: str | None,
    ) -> None:
        rules = order.kind.lifecycle.at_least(self.persons)
        if proposal is None and rules.persons_for(act) == 1:
            return

        def is_row(batch: str) -> bool:
            return repeat_key == row_key(order.kind.name, batch, order.data)

        with self.database.reading() as unit:
            now = self.clock.now()
            require_agreed(unit, asked(), rules, proposal, now=now, row=(repeat_key or "", is_row))

    def _make(
        self,
        order: LicenceOrder,
        row: licences.LicenceRow,
        actor: Principal,
        proposal: str | None,
        following: _Next | None = None,
    ) -> IssuedLicence:
        with INTENTS.closed_on_failure(self.database, row.identifier, self.clock, actor):
            made = self.maker.make(order, row, at=row.intent_at)
            for document in made:
                self.self_check(document)
            documents = tuple(
                LicenceDocument(format=each, octets=octets, sm3=digest(DigestAlgorithm.SM3, octets).hex())
                for each, octets in zip(order.formats, made, strict=True)
            )
            return self._complete(row, documents, actor, proposal, following)

    def _repeated(self, repeat_key: str, order_sm3: str | None) -> IssuedLicence | None:
        with self.database.reading() as unit:
            row = licences.find_by_key(unit, repeat_key)
            if row is None:
                return None
            if row.order_sm3 != order_sm3:
                raise TrustError(LicenceCode.REPEATED_OTHERWISE, "type, data or formats are not those of then")
            if row.issued_at is None:
                raise TrustError(LicenceCode.REPEATED_UNDECIDED, "it is being made, or was left half-way a moment ago")
            documents = (document(unit, row.identifier), *_further(unit, row))
        return IssuedLicence(
            identifier=row.identifier,
            type_code=row.type_code,
            issued_at=row.issued_at,
            documents=documents,
            supersedes=row.supersedes,
            repeated=True,
        )

    def _complete(
        self,
        row: licences.LicenceRow,
        documents: tuple[LicenceDocument, ...],
        actor: Principal,
        proposal: str | None,
        following: _Next | None,
    ) -> IssuedLicence:
        first, *further = documents
        with self.database.unit_of_work() as uow:
            now = self.clock.now()
            if following is not None:
                rules = rules_of(self.maker.types, following.before)
                other = row.identifier
                write(
                    uow, following.before, following.order, rules, actor=actor, now=now, other=other, proposal=proposal
                )
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
            if row.supersedes is not None:
                facts["other"] = row.supersedes
            if proposal is not None:
                facts["proposal"] = proposal
                finish(uow, proposal, result=row.identifier, repeat_key=row.repeat_key, now=now)
            trail.record(uow, _event(EventType.LICENCE_ISSUED, now, actor, row.identifier, facts=facts))
            if following is not None:  # whose list says another thing from now on, and those of its credentials
                self.publisher.publish_of(uow, following.before, now=now, actor=actor)
            own_list_told = following is not None and following.before.status_list == row.status_list
            if row.effective_at is not None and row.effective_at > now and not own_list_told:
                self.publisher.publish(uow, row.status_list, now=now, actor=actor)
        return IssuedLicence(
            identifier=row.identifier,
            type_code=row.type_code,
            issued_at=now,
            documents=documents,
            supersedes=row.supersedes,
        )

    def _intend(self, order: LicenceOrder, filing: LicenceFiling, actor: Principal) -> licences.LicenceRow:
        now = self.clock.now()
        with self.database.unit_of_work() as uow:
            serial, version = self._number(uow, order, filing, now)
            row = self._reserve(uow, order, filing, serial, version, now, actor)
            licence_holders.add(uow, row.identifier, filing.fellows)
            facts: dict[str, FactValue] = {
                "licence_type": row.type_code,
                "status_index": row.status_index,
                "status_list": row.status_list,
                "version": row.version,
            }
            trail.record(uow, _event(EventType.LICENCE_INTENDED, now, actor, row.identifier, facts=facts))
        return row

    def _number(self, uow: UnitOfWork, order: LicenceOrder, filing: LicenceFiling, now: datetime) -> tuple[str, int]:
        """Return the serial and version of what is to be issued: of a later version the line's serial, and the next that was never used."""
        if filing.supersedes is not None:
            taken = licences.list_versions(uow, filing.line)
            return filing.line.rpartition(".")[2], max((each.version for each in taken), default=0) + 1
        day = order.local_date(now)
        return f"{day:%Y%m%d}{next_value(uow, f'licence:{order.type_code}:{day:%Y%m%d}'):06d}", _FIRST

    def _reserve(  # noqa: PLR0917 - what a row of the register is made of
        self,
        uow: UnitOfWork,
        order: LicenceOrder,
        filing: LicenceFiling,
        serial: str,
        version: int,
        now: datetime,
        actor: Principal,
    ) -> licences.LicenceRow:
        """Reserve a slot in the newest status list; open and publish the next list when that one is full."""
        identifier = order.identifier(serial, version)
        filed = filing if filing.line else replace(filing, line=identifier.rsplit(".", 2)[0])

        def reserve_in(uri: str) -> licences.LicenceRow:
            return licences.reserve(
                uow,
                identifier=identifier,
                type_code=order.type_code,
                version=version,
                status_list=uri,
                at=now,
                filing=filed,
            )

        number = len(status_lists.list_of_suite(uow, None))
        try:
            return reserve_in(self.list_uri(number))
        except TrustError as error:
            if not error.facts.get("full"):
                raise
        uri = self.list_uri(number + 1)
        status_lists.open_list(uow, uri=uri, at=now, capacity=self.list_capacity)
        self.publisher.publish(uow, uri, now=now, actor=actor)
        return reserve_in(uri)


def document(unit: ReadUnit, identifier: str, wanted: LicenceFormat | None = None) -> LicenceDocument:
    """Return a document of a licence that was issued: the first, or that of a format. Raise LICENCE_MISSING."""
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


def _further(unit: ReadUnit, row: licences.LicenceRow) -> tuple[LicenceDocument, ...]:
    """Return the documents of a licence beside its first."""
    found = ((each, licences.find_document(unit, row.identifier, each.value)) for each in LicenceFormat)
    return tuple(
        LicenceDocument(format=each, octets=octets, sm3=digest(DigestAlgorithm.SM3, octets).hex())
        for each, octets in found
        if octets is not None
    )


def _event(
    kind: EventType,
    at: datetime,
    actor: Principal,
    identifier: str,
    *,
    facts: dict[str, FactValue],
) -> AuditEvent:
    return AuditEvent(type=kind, at=at, actor=actor, object_type="licence", object_id=identifier, facts=facts)
