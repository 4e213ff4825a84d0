"""From login to consent the pages keep one language: the reader's choice, else the one the client asked for, else his browser's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from idp.op.client_form import read_registration
from idp.op.clients import ClientRegister
from tests.support.identity_site import NAME, PASSWORD
from tests.support.provider import CHALLENGE
from trustkit.encoding.canonical_json import canonical_json

if TYPE_CHECKING:
    from tests.support.form_browser import FormBrowser
    from tests.support.identity_site import Site
    from trustkit.encoding.canonical_json import JsonValue

TITLES = {"zh-CN": "人才服务", "en": "Talent service"}
RETURN = "https://app.test/back"


def asked(site: Site, **more: str) -> FormBrowser:
    form: dict[str, JsonValue] = {
        "client_name#en": "Talent service",
        "client_name#zh": "人才服务",
        "token_endpoint_auth_method": "none",
        "redirect_uris": [RETURN],
        "scope": "openid",
    }
    register = ClientRegister(database=site.home.database, clock=site.clock)
    client, _ = register.add("talent", read_registration(canonical_json(form)), actor=site.home.operator)
    words = "".join(f"&{name}={value}" for name, value in more.items())
    browser = site.browser()
    browser.open(
        f"/authorize?response_type=code&client_id={client.identifier}&redirect_uri={RETURN}&scope=openid"
        f"&code_challenge={CHALLENGE}&code_challenge_method=S256{words}"
    )
    return browser


def speaks(browser: FormBrowser, language: str) -> None:
    assert browser.page.get("lang") == language
    assert TITLES[language] in browser.text
    assert not any(title in browser.text for name, title in TITLES.items() if name != language)


@pytest.mark.parametrize(("wanted", "language"), [("zh-CN", "zh-CN"), ("en", "en"), ("fr zh", "zh-CN"), ("", "en")])
def test_the_clients_language_lasts_to_the_end(site: Site, wanted: str, language: str) -> None:
    browser = asked(site, **({"ui_locales": wanted} if wanted else {}))
    speaks(browser, language)
    browser.send("/login/password", login_name=NAME, password="wrong")
    speaks(browser, language)
    browser.send("/login/password", login_name=NAME, password=PASSWORD)
    assert browser.path == "/consent"
    speaks(browser, language)
    browser.send("/consent", decision="allow")
    assert browser.url.startswith(RETURN)
    assert browser.answer is not None
    assert browser.answer.headers.get("content-language", language) == language


def test_the_readers_choice_lasts_to_the_end(site: Site) -> None:
    browser = asked(site, ui_locales="en")
    speaks(browser, "en")
    browser.send("/language")
    assert browser.path == "/login"
    speaks(browser, "zh-CN")
    browser.send("/login/password", login_name=NAME, password=PASSWORD)
    assert browser.path == "/consent"
    speaks(browser, "zh-CN")
    browser.send("/language")
    assert browser.path == "/consent"
    speaks(browser, "en")
    browser.send("/consent", decision="deny")
    assert "error=access_denied" in browser.url
