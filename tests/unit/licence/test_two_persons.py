from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update

from esign.licence.approvals import act_order
from esign.licence.lifecycle import ActOrder, LicenceAct
from esign.licence.lifecycle_rules import DEFAULT_RULES, ISSUE, ISSUE_MANY, LifecycleRules, acts_of_two
from esign.licence.proposal_order import ProposedOrder, parse_proposed_order
from esign.licence.proposals import LIFETIME
from tests.support.databases import tell
from tests.support.two_persons import CHECKER, MAKER, START, THIRD, URI, Office
from trustkit.audit import trail
from trustkit.audit.events import EventType
from trustkit.errors import ErrorCode, TrustError
from trustkit.licence_codes import LicenceCode
from trustkit.store import licence_proposals, licences
from trustkit.store.licence_proposals import ProposalState
from trustkit.store.licence_schema import licence_proposals as table
from trustkit.store.licences import LicenceFiling, LicenceState

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from trustkit.error_family import Code
    from trustkit.identity import Principal
    from trustkit.store.database import Database
    from trustkit.store.licence_proposals import ProposalRow

ONE = "1.2.156.one"
SUSPEND = ActOrder(act=LicenceAct.SUSPEND, reason="other")
REVOKE = ActOrder(act=LicenceAct.REVOKE, reason="error", basis="article 69")


@pytest.fixture
def office(database: Database, tmp_path: Path) -> Office:
    found = Office(database=database, types=tmp_path)
    found.issue(ONE)
    return found


def state(office: Office) -> LicenceState:
    with office.database.reading() as unit:
        return licences.get(unit, ONE).state


def told(office: Office, kind: EventType) -> list[trail.TrailEntry]:
    with office.database.reading() as unit:
        return [each for each in trail.list_events(unit, limit=1000) if each.type == kind]


def refused(code: Code, act: Callable[[], object]) -> None:
    with pytest.raises(TrustError) as caught:
        act()
    assert caught.value.code is code, caught.value


def test_one_proposes_and_another_approves(office: Office) -> None:
    assert office.proposals.takes_two(ONE, LicenceAct.REVOKE)
    assert not office.proposals.takes_two(ONE, LicenceAct.SUSPEND)
    row = office.proposals.act(ONE, REVOKE, actor=MAKER)
    assert (row.state, row.expires_at, row.licences) == (ProposalState.PROPOSED, START + LIFETIME, 1)
    assert (state(office), office.published.times) == (LicenceState.ISSUED, 0)
    done = office.approvals.approve(row.number, actor=CHECKER, seen=row.order_sm3)
    assert (done.identifier, state(office), office.published.times) == (ONE, LicenceState.REVOKED, 1)
    (revoked,) = told(office, EventType.LICENCE_REVOKED)
    assert (revoked.actor, revoked.facts["proposal"]) == (CHECKER.id, row.number)
    (proposed,) = told(office, EventType.LICENCE_PROPOSED)
    assert proposed.actor == MAKER.id
    assert proposed.facts == {
        "act": "revoke",
        "expires_at": "2026-12-08T00:00:00Z",
        "licence": ONE,
        "licence_type": "t",
        "licences": 1,
        "maker": MAKER.id,
        "order_sm3": row.order_sm3,
    }
    (approved,) = told(office, EventType.LICENCE_PROPOSAL_APPROVED)
    assert (approved.actor, approved.facts["order_sm3"]) == (CHECKER.id, row.order_sm3)
    ended, order = office.proposals.look(row.number)
    assert (ended.state, ended.checker, ended.result, ended.wanted, order) == (
        ProposalState.DONE,
        CHECKER.id,
        ONE,
        None,
        None,
    )


def test_what_takes_one_person_is_as_it_was(office: Office) -> None:
    office.changes.act(ONE, ActOrder(act=LicenceAct.SUSPEND, reason="other"), actor=MAKER)
    assert state(office) is LicenceState.SUSPENDED
    office.persons = 1
    office.changes.act(ONE, REVOKE, actor=MAKER)
    assert state(office) is LicenceState.REVOKED
    assert told(office, EventType.LICENCE_PROPOSED) == []


def _expire(office: Office, _: ProposalRow) -> None:
    office.clock.pass_(LIFETIME)


