"""The life of licences against the real store: whatever is tried in whatever order, what must hold holds."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from esign.licence.changes import EVENTS, WITH_A_VERSION, write
from esign.licence.lifecycle import TRANSITIONS, ActOrder, LicenceAct, Standing, plan, possible_acts, standing_of
from esign.licence.lifecycle_rules import DEFAULT_RULES, LifecycleRules
from esign.licence.status_publication import status_entry
from tests.support.databases import migrated_sqlite, tell
from tests.support.examples import scaled
from trustkit.audit import trail
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import Principal
from trustkit.licence_codes import LicenceCode
from trustkit.store import licence_changes, licences, status_lists
from trustkit.store.database import open_database
from trustkit.store.licences import LicenceFiling, LicenceState

if TYPE_CHECKING:
    from trustkit.error_family import Code
    from trustkit.store.licences import LicenceRow

ACTOR = Principal(id="operator:1")
START = datetime(2026, 12, 1, tzinfo=UTC)
URI = "https://trust.example/v1/status-lists/1"
RULES = LifecycleRules(annual_check=True, days_back=3, days_ahead=5)
DAY = timedelta(days=1)
END = frozenset({Standing.SUPERSEDED, Standing.LOST, Standing.REVOKED, Standing.CANCELLED})
EXPECTED = frozenset({ErrorCode.LICENCE_STATE, LicenceCode.ACT_PENDING, LicenceCode.ACT_TIME})


class Lives(RuleBasedStateMachine):
    """Acts in any order on licences of two lines, while the days pass."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        folder = self.stack.enter_context(tempfile.TemporaryDirectory())
        self.database = self.stack.enter_context(open_database(migrated_sqlite(Path(folder) / "t.db")))
        self.now, self.acts = START, 0
        self.ended: dict[str, Standing] = {}

    @initialize()
    def begin(self) -> None:
        with self.database.unit_of_work() as uow:
            status_lists.open_list(uow, uri=URI, at=START, capacity=256)
        self.issue("L", 1, None, expires_at=START + 20 * DAY)
        self.issue("M", 1, START + 2 * DAY)

    def issue(self, line: str, version: int, begins: datetime | None, **more: Any) -> str:
        filing = LicenceFiling(line=line, effective_at=begins, **more)
        identifier = f"{line}.{version:03d}"
        with self.database.unit_of_work() as uow:
            words = {"type_code": "t", "version": version, "status_list": URI, "at": self.now, "filing": filing}
            licences.reserve(uow, identifier=identifier, **words)  # type: ignore[arg-type]
            tell(uow)
        if version == 1:
            with self.database.unit_of_work() as uow:
                licences.complete(uow, identifier, document=b"%PDF", document_sm3="0" * 64, at=self.now)
                tell(uow)
        return identifier

    def rows(self) -> list[LicenceRow]:
        with self.database.reading() as unit:
            found = (row for line in "LM" for row in licences.list_versions(unit, line))
            return [row for row in found if row.state not in licences.NEVER_ISSUED]

    @rule(hours=st.integers(1, 72))
    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(data=st.data(), act=st.sampled_from(LicenceAct), days=st.integers(-4, 6))
    def attempt(self, data: st.DataObject, act: LicenceAct, days: int) -> None:
        row = data.draw(st.sampled_from(self.rows()))
        moment = None if days == 0 else self.now + days * DAY
        order = ActOrder(act=act, reason="other", basis="article 70", effective_at=moment)
        could = act in possible_acts(row, RULES, self.now)
        following = None
        try:
            if could and act in WITH_A_VERSION:
                with self.database.reading() as unit:
                    number = max(each.version for each in licences.list_versions(unit, row.line)) + 1
                following = self.issue(row.line, number, moment, supersedes=row.identifier, expires_at=row.expires_at)
            with self.database.unit_of_work() as uow:
                write(uow, row, order, RULES, actor=ACTOR, now=self.now, other=following)
                if following is not None:
                    licences.complete(uow, following, document=b"%PDF", document_sm3="0" * 64, at=self.now)
                    tell(uow)
        except TrustError as error:
            late = error.code is LicenceCode.ACT_TIME or act is LicenceAct.REISSUE
            if error.code not in EXPECTED or (could and not late):
                raise
            if following is not None:
                with self.database.unit_of_work() as uow:
                    licences.abandon(uow, following, at=self.now, reason="refused")
                    tell(uow)
            return
        assert could
        self.acts += 1

    @invariant()
    def nothing_leaves_an_end(self) -> None:
        for row in self.rows():
            standing = standing_of(row, self.now)
            assert self.ended.get(row.identifier, standing) is standing
            if standing in END:
                self.ended[row.identifier] = standing

    @invariant()
    def one_version_is_current(self) -> None:
        held = [row.line for row in self.rows() if standing_of(row, self.now) not in END]
        current = [row.line for row in self.rows() if standing_of(row, self.now) is Standing.EFFECTIVE]
        stored = [row.line for row in self.rows() if row.state in {LicenceState.ISSUED, LicenceState.SUSPENDED}]
        assert len(current) == len(set(current))
        assert len(stored) == len(set(stored))
        assert all(held.count(line) <= 2 for line in held)  # one in force, and one that is to follow it

    @invariant()
    def the_list_tells_the_state(self) -> None:
        with self.database.reading() as unit:
            told = dict(status_lists.list_states(unit, URI, at=self.now))
        for row in self.rows():
            entry, standing = status_entry(told[row.status_index]), standing_of(row, self.now)
            assert told[row.status_index] is row.state_at(self.now)
            assert (entry == 1) is (standing in END)
            assert entry == 2 or standing is not Standing.SUSPENDED

    @invariant()
    def the_history_replays(self) -> None:
        with self.database.reading() as unit:
            for row in self.rows():
                state = LicenceState.ISSUED
                done = licence_changes.list_changes(unit, row.identifier)
                for each in done:
                    last = each is done[-1]
                    state = each.before if last and each.effective_at > self.now else each.state
                assert state is row.state_at(self.now)
                assert [each.ordinal for each in done] == list(range(1, row.changes + 1))
                for each in done:
                    if each.other is not None:
                        assert licences.get(unit, each.other).supersedes == row.identifier

    @invariant()
    def the_trail_tells_of_each_act(self) -> None:
        kinds = {each.value for each in EVENTS.values()}
        with self.database.reading() as unit:
            told = [each for each in trail.list_events(unit, limit=1000) if each.type in kinds]
        assert len(told) == self.acts

    def teardown(self) -> None:
        self.stack.close()


