"""A pairing comes to its end: the app learns what it is called, or that the person refused it; another key learns nothing."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.routing import APIRoute

from idp.factors.app_api import app_router
from idp.factors.app_messages import ALGORITHMS, ANSWER, KEY, LIST
from tests.support.confirming_app import ConfirmingApp
from tests.support.factors import ISSUER, NOON, OTHER, FactorDesk, later, refusal
from tests.support.source import ROOT
from tests.support.tokens import signer
from trustkit.clock import FixedClock
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.crypto.public_key import KeyKind
from trustkit.encoding.canonical_json import canonical_json
from trustkit.errors import ErrorCode
from trustkit.identity_codes import IdentityCode

if TYPE_CHECKING:
    from collections.abc import Callable

OVER = IdentityCode.FACTOR_ENROLMENT_OVER


def brought(desk: FactorDesk, app: ConfirmingApp) -> str:
    handle = desk.apps.begin(desk.enroller(), now=NOON).handle
    desk.apps.bring(app.key_for(handle), now=NOON)
    return handle


def test_the_code_says_where_and_by_what(desk: FactorDesk) -> None:
    code = urlsplit(desk.apps.uri("a" * 43))
    assert (code.scheme, code.netloc, parse_qs(code.query)) == (
        "trustkit-app",
        "pair",
        {"issuer": [ISSUER], "pairing": ["a" * 43]},
    )


def test_what_apps_are_told_to_do_is_what_is_done(desk: FactorDesk) -> None:
    told = (ROOT / "docs" / "confirming-app.md").read_text(encoding="utf-8")
    routes = {
        each.path
        for each in app_router(desk.apps, desk.confirmations, FixedClock(NOON)).routes
        if isinstance(each, APIRoute)
    }
    codes = {
        IdentityCode.FACTOR_CONFIRMATION_NUMBER,
        IdentityCode.FACTOR_CONFIRMATION_OVER,
        IdentityCode.FACTOR_APP_MESSAGE,
        IdentityCode.FACTOR_ENROLMENT_OVER,
        ErrorCode.REQUEST_RATE,
    }
    for each in (*routes, KEY, LIST, ANSWER, *(code.value for code in codes), *(alg.value for alg in ALGORITHMS)):
        assert each in told, each
    app = ConfirmingApp()
    handle = desk.apps.begin(desk.enroller(), now=NOON).handle
    hashed = digest(
        DigestAlgorithm.SM3, b"trustkit idp app key v1\n" + canonical_json(json.loads(app.key_for(handle))["jwk"])
    )
    assert desk.apps.bring(app.key_for(handle), now=NOON) == str(int.from_bytes(hashed, "big"))[-6:]


@pytest.mark.parametrize("kind", [KeyKind.SM2, KeyKind.EC_P256, KeyKind.ED25519])
def test_the_app_learns_what_it_is_called(desk: FactorDesk, kind: KeyKind) -> None:
    app = ConfirmingApp(signer=signer(kind))
    handle = brought(desk, app)
    asks = partial(desk.apps.outcome, app.key_for(handle))
    assert asks(now=NOON) is None
    factor = desk.apps.finish(desk.enroller(), handle, now=NOON)
    assert asks(now=later(1)) == factor
    assert asks(now=later(2)) == factor  # an answer that was lost is asked for again
    assert refusal(lambda: asks(now=later(301))) in {OVER, IdentityCode.FACTOR_APP_MESSAGE}


def test_who_brought_another_key_learns_nothing(desk: FactorDesk) -> None:
    app, other = ConfirmingApp(), ConfirmingApp(signer=signer(KeyKind.SM2, 1))
    handle = brought(desk, app)
    asks = partial(desk.apps.outcome, other.key_for(handle), now=NOON)
    assert refusal(asks) is OVER
    desk.apps.finish(desk.enroller(), handle, now=NOON)
    assert refusal(asks) is OVER


def test_a_pairing_that_was_refused_is_over_for_the_app(desk: FactorDesk) -> None:
    app = ConfirmingApp()
    handle = brought(desk, app)
    assert refusal(lambda: desk.apps.cancel(desk.enroller(OTHER), handle, now=NOON)) is OVER
    desk.apps.cancel(desk.enroller(), handle, now=NOON)
    assert refusal(lambda: desk.apps.outcome(app.key_for(handle), now=NOON)) is OVER
    assert refusal(lambda: desk.apps.finish(desk.enroller(), handle, now=NOON)) is OVER
    assert refusal(lambda: desk.apps.cancel(desk.enroller(), handle, now=NOON)) is OVER


def test_a_code_nobody_read_is_taken_back(desk: FactorDesk) -> None:
    handle = desk.apps.begin(desk.enroller(), now=NOON).handle
    desk.apps.cancel(desk.enroller(), handle, now=NOON)
    assert refusal(lambda: desk.apps.bring(ConfirmingApp().key_for(handle), now=NOON)) is OVER


def test_an_app_that_was_removed_is_not_paired(desk: FactorDesk) -> None:
    app = ConfirmingApp()
    handle = brought(desk, app)
    factor = desk.apps.finish(desk.enroller(), handle, now=NOON)
    desk.standing.remove(desk.enroller(), factor, elsewhere=lambda _: True, now=NOON)
    assert refusal(lambda: desk.apps.outcome(app.key_for(handle), now=NOON)) is OVER


UNFIT: list[tuple[str, Callable[[str], bytes]]] = [
    ("no JSON", lambda _: b"{"),
    ("no proof", lambda _: b'{"jwk":{}}'),
    ("for another provider", lambda handle: ConfirmingApp().key_for(handle, aud="https://evil.example")),
    ("of another app", lambda handle: ConfirmingApp().key_for(handle, iss="fa-other")),
    ("too long", lambda handle: ConfirmingApp().key_for(handle, more="x" * 9000)),
]


@pytest.mark.parametrize(("name", "make"), UNFIT)
def test_what_is_no_message_is_refused(desk: FactorDesk, name: str, make: Callable[[str], bytes]) -> None:
    del name
    handle = brought(desk, ConfirmingApp())
    assert refusal(lambda: desk.apps.outcome(make(handle), now=NOON)) is IdentityCode.FACTOR_APP_MESSAGE
