"""The identity service of a home in this process, its clock in the test's hands, and somebody who can sign in at it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import pyotp
import pytest

from idp.cookies import CookieRules
from idp.factors.enroller import verify_operator
from idp.subject.mandates import NewMandate
from tests.support.authority import passphrase
from tests.support.clocks import Ticking
from tests.support.confirming_app import ConfirmingApp
from tests.support.form_browser import FormBrowser
from tests.support.settled_identity import settle_with_person
from tests.support.tokens import signer
from trustkit.app.idp_asgi import identity_application
from trustkit.app.idp_factors import HomeFactors
from trustkit.app.idp_home import load_identity
from trustkit.clock import SystemClock
from trustkit.crypto.public_key import KeyKind
from trustkit.store.mandates import MandateRole

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from starlette.types import ASGIApp

    from trustkit.app.idp_home import IdentityHome

NAME, PASSWORD = "li.hua", "correct horse battery"
COMPANY = "滨海示例科技有限公司"
COOKIES = CookieRules(secure=False)
BASE = "http://127.0.0.1:8442"


@dataclass
class Site:
    home: IdentityHome
    app: ASGIApp
    clock: Ticking
    person: str

    def browser(self) -> FormBrowser:
        return FormBrowser(app=self.app, base=BASE)

    def with_totp(self) -> pyotp.TOTP:
        self.clock.pass_(1)
        now = self.clock.now()
        enroller, totp = verify_operator(self.home.operator, self.person, now=now), HomeFactors(home=self.home).totp
        offer = totp.begin(enroller, account="x", now=now)
        app = pyotp.TOTP(offer.typed.replace(" ", ""))
        totp.confirm(enroller, offer.handle, app.at(now - timedelta(seconds=30)), now=now)
        return app

    def with_app(self, person: str = "", which: int = 0) -> ConfirmingApp:
        now, whose = self.clock.now(), person or self.person
        enroller, apps = verify_operator(self.home.operator, whose, now=now), HomeFactors(home=self.home).apps
        app, handle = ConfirmingApp(signer=signer(KeyKind.SM2, which)), apps.begin(enroller, now=now).handle
        apps.bring(app.key_for(handle, at=now, aud=BASE), now=now)
        app.factor = apps.finish(enroller, handle, label="手机", now=now)
        return app

    def without(self, app: ConfirmingApp) -> None:
        now = self.clock.now()
        enroller = verify_operator(self.home.operator, self.person, now=now)
        HomeFactors(home=self.home).standing.remove(enroller, app.factor, elsewhere=lambda _: True, now=now)

    def handler(self) -> str:
        """Give the person a mandate for an hour, and return its number."""
        now = self.clock.now()
        new = NewMandate(
            person=self.person,
            uscc="91350100M000100Y43",
            name=COMPANY,
            role=MandateRole.HANDLER,
            scope=("*",),
            valid_from=now,
            valid_until=now + timedelta(hours=1),
            evidence_sm3="0" * 64,
        )
        with self.home.database.unit_of_work() as uow:
            return self.home.mandates.add(uow, new, now=now, actor=self.home.operator).id

    def ends(self, mandate: str) -> None:
        with self.home.database.unit_of_work() as uow:
            self.home.mandates.end(uow, mandate, reason="left", now=self.clock.now(), actor=self.home.operator)

    def code(self, app: pyotp.TOTP) -> str:
        """Return the next code that was not used."""
        self.clock.pass_(30)
        return app.at(self.clock.now())


@pytest.fixture
def site(home: Path) -> Iterator[Site]:
    person = settle_with_person(home, NAME, PASSWORD)
    clock = Ticking()
    clock.at = SystemClock().now()
    opened = load_identity(home, passphrase(), clock)
    try:
        yield Site(home=opened, app=identity_application(opened), clock=clock, person=person)
    finally:
        opened.close()


def signed_in(site: Site) -> FormBrowser:
    browser = site.browser()
    browser.open("/account")
    assert browser.path == "/login"
    browser.send("/login/password", login_name=NAME, password=PASSWORD)
    assert (browser.path, browser.title) == ("/account", "Your account")
    return browser
