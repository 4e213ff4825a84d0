"""``trustkit licence credential-serve`` as a process: it holds keys, hands out, tells no secret to its log, and goes when it is told."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import threading
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

import httpx
import pytest

from esign.credential.suites import CredentialSuite
from esign.wallet.metadata import PRE_AUTHORIZED
from esign.wallet.offers import OfferOrder
from tests.support.authority import PASSPHRASE, passphrase
from tests.support.credential_desk import WALLET, issuing_home, opened_desk
from tests.support.service import STOP_SECONDS, arguments, descendants, free_port, runs, service, wait_for
from tests.support.wallet import code_of, offer_of
from tests.support.wallet_proof import key_proof
from trustkit.app.trail import TrailWish, read_trail
from trustkit.app.wallet_issuing import offer_desk
from trustkit.app.wiring import open_authority
from trustkit.clock import SystemClock
from trustkit.jose.claims import numeric_date
from trustkit.store import credential_deliveries, credential_offers, credentials
from trustkit.store.credentials import CredentialState

if TYPE_CHECKING:
    from pathlib import Path

COMMAND = ("licence", "credential-serve")
ES256 = CredentialSuite.ES256


def issuing(place: Path, port: int, more: str = "") -> Path:
    home = issuing_home(place, suites=(ES256,))
    with (home / "settings.toml").open("a", encoding="utf-8") as settings:
        settings.write(f"\n[wallet]\nport = {port}\n{more}")
    return home


def test_it_hands_out_over_a_socket_and_logs_no_code(tmp_path: Path, passphrase_file: Path) -> None:
    port, log = free_port(), tmp_path / "log"
    home, base = issuing(tmp_path / "home", port), f"http://127.0.0.1:{port}"
    with ExitStack() as stack:
        desk = opened_desk(home, stack)
        code = code_of(offer_of(desk, desk.licence()))
    with service(home, port, log, "--passphrase-file", passphrase_file, command=COMMAND) as process:
        with httpx.Client(base_url=base, trust_env=False) as client:
            form = {"grant_type": PRE_AUTHORIZED, "pre-authorized_code": code}
            token = client.post("/token", data=form).json()["access_token"]
            nonce = client.post("/nonce").json()["c_nonce"]
            seconds = numeric_date(SystemClock().now())
            proof = key_proof(WALLET[ES256].signer(), issuer=base, nonce=nonce, seconds=seconds)
            body = {"credential_configuration_id": "business-licence.es256", "proofs": {"jwt": [proof]}}
            answer = client.post("/credential", json=body, headers={"authorization": f"Bearer {token}"})
            assert answer.status_code == 200, answer.text
            assert client.get("/.well-known/openid-credential-issuer").json()["credential_issuer"] == base
            assert client.post("/credential", content=b"x" * 80_000).status_code == 413
            assert client.get("/v1/verify").status_code == 404
        process.send_signal(signal.SIGTERM)
        assert process.wait(STOP_SECONDS) == 0
    said = log.read_text("utf-8")
    for secret in (PASSPHRASE.decode(), code, token, nonce, proof):
        assert secret not in said
    with open_authority(home) as authority:
        told = [line.to_json() for line in read_trail(authority, TrailWish(limit=10_000))]
    kinds = [str(each["type"]) for each in told if str(each["object_id"]).startswith("credential-serve-")]
    assert sorted(kinds) == ["app:service:started", "app:service:stopped"]


def test_a_path_before_every_address(tmp_path: Path, passphrase_file: Path) -> None:
    port = free_port()
    home = issuing(tmp_path / "home", port, f'base_url = "http://127.0.0.1:{port}/wallets"\n')
    with service(home, port, tmp_path / "log", "--passphrase-file", passphrase_file, command=COMMAND):
        at = f"http://127.0.0.1:{port}"
        found = httpx.get(f"{at}/.well-known/openid-credential-issuer/wallets", trust_env=False).json()
        assert found["nonce_endpoint"] == f"{at}/wallets/nonce"
        assert httpx.post(found["nonce_endpoint"], trust_env=False).status_code == 200
        assert httpx.post(f"{at}/nonce", trust_env=False).status_code == 404


@pytest.mark.slow
def test_beside_serve_it_is_a_process_of_its_own_and_a_kill_leaves_nobody(
    tmp_path: Path, passphrase_file: Path
) -> None:
    port, wallet_port = free_port(), free_port()
    home = issuing(tmp_path / "home", wallet_port, "beside_serve = true\n")
    with service(home, port, tmp_path / "log", "--passphrase-file", passphrase_file) as process:
        wait_for(wallet_port, process)
        children = descendants(process.pid)
        assert len([pid for pid in children if b"trustkit.app.wallet_server" in arguments(pid)]) == 1
        process.kill()
        process.wait()
        until = time.monotonic() + STOP_SECONDS
        while alive := [pid for pid in children if runs(pid)]:
            assert time.monotonic() < until, alive
            time.sleep(0.05)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", wallet_port))


@pytest.mark.slow
def test_a_kill_leaves_no_half_act(tmp_path: Path, passphrase_file: Path) -> None:
    """kill -9 at any moment: what is redeemed has a token or a credential, what is handed out is in register and trail, and nothing twice."""
    port = free_port()
    home, base = issuing(tmp_path / "home", port), f"http://127.0.0.1:{port}"
    with open_authority(home) as authority:
        authority.asked = True
        licence = authority.licences(authority.unlock(passphrase()))
        data = (home / "policies" / "licences" / "business-licence" / "sample.json").read_bytes()
        identifier = licence.issue("business-licence", data, actor=authority.operator).identifier
    fetched = []
    for _ in range(6):
        with service(home, port, tmp_path / "log", "--passphrase-file", passphrase_file, command=COMMAND) as process:
            fetched += _fetch_until_killed(home, base, identifier, process.pid)
            process.wait()
    _require_whole(home, identifier, fetched)


def _fetch_until_killed(home: Path, base: str, identifier: str, pid: int) -> list[str]:
    """Fetch one licence after another, and kill the service at a random moment of it; return what came whole."""
    got: list[str] = []
    with open_authority(home) as authority, httpx.Client(base_url=base, trust_env=False) as client:
        threading.Timer(0.2 + secrets.randbelow(1000) / 1000, os.kill, (pid, signal.SIGKILL)).start()
        try:
            while True:
                made = offer_desk(authority).make(
                    OfferOrder(licence=identifier, suites=(ES256,)), actor=authority.operator
                )
                form = {"grant_type": PRE_AUTHORIZED, "pre-authorized_code": code_of(made)}
                token = client.post("/token", data=form).json()["access_token"]
                nonce = client.post("/nonce").json()["c_nonce"]
                seconds = numeric_date(SystemClock().now())
                proof = key_proof(WALLET[ES256].signer(), issuer=base, nonce=nonce, seconds=seconds)
                body = {"credential_configuration_id": "business-licence.es256", "proofs": {"jwt": [proof]}}
                answer = client.post("/credential", json=body, headers={"authorization": f"Bearer {token}"})
                assert answer.status_code == 200, answer.text
                got.append(made.identifier)
        except httpx.TransportError:
            return got


def _require_whole(home: Path, identifier: str, fetched: list[str]) -> None:
    with open_authority(home) as authority:
        authority.recover()
        told = [line.to_json() for line in read_trail(authority, TrailWish(limit=10_000))]
        with authority.database.reading() as unit:
            rows = {each.number: each for each in credentials.list_of_licence(unit, identifier)}
            offers = credential_offers.list_offers(unit)
            handed = {
                each.identifier: found.number
                for each in offers
                if (found := credential_deliveries.find(unit, each.identifier, identifier, ES256.value))
            }
    assert fetched
    assert set(fetched) <= set(handed)
    issued = {str(each["object_id"]) for each in told if each["type"] == "esign:credential:issued"}
    assert set(handed.values()) == issued == {n for n, row in rows.items() if row.state is CredentialState.ISSUED}
    redeemed = {str(each["object_id"]) for each in told if each["type"] == "esign:credential-offer:redeemed"}
    assert {each.identifier for each in offers if each.state.value == "redeemed"} == redeemed
