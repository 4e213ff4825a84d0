from __future__ import annotations

import tempfile
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from esign.licence.lifecycle import ActOrder, LicenceAct
from tests.support.databases import migrated_sqlite
from tests.support.examples import scaled
from tests.support.two_persons import CHECKER, MAKER, THIRD, Office
from trustkit.audit import trail
from trustkit.audit.events import EventType
from trustkit.errors import ErrorCode, TrustError
from trustkit.licence_codes import LicenceCode
from trustkit.store import licence_proposals, licences
from trustkit.store.database import open_database
from trustkit.store.licence_proposals import OPEN, ProposalState

if TYPE_CHECKING:
    from trustkit.error_family import Code
    from trustkit.identity import Principal


class TwoPersons(RuleBasedStateMachine):
    """Two clerks and a third propose, decide and act in any order on two licences, while the days pass."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        store = self.stack.enter_context(open_database(migrated_sqlite(folder / "t.db")))
        self.office, self.names = Office(database=store, types=folder), ("L", "M")
        self.rows: list[str] = []

    @initialize()
    def begin(self) -> None:
        self.office.issue(*self.names)

    @rule(hours=st.integers(1, 100))
    def wait(self, hours: int) -> None:
        self.office.clock.pass_(timedelta(hours=hours))

    @rule(
        name=st.sampled_from(("L", "M")),
        act=st.sampled_from((LicenceAct.REVOKE, LicenceAct.CANCEL)),
        who=st.sampled_from((MAKER, CHECKER, THIRD)),
    )
    def propose(self, name: str, act: LicenceAct, who: Principal) -> None:
        try:
            self.rows.append(self.office.proposals.act(name, ActOrder(act=act, reason="other"), actor=who).number)
        except TrustError as error:
            if error.code is not ErrorCode.LICENCE_STATE:
                raise

    @rule(
        data=st.data(),
        how=st.sampled_from(("approve", "refuse", "withdraw", "close")),
        who=st.sampled_from((MAKER, CHECKER, THIRD)),
    )
    def decide(self, data: st.DataObject, how: str, who: Principal) -> None:
        if not self.rows:
            return
        number = data.draw(st.sampled_from(self.rows))
        row, _ = self.office.proposals.look(number)
        late = {LicenceCode.PROPOSAL_OVERTAKEN, ErrorCode.LICENCE_STATE} if how == "approve" else set()
        own, was = row.maker == who.id, row.state_at(self.office.clock.now())
        reason: Code | None = None
        try:
            match how:
                case "approve":
                    self.office.approvals.approve(number, actor=who)
                case "refuse":
                    self.office.proposals.refuse(number, reason="no", actor=who)
                case "withdraw":
                    self.office.proposals.withdraw(number, actor=who)
                case _:
                    self.office.proposals.close_expired(actor=who)
                    return
        except TrustError as error:
            mine = {LicenceCode.PROPOSAL_NOT_MAKER} if how == "withdraw" else {LicenceCode.PROPOSAL_SAME_PERSON}
            ended = {LicenceCode.PROPOSAL_STATE, LicenceCode.PROPOSAL_EXPIRED}
            if error.code not in mine | ended | late:
                raise
            reason = error.code
        if reason is not None:
            assert own is (how != "withdraw") or was not in OPEN or reason in late
            return
        assert was is ProposalState.PROPOSED
        assert own is (how == "withdraw")

    @rule(name=st.sampled_from(("L", "M")), who=st.sampled_from((MAKER, CHECKER)))
    def act_alone(self, name: str, who: Principal) -> None:
        with pytest.raises(TrustError) as caught:
            self.office.changes.act(name, ActOrder(act=LicenceAct.REVOKE, reason="other"), actor=who)
        assert caught.value.code in {LicenceCode.PROPOSAL_NEEDED, ErrorCode.LICENCE_STATE}

    @rule(name=st.sampled_from(("L", "M")))
    def suspend(self, name: str) -> None:
        try:
            self.office.changes.act(name, ActOrder(act=LicenceAct.SUSPEND, reason="other"), actor=THIRD)
        except TrustError as error:
            if error.code is not ErrorCode.LICENCE_STATE:
                raise

    @invariant()
    def nothing_ended_that_two_did_not_agree_on(self) -> None:
        with self.office.database.reading() as unit:
            ended = {name for name in self.names if licences.get(unit, name).revoked_at is not None}
            done = licence_proposals.search(unit, states=(ProposalState.DONE,))
            events = trail.list_events(unit, limit=1000)
        assert sorted(str(each.result) for each in done) == sorted(ended)
        assert all(each.checker not in {None, each.maker} for each in done)
        acts = {EventType.LICENCE_REVOKED, EventType.LICENCE_CANCELLED}
        assert sorted(str(each.facts["proposal"]) for each in events if each.type in acts) == sorted(
            each.number for each in done
        )

    @invariant()
    def what_ended_is_forgotten(self) -> None:
        with self.office.database.reading() as unit:
            for row in licence_proposals.search(unit):
                assert (row.wanted is not None) is (row.state in OPEN)
                assert (row.salt is not None) is (row.state in OPEN | {ProposalState.DONE})

    def teardown(self) -> None:
        self.stack.close()


TwoPersons.TestCase.settings = settings(
    max_examples=scaled(10), stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)
TestTwoPersons = TwoPersons.TestCase
