"""The service as a browser meets it: passkeys of a virtual authenticator, a step-up, a consent, the reader's language; axe on each page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from idp.op.client_form import read_registration
from idp.op.client_model import GrantType
from idp.op.clients import ClientRegister
from tests.support.authority import passphrase
from tests.support.confirming_app import ConfirmingApp
from tests.support.provider import CHALLENGE, claims_of
from tests.support.service import free_port, service
from trustkit.app.idp_home import open_identity
from trustkit.app.initialise_identity import initialise_identity
from trustkit.app.new_people import make_person
from trustkit.clock import SystemClock
from trustkit.custody.pkcs8 import MIN_ITERATIONS
from trustkit.encoding.canonical_json import canonical_json

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, CDPSession, Page

    from trustkit.encoding.canonical_json import JsonValue

pytestmark = pytest.mark.browser

NAME, PASSWORD = "li.hua", "correct horse battery"
RETURN = "https://app.test/back"
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@dataclass
class Desk:
    """Somebody at a browser with a security key that recognises him, at the service in a process of its own."""

    page: Page
    key: CDPSession
    authenticator: str
    base: str
    client: str
    asks_behind: dict[str, str]

    def recognises(self, *, owner: bool) -> None:
        self.key.send("WebAuthn.setUserVerified", {"authenticatorId": self.authenticator, "isUserVerified": owner})

    def credentials(self) -> list[Any]:
        told = self.key.send("WebAuthn.getCredentials", {"authenticatorId": self.authenticator})
        return list(told["credentials"])

    def is_accessible(self) -> None:
        found = Axe().run(self.page, options=RULES)
        assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found.response["violations"]] == []

    def open(self, path: str) -> None:
        self.page.goto(self.base + path)
        self.is_accessible()

    def by_password(self) -> None:
        self.page.get_by_label("Login name").fill(NAME)
        self.page.get_by_label("Password", exact=True).fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in", exact=True).click()

    def arrives(self, path: str) -> None:
        self.page.wait_for_url(re.compile(re.escape(self.base + path) + r"(\?.*)?$"))
        self.is_accessible()

    def with_passkey(self) -> None:
        self.open("/account")
        self.by_password()
        self.arrives("/account")
        self.page.get_by_role("link", name="Add a passkey").click()
        self.arrives("/account/passkey")
        self.page.get_by_label("A name for it").fill("办公电脑")
        self.page.get_by_role("button", name="Add a passkey").click()
        self.arrives("/account")
        expect(self.page.get_by_text("办公电脑")).to_be_visible()

    def signs_out(self) -> None:
        self.open("/logout")
        self.page.get_by_role("button", name="Sign out").click()
        expect(self.page.get_by_text("You are signed out.")).to_be_visible()


@pytest.fixture
def desk(chromium: Browser, home: Path, passphrase_file: Path, tmp_path: Path) -> Iterator[Desk]:
    port = free_port()
    base = f"http://localhost:{port}"
    initialise_identity(home, passphrase(), iterations=MIN_ITERATIONS)
    with (home / "settings.toml").open("a", encoding="utf-8") as settings:
        settings.write(f'\n[idp]\nbase_url = "{base}"\n')
    with open_identity(home, passphrase()) as identity:
        make_person(identity, NAME, PASSWORD)
        form: dict[str, JsonValue] = {
            "client_name#en": "Talent service",
            "client_name#zh": "人才服务",
            "token_endpoint_auth_method": "none",
            "redirect_uris": [RETURN],
            "scope": "openid",
        }
        register = ClientRegister(database=identity.database, clock=identity.clock)
        registered, _ = register.add("talent", read_registration(canonical_json(form)), actor=identity.operator)
        client = registered.identifier
        form = {
            "client_name#en": "Provident fund",
            "client_name#zh": "公积金中心",
            "token_endpoint_auth_method": "client_secret_post",
            "grant_types": [GrantType.BACKCHANNEL.value],
            "scope": "openid",
        }
        fund, secret = register.add("fund", read_registration(canonical_json(form)), actor=identity.operator)
        asks_behind = {"client_id": fund.identifier, "client_secret": secret or ""}
    with service(home, port, tmp_path / "log", "--passphrase-file", passphrase_file, command=("idp", "serve")):
        context = chromium.new_context(locale="en", viewport={"width": 360, "height": 740})
        page = context.new_page()
        page.set_default_timeout(15_000)
        key = context.new_cdp_session(page)
        key.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        made = key.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        yield Desk(
            page=page, key=key, authenticator=made["authenticatorId"], base=base, client=client, asks_behind=asks_behind
        )
        context.close()


def test_a_passkey_is_registered_and_signs_in_alone(desk: Desk) -> None:
    desk.with_passkey()
    (credential,) = desk.credentials()
    assert credential["isResidentCredential"]
    assert credential["rpId"] == "localhost"
    desk.signs_out()
    desk.page.goto(
        f"{desk.base}/account"
    )  # conditional mediation: the authenticator answers as soon as the page waits for it
    desk.arrives("/account")
    expect(desk.page.get_by_text("login strength 2 of 3")).to_be_visible()


def test_without_recognising_its_owner_a_passkey_signs_nobody_in(desk: Desk) -> None:
    desk.with_passkey()
    desk.signs_out()
    desk.recognises(owner=False)
    desk.open("/account")
    desk.page.get_by_role("button", name="Sign in with a passkey").click()
    expect(desk.page.get_by_text("The passkey was not used.")).to_be_visible()
    assert "/login" in desk.page.url
    desk.open("/account")
    assert "/login" in desk.page.url


def test_a_password_is_stepped_up_by_a_passkey(desk: Desk) -> None:
    desk.with_passkey()
    desk.signs_out()
    desk.recognises(owner=False)  # so that nothing signs in by itself where a password is typed
    desk.open("/account")
    desk.by_password()
    desk.arrives("/account")
    expect(desk.page.get_by_text("login strength 1 of 3")).to_be_visible()
    desk.recognises(owner=True)
    desk.open("/account/password")
    assert "/login" in desk.page.url
    desk.page.get_by_role("link", name=re.compile("^Passkey")).click()
    desk.is_accessible()
    desk.page.get_by_role("button", name="Use the passkey").click()
    desk.arrives("/account/password")


def test_what_a_service_asks_is_answered_on_the_page_and_in_the_app(desk: Desk) -> None:
    line = httpx.Client(base_url=desk.base, timeout=60, trust_env=False)
    desk.open("/account")
    desk.by_password()
    desk.arrives("/account")
    asked = {"scope": "openid", "login_hint": NAME, **desk.asks_behind}
    requests = [
        line.post("/bc-authorize", data={**asked, "binding_message": each}).json()["auth_req_id"]
        for each in ("提取 7-31", "提取 7-32")
    ]
    desk.page.reload()
    desk.page.get_by_role("link", name="What services ask you (2)").click()
    desk.arrives("/account/requests")
    expect(desk.page.get_by_role("heading", name="Provident fund")).to_have_count(2)
    desk.page.get_by_role("button", name="以中文显示本页").click()
    expect(desk.page.get_by_role("heading", name="公积金中心")).to_have_count(2)
    expect(desk.page.locator("output").first).to_have_text("提取 7-32")
    desk.is_accessible()
    desk.page.get_by_role("button", name="同意授权").first.click()
    expect(desk.page.get_by_text("已同意")).to_be_visible()
    desk.is_accessible()

    desk.page.goto(f"{desk.base}/account/app")
    app, code = ConfirmingApp(), desk.page.locator("code.secret").inner_text()
    line.post("/v1/app/keys", content=app.key_for(code, at=SystemClock().now(), aud=desk.base)).raise_for_status()
    desk.page.get_by_label("为这部手机取个名称").fill("手机")
    desk.page.get_by_role("button", name="一致，完成添加").click()
    desk.arrives("/account")
    now = SystemClock().now()
    app.factor = line.post("/v1/app/pairing", content=app.key_for(code, at=now, aud=desk.base)).json()["app"]
    (shown,) = line.post("/v1/app/requests", content=app.wish(at=now, aud=desk.base)).json()["requests"]
    assert shown["binding_message"] == "提取 7-31"
    answer = app.allows(shown, at=SystemClock().now(), aud=desk.base)
    assert line.post("/v1/app/requests/answers", content=answer).status_code == 204
    desk.page.reload()
    expect(desk.page.get_by_text("在 App 中同意")).to_be_visible()
    desk.is_accessible()
    means = {"grant_type": GrantType.BACKCHANNEL.value, **desk.asks_behind}
    polled = [line.post("/token", data={**means, "auth_req_id": each}).json() for each in requests]
    assert [claims_of(each["id_token"])["amr"] for each in polled] == [["swk"], ["pwd"]]
    line.close()


def test_an_app_is_paired_while_the_page_waits_for_it(desk: Desk) -> None:
    desk.open("/account")
    desk.by_password()
    desk.arrives("/account")
    desk.page.get_by_role("link", name="Add an app that confirms").click()
    desk.arrives("/account/app")
    expect(desk.page.get_by_role("img", name="QR code for the app to read")).to_be_visible()
    app, code = ConfirmingApp(), desk.page.locator("code.secret").inner_text()

    def says(path: str) -> Any:
        body = app.key_for(code, at=SystemClock().now(), aud=desk.base)
        return httpx.post(f"{desk.base}/v1/app/{path}", content=body).json()

    digits = says("keys")["digits"]
    expect(desk.page.locator("output")).to_have_text(digits)  # nobody clicked
    desk.is_accessible()
    desk.page.get_by_label("A name for this phone").fill("手机")
    desk.page.get_by_role("button", name="They are the same").click()
    desk.arrives("/account")
    expect(desk.page.get_by_text("Confirm in the app “手机”")).to_be_visible()
    assert says("pairing")["state"] == "paired"
    desk.page.get_by_role("button", name="Mark as read").click()
    expect(desk.page.get_by_text("Nothing new.")).to_be_visible()
    desk.is_accessible()


def test_a_client_gets_what_it_was_allowed(desk: Desk) -> None:
    desk.open(
        f"/authorize?response_type=code&client_id={desk.client}&redirect_uri={RETURN}&scope=openid&state=s&ui_locales=en"
        f"&code_challenge={CHALLENGE}&code_challenge_method=S256"
    )
    expect(desk.page.get_by_text("Talent service")).to_be_visible()
    desk.by_password()
    desk.page.wait_for_url(re.compile(r"/consent\?i="))
    desk.is_accessible()
    with desk.page.expect_request(re.compile(r"^https://app\.test/back\?.*code=")) as went:
        desk.page.get_by_role("button", name="Allow").click()
    assert "state=s" in went.value.url
    desk.page = desk.page.context.new_page()  # the other one is on its way to a service that is not there
    desk.open("/account")
    expect(desk.page.get_by_role("region", name="Who may see what").get_by_text("Talent service")).to_be_visible()
    desk.page.get_by_role("button", name="Withdraw").click()
    expect(desk.page.get_by_text("You have allowed nobody anything.")).to_be_visible()


def test_the_reader_chooses_his_language(desk: Desk) -> None:
    desk.open("/account")
    desk.page.get_by_role("button", name="以中文显示本页").click()
    expect(desk.page.get_by_role("heading", name="登录", exact=True)).to_be_visible()
    desk.is_accessible()
    assert desk.page.locator("html").get_attribute("lang") == "zh-CN"
