"""Proposals: one person says what is to be done, whole; another approves or refuses it, or who made it withdraws it.

    row = proposals.issue("real-estate-certificate", data, actor=maker)
    proposals.refuse(row.number, reason="…", actor=checker)

No key is opened here. What is approved is carried out by `esign.licence.approvals`. Who acts must be somebody who signed in: where nobody
does, two names at a terminal would be one person's (docs/adr/0051).
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from esign.licence.asking import asked_to_act, asked_to_issue
from esign.licence.changes import issued_row, rules_for, rules_of
from esign.licence.formats import LicenceFormat
from esign.licence.lifecycle import ActOrder, LicenceAct, plan, require_possible, require_words
from esign.licence.lifecycle_rules import ISSUE
from esign.licence.metadata import issue_date
from esign.licence.second_person import kept_order, require_open
from esign.licence.term import term_of
from esign.licence.types import load_licence_type
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType, FactValue
from trustkit.clock import format_rfc3339
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import fresh_identifier
from trustkit.licence_codes import LicenceCode
from trustkit.store import licence_changes, licence_proposals
from trustkit.store.licence_proposals import OPEN, ProposalRow, ProposalState
from trustkit.store.licences import REASON_LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from esign.licence.ordering import LicenceOrders
    from esign.licence.proposal_order import ProposedOrder
    from trustkit.clock import Clock
    from trustkit.identity import Principal
    from trustkit.store.database import Database
    from trustkit.store.unit_of_work import UnitOfWork
    from trustkit.x509.certificate import Certificate

LIFETIME: Final = timedelta(
    days=7
)  # from proposal to the end of what was approved: what waits longer is asked for anew
SALT: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceProposals:
    """The proposals of one home.

    `orders` checks what is to be issued, `certificate` is the one it would be signed with; `persons` is how many the acts of every type
    take at least; `told_apart` that whoever acts here has signed in.
    """

    database: Database
    clock: Clock
    orders: LicenceOrders
    certificate: Certificate
    persons: int
    told_apart: bool
    random: Callable[[int], bytes] = secrets.token_bytes

    def takes_two_to_issue(self, kind: str) -> bool:
        """Tell whether it takes two persons to issue a licence of a type. Raise LICENCE_TYPE, LICENCE_POLICY."""
        rules = load_licence_type(self.orders.types / kind).lifecycle
        return rules.at_least(self.persons).persons_for(ISSUE) > 1

    def takes_two(self, identifier: str, act: LicenceAct) -> bool:
        """Tell whether an act on a licence takes two persons. Raise LICENCE_MISSING, LICENCE_STATE, LICENCE_POLICY."""
        with self.database.reading() as unit:
            rules = rules_for(unit, self.orders.types, issued_row(unit, identifier), act)
        return rules.at_least(self.persons).persons_for(act) > 1

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
    ) -> ProposalRow:
        """Propose that a licence be issued. Asked for again under the same `repeat_key`, it is the proposal of then.

        Raises:
            TrustError: as `LicenceOrders.order`; LICENCE_DATA when its last day is over; REPEATED_OTHERWISE; PROPOSAL_PERSONS.
        """
        self._require_told_apart()
        order = self.orders.order(kind, data, formats, seal)
        term_of(order.data, today=issue_date(self.clock.now()), effective_at=effective_at)
        asked = asked_to_issue(order, data, self.certificate, seal=seal, effective_at=effective_at)
        return self.propose(asked, actor=actor, repeat_key=repeat_key)

    def change(
        self,
        identifier: str,
        data: bytes,
        wanted: ActOrder,
        *,
        actor: Principal,
        formats: tuple[LicenceFormat, ...] = (LicenceFormat.PDF,),
        seal: str | None = None,
    ) -> ProposalRow:
        """Propose that the next version of a licence be issued. Raise as `issue`, and as `esign.licence.lifecycle.require_possible`."""
        self._require_told_apart()
        require_words(wanted)
        with self.database.reading() as unit:
            before = issued_row(unit, identifier)
        order = self.orders.order_of_code(before.type_code, data, formats, seal)
        require_possible(before, wanted.act, order.kind.lifecycle, self.clock.now())
        asked = asked_to_issue(order, data, self.certificate, seal=seal, before=before, wanted=wanted)
        return self.propose(asked, actor=actor)

    def act(self, identifier: str, wanted: ActOrder, *, actor: Principal) -> ProposalRow:
        """Propose an act that needs no new document. Raise as `esign.licence.lifecycle.plan`, and PROPOSAL_PERSONS."""
        self._require_told_apart()
        with self.database.reading() as unit:
            row = issued_row(unit, identifier)
            done = licence_changes.list_changes(unit, identifier)
        rules = rules_of(self.orders.types, row)
        plan(row, wanted, rules, last=done[-1] if done else None, actor=actor.id, now=self.clock.now())
        return self.propose(asked_to_act(row, wanted), actor=actor)

    def propose(
        self, asked: ProposedOrder, *, actor: Principal, repeat_key: str | None = None, keys: Sequence[str] = ()
    ) -> ProposalRow:
        """Keep an order that was looked at; `keys` are those of a file's rows.

        Raises:
            TrustError: PROPOSAL_PERSONS; REPEATED_OTHERWISE; INPUT_TOO_LARGE; PROPOSAL_STATE for a file of which nothing is left to issue.
        """
        self._require_told_apart()
        self.close_expired(actor=actor)
        if repeat_key is not None and (before := self._repeated(repeat_key, asked)) is not None:
            return before
        if keys:
            with self.database.reading() as unit:
                issued = licence_proposals.count_issued(unit, keys)
            if issued == len(keys):
                told = "every licence of the file is issued already"
                raise TrustError(LicenceCode.PROPOSAL_STATE, told, found=ProposalState.DONE.value)
        now, salt = self.clock.now(), self.random(SALT)
        row = ProposalRow(
            number=fresh_identifier("lp"),
            act=asked.act,
            state=ProposalState.PROPOSED,
            type_code=asked.type_code,
            identifier=asked.identifier or None,
            order_sm3=asked.digest(salt),
            wanted=asked.octets,
            salt=salt,
            licences=asked.rows or 1,
            maker=actor.id,
            proposed_at=now,
            expires_at=now + LIFETIME,
            repeat_key=repeat_key,
        )
        with self.database.unit_of_work() as uow:
            licence_proposals.add(uow, row, keys)
            tell(uow, EventType.LICENCE_PROPOSED, row, now, actor)
        return row

    def look(self, number: str) -> tuple[ProposalRow, ProposedOrder | None]:
        """Return a proposal and, while something can come of it, its order. Raise PROPOSAL_MISSING, PROPOSAL_OTHERWISE."""
        with self.database.reading() as unit:
            row = licence_proposals.get(unit, number)
            return row, kept_order(unit, row) if row.state in OPEN else None

    def approve_within(
        self, uow: UnitOfWork, number: str, *, actor: Principal, seen: str | None = None
    ) -> ProposedOrder:
        """Approve what another proposed, within a unit, and return its order. `seen` is the digest of what was shown to who approves.

        Raises:
            TrustError: PROPOSAL_MISSING, PROPOSAL_STATE, PROPOSAL_EXPIRED, PROPOSAL_SAME_PERSON, PROPOSAL_OTHERWISE, PROPOSAL_PERSONS.
        """
        now = self.clock.now()
        row = self._deciding(uow, number, actor, now)
        order = kept_order(uow, row)
        require_seen(row, seen)
        licence_proposals.decide(uow, number, ProposalState.APPROVED, by=actor.id, at=now)
        tell(uow, EventType.LICENCE_PROPOSAL_APPROVED, row, now, actor)
        return order

    def approve_file(self, number: str, asked: ProposedOrder, *, actor: Principal, seen: str | None) -> None:
        """Approve the file of licences that another proposed, once it is seen to be that; approved before, it may be gone on with.

        Rows that were issued before are not waited for.

        Raises:
            TrustError: as `approve_within`; PROPOSAL_OTHERWISE and PROPOSAL_OVERTAKEN when `asked` is not what was proposed.
        """
        self.close_expired(actor=actor)
        with self.database.unit_of_work() as uow:
            row = licence_proposals.get(uow, number)
            require_other(row, actor)
            if row.state is ProposalState.DONE:  # its licences are found by their keys, and no further one is issued
                return
            require_open(row, *OPEN, now=self.clock.now())
            asked.require_same(kept_order(uow, row))
            if row.state is ProposalState.PROPOSED:
                self.approve_within(uow, number, actor=actor, seen=seen)
            licence_proposals.note_issued(uow, number, at=self.clock.now())

    def refuse(self, number: str, *, reason: str, actor: Principal) -> ProposalRow:
        """Refuse what another proposed. Raise as `approve_within`; USAGE for no reason, or one too long."""
        _require_reason(reason)
        with self.database.unit_of_work() as uow:
            now = self.clock.now()
            row = self._deciding(uow, number, actor, now)
            licence_proposals.refuse(uow, number, by=actor.id, at=now, reason=reason)
            tell(uow, EventType.LICENCE_PROPOSAL_REFUSED, row, now, actor)
            return licence_proposals.get(uow, number)

    def withdraw(self, number: str, *, actor: Principal) -> ProposalRow:
        """Withdraw what one proposed oneself, before it is carried out. Raise PROPOSAL_NOT_MAKER, and as `approve_within`."""
        self._require_told_apart()
        with self.database.unit_of_work() as uow:
            now = self.clock.now()
            row = licence_proposals.get(uow, number)
            if row.maker != actor.id:
                raise TrustError(LicenceCode.PROPOSAL_NOT_MAKER, "another made it")
            require_open(row, *OPEN, now=now)
            licence_proposals.close(uow, number, ProposalState.WITHDRAWN, at=now)
            tell(uow, EventType.LICENCE_PROPOSAL_WITHDRAWN, row, now, actor)
            return licence_proposals.get(uow, number)

    def close_expired(self, *, actor: Principal) -> tuple[str, ...]:
        """Close proposals whose time is over, and forget what they asked for; return their numbers. Raise what the store raises."""
        return close_expired(self.database, now=self.clock.now(), actor=actor)

    def _deciding(self, uow: UnitOfWork, number: str, actor: Principal, now: datetime) -> ProposalRow:
        self._require_told_apart()
        row = licence_proposals.get(uow, number)
        require_other(row, actor)
        require_open(row, ProposalState.PROPOSED, now=now)
        return row

    def _repeated(self, repeat_key: str, asked: ProposedOrder) -> ProposalRow | None:
        with self.database.reading() as unit:
            row = licence_proposals.find_by_key(unit, repeat_key)
        if row is not None and (row.salt is None or asked.digest(row.salt) != row.order_sm3):
            raise TrustError(LicenceCode.REPEATED_OTHERWISE, "something else was proposed under the key")
        return row

    def _require_told_apart(self) -> None:
        if not self.told_apart:
            raise TrustError(LicenceCode.PROPOSAL_PERSONS, "officials do not sign in")


def require_other(row: ProposalRow, actor: Principal) -> None:
    """Raise PROPOSAL_SAME_PERSON when who decides on a proposal is who made it."""
    if row.maker == actor.id:
        raise TrustError(LicenceCode.PROPOSAL_SAME_PERSON, "the checker made it")


def require_seen(row: ProposalRow, seen: str | None) -> None:
    """Raise PROPOSAL_OTHERWISE when what was shown to who approves is not what was proposed."""
    if seen is not None and seen != row.order_sm3:
        raise TrustError(LicenceCode.PROPOSAL_OTHERWISE, "not the digest of what was looked at", what="digest")


def close_expired(database: Database, *, now: datetime, actor: Principal) -> tuple[str, ...]:
    """Close proposals whose time is over, and forget what they asked for; return their numbers. Raise what the store raises."""
    with database.reading() as unit:
        numbers = licence_proposals.list_expired(unit, before=now)
    return tuple(number for number in numbers if _expired(database, number, now, actor))


def _expired(database: Database, number: str, now: datetime, actor: Principal) -> bool:
    try:
        with database.unit_of_work() as uow:
            row = licence_proposals.get(uow, number)
            licence_proposals.close(uow, number, ProposalState.EXPIRED, at=now)
            tell(uow, EventType.LICENCE_PROPOSAL_EXPIRED, row, now, actor)
    except TrustError as error:
        if error.code is LicenceCode.PROPOSAL_STATE:  # somebody else closed it
            return False
        raise
    return True


def tell(uow: UnitOfWork, kind: EventType, row: ProposalRow, now: datetime, actor: Principal) -> None:
    """Record what became of a proposal; nothing of what it asks for but its digest."""
    facts: dict[str, FactValue] = {
        "act": row.act,
        "expires_at": format_rfc3339(row.expires_at),
        "licence_type": row.type_code,
        "licences": row.licences,
        "maker": row.maker,
        "order_sm3": row.order_sm3,
    }
    if row.identifier is not None:
        facts["licence"] = row.identifier
    event = AuditEvent(
        type=kind, at=now, actor=actor, object_type="licence-proposal", object_id=row.number, facts=facts
    )
    trail.record(uow, event)


def _require_reason(reason: str) -> None:
    if not reason.strip() or len(reason) > REASON_LIMIT or not reason.isprintable():
        raise TrustError(ErrorCode.USAGE, "a reason is one line", limit=REASON_LIMIT)
