"""Sign-on in the demonstration: an official who must sign in with a second factor before he issues, and again before he revokes."""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import pyotp

from trustkit.app.demo.browser import Browser
from trustkit.app.demo.stage import Stage, UnexpectedAnswerError, free_port, text_of
from trustkit.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LOGIN_NAME: Final = "li.hua"
_NO_PERMISSION: Final = 77
_STEP: Final = 30  # seconds a one-time password is good for


@dataclass(slots=True, kw_only=True)
class SignedOn:
    """Where people sign in, the official who did, and the licence he issued."""

    stage: Stage
    base_url: str
    licence: str = ""
    password: str = field(repr=False)
    app: pyotp.TOTP = field(repr=False)
    used: int = 0  # the last time step whose code was used

    def sign_in(self) -> str:
        """Sign the official in with both factors, a code that was not used before among them; return who he is, and how surely."""
        now = SystemClock().now()
        while self.app.timecode(now) <= self.used:
            time.sleep(1)
            now = SystemClock().now()
        self.used = self.app.timecode(now)
        return _login(self.stage, self.base_url, self.password, self.app)


def show_sign_on(
    stage: Stage,
    office: tuple[str, str],
    issue: tuple[str, ...],
    rely: Callable[[SignedOn], None],
    tell: Callable[[str], None],
) -> str:
    """Have an official sign in and issue; return where people sign in.

    `office` is the authority's name and code, `issue` the command that issues a licence, `rely` what others do with it while he is at hand.

    Raises:
        UnexpectedAnswerError: where something answers otherwise than told.
    """
    folder, secret = stage.home.parent, ("--passphrase-file", str(stage.passphrase_file))
    port = free_port(taken=stage.port)  # a service of the home asks this one
    settings = stage.home / "settings.toml"
    text = settings.read_text("utf-8")
    settings.write_text(f"{text}\n[idp]\nport = {port}\nofficials_sign_in = true\n", "utf-8")
    base_url = f"http://127.0.0.1:{port}"
    tell("10. Officials sign in before they issue, from now on. A person is made.")
    stage.run("idp", "init", *secret)
    person, password = _person(stage, folder, secret)
    with stage.identity_service(base_url):
        refused = stage.run(*issue, *secret, expect=_NO_PERMISSION)
        tell(f"     he issues without signing in: {refused.problem.strip().splitlines()[0]}")
        app = _second_factor(base_url, password)
        tell("     he signs in at the browser with his password, and enrols an authenticator app on his page")
        # Only now: the first strong factor of whoever may act for the authority already is an operator's to enrol.
        _appoint(stage, person, office, folder, secret)
        tell("     he is given a mandate of the authority (经办人)")
        official = SignedOn(stage=stage, base_url=base_url, password=password, app=app)
        tell(f"     trustkit login: {official.sign_in()}")
        official.licence = text_of(stage.run(*issue, *secret).objects()[0], "identifier")
        tell(f"     and now he issues {official.licence}")
        rely(official)
    return base_url


def _person(stage: Stage, folder: Path, secret: tuple[str, ...]) -> tuple[str, str]:
    """Make a person; return his pseudonym and password."""
    password = secrets.token_urlsafe(16)
    files = {"login-name": LOGIN_NAME, "password": password}
    for each, content in files.items():
        path = folder / f"{each}.txt"
        path.touch(mode=0o600)
        path.write_text(content, "utf-8")
    named = ("--login-name-file", str(folder / "login-name.txt"), "--password-file", str(folder / "password.txt"))
    made = stage.run("idp", "user", "add", *named, *secret, "--format", "json").objects()[0]
    return text_of(made, "person"), password


def _appoint(stage: Stage, person: str, office: tuple[str, str], folder: Path, secret: tuple[str, ...]) -> None:
    name, uscc = office
    paper = folder / "appointment.txt"
    paper.write_text("示范任命书\n", "utf-8")
    mandate = ("--uscc", uscc, "--name", name, "--role", "handler", "--evidence", str(paper))
    stage.run("idp", "mandate", "add", person, *mandate, *secret)


def _second_factor(base_url: str, password: str) -> pyotp.TOTP:
    """Sign in by the pages and enrol an authenticator app."""
    browser = Browser(base_url=base_url)
    browser.open("/account")
    browser.submit("/login/password", {"login_name": LOGIN_NAME, "password": password})
    browser.open("/account/totp")
    app = pyotp.TOTP(browser.text_in("//code[@class='secret']").replace(" ", ""))
    # By the code before, which is still taken: each is taken once, and the present one signs him in below.
    before = SystemClock().now() - timedelta(seconds=_STEP)
    browser.submit("/account/totp", {"code": app.at(before)})
    browser.close()
    return app


def _login(stage: Stage, base_url: str, password: str, app: pyotp.TOTP) -> str:
    """Sign the program in by the code it shows: opened at a browser, with both factors."""
    with stage.started("login", "--device", "--no-browser", "--format", "json") as (process, line):
        code = next(word for word in line.replace("：", " ").replace(":", " ").split() if _is_code(word))
        browser = Browser(base_url=base_url)
        browser.open(f"/device?user_code={code}")
        browser.submit("/login/password", {"login_name": LOGIN_NAME, "password": password})
        if browser.shown.xpath("//form[@action='/device/decide']"):
            raise UnexpectedAnswerError("a password alone was enough for the device")
        browser.open(_means(browser, "totp"))
        browser.submit("/login/totp", {"code": app.now()})
        browser.submit("/device/decide", {"decision": "allow"})
        browser.close()
        output, problem = process.communicate(timeout=stage.patience)
    if process.returncode:
        raise UnexpectedAnswerError(f"trustkit login: exit {process.returncode}\n{problem}")
    told = json.loads(output)
    return f"{told['person']}, {told['acr']}"


def _is_code(word: str) -> bool:
    left, dash, right = word.strip("。.,，").partition("-")
    return bool(dash) and left.isalpha() and right.isalpha() and left.isupper() and right.isupper()


def _means(browser: Browser, kind: str) -> str:
    links = [each.get("href") for each in browser.shown.xpath("//a[@href]") if f"means={kind}" in each.get("href")]
    return links[0] if links else browser.url
