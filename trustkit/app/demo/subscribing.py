"""The part of a platform's journey in which it is told by itself: a copy fetched, an endpoint named, and a revocation that arrives."""

from __future__ import annotations

import base64
import hashlib
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx

from trustkit.app.demo.browser import Browser
from trustkit.app.demo.endpoint import listening
from trustkit.app.demo.stage import PATIENCE_SECONDS, UnexpectedAnswerError, free_port, text_of
from trustkit.app.sharing_scopes import FETCH, QUERY, WATCH
from trustkit.clock import SystemClock, format_rfc3339, parse_rfc3339

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from trustkit.app.demo.endpoint import Endpoint
    from trustkit.app.demo.sign_on import SignedOn
    from trustkit.app.demo.stage import Stage

HOLDER: Final = "91990100MA7TRYQ01H"  # of the sample of business-licence
BANK, BANK_USCC = "示例银行股份有限公司", "92990100MA7TRYQ1X6"  # invented; its check character is right
PURPOSE: Final = "办理对公账户开户"
BACK: Final = "http://127.0.0.1:9/back"
LOGIN_NAME: Final = "wang.fang"
_CREATED: Final = 201
_LATEST_SECONDS: Final = 60.0  # a revocation takes a second or two; more on a machine with much else to do


def show_subscription(stage: Stage, verifier: httpx.Client, signed_on: SignedOn, tell: Callable[[str], None]) -> None:
    """Have a bank fetch a copy, subscribe to what becomes of it, and be told of the revocation.

    Raises:
        UnexpectedAnswerError: where something answers otherwise than told, or nothing arrives.
    """
    tell(f"12. The platform is a bank's ({BANK}). The holder lets it use the licence: {PURPOSE}.")
    _authorised(stage, signed_on.licence)
    share = f"http://127.0.0.1:{free_port(taken=stage.port)}"
    with listening(f"{share}/v1/sharing/keys", share) as endpoint:
        _settle(stage, share, signed_on.base_url, endpoint)
        token = _bank_token(stage, signed_on.base_url, share, tell)
        with stage.sharing_service(share) as client:
            client.headers["authorization"] = f"Bearer {token}"
            number, copy = _copy(stage, client, tell)
            order = {"url": endpoint.url, "changes": ["licence-suspended", "licence-resumed", "licence-revoked"]}
            made = _object(client.post("/v1/sharing/webhooks", json=order), _CREATED)
            tell(f"     It subscribes: {made['id']}; its endpoint was asked, and answered.")
            tell("     The official signs in anew, as for each revocation, and revokes the licence.")
            signed_on.sign_in()
            secret = ("--passphrase-file", str(stage.passphrase_file))
            stage.run("licence", "revoke", signed_on.licence, "--reason", "cancelled", *secret)
            event, waited = _arrived(endpoint, signed_on.licence, number)
            tell(f"     The revocation arrives {waited.total_seconds():.1f} s after it was recorded:")
            tell(f"       {event['change']}, event {event['sequence']}, copy {number}; its signature (ES256) is good")
        verifier.headers.pop("authorization", None)  # anybody may ask, and the platform's token is short-lived
        answer = verifier.post("/v1/verify", files={"file": ("copy.pdf", copy)}, data=_FOR_THE_BANK)
        verdict = _object(answer, 200)
        if verdict["indication"] != "TOTAL-FAILED":
            raise UnexpectedAnswerError(f"the copy of a revoked licence: {verdict['indication']}")
        tell(f"     The copy at POST /v1/verify: TOTAL-FAILED, {verdict['sub_indication']}")


_FOR_THE_BANK: Final = {"recipient": BANK_USCC, "purpose": PURPOSE}


def _authorised(stage: Stage, identifier: str) -> None:
    folder = stage.home.parent
    holder, paper = folder / "holder.txt", folder / "consent.txt"
    holder.touch(mode=0o600)
    holder.write_text(HOLDER, "ascii")
    paper.write_text("示范用证授权书\n", "utf-8")
    until = format_rfc3339(SystemClock().now() + timedelta(days=30))
    named = ("--recipient", BANK_USCC, "--recipient-name", BANK, "--purpose", PURPOSE, "--until", until)
    files = ("--holder-file", str(holder), "--evidence", str(paper))
    stage.run("licence", "authorise", identifier, *named, *files)


def _settle(stage: Stage, share: str, issuer: str, endpoint: Endpoint) -> None:
    """Let the sharing service take the provider's tokens, and send to this machine: production refuses that."""
    settings = stage.home / "settings.toml"
    lines = (
        "\n[sharing]",
        f"port = {urlsplit(share).port}",
        f'issuer = "{issuer}"',
        f'webhook_bases = ["{endpoint.base}"]  # this machine, without TLS: for trials alone',
        "",
    )
    settings.write_text(settings.read_text("utf-8") + "\n".join(lines), "utf-8")


