"""Clients and devices ask for names of levels at the pages: what would do is offered, what nobody can prove is said to be so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

from idp.op.client_form import read_registration
from idp.op.client_model import GrantType
from idp.op.clients import ClientRegister
from tests.support.identity_site import NAME, PASSWORD, signed_in
from tests.support.provider import CHALLENGE, RETURN
from trustkit.encoding.canonical_json import canonical_json

if TYPE_CHECKING:
    from tests.support.form_browser import FormBrowser
    from tests.support.identity_site import Site
    from trustkit.encoding.canonical_json import JsonValue

MEANS = "//a[contains(@href, 'means=')]/@href"


def client(site: Site, *grants: GrantType, **members: JsonValue) -> str:
    form: dict[str, JsonValue] = {
        "client_name#en": "Talent service",
        "client_name#zh": "人才服务",
        "token_endpoint_auth_method": "none",
        "grant_types": [each.value for each in grants],
        "scope": "openid",
        "consent_required": False,
        **members,
    }
    register = ClientRegister(database=site.home.database, clock=site.clock)
    return register.add("asks", read_registration(canonical_json(form)), actor=site.home.operator)[0].identifier


def ask(browser: FormBrowser, identifier: str, **members: str) -> None:
    query = {
        "client_id": identifier,
        "response_type": "code",
        "redirect_uri": RETURN,
        "scope": "openid",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        **members,
    }
    browser.open(f"/authorize?{urlencode(query)}")


def returned(browser: FormBrowser) -> dict[str, Any]:
    """Return what the client is told, once the browser came back to it."""
    assert browser.url.startswith(RETURN), (browser.url, browser.went)
    return {name: values[0] for name, values in parse_qs(urlsplit(browser.url).query).items()}


def essential(*names: str) -> str:
    return canonical_json({"id_token": {"acr": {"essential": True, "values": list(names)}}}).decode()


def test_of_several_names_a_client_gets_the_one_the_person_can(site: Site) -> None:
    app, browser, wants = site.with_totp(), site.browser(), client(site, GrantType.CODE, redirect_uris=[RETURN])
    ask(browser, wants, claims=essential("phrh", "urn:trustkit:aal:2"))
    browser.send("/login/password", login_name=NAME, password=PASSWORD)
    assert browser.title == "One more proof"
    assert [each.partition("means=")[2] for each in browser.page.xpath(MEANS)] == ["totp"]
    assert "login 2 of 3" in browser.text
    browser.open(browser.page.xpath(MEANS)[0])
    browser.send("/login/totp", code=site.code(app))
    assert returned(browser)["code"]


def test_what_nobody_can_prove_is_told_to_the_person_and_to_the_client(site: Site) -> None:
    site.with_totp()
    browser, wants = signed_in(site), client(site, GrantType.CODE, redirect_uris=[RETURN])
    ask(browser, wants, claims=essential("phr"))
    assert (browser.path, browser.status, browser.title) == ("/login", 403, "One more proof")
    assert "imitated site" in browser.text
    assert "cannot be reached" in browser.problem
    assert not browser.page.xpath(MEANS)
    assert not [each for each in browser.page.forms if each.get("action") != "/language"]
    browser.open(browser.page.xpath("//main//p[@class='links']/a/@href")[0])
    assert returned(browser)["error"] == "unmet_authentication_requirements"
    ask(browser, wants, acr_values="phr")  # only wished for: nobody is kept out
    assert returned(browser)["code"]


def test_who_signed_in_in_vain_is_told_from_who_did_not_sign_in(site: Site) -> None:
    """Unmet Authentication Requirements 1.0, 2, and RFC 6749 4.1.2.1: a client sends the first elsewhere, and lets the second be."""
    wants = client(site, GrantType.CODE, redirect_uris=[RETURN])
    browser, leaves = site.browser(), site.browser()
    for each in (browser, leaves):
        ask(each, wants, claims=essential("phr"))
        assert each.path == "/login"
    browser.send("/login/password", login_name=NAME, password=PASSWORD)
    assert "cannot be reached" in browser.problem
    browser.open(browser.page.xpath("//main//p[@class='links']/a/@href")[0])
    assert returned(browser)["error"] == "unmet_authentication_requirements"
    leaves.open(f"/authorize/continue?{urlsplit(leaves.url).query}")
    assert returned(leaves)["error"] == "access_denied"


def test_a_device_asks_for_names_and_an_age_as_well(site: Site) -> None:
    app, device, browser = site.with_totp(), site.browser(), signed_in(site)
    wants = client(site, GrantType.DEVICE)
    codes = []
    for names in ("phrh urn:trustkit:aal:2", "phr"):
        device.post("/device_authorization", client_id=wants, scope="openid", acr_values=names, max_age="300")
        assert device.answer is not None
        codes.append(device.answer.json()["user_code"])
    browser.open(f"/device?user_code={codes[0]}")
    assert [each.partition("means=")[2] for each in browser.page.xpath(MEANS)] == ["totp"]
    browser.open(browser.page.xpath(MEANS)[0])
    browser.send("/login/totp", code=site.code(app))
    assert browser.path == "/device"
    browser.send("/device/decide", decision="allow")
    assert "The device is connected" in browser.text
    browser.open(f"/device?user_code={codes[1]}")
    assert (browser.path, browser.status) == ("/login", 403)
    assert "cannot be reached" in browser.problem


def test_connecting_a_device_is_a_use_of_the_session(site: Site) -> None:
    device, browser, wants = site.browser(), signed_in(site), client(site, GrantType.DEVICE)
    site.clock.pass_(20 * 60)
    device.post("/device_authorization", client_id=wants, scope="openid")
    assert device.answer is not None
    browser.open(f"/device?user_code={device.answer.json()['user_code']}")
    browser.send("/device/decide", decision="allow")
    site.clock.pass_(20 * 60)
    browser.open("/account")
    assert browser.path == "/account"
    site.clock.pass_(31 * 60)
    browser.open("/account")
    assert browser.path == "/login"


def test_a_device_that_wants_a_fresh_sign_in_gets_one(site: Site) -> None:
    device, browser, wants = site.browser(), signed_in(site), client(site, GrantType.DEVICE)
    site.clock.pass_(600)
    device.post("/device_authorization", client_id=wants, scope="openid", max_age="300")
    assert device.answer is not None
    code = device.answer.json()["user_code"]
    browser.open(f"/device?user_code={code}")
    assert (browser.path, browser.title) == ("/login", "One more proof")
    browser.open(browser.page.xpath(MEANS)[0])
    browser.send("/login/password", password=PASSWORD)
    assert browser.path == "/device"
    assert "Talent service" in browser.text
