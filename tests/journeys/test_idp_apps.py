"""An app that confirms: paired on the page by who signed in freshly, used for a login, removed; and what pairs nothing."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest
from lxml import etree

from tests.support.confirming_app import ConfirmingApp
from tests.support.identity_site import BASE, NAME, PASSWORD, signed_in
from tests.support.tokens import signer
from trustkit.crypto.public_key import KeyKind
from trustkit.store import notices

if TYPE_CHECKING:
    from tests.support.form_browser import FormBrowser
    from tests.support.identity_site import Site

PAGE = "/account/app"


class Phone:
    """An app on its telephone: it has read the page's code, and knows nothing else."""

    def __init__(self, site: Site, which: int = 0) -> None:
        self.site, self.app, self.line = site, ConfirmingApp(signer=signer(KeyKind.SM2, which)), site.browser()

    def posts(self, path: str, body: bytes) -> Any:
        self.line.post(f"/v1/app/{path}", content=body)
        assert self.line.answer is not None
        return self.line.answer.json() if self.line.answer.content else None

    def reads(self, browser: FormBrowser) -> str:
        """Bring the key for the code of the page, and return the digits it shows."""
        self.code = str(browser.page.findtext(".//code[@class='secret']"))
        return str(self.posts("keys", self._key())["digits"])

    def asks(self) -> Any:
        return self.posts("pairing", self._key())

    def _key(self) -> bytes:
        return self.app.key_for(self.code, at=self.site.clock.now(), aud=BASE)

    def answers(self, number: str) -> None:
        now = self.site.clock.now()
        (waiting,) = self.posts("waiting", self.app.wish(at=now, aud=BASE).encode())["waiting"]
        self.posts("answers", self.app.answer(waiting["id"], number, at=now, aud=BASE).encode())


def paired(site: Site, browser: FormBrowser) -> Phone:
    phone = Phone(site)
    browser.open(PAGE)
    phone.reads(browser)
    browser.send(PAGE)
    browser.send(PAGE, decision="same", label="手机")
    phone.app.factor = phone.asks()["app"]
    return phone


def told(site: Site) -> list[tuple[str, str]]:
    with site.home.database.reading() as unit:
        return [(row.about, row.kind) for row in notices.list_of(unit, site.person)]


def test_an_app_is_paired_on_the_page_and_signs_its_person_in(site: Site) -> None:
    browser, phone = signed_in(site), Phone(site)
    browser.open("/account")
    browser.open(browser.page.xpath("//a[@href='/account/app']/@href")[0])
    picture = browser.page.xpath("//img/@src")[0].removeprefix("data:image/svg+xml;base64,")
    assert etree.fromstring(base64.b64decode(picture)).tag.endswith("svg")
    assert BASE in browser.text
    browser.send(PAGE)
    assert "No app has read the code yet" in browser.text

    digits = phone.reads(browser)
    assert phone.asks() == {"state": "comparing"}
    browser.send(PAGE)
    assert browser.page.findtext(".//output") == digits
    assert phone.code not in browser.text
    browser.send(PAGE, decision="same", label="办公手机")
    assert browser.path == "/account"
    assert "Confirm in the app “办公手机”" in browser.text
    answer = phone.asks()
    assert answer["state"] == "paired"
    phone.app.factor = answer["app"]
    assert ("factor-enrolled", "confirmation") in told(site)

    elsewhere = site.browser()
    elsewhere.open("/account/recovery")
    elsewhere.send("/login/password", login_name=NAME, password=PASSWORD)
    assert elsewhere.title == "One more proof"
    elsewhere.send("/login/confirmation/ask")
    phone.answers(str(elsewhere.page.findtext(".//output")))
    site.clock.pass_(3)
    elsewhere.send("/login/confirmation")
    assert elsewhere.path == "/account/recovery"


