"""A service of ours as a process of its own: started, waited for, looked into, ended."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from tests.support.terminal import environment

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator

START_SECONDS = 90.0
STOP_SECONDS = 45.0  # it ends within one second, and on a busy machine when its turn comes


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def service(
    home: Path,
    port: int,
    log: Path,
    *options: str | Path,
    command: tuple[str, ...] = ("serve",),
    tls: ssl.SSLContext | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as stderr:
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "trustkit.app",
                *command,
                "--home",
                str(home),
                "--port",
                str(port),
                *map(str, options),
            ],
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            env=environment(),
            cwd=log.parent,
        )
    try:
        wait_for(port, process, tls=tls)
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def wait_for(port: int, process: subprocess.Popen[bytes], *, tls: ssl.SSLContext | None = None) -> None:
    """Wait until the service answers, or fail."""
    until = time.monotonic() + START_SECONDS
    url = f"{'https' if tls else 'http'}://127.0.0.1:{port}/v1/health"
    # one client for all attempts: making one reads every certificate of the system, unless told to believe none
    with httpx.Client(trust_env=False, verify=tls or False) as client:
        while time.monotonic() < until:
            assert process.poll() is None, "the service ended by itself"
            try:
                if client.get(url).is_success:
                    return
            except httpx.TransportError:
                time.sleep(0.05)
    raise AssertionError("the service did not come up")


def runs(pid: int) -> bool:
    """Tell whether a process is there and no zombie, which only waits for somebody to ask after it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def descendants(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text("ascii").split():
            found += [int(child), *descendants(int(child))]
    return found


def arguments(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
