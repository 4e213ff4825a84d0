"""A national network identity is given on a page of ours or declined there, and who declines is served alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.connected_site import app_answer, connected_site
from tests.support.identity_site import COOKIES, NAME, PASSWORD
from trustkit.audit import trail

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.form_browser import FormBrowser
    from tests.support.identity_site import Site

AT, ANSWER = "/login/at/national", "/login/answer/national"


@pytest.fixture
def site(home: Path) -> Iterator[Site]:
    with connected_site(home) as made:
        yield made


def at_the_page(site: Site) -> FormBrowser:
    browser = site.browser()
    browser.open("/account")
    browser.send(AT)
    assert browser.title == "National network identity"
    return browser


def test_who_gives_it_is_signed_in(site: Site) -> None:
    browser = at_the_page(site)
    assert "You decide whether to use" in browser.text
    browser.send(ANSWER, idCardAuthData=app_answer(site, browser))
    assert (browser.path, browser.title) == ("/account", "Your account")


def test_who_declines_it_signs_in_by_another_way_and_nothing_is_noted(site: Site) -> None:
    browser = at_the_page(site)
    (decline,) = browser.page.xpath("//a[contains(., 'I do not use it')]")
    assert "Every service is the same without it" in decline.text_content()
    browser.open(decline.get("href"))
    assert browser.title == "Sign in"
    with site.home.database.reading() as unit:
        assert "idp:login:refused" not in {each.type for each in trail.list_events(unit)}
    browser.send("/login/password", login_name=NAME, password=PASSWORD)
    assert (browser.path, browser.title) == ("/account", "Your account")


@pytest.mark.parametrize(
    ("field", "value", "status"),
    [
        ("idCardAuthData", "li-lei.AAAA", 403),
        ("idCardAuthData", "", 422),
        ("resultCode", "C0412002", 403),
        ("csrf", "0" * 64, 403),
    ],
)
def test_what_is_no_answer_signs_nobody_in(site: Site, field: str, value: str, status: int) -> None:
    browser = at_the_page(site)
    form = next(each for each in browser.page.forms if each.get("action") == ANSWER)
    hidden = {each.name: each.value for each in form.inputs if each.get("type") == "hidden"}
    browser.post(ANSWER, **(hidden | {"idCardAuthData": app_answer(site, browser)} | {field: value}))
    assert browser.status == status
    assert COOKIES.session not in browser.cookies


def test_an_answer_to_another_business_is_refused(site: Site) -> None:
    first, second = at_the_page(site), at_the_page(site)
    second.send(ANSWER, idCardAuthData=app_answer(site, first))
    assert second.status == 403
    assert second.problem
    assert COOKIES.session not in second.cookies
