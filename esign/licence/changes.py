"""What is done to issued licences: looked at, planned, written with its history, told to the trail and to whoever reads the status list.

    changes.act(identifier, ActOrder(act=LicenceAct.SUSPEND, reason="penalty", basis="食品安全法 …"), actor=who)

All of it is one transaction: an act that the status list does not tell of has not happened. What issues a further version is in
`esign.licence.issuance`, which writes the same history.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from esign.licence.asking import asked_to_act
from esign.licence.lifecycle import LicenceAct, Standing, plan, require_words, standing_of
from esign.licence.lifecycle_rules import DEFAULT_RULES, MOST_PERSONS, LifecycleRules
from esign.licence.second_person import finish, require_agreed
from esign.licence.status_publication import StatusPublisher  # noqa: TC001 - a field type
from esign.licence.types import find_licence_type
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType, FactValue
from trustkit.clock import format_rfc3339
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import licence_changes, licences
from trustkit.store.licences import NEVER_ISSUED

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from esign.licence.lifecycle import ActOrder
    from trustkit.clock import Clock
    from trustkit.identity import Principal
    from trustkit.store.database import Database
    from trustkit.store.licence_changes import LicenceChange
    from trustkit.store.licences import LicenceRow
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

EVENTS: Final = {
    LicenceAct.CHECK: EventType.LICENCE_CHECKED,
    LicenceAct.CHANGE: EventType.LICENCE_SUPERSEDED,
    LicenceAct.REISSUE: EventType.LICENCE_REISSUED,
    LicenceAct.LOSE: EventType.LICENCE_LOST,
    LicenceAct.SUSPEND: EventType.LICENCE_SUSPENDED,
    LicenceAct.RESUME: EventType.LICENCE_RESUMED,
    LicenceAct.REVOKE: EventType.LICENCE_REVOKED,
    LicenceAct.CANCEL: EventType.LICENCE_CANCELLED,
}
_GONE: Final = DEFAULT_RULES.at_least(MOST_PERSONS)
WITH_A_VERSION: Final = frozenset({LicenceAct.CHANGE, LicenceAct.REISSUE})


@dataclass(frozen=True, slots=True, kw_only=True)
class DoneAct:
    """An act that was done. `standing` is what the licence is now: an act may take force later."""

    identifier: str
    act: LicenceAct
    reason: str
    effective_at: datetime
    standing: Standing

    def to_json(self) -> dict[str, object]:
        """Return what a program is told; for a revocation `revoked_at` too, as it always was."""
        moment = format_rfc3339(self.effective_at)
        told: dict[str, object] = {
            "identifier": self.identifier,
            "act": self.act.value,
            "reason": self.reason,
            "effective_at": moment,
            "standing": self.standing.value,
        }
        return {**told, "revoked_at": moment} if self.act is LicenceAct.REVOKE else told


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceChanges:
    """The acts that need no new document; `types` is the home's policies/licences, `persons` how many an act takes at least."""

    database: Database
    clock: Clock
    publisher: StatusPublisher
    types: Path
    persons: int = 1

    def act(self, identifier: str, order: ActOrder, *, actor: Principal) -> DoneAct:
        """Do something to an issued licence and publish the status list that says so, in one transaction.

        Raises:
            TrustError: LICENCE_MISSING; as `esign.licence.lifecycle.plan`; STORE_CONFLICT when two act at once; OWN_CERTIFICATE;
                PROPOSAL_NEEDED for an act that takes two persons.
        """
        self.make_ready(identifier, order)
        with self.database.unit_of_work() as uow:
            return self.act_within(uow, identifier, order, actor=actor)

    def make_ready(self, identifier: str, order: ActOrder) -> None:
        """Check the words of an act, and open the keys it will need, before the store is locked. Raise USAGE, OWN_CERTIFICATE."""
        require_words(order)
        if order.act in WITH_A_VERSION:
            raise TrustError(ErrorCode.BUG, "a further version is issued with a document", act=order.act.value)
        with self.database.reading() as unit:
            self.publisher.make_ready(unit, identifier, now=self.clock.now())

    def act_within(
        self, uow: UnitOfWork, identifier: str, order: ActOrder, *, actor: Principal, proposal: str | None = None
    ) -> DoneAct:
        """Do what `act` does within a unit, as the `proposal` that was approved for it says; it ends with that. Raise as `act`."""
        now = self.clock.now()
        row = issued_row(uow, identifier)
        rules = rules_for(uow, self.types, row, order.act).at_least(self.persons)
        require_agreed(uow, asked_to_act(row, order), rules, proposal, now=now)
        write(uow, row, order, rules, actor=actor, now=now, proposal=proposal)
        if order.act is not LicenceAct.CHECK:  # which changes nothing that the list tells
            self.publisher.publish_of(uow, row, now=now, actor=actor)
        if proposal is not None:
            finish(uow, proposal, result=identifier, repeat_key=None, now=now)
        standing = standing_of(licences.get(uow, identifier), now)
        return DoneAct(
            identifier=identifier,
            act=order.act,
            reason=order.reason,
            effective_at=order.effective_at or now,
            standing=standing,
        )


