"""One-time passwords: enrolled by a first code, each taken once, drift followed; RFC 6238's own values."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from pyotp import TOTP

from idp.factors.port import FactorClass, FactorKind, ProvedFactor
from idp.factors.throttle import Limits
from idp.factors.totp_codes import MOST_DRIFT, base32, matching_step, next_drift, parse_code, step_of
from tests.support.factors import NOON, OTHER, PERSON, FactorDesk, attempt, later, refusal
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity_codes import IdentityCode
from trustkit.store import factors

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustkit.error_family import Code
    from trustkit.store.unit_of_work import UnitOfWork

SECRET = b"12345678901234567890"
# RFC 6238 appendix B, the SHA-1 rows; six digits are the last of its eight.
RFC_6238 = {
    59: "94287082",
    1111111109: "07081804",
    1111111111: "14050471",
    1234567890: "89005924",
    2000000000: "69279037",
    20000000000: "65353130",
}


@pytest.mark.parametrize(("seconds", "code"), RFC_6238.items())
def test_the_values_of_the_standard(seconds: int, code: str) -> None:
    now = datetime.fromtimestamp(seconds, UTC)
    assert matching_step(SECRET, code[2:], now=now, drift=0, used=-1) == seconds // 30


def test_the_window_is_one_step_around_what_is_expected() -> None:
    here = step_of(NOON)
    codes = {
        step: TOTP(base32(SECRET)).at(datetime.fromtimestamp(step * 30, UTC)) for step in range(here - 4, here + 5)
    }

    def taken(drift: int, used: int = -1) -> list[int]:
        found = (matching_step(SECRET, code, now=NOON, drift=drift, used=used) for code in codes.values())
        return [step - here for step in found if step is not None]

    assert taken(0) == [-1, 0, 1]
    assert taken(2) == [1, 2, 3]
    assert taken(-2) == [-3, -2, -1]
    assert taken(0, used=here) == [1]


def test_drift_is_followed_only_so_far() -> None:
    assert next_drift(step_of(NOON) + 1, now=NOON) == 1
    assert next_drift(step_of(NOON) - 99, now=NOON) == -MOST_DRIFT


TYPED = {"287082": "287082", " 287 082 ": "287082", "287-082": "287082", "２８７０８２": "287082"}
NOT_CODES = ["", "28708", "2870822", "28708a", "٢٨٧٠٨٢", "287082" * 20, "-287.82", "0x1234", "\ud800" * 6]


@pytest.mark.parametrize(("typed", "code"), TYPED.items())
def test_codes_are_read_as_people_type_them(typed: str, code: str) -> None:
    assert parse_code(typed) == code


@pytest.mark.parametrize("typed", NOT_CODES)
def test_what_is_no_code_is_refused(typed: str) -> None:
    assert refusal(lambda: parse_code(typed)) is IdentityCode.FACTOR_CODE_FORM


class Phone:
    """An authenticator app with a clock of its own."""

    def __init__(self, desk: FactorDesk, *, person: str = PERSON, fast: int = 0) -> None:
        self._desk = desk
        self._fast = fast
        offer = desk.totp.begin(desk.enroller(person), account="li.hua", now=NOON)
        self.handle, self.uri = offer.handle, offer.uri
        self._app = TOTP(offer.typed.replace(" ", ""))
        self.confirm = partial(desk.totp.confirm, desk.enroller(person), offer.handle, now=NOON)

    def code(self, seconds: float = 0) -> str:
        return self._app.at(later(seconds + self._fast))


@pytest.fixture
def phone(desk: FactorDesk) -> Phone:
    phone = Phone(desk)
    phone.confirm(phone.code(-30), label="我的手机")
    return phone


def test_who_has_the_app_proves_possession(desk: FactorDesk, phone: Phone) -> None:
    proved = desk.totp.prove(attempt(at=later(1)), phone.code(1))
    assert (proved.person, proved.kind, proved.methods) == (PERSON, FactorKind.TOTP, ("otp",))
    assert proved.classes == {FactorClass.POSSESSION}
    assert not proved.phishing_resistant


def test_the_address_is_one_apps_read(desk: FactorDesk) -> None:
    phone = Phone(desk)
    parts = urlsplit(phone.uri)
    assert (parts.scheme, parts.netloc, unquote(parts.path)) == ("otpauth", "totp", "/示例市政务服务:li.hua")
    assert parse_qs(parts.query)["issuer"] == ["示例市政务服务"]
    assert len(phone.uri) <= 300  # what the house's QR code takes


def test_the_store_has_the_secret_sealed_and_bound_to_its_row(desk: FactorDesk) -> None:
    for person in (PERSON, OTHER):
        phone = Phone(desk, person=person)
        phone.confirm(phone.code(), label="我的手机")
    with desk.database.reading() as unit:
        (one,), (two,) = factors.list_live(unit, PERSON), factors.list_live(unit, OTHER)
    assert one.label == "我的手机"
    assert "手机" not in repr(one)
    moved = replace(two, material=one.material)
    with pytest.raises(TrustError) as caught:
        desk.totp._step(moved, "000000", NOON)
    assert caught.value.code is ErrorCode.DECRYPTION_FAILED


def test_the_code_that_enrolled_is_spent(desk: FactorDesk, phone: Phone) -> None:
    assert refusal(lambda: desk.totp.prove(attempt(), phone.code(-30))) is IdentityCode.FACTOR_REFUSED


def test_a_code_is_taken_once_and_none_before_it(desk: FactorDesk, phone: Phone) -> None:
    desk.totp.prove(attempt(at=later(1)), phone.code(0))
    desk.totp.prove(attempt(at=later(29)), phone.code(30))
    for code in (phone.code(30), phone.code(0)):
        assert refusal(partial(desk.totp.prove, attempt(at=later(31)), code)) is IdentityCode.FACTOR_REFUSED
    assert desk.totp.prove(attempt(at=later(61)), phone.code(61)).person == PERSON


def test_a_code_is_used_with_the_step_it_is_for_or_not_at_all(desk: FactorDesk, phone: Phone) -> None:
    def not_taken(_uow: UnitOfWork, _proved: ProvedFactor) -> None:
        raise TrustError(IdentityCode.IDP_LOGIN_STEP, "another step was taken meanwhile")

    prove = partial(desk.totp.prove, attempt(at=later(1)), phone.code(0))
    assert refusal(lambda: prove(then=not_taken)) is IdentityCode.IDP_LOGIN_STEP
    assert prove().person == PERSON
    assert refusal(prove) is IdentityCode.FACTOR_REFUSED


def test_of_two_uses_of_one_code_at_once_one_wins(desk: FactorDesk, phone: Phone) -> None:
    def use(_: int) -> bool:
        try:
            desk.totp.prove(attempt(address=""), phone.code(0))
        except TrustError as error:
            assert error.code in {IdentityCode.FACTOR_REFUSED, IdentityCode.FACTOR_THROTTLED}  # noqa: PT017 - one may win
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(use, range(4))) == 1


def test_a_clock_that_drifts_is_followed(desk: FactorDesk) -> None:
    phone = Phone(desk, fast=29)
    phone.confirm(phone.code(0))
    assert desk.totp.prove(attempt(at=later(86_400)), TOTP.at(phone._app, later(86_400 + 60 - 31))).person == PERSON
    patient = FactorDesk(desk.database, Limits(free=50))
    for day in range(2, 8):  # a step more each day
        fast = day * 30 - 30
        patient.totp.prove(attempt(at=later(day * 86_400)), phone._app.at(later(day * 86_400 + fast)))
    with desk.database.reading() as unit:
        (row,) = factors.list_live(unit, PERSON)
    assert row.drift == 6


REFUSED: list[tuple[str, Code, Callable[[FactorDesk, Phone], object]]] = [
    (
        "another code",
        IdentityCode.FACTOR_REFUSED,
        lambda d, p: d.totp.prove(attempt(), f"{(int(p.code()) + 1) % 10**6:06}"),
    ),
    ("of two minutes ago", IdentityCode.FACTOR_REFUSED, lambda d, p: d.totp.prove(attempt(at=later(120)), p.code(0))),
    ("of two minutes ahead", IdentityCode.FACTOR_REFUSED, lambda d, p: d.totp.prove(attempt(), p.code(120))),
    ("somebody else's", IdentityCode.FACTOR_REFUSED, lambda d, p: d.totp.prove(attempt(OTHER), p.code())),
    ("nobody's", IdentityCode.FACTOR_REFUSED, lambda d, p: d.totp.prove(attempt(None, name="x"), p.code())),
    ("no code", IdentityCode.FACTOR_CODE_FORM, lambda d, _: d.totp.prove(attempt(), "code")),
]


def test_what_proves_nothing_is_refused(desk: FactorDesk, phone: Phone) -> None:
    found = [(name, refusal(partial(act, desk, phone))) for name, _, act in REFUSED]
    assert found == [(name, code) for name, code, _ in REFUSED]


ENROLMENTS: list[tuple[str, Code, Callable[[FactorDesk, Phone], object]]] = [
    ("another code", IdentityCode.FACTOR_REFUSED, lambda _, p: p.confirm(f"{(int(p.code()) + 1) % 10**6:06}")),
    ("no code", IdentityCode.FACTOR_CODE_FORM, lambda _, p: p.confirm("code")),
    (
        "somebody else",
        IdentityCode.FACTOR_ENROLMENT_OVER,
        lambda d, p: d.totp.confirm(d.enroller(OTHER), p.handle, p.code(), now=NOON),
    ),
    (
        "another handle",
        IdentityCode.FACTOR_ENROLMENT_OVER,
        lambda d, p: d.totp.confirm(d.enroller(), "A" * 43, p.code(), now=NOON),
    ),
    (
        "no handle",
        IdentityCode.FACTOR_ENROLMENT_OVER,
        lambda d, p: d.totp.confirm(d.enroller(), "張", p.code(), now=NOON),
    ),
    (
        "too late",
        IdentityCode.FACTOR_ENROLMENT_OVER,
        lambda d, p: d.totp.confirm(d.enroller(now=later(600)), p.handle, p.code(600), now=later(600)),
    ),
    (
        "an old login",
        IdentityCode.FACTOR_ENROLMENT_STALE,
        lambda d, p: d.totp.confirm(d.enroller(), p.handle, p.code(601), now=later(601)),
    ),
    ("a long label", ErrorCode.INPUT_TOO_LARGE, lambda _, p: p.confirm(p.code(), label="x" * 65)),
]


def test_an_enrolment_needs_its_person_its_time_and_its_code(desk: FactorDesk) -> None:
    phone = Phone(desk)
    found = [(name, refusal(partial(act, desk, phone))) for name, _, act in ENROLMENTS]
    assert found == [(name, code) for name, code, _ in ENROLMENTS]
    assert phone.confirm(phone.code()).startswith("fa-")  # nothing of it was used up
    assert refusal(lambda: phone.confirm(phone.code())) is IdentityCode.FACTOR_ENROLMENT_OVER


def test_a_person_has_so_many_apps(desk: FactorDesk) -> None:
    for _ in range(5):
        phone = Phone(desk)
        phone.confirm(phone.code())
    assert refusal(lambda: Phone(desk)) is IdentityCode.FACTOR_EXISTS
