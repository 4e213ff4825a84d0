"""The holder lets his licence be used (用证授权): who, which licence, for what, by whom, until when and how often; recorded, and withdrawn.

    row = authorisations.record(identifier, AuthorisationOrder(purpose=…, recipient=…, valid_until=…, …), actor=who)
    authorisations.withdraw(row.number, reason="holder-request", actor=who)

Nothing of it is ever changed: another purpose is another authorisation. What was signed on paper stays with whoever took it down; the
register has its digest.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from esign.copies.model import MAX_TERM, NUMBER_LENGTH, Recipient, purpose_of  # a field type of a public dataclass
from esign.licence.lifecycle import Standing, standing_of
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType, FactValue
from trustkit.clock import format_rfc3339
from trustkit.copy_codes import CopyCode
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import copy_authorisations, licence_holders, licences
from trustkit.store.copy_authorisations import AuthorisationSource, NewAuthorisation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from trustkit.clock import Clock
    from trustkit.identity import Principal
    from trustkit.store.copy_authorisations import AuthorisationRow
    from trustkit.store.database import Database
    from trustkit.store.licences import LicenceRow
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

MAX_COPIES: Final = 100
MOST_FOR_ONE: Final = 20  # authorisations of a licence in force for one recipient
MOST_IN_FORCE: Final = 1_000  # and for all
REASONS: Final = ("holder-request", "error", "misuse", "other")
_NOBODY: Final[Mapping[str, FactValue]] = MappingProxyType({})
_RANDOM: Final = NUMBER_LENGTH * 5 // 8  # octets of a number in base32


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorisationTerms:
    """What a holder lets be done; `evidence` is what shows that he said so, digested and not kept."""

    purpose: str
    recipient: Recipient
    valid_until: datetime
    evidence: bytes = field(repr=False)
    source: AuthorisationSource = AuthorisationSource.STATEMENT
    most_copies: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorisationOrder(AuthorisationTerms):
    """What a holder said, and his code, which is compared and not kept."""

    holder_code: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyAuthorisations:
    """Records and ends authorisations; `holder_of` makes the keyed digest a holder is found by of his code, `entropy` random octets."""

    database: Database
    clock: Clock
    holder_of: Callable[[str], str]
    entropy: Callable[[int], bytes]

    def record(
        self,
        identifier: str,
        order: AuthorisationOrder,
        *,
        actor: Principal,
        signed_in: Mapping[str, FactValue] = _NOBODY,
    ) -> AuthorisationRow:
        """Record that a holder lets his licence be used; `actor` is whoever takes it down, or signed in for the holder as the facts say.

        Raises:
            TrustError: LICENCE_MISSING; LICENCE_STATE unless it is in force; AUTHORISATION_HOLDER unless he who said so holds it;
                AUTHORISATION_TERM; COPY_PURPOSE; AUTHORISATION_MANY when so many are in force already; INPUT_EMPTY without evidence.
        """
        holder = self.holder_of(order.holder_code)
        with self.database.unit_of_work() as uow:
            return self.enter(uow, identifier, order, holder=holder, actor=actor, signed_in=signed_in)

    def enter(
        self,
        uow: UnitOfWork,
        identifier: str,
        terms: AuthorisationTerms,
        *,
        holder: str,
        actor: Principal,
        signed_in: Mapping[str, FactValue] = _NOBODY,
    ) -> AuthorisationRow:
        """Record in a unit of work what a holder, known by the keyed digest of his code, lets be done. Raise as `record`."""
        if not terms.evidence:
            raise TrustError(ErrorCode.INPUT_EMPTY, "what the holder signed is needed")
        now = self.clock.now()
        licence = licence_in_force(uow, identifier, now)
        _require_holder(uow, licence, holder)
        _require_bounds(terms, now)
        _require_few(uow, identifier, terms.recipient, now)
        new = NewAuthorisation(
            number=new_number(self.entropy),
            identifier=identifier,
            holder=holder,
            purpose=purpose_of(terms.purpose),
            recipient=terms.recipient.uscc,
            recipient_name=terms.recipient.name,
            source=terms.source,
            evidence_sm3=digest(DigestAlgorithm.SM3, terms.evidence).hex(),
            valid_until=terms.valid_until,
            most_copies=terms.most_copies,
        )
        row = copy_authorisations.record(uow, new, at=now, actor=actor.id)
        facts: dict[str, FactValue] = {
            "copies": row.most_copies,
            "evidence_sm3": row.evidence_sm3,
            "licence": identifier,
            **told_facts(self.holder_of, row.purpose, row.recipient),
            "source": row.source.value,
            "valid_until": format_rfc3339(row.valid_until),
        }
        trail.record(uow, _event(EventType.COPY_AUTHORISED, row.number, now, actor, facts=facts | {**signed_in}))
        return row

    def withdraw(
        self, number: str, *, reason: str, actor: Principal, signed_in: Mapping[str, FactValue] = _NOBODY
    ) -> AuthorisationRow:
        """End an authorisation: no further copy is made under it, and those that were made stay until they are revoked.

        Raises:
            TrustError: USAGE for a reason there is not; AUTHORISATION_MISSING; AUTHORISATION_ENDED when it is withdrawn already.
        """
        require_reason(reason, REASONS)
        with self.database.unit_of_work() as uow:
            return self.end(uow, number, reason=reason, actor=actor, signed_in=signed_in)

    def end(
        self,
        uow: UnitOfWork,
        number: str,
        *,
        reason: str,
        actor: Principal,
        signed_in: Mapping[str, FactValue] = _NOBODY,
    ) -> AuthorisationRow:
        """Withdraw an authorisation in a unit of work. Raise as `withdraw`."""
        now, row = self.clock.now(), find_authorisation(uow, number)
        if row.withdrawn_at is not None:
            raise TrustError(CopyCode.AUTHORISATION_ENDED, "it is withdrawn already")
        copy_authorisations.withdraw(uow, number, at=now, reason=reason)
        facts: dict[str, FactValue] = {"licence": row.identifier, **signed_in}
        event = _event(EventType.COPY_AUTHORISATION_WITHDRAWN, number, now, actor, reason=reason, facts=facts)
        trail.record(uow, event)
        return copy_authorisations.get(uow, number)


def find_authorisation(unit: ReadUnit, number: str) -> AuthorisationRow:
    """Return an authorisation. Raise AUTHORISATION_MISSING."""
    row = copy_authorisations.find(unit, number)
    if row is None:
        raise TrustError(CopyCode.AUTHORISATION_MISSING, "no authorisation has this number")
    return row


def licence_in_force(unit: ReadUnit, identifier: str, now: datetime) -> LicenceRow:
    """Return a licence that is in force. Raise LICENCE_MISSING, LICENCE_STATE."""
    row = licences.find(unit, identifier)
    if row is None or row.state in licences.NEVER_ISSUED:
        raise TrustError(ErrorCode.LICENCE_MISSING, "this authority has issued no such licence")
    standing = standing_of(row, now)
    if standing is not Standing.EFFECTIVE:
        told = f"the licence is {standing.value}; copies are made of those in force"
        raise TrustError(ErrorCode.LICENCE_STATE, told, state=standing.value)
    return row


def new_number(entropy: Callable[[int], bytes]) -> str:
    """Return a number of an authorisation or a copy: 80 random bits, in base32."""
    return base64.b32encode(entropy(_RANDOM)).decode("ascii")


def told_facts(keyed: Callable[[str], str], purpose: str, recipient: str) -> dict[str, FactValue]:
    """Return what the trail is told of a purpose and a recipient: digests under the home's key, for there are few enough to be guessed."""
    return {"purpose_sm3": keyed(f"purpose {purpose}"), "recipient_sm3": keyed(f"recipient {recipient}")}


