"""A platform gets a token at our own identity service and verifies with it at our own verification API, over DPoP and without."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import httpx

from tests.support.authority import passphrase
from tests.support.dpop_proof import sign_dpop
from tests.support.service import free_port, service
from tests.support.web import Visitor
from trustkit.app.initialise_identity import initialise_identity
from trustkit.app.wiring import open_authority
from trustkit.clock import SystemClock
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.pkcs8 import MIN_ITERATIONS
from trustkit.custody.private_key import generate_key

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.terminal import Terminal

API = "http://trustkit.test"
PERMISSION = "verifier:service:use"


def test_a_platform_verifies_with_a_token_of_ours(
    terminal: Terminal, home: Path, passphrase_file: Path, tmp_path: Path
) -> None:
    initialise_identity(home, passphrase(), iterations=MIN_ITERATIONS)
    secret = ("--home", home, "--passphrase-file", passphrase_file, "--format", "json")
    options = ("--grant", "client", "--scope", PERMISSION, "--resource", API)
    (client,) = terminal.run("idp", "client", "add", "platform", *options, *secret).objects()
    port = free_port()
    issuer = f"http://127.0.0.1:{port}"
    settings = home / "settings.toml"
    told = f'\n[idp]\nbase_url = "{issuer}"\n[tokens]\nissuer = "{issuer}"\nresource = "{API}"\nverify = true\n'
    settings.write_text(settings.read_text("utf-8") + told, "utf-8")
    key = generate_key(KeyKind.EC_P256).signer()

    def proof(url: str, token: str = "", nonce: str = "") -> dict[str, str]:
        now = SystemClock().now()
        name = f"proof-{now.timestamp()}-{url}"
        made = sign_dpop(key, method="POST", url=url, token_id=name, now=now, access_token=token, nonce=nonce)
        return {"DPoP": made}

    named = f"{client['client_id']}:{client['client_secret']}"
    basic = {"Authorization": "Basic " + base64.b64encode(named.encode()).decode()}
    with (
        service(home, port, tmp_path / "log", "--passphrase-file", passphrase_file, command=("idp", "serve")),
        open_authority(home) as authority,
    ):
        visitor = Visitor.of(authority)

        def ask(**headers: str) -> Any:
            return visitor.post("/v1/verify", files={"file": ("a.bin", b"no document")}, headers=headers)

        asked = {"grant_type": "client_credentials", "scope": PERMISSION, "resource": API}
        bearer = httpx.post(f"{issuer}/token", data=asked, headers=basic, trust_env=False).json()
        assert ask(Authorization=f"Bearer {bearer['access_token']}").status_code == 200
        assert ask().status_code == 401
        bound = httpx.post(
            f"{issuer}/token", data=asked, headers=basic | proof(f"{issuer}/token"), trust_env=False
        ).json()
        token = bound["access_token"]
        assert bound["token_type"] == "DPoP"
        shown = proof(f"{API}/v1/verify", token)
        assert ask(Authorization=f"DPoP {token}", **shown).status_code == 200
        assert ask(Authorization=f"DPoP {token}", **shown).json()["detail"] == "jose:dpop:replayed"
        assert ask(Authorization=f"Bearer {token}").json()["code"] == "web:token:refused"