def _bank_token(stage: Stage, base_url: str, share: str, tell: Callable[[str], None]) -> str:
    """Have somebody of the bank sign in for it; return the access token of its program."""
    secret, folder = ("--passphrase-file", str(stage.passphrase_file)), stage.home.parent
    password = secrets.token_urlsafe(16)
    for name, content in (("bank-login-name", LOGIN_NAME), ("bank-password", password)):
        path = folder / f"{name}.txt"
        path.touch(mode=0o600)
        path.write_text(content, "utf-8")
    named = (
        "--login-name-file",
        str(folder / "bank-login-name.txt"),
        "--password-file",
        str(folder / "bank-password.txt"),
    )
    person = text_of(stage.run("idp", "user", "add", *named, *secret, "--format", "json").objects()[0], "person")
    paper = folder / "bank-appointment.txt"
    paper.write_text("示范授权书\n", "utf-8")
    mandate = ("--uscc", BANK_USCC, "--name", BANK, "--role", "handler", "--evidence", str(paper))
    stage.run("idp", "mandate", "add", person, *mandate, *secret)
    scopes = ("--scope", "openid", "--scope", QUERY, "--scope", FETCH, "--scope", WATCH)
    client = ("--title", "示例银行开户", "--grant", "code", "--redirect-uri", BACK, "--resource", share, "--no-consent")
    made = stage.run("idp", "client", "add", "bank", *client, *scopes, *secret, "--format", "json").objects()[0]
    who = (text_of(made, "client_id"), text_of(made, "client_secret"))
    browser = Browser(base_url=base_url)
    browser.open("/account")
    browser.submit("/login/password", {"login_name": LOGIN_NAME, "password": password})
    browser.open("/account")
    browser.submit("/account/act", {"mandate": browser.value_of("mandate")})
    token = _redeemed(browser, base_url, who, share)
    browser.close()
    tell(f"     Somebody signs in for it by a mandate, and its program gets a token: scope {QUERY} {FETCH} {WATCH}")
    return token


def _redeemed(browser: Browser, base_url: str, who: tuple[str, str], share: str) -> str:
    verifier = secrets.token_urlsafe(32)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    asked = {
        "client_id": who[0],
        "response_type": "code",
        "redirect_uri": BACK,
        "scope": f"openid {QUERY} {FETCH} {WATCH}",
        "resource": share,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    browser.open(f"/authorize?{urlencode(asked)}", stop=BACK)
    back = dict(parse_qsl(urlsplit(browser.url).query))
    form = {
        "grant_type": "authorization_code",
        "code": back.get("code", ""),
        "redirect_uri": BACK,
        "code_verifier": verifier,
        "resource": share,
    }
    answer = httpx.post(f"{base_url}/token", data=form, auth=who, timeout=PATIENCE_SECONDS, trust_env=False)
    return str(_object(answer, 200)["access_token"])


def _copy(stage: Stage, client: httpx.Client, tell: Callable[[str], None]) -> tuple[str, bytes]:
    """Have the bank find what it may use, and fetch a copy; return its number and the document."""
    asked = {"holder_code": HOLDER, "reason": PURPOSE}
    (found,) = _object(client.post("/v1/sharing/query", json=asked), 200)["licences"]
    made = _object(client.post("/v1/sharing/copies", json={"authorisation": found["authorisation"]}), 200)
    document = base64.b64decode(made["documents"][0]["data"])
    (stage.home.parent / "copy.pdf").write_bytes(document)
    tell(
        f"     It finds the licence by its holder, and fetches a copy for that purpose (加注件): {made['number']}, copy.pdf"
    )
    return str(made["number"]), document


def _arrived(endpoint: Endpoint, licence: str, number: str) -> tuple[Mapping[str, Any], timedelta]:
    """Return the event of the revocation once it has arrived, and how long after its entry in the trail that was."""
    if not endpoint.arrived.wait(_LATEST_SECONDS) or endpoint.arrived_at is None:
        raise UnexpectedAnswerError(f"no event arrived within {_LATEST_SECONDS:.0f} s; refused: {endpoint.refused}")
    event: Mapping[str, Any] = endpoint.events[-1]["events"].get("urn:trustkit:sharing:licence-revoked", {})
    if (event.get("licence"), event.get("copies")) != (licence, [number]):
        raise UnexpectedAnswerError(f"the event is of something else: {endpoint.events[-1]['events']}")
    return event, endpoint.arrived_at - parse_rfc3339(event["at"])


def _object(answer: httpx.Response, status: int) -> dict[str, Any]:
    if answer.status_code != status:
        raise UnexpectedAnswerError(
            f"{answer.request.method} {answer.url.path}: {answer.status_code} {answer.text[:300]}"
        )
    found: dict[str, Any] = answer.json()
    return found
