"""Who signs out everywhere else, on his page or by JSON, ends what applications were allowed there; a lock at the terminal ends everything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from idp.login_api import FORM_HEADER
from idp.op.client_model import GrantType
from tests.journeys.test_idp_levels import ask, client, returned
from tests.support.identity_site import signed_in
from tests.support.provider import RETURN, VERIFIER

if TYPE_CHECKING:
    from tests.support.form_browser import FormBrowser
    from tests.support.identity_site import Site


class Application:
    """An application that may act in the person's absence, by what one browser allowed it."""

    def __init__(self, site: Site, identifier: str, browser: FormBrowser) -> None:
        self.own, self.identifier = site.browser(), identifier
        site.home.keys.tend()
        ask(browser, identifier, scope="openid offline_access")
        members = {"code": returned(browser)["code"], "redirect_uri": RETURN, "code_verifier": VERIFIER}
        self.refresh_token = ""
        assert self.took("authorization_code", **members) == "good"

    def took(self, grant: str, **members: str) -> str:
        form: Any = {"grant_type": grant, "client_id": self.identifier, **members}
        self.own.post("/token", **form)
        assert self.own.answer is not None
        found = self.own.answer.json()
        self.refresh_token = found.get("refresh_token", self.refresh_token)
        return str(found.get("error", "good"))

    def refreshes(self) -> str:
        return self.took("refresh_token", refresh_token=self.refresh_token)


@pytest.mark.parametrize("how", ["page", "json"])
def test_signing_out_everywhere_else_ends_what_was_allowed_there(site: Site, how: str) -> None:
    grants = (GrantType.CODE, GrantType.REFRESH)
    wants = client(site, *grants, redirect_uris=[RETURN], scope="openid offline_access")
    mine, other = signed_in(site), signed_in(site)
    here, there = Application(site, wants, mine), Application(site, wants, other)
    assert (here.refreshes(), there.refreshes()) == ("good", "good")
    mine.open("/account")
    assert "even if they may act in your absence" in mine.text
    if how == "page":
        mine.send("/account/session/end-others")
    else:
        mine.open("/v1/sessions")
        assert mine.answer is not None
        form = mine.answer.json()["form"]
        mine._follow("DELETE", f"{mine.base}/v1/sessions", headers={FORM_HEADER: form})
        assert mine.status == 200
    assert (here.refreshes(), there.refreshes()) == ("good", "invalid_grant")


def test_a_lock_and_its_end_leave_nothing_of_before(site: Site) -> None:
    grants = (GrantType.CODE, GrantType.REFRESH)
    wants = client(site, *grants, redirect_uris=[RETURN], scope="openid offline_access")
    browser = signed_in(site)
    application = Application(site, wants, browser)
    people, now, operator = site.home.people, site.clock.now(), site.home.operator
    with site.home.database.unit_of_work() as uow:
        people.lock(uow, site.person, reason="lost-device", now=now, actor=operator)
    assert application.refreshes() == "invalid_grant"
    with site.home.database.unit_of_work() as uow:
        people.unlock(uow, site.person, now=now, actor=operator)
    assert application.refreshes() == "invalid_grant"
    browser.open("/account")
    assert browser.path == "/login"
    assert Application(site, wants, signed_in(site)).refreshes() == "good"
