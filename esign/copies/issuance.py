"""Making copies for a purpose (加注件): the order of acts, as issuing licences has it.

    made = service.issue(identifier, CopyOrder(authorisation=…, lifetime=timedelta(days=30)), actor=who)

After the first transaction number, slot, the copy drawn from the authorisation and the intent are durable; then the document is made and
judged by the public verifier; after the second the copy exists, in the register and in the trail, with its documents. A licence or an
authorisation that ended between the two leaves no copy.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from esign.copies.authorisation import find_authorisation, licence_in_force, new_number
from esign.copies.model import MAX_TERM, CopyTerms, Recipient
from esign.licence.formats import LicenceDocument, LicenceFormat
from esign.licence.status_publication import is_due
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType, FactValue
from trustkit.audit.intents import LIVE, Intents
from trustkit.clock import format_rfc3339
from trustkit.copy_codes import CopyCode
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.encoding.canonical_json import canonical_json
from trustkit.errors import TrustError
from trustkit.identity import SYSTEM
from trustkit.licence_codes import LicenceCode
from trustkit.store import copy_authorisations, licence_copies, status_lists
from trustkit.store.licence_copies import SUITE, CopyIntent, CopyState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from esign.copies.making import CopyMaker
    from esign.licence.ordering import LicenceOrder
    from esign.licence.status_publication import StatusPublisher
    from trustkit.clock import Clock
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.identity import Principal
    from trustkit.store.copy_authorisations import AuthorisationRow
    from trustkit.store.database import Database
    from trustkit.store.licence_copies import CopyRow
    from trustkit.store.licences import LicenceRow
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

INTENTS: Final = Intents(
    event=EventType.COPY_ABANDONED, object_type="licence-copy", register=licence_copies, key_of=lambda row: row.number
)
DEFAULT_LIFETIME: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyOrder:
    """A copy that is wanted. Purpose and recipient are the authorisation's; `valid_from` None begins it at once.

    `seal` names the electronic seal of an OFD, `repeat_key` stands for this one copy.
    """

    authorisation: str
    lifetime: timedelta = DEFAULT_LIFETIME
    valid_from: datetime | None = None
    formats: tuple[LicenceFormat, ...] = (LicenceFormat.PDF,)
    seal: str | None = None
    repeat_key: str | None = None

    @property
    def sm3(self) -> str:
        """The digest of what is asked for, by which a repeated order is told from another."""
        said: dict[str, JsonValue] = {
            "authorisation": self.authorisation,
            "formats": [each.value for each in self.formats],
            "seconds": int(self.lifetime.total_seconds()),
            "valid_from": None if self.valid_from is None else format_rfc3339(self.valid_from),
        }
        return digest(DigestAlgorithm.SM3, canonical_json(said)).hex()


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedCopy:
    """A copy that is in the register and in the trail, with its documents; `repeated` that it was made before, under the same key."""

    row: CopyRow
    authorisation: AuthorisationRow
    documents: tuple[LicenceDocument, ...]
    repeated: bool = False

    def to_json(self) -> dict[str, object]:
        """Return what a program is told; nothing of the holder."""
        return {
            "number": self.row.number,
            "identifier": self.row.identifier,
            "authorisation": self.row.authorisation,
            "purpose": self.authorisation.purpose,
            "recipient": {"uscc": self.authorisation.recipient, "name": self.authorisation.recipient_name},
            "valid_from": format_rfc3339(self.row.valid_from),
            "valid_until": format_rfc3339(self.row.valid_until),
            "documents": [{"format": each.format.value, "sm3": each.sm3} for each in self.documents],
            **({"repeated": True} if self.repeated else {}),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyService:
    """Makes copies.

    `record` gives what the sealed document of a licence says, `list_uri` the n-th status list of copies, which `publisher` signs;
    `self_check` raises unless the public verifier passes what was made.
    """

    database: Database
    clock: Clock
    maker: CopyMaker
    publisher: StatusPublisher
    record: Callable[[LicenceRow], Mapping[str, JsonValue]]
    self_check: Callable[[bytes], None]
    list_uri: Callable[[int], str]
    list_capacity: int
    entropy: Callable[[int], bytes]

    def issue(self, identifier: str, order: CopyOrder, *, actor: Principal) -> IssuedCopy:
        """Make a copy of a licence in force, under an authorisation of its holder. Asked for again under its key, it is the one of before, while it stands.

        Raises:
            TrustError: LICENCE_MISSING, LICENCE_STATE; AUTHORISATION_MISSING, AUTHORISATION_OTHER, AUTHORISATION_ENDED; COPY_TERM;
                REPEATED_OTHERWISE when the key stands for another order, REPEATED_UNDECIDED while its copy is being made, COPY_ENDED when
                that was revoked or its time is over; SEAL_* for
                want of an electronic seal; what rendering, signing, stamping and the store raise, and LICENCE_SELF_CHECK, after
                which the intent is marked as abandoned.
        """
        now = self.clock.now()
        INTENTS.close_unfinished(
            self.database, before=now - LIVE, now=now, actor=SYSTEM
        )  # whoever asks had no part in them
        if (before := self._repeated(identifier, order)) is not None:
            return before
        with self.database.reading() as unit:
            licence = licence_in_force(unit, identifier, now)
            allowed = require_allowed(unit, identifier, order.authorisation, now)
        row_terms = _term(order, licence, allowed, now)
        record = self.record(licence)
        made = self.maker.order(licence, record, tuple(dict.fromkeys(order.formats)), order.seal)
        row = self._intend(licence, order, row_terms, actor)
        terms = terms_of(row, allowed, str(licence.document_sm3))
        with INTENTS.closed_on_failure(self.database, row.number, self.clock, actor):
            octets = self.maker.make(made, licence, record, row, terms)
            for each in octets:
                self.self_check(each)
            return self._complete(row, allowed, _documents(made, octets), actor)

    def _repeated(self, identifier: str, order: CopyOrder) -> IssuedCopy | None:
        if order.repeat_key is None:
            return None
        with self.database.reading() as unit:
            row = licence_copies.find_by_key(unit, order.repeat_key)
            if row is None:
                return None
            if row.identifier != identifier or row.order_sm3 != order.sm3:
                raise TrustError(
                    LicenceCode.REPEATED_OTHERWISE, "licence, authorisation, time or formats are not those of then"
                )
            if row.state is CopyState.INTENT:
                raise TrustError(LicenceCode.REPEATED_UNDECIDED, "it is being made, or was left half-way a moment ago")
            _require_good(unit, row, self.clock.now())
            return issued_copy(unit, row, repeated=True)

    def _intend(
        self, licence: LicenceRow, order: CopyOrder, term: tuple[datetime, datetime], actor: Principal
    ) -> CopyRow:
        with self.database.unit_of_work() as uow:
            now = self.clock.now()
            require_allowed(uow, licence.identifier, order.authorisation, now)
            copy_authorisations.draw(uow, order.authorisation, at=now)
            row = self._reserve(uow, licence, order, term, now)
            trail.record(uow, event_of(EventType.COPY_INTENDED, row, now, actor, facts=_facts(row)))
        return row

    def _reserve(
        self, uow: UnitOfWork, licence: LicenceRow, order: CopyOrder, term: tuple[datetime, datetime], now: datetime
    ) -> CopyRow:
        """Reserve a slot in the newest status list of copies; open the next, or the first, where that is full."""

        def reserve_in(uri: str) -> CopyRow:
            intent = CopyIntent(
                number=new_number(self.entropy),
                identifier=licence.identifier,
                authorisation=order.authorisation,
                status_list=uri,
                valid_from=term[0],
                valid_until=term[1],
                repeat_key=order.repeat_key,
                order_sm3=None if order.repeat_key is None else order.sm3,
            )
            return licence_copies.reserve(uow, intent, at=now)

        number = len(status_lists.list_of_suite(uow, SUITE))
        if number:
            uri = self.list_uri(number)
            try:
                row = reserve_in(uri)
            except TrustError as error:
                if not error.facts.get("full"):
                    raise
            else:
                if is_due(uow, uri, now):  # what is made next is judged by this list
                    self.publisher.publish(uow, uri, now=now, actor=SYSTEM)
                return row
        uri = self.list_uri(number + 1)
        status_lists.open_list(uow, uri=uri, at=now, capacity=self.list_capacity, suite=SUITE)
        self.publisher.publish(uow, uri, now=now, actor=SYSTEM)
        return reserve_in(uri)

    def _complete(
        self, row: CopyRow, allowed: AuthorisationRow, documents: tuple[LicenceDocument, ...], actor: Principal
    ) -> IssuedCopy:
        with self.database.unit_of_work() as uow:
            now = self.clock.now()
            licence_in_force(uow, row.identifier, now)
            _require_standing(find_authorisation(uow, row.authorisation), now)
            copy_authorisations.hold(uow, row.authorisation, at=now)  # nobody ends it before this unit commits
            licence_copies.complete(uow, row.number, at=now)
            for each in documents:
                licence_copies.add_document(
                    uow, row.number, each.format.value, document=each.octets, document_sm3=each.sm3
                )
            facts: dict[str, FactValue] = {
                **_facts(row),
                **{f"{each.format.value}_sm3": each.sm3 for each in documents},
                "valid_from": format_rfc3339(row.valid_from),
                "valid_until": format_rfc3339(row.valid_until),
            }
            trail.record(uow, event_of(EventType.COPY_ISSUED, row, now, actor, facts=facts))
            return IssuedCopy(row=licence_copies.get(uow, row.number), authorisation=allowed, documents=documents)


def require_allowed(unit: ReadUnit, identifier: str, number: str, now: datetime) -> AuthorisationRow:
    """Return the authorisation of a licence that allows one more copy now.

    Raises:
        TrustError: AUTHORISATION_MISSING, AUTHORISATION_OTHER, AUTHORISATION_ENDED.
    """
    row = find_authorisation(unit, number)
    if row.identifier != identifier:
        raise TrustError(CopyCode.AUTHORISATION_OTHER, "it is of another licence")
    _require_standing(row, now)
    if row.copies >= row.most_copies:
        raise TrustError(CopyCode.AUTHORISATION_ENDED, "all copies it allows were made", state="used-up")
    return row


def _require_standing(row: AuthorisationRow, now: datetime) -> None:
    if row.withdrawn_at is not None or now >= row.valid_until:
        why = "over" if row.withdrawn_at is None else "withdrawn"
        raise TrustError(CopyCode.AUTHORISATION_ENDED, f"it is {why}", state=why)


def _require_good(unit: ReadUnit, row: CopyRow, now: datetime) -> None:
    """Return when a copy that was made may be given out again: it, its licence and its authorisation stand."""
    if row.state is not CopyState.ISSUED or now >= row.valid_until:
        why = "revoked" if row.state is CopyState.REVOKED else "over"
        raise TrustError(CopyCode.COPY_ENDED, f"the copy made under this key is {why}", state=why)
    licence_in_force(unit, row.identifier, now)
    _require_standing(find_authorisation(unit, row.authorisation), now)


def issued_copy(unit: ReadUnit, row: CopyRow, *, repeated: bool = False) -> IssuedCopy:
    """Return a copy that was made, with its documents."""
    documents = tuple(
        LicenceDocument(format=LicenceFormat(kind), octets=octets, sm3=sm3)
        for kind, octets, sm3 in licence_copies.list_documents(unit, row.number)
    )
    allowed = copy_authorisations.get(unit, row.authorisation)
    return IssuedCopy(row=row, authorisation=allowed, documents=documents, repeated=repeated)


def terms_of(row: CopyRow, allowed: AuthorisationRow, licence_sm3: str) -> CopyTerms:
    """Return what a copy says of itself."""
    return CopyTerms(
        number=row.number,
        purpose=allowed.purpose,
        recipient=Recipient(uscc=allowed.recipient, name=allowed.recipient_name),
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        authorisation=allowed.number,
        licence_sm3=licence_sm3,
    )


def event_of(
    kind: EventType, row: CopyRow, at: datetime, actor: Principal, *, reason: str = "", facts: dict[str, FactValue]
) -> AuditEvent:
    """Return what the trail is told of a copy."""
    return AuditEvent(
        type=kind, at=at, actor=actor, object_type="licence-copy", object_id=row.number, reason=reason, facts=facts
    )


def _term(order: CopyOrder, licence: LicenceRow, allowed: AuthorisationRow, now: datetime) -> tuple[datetime, datetime]:
    """Return from when and before when a copy is good: no longer than its licence and its authorisation. Raise COPY_TERM."""
    begins = (order.valid_from or now).replace(microsecond=0)
    limits = (allowed.valid_until, licence.expires_at, now + MAX_TERM)
    if not timedelta(0) < order.lifetime <= MAX_TERM:
        raise TrustError(CopyCode.COPY_TERM, f"up to {MAX_TERM.days} days", limit=MAX_TERM.days)
    ends = min(each for each in (begins + order.lifetime, *limits) if each is not None).replace(microsecond=0)
    if (order.valid_from is not None and begins < now.replace(microsecond=0)) or not begins < ends or ends <= now:
        raise TrustError(
            CopyCode.COPY_TERM, "it would begin before now, or after the licence or the authorisation ends"
        )
    return begins, ends


def _facts(row: CopyRow) -> dict[str, FactValue]:
    return {
        "authorisation": row.authorisation,
        "licence": row.identifier,
        "status_index": row.status_index,
        "status_list": row.status_list,
    }


def _documents(order: LicenceOrder, octets: tuple[bytes, ...]) -> tuple[LicenceDocument, ...]:
    return tuple(
        LicenceDocument(format=each, octets=made, sm3=digest(DigestAlgorithm.SM3, made).hex())
        for each, made in zip(order.formats, octets, strict=True)
    )
