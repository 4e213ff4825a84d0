"""Confirmation in an app: paired, asked, answered with the number, polled once; and all that is no answer."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

import pytest

from idp.factors.app_messages import ANSWER, KEY, LIST
from idp.factors.port import FactorClass, FactorKind
from idp.handles import digest_of
from tests.support.confirming_app import ConfirmingApp
from tests.support.factors import NOON, OTHER, PERSON, FactorDesk, attempt, later, refusal
from tests.support.tokens import signer
from trustkit.crypto.public_key import KeyKind
from trustkit.errors import TrustError
from trustkit.identity_codes import IdentityCode
from trustkit.store import confirmations

if TYPE_CHECKING:
    from collections.abc import Callable

    from idp.factors.confirmations import Asked
    from trustkit.error_family import Code

KINDS = (KeyKind.SM2, KeyKind.EC_P256, KeyKind.ED25519)


@pytest.fixture
def app(desk: FactorDesk) -> ConfirmingApp:
    return ConfirmingApp().pair(desk, PERSON)


def asked(desk: FactorDesk, person: str | None = PERSON) -> tuple[Asked, str]:
    """Ask, and return what the page has, and the id the app sees."""
    found = desk.confirmations.ask(attempt(person, name="x"), wanted_for="签发执照")
    with desk.database.reading() as unit:
        row = confirmations.find_by_handle(unit, digest_of(found.handle))
    assert row is not None
    return found, row.id


def wrong(number: str) -> str:
    return f"{(int(number) + 1) % 100:02}"


@pytest.mark.parametrize("kind", KINDS)
def test_approved_with_the_number_it_proves_possession_once(desk: FactorDesk, kind: KeyKind) -> None:
    app = ConfirmingApp(signer=signer(kind)).pair(desk, PERSON)
    page, identifier = asked(desk)
    poll = partial(desk.confirmations.poll, page.handle)
    assert refusal(lambda: poll(attempt())) is IdentityCode.FACTOR_CONFIRMATION_PENDING
    (waiting,) = desk.confirmations.waiting(app.wish(), now=NOON)
    assert (waiting.id, waiting.wanted_for) == (identifier, "签发执照")
    assert page.number not in str(waiting.wanted_for)
    desk.confirmations.answer(app.answer(waiting.id, page.number), now=later(1))
    proved = poll(attempt(at=later(2)))
    assert (proved.person, proved.kind, proved.factor) == (PERSON, FactorKind.CONFIRMATION, app.factor)
    assert proved.classes == {FactorClass.POSSESSION}
    assert (proved.methods, proved.at) == (("swk",), later(1))
    assert not proved.phishing_resistant
    assert refusal(lambda: poll(attempt(at=later(4)))) is IdentityCode.FACTOR_CONFIRMATION_OVER
    assert desk.events()[-1] == ("idp:confirmation:answered", identifier, "success")


def test_denied_it_proves_nothing(desk: FactorDesk, app: ConfirmingApp) -> None:
    page, identifier = asked(desk)
    desk.confirmations.answer(app.answer(identifier, None), now=NOON)
    poll = partial(desk.confirmations.poll, page.handle, attempt(at=later(2)))
    assert refusal(poll) is IdentityCode.FACTOR_CONFIRMATION_DENIED
    again = app.answer(identifier, page.number)
    assert refusal(lambda: desk.confirmations.answer(again, now=NOON)) is IdentityCode.FACTOR_CONFIRMATION_OVER


def test_a_third_wrong_number_denies(desk: FactorDesk, app: ConfirmingApp) -> None:
    page, identifier = asked(desk)
    for _ in range(3):
        guess = app.answer(identifier, wrong(page.number))
        assert refusal(lambda: desk.confirmations.answer(guess, now=NOON)) is IdentityCode.FACTOR_CONFIRMATION_NUMBER  # noqa: B023 - called at once
    right = app.answer(identifier, page.number)
    assert refusal(lambda: desk.confirmations.answer(right, now=NOON)) is IdentityCode.FACTOR_CONFIRMATION_OVER
    assert desk.events()[-1] == ("idp:confirmation:answered", identifier, "denied")


def test_polling_is_held_to_its_interval_its_person_and_its_time(desk: FactorDesk, app: ConfirmingApp) -> None:
    page, identifier = asked(desk)
    desk.confirmations.answer(app.answer(identifier, page.number), now=NOON)
    poll = partial(desk.confirmations.poll, page.handle)
    assert refusal(lambda: poll(attempt(OTHER))) is IdentityCode.FACTOR_CONFIRMATION_OVER
    assert refusal(lambda: poll(attempt(at=later(180)))) is IdentityCode.FACTOR_CONFIRMATION_OVER
    assert refusal(lambda: poll(attempt(at=later(-1)))) is IdentityCode.FACTOR_CONFIRMATION_OVER
    assert refusal(lambda: desk.confirmations.poll("A" * 43, attempt())) is IdentityCode.FACTOR_CONFIRMATION_OVER
    assert refusal(lambda: desk.confirmations.poll("", attempt())) is IdentityCode.FACTOR_CONFIRMATION_OVER
    other, _ = asked(desk)
    quick = partial(desk.confirmations.poll, other.handle)
    assert refusal(lambda: quick(attempt())) is IdentityCode.FACTOR_CONFIRMATION_PENDING
    assert refusal(lambda: quick(attempt(at=later(1)))) is IdentityCode.FACTOR_CONFIRMATION_SLOWER
    assert refusal(lambda: quick(attempt(at=later(3)))) is IdentityCode.FACTOR_CONFIRMATION_PENDING


def test_of_two_polls_at_once_one_wins(desk: FactorDesk, app: ConfirmingApp) -> None:
    page, identifier = asked(desk)
    desk.confirmations.answer(app.answer(identifier, page.number), now=NOON)

    def poll(_: int) -> bool:
        try:
            desk.confirmations.poll(page.handle, attempt(at=later(1)))
        except TrustError as error:
            taken = {IdentityCode.FACTOR_CONFIRMATION_SLOWER, IdentityCode.FACTOR_CONFIRMATION_OVER}
            assert error.code in taken  # noqa: PT017 - one may win
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(poll, range(4))) == 1


def test_names_of_nobody_are_asked_alike(desk: FactorDesk) -> None:
    page, _ = asked(desk, None)
    poll = partial(desk.confirmations.poll, page.handle)
    assert refusal(lambda: poll(attempt(None, name="x"))) is IdentityCode.FACTOR_CONFIRMATION_PENDING


def test_nobody_is_worn_down(desk: FactorDesk, app: ConfirmingApp) -> None:
    for _ in range(5):
        asked(desk)
    again = partial(desk.confirmations.ask, attempt(at=later(1)), wanted_for="x")
    assert refusal(again) is IdentityCode.FACTOR_THROTTLED
    assert len(desk.confirmations.waiting(app.wish(), now=NOON)) == 5


def test_an_app_sees_and_answers_what_is_its_persons(desk: FactorDesk, app: ConfirmingApp) -> None:
    theirs = ConfirmingApp(signer=signer(KeyKind.SM2, 1)).pair(desk, OTHER)
    page, identifier = asked(desk)
    assert desk.confirmations.waiting(theirs.wish(), now=NOON) == ()
    forged = theirs.answer(identifier, page.number)
    assert refusal(lambda: desk.confirmations.answer(forged, now=NOON)) is IdentityCode.FACTOR_CONFIRMATION_OVER
    stolen = ConfirmingApp(signer=theirs.signer, factor=app.factor).answer(identifier, page.number)
    assert refusal(lambda: desk.confirmations.answer(stolen, now=NOON)) is IdentityCode.FACTOR_APP_MESSAGE


BENT: list[tuple[str, Callable[[ConfirmingApp, str, str], str]]] = [
    ("a list", lambda app, _i, _n: app.wish()),
    ("for another provider", lambda app, i, n: app.answer(i, n, aud="https://evil.example")),
    ("for two", lambda app, i, n: app.answer(i, n, aud=["https://login.example.gov.cn", "https://evil.example"])),
    ("of another app", lambda app, i, n: app.answer(i, n, iss="fa-other")),
    ("of six minutes ago", lambda app, i, n: app.answer(i, n, at=later(-360))),
    ("of tomorrow", lambda app, i, n: app.answer(i, n, at=later(86_400))),
    ("without end", lambda app, i, n: app.answer(i, n, exp=None)),
    ("for a year", lambda app, i, n: app.answer(i, n, exp=int(later(365 * 86_400).timestamp()))),
    ("without a number", lambda app, i, _n: app.answer(i, "", number=None)),
    ("with a number of another type", lambda app, i, n: app.answer(i, n, number=int(n))),
    ("without decision", lambda app, i, n: app.answer(i, n, decision=None)),
    ("undecided", lambda app, i, n: app.answer(i, n, decision="perhaps")),
    ("without an id", lambda app, _i, n: app.answer("", n)),
    ("of an app that is not there", lambda app, i, n: app.say(ANSWER, key_id="fa-none", confirmation=i, number=n)),
    ("too long", lambda app, i, n: app.answer(i, n, more="x" * 9000)),
    ("no token", lambda _app, _i, _n: "approve"),
]


def test_what_is_no_answer_is_refused(desk: FactorDesk, app: ConfirmingApp) -> None:
    page, identifier = asked(desk)
    found = {}
    for name, make in BENT:
        message = make(app, identifier, page.number)
        found[name] = refusal(partial(desk.confirmations.answer, message, now=NOON))
    assert found == {name: IdentityCode.FACTOR_APP_MESSAGE for name, _ in BENT}
    answer = app.answer(identifier, page.number)
    assert refusal(lambda: desk.confirmations.waiting(answer, now=NOON)) is IdentityCode.FACTOR_APP_MESSAGE
    desk.confirmations.answer(answer, now=NOON)


def test_a_removed_app_answers_nothing_and_what_it_approved_is_over(desk: FactorDesk, app: ConfirmingApp) -> None:
    page, identifier = asked(desk)
    desk.confirmations.answer(app.answer(identifier, page.number), now=NOON)
    desk.standing.remove(desk.enroller(), app.factor, elsewhere=lambda _: True, now=NOON)
    poll = partial(desk.confirmations.poll, page.handle, attempt(at=later(1)))
    assert refusal(poll) is IdentityCode.FACTOR_CONFIRMATION_OVER
    assert refusal(lambda: desk.confirmations.waiting(app.wish(), now=NOON)) is IdentityCode.FACTOR_APP_MESSAGE


# Pairing


def test_both_screens_show_the_same_digits(desk: FactorDesk) -> None:
    app, enroller = ConfirmingApp(), desk.enroller()
    handle = desk.apps.begin(enroller, now=NOON).handle
    assert desk.apps.digits(enroller, handle, now=NOON) is None
    shown = desk.apps.bring(app.key_for(handle), now=NOON)
    assert len(shown) == 6
    assert desk.apps.digits(enroller, handle, now=NOON) == shown


def test_a_second_key_for_a_pairing_is_refused(desk: FactorDesk) -> None:
    handle = desk.apps.begin(desk.enroller(), now=NOON).handle
    desk.apps.bring(ConfirmingApp(signer=signer(KeyKind.SM2, 1)).key_for(handle), now=NOON)
    second = ConfirmingApp().key_for(handle)
    assert refusal(lambda: desk.apps.bring(second, now=NOON)) is IdentityCode.FACTOR_ENROLMENT_OVER


PAIRINGS: list[tuple[str, Code, Callable[[str], bytes]]] = [
    ("another pairing", IdentityCode.FACTOR_ENROLMENT_OVER, lambda _: ConfirmingApp().key_for("A" * 43)),
    ("no pairing", IdentityCode.FACTOR_ENROLMENT_OVER, lambda _: ConfirmingApp().key_for("none")),
    (
        "for another provider",
        IdentityCode.FACTOR_APP_MESSAGE,
        lambda h: ConfirmingApp().key_for(h, aud="https://x.example"),
    ),
    (
        "another's key",
        IdentityCode.FACTOR_APP_MESSAGE,
        lambda h: json.dumps(
            json.loads(ConfirmingApp().key_for(h))
            | {"jwk": json.loads(ConfirmingApp(signer=signer(KeyKind.SM2, 1)).key_for(h))["jwk"]}
        ).encode(),
    ),
    (
        "a key of another kind",
        IdentityCode.FACTOR_APP_MESSAGE,
        lambda h: ConfirmingApp(signer=signer(KeyKind.RSA)).key_for(h),
    ),
    (
        "no proof",
        IdentityCode.FACTOR_APP_MESSAGE,
        lambda h: json.dumps({"jwk": json.loads(ConfirmingApp().key_for(h))["jwk"]}).encode(),
    ),
    (
        "a list",
        IdentityCode.FACTOR_APP_MESSAGE,
        lambda h: ConfirmingApp().key_for(h).replace(KEY.encode(), LIST.encode())[:-9],
    ),
    ("no object", IdentityCode.FACTOR_APP_MESSAGE, lambda _: b"[]"),
    ("no JSON", IdentityCode.FACTOR_APP_MESSAGE, lambda _: b"{"),
]


def test_what_brings_no_key_is_refused(desk: FactorDesk) -> None:
    handle = desk.apps.begin(desk.enroller(), now=NOON).handle
    found = [(name, refusal(partial(desk.apps.bring, make(handle), now=NOON))) for name, _, make in PAIRINGS]
    assert found == [(name, code) for name, code, _ in PAIRINGS]
    late = ConfirmingApp().say(KEY, at=later(300), pairing=handle, iss="app")
    body = json.loads(ConfirmingApp().key_for(handle)) | {"proof": late}
    bring = partial(desk.apps.bring, json.dumps(body).encode(), now=later(300))
    assert refusal(bring) is IdentityCode.FACTOR_ENROLMENT_OVER


def test_a_pairing_is_its_persons_and_once(desk: FactorDesk) -> None:
    handle = desk.apps.begin(desk.enroller(), now=NOON).handle
    finish = partial(desk.apps.finish, handle=handle, now=NOON)
    assert refusal(lambda: finish(desk.enroller())) is IdentityCode.FACTOR_ENROLMENT_OVER
    desk.apps.bring(ConfirmingApp().key_for(handle), now=NOON)
    assert refusal(lambda: finish(desk.enroller(OTHER))) is IdentityCode.FACTOR_ENROLMENT_OVER
    assert (
        refusal(lambda: desk.apps.digits(desk.enroller(OTHER), handle, now=NOON)) is IdentityCode.FACTOR_ENROLMENT_OVER
    )
    assert finish(desk.enroller()).startswith("fa-")
    assert refusal(lambda: finish(desk.enroller())) is IdentityCode.FACTOR_ENROLMENT_OVER


def test_a_person_has_so_many_apps(desk: FactorDesk) -> None:
    for which in range(5):
        ConfirmingApp(signer=signer(KeyKind.SM2, which)).pair(desk, PERSON)
    assert refusal(lambda: desk.apps.begin(desk.enroller(), now=NOON)) is IdentityCode.FACTOR_EXISTS