Lives.TestCase.settings = settings(
    max_examples=scaled(12), stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)
TestLives = Lives.TestCase


def test_what_takes_the_place_of_one_lost_before_it_began_begins_no_sooner() -> None:
    row = row_of(LicenceState.LOST, effective_at=START + DAY, supersedes="L.001")
    order = ActOrder(act=LicenceAct.REISSUE, reason="reissued")
    with pytest.raises(TrustError) as caught:
        plan(row, order, RULES, last=None, actor="operator:1", now=START)
    assert caught.value.code is LicenceCode.ACT_TIME
    assert plan(row, order, RULES, last=None, actor="operator:1", now=START + DAY).effective_at == START + DAY


def test_a_revocation_overtakes_one_that_was_put_off() -> None:
    lives = Lives()
    lives.begin()
    try:
        later = START + 4 * DAY
        for moment, now in ((later, START), (None, START + DAY)):
            row = next(each for each in lives.rows() if each.line == "L")
            order = ActOrder(act=LicenceAct.REVOKE, reason="error", effective_at=moment)
            with lives.database.unit_of_work() as uow:
                write(uow, row, order, RULES, actor=ACTOR, now=now)
        row = next(each for each in lives.rows() if each.line == "L")
        assert row.revoked_at == START + DAY
        assert row.state_at(START + DAY) is LicenceState.REVOKED
    finally:
        lives.teardown()


def row_of(state: LicenceState, **more: Any) -> Any:
    known = {
        "issued_at": START,
        "effective_at": None,
        "expires_at": None,
        "state_since": None,
        "state_before": None,
        "supersedes": None,
    }
    return SimpleNamespace(state=state, **{**known, **more}, state_at=lambda _: state)


