"""Somebody sees on his page which clients can do what, since when, for whom and in whose absence, and ends one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from idp.op.client_form import read_registration
from idp.op.clients import ClientRegister
from tests.support.identity_site import signed_in
from tests.support.provider import CHALLENGE, VERIFIER
from trustkit.encoding.canonical_json import canonical_json

if TYPE_CHECKING:
    from tests.support.form_browser import FormBrowser
    from tests.support.identity_site import Site
    from trustkit.encoding.canonical_json import JsonValue

RETURN = "https://app.test/back"


def allowed(site: Site, browser: FormBrowser, scope: str) -> str:
    """Register a client, let it have what it asks for, and return its access token."""
    form: dict[str, JsonValue] = {
        "client_name#en": f"Talent service {scope}",
        "token_endpoint_auth_method": "client_secret_post",
        "grant_types": ["authorization_code", "refresh_token"],
        "redirect_uris": [RETURN],
        "scope": scope,
    }
    register = ClientRegister(database=site.home.database, clock=site.clock)
    client, secret = register.add(
        scope.replace(" ", "-").replace("_", "-"), read_registration(canonical_json(form)), actor=site.home.operator
    )
    browser.open(
        f"/authorize?response_type=code&client_id={client.identifier}&redirect_uri={RETURN}&scope={scope}"
        f"&code_challenge={CHALLENGE}&code_challenge_method=S256"
    )
    browser.send("/consent", decision="allow")
    code = parse_qs(urlsplit(browser.url).query)["code"][0]
    back = site.browser()
    back.post(
        "/token",
        client_id=client.identifier,
        client_secret=secret,
        grant_type="authorization_code",
        code=code,
        redirect_uri=RETURN,
        code_verifier=VERIFIER,
    )
    assert back.answer is not None
    assert back.status == 200, back.answer.text
    return str(back.answer.json()["access_token"])


def reaches(site: Site, token: str) -> bool:
    line = site.browser()
    line.open("/userinfo", authorization=f"Bearer {token}")
    return line.status == 200


def test_what_clients_can_do_is_shown_and_ended(site: Site) -> None:
    site.home.keys.tend()  # nothing runs behind this application
    browser = signed_in(site)
    here = allowed(site, browser, "openid")
    away = allowed(site, browser, "openid offline_access")
    browser.open("/account")
    assert "Who has access now" in browser.text
    assert "for yourself, while you are signed in" in browser.text
    assert "also while you are away, until" in browser.text
    assert f"since {site.clock.now():%Y}" in browser.text
    assert (reaches(site, here), reaches(site, away)) == (True, True)
    labels = browser.page.xpath("//form[@action='/account/grant/end']/button/@aria-label")
    assert len(labels) == 2
    which = next(index for index, label in enumerate(labels) if "offline_access" in label)
    browser.send("/account/grant/end", nth=which)
    assert len(browser.page.xpath("//form[@action='/account/grant/end']")) == 1
    assert len(browser.page.xpath("//form[@action='/account/consent/withdraw']")) == 2  # it may ask again
    assert (reaches(site, here), reaches(site, away)) == (True, False)

    browser.send("/account/grant/end", grant="og-aaaaaaaaaaaaa")
    assert browser.status == 404
    assert "no such access" in browser.problem
    browser.post("/account/grant/end", csrf="0" * 64)
    assert (browser.status, browser.code) == (403, "idp:form:forged")