def require_reason(reason: str, reasons: tuple[str, ...]) -> None:
    """Raise USAGE for a reason that is none of these."""
    if reason not in reasons:
        raise TrustError(ErrorCode.USAGE, f"--reason is one of {', '.join(reasons)}")


def _require_holder(unit: ReadUnit, licence: LicenceRow, holder: str) -> None:
    """Raise AUTHORISATION_HOLDER unless a licence is held by whom the digest is of, alone or with others."""
    if licence.holder != holder and holder not in licence_holders.list_of_licence(unit, licence.identifier):
        raise TrustError(CopyCode.AUTHORISATION_HOLDER, "the code is not that of the licence's holder")


def _require_bounds(order: AuthorisationTerms, now: datetime) -> None:
    if order.valid_until.tzinfo is None or not now < order.valid_until <= now + MAX_TERM:
        raise TrustError(CopyCode.AUTHORISATION_TERM, "its end", limit=MAX_TERM.days)
    if not 1 <= order.most_copies <= MAX_COPIES:
        raise TrustError(CopyCode.AUTHORISATION_TERM, "the number of copies", limit=MAX_COPIES)


def _require_few(unit: ReadUnit, identifier: str, recipient: Recipient, now: datetime) -> None:
    of_all = copy_authorisations.count_in_force(unit, identifier, at=now)
    of_one = copy_authorisations.count_in_force(unit, identifier, at=now, recipient=recipient.uscc)
    if of_one >= MOST_FOR_ONE or of_all >= MOST_IN_FORCE:
        raise TrustError(
            CopyCode.AUTHORISATION_MANY, f"{of_one} for this recipient, {of_all} in all", limit=MOST_FOR_ONE
        )


def _event(
    kind: EventType, number: str, at: datetime, actor: Principal, *, reason: str = "", facts: dict[str, FactValue]
) -> AuditEvent:
    return AuditEvent(
        type=kind, at=at, actor=actor, object_type="copy-authorisation", object_id=number, reason=reason, facts=facts
    )
