"""Copies for a purpose as the verifier judges them: by their time, by who asks and what for, and what is no copy at all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from esign.copies.model import MEMBER, CopyDemand, CopyTerms, recipient_of
from trustkit.copy_codes import CopyCode
from trustkit.encoding.canonical_json import parse_json
from trustkit.errors import TrustError
from trustkit.record_codes import RecordCode
from trustkit.verdict import CheckId, CheckStatus, Conclusion, Indication, SubIndication, Verdict, conclude, passed
from verifier.judgement.licence_copy import judge_copy, with_copy_demand
from verifier.record.demand_form import COPY_DEMAND, copy_demand_to_json, read_copy_demand
from verifier.record.members import Members

NOW = datetime(2026, 12, 1, tzinfo=UTC)
DAY = timedelta(days=1)
BANK, OTHER = "92990100MA7TRYQ1X6", "91990100MA7TRYQ01H"
PURPOSE = "办理开户"
TERMS = CopyTerms(
    number="A" * 16,
    purpose=PURPOSE,
    recipient=recipient_of(BANK, "示例银行"),
    valid_from=NOW,
    valid_until=NOW + DAY,
    authorisation="B" * 16,
    licence_sm3="ab" * 32,
)
CLAIMS = {MEMBER: TERMS.to_json()}
PASSED = CheckStatus.PASSED


@pytest.mark.parametrize(
    ("at", "status", "sub"),
    [
        (NOW - timedelta(seconds=1), CheckStatus.UNKNOWN, SubIndication.LICENCE_NOT_IN_FORCE),
        (NOW, PASSED, None),
        (NOW + DAY - timedelta(seconds=1), PASSED, None),
        (NOW + DAY, CheckStatus.FAILED, SubIndication.COPY_EXPIRED),
    ],
)
def test_its_time_begins_whole_and_ends_before(at: datetime, status: CheckStatus, sub: SubIndication | None) -> None:
    term = next(check for check in judge_copy(CLAIMS, at, None).checks if check.id is CheckId.COPY_TERM)
    assert (term.status, term.sub_indication) == (status, sub)


@pytest.mark.parametrize(
    ("demand", "status"),
    [
        (None, CheckStatus.INFORMATION),
        (CopyDemand(recipient=BANK), PASSED),
        (CopyDemand(purpose=PURPOSE), PASSED),
        (CopyDemand(recipient=BANK, purpose=PURPOSE), PASSED),
        (CopyDemand(recipient=OTHER), CheckStatus.FAILED),
        (CopyDemand(purpose="办理开戶"), CheckStatus.FAILED),
        (CopyDemand(recipient=BANK, purpose="招标投标"), CheckStatus.FAILED),
        (CopyDemand(recipient=OTHER, purpose=PURPOSE), CheckStatus.FAILED),
    ],
)
def test_whom_it_is_for(demand: CopyDemand | None, status: CheckStatus) -> None:
    binding = next(check for check in judge_copy(CLAIMS, NOW, demand).checks if check.id is CheckId.COPY_BINDING)
    assert binding.status is status
    assert (binding.sub_indication is SubIndication.COPY_NOT_FOR_ASKER) is (status is CheckStatus.FAILED)
    assert BANK not in binding.detail


def test_what_calls_itself_a_copy_and_says_less_is_in_doubt() -> None:
    (check,) = judge_copy({MEMBER: {}}, NOW, None).checks
    assert (check.status, check.code) == (CheckStatus.UNKNOWN, CopyCode.COPY_MALFORMED)
    assert judge_copy({}, NOW, CopyDemand(recipient=BANK)).checks == ()


def _verdict() -> Verdict:
    checks = (passed(CheckId.FORMAT),)
    return Verdict(
        format="pdf",
        at=NOW,
        signatures=(),
        checks=checks,
        uncovered=(),
        conclusion=conclude(checks, frozenset({CheckId.FORMAT})),
    )


def test_where_a_copy_is_demanded_nothing_else_passes() -> None:
    assert with_copy_demand(_verdict(), None) == _verdict()
    judged = with_copy_demand(_verdict(), CopyDemand(recipient=BANK))
    assert judged.conclusion == Conclusion(
        indication=Indication.TOTAL_FAILED, sub_indication=SubIndication.COPY_NOT_FOR_ASKER
    )
    assert with_copy_demand(judged, CopyDemand(recipient=BANK)) == judged


@pytest.mark.parametrize(
    "demand", [CopyDemand(recipient=BANK), CopyDemand(purpose=PURPOSE), CopyDemand(recipient=BANK, purpose=PURPOSE)]
)
def test_a_record_keeps_what_was_demanded(demand: CopyDemand) -> None:
    written = copy_demand_to_json(demand)
    assert read_copy_demand(Members(written[COPY_DEMAND], "record.copy_demand")) == demand
    assert (copy_demand_to_json(None), read_copy_demand(None)) == ({}, None)


@pytest.mark.parametrize(
    "text",
    [
        b'{"recipient":"","purpose":""}',
        b'{"recipient":"911","purpose":""}',
        b'{"recipient":"","purpose":"x"}',
        b'{"recipient":""}',
        b'{"recipient":"","purpose":"xx","more":1}',
    ],
)
def test_a_record_with_another_demand_is_none(text: bytes) -> None:
    with pytest.raises(TrustError) as refusal:
        read_copy_demand(Members(parse_json(text), "record.copy_demand"))
    assert refusal.value.code is RecordCode.RECORD_MALFORMED
