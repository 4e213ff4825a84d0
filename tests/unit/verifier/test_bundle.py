"""Several licences for one matter: what is missing leaves it open, what contradicts fails it, and no verdict gets better."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trustkit.verdict import CheckId, CheckStatus, Conclusion, Indication, LicenceSaid, SubIndication, Verdict
from verifier.judgement.bundle import BundleDemand, judge_bundle
from verifier.judgement.licence_said import licence_said

NOW = datetime(2026, 12, 1, tzinfo=UTC)
PASSED, OPEN, FAILED = Indication.TOTAL_PASSED, Indication.INDETERMINATE, Indication.TOTAL_FAILED
GOOD = Conclusion(indication=PASSED, sub_indication=None)


def _verdict(said: LicenceSaid | None, conclusion: Conclusion = GOOD) -> Verdict:
    return Verdict(format="pdf", at=NOW, signatures=(), checks=(), uncovered=(), conclusion=conclusion, said=said)


def _said(number: str = "1", type_: str = "A", holder: str = "h", first: str = "", last: str = "长期") -> LicenceSaid:
    claims = {"ZZBS": number, "CZZTDM": holder, "ZZYXQQSRQ": first, "ZZYXQJZRQ": last}
    said = licence_said({name: value for name, value in claims.items() if value})
    return dataclasses.replace(said, types=frozenset(type_))


ON = BundleDemand(on=date(2027, 1, 1))
SAME = BundleDemand(same_holder=True)
ROWS: dict[str, tuple[tuple[LicenceSaid | None, ...], BundleDemand, Indication, SubIndication | None]] = {
    "nothing demanded": ((_said(), None), BundleDemand(), PASSED, None),
    "types there": ((_said(), _said("2", "B"), _said("3", "C")), BundleDemand(types=("B", "A")), PASSED, None),
    "a type missing": ((_said(),), BundleDemand(types=("A", "B")), OPEN, SubIndication.DEMAND_UNMET),
    "no licence": ((None,), BundleDemand(types=("A",)), OPEN, SubIndication.DEMAND_UNMET),
    "two of a type": ((_said("1"), _said("2")), BundleDemand(types=("A", "A")), PASSED, None),
    "one in two forms": ((_said("1"), _said("1")), BundleDemand(types=("A", "A")), OPEN, SubIndication.DEMAND_UNMET),
    "one of two types that are the same": (
        (_said(type_="AB"),),
        BundleDemand(types=("A", "B")),
        OPEN,
        SubIndication.DEMAND_UNMET,
    ),
    "each where it is needed": ((_said("1", "AB"), _said("2", "A")), BundleDemand(types=("A", "B")), PASSED, None),
    "each where it is needed, by way of others": (
        (_said("1", "ABC"), _said("2", "AB"), _said("3", "A")),
        BundleDemand(types=("A", "B", "C")),
        PASSED,
        None,
    ),
    "twice without an identifier": (
        (_said(""), _said("")),
        BundleDemand(types=("A", "A")),
        OPEN,
        SubIndication.DEMAND_UNMET,
    ),
    "one holder": ((_said(holder="h"), _said("2", holder="g、h")), SAME, PASSED, None),
    "two holders": ((_said(holder="h"), _said("2", holder="g")), SAME, FAILED, SubIndication.HOLDER_MISMATCH),
    "pairs alone": (
        (_said(holder="a、b"), _said("2", holder="b、c"), _said("3", holder="c、a")),
        SAME,
        FAILED,
        SubIndication.HOLDER_MISMATCH,
    ),
    "a holder withheld": ((_said(), _said("2", holder="")), SAME, OPEN, SubIndication.DEMAND_UNMET),
    "withheld and different": (
        (_said(), _said("2", holder=""), _said("3", holder="g")),
        SAME,
        FAILED,
        SubIndication.HOLDER_MISMATCH,
    ),
    "nobody's licence": ((_said(), None), SAME, OPEN, SubIndication.DEMAND_UNMET),
    "in force": ((_said(last="2027-01-01"), _said("2", first="2027-01-01")), ON, PASSED, None),
    "over by then": ((_said(last="2026-12-31"), _said("2")), ON, FAILED, SubIndication.LICENCE_EXPIRED),
    "begins later": ((_said(first="2027-01-02"),), ON, OPEN, SubIndication.LICENCE_NOT_IN_FORCE),
    "later and over": (
        (_said(first="2027-01-02"), _said("2", last="2026-12-31")),
        ON,
        FAILED,
        SubIndication.LICENCE_EXPIRED,
    ),
    "no term": ((_said(last=""),), ON, PASSED, None),
    "no day": ((_said(last="tomorrow"),), ON, OPEN, SubIndication.LICENCE_STATUS_UNKNOWN),
    "no licence by then": ((None, _said()), ON, OPEN, SubIndication.DEMAND_UNMET),
}


@pytest.mark.parametrize("name", ROWS)
def test_what_is_demanded_of_all(name: str) -> None:
    said, demand, indication, sub = ROWS[name]
    bundle = judge_bundle(tuple(map(_verdict, said)), demand, at=NOW)
    assert (bundle.conclusion.indication, bundle.conclusion.sub_indication) == (indication, sub)


def test_which_is_missing_and_where_is_told_and_no_code() -> None:
    bundle = judge_bundle(
        (_verdict(_said(holder="secret")), _verdict(_said("2", holder=""))),
        BundleDemand(types=("A", "B"), same_holder=True),
        at=NOW,
    )
    types, holder = bundle.checks
    assert (types.id, types.detail) == (CheckId.BUNDLE_TYPES, "missing: B")
    assert (holder.id, holder.detail) == (CheckId.BUNDLE_HOLDER, "no holder's code is told by: 2")
    assert "secret" not in repr(bundle)


@given(
    kept=st.lists(st.sampled_from(list(Indication)), min_size=1, max_size=5),
    demand=st.sampled_from([row[1] for row in ROWS.values()]),
)
def test_the_bundle_is_no_better_than_its_worst(kept: list[Indication], demand: BundleDemand) -> None:
    order = (FAILED, OPEN, PASSED)
    verdicts = tuple(
        _verdict(_said(str(place)), dataclasses.replace(GOOD, indication=each)) for place, each in enumerate(kept)
    )
    bundle = judge_bundle(verdicts, demand, at=NOW)
    assert order.index(bundle.conclusion.indication) <= min(map(order.index, kept))
    assert bundle.verdicts == verdicts
    assert all(each.status in CheckStatus for each in bundle.checks)
