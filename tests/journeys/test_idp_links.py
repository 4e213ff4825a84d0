"""Somebody links another way of signing in on his page, signs in by it, removes it; what he may not, and what is told him."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.connected_site import SETTINGS, app_answer, connected_site, reopened
from tests.support.identity_site import COOKIES, signed_in
from trustkit.app import idp_pages
from trustkit.store import notices, person_links

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.form_browser import FormBrowser
    from tests.support.identity_site import Site

PAGE = "/account/link"
AT, REMOVE, ANSWER = f"{PAGE}/at/national", f"{PAGE}/remove", "/login/answer/national"


@pytest.fixture
def site(home: Path) -> Iterator[Site]:
    with connected_site(home) as made:
        yield made


def answers(site: Site, browser: FormBrowser, word: str, **more: str) -> None:
    """Send what the person's app hands over for the business on the page."""
    form = next(each for each in browser.page.forms if each.get("action") == ANSWER)
    hidden = {each.name: each.value for each in form.inputs if each.get("type") == "hidden"}
    browser.post(ANSWER, **(hidden | {"idCardAuthData": app_answer(site, browser, word)} | more))


def came_by(site: Site, word: str = "li-lei", **more: str) -> FormBrowser:
    """Sign in by the network identity of a made-up person."""
    browser = site.browser()
    browser.open("/account")
    browser.send("/login/at/national")
    answers(site, browser, word, **more)
    return browser


def link(site: Site, browser: FormBrowser, word: str = "li-lei", **more: str) -> None:
    browser.open(PAGE)
    browser.send(AT)
    assert browser.title == "National network identity"
    answers(site, browser, word, **more)


def told(site: Site) -> list[tuple[str, str]]:
    with site.home.database.reading() as unit:
        return [(row.about, row.kind) for row in notices.list_of(unit, site.person)]


def owners(site: Site) -> list[str]:
    with site.home.database.reading() as unit:
        return [each.provider for each in person_links.list_links(unit, site.person)]


def test_who_linked_a_way_signs_in_by_it_until_he_removes_it(site: Site) -> None:
    browser = signed_in(site)
    assert "You are linked to no other service" in browser.text
    session = browser.cookies[COOKIES.session]
    browser.open(browser.page.xpath("//a[@href='/account/link']/@href")[0])
    assert browser.path == PAGE
    link(site, browser)
    assert browser.path == "/account"
    assert "National network identity linked 2" in browser.text
    assert browser.cookies[COOKIES.session] == session  # who he is and how surely stays as it was
    assert "You can now sign in by National network identity" in browser.text

    other = came_by(site)
    assert (other.path, "National network identity linked 2" in other.text) == ("/account", True)
    browser.open("/account")
    browser.send(REMOVE)
    assert browser.path == PAGE
    assert owners(site) == []
    assert {("link-made", "national"), ("link-removed", "national")} <= set(told(site))
    other.open("/account")
    assert other.path == "/login"  # whoever came by it is out
    assert "You are linked to no other service" not in came_by(site).text or owners(site) == []


@pytest.mark.parametrize("stale", [False, True])
def test_a_link_takes_a_fresh_login_and_both_factors_where_there_are_two(site: Site, *, stale: bool) -> None:
    browser = signed_in(site)
    browser.open(PAGE)
    form = next(each for each in browser.page.forms if each.get("action") == AT)
    token = form.xpath("./input[@name='csrf']/@value")[0]
    if stale:
        site.clock.pass_(11 * 60)
    else:
        site.with_totp()
    browser.post(AT, csrf=token)
    assert (browser.path, browser.title) == ("/login", "One more proof")
    browser.open(PAGE)
    assert (browser.path, browser.title) == ("/login", "One more proof")


def test_forms_of_others_and_of_nobody_link_nothing(site: Site) -> None:
    browser, stranger = signed_in(site), site.browser()
    for path in (AT, REMOVE):
        browser.post(path, csrf="0" * 64, link="a" * 64)
        assert (browser.status, browser.code) == (403, "idp:form:forged"), path
        stranger.post(path, link="a" * 64)
        assert stranger.path == "/login"
    browser.open(PAGE)
    browser.send(AT)
    form = next(each for each in browser.page.forms if each.get("action") == ANSWER)
    fields = {each.name: each.value for each in form.inputs if each.get("type") == "hidden"}
    stranger.post(ANSWER, idCardAuthData=app_answer(site, browser), **fields)
    assert stranger.status == 404
    browser.send(ANSWER, idCardAuthData="li-lei.AAAA")
    assert (browser.status, browser.title) == (403, "This cannot go on")
    browser.open(f"{PAGE}/at/nowhere")
    assert browser.status == 405
    assert owners(site) == []


def test_an_identity_that_is_somebodys_is_not_linked(site: Site) -> None:
    came_by(site, "han-meimei")
    browser = signed_in(site)
    link(site, browser, "han-meimei")
    assert (browser.status, browser.code) == (409, "idp:link:taken")
    assert owners(site) == []