def _withdraw(office: Office, row: ProposalRow) -> None:
    office.proposals.withdraw(row.number, actor=MAKER)


def _refuse(office: Office, row: ProposalRow) -> None:
    office.proposals.refuse(row.number, reason="no ground", actor=THIRD)


def _approve(office: Office, row: ProposalRow) -> None:
    office.approvals.approve(row.number, actor=THIRD)


def _move(office: Office, _: ProposalRow) -> None:
    office.changes.act(ONE, ActOrder(act=LicenceAct.SUSPEND, reason="other"), actor=THIRD)


def _nobody_signs_in(office: Office, _: ProposalRow) -> None:
    office.told_apart = False


def _alter(office: Office, row: ProposalRow, **values: object) -> None:
    with office.database.unit_of_work() as uow:
        uow.write(update(table).where(table.c.number == row.number).values(**values))


def _other_order(office: Office, row: ProposalRow) -> None:
    assert row.wanted is not None
    _alter(office, row, wanted=replace(parse_proposed_order(row.wanted), reason="other").octets)


def _other_order_and_digest(office: Office, row: ProposalRow) -> None:
    assert row.wanted is not None
    assert row.salt is not None
    other = replace(parse_proposed_order(row.wanted), reason="other")
    _alter(office, row, wanted=other.octets, order_sm3=other.digest(row.salt))


def _other_maker(office: Office, row: ProposalRow) -> None:
    _alter(office, row, maker="np-nobody")


def _no_order(office: Office, row: ProposalRow) -> None:
    _alter(office, row, wanted=b"{}")


def _forged_approval(office: Office, row: ProposalRow) -> None:
    _alter(office, row, state="approved", checker=THIRD.id)


NEGATIVE: tuple[tuple[Callable[[Office, ProposalRow], None] | None, Principal, Code], ...] = (
    (None, MAKER, LicenceCode.PROPOSAL_SAME_PERSON),
    (_expire, CHECKER, LicenceCode.PROPOSAL_EXPIRED),
    (_withdraw, CHECKER, LicenceCode.PROPOSAL_STATE),
    (_refuse, CHECKER, LicenceCode.PROPOSAL_STATE),
    (_approve, CHECKER, LicenceCode.PROPOSAL_STATE),
    (_move, CHECKER, LicenceCode.PROPOSAL_OVERTAKEN),
    (_nobody_signs_in, CHECKER, LicenceCode.PROPOSAL_PERSONS),
    (_other_order, CHECKER, LicenceCode.PROPOSAL_OTHERWISE),
    (_other_order_and_digest, CHECKER, LicenceCode.PROPOSAL_OTHERWISE),
    (_other_maker, MAKER, LicenceCode.PROPOSAL_OTHERWISE),
    (_no_order, CHECKER, LicenceCode.PROPOSAL_OTHERWISE),
    (_forged_approval, CHECKER, LicenceCode.PROPOSAL_OTHERWISE),
)


@pytest.mark.parametrize(("before", "who", "code"), NEGATIVE)
def test_what_is_not_carried_out(
    office: Office, before: Callable[[Office, ProposalRow], None] | None, who: Principal, code: Code
) -> None:
    row = office.proposals.act(ONE, REVOKE, actor=MAKER)
    if before is not None:
        before(office, row)
    done, stood = len(told(office, EventType.LICENCE_REVOKED)), state(office)
    refused(code, lambda: office.approvals.approve(row.number, actor=who))
    assert (len(told(office, EventType.LICENCE_REVOKED)), state(office)) == (done, stood)


def test_of_two_who_approve_at_once_one_does_it(office: Office) -> None:
    for _ in range(5):
        row = office.proposals.act(ONE, SUSPEND, actor=MAKER)
        together = Barrier(2)

        def approve(who: Principal, number: str = row.number, start: Barrier = together) -> str:
            start.wait()
            try:
                return office.approvals.approve(number, actor=who).identifier
            except TrustError as error:
                return error.code.value

        with ThreadPoolExecutor(2) as pool:
            found = sorted(pool.map(approve, (CHECKER, THIRD)))
        assert found == [ONE, LicenceCode.PROPOSAL_STATE.value]
        office.changes.act(ONE, ActOrder(act=LicenceAct.RESUME, reason="other"), actor=MAKER)
    assert len(told(office, EventType.LICENCE_SUSPENDED)) == 5


