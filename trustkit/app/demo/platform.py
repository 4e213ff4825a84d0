"""A platform's journey: a client, a token, a file, a QR code, a wallet's answer and a batch judged, and a revocation told by itself."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Final

import httpx

from trustkit.app.demo.presenting import show_presentation
from trustkit.app.demo.stage import PATIENCE_SECONDS, UnexpectedAnswerError, text_of
from trustkit.app.demo.subscribing import show_subscription
from trustkit.app.demo.wallet import fill_wallet
from trustkit.encoding.text64 import decode_base64url

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from trustkit.app.demo.sign_on import SignedOn
    from trustkit.app.demo.stage import Stage
    from trustkit.encoding.canonical_json import JsonValue

_SCOPE: Final = "verifier:service:use"  # what the verification service asks of who has a token
_LINES: Final = {"content-type": "application/x-ndjson"}


def show_platform(stage: Stage, document: Path, signed_on: SignedOn, tell: Callable[[str], None]) -> None:
    """Walk the journey with the licence in a file, which the official has just issued.

    Raises:
        UnexpectedAnswerError: where something answers otherwise than told.
    """
    tell("11. A platform relies on it. It is registered, and gets an access token by its own credentials (OAuth 2.0).")
    token, told = _token(stage, signed_on.base_url)
    tell(f"     {told}")
    folder = document.parent / "wallet"
    folder.mkdir(mode=0o700)
    secret = ("--passphrase-file", str(stage.passphrase_file))
    wallet = fill_wallet(stage, signed_on.licence, folder, tell)
    code = document.with_name("code.png")
    stage.run("licence", "code", signed_on.licence, "--out", str(code), *secret)
    settings = stage.home / "settings.toml"
    taken = (
        f'\n[tokens]\nissuer = "{signed_on.base_url}"\nresource = "{stage.base_url}"\nverify = true\nanonymous = true\n'
    )
    settings.write_text(settings.read_text("utf-8") + taken, "utf-8")
    with stage.service() as client:
        client.headers["authorization"] = f"Bearer {token}"
        tell("     A file, and its QR code as a picture: POST /v1/verify.")
        for file in (document, code):
            _require("TOTAL-PASSED", judged(client, file), file.name)
            tell(f"       {file.name}: TOTAL-PASSED")
        show_presentation(client, wallet, tell)
        files = (document, code, *wallet.files.values(), document.with_name("tampered.pdf"))
        _batch(client, files, tell)
        show_subscription(stage, client, signed_on, tell)


def judged(client: httpx.Client, file: Path) -> str:
    """Return what the service says of a file."""
    answer = client.post("/v1/verify", files={"file": (file.name, file.read_bytes())})
    if not answer.is_success:
        raise UnexpectedAnswerError(f"POST /v1/verify: {answer.status_code} {answer.text[:300]}")
    verdict: dict[str, JsonValue] = answer.json()
    return text_of(verdict, "indication")


def _batch(client: httpx.Client, files: tuple[Path, ...], tell: Callable[[str], None]) -> None:
    """Have many files judged in one call: all good but the last, in which an octet was changed."""
    lines = [json.dumps({"name": each.name, "data": base64.b64encode(each.read_bytes()).decode()}) for each in files]
    answer = client.post("/v1/verify/batch", content="\n".join(lines).encode(), headers=_LINES)
    if not answer.is_success:
        raise UnexpectedAnswerError(f"POST /v1/verify/batch: {answer.status_code} {answer.text[:300]}")
    found = {text_of(each, "file"): text_of(each, "indication") for each in map(json.loads, answer.text.splitlines())}
    for each in files:
        _require("TOTAL-PASSED" if each is not files[-1] else "TOTAL-FAILED", found.get(each.name, "none"), each.name)
    tell(f"     A batch of {len(files)}, a line each: POST /v1/verify/batch.")
    for name, indication in found.items():
        tell(f"       {name}: {indication}")


def _token(stage: Stage, base_url: str) -> tuple[str, str]:
    """Return an access token for the verification service, and what is told of it."""
    made = stage.run(
        *("idp", "client", "add", "platform", "--title", "示范平台", "--grant", "client", "--scope", _SCOPE),
        *("--resource", stage.base_url),
        *("--passphrase-file", str(stage.passphrase_file), "--format", "json"),
    ).objects()[0]
    with httpx.Client(timeout=PATIENCE_SECONDS, trust_env=False) as client:
        endpoint = (
            client.get(f"{base_url}/.well-known/openid-configuration").raise_for_status().json()["token_endpoint"]
        )
        who = (text_of(made, "client_id"), text_of(made, "client_secret"))
        asked = {"grant_type": "client_credentials", "scope": _SCOPE, "resource": stage.base_url}
        answer = client.post(endpoint, data=asked, auth=who)
    if not answer.is_success:
        raise UnexpectedAnswerError(f"{endpoint}: {answer.status_code} {answer.text[:200]}")
    token = str(answer.json()["access_token"])
    header = json.loads(decode_base64url(token.split(".", maxsplit=1)[0]))
    return (
        token,
        f"{header['typ']}, {header['alg']}, {answer.json()['expires_in']} s, scope {answer.json().get('scope', '')}",
    )


def _require(told: str, found: str, what: str) -> None:
    if found != told:
        raise UnexpectedAnswerError(f"{what}: {found}, not {told}")
