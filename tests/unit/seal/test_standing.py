"""What may become of a made seal: the registry's table against a model written anew here, over every run of acts hypothesis finds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esign.seal.standing import (
    MAX_CHANGES,
    People,
    SealAct,
    SealHistory,
    Standing,
    reasons_of,
    require_words,
)
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.error_family import Code

MADE = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
ENDS = MADE + 100 * DAY
TWO = People(applicant="op-a", approvers=("op-b",))
NEW = SealHistory(number="es-abcdefghjkmnp", made_at=MADE, valid_until=ENDS)


def done(
    history: SealHistory, act: SealAct, day: int, *, since: int | None = None, people: People = TWO
) -> SealHistory:
    change = history.change(
        act,
        reason=reasons_of(act)[0],
        since=None if since is None else MADE + since * DAY,
        people=people,
        now=MADE + day * DAY,
    )
    return replace(history, changes=(*history.changes, change))


def refused(history: SealHistory, act: SealAct, day: int, **said: object) -> Code:
    with pytest.raises(TrustError) as error:
        done(history, act, day, **said)  # type: ignore[arg-type] # whatever the table below says
    return error.value.code


SUSPENDED = done(NEW, SealAct.SUSPEND, 10)
LOST = done(NEW, SealAct.LOSE, 10, since=5)
REVOKED = done(NEW, SealAct.REVOKE, 10)


@pytest.mark.parametrize(
    ("history", "act", "day", "said", "code"),
    [
        (NEW, SealAct.RESUME, 11, {}, ErrorCode.SEAL_STATE),
        (SUSPENDED, SealAct.SUSPEND, 11, {}, ErrorCode.SEAL_STATE),
        (LOST, SealAct.SUSPEND, 11, {}, ErrorCode.SEAL_STATE),
        (LOST, SealAct.LOSE, 11, {}, ErrorCode.SEAL_STATE),
        *((REVOKED, act, 11, {}, ErrorCode.SEAL_STATE) for act in SealAct),
        (NEW, SealAct.SUSPEND, 101, {}, ErrorCode.SEAL_STATE),
        (SUSPENDED, SealAct.RESUME, 101, {}, ErrorCode.SEAL_STATE),
        (SUSPENDED, SealAct.RESUME, 11, {"people": People(applicant="op-a")}, ErrorCode.REGISTRATION_APPROVALS),
        (
            NEW,
            SealAct.REVOKE,
            11,
            {"people": People(applicant="op-a", approvers=("op-b", "op-a"))},
            ErrorCode.REGISTRATION_OWN,
        ),
        (NEW, SealAct.SUSPEND, 11, {"since": 5}, ErrorCode.USAGE),
        (SUSPENDED, SealAct.RESUME, 11, {"since": 5}, ErrorCode.USAGE),
        (NEW, SealAct.LOSE, 11, {"since": 12}, ErrorCode.USAGE),
        (NEW, SealAct.LOSE, 11, {"since": -1}, ErrorCode.USAGE),
    ],
)
def test_what_is_not_done_to_such_a_seal(
    history: SealHistory, act: SealAct, day: int, said: dict[str, object], code: Code
) -> None:
    assert refused(history, act, day, **said) is code


@pytest.mark.parametrize("act", SealAct)
def test_a_reason_is_one_of_the_acts_own(act: SealAct) -> None:
    for reason in ("", "because", "lost " if act is SealAct.LOSE else "stolen", "LOST"):
        with pytest.raises(TrustError) as error:
            require_words(act, reason=reason, since=None, now=MADE)
        assert error.value.code is ErrorCode.USAGE


def test_where_a_seal_stood_is_told_by_what_is_known_now() -> None:
    found = done(LOST, SealAct.RESUME, 20)
    assert [found.at(MADE + day * DAY) for day in (4, 5, 19, 20, 50)] == [
        Standing.IN_FORCE,
        Standing.LOST,
        Standing.LOST,
        Standing.IN_FORCE,
        Standing.IN_FORCE,
    ]
    revoked = done(found, SealAct.REVOKE, 30, since=3)
    assert [revoked.at(MADE + day * DAY) for day in (2, 3, 25, 30)] == [Standing.IN_FORCE, *[Standing.REVOKED] * 3]


def test_an_ended_seal_can_still_be_doubted() -> None:
    assert done(NEW, SealAct.LOSE, 101, since=50).standing is Standing.LOST
    assert done(NEW, SealAct.REVOKE, 101).standing is Standing.REVOKED
    assert NEW.is_over(ENDS + timedelta(seconds=1))
    assert not NEW.is_over(ENDS)


def test_a_worn_out_seal_can_be_revoked_and_nothing_else() -> None:
    change = done(NEW, SealAct.SUSPEND, 1).changes[0]
    worn = replace(NEW, changes=(replace(change, standing=Standing.IN_FORCE),) * MAX_CHANGES)
    assert refused(worn, SealAct.SUSPEND, 11) is ErrorCode.SEAL_STATE
    assert done(worn, SealAct.REVOKE, 11).standing is Standing.REVOKED


ACTS = st.lists(
    st.tuples(
        st.sampled_from(SealAct),
        st.integers(0, 30),
        st.none() | st.integers(-10, 130),
        st.sampled_from(["op-a", "op-b", "op-c"]),
        st.lists(st.sampled_from(["op-a", "op-b", "op-c"]), max_size=2, unique=True),
    ),
    max_size=12,
)


@given(ACTS)
def test_the_table_holds_whatever_is_tried(
    tried: list[tuple[SealAct, int, int | None, str, list[str]]],
) -> None:
    history, model, day = NEW, "in-force", 0
    for act, later, since, applicant, approvers in tried:
        day += later
        try:
            history = done(
                history, act, day, since=since, people=People(applicant=applicant, approvers=tuple(approvers))
            )
        except TrustError:
            assert history.standing.value == model  # a refused act changes nothing
            continue
        # The rules in other words than the code's.
        assert applicant not in approvers
        assert model != "revoked"
        assert act is not SealAct.RESUME or (model in {"suspended", "lost"} and approvers)
        assert act is not SealAct.SUSPEND or model == "in-force"
        assert act is not SealAct.LOSE or model != "lost"
        assert day <= 100 or act in {SealAct.LOSE, SealAct.REVOKE}
        assert since is None or (0 <= since <= day and act in {SealAct.LOSE, SealAct.REVOKE})
        model = {"suspend": "suspended", "resume": "in-force", "lose": "lost", "revoke": "revoked"}[act.value]
        assert history.standing.value == model
        assert history.at(MADE + day * DAY).value == model
    assert history.at(MADE - DAY) is Standing.IN_FORCE
    moments = [change.recorded_at for change in history.changes]
    assert moments == sorted(moments)
    if model == "revoked":
        since_then = history.changes[-1].since
        assert all(history.at(since_then + number * DAY) is Standing.REVOKED for number in range(200))