def test_a_script_waits_for_the_app(site: Site) -> None:
    browser, phone = signed_in(site), Phone(site)
    browser.open(PAGE)
    form = next(each for each in browser.page.forms if each.get("action") == PAGE)
    hidden = {each.name: each.value for each in form.inputs if each.name}
    json = {"accept": "application/json"}

    def state() -> Any:
        browser.post(PAGE, headers=json, **hidden)
        assert browser.answer is not None
        return browser.answer.json()["state"]

    assert state() == "waiting"
    browser.open(PAGE)  # another code: the form before waits for its own
    hidden["handle"] = browser.page.xpath("//input[@name='handle']/@value")[0]
    phone.reads(browser)
    assert state() == "came"
    site.clock.pass_(301)
    assert state() == "over"
    site.clock.pass_(600)
    assert state() == "over"  # no login of the script's


def test_who_was_faster_shows_other_digits_and_is_refused(site: Site) -> None:
    browser, thief, mine = signed_in(site), Phone(site, 1), Phone(site)
    browser.open(PAGE)
    shown = thief.reads(browser)
    mine.code = thief.code
    assert mine.asks()["code"] == "idp:factor-enrolment:over"
    browser.send(PAGE)
    assert browser.page.findtext(".//output") == shown
    browser.send(PAGE, nth=1, decision="differs")
    assert "Nothing was added" in browser.text
    assert thief.asks()["code"] == "idp:factor-enrolment:over"
    browser.open("/account")
    assert "Confirm in the app" not in browser.text
    assert ("factor-enrolled", "confirmation") not in told(site)


def test_a_pairing_is_of_its_session_its_time_and_its_form(site: Site) -> None:
    browser, phone = signed_in(site), Phone(site)
    browser.open(PAGE)
    code = browser.page.xpath("//input[@name='handle']/@value")[0]
    browser.post(PAGE, csrf="0" * 64, handle=code, decision="same")
    assert (browser.status, browser.code) == (403, "idp:form:forged")
    stranger = site.browser()
    stranger.post(PAGE, handle=code, decision="same")
    assert stranger.path == "/login"

    browser.open(PAGE)
    phone.reads(browser)
    browser.send(PAGE)
    form = next(each for each in browser.page.forms if each.get("action") == PAGE)
    token = form.xpath("./input[@name='csrf']/@value")[0]
    browser.post(PAGE, csrf=token, handle="a" * 43, decision="same", label="x")
    assert browser.path == PAGE  # none under way: here is another code
    assert browser.page.findtext(".//code[@class='secret']") != phone.code
    site.clock.pass_(301)
    browser.post(PAGE, csrf=token, handle=phone.code, decision="same", label="x")
    assert (browser.path, browser.title) == ("/login", "One more proof")
    assert ("factor-enrolled", "confirmation") not in told(site)


@pytest.mark.parametrize("stronger", [False, True])
def test_a_pairing_takes_a_fresh_login_and_both_factors_where_there_are_two(site: Site, *, stronger: bool) -> None:
    browser = signed_in(site)
    if stronger:
        site.with_totp()
    else:
        site.clock.pass_(6 * 60)
    browser.open(PAGE)
    assert (browser.path, browser.title) == ("/login", "One more proof")


def test_an_app_that_is_removed_answers_nothing_and_its_owner_is_told(site: Site) -> None:
    browser = signed_in(site)
    phone = paired(site, browser)
    browser.open("/account")
    browser.send("/account/factor/remove", factor=phone.app.factor)
    assert browser.title == "One more proof"  # by now there are two factors
    browser.send("/login/confirmation/ask")
    phone.answers(str(browser.page.findtext(".//output")))
    site.clock.pass_(3)
    browser.send("/login/confirmation")
    assert browser.path == "/account"
    browser.send("/account/factor/remove", factor=phone.app.factor)
    assert "Confirm in the app" not in browser.page.xpath("//section[@aria-labelledby='factors']")[0].text_content()
    assert "Removed: Confirm in the app" in browser.text
    assert told(site)[0] == ("factor-removed", "confirmation")
    now = site.clock.now()
    refused = phone.posts("waiting", phone.app.wish(at=now, aud=BASE).encode())
    assert (phone.line.status, refused["code"]) == (422, "idp:factor-app:message")
