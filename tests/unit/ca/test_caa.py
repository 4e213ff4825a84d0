from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ca.acme.caa import MAX_LABELS, Caa, CaaRecord, issuer_of
from tests.support.names import name_service
from trustkit.app.acme_network import NameService
from trustkit.clock import FixedClock
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.error_family import Code

US = "ca.example.test"
NAME = "www.shop.example.cn"
CLOCK = FixedClock(datetime(2026, 11, 1, tzinfo=UTC))


@dataclass
class Zones:
    """What each name's CAA records are, and what was asked for."""

    records: dict[str, tuple[CaaRecord, ...]]
    asked: list[str] = field(default_factory=list)

    def caa(self, name: str) -> tuple[CaaRecord, ...]:
        self.asked.append(name)
        return self.records.get(name, ())


def record(value: str, tag: str = "issue", flags: int = 0) -> CaaRecord:
    return CaaRecord(flags=flags, tag=tag, value=value.encode())


def judge(records: dict[str, tuple[CaaRecord, ...]], *, wildcard: bool = False, name: str = NAME) -> Code | None:
    try:
        Caa(identities=(US,), network=Zones(records), clock=CLOCK).require(name, wildcard=wildcard)
    except TrustError as error:
        return error.code
    return None


ALLOWED: dict[str, tuple[dict[str, tuple[CaaRecord, ...]], bool]] = {
    "no records": ({}, False),
    "named": ({NAME: (record(US),)}, False),
    "named in capitals, with blanks": ({NAME: (record(f"  {US.upper()} ; "),)}, False),
    "named among others": ({NAME: (record("other.test"), record(US))}, False),
    "named above": ({"example.cn": (record(US),)}, False),
    "nearer records come first": ({"shop.example.cn": (record(US),), "example.cn": (record(";"),)}, False),
    "only a report address": ({NAME: (record("mailto:a@b.cn", "iodef"),)}, False),
    "a report address that is critical": ({NAME: (record("mailto:a@b.cn", "iodef", 128),)}, False),
    "something unknown that is not critical": ({NAME: (record("x", "future"),)}, False),
    "unknown flags": ({NAME: (record(US, flags=1),)}, False),
    "wildcards of others do not concern a name": ({NAME: (record(";", "issuewild"),)}, False),
    "a wildcard by issue": ({NAME: (record(US),)}, True),
    "a wildcard by issuewild before issue": ({NAME: (record("other.test"), record(US, "issuewild"))}, True),
}


@pytest.mark.parametrize("case", ALLOWED.values(), ids=ALLOWED.keys())
def test_a_zone_lets_this_authority_issue(case: tuple[dict[str, tuple[CaaRecord, ...]], bool]) -> None:
    records, wildcard = case
    assert judge(records, wildcard=wildcard) is None


REFUSED: dict[str, tuple[dict[str, tuple[CaaRecord, ...]], bool]] = {
    "another authority": ({NAME: (record("other.test"),)}, False),
    "nobody": ({NAME: (record(";"),)}, False),
    "an empty value": ({NAME: (record(""),)}, False),
    "another above": ({"cn": (record("other.test"),)}, False),
    "nearer records come first": ({"shop.example.cn": (record(";"),), "example.cn": (record(US),)}, False),
    "a critical property that is unknown": ({NAME: (record(US), record("x", "future", 128))}, False),
    "a permission for one account": ({NAME: (record(f"{US}; accounturi=https://a/1"),)}, False),
    "a permission for one means": ({NAME: (record(f"{US};validationmethods=dns-01"),)}, False),
    "a malformed name": ({NAME: (record(f"{US}."),)}, False),
    "a name with a part of ours": ({NAME: (record(f"x{US}"), record(f"{US}.x"))}, False),
    "beyond ASCII": ({NAME: (CaaRecord(flags=0, tag="issue", value=US.encode() + b"\xff"),)}, False),
    "too long": ({NAME: (record(US + " " * 2000),)}, False),
    "a wildcard of others": ({NAME: (record(US), record("other.test", "issuewild"))}, True),
    "a wildcard nobody may have": ({NAME: (record(US), record(";", "issuewild"))}, True),
    "a wildcard by another's issue": ({NAME: (record("other.test"),)}, True),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED.keys())