def test_refusals_beside_approving(office: Office) -> None:
    needed = LicenceCode.PROPOSAL_NEEDED
    refused(needed, lambda: office.changes.act(ONE, REVOKE, actor=MAKER))
    row = office.proposals.act(ONE, REVOKE, actor=MAKER)
    number = row.number

    def within(proposal: str, order: ActOrder = REVOKE) -> None:
        with office.database.unit_of_work() as uow:
            office.changes.act_within(uow, ONE, order, actor=MAKER, proposal=proposal)

    refused(LicenceCode.PROPOSAL_STATE, lambda: within(number))  # it is proposed, and no more
    refused(LicenceCode.PROPOSAL_MISSING, lambda: within("lp-none"))
    refused(LicenceCode.PROPOSAL_OTHERWISE, lambda: office.approvals.approve(number, actor=CHECKER, seen="0" * 64))
    refused(LicenceCode.PROPOSAL_MISSING, lambda: office.approvals.approve("lp-none", actor=CHECKER))
    refused(LicenceCode.PROPOSAL_NOT_MAKER, lambda: office.proposals.withdraw(number, actor=CHECKER))
    refused(LicenceCode.PROPOSAL_SAME_PERSON, lambda: office.proposals.refuse(number, reason="no", actor=MAKER))
    for reason in ("", " ", "two\nlines", "x" * 513):
        refused(ErrorCode.USAGE, lambda said=reason: office.proposals.refuse(number, reason=said, actor=CHECKER))  # type: ignore[misc]
    with office.database.unit_of_work() as uow:
        office.proposals.approve_within(uow, number, actor=CHECKER)
    other = replace(REVOKE, reason="unlawful")
    refused(LicenceCode.PROPOSAL_OTHERWISE, lambda: within(number, other))
    refused(LicenceCode.PROPOSAL_STATE, lambda: office.proposals.refuse(number, reason="late", actor=THIRD))
    assert office.proposals.withdraw(number, actor=MAKER).state is ProposalState.WITHDRAWN
    refused(LicenceCode.PROPOSAL_STATE, lambda: within(number))
    office.told_apart = False
    refused(LicenceCode.PROPOSAL_PERSONS, lambda: office.proposals.act(ONE, REVOKE, actor=MAKER))
    refused(LicenceCode.PROPOSAL_PERSONS, lambda: office.proposals.withdraw(number, actor=MAKER))
    assert state(office) is LicenceState.ISSUED


def test_an_approved_one_expires_too(office: Office) -> None:
    row = office.proposals.act(ONE, REVOKE, actor=MAKER)
    with office.database.unit_of_work() as uow:
        office.proposals.approve_within(uow, row.number, actor=CHECKER)
    office.clock.pass_(LIFETIME)
    with office.database.unit_of_work() as uow, pytest.raises(TrustError) as caught:
        office.changes.act_within(uow, ONE, REVOKE, actor=CHECKER, proposal=row.number)
    assert caught.value.code is LicenceCode.PROPOSAL_EXPIRED
    refused(LicenceCode.PROPOSAL_EXPIRED, lambda: office.proposals.withdraw(row.number, actor=MAKER))
    assert office.proposals.close_expired(actor=THIRD) == (row.number,)
    assert office.proposals.close_expired(actor=THIRD) == ()
    (expired,) = told(office, EventType.LICENCE_PROPOSAL_EXPIRED)
    assert (expired.object_id, expired.actor, expired.facts["maker"]) == (row.number, THIRD.id, MAKER.id)


def test_a_key_stands_for_one_proposal_until_nothing_came_of_it(office: Office) -> None:
    asked = ProposedOrder(act=ISSUE, type_code="t", data='{"name": "x"}')
    first = office.proposals.propose(asked, actor=MAKER, repeat_key="k")
    assert office.proposals.propose(asked, actor=MAKER, repeat_key="k") == first
    other = replace(asked, data='{"name": "y"}')
    refused(LicenceCode.REPEATED_OTHERWISE, lambda: office.proposals.propose(other, actor=MAKER, repeat_key="k"))
    office.proposals.refuse(first.number, reason="no", actor=CHECKER)
    with office.database.reading() as unit:
        ended = licence_proposals.get(unit, first.number)
    assert (ended.wanted, ended.salt, ended.repeat_key, ended.reason) == (None, None, None, "no")
    assert office.proposals.propose(other, actor=MAKER, repeat_key="k").number != first.number


