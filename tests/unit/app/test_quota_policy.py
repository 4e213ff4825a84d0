"""Quotas as data: read strictly, by day and month of Beijing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from trustkit.api_codes import ApiCode
from trustkit.app.quota_policy import MAX_CLIENTS, Quota, parse_quotas, quota_policy
from trustkit.errors import TrustError

if TYPE_CHECKING:
    from pathlib import Path

GOOD = b'format = 1\n[every]\nper_day = 5\n[[client]]\nid = "platform"\nper_day = 7\nper_month = 9\n'


def test_a_client_has_its_own_quota_or_that_of_every_other() -> None:
    policy = parse_quotas(GOOD)
    assert policy.of("platform") == Quota(per_day=7, per_month=9)
    assert policy.of("other") == Quota(per_day=5)


def test_what_comes_with_the_installation_bounds_nobody(tmp_path: Path) -> None:
    assert quota_policy(tmp_path).of("anybody").periods(datetime(2026, 12, 1, tzinfo=UTC)) == {}


def test_days_and_months_are_those_of_beijing() -> None:
    periods = Quota(per_day=1, per_month=2).periods(datetime(2026, 12, 31, 16, 30, tzinfo=UTC))
    assert {name: most for name, (most, _) in periods.items()} == {"2027-01-01": 1, "2027-01": 2}
    day, month = (until.astimezone(UTC) for _, until in periods.values())
    assert (day, month) == (datetime(2027, 1, 1, 16, tzinfo=UTC), datetime(2027, 1, 31, 16, tzinfo=UTC))


def test_minutes_are_those_of_the_clock() -> None:
    quota = Quota(per_minute=3)
    before, after = (datetime(2026, 12, 31, 16, minute, second, tzinfo=UTC) for minute, second in ((30, 59), (31, 0)))
    (name, until), (other, _) = quota.minute(before), quota.minute(after)
    assert until == after
    assert name != other
    assert len(other) <= len("2026-12-01")  # as periods are kept


REFUSED = {
    "no TOML": b"{",
    "no text": b"\xff",
    "no format": b"[every]\nper_day = 1\n",
    "another format": b"format = 2\n",
    "unknown table": b"format = 1\n[each]\n",
    "unknown key": b"format = 1\n[every]\nper_week = 1\n",
    "minutes below nothing": b"format = 1\n[every]\nper_minute = -1\n",
    "below nothing": b"format = 1\n[every]\nper_day = -1\n",
    "no number": b"format = 1\n[every]\nper_day = true\n",
    "too many": b"format = 1\n[every]\nper_day = 2147483648\n",
    "every as a number": b"format = 1\nevery = 1\n",
    "client as a table": b"format = 1\n[client]\nid = 'a'\n",
    "client without id": b"format = 1\n[[client]]\nper_day = 1\n",
    "client twice": b"format = 1\n[[client]]\nid = 'a'\n[[client]]\nid = 'a'\n",
    "clients without end": b"format = 1\n" + b"[[client]]\n" * (MAX_CLIENTS + 1),
}


@pytest.mark.parametrize("name", REFUSED)
def test_quotas_that_are_refused(name: str) -> None:
    with pytest.raises(TrustError) as told:
        parse_quotas(REFUSED[name])
    assert told.value.code is ApiCode.QUOTA_POLICY
