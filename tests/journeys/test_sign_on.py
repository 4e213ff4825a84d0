"""Somebody an operator made signs in with two factors over HTTP, sees his sessions and ends them; the service starts fast and stays small."""

from __future__ import annotations

import secrets
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING, Any

import httpx
import pyotp
import pytest

from idp.cookies import CookieRules
from idp.factors.enroller import verify_operator
from idp.login_api import FORM_HEADER
from tests.support.authority import PASSPHRASE, passphrase
from tests.support.service import free_port, service
from trustkit.app.idp_factors import HomeFactors
from trustkit.app.idp_home import open_identity
from trustkit.app.initialise_identity import initialise_identity
from trustkit.app.new_people import make_person
from trustkit.custody.pkcs8 import MIN_ITERATIONS
from trustkit.errors import ErrorCode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAME, PASSWORD = "li.hua", "correct horse battery"
COOKIES = CookieRules(secure=False)
MEGABYTE = 1024


@dataclass
class Browser:
    """One browser: its cookies, and the login it is in."""

    client: httpx.Client
    view: dict[str, Any]

    def begin(self, acr: str) -> dict[str, Any]:
        self.view = self.client.post("/v1/login", params={"acr": acr}).raise_for_status().json()
        return self.view

    def step(self, kind: str, **members: str) -> httpx.Response:
        answer = self.client.post(
            f"/v1/login/{kind}",
            params={"i": self.view["i"]},
            headers={FORM_HEADER: self.view["form"]},
            json=members,
        )
        if answer.is_success:
            self.view = answer.json()
        return answer

    def secret(self) -> str | None:
        return self.client.cookies.get(COOKIES.session)

    def sessions(self) -> dict[str, Any]:
        return dict(self.client.get("/v1/sessions").raise_for_status().json())


@contextmanager
def browser(base: str) -> Iterator[Browser]:
    with httpx.Client(base_url=base, trust_env=False) as client:
        yield Browser(client=client, view={})


@dataclass(frozen=True)
class Running:
    base: str
    home: Path
    pid: int


@dataclass(frozen=True)
class SignOn:
    base: str
    name: str
    app: pyotp.TOTP
    pid: int