def test_proposals_are_listed(office: Office) -> None:
    rows = []
    for _ in range(3):
        rows.append(office.proposals.act(ONE, REVOKE, actor=MAKER))
        office.clock.pass_(timedelta(seconds=1))
    office.proposals.withdraw(rows[0].number, actor=MAKER)
    with office.database.reading() as unit:
        newest = [each.number for each in licence_proposals.search(unit)]
        assert newest == [each.number for each in reversed(rows)]
        assert [each.number for each in licence_proposals.search(unit, after=newest[0], limit=1)] == [newest[1]]
        withdrawn = licence_proposals.search(unit, states=(ProposalState.WITHDRAWN,))
        assert [each.number for each in withdrawn] == [rows[0].number]
        assert licence_proposals.get(unit, newest[0]).state_at(START + 2 * LIFETIME) is ProposalState.EXPIRED


def test_a_file_ends_with_the_last_row_that_is_issued_whoever_issued_it(office: Office) -> None:
    keys = ("rows:a", "rows:b")
    asked = ProposedOrder(act=ISSUE_MANY, kind="t", type_code="t", rows=2, rows_sm3="0" * 64, batch="june")
    row = office.proposals.propose(asked, actor=MAKER, keys=keys)

    def issue(identifier: str, key: str) -> None:
        filing = LicenceFiling(line=identifier, repeat_key=key, order_sm3="0" * 64)
        with office.database.unit_of_work() as uow:
            words: dict[str, Any] = {"type_code": "t", "version": 1, "status_list": URI, "at": START}
            licences.reserve(uow, identifier=identifier, filing=filing, **words)
            tell(uow)
            if identifier != "1.2.156.drafted":
                licences.complete(uow, identifier, document=b"%PDF", document_sm3="0" * 64, at=START)
                tell(uow)

    def left() -> tuple[ProposalState, int]:
        office.proposals.approve_file(row.number, asked, actor=CHECKER, seen=row.order_sm3)
        with office.database.reading() as unit:
            return licence_proposals.get(unit, row.number).state, licence_proposals.count_left(unit, row.number)

    issue("1.2.156.a", keys[0])
    issue("1.2.156.drafted", keys[1])
    assert left() == (ProposalState.APPROVED, 1)
    with office.database.unit_of_work() as uow:
        licences.abandon(uow, "1.2.156.drafted", at=START, reason="test")
        tell(uow)
    assert office.proposals.propose(asked, actor=MAKER, keys=keys).state is ProposalState.PROPOSED
    issue("1.2.156.b", keys[1])
    refused(LicenceCode.PROPOSAL_STATE, lambda: office.proposals.propose(asked, actor=MAKER, keys=keys))
    assert left() == (ProposalState.DONE, 0)


def test_the_acts_that_take_two() -> None:
    two = LifecycleRules(persons=2, second_person_also=("suspend",))
    assert acts_of_two(two) == ("cancel", "change", "issue", "reissue", "revoke", "suspend")
    assert [two.persons_for(each) for each in (ISSUE, ISSUE_MANY, "suspend", "check")] == [2, 2, 2, 1]
    assert acts_of_two(DEFAULT_RULES) == ()
    assert DEFAULT_RULES.at_least(1) is DEFAULT_RULES
    assert DEFAULT_RULES.at_least(2).persons == 2
    assert two.at_least(1) is two
    every = {each.value for each in LicenceAct} | {ISSUE, ISSUE_MANY}
    assert {each for each in every if LifecycleRules(persons=2).persons_for(each) == 1} == {
        "check",
        "lose",
        "resume",
        "suspend",
    }


def test_an_order_says_which_act_it_is() -> None:
    asked = ProposedOrder(act="revoke", type_code="t", reason="error", basis="x", effective_at=START)
    assert act_order(asked) == ActOrder(act=LicenceAct.REVOKE, reason="error", basis="x", effective_at=START)
