"""A citizen in the demonstration: signed in by a Keycloak, stepped up here, and acting for a company with a mandate."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pyotp

from trustkit.app.demo.browser import Browser
from trustkit.app.demo.keycloak import keycloak_at_hand, running_keycloak
from trustkit.app.demo.stage import PATIENCE_SECONDS, UnexpectedAnswerError, text_of
from trustkit.clock import SystemClock
from trustkit.encoding.text64 import decode_base64url

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator

    from trustkit.app.demo.keycloak import Keycloak
    from trustkit.app.demo.stage import Stage
    from trustkit.encoding.canonical_json import JsonValue

REALM, CONNECTOR, CITIZEN = "citizens", "keycloak", "han.mei"
COMPANY, COMPANY_USCC = "示范科技有限公司", "91990100MA7TRYQ01H"  # invented; its check character is right
BACK: Final = "http://127.0.0.1:9/back"
LEVEL: Final = "urn:trustkit:ial:0:aal:2"
ESSENTIAL: Final = json.dumps({"id_token": {"acr": {"essential": True, "value": LEVEL}}})
_STEP: Final = 30  # seconds a one-time password is good for
_TYPED: Final = re.compile(r"[A-Z2-7 ]{20,}")  # a secret in groups, as people type it
_TABLE: Final = """
[[idp.connector]]
kind = "openid"
name = "{name}"
title_zh = "统一身份认证平台"
title_en = "Single sign-on"
issuer = "{url}/realms/{realm}"
client = "trustkit"
algorithms = ["ES256"]
acr_values = ["1", "2"]
login_ladder = "keycloak"
admits = true
seconds = 60
"""


def show_citizen(stage: Stage, base_url: str, tell: Callable[[str], None]) -> None:
    """Have a citizen sign in through Keycloak where one is at hand; say plainly where none is.

    Raises:
        UnexpectedAnswerError: where something answers otherwise than told.
    """
    distribution, why = keycloak_at_hand()
    if distribution is None:
        tell(f"13. No Keycloak is at hand ({why}): a citizen's sign-in through one is left out.")
        return
    tell(f"13. A citizen signs in through Keycloak ({distribution.name}), which is started for it.")
    with running_keycloak(distribution, stage.home.parent) as keycloak:
        _set_up(stage, keycloak, tell)
        with stage.identity_service(base_url):
            _walk(stage, keycloak, base_url, tell)


def _set_up(stage: Stage, keycloak: Keycloak, tell: Callable[[str], None]) -> None:
    secret = ("--passphrase-file", str(stage.passphrase_file))
    settings = stage.home / "settings.toml"
    table = _TABLE.format(name=CONNECTOR, url=keycloak.url, realm=REALM)
    settings.write_text(settings.read_text("utf-8") + table, "utf-8")
    password = _private(stage, "keycloak-password.txt", keycloak.password)
    asked = ("--server", keycloak.url, "--realm", REALM, "--admin-password-file", password, "--name", CONNECTOR)
    told = stage.run("idp", "keycloak-setup", "upstream", *asked, *secret, "--format", "json").objects()[0]
    changed = told["changed"]
    tell(f"     trustkit idp keycloak-setup: {', '.join(map(str, changed)) if isinstance(changed, list) else changed}")


def _private(stage: Stage, name: str, content: str) -> str:
    path = stage.home.parent / name
    path.touch(mode=0o600)
    path.write_text(content, "utf-8")
    return str(path)


def _walk(stage: Stage, keycloak: Keycloak, base_url: str, tell: Callable[[str], None]) -> None:
    secret = ("--passphrase-file", str(stage.passphrase_file))
    password = _citizen(keycloak)
    before = {text_of(each, "person") for each in stage.run("idp", "user", "list", "--format", "json").objects()}
    browser = Browser(base_url=base_url)
    browser.open("/account")
    browser.submit(f"/login/at/{CONNECTOR}", {})
    browser.submit(browser.action_with("password"), {"username": CITIZEN, "password": password})
    after = {text_of(each, "person") for each in stage.run("idp", "user", "list", "--format", "json").objects()}
    (person,) = after - before
    tell(f"     she is {person} here, by her link to Keycloak alone")
    service = Service(stage, base_url, secret)
    refused = service.asks(browser)
    tell(f"     a service insists on two factors: {refused.get('error', 'nothing')}")
    if refused.get("error") != "unmet_authentication_requirements":
        raise UnexpectedAnswerError(f"one factor was enough for the service: {refused}")
    app = _second_factor(stage, person, secret)
    tell(
        "     at a counter she enrols an authenticator app: her way in could be strong, so that no password alone adds to it"
    )
    paper = stage.home.parent / "register-extract.txt"
    paper.write_text("示范企业登记信息\n", "utf-8")
    named = ("--uscc", COMPANY_USCC, "--name", COMPANY, "--role", "legal-representative", "--evidence", str(paper))
    stage.run("idp", "mandate", "add", person, *named, *secret)
    tell(f"     an officer enters that she is the legal representative (法定代表人) of {COMPANY}")
    browser.open("/account")
    browser.submit("/account/act", {"mandate": browser.value_of("mandate")})
    claims = service.told(service.asks(browser, app))
    organisation = claims.get("org")
    acts = organisation if isinstance(organisation, dict) else {}
    if (claims.get("acr"), acts.get("uscc")) != (LEVEL, COMPANY_USCC):
        raise UnexpectedAnswerError(f"the token does not say so: {claims}")
    tell(
        f"     stepped up after the brokered login, the service's token says {LEVEL}, org {COMPANY_USCC} {acts.get('name')}"
    )
    browser.close()


def _citizen(keycloak: Keycloak) -> str:
    """Make a person at Keycloak; return the password."""
    from keycloak import KeycloakAdmin  # noqa: PLC0415 - an extra: only where there is a Keycloak

    password = secrets.token_urlsafe(16)
    admin = KeycloakAdmin(
        server_url=keycloak.url,
        username="admin",
        password=keycloak.password,
        realm_name=REALM,
        user_realm_name="master",
    )
    admin.create_user(
        {
            "username": CITIZEN,
            "enabled": True,
            "email": f"{CITIZEN}@example.test",
            "emailVerified": True,
            "firstName": "Mei",
            "lastName": "Han",
            "credentials": [{"type": "password", "value": password, "temporary": False}],
        }
    )
    return password


def _second_factor(stage: Stage, person: str, secret: tuple[str, ...]) -> pyotp.TOTP:
    """Enrol an app by the command that asks at a terminal."""
    ours, theirs = os.openpty()
    try:
        with stage.started("idp", "factor", "enrol-totp", person, *secret, stdin=theirs) as (process, first):
            app = pyotp.TOTP(next(line for line in _lines(process, first) if _TYPED.fullmatch(line)).replace(" ", ""))
            # By the code before, which is still taken: each is taken once, and the present one steps her up below.
            code = app.at(SystemClock().now() - timedelta(seconds=_STEP))
            os.write(ours, f"{code}\n".encode())
            _, problem = process.communicate(timeout=stage.patience)
    finally:
        os.close(ours)
        os.close(theirs)
    if process.returncode:
        raise UnexpectedAnswerError(f"trustkit idp factor enrol-totp: exit {process.returncode}\n{problem}")
    return app


def _lines(process: subprocess.Popen[str], first: str) -> Iterator[str]:
    yield first.strip()
    while process.stderr is not None and (line := process.stderr.readline()):
        yield line.strip()


class Service:
    """A service that signs people in here and insists on two factors."""

    def __init__(self, stage: Stage, base_url: str, secret: tuple[str, ...]) -> None:
        """Register it."""
        named = ("--title", "企业服务", "--grant", "code", "--redirect-uri", BACK, "--scope", "openid", "--no-consent")
        made = stage.run("idp", "client", "add", "permits", *named, *secret, "--format", "json").objects()[0]
        self._base_url = base_url
        self._who = (text_of(made, "client_id"), text_of(made, "client_secret"))
        self._verifier = ""

    def asks(self, browser: Browser, app: pyotp.TOTP | None = None) -> dict[str, str]:
        """Send the browser to sign in; return what it comes back with. Without `app` whoever is asked for more gives up."""
        self._verifier = secrets.token_urlsafe(32)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(self._verifier.encode()).digest()).decode().rstrip("=")
        asked = {
            "client_id": self._who[0],
            "response_type": "code",
            "redirect_uri": BACK,
            "scope": "openid",
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            "claims": ESSENTIAL,
        }
        browser.open(f"/authorize?{urlencode(asked)}", stop=BACK, refused=app is None)
        if app is None:
            browser.open(f"/authorize/continue?{urlsplit(browser.url).query}", stop=BACK)
        else:
            browser.open(f"{browser.url}&means=totp")
            browser.submit("/login/totp", {"code": app.now()}, stop=BACK)
        return dict(parse_qsl(urlsplit(browser.url).query))

    def told(self, back: dict[str, str]) -> dict[str, JsonValue]:
        """Exchange the code, and return what the ID token says."""
        form = {
            "grant_type": "authorization_code",
            "code": back.get("code", ""),
            "redirect_uri": BACK,
            "code_verifier": self._verifier,
        }
        answer = httpx.post(
            f"{self._base_url}/token", data=form, auth=self._who, timeout=PATIENCE_SECONDS, trust_env=False
        )
        if not answer.is_success:
            raise UnexpectedAnswerError(f"/token: {answer.status_code} {answer.text[:200]}")
        claims: dict[str, JsonValue] = json.loads(decode_base64url(answer.json()["id_token"].split(".")[1]))
        return claims
