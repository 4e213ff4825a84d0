"""A client asks somebody behind his back; he sees it on his own page, is stepped up where the client wants more, and says yes or no."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.asking_bank import Bank
from tests.support.identity_site import COMPANY, signed_in
from tests.support.provider import claims_of

if TYPE_CHECKING:
    from tests.support.form_browser import FormBrowser
    from tests.support.identity_site import Site

LEVEL_2 = "urn:trustkit:ial:0:aal:2"
MEANS = "//a[contains(@href, 'means=totp')]/@href"


def _shown(browser: FormBrowser) -> None:
    browser.open("/account")
    assert "What services ask you (1)" in browser.text
    browser.open("/account/requests")
    assert (browser.path, browser.title) == ("/account/requests", "What services ask you")
    assert "Provident fund" in browser.text


def test_he_sees_who_asks_and_the_message_and_allows_it(site: Site) -> None:
    bank, browser = Bank(site), signed_in(site)
    request = bank.asks(binding_message="提取 7-31")
    assert bank.polls(request)["error"] == "authorization_pending"
    _shown(browser)
    assert "提取 7-31" in browser.text
    browser.send("/account/requests/decide", decision="allow")
    assert "It was allowed" in browser.text
    assert "Nothing waits" in browser.text
    site.clock.pass_(6)
    assert claims_of(bank.polls(request)["id_token"])["acr"] == "urn:trustkit:ial:0:aal:1"


def test_he_is_stepped_up_first_where_the_client_wants_more(site: Site) -> None:
    app, bank, browser = site.with_totp(), Bank(site), signed_in(site)
    request = bank.asks(acr_values=LEVEL_2)
    _shown(browser)
    browser.send("/account/requests/decide", decision="allow")
    assert (browser.path, browser.title) == ("/login", "One more proof")
    browser.open(browser.page.xpath(MEANS)[0])
    browser.send("/login/totp", code=site.code(app))
    assert browser.path == "/account/requests"
    assert bank.polls(request)["error"] == "authorization_pending"  # being stepped up is no yes
    browser.send("/account/requests/decide", decision="allow")
    site.clock.pass_(11)
    assert claims_of(bank.polls(request)["id_token"])["acr"] == LEVEL_2


def test_he_says_no_and_what_is_over_is_told(site: Site) -> None:
    bank, browser = Bank(site), signed_in(site)
    request = bank.asks()
    _shown(browser)
    browser.send("/account/requests/decide", decision="deny")
    assert "It was refused" in browser.text
    assert bank.polls(request)["error"] == "access_denied"
    site.clock.pass_(10)
    bank.asks(requested_expiry="30")
    _shown(browser)
    site.clock.pass_(31)
    browser.send("/account/requests/decide", decision="allow")
    assert browser.status == 409
    assert browser.problem
    browser.open("/account/requests")
    assert "Nothing waits" in browser.text


def test_he_is_told_for_which_organisation_a_yes_is_and_none_is_taken_once_its_mandate_ended(site: Site) -> None:
    mandate, bank, browser = site.handler(), Bank(site), signed_in(site)
    browser.send("/account/act")
    first, second = bank.asks(), bank.asks()
    browser.open("/account/requests")
    assert f"You act for {COMPANY}" in browser.text
    browser.send("/account/requests/decide", decision="allow")
    site.clock.pass_(6)
    told = [bank.polls(request) for request in (first, second)]
    (tokens,) = [each for each in told if "id_token" in each]
    assert claims_of(tokens["id_token"])["org"]["name"] == COMPANY
    site.ends(mandate)
    browser.send("/account/requests/decide", decision="allow")
    assert (browser.status, browser.path) == (403, "/account/requests/decide")
    assert browser.problem
    assert COMPANY not in browser.text


def test_without_a_message_he_is_told_that_there_is_nothing_to_compare(site: Site) -> None:
    bank, browser = Bank(site), signed_in(site)
    bank.asks()
    _shown(browser)
    assert "The service sent nothing to compare" in browser.text


def test_a_form_without_his_token_decides_nothing(site: Site) -> None:
    bank, browser = Bank(site), signed_in(site)
    request = bank.asks()
    _shown(browser)
    browser.send("/account/requests/decide", drop=("csrf",), decision="allow")
    assert browser.status >= 400
    assert bank.polls(request)["error"] == "authorization_pending"
