"""Licence issue, verification over HTTP, and start-up of the program, each beside its limit or a peer.

    python benchmarks/licences.py [SECONDS]

Prints one line a figure: name, ours, peer or limit, ratio (ours over the limit; more is better). "One core" is a second of
processor time, the server's own for HTTP, so that what else the machine does does not count; figures are medians of
rounds. The peer of the HTTP figure is ``/v1/health`` of the same server.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from tests.support.authority import SAMPLE, make_home, passphrase
from trustkit.app.demo.stage import free_port
from trustkit.app.wiring import open_authority

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 5
ISSUE_LIMIT, VERIFY_LIMIT, START_LIMIT = 8.0, 25.0, 0.4


def _rate(act: Callable[[], object], seconds: float, used: Callable[[], float]) -> float:
    started, before, done = time.perf_counter(), used(), 0
    while time.perf_counter() - started < seconds:
        act()
        done += 1
    return done / (used() - before)


def _medians(
    acts: tuple[Callable[[], object], ...], seconds: float, used: Callable[[], float] = time.process_time
) -> tuple[float, ...]:
    """Return the median rate of each act; rounds are interleaved, so a change of the machine's speed meets all alike."""
    rates = [[_rate(act, seconds / ROUNDS, used) for act in acts] for _ in range(ROUNDS)]
    return tuple(statistics.median(column) for column in zip(*rates, strict=True))


def _processor_seconds(process: int) -> float:
    """Return the processor time of a process and its living children (proc(5): fields 14 and 15 of stat)."""
    total = 0.0
    pending = [process]
    while pending:
        folder = Path("/proc") / str(pending.pop())
        fields = (folder / "stat").read_text("ascii", "replace").rpartition(")")[2].split()
        total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        for task in (folder / "task").iterdir():
            pending += [int(child) for child in (task / "children").read_text("ascii").split()]
    return total


def _line(name: str, ours: float, other: float, unit: str, what: str) -> None:
    print(f"{name:<42} {ours:9.1f} {unit:<6} {what} {other:9.1f}   ratio {ours / other:6.2f}")


def _issue(home: Path, seconds: float) -> bytes:
    fields = SAMPLE.read_bytes()
    with open_authority(home) as authority:
        service = authority.licences(authority.unlock(passphrase()))
        document = service.issue("business-licence", fields, actor=authority.operator).document
        (issued,) = _medians((lambda: service.issue("business-licence", fields, actor=authority.operator),), seconds)
    _line("licence PDF issue, one core", issued, ISSUE_LIMIT, "/s", "limit")
    return document


def _serve(home: Path, port: int, document: bytes, seconds: float) -> None:
    environment = {**os.environ, "TRUSTKIT_HOME": str(home)}  # noqa: TID251 - handed on to a child process
    service = subprocess.Popen(
        [sys.executable, "-m", "trustkit.app", "serve"],
        env=environment,
        stderr=subprocess.DEVNULL,
    )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30, trust_env=False) as client:
            for _ in range(200):
                try:
                    client.get("/v1/health").raise_for_status()
                    break
                except httpx.HTTPError:
                    time.sleep(0.1)

            def verify() -> None:
                answer = client.post("/v1/verify", files={"file": ("a.pdf", document)})
                if answer.json()["indication"] != "TOTAL-PASSED":
                    raise SystemExit(answer.text)

            def nothing() -> None:
                client.get("/v1/health").raise_for_status()

            verify()
            rates = _medians((verify, nothing), seconds, lambda: _processor_seconds(service.pid))
    finally:
        service.terminate()
        service.wait(timeout=30)
    _line("POST /v1/verify of that PDF, one core", rates[0], VERIFY_LIMIT, "/s", "limit")
    _line("  beside GET /v1/health of the same server", rates[0], rates[1], "/s", "peer ")


def _start() -> None:
    command = [sys.executable, "-m", "trustkit.app", "--help"]
    times = []
    for _ in range(2 * ROUNDS + 1):
        started = time.perf_counter()
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
        times.append(time.perf_counter() - started)
    ours = statistics.median(times[1:])
    print(
        f"{'start-up of trustkit --help':<42} {ours:9.3f} {'s':<6} limit {START_LIMIT:9.3f}   ratio {START_LIMIT / ours:6.2f}"
    )


def main() -> None:
    """Print every figure."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 10.0
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        home = make_home(Path(folder) / "home", port=port)
        settings = home / "settings.toml"
        settings.write_text(settings.read_text("utf-8") + "anonymous_per_minute = 1000000000\n", "utf-8")
        document = _issue(home, seconds)
        _serve(home, port, document, seconds)
    _start()


if __name__ == "__main__":
    main()
