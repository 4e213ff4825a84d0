"""What a seal's registry says of it, at the time that counts: a table over every standing, proved and unproved."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from esign.seal.read import parse_seal
from esign.seal.standing import SealAct, SealChange, SealHistory, Standing, info_digest
from tests.support import ses
from tests.support.pki import PkiWorld
from trustkit.errors import ErrorCode, TrustError
from trustkit.verdict import CheckId, CheckStatus, SubIndication
from trustkit.x509.trust_store import TrustStore
from verifier.judgement.context import BestTime, Context
from verifier.judgement.seal_status import judge_seal_alone, judge_seal_status
from verifier.material import Evidence
from verifier.policy import ValidationPolicy
from verifier.seal_evidence import seals_in, with_seals

if TYPE_CHECKING:
    from esign.seal.model import UnverifiedSeal

MADE = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
NOW = MADE + 60 * DAY
UNPROVED = BestTime(moment=NOW, proved=False)
REVOKED, SUSPENDED, LOST, IN_FORCE = Standing.REVOKED, Standing.SUSPENDED, Standing.LOST, Standing.IN_FORCE
_S = SubIndication
P, F, U = CheckStatus.PASSED, CheckStatus.FAILED, CheckStatus.UNKNOWN


def history(*changes: tuple[int, Standing]) -> SealHistory:
    told = tuple(
        SealChange(
            act=SealAct.SUSPEND,
            standing=standing,
            reason="other",
            since=MADE + day * DAY,
            recorded_at=MADE + day * DAY,
        )
        for day, standing in changes
    )
    return SealHistory(number="es-a", made_at=MADE, valid_until=MADE + 365 * DAY, changes=told)


def context(seal: UnverifiedSeal, found: SealHistory | None) -> Context:
    evidence = Evidence(seals={info_digest(seal): found})
    return Context(evidence=evidence, anchors=TrustStore.none(), policy=ValidationPolicy(), at=NOW)


@pytest.fixture(scope="module")
def seal() -> UnverifiedSeal:
    return parse_seal(ses.make_seal(PkiWorld()))


@pytest.mark.parametrize(
    ("found", "days", "status", "sub"),
    [
        (history(), (10, 10), P, None),
        (history(), (None, 10), P, None),
        # revoked before the proved time: anybody may have had it stamped later, unless the signer's own word condemns it; and after it
        (history((20, REVOKED)), (21, 5), U, SubIndication.REVOKED_NO_POE),
        (history((20, REVOKED)), (20, 5), U, SubIndication.REVOKED_NO_POE),
        (history((20, REVOKED)), (21, 20), F, SubIndication.REVOKED),
        (history((20, REVOKED)), (21, None), F, SubIndication.REVOKED),
        (history((20, REVOKED)), (19, 30), P, None),
        # nothing proved: the signer's own word may condemn, and never saves
        (history((20, REVOKED)), (None, 5), U, SubIndication.REVOKED_NO_POE),
        (history((20, REVOKED)), (None, 25), F, SubIndication.REVOKED),
        (history((20, REVOKED)), (None, None), U, SubIndication.REVOKED_NO_POE),
        # stopped for a while
        (history((20, SUSPENDED)), (25, 25), F, SubIndication.SIG_CONSTRAINTS_FAILURE),
        (history((20, LOST)), (25, 25), F, SubIndication.SIG_CONSTRAINTS_FAILURE),
        (history((20, LOST)), (15, 15), P, None),
        (history((20, SUSPENDED)), (None, 15), U, SubIndication.TRY_LATER),
        (history((20, LOST)), (None, 15), U, SubIndication.TRY_LATER),
        (history((20, SUSPENDED), (30, IN_FORCE)), (25, 25), F, SubIndication.SIG_CONSTRAINTS_FAILURE),
        (history((20, SUSPENDED), (30, IN_FORCE)), (25, 15), U, SubIndication.TRY_LATER),
        (history((20, SUSPENDED), (30, IN_FORCE)), (35, 35), P, None),
        (history((20, SUSPENDED), (30, IN_FORCE)), (None, 35), P, None),
        (history((20, SUSPENDED), (30, IN_FORCE)), (None, 25), F, SubIndication.SIG_CONSTRAINTS_FAILURE),
        # what was recorded last is believed, of times before it too
        (history((20, SUSPENDED), (30, IN_FORCE), (5, REVOKED)), (35, 35), F, SubIndication.REVOKED),
        (None, (10, 10), U, SubIndication.TRY_LATER),
    ],
)
def test_the_time_that_counts_decides(
    seal: UnverifiedSeal,
    found: SealHistory | None,
    days: tuple[int | None, int | None],
    status: CheckStatus,
    sub: SubIndication | None,
) -> None:
    proved_day, claimed_day = days
    best = UNPROVED if proved_day is None else BestTime(moment=MADE + proved_day * DAY, proved=True)
    claimed = None if claimed_day is None else MADE + claimed_day * DAY
    (check,) = judge_seal_status(context(seal, found), seal, best, claimed=claimed)
    assert (check.id, check.status, check.sub_indication) == (CheckId.SEAL_STATUS, status, sub)


@pytest.mark.parametrize(
    ("found", "status", "sub"),
    [
        (history(), P, None),
        (history((20, REVOKED)), F, SubIndication.REVOKED),
        (history((20, SUSPENDED)), U, SubIndication.TRY_LATER),
        (history((20, LOST)), U, SubIndication.TRY_LATER),
        (history((70, REVOKED)), P, None),  # as of the time of judging it was not yet
        (None, U, SubIndication.TRY_LATER),
    ],
)
def test_a_seal_by_itself_is_judged_as_of_now(
    seal: UnverifiedSeal, found: SealHistory | None, status: CheckStatus, sub: SubIndication | None
) -> None:
    (check,) = judge_seal_alone(context(seal, found), seal)
    assert (check.status, check.sub_indication) == (status, sub)


@pytest.mark.parametrize(("standing", "sub"), [(SUSPENDED, _S.TRY_LATER), (REVOKED, _S.REVOKED_NO_POE)])
def test_a_time_with_two_readings_is_held_against_its_signer_by_both(
    seal: UnverifiedSeal, standing: Standing, sub: SubIndication
) -> None:
    found = context(seal, history((10, standing)))
    claimed = MADE + 10 * DAY + timedelta(hours=5)
    (check,) = judge_seal_status(found, seal, UNPROVED, claimed=claimed, earliest=claimed - timedelta(hours=8))
    assert (check.status, check.sub_indication) == (U, sub)
    (check,) = judge_seal_status(found, seal, UNPROVED, claimed=claimed, earliest=claimed - timedelta(hours=2))
    assert check.status is F


def test_nothing_is_said_of_a_seal_nobody_here_knows(seal: UnverifiedSeal) -> None:
    other = replace(seal, signed=seal.signed + b"\0")
    assert judge_seal_status(context(other, history((1, REVOKED))), seal, UNPROVED, claimed=None) == ()
    assert judge_seal_alone(context(other, history((1, REVOKED))), seal) == ()


class Register:
    """A register that answers what it was given, and counts."""

    def __init__(self, answer: SealHistory | TrustError | None) -> None:
        self.answer = answer
        self.asked: list[str] = []

    def history(self, info_sm3: str) -> SealHistory | None:
        self.asked.append(info_sm3)
        if isinstance(self.answer, TrustError):
            raise self.answer
        return self.answer


def test_a_register_is_asked_once_and_its_failure_is_told(seal: UnverifiedSeal) -> None:
    key = info_digest(seal)
    assert with_seals(Evidence(), seal, None) == Evidence()
    assert with_seals(Evidence(), seal, Register(None)) == Evidence()
    assert with_seals(Evidence(), seal, Register(history())).seals == {key: history()}
    altered = TrustError(ErrorCode.SEAL_STATE, "altered", found="altered")
    told = with_seals(Evidence(), seal, Register(altered))
    assert told.seals == {key: None}
    assert [problem.code for problem in told.problems] == [ErrorCode.SEAL_STATE]
    assert list(seals_in(object())) == []


def test_seals_that_are_not_looked_up_are_not_believed(seal: UnverifiedSeal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("verifier.seal_evidence.MAX_SEALS", 0)
    told = with_seals(Evidence(), seal, Register(history()))
    assert told.seals == {info_digest(seal): None}
    assert [problem.code for problem in told.problems] == [ErrorCode.EVIDENCE_TOO_LARGE]
