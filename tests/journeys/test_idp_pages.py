"""People sign in, look after their account, allow clients and devices what they ask for, all by forms, without script."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pyotp
import pytest
from lxml import etree

from idp.op.client_form import read_registration
from idp.op.client_model import GrantType
from idp.op.clients import ClientRegister
from idp.password_room import PasswordRoom
from idp.subject.mandates import NewMandate
from tests.support.identity_site import BASE, COMPANY, COOKIES, NAME, PASSWORD, signed_in
from trustkit.encoding.canonical_json import canonical_json
from trustkit.errors import ErrorCode
from trustkit.store.mandates import MandateRole

if TYPE_CHECKING:
    from tests.support.identity_site import Site
    from trustkit.encoding.canonical_json import JsonValue

BETTER = "a longer staple than before"


def test_a_password_and_an_app_sign_somebody_in_by_forms(site: Site) -> None:
    app, browser = site.with_totp(), site.browser()
    browser.open("/account")
    browser.send("/login/password", login_name=NAME, password="wrong")
    assert (browser.status, browser.title) == (403, "Sign in")
    assert browser.problem
    assert browser.page.xpath("//input[@name='login_name']/@value") == [NAME]
    wrong = browser.problem
    browser.send("/login/password", login_name="nobody", password=PASSWORD)
    assert browser.problem == wrong
    assert COOKIES.session not in browser.cookies

    browser.send("/login/password", login_name=NAME, password=PASSWORD)
    assert browser.path == "/account"
    first = browser.cookies[COOKIES.session]
    assert "login strength 1" in browser.text

    browser.open("/account/recovery")  # a factor that makes two is there, so two are asked for
    assert (browser.path, browser.title) == ("/login", "One more proof")
    browser.open(browser.page.xpath("//a[contains(@href, 'means=totp')]/@href")[0])
    browser.send("/login/totp", code="000000")
    assert (browser.status, browser.title) == (422, "Authenticator code")
    assert browser.problem
    browser.send("/login/totp", code="12")
    assert browser.status == 422
    browser.send("/login/totp", code=site.code(app))
    assert (browser.path, browser.title) == ("/account/recovery", "Recovery codes")
    assert browser.cookies[COOKIES.session] != first

    old = site.browser()
    old.cookies[COOKIES.session] = first
    assert old.open("/account").status_code == 200
    assert old.path == "/login"


def test_a_form_without_its_token_or_of_another_browser_is_refused(site: Site) -> None:
    mine, other = site.browser(), site.browser()
    mine.open("/account")
    other.open("/account")
    mine.send("/login/password", drop=("csrf",), login_name=NAME, password=PASSWORD)
    assert (mine.status, mine.code) == (403, "idp:form:forged")
    mine.open("/account")
    (token,) = mine.page.xpath("//form[@action='/login/password']/input[@name='csrf']/@value")
    other.send("/login/password", csrf=token, login_name=NAME, password=PASSWORD)
    assert (other.status, other.code) == (403, "idp:form:forged")
    (login,) = mine.page.xpath("//form[@action='/login/password']/input[@name='i']/@value")
    other.open(f"/login?i={login}")
    assert (other.status, other.code) == (404, "idp:interaction:over")
    assert COOKIES.session not in {*mine.cookies, *other.cookies}

    inside = signed_in(site)
    for path in ("act", "session/end", "session/end-others", "factor/remove", "consent/withdraw"):
        inside.post(f"/account/{path}", csrf="0" * 64)
        assert (inside.status, inside.code) == (403, "idp:form:forged"), path
    inside.post("/logout", csrf="")
    assert inside.status == 403
    inside.open("/account")
    assert inside.path == "/account"


@pytest.mark.parametrize(
    ("headers", "content", "status"),
    [
        ({"content-type": "multipart/form-data; boundary=x"}, b"--x--", 415),
        ({"content-type": "application/json"}, b"{}", 415),
        ({"content-type": "application/x-www-form-urlencoded"}, b"i=a&i=b", 400),
        ({"content-type": "application/x-www-form-urlencoded"}, b"&".join(b"a%d=1" % n for n in range(40)), 400),
    ],
)
def test_a_form_that_is_none_of_ours_is_told_so(
    site: Site, headers: dict[str, str], content: bytes, status: int
) -> None:
    browser = site.browser()
    browser.open("/account")
    browser.post("/login/password", content=content, headers=headers)
    assert browser.status == status
    assert browser.title == "This cannot go on"


@pytest.mark.parametrize(
    "path", ["/login?i=a&i=b", "/login/return/province?state=a&code=x&state=b", "/device?user_code=A&user_code="]
)
def test_a_query_that_says_something_twice_is_refused(site: Site, path: str) -> None:
    """Which of two is meant could be another to whoever checked it before."""
    browser = site.browser()
    browser.open(path)
    assert (browser.status, browser.title) == (400, "This cannot go on")


def test_an_app_is_enrolled_by_its_code_and_used(site: Site) -> None:
    browser = signed_in(site)
    browser.open("/account/totp")
    picture = browser.page.xpath("//img/@src")[0].removeprefix("data:image/svg+xml;base64,")
    assert etree.fromstring(base64.b64decode(picture)).tag.endswith("svg")
    secret = browser.page.findtext(".//code[@class='secret']")
    assert secret
    browser.send("/account/totp", code="000000")
    assert browser.problem
    assert browser.page.findtext(".//code[@class='secret']") == secret
    app = pyotp.TOTP(secret.replace(" ", ""))
    browser.send("/account/totp", code=app.at(site.clock.now()))
    assert (browser.path, browser.problem) == ("/account", "")
    assert "Authenticator code" in browser.text

    browser.open("/account/password")  # from now on that takes both
    assert browser.title == "One more proof"
    browser.open(browser.page.xpath("//a[contains(@href, 'means=totp')]/@href")[0])
    browser.send("/login/totp", code=site.code(app))
    assert browser.path == "/account/password"


def test_a_login_that_is_not_fresh_is_renewed_before_factors_change(site: Site) -> None:
    browser = signed_in(site)
    browser.open("/account/password")
    assert browser.path == "/account/password"
    site.clock.pass_(6 * 60)  # fresh, but not for long enough to fill in a form
    browser.send("/account/password", new=BETTER, repeat=BETTER + "!")
    assert "differ" in browser.problem or browser.path == "/login"
    browser.open("/account/password")
    assert (browser.path, browser.title) == ("/login", "One more proof")
    browser.open(browser.page.xpath("//a[contains(@href, 'means=password')]/@href")[0])
    browser.send("/login/password", password=PASSWORD)
    assert browser.path == "/account/password"
    site.clock.pass_(11 * 60)
    browser.send("/account/password", new=BETTER, repeat=BETTER)
    assert browser.path == "/login"


def test_a_password_is_changed_and_other_sessions_end(site: Site) -> None:
    browser, other = signed_in(site), signed_in(site)
    browser.open("/account/password")
    browser.send("/account/password", new=BETTER, repeat="something else entirely")
    assert (browser.status, "differ" in browser.problem) == (422, True)
    browser.send("/account/password", new="password123", repeat="password123")
    assert browser.status == 403
    assert browser.problem
    browser.send("/account/password", new="short", repeat="short")
    assert browser.problem
    browser.send("/account/password", new=BETTER, repeat=BETTER)
    assert browser.path == "/account"
    other.open("/account")
    assert other.path == "/login"
    other.send("/login/password", login_name=NAME, password=PASSWORD)
    assert other.status == 403
    other.send("/login/password", login_name=NAME, password=BETTER)
    assert other.path == "/account"


def test_recovery_codes_are_shown_once_and_used_once(site: Site) -> None:
    app, browser = site.with_totp(), site.browser()
    browser.open("/account/recovery")
    browser.send("/login/password", login_name=NAME, password=PASSWORD)
    browser.open(browser.page.xpath("//a[contains(@href, 'means=totp')]/@href")[0])
    browser.send("/login/totp", code=site.code(app))
    browser.send("/account/recovery")
    codes = [each.text_content() for each in browser.page.xpath("//ul[@class='codes']//code")]
    assert len(codes) == len(set(codes)) == 10
    browser.open("/account")
    assert "10 left" in browser.text
    assert not any(code in browser.text for code in codes)

    for expected in ("/account/password", "/login"):
        another = signed_in(site)
        another.open("/account/password")
        another.open(another.page.xpath("//a[contains(@href, 'means=recovery')]/@href")[0])
        another.send("/login/recovery", code=codes[0].lower())
        assert another.path in {expected, "/login/recovery"}
        assert bool(another.path == "/account/password") is (expected == "/account/password")


def test_sessions_are_ended_by_their_owner_alone(site: Site) -> None:
    mine, other, third = signed_in(site), signed_in(site), signed_in(site)
    with site.home.database.unit_of_work() as uow:
        site.home.people.create(uow, login_name="wang.wu", now=site.clock.now(), actor=site.home.operator)
    mine.open("/account")
    assert mine.text.count("Another browser") == 2
    mine.send("/account/session/end", session="se-aaaaaaaaaaaaa")
    assert mine.status == 404
    assert mine.problem
    mine.send("/account/session/end")
    assert mine.text.count("Another browser") == 1
    mine.send("/account/session/end-others")
    assert "Another browser" not in mine.text
    for each in (other, third):
        each.open("/account")
        assert each.path == "/login"
    mine.send("/logout")
    assert (mine.path, mine.title) == ("/logout", "Sign out")
    assert "You are signed out" in mine.text
    assert COOKIES.session not in mine.cookies


def test_the_last_way_in_stays_and_another_is_removed(site: Site) -> None:
    browser = signed_in(site)
    browser.send("/account/factor/remove")
    assert browser.status == 409
    assert browser.problem
    app = site.with_totp()
    browser.open("/account")
    browser.send("/account/factor/remove", nth=1)
    assert browser.title == "One more proof"
    browser.open(browser.page.xpath("//a[contains(@href, 'means=totp')]/@href")[0])
    browser.send("/login/totp", code=site.code(app))
    assert browser.path == "/account"
    browser.send("/account/factor/remove", nth=1)
    assert "Authenticator code" not in browser.page.xpath("//section[@aria-labelledby='factors']")[0].text_content()
    assert "Removed: Authenticator code" in browser.text
    browser.send("/account/factor/remove", factor="fa-aaaaaaaaaaaaa")
    assert browser.status == 404


def test_the_language_is_the_readers(site: Site) -> None:
    browser = site.browser()
    browser.open("/account")
    assert browser.page.get("lang") == "en"
    browser.send("/language")
    assert (browser.path, browser.page.get("lang"), browser.title) == ("/login", "zh-CN", "登录")
    browser.send("/login/password", login_name=NAME, password="wrong")
    assert browser.page.get("lang") == "zh-CN"
    assert any("\u4e00" <= letter <= "\u9fff" for letter in browser.problem)
    browser.open("/static/pages.css")
    assert browser.status == 200
    browser.open("/static/secrets.css")
    assert browser.status == 404


def test_somebody_acts_for_an_organisation_and_for_himself_again(site: Site) -> None:
    now = site.clock.now()
    with site.home.database.unit_of_work() as uow:
        new = NewMandate(
            person=site.person,
            uscc="91350100M000100Y43",
            name="滨海示例科技有限公司",
            role=MandateRole.HANDLER,
            scope=("*",),
            valid_from=now,
            valid_until=now + timedelta(hours=1),
            evidence_sm3="0" * 64,
        )
        mandate = site.home.mandates.add(uow, new, now=now, actor=site.home.operator)
    browser = signed_in(site)
    assert "滨海示例科技有限公司" in browser.text
    before = browser.cookies[COOKIES.session]
    browser.send("/account/act")
    assert "You act for it now" in browser.text
    assert browser.cookies[COOKIES.session] != before
    browser.send("/account/act")
    assert "You act for it now" not in browser.text
    browser.send("/account/act", mandate="md-aaaaaaaaaaaaa")
    assert browser.status == 404
    with site.home.database.unit_of_work() as uow:
        site.home.mandates.end(uow, mandate.id, reason="left", now=now, actor=site.home.operator)
    browser.send("/account/act", mandate=mandate.id)
    assert browser.problem
    assert "You act for it now" not in browser.text


def test_an_app_confirms_by_the_number_the_page_shows(site: Site) -> None:
    app, browser = site.with_app(), signed_in(site)
    browser.open("/account/recovery")
    browser.send("/login/confirmation/ask")
    number = browser.page.findtext(".//output")
    assert number
    assert number.isdigit()
    browser.send("/login/confirmation")
    assert browser.problem
    assert browser.page.findtext(".//output") == number
    said = {"accept": "application/json", "content-type": "application/x-www-form-urlencoded"}
    form = next(each for each in browser.page.forms if each.get("action") == "/login/confirmation")
    body = urlencode({each.name: each.value for each in form.inputs if each.name})

    elsewhere = site.browser()
    site.clock.pass_(3)
    elsewhere.post("/v1/app/waiting", content=app.wish(at=site.clock.now(), aud=BASE).encode())
    assert elsewhere.answer is not None
    (waiting,) = elsewhere.answer.json()["waiting"]
    answer = app.answer(waiting["id"], number, at=site.clock.now(), aud=BASE)
    browser.post("/login/confirmation", content=body.encode(), headers=said)
    assert browser.answer is not None
    assert browser.answer.json() == {"state": "waiting"}
    elsewhere.post("/v1/app/answers", content=answer.encode())
    assert elsewhere.status == 204
    site.clock.pass_(3)
    before = browser.cookies[COOKIES.session]
    browser.post("/login/confirmation", content=body.encode(), headers=said)
    told = browser.answer.json()
    assert told["state"] == "done"
    assert browser.cookies[COOKIES.session] != before
    browser.open(told["go"])
    assert browser.path == "/account/recovery"
    browser.post("/login/confirmation", content=body.encode(), headers=said)
    assert browser.answer.json() == {"state": "over"}


def test_a_device_is_connected_by_the_code_it_shows(site: Site) -> None:
    form: dict[str, JsonValue] = {
        "client_name#en": "Queue screen",
        "client_name#zh": "叫号屏",
        "token_endpoint_auth_method": "none",
        "grant_types": [GrantType.DEVICE.value],
        "scope": "openid",
        "least_acr": "urn:trustkit:ial:0:aal:2",
    }
    register = ClientRegister(database=site.home.database, clock=site.clock)
    client, _ = register.add("screen", read_registration(canonical_json(form)), actor=site.home.operator)
    device, app, browser = site.browser(), site.with_totp(), site.browser()
    codes = []
    for _ in range(2):
        device.post("/device_authorization", client_id=client.identifier, scope="openid")
        assert device.answer is not None
        codes.append(device.answer.json()["user_code"])

    browser.open(f"/device?user_code={codes[0]}")
    browser.send("/login/password", login_name=NAME, password=PASSWORD)
    assert browser.title == "One more proof"  # the client takes nobody by a password alone
    browser.open(browser.page.xpath("//a[contains(@href, 'means=totp')]/@href")[0])
    browser.send("/login/totp", code=site.code(app))
    assert browser.path == "/device"
    assert "Queue screen" in browser.text
    assert codes[0] in browser.text
    browser.send("/device/decide", decision="allow")
    assert "The device is connected" in browser.text
    site.clock.pass_(30)
    browser.open("/device")
    browser.send("/device", user_code=codes[0])
    assert browser.problem
    site.handler()
    browser.open("/account")
    browser.send("/account/act")
    browser.open("/device")
    browser.send("/device", user_code=codes[1].lower().replace("-", " "))
    assert f"You act for {COMPANY}" in browser.text
    browser.send("/device/decide", decision="deny")
    assert "The device was refused" in browser.text
    browser.open("/device")
    browser.post("/device/decide", user_code=codes[1], decision="allow")
    assert browser.code == "idp:form:forged"


def test_who_comes_in_a_flood_of_passwords_is_told_when_to_come_again(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = site.browser()
    browser.open("/account")
    monkeypatch.setattr(PasswordRoom, "full", property(lambda _: True))
    browser.send("/login/password", login_name=NAME, password=PASSWORD)
    assert browser.answer is not None
    assert (browser.status, browser.code) == (503, ErrorCode.REQUEST_BUSY.value)
    assert int(browser.answer.headers["retry-after"]) >= 1
    assert COOKIES.session not in browser.cookies