@pytest.mark.parametrize("state", [each for each in LicenceState if each not in licences.NEVER_ISSUED])
@pytest.mark.parametrize("act", list(LicenceAct))
def test_every_act_in_every_state_is_done_or_refused_by_name(act: LicenceAct, state: LicenceState) -> None:
    row = row_of(state)
    standing = standing_of(row, START)
    order = ActOrder(act=act, reason=TRANSITIONS[act].reasons[0])
    if standing in TRANSITIONS[act].source:
        assert plan(row, order, RULES, last=None, actor="operator:1", now=START).state is TRANSITIONS[act].state
        return
    with pytest.raises(TrustError) as caught:
        plan(row, order, RULES, last=None, actor="operator:1", now=START)
    assert caught.value.code is ErrorCode.LICENCE_STATE
    assert (caught.value.facts["state"], caught.value.facts["act"]) == (standing.value, act.value)
    assert caught.value.facts["possible"] == (", ".join(possible_acts(row, RULES, START)) or "nothing")


REFUSED: tuple[tuple[ActOrder, LifecycleRules, dict[str, Any], Code], ...] = (
    (ActOrder(act=LicenceAct.SUSPEND, reason="dislike"), RULES, {}, ErrorCode.USAGE),
    (ActOrder(act=LicenceAct.SUSPEND, reason="other", basis="x" * 513), RULES, {}, ErrorCode.USAGE),
    (ActOrder(act=LicenceAct.SUSPEND, reason="other", basis="a\nb"), RULES, {}, ErrorCode.USAGE),
    (ActOrder(act=LicenceAct.CHECK, reason="annual"), DEFAULT_RULES, {}, LicenceCode.ACT_NOT_OF_TYPE),
    (
        ActOrder(act=LicenceAct.SUSPEND, reason="other", effective_at=START + 6 * DAY),
        RULES,
        {},
        LicenceCode.ACT_TIME,
    ),
    (
        ActOrder(act=LicenceAct.SUSPEND, reason="other", effective_at=START - DAY),  # before it was issued
        RULES,
        {},
        LicenceCode.ACT_TIME,
    ),
    (ActOrder(act=LicenceAct.CHECK, reason="annual", effective_at=START + DAY), RULES, {}, LicenceCode.ACT_TIME),
    (
        ActOrder(act=LicenceAct.CANCEL, reason="other"),
        RULES,
        {"state_since": START + DAY, "state_before": LicenceState.ISSUED},
        LicenceCode.ACT_PENDING,
    ),
    (
        ActOrder(act=LicenceAct.SUSPEND, reason="other"),
        RULES,
        {"expires_at": START},
        ErrorCode.LICENCE_STATE,
    ),
    (
        ActOrder(act=LicenceAct.CHECK, reason="annual"),
        RULES,
        {"effective_at": START + DAY},
        ErrorCode.LICENCE_STATE,
    ),
    (
        ActOrder(act=LicenceAct.CHANGE, reason="changed"),  # the one it follows is in force until it begins
        RULES,
        {"effective_at": START + DAY, "supersedes": "L.001"},
        ErrorCode.LICENCE_STATE,
    ),
)


@pytest.mark.parametrize(("order", "rules", "more", "code"), REFUSED)
def test_what_is_refused_and_why(order: ActOrder, rules: LifecycleRules, more: dict[str, Any], code: Code) -> None:
    with pytest.raises(TrustError) as caught:
        plan(row_of(LicenceState.ISSUED, **more), order, rules, last=None, actor="operator:1", now=START)
    assert caught.value.code is code


def test_the_clock_alone_puts_a_licence_in_force_and_ends_it() -> None:
    row = row_of(LicenceState.ISSUED, effective_at=START + DAY, expires_at=START + 3 * DAY)
    told = [standing_of(row, START + days * DAY) for days in range(5)]
    assert told == [Standing.ISSUED, Standing.EFFECTIVE, Standing.EFFECTIVE, Standing.EXPIRED, Standing.EXPIRED]
