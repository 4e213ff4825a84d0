"""A client asks somebody behind his back, and he answers in his paired app, by its key; what is no answer, with its code."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from idp.factors.app_messages import ANSWER, REQUEST_ANSWER
from tests.support.asking_bank import Bank
from tests.support.confirming_app import ConfirmingApp
from tests.support.identity_site import BASE, COMPANY, PASSWORD, signed_in
from tests.support.provider import claims_of
from tests.support.tokens import signer
from trustkit.app.new_people import make_person
from trustkit.audit import trail
from trustkit.crypto.public_key import KeyKind
from trustkit.store import factors

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.identity_site import Site


@dataclass
class Phone:
    """A paired app on its telephone, which shows the first of what waits."""

    site: Site
    app: ConfirmingApp
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def say(self) -> dict[str, Any]:
        return {"at": self.site.clock.now(), "aud": BASE}

    def lists(self, language: str = "en") -> Any:
        return self._posts("", self.app.wish(**self.say), language)

    def first(self) -> Any:
        return self.lists()["requests"][0]

    def sends(self, message: str) -> str:
        """Send an answer, and return the code it is refused with, empty for none."""
        told = self._posts("/answers", message)
        return "" if told is None else str(told["code"])

    def allows(self, shown: Any, **claims: Any) -> str:
        return self.sends(self.app.allows(shown, **self.say, **claims))

    def refuses(self, request: str) -> str:
        return self.sends(self.app.refuses(request, **self.say))

    def _posts(self, path: str, message: str, language: str = "en") -> Any:
        line = self.site.browser()
        self.site.clock.pass_(2)  # whoever types is no faster, and no app asks more often
        line.post(f"/v1/app/requests{path}", content=message.encode(), headers={"accept-language": language})
        assert line.answer is not None
        self.status, self.headers = line.status, dict(line.answer.headers)
        assert self.headers["cache-control"] == "no-store"
        return line.answer.json() if line.answer.content else None


def phone_of(site: Site) -> Phone:
    return Phone(site, site.with_app())


def lock(site: Site) -> None:
    with site.home.database.unit_of_work() as uow:
        site.home.people.lock(uow, site.person, reason="lost", now=site.clock.now(), actor=site.home.operator)


def test_the_app_shows_who_asks_and_allows_it_and_the_client_gets_its_tokens(site: Site) -> None:
    bank, phone = Bank(site), phone_of(site)
    assert phone.lists() == {"requests": [], "acting_for": [], "interval": 5}
    request = bank.asks(scope="openid profile", binding_message="提取 7-31")
    assert bank.polls(request)["error"] == "authorization_pending"
    (shown,) = phone.lists()["requests"]
    assert shown == {
        "id": shown["id"],
        "client_id": bank.client,
        "client_name": "Provident fund",
        "scope": "openid profile",
        "scope_meanings": ["Who you are to it (a pseudonym made for it alone)", "The name you are shown by"],
        "binding_message": "提取 7-31",
        "asked_at": shown["asked_at"],
        "expires_at": shown["expires_at"],
        "approvable": True,
    }
    assert phone.allows(shown) == ""
    assert phone.status == 204
    answered = int(site.clock.now().timestamp())
    assert phone.lists()["requests"] == []
    site.clock.pass_(6)
    tokens = bank.polls(request)
    claims = claims_of(tokens["id_token"])
    assert (claims["aud"], claims["acr"], claims["amr"]) == (bank.client, "urn:trustkit:ial:0:aal:1", ["swk"])
    assert claims["auth_time"] == answered
    assert tokens["scope"] == "openid profile"
    assert bank.polls(request)["error"] == "invalid_grant"
    assert "access_token" in bank.refreshes(tokens["refresh_token"])
    with site.home.database.reading() as unit:
        (told,) = [each for each in trail.list_events(unit) if each.type == "idp:op-poll:answered"]
    assert (told.outcome, told.facts["factor"], told.facts["client"]) == ("success", phone.app.factor, bank.client)


def test_names_are_in_the_language_of_the_app(site: Site) -> None:
    bank, phone = Bank(site), phone_of(site)
    bank.asks()
    (shown,) = phone.lists("zh-CN,en;q=0.5")["requests"]
    assert (shown["client_name"], shown["scope_meanings"]) == ("公积金中心", ["您的身份标识（仅供其使用的化名）"])
    assert phone.headers["content-language"] == "zh"


def test_a_no_in_the_app_is_told_to_the_client(site: Site) -> None:
    bank, phone = Bank(site), phone_of(site)
    request = bank.asks()
    assert phone.refuses(phone.first()["id"]) == ""
    assert bank.polls(request)["error"] == "access_denied"
    assert phone.lists()["requests"] == []


def test_its_owner_sees_on_his_page_what_he_allowed_in_the_app_and_ends_it(site: Site) -> None:
    bank, phone, browser = Bank(site), phone_of(site), signed_in(site)
    request = bank.asks()
    phone.allows(phone.first())
    site.clock.pass_(6)
    refresh = bank.polls(request)["refresh_token"]
    browser.open("/account")
    assert "Allowed in your app" in browser.text
    assert "Provident fund" in browser.text
    browser.send("/account/session/end")
    assert "Allowed in your app" not in browser.text
    assert bank.refreshes(refresh)["error"] == "invalid_grant"


def test_he_allows_it_for_the_company_he_acts_for(site: Site) -> None:
    bank, phone, mandate = Bank(site), phone_of(site), site.handler()
    request = bank.asks()
    (acting,) = phone.lists()["acting_for"]
    assert acting == {"mandate": mandate, "organisation": COMPANY, "role": "handler"}
    assert phone.allows(phone.first(), mandate=mandate) == ""
    site.clock.pass_(6)
    tokens = bank.polls(request)
    assert claims_of(tokens["id_token"])["org"]["name"] == COMPANY
    site.ends(mandate)
    assert bank.refreshes(tokens["refresh_token"])["error"] == "invalid_grant"


def test_what_needs_more_than_an_app_is_said_and_left_to_the_page(site: Site) -> None:
    bank, phone = Bank(site), phone_of(site)
    request = bank.asks(acr_values="urn:trustkit:ial:0:aal:2")
    shown = phone.first()
    assert shown["approvable"] is False
    assert (phone.allows(shown), phone.status) == ("idp:op-level:unmet", 403)
    assert bank.polls(request)["error"] == "authorization_pending"
    assert phone.refuses(shown["id"]) == ""


def test_an_app_asks_so_often_and_no_more(site: Site) -> None:
    phone, line = phone_of(site), site.browser()
    for _ in range(5):
        line.post("/v1/app/requests", content=phone.app.wish(at=site.clock.now(), aud=BASE).encode())
    assert line.answer is not None
    assert (line.status, line.answer.json()["code"]) == (429, "web:request:rate")
    assert line.answer.headers["retry-after"] == "2"
    forged = ConfirmingApp(signer=signer(KeyKind.SM2, 3), factor=phone.app.factor)
    line.post("/v1/app/requests", content=forged.wish(at=site.clock.now(), aud=BASE).encode())
    assert line.answer.json()["code"] == MESSAGE  # who has not the key uses nothing up
    site.clock.pass_(2)
    assert phone.lists()["requests"] == []


OVER, MESSAGE, OTHER = "idp:op-request:over", "idp:factor-app:message", "idp:factor-app:request"
BENT: list[tuple[str, str, Callable[[ConfirmingApp, dict[str, Any], dict[str, Any]], str]]] = [
    ("another message", OTHER, lambda app, q, say: app.allows(q | {"binding_message": "提取 9-99"}, **say)),
    ("no message", OTHER, lambda app, q, say: app.allows(q, binding_message=None, **say)),
    ("another client", OTHER, lambda app, q, say: app.allows(q | {"client_id": "oc-other"}, **say)),
    ("more scopes", OTHER, lambda app, q, say: app.allows(q | {"scope": "openid profile offline_access"}, **say)),
    ("fewer scopes", OTHER, lambda app, q, say: app.allows(q | {"scope": "openid"}, **say)),
    ("another request", OVER, lambda app, q, say: app.allows(q | {"id": "0" * 64}, **say)),
    ("a no to another request", OVER, lambda app, _q, say: app.refuses("0" * 64, **say)),
    ("no client", MESSAGE, lambda app, q, say: app.allows(q, client_id=None, **say)),
    ("no scope", MESSAGE, lambda app, q, say: app.allows(q, scope=None, **say)),
    ("a message of another type", MESSAGE, lambda app, q, say: app.allows(q, binding_message=7, **say)),
    ("no request", MESSAGE, lambda app, q, say: app.allows(q, request=None, **say)),
    ("no decision", MESSAGE, lambda app, q, say: app.allows(q, decision=None, **say)),
    ("undecided", MESSAGE, lambda app, q, say: app.allows(q, decision="later", **say)),
    ("an empty mandate", MESSAGE, lambda app, q, say: app.allows(q, mandate="", **say)),
    ("a mandate of nobody", "idp:mandate:missing", lambda app, q, say: app.allows(q, mandate="md-none", **say)),
    ("for another provider", MESSAGE, lambda app, q, say: app.allows(q, **{**say, "aud": "https://evil.example"})),
    ("for two", MESSAGE, lambda app, q, say: app.allows(q, **{**say, "aud": [BASE, "https://evil.example"]})),
    ("of another app", MESSAGE, lambda app, q, say: app.allows(q, iss="fa-other", **say)),
    ("of six minutes ago", MESSAGE, lambda app, q, say: app.allows(q, **{**say, "at": say["at"] - timedelta(minutes=6)})),
    ("of tomorrow", MESSAGE, lambda app, q, say: app.allows(q, **{**say, "at": say["at"] + timedelta(days=1)})),
    ("without end", MESSAGE, lambda app, q, say: app.allows(q, exp=None, **say)),
    ("a list", MESSAGE, lambda app, _q, say: app.wish(**say)),
    ("an answer to a login", MESSAGE, lambda app, q, say: app.say(ANSWER, confirmation=q["id"], decision="deny", **say)),
    ("too long", "app:input:too-large", lambda app, q, say: app.allows(q, more="x" * 6000, **say)),
    ("no token", MESSAGE, lambda _app, _q, _say: "approve"),
]  # fmt: skip


def test_what_is_no_answer_is_refused_and_the_request_waits_on(site: Site) -> None:
    bank, phone = Bank(site), phone_of(site)
    request = bank.asks(scope="openid profile", binding_message="提取 7-31")
    shown = phone.first()
    found = {name: phone.sends(make(phone.app, shown, phone.say)) for name, _, make in BENT}
    assert found == {name: code for name, code, _ in BENT}
    assert bank.polls(request)["error"] == "authorization_pending"
    listing = phone.app.say(REQUEST_ANSWER, **phone.say, request=shown["id"], decision="deny")
    assert phone._posts("", listing)["code"] == MESSAGE
    assert phone.allows(shown) == ""


def test_only_his_own_app_answers_and_only_once(site: Site) -> None:
    bank, phone = Bank(site), phone_of(site)
    stranger = Phone(site, site.with_app(make_person(site.home, "han.mei", PASSWORD), which=1))
    request = bank.asks()
    shown = phone.first()
    assert stranger.lists()["requests"] == []
    assert (stranger.allows(shown), stranger.refuses(shown["id"])) == (OVER, OVER)
    forged = Phone(site, ConfirmingApp(signer=stranger.app.signer, factor=phone.app.factor))
    assert (forged.allows(shown), forged.status) == (MESSAGE, 422)
    message = phone.app.allows(shown, **phone.say)
    assert phone.sends(message) == ""
    assert (phone.sends(message), phone.status) == (OVER, 409)
    assert phone.refuses(shown["id"]) == OVER
    site.clock.pass_(6)
    assert "id_token" in bank.polls(request)


def test_what_was_answered_on_the_page_or_is_over_is_gone(site: Site) -> None:
    bank, phone, browser = Bank(site), phone_of(site), signed_in(site)
    bank.asks()
    shown = phone.first()
    browser.open("/account/requests")
    browser.send("/account/requests/decide", decision="deny")
    assert phone.allows(shown) == OVER
    late = bank.asks(requested_expiry="30")
    shown = phone.first()
    site.clock.pass_(31)
    assert phone.lists()["requests"] == []
    assert (phone.allows(shown), phone.refuses(shown["id"])) == (OVER, OVER)
    assert bank.polls(late)["error"] == "expired_token"


BETWEEN: list[tuple[str, str, Callable[[Site, Phone, str], None]]] = [
    ("the app is unpaired", MESSAGE, lambda site, phone, _: site.without(phone.app)),
    ("the mandate ends", "idp:mandate:over", lambda site, _phone, mandate: site.ends(mandate)),
    ("the mandate runs out", "idp:mandate:over", lambda site, _phone, _mandate: site.clock.pass_(200)),
    ("its person is locked out", "idp:login:refused", lambda site, _phone, _mandate: lock(site)),
]


@pytest.mark.parametrize(("what", "code", "act"), BETWEEN, ids=[each[0] for each in BETWEEN])
def test_what_ends_before_the_answer_is_felt(
    site: Site, what: str, code: str, act: Callable[[Site, Phone, str], None]
) -> None:
    bank, phone, mandate = Bank(site), phone_of(site), site.handler()
    site.clock.pass_(3500)
    request = bank.asks()
    shown = phone.first()
    act(site, phone, mandate)
    assert phone.allows(shown, mandate=mandate) == code, what
    assert bank.polls(request)["error"] == "authorization_pending"


@pytest.mark.parametrize(("what", "_code", "act"), BETWEEN, ids=[each[0] for each in BETWEEN])
def test_what_ends_between_the_answer_and_the_clients_poll_is_felt(
    site: Site, what: str, _code: str, act: Callable[[Site, Phone, str], None]
) -> None:
    bank, phone, mandate = Bank(site), phone_of(site), site.handler()
    site.clock.pass_(3500)
    request = bank.asks(scope="openid offline_access")
    assert phone.allows(phone.first(), mandate=mandate) == "", what
    act(site, phone, mandate)
    site.clock.pass_(6)
    assert bank.polls(request)["error"] == "invalid_grant"


def test_an_app_that_is_removed_while_it_answers_signs_nobody_in(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    bank, phone = Bank(site), phone_of(site)
    request = bank.asks()
    shown = phone.first()
    monkeypatch.setattr(factors, "touch", lambda *_, **__: False)
    assert phone.allows(shown) == MESSAGE
    assert bank.polls(request)["error"] == "authorization_pending"


def test_the_session_of_an_answer_is_in_no_browser(site: Site) -> None:
    bank, phone = Bank(site), phone_of(site)
    bank.asks()
    line = site.browser()
    line.post("/v1/app/requests/answers", content=phone.app.allows(phone.first(), **phone.say).encode())
    assert (line.status, line.cookies) == (204, {})
    line.open("/account")
    assert line.path == "/login"
