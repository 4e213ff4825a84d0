"""A licence's own term: the days it says it is in force, whatever its signature and its status say."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.support.pki import PkiWorld
from tests.support.signed_pdf import sign_sample
from tests.unit.verifier.licences import NOW, Desk, found, metadata, page, status_token, told
from trustkit.clock import CHINA
from trustkit.verdict import CheckId, CheckStatus, Indication, SubIndication
from verifier.judgement.licence_term import judge_term

if TYPE_CHECKING:
    from pathlib import Path

    from trustkit.encoding.canonical_json import JsonValue

FIRST, LAST = "ZZYXQQSRQ", "ZZYXQJZRQ"
TODAY = NOW.astimezone(CHINA).date()
DAY = timedelta(days=1)
PASSED = (Indication.TOTAL_PASSED, None)
EXPIRED = (Indication.TOTAL_FAILED, SubIndication.LICENCE_EXPIRED)
EARLY = (Indication.INDETERMINATE, SubIndication.LICENCE_NOT_IN_FORCE)
UNREAD = (Indication.INDETERMINATE, SubIndication.LICENCE_STATUS_UNKNOWN)


@pytest.fixture(scope="module")
def world() -> PkiWorld:
    return PkiWorld()


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (TODAY, TODAY, PASSED),  # both days count whole
        (TODAY - DAY, TODAY - DAY, EXPIRED),
        (TODAY + DAY, TODAY + 9 * DAY, EARLY),
        (TODAY - DAY, "长期", PASSED),
        ("2026/11/01", "长期", UNREAD),
    ],
)
def test_the_term_decides_whatever_the_status_list_says(
    world: PkiWorld, tmp_path: Path, first: object, last: object, expected: object
) -> None:
    signed = sign_sample(world, page(tmp_path, metadata(**{FIRST: str(first), LAST: str(last)})))
    verdict = Desk(world).verify(signed, status_token(world))
    assert told(verdict) == expected
    assert found(verdict, CheckId.LICENCE_STATUS).status is CheckStatus.PASSED
    assert verdict.signatures[0].conclusion.indication is Indication.TOTAL_PASSED


def test_the_day_turns_in_beijing() -> None:
    claims: dict[str, JsonValue] = {FIRST: str(TODAY), LAST: str(TODAY)}
    midnight = NOW.astimezone(CHINA).replace(hour=0, minute=0, second=0, microsecond=0)
    for moment, status in (
        (midnight - timedelta(seconds=1), CheckStatus.UNKNOWN),
        (midnight, CheckStatus.PASSED),
        (midnight + DAY - timedelta(seconds=1), CheckStatus.PASSED),
        (midnight + DAY, CheckStatus.FAILED),
    ):
        (check,) = judge_term(claims, moment)
        assert check.status is status, moment


@pytest.mark.parametrize("value", ["20261124", "2026-W48-2", "2026-13-01", "2026-11-2", 20261124, [], True, "长期 "])
def test_what_is_no_day_is_never_within_the_term(value: JsonValue) -> None:
    (check,) = judge_term({LAST: value}, NOW)
    assert (check.status, check.sub_indication) == (CheckStatus.UNKNOWN, SubIndication.LICENCE_STATUS_UNKNOWN)


def test_what_names_no_day_has_no_term() -> None:
    assert judge_term({"ZZMC": "营业执照"}, NOW) == ()
    assert [each.status for each in judge_term({FIRST: "", LAST: None}, NOW)] == [CheckStatus.PASSED]
