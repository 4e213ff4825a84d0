"""Recovery codes, and what a person's list of factors says and lets be removed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

import pytest

from idp.factors.enroller import verify_operator
from idp.factors.port import FactorClass, FactorKind
from idp.factors.recovery import CODES, parse_recovery_code
from tests.support.factors import NOON, OTHER, PASSWORD, PERSON, FactorDesk, attempt, later, refusal
from trustkit.errors import TrustError
from trustkit.identity import Principal
from trustkit.identity_codes import IdentityCode
from trustkit.store import notices

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustkit.store.unit_of_work import ReadUnit

OPERATOR = Principal(id="operator:0")
NOT_CODES = [
    "",
    "K7QF-2M9D",
    "K7QF-2M9D-K7QF-2M9O",
    "K7QF-2M9D-K7QF-2M9DD",
    "1" * 16,
    "我" * 16,
    "K7QF2M9DK7QF2M9D" * 9,
]


def test_codes_are_read_as_people_type_them() -> None:
    for typed in ("K7QF-2M9D-K7QF-2M9D", " k7qf 2m9d k7qf 2m9d ", "ｋ７ｑｆ2m9dk7qf2m9d"):
        assert parse_recovery_code(typed) == "K7QF2M9DK7QF2M9D"


@pytest.mark.parametrize("typed", NOT_CODES)
def test_what_is_no_code_is_refused(typed: str) -> None:
    assert refusal(lambda: parse_recovery_code(typed)) is IdentityCode.FACTOR_CODE_FORM


def test_each_code_is_used_once_and_told(desk: FactorDesk) -> None:
    codes = desk.recovery.renew(desk.enroller(), now=NOON)
    assert len(set(codes)) == CODES
    for second, code in enumerate(codes):
        proved = desk.recovery.prove(attempt(at=later(second)), code.lower())
        assert (proved.kind, proved.methods) == (FactorKind.RECOVERY, ("otp",))
        assert proved.classes == {FactorClass.POSSESSION}
    assert refusal(lambda: desk.recovery.prove(attempt(at=later(11)), codes[0])) is IdentityCode.FACTOR_REFUSED
    with desk.database.reading() as unit:
        (line,) = desk.standing.lines(unit, PERSON)
        told = [row.about for row in notices.list_of(unit, PERSON)]
    assert (line.kind, line.left, line.used_at) == (FactorKind.RECOVERY, 0, later(9))
    assert told.count("recovery-used") == CODES


def test_a_new_set_ends_the_one_before(desk: FactorDesk) -> None:
    old = desk.recovery.renew(desk.enroller(), now=NOON)
    new = desk.recovery.renew(desk.enroller(), now=NOON)
    assert refusal(lambda: desk.recovery.prove(attempt(), old[0])) is IdentityCode.FACTOR_REFUSED
    assert desk.recovery.prove(attempt(), new[0]).person == PERSON


REFUSED: list[tuple[str, Callable[[FactorDesk, str], object]]] = [
    ("a wrong one", lambda d, _: d.recovery.prove(attempt(), "K7QF-2M9D-K7QF-2M9D")),
    ("somebody else", lambda d, code: d.recovery.prove(attempt(OTHER), code)),
    ("nobody", lambda d, code: d.recovery.prove(attempt(None, name="x"), code)),
]


def test_what_proves_nothing_is_refused(desk: FactorDesk) -> None:
    desk.recovery.renew(desk.enroller(OTHER), now=NOON)
    code = desk.recovery.renew(desk.enroller(), now=NOON)[0]
    found = {name: refusal(partial(act, desk, code)) for name, act in REFUSED}
    assert set(found.values()) == {IdentityCode.FACTOR_REFUSED}, found


def test_of_two_uses_of_one_code_at_once_one_wins(desk: FactorDesk) -> None:
    code = desk.recovery.renew(desk.enroller(), now=NOON)[0]

    def use(_: int) -> bool:
        try:
            desk.recovery.prove(attempt(address=""), code)
        except TrustError as error:
            assert error.code is IdentityCode.FACTOR_REFUSED  # noqa: PT017 - one may win
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(use, range(4))) == 1


def test_a_removal_is_told_and_in_the_trail(desk: FactorDesk) -> None:
    desk.recovery.renew(desk.enroller(), now=NOON)
    with desk.database.reading() as unit:
        (line,) = desk.standing.lines(unit, PERSON)
    remove = partial(desk.standing.remove, elsewhere=lambda _: False, now=NOON)
    assert refusal(lambda: remove(desk.enroller(OTHER), line.id)) is IdentityCode.FACTOR_MISSING
    remove(desk.enroller(), line.id)
    assert refusal(lambda: remove(desk.enroller(), line.id)) is IdentityCode.FACTOR_MISSING
    assert desk.events()[-1] == ("idp:factor:removed", line.id, "success")
    with desk.database.reading() as unit:
        assert notices.list_of(unit, PERSON)[0].kind == "recovery"
        assert {row.about for row in notices.list_of(unit, PERSON)} == {"codes-renewed", "factor-removed"}


def test_the_last_way_in_stays_unless_there_is_one_elsewhere_or_an_operator_says_so(desk: FactorDesk) -> None:
    remove = partial(desk.standing.remove, now=NOON)
    for enroller, elsewhere in ((desk.enroller(), True), (verify_operator(OPERATOR, PERSON, now=NOON), False)):
        factor = desk.passwords.put(desk.enroller(), PASSWORD, now=NOON)
        refused = partial(remove, desk.enroller(), factor, elsewhere=lambda _: False)
        assert refusal(refused) is IdentityCode.FACTOR_LAST
        remove(enroller, factor, elsewhere=_told(elsewhere))
        assert refusal(lambda: desk.prove_password(attempt(), PASSWORD)) is IdentityCode.FACTOR_REFUSED


def test_an_operator_ends_waits(desk: FactorDesk) -> None:
    desk.passwords.put(desk.enroller(), PASSWORD, now=NOON)
    for _ in range(5):
        refusal(lambda: desk.prove_password(attempt(), "wrong horse battery"))
    assert refusal(lambda: desk.prove_password(attempt(), PASSWORD)) is IdentityCode.FACTOR_THROTTLED
    assert desk.standing.release(verify_operator(OPERATOR, PERSON, now=NOON), now=NOON) == 1
    assert desk.prove_password(attempt(), PASSWORD).person == PERSON
    assert ("idp:factor:released", PERSON, "success") in desk.events()


def _told(elsewhere: bool) -> Callable[[ReadUnit], bool]:  # noqa: FBT001 - one answer, whatever is asked
    return lambda _: elsewhere
