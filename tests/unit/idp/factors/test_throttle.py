"""How often a secret may be tried, by account, by address, and by both at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from idp.factors.port import FactorKind
from idp.factors.throttle import Limits
from idp.notices import Notice, deliver, notify
from tests.support.factors import HERE, NOON, OTHER, PERSON, FactorDesk, attempt, later, refusal
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity_codes import IdentityCode
from trustkit.store import notices
from trustkit.store.factor_schema import factor_attempts

if TYPE_CHECKING:
    from idp.factors.throttle import Attempt
    from idp.notices import Letter

KIND = FactorKind.PASSWORD


def admitted(desk: FactorDesk, tried: Attempt) -> bool:
    try:
        desk.throttle.admit(tried, KIND)
    except TrustError as error:
        if error.code not in {IdentityCode.FACTOR_THROTTLED, IdentityCode.FACTOR_LOCKED}:
            raise
        return False
    return True


def succeed(desk: FactorDesk, tried: Attempt) -> None:
    admission = desk.throttle.admit(tried, KIND)
    with desk.database.unit_of_work() as uow:
        desk.throttle.clear(uow, admission)


@pytest.mark.parametrize("person", [PERSON, None], ids=["somebody", "nobody"])
def test_waiting_doubles_for_names_of_somebody_and_of_nobody(desk: FactorDesk, person: str | None) -> None:
    tried, waits, now = partial(attempt, person, address="", name="li.hua"), [], 0.0
    for _ in range(12):
        desk.throttle.admit(tried(at=later(now)), KIND)
        try:
            desk.throttle.admit(tried(at=later(now + 0.5)), KIND)
        except TrustError as error:
            waits.append(int(error.facts["retry_after"]))
            now += waits[-1]
    assert waits == [30, 60, 120, 240, 480, 900, 900, 900, 900, 900]


def test_a_refusal_says_how_long(desk: FactorDesk) -> None:
    for _ in range(5):
        desk.throttle.admit(attempt(), KIND)
    with pytest.raises(TrustError) as caught:
        desk.throttle.admit(attempt(at=later(0.5)), KIND)
    assert caught.value.facts["retry_after"] == 30
    assert PERSON not in str(caught.value)


def test_after_very_many_in_a_row_it_is_closed_and_told(desk: FactorDesk) -> None:
    strict = FactorDesk(desk.database, Limits(free=2, most=4))
    now = NOON
    for _ in range(4):
        strict.throttle.admit(attempt(address="", at=now), KIND)
        now += timedelta(minutes=15)
    assert refusal(lambda: strict.throttle.admit(attempt(address="", at=now), KIND)) is IdentityCode.FACTOR_LOCKED
    assert strict.events() == [("idp:factor:locked", PERSON, "denied")] * 2
    with desk.database.reading() as unit:
        assert [row.about for row in notices.list_of(unit, PERSON)] == ["factor-locked"] * 2
    assert admitted(strict, attempt(address="", at=now + timedelta(days=7)))


def test_a_success_takes_back_what_was_counted(desk: FactorDesk) -> None:
    for second in range(0, 50, 5):
        for more in range(4):
            assert admitted(desk, attempt(at=later(second + more)))
        succeed(desk, attempt(at=later(second + 4)))


def test_a_stranger_elsewhere_does_not_keep_the_owner_out(desk: FactorDesk) -> None:
    succeed(desk, attempt(at=NOON))
    for _ in range(5):
        desk.throttle.admit(attempt(address="203.0.113.9", at=later(1)), KIND)
    assert not admitted(desk, attempt(address="203.0.113.9", at=later(2)))
    assert not admitted(desk, attempt(address="192.0.2.1", at=later(2)))
    assert admitted(desk, attempt(at=later(2)))


def test_where_somebody_signed_in_long_ago_is_not_his(desk: FactorDesk) -> None:
    succeed(desk, attempt(at=NOON))
    month = timedelta(days=31)
    for _ in range(5):
        desk.throttle.admit(attempt(address="203.0.113.9", at=NOON + month), KIND)
    assert not admitted(desk, attempt(at=NOON + month))


def test_one_address_does_not_try_a_little_at_each_account(desk: FactorDesk) -> None:
    strict = FactorDesk(desk.database, Limits(address=10))
    for number in range(10):
        assert admitted(strict, attempt(None, name=f"name{number}"))
    assert not admitted(strict, attempt(None, name="another", at=later(1)))
    assert admitted(strict, attempt(None, name="another", address="203.0.113.9", at=later(1)))
    assert admitted(strict, attempt(None, name="another", at=later(900)))


@pytest.mark.parametrize("everybodys", ["127.0.0.1", "::1"])
def test_behind_an_unnamed_proxy_a_stranger_stops_only_the_account_he_tries(desk: FactorDesk, everybodys: str) -> None:
    strict = FactorDesk(desk.database, Limits(address=10))
    succeed(strict, attempt(address=everybodys))
    for number in range(12):
        assert admitted(strict, attempt(None, name=f"name{number}", address=everybodys))
    for _ in range(5):
        strict.throttle.admit(attempt(address=everybodys, at=later(1)), KIND)
    assert not admitted(strict, attempt(address=everybodys, at=later(2)))
    assert admitted(strict, attempt(OTHER, address=everybodys, at=later(2)))


def test_who_knows_one_password_does_not_buy_more_tries_with_it(desk: FactorDesk) -> None:
    strict = FactorDesk(desk.database, Limits(address=10))
    for number in range(9):
        assert admitted(strict, attempt(None, name=f"name{number}"))
        succeed(strict, attempt(OTHER)) if number % 2 else None
    assert admitted(strict, attempt(None, name="last"))
    assert not admitted(strict, attempt(None, name="another", at=later(1)))


def test_many_at_once_have_no_more_than_one_by_one(desk: FactorDesk) -> None:
    with ThreadPoolExecutor(8) as pool:
        let_in = sum(pool.map(lambda _: admitted(desk, attempt(address="")), range(12)))
    assert let_in == 5


def test_kinds_are_counted_apart(desk: FactorDesk) -> None:
    for _ in range(5):
        desk.throttle.admit(attempt(), FactorKind.TOTP)
    assert admitted(desk, attempt())
    assert refusal(lambda: desk.throttle.admit(attempt(), FactorKind.TOTP)) is IdentityCode.FACTOR_THROTTLED


def test_a_quiet_day_forgets(desk: FactorDesk) -> None:
    for _ in range(4):
        desk.throttle.admit(attempt(address=""), KIND)
    tomorrow = later(86_401)
    assert all(admitted(desk, attempt(address="", at=tomorrow)) for _ in range(5))
    assert not admitted(desk, attempt(address="", at=tomorrow))


def test_rows_of_nobody_do_not_gather(desk: FactorDesk) -> None:
    for number in range(20):
        desk.throttle.admit(attempt(None, name=f"name{number}"), KIND)
    desk.throttle.admit(attempt(None, name="later", at=NOON + timedelta(days=2)), KIND)
    with desk.database.reading() as unit:
        assert unit.fetch_value(select(func.count()).select_from(factor_attempts)) == 2


def test_the_store_has_no_name_and_no_address(desk: FactorDesk) -> None:
    desk.throttle.admit(attempt(None, name="li.hua"), KIND)
    with desk.database.reading() as unit:
        rows = unit.fetch_all(select(factor_attempts))
    assert len(rows) == 2
    assert all(HERE not in str(dict(row)) and "li.hua" not in str(dict(row)) for row in rows)


class Platform:
    """A channel that is down as long as it is told."""

    def __init__(self) -> None:
        self.down = False
        self.letters: list[Letter] = []

    def send(self, letter: Letter) -> None:
        if self.down:
            raise TrustError(ErrorCode.REMOTE_UNREACHABLE)
        self.letters.append(letter)


def test_notices_are_handed_on_until_they_are_taken(desk: FactorDesk) -> None:
    platform = Platform()
    with desk.database.unit_of_work() as uow:
        notify(uow, Notice.FACTOR_REMOVED, person=PERSON, kind="totp", now=NOON)
    platform.down = True
    assert deliver(desk.database, platform, now=NOON) == 0
    platform.down = False
    assert deliver(desk.database, platform, now=later(59)) == 0
    assert deliver(desk.database, platform, now=later(60)) == 1
    assert deliver(desk.database, platform, now=later(9999)) == 0
    (letter,) = platform.letters
    assert (letter.person, letter.about, letter.kind, letter.at) == (PERSON, Notice.FACTOR_REMOVED, "totp", NOON)
    assert PERSON not in repr(letter)
    with desk.database.unit_of_work() as uow:
        notify(uow, Notice.CODES_RENEWED, person=PERSON, kind="recovery", now=later(4))
        newest, oldest = (row.id for row in notices.list_of(uow, PERSON))
        assert notices.mark_seen(uow, "np-qrstuvwxyzabc", newest=oldest, at=later(5)) == 0  # another's
        assert notices.mark_seen(uow, PERSON, newest=oldest, at=later(5)) == 1  # and not what came since
        assert notices.mark_seen(uow, PERSON, newest=newest, at=later(6)) == 1
        assert notices.mark_seen(uow, PERSON, newest=newest, at=later(7)) == 0


def test_an_admission_names_nobody() -> None:
    assert PERSON not in repr(replace(attempt(), name="li.hua"))
