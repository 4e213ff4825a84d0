"""``trustkit idp serve`` as a process: it holds a secret of its own, answers, and goes when it is told."""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.support.authority import PASSPHRASE, make_home, passphrase
from tests.support.service import STOP_SECONDS, arguments, descendants, free_port, runs, service, wait_for
from trustkit.app.idp_secrets import SECRET_FILE
from trustkit.app.initialise_identity import initialise_identity
from trustkit.custody.pkcs8 import MIN_ITERATIONS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.terminal import Terminal

COMMAND = ("idp", "serve")


@pytest.fixture
def identity_home(home: Path) -> Path:
    initialise_identity(home, passphrase(), iterations=MIN_ITERATIONS)
    return home


def test_it_comes_up_refuses_what_is_too_large_and_ends_gracefully(
    identity_home: Path, passphrase_file: Path, tmp_path: Path
) -> None:
    port, log = free_port(), tmp_path / "log"
    with service(identity_home, port, log, "--passphrase-file", passphrase_file, command=COMMAND) as process:
        base = f"http://127.0.0.1:{port}"
        answer = httpx.get(f"{base}/v1/health", trust_env=False)
        assert answer.json()["status"] == "ok"
        assert "server" not in answer.headers
        assert httpx.get(f"{base}/v1/verify", trust_env=False).status_code == 404  # that is another process
        page = {"origin": "https://app.other.test", "access-control-request-method": "POST"}
        for path, allowed in (
            ("/token", "*"),
            ("/authorize", None),
            ("/login", None),
            ("/introspect", None),
        ):
            told = httpx.options(f"{base}{path}", headers=page, trust_env=False, timeout=60).headers
            assert told.get("access-control-allow-origin") == allowed, path
        for path in ("/token", "/userinfo", "/jwks", "/gm-jwks", "/.well-known/openid-configuration"):
            got = httpx.get(f"{base}{path}", headers={"origin": "https://app.other.test"}, trust_env=False, timeout=60)
            assert got.headers.get_list("access-control-allow-origin") == ["*"], path
        assert httpx.post(f"{base}/v1/health", content=b"x" * 300_000, trust_env=False).status_code == 413
        process.send_signal(signal.SIGTERM)
        assert process.wait(STOP_SECONDS) == 0
    assert PASSPHRASE.decode() not in log.read_text("utf-8")


def test_nothing_listens_without_its_secret_or_with_another_passphrase(
    terminal: Terminal, home: Path, passphrase_file: Path, tmp_path: Path
) -> None:
    options = ("--home", home, "--port", str(free_port()))
    ran = terminal.run(*COMMAND, *options, "--passphrase-file", passphrase_file)
    ran.require_refusal("custody:key:missing", 66)
    initialise_identity(home, passphrase(), iterations=MIN_ITERATIONS)
    wrong = tmp_path / "wrong"
    wrong.touch(mode=0o600)
    wrong.write_bytes(b"another passphrase")
    terminal.run(*COMMAND, *options, "--passphrase-file", wrong).require_refusal("custody:passphrase:wrong", 77)


@pytest.mark.parametrize(
    ("settings", "refusal"),
    [
        ('breached_passwords = "none.txt"', ("idp:factor-password:list", 78)),
        ('passkey_makers = "none.pem"', ("app:input:unreadable", 66)),
    ],
)
def test_nothing_listens_without_a_file_the_settings_name(
    terminal: Terminal, identity_home: Path, passphrase_file: Path, settings: str, refusal: tuple[str, int]
) -> None:
    """Though pages and factors are made a moment later."""
    with (identity_home / "settings.toml").open("a", encoding="utf-8") as file:
        file.write(f"\n[idp]\n{settings}\n")
    options = ("--home", identity_home, "--port", str(free_port()))
    terminal.run(*COMMAND, *options, "--passphrase-file", passphrase_file).require_refusal(*refusal)


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ("[idp]\nport = 0\n", "app:settings:malformed"),
        ("[idp]\nsession_hours = 200\n", "app:settings:malformed"),
        ("[idp]\nsession_idle_minutes = 6000\n", "app:settings:malformed"),
        ('[idp]\ntls_key = "key.pem"\n', "app:settings:malformed"),
        ('[idp]\nbase_url = "ftp://x"\n', "app:settings:malformed"),
        ("[idp]\nsession_minutes = 1\n", "app:settings:unknown-key"),
        ('[idp]\nconnector = "x"\n', "app:settings:malformed"),
    ],
)
def test_settings_nobody_could_use_are_told(
    terminal: Terminal, home: Path, passphrase_file: Path, settings: str, code: str
) -> None:
    with (home / "settings.toml").open("a", encoding="utf-8") as file:
        file.write("\n" + settings)
    ran = terminal.run(*COMMAND, "--home", home, "--passphrase-file", passphrase_file)
    ran.require_refusal(code, 78)


def test_production_listens_beyond_this_machine_with_tls_alone(
    terminal: Terminal, home: Path, passphrase_file: Path
) -> None:
    path = home / "settings.toml"
    text = path.read_text("utf-8").replace("production = false", "production = true")
    text = text.replace("http://127.0.0.1", "https://127.0.0.1")
    path.write_text(text, "utf-8")
    options = ("--home", home, "--passphrase-file", passphrase_file)
    ran = terminal.run(*COMMAND, *options)  # nothing said of it: the issuer would be http
    ran.require_refusal("app:settings:insecure", 78)
    text += '\n[idp]\nbase_url = "https://id.example"\ntrusted_proxies = ["127.0.0.1"]\n'
    path.write_text(text, "utf-8")
    terminal.run(*COMMAND, *options, "--host", "0.0.0.0").require_refusal("app:settings:insecure", 78)  # noqa: S104
    path.write_text(text + 'host = "0.0.0.0"\n', "utf-8")
    terminal.run(*COMMAND, *options).require_refusal("app:settings:insecure", 78)


@pytest.mark.slow
def test_beside_serve_it_is_a_process_of_its_own_and_a_kill_leaves_nobody(
    tmp_path: Path, passphrase_file: Path
) -> None:
    port, idp_port = free_port(), free_port()
    home = make_home(tmp_path / "home", port=port)
    with (home / "settings.toml").open("a", encoding="utf-8") as settings:
        settings.write(f"\n[idp]\nport = {idp_port}\nbeside_serve = true\n")
    initialise_identity(home, passphrase(), iterations=MIN_ITERATIONS)
    with service(home, port, tmp_path / "log", "--passphrase-file", passphrase_file) as process:
        (helper,) = [pid for pid in descendants(process.pid) if b"trustkit.app.idp_server" in arguments(pid)]
        wait_for(idp_port, process)
        assert (home / "keys" / SECRET_FILE).exists()
        process.kill()  # it can tell nobody; the end of the pipe does
        process.wait()
        until = time.monotonic() + STOP_SECONDS
        while runs(helper):
            assert time.monotonic() < until
            time.sleep(0.05)
