"""``POST /v1/verify`` of credentials beside endpoints of the same server that do nothing, by processor time of the service, in the same rounds.

    python -m benchmarks.verify_http [SECONDS A ROUND]

The service is ``trustkit serve`` with two more routes, which are sent what ``/v1/verify`` is sent and answer a constant: one as any route is declared
(parameters, dependencies, all routes looked through), one direct as ``/v1/verify`` itself is, by which nothing but the frame is left.
Both stand behind the same frame: limits, request id, safe headers, a line in the log. Neither reads the body, hops to a thread, or asks the store.
Every credential is another; all are by one issuer and bring its status list and revocation lists along. The verdict of each is in the trail.
"""

from __future__ import annotations

import asyncio
import itertools
import statistics
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.batch import line_of, submitted
from benchmarks.connection import Connection, connections_to
from benchmarks.idle_routes import DECLARED, DIRECT
from benchmarks.licences import _processor_seconds as processor_seconds
from tests.support.authority import make_home
from tests.support.pki import PkiWorld
from tests.support.service import free_port, wait_for
from tests.unit.verifier.test_credential import make_credential
from trustkit.app.home import TRUST
from trustkit.encoding.pem import encode_pem

if TYPE_CHECKING:
    from collections.abc import Iterator

_SERVE: Final = "import sys; from pathlib import Path; from benchmarks import idle_routes as s; s.serve(Path(sys.argv[1]), int(sys.argv[2]))"
SECONDS: Final = 0.5
ROUNDS: Final = 9
LEAST: Final = 0.5
CREDENTIALS: Final = 64
VERIFY, HEALTH = "/v1/verify", "/v1/health"
JSON: Final = "Content-Type: application/json\r\n"
PASSED: Final = b'"indication":"TOTAL-PASSED"'


async def rate(
    connections: list[Connection], path: str, bodies: Iterator[bytes], seconds: float, process: int
) -> float:
    """Return the calls answered for each second of the service's processor time."""
    loop = asyncio.get_running_loop()
    before, until = processor_seconds(process), loop.time() + seconds

    async def one(connection: Connection) -> int:
        done = 0
        while loop.time() < until:
            asked = ("GET", path) if path == HEALTH else ("POST", path, JSON, next(bodies))
            status, _, answer = await connection.send(*asked)
            if status != 200 or (path == VERIFY and PASSED not in answer):  # noqa: PLR2004
                raise SystemExit(answer.decode("utf-8", "replace"))
            done += 1
        return done

    return sum(await asyncio.gather(*map(one, connections))) / (processor_seconds(process) - before)


async def measure(url: str, process: int, bodies: Iterator[bytes], seconds: float) -> None:
    """Measure and print."""
    for count in (8, 1):
        connections = await connections_to(url, count)
        paths = (VERIFY, DECLARED, DIRECT, HEALTH)
        for path in paths:
            await rate(connections, path, bodies, seconds, process)
        found = [[await rate(connections, path, bodies, seconds, process) for path in paths] for _ in range(ROUNDS)]
        ours = statistics.median(each[0] for each in found)
        for place, path in enumerate(paths[1:], start=1):
            ratio = statistics.median(each[0] / each[place] for each in found)
            asked = (
                f"  (asked: {LEAST:g}{'' if ratio >= LEAST else ', MISSED'})" if (count, path) == (8, DECLARED) else ""
            )
            peer = statistics.median(each[place] for each in found)
            name = f"POST /v1/verify of a credential, beside {path}, connections: {count}"
            sys.stdout.write(f"{name:<74} {ours:>8.0f}/s {peer:>8.0f}/s {ratio:>6.2f}{asked}\n")
        sys.stdout.flush()


def main(seconds: float) -> None:
    """Start the service and measure it."""
    world = PkiWorld()
    first = submitted(world)
    others = (replace(first, data=make_credential(world).encode()) for _ in range(CREDENTIALS))
    bodies = itertools.cycle([line_of(each) for each in others])
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        home = make_home(Path(folder) / "home", port=port)
        with (home / "settings.toml").open("a", encoding="utf-8") as settings:
            settings.write("anonymous_per_minute = 100000000\n")
        (home / TRUST).mkdir(exist_ok=True)
        (home / TRUST / "world.pem").write_bytes(encode_pem("CERTIFICATE", world.root.certificate.der))
        command = [sys.executable, "-c", _SERVE, str(home), str(port)]
        with (Path(folder) / "log").open("wb") as log:
            process = subprocess.Popen(command, stderr=log, stdout=subprocess.DEVNULL)
        try:
            wait_for(port, process)
            asyncio.run(measure(f"http://127.0.0.1:{port}", process.pid, bodies, seconds))
        finally:
            process.terminate()
            process.wait(timeout=30)


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS)
