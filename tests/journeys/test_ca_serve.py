"""``trustkit ca serve`` as a process: it holds keys, answers, and goes when it is told; over TLS it knows its peer."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.support.authority import PASSPHRASE, make_home
from tests.support.service import STOP_SECONDS, arguments, descendants, free_port, runs, service
from tests.support.terminal import environment

if TYPE_CHECKING:
    from pathlib import Path

COMMAND = ("ca", "serve")


def test_it_comes_up_with_keys_and_ends_gracefully(home: Path, passphrase_file: Path, tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "log"
    with service(home, port, log, "--passphrase-file", passphrase_file, command=COMMAND) as process:
        base = f"http://127.0.0.1:{port}"
        answer = httpx.get(f"{base}/v1/certificates/issuing.cer", trust_env=False)
        assert answer.headers["content-type"] == "application/pkix-cert"
        missing = httpx.get(f"{base}/v1/verify", trust_env=False)
        assert missing.status_code == 404  # verification is behind the other door
        assert missing.headers["content-type"] == "application/problem+json"
        assert "server" not in answer.headers
        process.send_signal(signal.SIGTERM)
        assert process.wait(STOP_SECONDS) == 0
    assert PASSPHRASE.decode() not in log.read_text("utf-8")


def test_a_large_head_and_a_large_body_are_refused(home: Path, passphrase_file: Path, tmp_path: Path) -> None:
    port = free_port()
    with service(home, port, tmp_path / "log", "--passphrase-file", passphrase_file, command=COMMAND):
        url = f"http://127.0.0.1:{port}/v1/health"
        assert httpx.post(url, content=b"x" * 300_000, trust_env=False).status_code == 413
        with socket.create_connection(("127.0.0.1", port), timeout=5) as raw:
            raw.sendall(b"GET / HTTP/1.1\r\nhost: x\r\na: " + b"b" * 60_000)
            assert raw.recv(100).startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize("options", [("--passphrase-file", "absent"), ("--passphrase-file", "wrong")])
def test_without_the_right_passphrase_nothing_listens(home: Path, tmp_path: Path, options: tuple[str, str]) -> None:
    wrong = tmp_path / "wrong"
    wrong.touch(mode=0o600)
    wrong.write_bytes(b"another passphrase")
    command = [sys.executable, "-m", "trustkit.app", "ca", "serve", "--home", str(home), "--port", str(free_port())]
    done = subprocess.run(
        [*command, options[0], str(tmp_path / options[1])],
        check=False,
        capture_output=True,
        timeout=60,
        env=environment(),
    )
    assert done.returncode not in {0, None}
    assert b"Traceback" not in done.stderr


def test_beside_serve_it_is_a_process_of_its_own_and_ends_with_it(tmp_path: Path, passphrase_file: Path) -> None:
    port, ca_port = free_port(), free_port()
    home = make_home(tmp_path / "home", port=port)
    with (home / "settings.toml").open("a", encoding="utf-8") as settings:
        settings.write(f"\n[ca_server]\nport = {ca_port}\nbeside_serve = true\n")
    with service(home, port, tmp_path / "log", "--passphrase-file", passphrase_file) as process:
        helpers = descendants(process.pid)
        assert len([pid for pid in helpers if b"trustkit.app.ca_server" in arguments(pid)]) == 1
        until = time.monotonic() + STOP_SECONDS
        while True:
            try:
                assert httpx.get(f"http://127.0.0.1:{ca_port}/v1/health", trust_env=False).is_success
                break
            except httpx.TransportError:
                assert time.monotonic() < until
                time.sleep(0.1)
        process.kill()  # it can tell nobody; the end of the pipe does
        process.wait()
        until = time.monotonic() + STOP_SECONDS
        while alive := [pid for pid in helpers if runs(pid)]:
            assert time.monotonic() < until, alive
            time.sleep(0.05)
