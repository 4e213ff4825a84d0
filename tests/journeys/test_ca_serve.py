"""``trustkit ca serve`` as a process: it holds keys, answers, and goes when it is told; over TLS it knows its peer."""

from __future__ import annotations

import signal
import socket
import time
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.support.authority import PASSPHRASE, make_home
from tests.support.service import STOP_SECONDS, arguments, descendants, free_port, runs, service, wait_for

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.terminal import Terminal

COMMAND = ("ca", "serve")


def test_it_comes_up_with_keys_refuses_what_is_too_large_and_ends_gracefully(
    home: Path, passphrase_file: Path, tmp_path: Path
) -> None:
    port, log = free_port(), tmp_path / "log"
    with service(home, port, log, "--passphrase-file", passphrase_file, command=COMMAND) as process:
        base = f"http://127.0.0.1:{port}"
        answer = httpx.get(f"{base}/v1/certificates/issuing.cer", trust_env=False)
        assert answer.headers["content-type"] == "application/pkix-cert"
        missing = httpx.get(f"{base}/v1/verify", trust_env=False)
        assert missing.status_code == 404  # verification is behind the other door
        assert missing.headers["content-type"] == "application/problem+json"
        assert "server" not in answer.headers
        assert httpx.post(f"{base}/v1/health", content=b"x" * 300_000, trust_env=False).status_code == 413
        with socket.create_connection(("127.0.0.1", port), timeout=5) as raw:
            raw.sendall(b"GET / HTTP/1.1\r\nhost: x\r\na: " + b"b" * 60_000)
            assert raw.recv(100).startswith(b"HTTP/1.1 400")
        process.send_signal(signal.SIGTERM)
        assert process.wait(STOP_SECONDS) == 0
    assert PASSPHRASE.decode() not in log.read_text("utf-8")


@pytest.mark.parametrize(
    ("given", "refusal"), [("absent", ("custody:passphrase:missing", 78)), ("wrong", ("custody:passphrase:wrong", 77))]
)
def test_without_the_right_passphrase_nothing_listens(
    terminal: Terminal, home: Path, tmp_path: Path, given: str, refusal: tuple[str, int]
) -> None:
    wrong = tmp_path / "wrong"
    wrong.touch(mode=0o600)
    wrong.write_bytes(b"another passphrase")
    ran = terminal.run(*COMMAND, "--home", home, "--port", str(free_port()), "--passphrase-file", tmp_path / given)
    ran.require_refusal(*refusal)


@pytest.mark.slow
def test_beside_serve_it_is_a_process_of_its_own_and_a_kill_leaves_nobody(
    tmp_path: Path, passphrase_file: Path
) -> None:
    port, ca_port = free_port(), free_port()
    home = make_home(tmp_path / "home", port=port)
    with (home / "settings.toml").open("a", encoding="utf-8") as settings:
        settings.write(f"\n[ca_server]\nport = {ca_port}\nbeside_serve = true\n")
    with service(home, port, tmp_path / "log", "--passphrase-file", passphrase_file) as process:
        helpers = descendants(process.pid)
        assert len(helpers) >= 3  # a worker of either, and who renews
        assert len([pid for pid in helpers if b"trustkit.app.ca_server" in arguments(pid)]) == 1
        wait_for(ca_port, process)
        process.kill()  # it can tell nobody; the end of the pipe does
        process.wait()
        until = time.monotonic() + STOP_SECONDS
        while alive := [pid for pid in helpers if runs(pid)]:
            assert time.monotonic() < until, alive
            time.sleep(0.05)
    for each in (port, ca_port):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", each))
