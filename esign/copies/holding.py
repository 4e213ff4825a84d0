"""The holder himself, signed in: his licences, what he lets be used, what he is asked; he says yes, says no, takes it back (用证授权).

    desk.authorise(stands, identifier, HolderOrder(purpose=…, recipient=…, days=30))
    desk.approve(stands, handle, identifier)               # or desk.refuse(stands, handle)
    desk.withdraw(stands, number)

`stands` says who he is and how he signed in, and is asked within the unit of work of each act: a session, a person or a grant that ended
meanwhile ends the act with it, and the trail has act and evidence of the sign-in or neither.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Protocol

from esign.copies.asking import ask_event, handle_digest
from esign.copies.authorisation import AuthorisationTerms, find_authorisation
from esign.copies.model import MAX_TERM, Recipient
from esign.licence.lifecycle import Standing, standing_of
from trustkit.audit import trail
from trustkit.audit.events import EventType, FactValue
from trustkit.copy_codes import CopyCode
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import Principal
from trustkit.store import authorisation_requests as asked_rows
from trustkit.store import copy_authorisations, licence_copies, licence_holders, licences
from trustkit.store.authorisation_requests import AskState
from trustkit.store.copy_authorisations import AuthorisationSource
from trustkit.store.licence_search import LicenceSearch, search

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from esign.copies.authorisation import CopyAuthorisations
    from trustkit.clock import Clock
    from trustkit.store.authorisation_requests import AskRow
    from trustkit.store.copy_authorisations import AuthorisationRow
    from trustkit.store.database import Database
    from trustkit.store.licence_copies import CopyRow
    from trustkit.store.licences import LicenceRow
    from trustkit.store.unit_of_work import ReadUnit

MOST_SHOWN: Final = 100
_REASON: Final = "holder-request"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedHolder:
    """A natural person who signed in: the keyed digests his licences are found by, what shows the sign-in, and what the trail is told of it."""

    person: str
    holders: tuple[str, ...] = field(repr=False)
    evidence: bytes = field(repr=False)
    facts: Mapping[str, FactValue]

    @property
    def principal(self) -> Principal:
        """In whose name he acts: his own."""
        return Principal(id=self.person)


class Stands(Protocol):
    """Who is signed in still, as the store has it now."""

    def __call__(self, unit: ReadUnit, /) -> SignedHolder:
        """Return him. Raise what sends him to sign in, or HOLDER_UNKNOWN, HOLDER_ORGANISATION."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderOrder:
    """What a holder lets an organisation do by himself, for so many days from now."""

    purpose: str
    recipient: Recipient
    days: int
    copies: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldLicence:
    """One of his licences, as it stands."""

    licence: LicenceRow
    standing: Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenAuthorisation:
    """One of his authorisations, the licence it is of, and the copies that were made under it."""

    authorisation: AuthorisationRow
    licence: LicenceRow
    copies: tuple[CopyRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderDesk:
    """What a signed-in holder sees and does. It opens no key but that of the index of holders."""

    database: Database
    clock: Clock
    authorisations: CopyAuthorisations

    def licences(self, stands: Stands) -> tuple[HeldLicence, ...]:
        """Return the licences of whoever is signed in, those in force first, at most `MOST_SHOWN`."""
        with self.database.reading() as unit:
            return self._held(unit, stands(unit))

    def given(self, stands: Stands) -> tuple[GivenAuthorisation, ...]:
        """Return what he let be used, the newest first, at most `MOST_SHOWN`, with what was made of it."""
        with self.database.reading() as unit:
            who = stands(unit)
            found = [
                each
                for holder in who.holders
                for each in copy_authorisations.list_of_holder(unit, holder, limit=MOST_SHOWN)
            ]
            found.sort(key=lambda each: each.recorded_at, reverse=True)
            return tuple(
                GivenAuthorisation(
                    authorisation=each,
                    licence=licences.get(unit, each.identifier),
                    copies=tuple(
                        copy
                        for copy in licence_copies.list_of_authorisation(unit, each.number)
                        if copy.state not in licence_copies.NEVER_ISSUED
                    ),
                )
                for each in found[:MOST_SHOWN]
            )

    def asked(self, stands: Stands, handle: str) -> tuple[AskRow, tuple[HeldLicence, ...]]:
        """Return a request he was given the link of, and his licences in force that could answer it.

        Raises:
            TrustError: REQUEST_MISSING; REQUEST_HOLDER when it names another; REQUEST_ENDED.
        """
        with self.database.reading() as unit:
            who = stands(unit)
            row = self._open_request(unit, who, handle)
            fit = tuple(
                each
                for each in self._held(unit, who)
                if each.licence.type_code == row.type_code and each.standing is Standing.EFFECTIVE
            )
        return row, fit

    def authorise(self, stands: Stands, identifier: str, order: HolderOrder) -> AuthorisationRow:
        """Let an organisation use one of his licences. Raise as `CopyAuthorisations.record`; LICENCE_MISSING for another's licence."""
        with self.database.unit_of_work() as uow:
            who = stands(uow)
            holder = _holder_of(uow, who, identifier)
            terms = self._terms(who, order.purpose, order.recipient, order.days, order.copies)
            return self.authorisations.enter(
                uow, identifier, terms, holder=holder, actor=who.principal, signed_in=who.facts
            )

    def approve(self, stands: Stands, handle: str, identifier: str) -> AuthorisationRow:
        """Say yes to a request with one of his licences: the authorisation is what was asked for, neither more nor less.

        Raises:
            TrustError: as `asked` and `authorise`; REQUEST_LICENCE for a licence of another type; REQUEST_ENDED when it was answered meanwhile.
        """
        with self.database.unit_of_work() as uow:
            who, now = stands(uow), self.clock.now()
            row = self._open_request(uow, who, handle)
            holder = _holder_of(uow, who, identifier)
            if licences.get(uow, identifier).type_code != row.type_code:
                raise TrustError(CopyCode.REQUEST_LICENCE, "a licence of another type")
            recipient = Recipient(uscc=row.recipient, name=row.recipient_name)
            terms = self._terms(who, row.purpose, recipient, row.days, row.most_copies)
            facts = {**who.facts, "request": row.number}
            made = self.authorisations.enter(
                uow, identifier, terms, holder=holder, actor=who.principal, signed_in=facts
            )
            asked_rows.answer(uow, row.number, AskState.APPROVED, at=now, authorisation=made.number)
            told: dict[str, FactValue] = {"authorisation": made.number, **who.facts}
            trail.record(uow, ask_event(EventType.COPY_REQUEST_APPROVED, row.number, now, who.principal, told))
        return made

    def refuse(self, stands: Stands, handle: str) -> AskRow:
        """Say no to a request. Raise as `asked`."""
        with self.database.unit_of_work() as uow:
            who, now = stands(uow), self.clock.now()
            row = self._open_request(uow, who, handle)
            asked_rows.answer(uow, row.number, AskState.REFUSED, at=now)
            event = ask_event(EventType.COPY_REQUEST_REFUSED, row.number, now, who.principal, {**who.facts})
            trail.record(uow, event)
        return row

    def withdraw(self, stands: Stands, number: str) -> AuthorisationRow:
        """Take an authorisation of his back: no further copy under it, and none that was made is handed out again.

        Raises:
            TrustError: AUTHORISATION_MISSING, for another's too; AUTHORISATION_ENDED when it is withdrawn already.
        """
        with self.database.unit_of_work() as uow:
            who = stands(uow)
            if find_authorisation(uow, number).holder not in who.holders:
                raise TrustError(CopyCode.AUTHORISATION_MISSING, "no authorisation of this number is yours")
            return self.authorisations.end(uow, number, reason=_REASON, actor=who.principal, signed_in=who.facts)

    def _held(self, unit: ReadUnit, who: SignedHolder) -> tuple[HeldLicence, ...]:
        now = self.clock.now()
        found = {  # those in force first: who has very many misses others
            row.identifier: HeldLicence(licence=row, standing=standing_of(row, now))
            for holder in who.holders
            for state in (licences.LicenceState.ISSUED, None)
            for row in search(unit, LicenceSearch(holder=holder, state=state, limit=MOST_SHOWN))
            if row.state not in licences.NEVER_ISSUED
        }
        ordered = sorted(found.values(), key=lambda each: each.standing is not Standing.EFFECTIVE)
        return tuple(ordered[:MOST_SHOWN])

    def _open_request(self, unit: ReadUnit, who: SignedHolder, handle: str) -> AskRow:
        row = asked_rows.find_by_handle(unit, handle_digest(handle))
        if row is None:
            raise TrustError(CopyCode.REQUEST_MISSING, "no request has this handle")
        if row.holder is not None and row.holder not in who.holders:
            raise TrustError(CopyCode.REQUEST_HOLDER, "it names another holder")
        state = row.state_at(self.clock.now())
        if state is not AskState.WAITING:
            raise TrustError(CopyCode.REQUEST_ENDED, f"it is {state.value}", state=state.value)
        return row

    def _terms(
        self, who: SignedHolder, purpose: str, recipient: Recipient, days: int, copies: int
    ) -> AuthorisationTerms:
        if not 1 <= days <= MAX_TERM.days:
            raise TrustError(CopyCode.AUTHORISATION_TERM, "its end", limit=MAX_TERM.days)
        return AuthorisationTerms(
            purpose=purpose,
            recipient=recipient,
            valid_until=_end(self.clock.now(), days),
            evidence=who.evidence,
            source=AuthorisationSource.SIGN_IN,
            most_copies=copies,
        )


def _end(now: datetime, days: int) -> datetime:
    return (now + timedelta(days=days)).replace(microsecond=0)


def _holder_of(unit: ReadUnit, who: SignedHolder, identifier: str) -> str:
    """Return which of a person's digests holds a licence; of another's licence nobody learns that it is there. Raise LICENCE_MISSING."""
    row = licences.find(unit, identifier)
    if row is not None and row.state not in licences.NEVER_ISSUED:
        theirs = {row.holder, *licence_holders.list_of_licence(unit, identifier)}
        for holder in who.holders:
            if holder in theirs:
                return holder
    raise TrustError(ErrorCode.LICENCE_MISSING, "no licence of this identifier is yours")