def test_a_zone_forbids(case: tuple[dict[str, tuple[CaaRecord, ...]], bool]) -> None:
    records, wildcard = case
    assert judge(records, wildcard=wildcard) is ErrorCode.ACME_CAA


def test_an_authority_without_a_name_issues_where_nothing_is_restricted() -> None:
    caa = Caa(identities=(), network=Zones({"example.cn": (record(US),)}), clock=CLOCK)
    caa.require("www.example.test", wildcard=False)
    with pytest.raises(TrustError) as caught:
        caa.require("www.example.cn", wildcard=False)
    assert caught.value.code is ErrorCode.ACME_CAA


def test_the_tree_is_climbed_to_its_top_and_no_name_is_climbed_for_ever() -> None:
    zones = Zones({})
    Caa(identities=(), network=zones, clock=CLOCK).require(NAME, wildcard=False)
    assert zones.asked == [NAME, "shop.example.cn", "example.cn", "cn"]
    deep = ".".join(["a"] * (MAX_LABELS + 1))
    assert judge({}, name=deep) is ErrorCode.ACME_CAA


@dataclass
class Sluggish(Zones):
    """A name service, and a clock: each question takes nine seconds, and there are no records."""

    seconds: float = 0.0

    def caa(self, name: str) -> tuple[CaaRecord, ...]:
        self.seconds += 9
        return super().caa(name)

    def now(self) -> datetime:
        return CLOCK.now()

    def monotonic(self) -> float:
        return self.seconds


def test_a_slow_name_service_does_not_hold_us_up_for_each_label_and_each_name() -> None:
    slow = Sluggish({})
    caa = Caa(identities=(US,), network=slow, clock=slow)
    with pytest.raises(TrustError) as caught:
        caa.require(".".join(["a"] * MAX_LABELS), wildcard=False)
    assert (caught.value.code, len(slow.asked)) == (ErrorCode.ACME_DNS, 3)
    slow.asked.clear()
    with pytest.raises(TrustError) as caught:
        caa.require_all([("a.test", False)] * 100)
    assert (caught.value.code, len(slow.asked)) == (ErrorCode.ACME_DNS, 3)
    caa.require("a.test", wildcard=False)  # each order has its own time


@given(st.binary(max_size=64))
def test_any_value_names_one_authority_or_none(value: bytes) -> None:
    found = issuer_of(value)
    assert found is None or (found == found.lower() and found.encode() in value.lower())


def test_records_come_from_the_name_service() -> None:
    zones: dict[str, tuple[str, ...]] = {"example.cn": (f'0 issue "{US}"', '128 issuewild ";"')}
    with name_service(caa=zones) as resolver:
        names = NameService(server=resolver, seconds=2)
        assert set(names.caa("example.cn")) == {record(US), record(";", "issuewild", 128)}
        assert names.caa("www.example.cn") == ()
        caa = Caa(identities=(US,), network=names, clock=CLOCK)
        caa.require("www.example.cn", wildcard=False)
        with pytest.raises(TrustError) as wild:
            caa.require("www.example.cn", wildcard=True)
        assert wild.value.code is ErrorCode.ACME_CAA
        zones["example.cn"] = tuple(f'0 issue "a{number}.test"' for number in range(65))
        with pytest.raises(TrustError) as many:
            names.caa("example.cn")
        assert many.value.code is ErrorCode.ACME_CAA
    with pytest.raises(TrustError) as silent:
        NameService(server="127.0.0.1:9", seconds=0.5).caa(NAME)
    assert silent.value.code is ErrorCode.ACME_DNS