@pytest.fixture(scope="module")
def running(pristine_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("sign-on")
    home, secret, log = folder / "home", folder / "passphrase", folder / "log"
    shutil.copytree(pristine_home, home)
    initialise_identity(home, passphrase(), iterations=MIN_ITERATIONS)
    secret.touch(mode=0o600)
    secret.write_bytes(PASSPHRASE)
    port = free_port()
    with service(home, port, log, "--passphrase-file", secret, command=("idp", "serve")) as process:
        yield Running(base=f"http://127.0.0.1:{port}", home=home, pid=process.pid)
    told = log.read_text("utf-8")
    assert NAME not in told
    assert PASSWORD not in told


@pytest.fixture
def sign_on(running: Running) -> SignOn:
    """Give the service somebody of this test's own, enrolled while it runs."""
    name = f"{NAME}.{secrets.token_hex(4)}"
    with open_identity(running.home, passphrase()) as identity:
        person = make_person(identity, name, PASSWORD)
        now = identity.clock.now()
        enroller, totp = verify_operator(identity.operator, person, now=now), HomeFactors(home=identity).totp
        offer = totp.begin(enroller, account="x", now=now)
        app = pyotp.TOTP(offer.typed.replace(" ", ""))
        # enrolled by the code before: the present one is still to be used
        totp.confirm(enroller, offer.handle, app.at(int(now.timestamp()) - 30), now=now)
    return SignOn(base=running.base, name=name, app=app, pid=running.pid)


def test_two_factors_sign_somebody_in_and_he_ends_his_sessions(sign_on: SignOn) -> None:
    with browser(sign_on.base) as desk, browser(sign_on.base) as phone:
        assert phone.begin("urn:trustkit:aal:1")["stage"] == "start"
        wrong = phone.step("password", login_name=sign_on.name, answer="wrong horse")
        assert wrong.json()["code"] == "idp:login:refused", wrong.text
        assert phone.step("password", login_name="nobody", answer=PASSWORD).json()["code"] == "idp:login:refused"
        answer = phone.step("password", login_name=sign_on.name, answer=PASSWORD)
        assert answer.json()["stage"] == "done"
        cookie = SimpleCookie(answer.headers["set-cookie"])[COOKIES.session]
        assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"]) == (True, "Lax", "/", "")

        desk.begin("urn:trustkit:aal:2")
        assert desk.step("password", login_name=sign_on.name, answer=PASSWORD).json()["kinds"] == ["totp"]
        assert desk.secret() is None
        assert desk.step("totp", answer=sign_on.app.now()).json()["stage"] == "done"
        first = desk.secret()
        assert first is not None
        assert first not in {phone.secret(), None}

        listed = desk.sessions()
        assert [(each["this"], each["acr"]) for each in listed["sessions"]] == [
            (True, "urn:trustkit:ial:0:aal:2"),
            (False, "urn:trustkit:ial:0:aal:1"),
        ]
        other = next(each["id"] for each in listed["sessions"] if not each["this"])
        path, form = f"/v1/sessions/{other}", {FORM_HEADER: listed["form"]}
        assert phone.client.delete(path, headers=form).status_code == 403  # the token is another browser's
        assert desk.client.delete(path, headers={FORM_HEADER: "0" * 64}).status_code == 403
        assert desk.client.delete(path, headers=form).status_code == 200
        assert phone.client.get("/v1/sessions").json()["code"] == "idp:session:over"
        assert desk.client.delete(path, headers=form).json()["code"] == "idp:session:over"

        own = next(each["id"] for each in listed["sessions"] if each["this"])
        assert desk.client.delete(f"/v1/sessions/{own}", headers=form).status_code == 200
        assert desk.secret() is None
        desk.client.cookies.set(COOKIES.session, first)  # kept by whoever copied it
        assert desk.client.get("/v1/sessions").json()["code"] == "idp:session:over"


def test_stepping_up_rotates_the_cookie_and_keeps_the_session(sign_on: SignOn) -> None:
    with browser(sign_on.base) as desk:
        desk.begin("")
        desk.step("password", login_name=sign_on.name, answer=PASSWORD)
        first, before = desk.secret(), desk.sessions()["sessions"][0]["id"]
        assert desk.begin("urn:trustkit:aal:2")["kinds"] == ["totp"]
        assert desk.step("totp", answer=sign_on.app.now()).json()["stage"] == "done"
        assert desk.secret() not in {first, None}
        (session,) = desk.sessions()["sessions"]
        assert (session["id"], session["acr"]) == (before, "urn:trustkit:ial:0:aal:2")
        assert desk.begin("urn:trustkit:aal:3")["stage"] == "impossible"


def test_what_no_page_of_ours_sends_is_refused(sign_on: SignOn) -> None:
    with browser(sign_on.base) as desk, browser(sign_on.base) as other:
        desk.begin("")
        url, form = f"/v1/login/password?i={desk.view['i']}", {FORM_HEADER: desk.view["form"]}
        members = {"login_name": sign_on.name, "answer": PASSWORD}
        assert other.client.post(url, headers=form, json=members).status_code == 404  # no cookie of this login
        assert desk.client.post(url, json=members).status_code == 400
        assert desk.client.post(url, headers=form, data=members).status_code == 415
        assert desk.client.post(url, headers=form, json=[members]).status_code == 400
        assert desk.client.post(url, headers=form, json={**members, "answer": 1}).status_code == 400
        assert desk.client.post(url, headers=form, content=b"{" * 40_000).status_code == 415
        assert desk.client.post("/v1/login", params={"acr": "gold"}).status_code == 400
        for begun in ("/v1/login?acr=" + "a" * 10_000, "/v1/login/password?i=" + "a" * 65, "/v1/login/password"):
            refused = desk.client.post(begun, headers=form, json=members)
            assert (refused.status_code, refused.json()["code"]) == (400, ErrorCode.REQUEST_MALFORMED.value)
        long = {FORM_HEADER: form[FORM_HEADER] + "a" * 65}
        assert desk.client.post(url, headers=long, json=members).json()["code"] == ErrorCode.REQUEST_MALFORMED.value
        assert desk.client.put(url).status_code == 405
        assert desk.client.get("/v1/sessions").status_code == 404
        assert desk.secret() is None


def test_the_service_stays_small(sign_on: SignOn) -> None:
    with browser(sign_on.base) as desk:
        for _ in range(5):
            desk.begin("")
            desk.step("password", login_name=sign_on.name, answer=PASSWORD)
    with open(f"/proc/{sign_on.pid}/status", encoding="ascii") as status:  # noqa: PTH123 - no file of a folder
        peak = next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
    assert peak < 150 * MEGABYTE
