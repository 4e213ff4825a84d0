"""``trustkit share serve`` as a process: it comes up with keys and an issuer, shows nothing to who brings no token, and goes when it is told."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import httpx

from tests.support.authority import PASSPHRASE
from tests.support.service import STOP_SECONDS, free_port, service

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.terminal import Terminal

COMMAND = ("share", "serve")
CONFIG = 78


def _settled(home: Path, words: str) -> None:
    with (home / "settings.toml").open("a", encoding="utf-8") as file:
        file.write(f"\n[sharing]\n{words}\n")


def test_it_comes_up_and_ends_gracefully(home: Path, passphrase_file: Path, tmp_path: Path) -> None:
    _settled(home, 'issuer = "http://127.0.0.1:9"')
    port, log = free_port(), tmp_path / "log"
    with service(home, port, log, "--passphrase-file", passphrase_file, command=COMMAND) as process:
        base = f"http://127.0.0.1:{port}"
        assert httpx.get(f"{base}/v1/health", trust_env=False).json()["status"] == "ok"
        assert httpx.get(f"{base}/v1/licence-types", trust_env=False).status_code == 200
        assert httpx.post(f"{base}/v1/sharing/query", json={}, trust_env=False).status_code == 401
        large = httpx.post(f"{base}/v1/sharing/query", content=b"x" * 100_000, trust_env=False)
        assert large.status_code == 413
        described = httpx.get(f"{base}/openapi.json", trust_env=False).json()["paths"]
        calls = {
            path: told["post"] for path, told in described.items() if path.startswith("/v1/sharing/") and "post" in told
        }
        assert len(calls) == 7
        for told in calls.values():
            assert "example" in told["requestBody"]["content"]["application/json"]
            done = told["responses"].get("200") or told["responses"]["201"]
            assert "example" in done["content"]["application/json"]
        assert len(httpx.get(f"{base}/v1/sharing/keys", trust_env=False).json()["keys"]) == 1
        process.send_signal(signal.SIGTERM)
        assert process.wait(STOP_SECONDS) == 0
    assert PASSPHRASE.decode() not in log.read_text("utf-8")


def test_nothing_listens_without_an_issuer_or_with_settings_that_do_not_hold(
    terminal: Terminal, home: Path, passphrase_file: Path
) -> None:
    secret = ("--passphrase-file", passphrase_file, "--port", str(free_port()))
    terminal.run("share", "serve", "--home", home, *secret).require_refusal("app:settings:malformed", CONFIG)
    settings = (home / "settings.toml").read_text("utf-8")
    for words, code in (
        ('issuer = "ftp://x"', "app:settings:malformed"),
        ("port = 70000", "app:settings:malformed"),
        ('tls_key = "x.key"', "app:settings:malformed"),
        ("more = 1", "app:settings:unknown-key"),
        ('webhook_bases = ["bank.example"]', "app:settings:malformed"),
        ('webhook_bases = ["http://bank.example/"]', "app:settings:insecure"),
        ('webhook_bases = ["http://127.0.0.1:9/"]\n[tokens]\nmore = 1', "app:settings:unknown-key"),
    ):
        (home / "settings.toml").write_text(f"{settings}\n[sharing]\n{words}\n", "utf-8")
        terminal.run("share", "serve", "--home", home, *secret).require_refusal(code, CONFIG)