def test_who_signed_out_meanwhile_links_nothing(site: Site) -> None:
    browser = signed_in(site)
    browser.open(PAGE)
    browser.send(AT)
    answer = app_answer(site, browser)
    form = next(each for each in browser.page.forms if each.get("action") == ANSWER)
    fields = {each.name: each.value for each in form.inputs if each.get("type") == "hidden"}
    browser.cookies.pop(COOKIES.session)
    browser.post(ANSWER, idCardAuthData=answer, **fields)
    assert (browser.status, browser.code) == (404, "idp:session:over")
    assert owners(site) == []


def test_who_linked_what_gives_two_factors_needs_two_from_then_on(home: Path) -> None:
    with connected_site(home, SETTINGS + 'mode = "R02"') as site:
        browser = signed_in(site)
        link(site, browser, certPwdData="sealed")
        browser.send(REMOVE)
        assert (browser.path, browser.title) == ("/login", "One more proof")
        browser.send("/login/at/national")
        answers(site, browser, "li-lei", certPwdData="sealed")
        assert browser.path == PAGE
        browser.send(REMOVE)
        assert owners(site) == []


@pytest.mark.parametrize("mode", ["R01", "R02"])  # one factor, which makes nobody unable to change anything; two
def test_the_last_way_in_stays(home: Path, mode: str) -> None:
    with connected_site(home, f'{SETTINGS}mode = "{mode}"') as site:
        more = {"certPwdData": "sealed"} if mode == "R02" else {}
        browser = came_by(site, "lucy", **more)
        browser.send(REMOVE)
        assert browser.status == 409
        assert browser.problem
        link(site, browser, "lily", **more)
        browser.send(REMOVE)
        assert (browser.path, browser.status) == (PAGE, 200)
        browser.send(REMOVE)
        assert browser.status == 409
        browser.send(REMOVE, link="a" * 64)
        assert browser.status == 404


def test_a_link_to_what_is_there_no_more_is_no_way_in(home: Path) -> None:
    with connected_site(home) as site:
        browser = signed_in(site)
        link(site, browser)
    settings = home / "settings.toml"
    settings.write_text(settings.read_text(encoding="utf-8").replace(SETTINGS, ""), encoding="utf-8")
    with reopened(site) as without:
        browser = signed_in(without)
        assert "not offered here any more" in browser.text
        assert not browser.page.xpath("//a[@href='/account/link']")
        browser.send("/account/factor/remove")
        assert browser.status == 409
        browser.send(REMOVE)
        assert browser.path == PAGE
        assert owners(without) == []


def test_what_happened_is_shown_until_it_is_read(site: Site) -> None:
    browser = signed_in(site)
    assert "Signed in from a new place." in browser.text
    assert "If any of it was not you" in browser.text
    form = next(each for each in browser.page.forms if each.get("action") == "/account/notices/read")
    fields = {each.name: each.value for each in form.inputs}
    site.clock.pass_(60)
    came_by(site)  # somebody else's
    link(site, browser, "lily")
    browser.open("/account")
    site.clock.pass_(1)
    browser.post("/account/notices/read", **fields)  # of the page before
    assert "You can now sign in by" in browser.page.xpath("//section[@aria-labelledby='notices']/ul")[0].text_content()
    browser.send("/account/notices/read")
    assert "Nothing new" in browser.text
    assert (
        "You can now sign in by"
        in browser.page.xpath("//section[@aria-labelledby='notices']//details")[0].text_content()
    )
    browser.post("/account/notices/read", csrf="0" * 64, newest=fields["newest"])
    assert (browser.status, browser.code) == (403, "idp:form:forged")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_link_that_came_to_nothing_leads_back_to_the_links(site: Site, language: str) -> None:
    came_by(site, "han-meimei")
    browser = signed_in(site)
    browser.cookies["trustkit-language"] = language
    for word, code in (("han-meimei", "idp:link:taken"), ("", "idp:upstream:denied")):
        browser.open(PAGE)
        browser.send(AT)
        if word:
            answers(site, browser, word)
        else:
            browser.send(ANSWER, idCardAuthData="li-lei.AAAA")
        assert code in browser.text
        assert ("Nothing was linked" if language == "en" else "未建立任何关联") in browser.text
        browser.open(browser.page.xpath("//main//a/@href")[0])
        assert (browser.status, browser.path) == (200, PAGE)
    assert owners(site) == []


def test_a_login_that_came_to_nothing_leads_to_no_links(site: Site) -> None:
    browser = site.browser()
    browser.open("/account")
    browser.send("/login/at/national")
    browser.send(ANSWER, idCardAuthData="li-lei.AAAA")
    assert browser.status == 403
    assert "Nothing was linked" not in browser.text


def test_a_service_that_never_tells_when_somebody_signed_in_is_not_offered(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idp_pages, "tells_when", lambda connector: connector.name != "national")
    with connected_site(home) as site:
        browser = signed_in(site)
        browser.open(PAGE)
        assert "Cannot be linked" in browser.text
        assert not browser.page.xpath(f"//form[@action='{AT}']")
        browser.open("/account")
        browser.post(AT, csrf=browser.page.xpath("//form[@action='/logout']/input[@name='csrf']/@value")[0])
        assert (browser.status, browser.path) == (403, AT)
        assert "does not tell when you signed in" in browser.problem
        assert owners(site) == []