def write(
    uow: UnitOfWork,
    row: LicenceRow,
    order: ActOrder,
    rules: LifecycleRules,
    *,
    actor: Principal,
    now: datetime,
    other: str | None = None,
    proposal: str | None = None,
) -> LicenceChange:
    """Plan an act, write it and tell the trail, with the proposal it was agreed to in, within a unit. Raise as `plan` and `licence_changes.add`."""
    done = licence_changes.list_changes(uow, row.identifier)
    change = plan(row, order, rules, last=done[-1] if done else None, actor=actor.id, now=now, other=other)
    if order.act is LicenceAct.REISSUE and any(each.act == LicenceAct.REISSUE for each in done):
        told = "another version was issued in its place already"
        raise TrustError(ErrorCode.LICENCE_STATE, told, state=Standing.LOST.value, act=order.act.value)
    licence_changes.add(uow, row, change)
    facts: dict[str, FactValue] = {
        "effective_at": format_rfc3339(change.effective_at),
        "licence_type": row.type_code,
        "status_index": row.status_index,
    }
    if order.basis:  # what somebody wrote may name people
        facts["basis_sm3"] = digest(DigestAlgorithm.SM3, order.basis.encode()).hex()
    if other is not None:
        facts["other"] = other
    if proposal is not None:
        facts["proposal"] = proposal
    event = AuditEvent(
        type=EVENTS[order.act],
        at=now,
        actor=actor,
        object_type="licence",
        object_id=row.identifier,
        reason=order.reason,
        facts=facts,
    )
    trail.record(uow, event)
    return change


def issued_row(unit: ReadUnit, identifier: str) -> LicenceRow:
    """Return the row of a licence that was issued. Raise LICENCE_MISSING."""
    row = licences.find(unit, identifier)
    if row is None:
        raise TrustError(ErrorCode.LICENCE_MISSING, "this authority has issued no such licence")
    if row.state in NEVER_ISSUED:
        raise TrustError(ErrorCode.LICENCE_STATE, f"the licence is {row.state.value}", state=row.state.value)
    return row


def rules_of(types: Path, row: LicenceRow) -> LifecycleRules:
    """Return the rules of a licence's type; with two persons where the type is not there to say that one will do. Raise LICENCE_POLICY."""
    kind = find_licence_type(types, row.type_code)
    return _GONE if kind is None else kind.lifecycle


def rules_for(unit: ReadUnit, types: Path, row: LicenceRow, act: LicenceAct) -> LifecycleRules:
    """Return the rules an act on a licence goes by. Raise LICENCE_POLICY.

    A revocation waits for no policy that somebody broke. Of a type that is gone it takes two where issuing the licence did, as the trail has it.
    """
    try:
        rules = rules_of(types, row)
    except TrustError as error:
        if act is not LicenceAct.REVOKE or error.code is not ErrorCode.LICENCE_POLICY:
            raise
        return DEFAULT_RULES
    if rules is _GONE and act is LicenceAct.REVOKE:
        issued = trail.last_event(unit, EventType.LICENCE_ISSUED, row.identifier)
        return _GONE if issued is not None and "proposal" in issued.facts else DEFAULT_RULES
    return rules
