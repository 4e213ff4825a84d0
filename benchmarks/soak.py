"""``POST /v1/verify`` of a credential for a while at 70 % of what the service can do: errors, slow answers, and memory.

    python -m benchmarks.soak [SECONDS]

First as many calls as the service answers are made by a few connections, in turns with ``GET /v1/health`` of the same service, which does next to nothing: the ratio
of both is what judging costs beside HTTP, by processor time of the service. Then calls are begun at 70 % of that rate, whether or not those before were answered, and
each is timed from when it was due. Memory is the service's and its processes', after a tenth of the time and at the end. 600 is a soak; `make bench` takes 20.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.batch import line_of, submitted, told
from benchmarks.connection import Connection, connections_to
from benchmarks.licences import _processor_seconds as processor_seconds
from tests.support.authority import make_home
from tests.support.pki import PkiWorld
from tests.support.service import descendants, free_port, service
from trustkit.app.home import TRUST
from trustkit.encoding.pem import encode_pem

SECONDS = 20.0
CONNECTIONS = 8
ROUNDS = 5
ROUND_SECONDS = 1.0
LOAD = 0.7
SLOW = 4.0  # times the median
JSON = "Content-Type: application/json\r\n"


async def busy(connections: list[Connection], body: bytes | None, seconds: float) -> int:
    """Ask over all connections for so long; return how many were answered."""
    until = time.perf_counter() + seconds

    async def one(connection: Connection) -> int:
        done = 0
        while time.perf_counter() < until:
            done += await ask(connection, body)
        return done

    return sum(await asyncio.gather(*map(one, connections)))


async def ask(connection: Connection, body: bytes | None) -> bool:
    """Return whether a call was answered as it is to be."""
    if body is None:
        return (await connection.send("GET", "/v1/health"))[0] == 200  # noqa: PLR2004
    status, _, answer = await connection.send("POST", "/v1/verify", JSON, body)
    return status == 200 and b'"indication":"TOTAL-PASSED"' in answer  # noqa: PLR2004


async def steadily(url: str, body: bytes, rate: float, seconds: float) -> tuple[list[float], int]:
    """Begin calls at a rate; return the seconds each took from when it was due, and how many failed."""
    idle: asyncio.Queue[Connection] = asyncio.Queue()
    for connection in await connections_to(url, 4 * CONNECTIONS):
        idle.put_nowait(connection)
    took: list[float] = []
    failed = 0

    async def one(due: float) -> None:
        nonlocal failed
        connection = await idle.get()
        failed += not await ask(connection, body)
        idle.put_nowait(connection)
        took.append(time.perf_counter() - due)

    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number in range(int(rate * seconds)):
            due = began + number / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            group.create_task(one(due))
    return took, failed


def memory(process: int) -> int:
    """Return the octets a process and those it started hold of their own (proc(5): Pss)."""
    total = 0
    for pid in (process, *descendants(process)):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1]) * 1024
    return total


async def measure(url: str, process: int, body: bytes, seconds: float) -> None:
    """Measure and print."""
    connections = await connections_to(url, CONNECTIONS)
    rates: dict[bool, list[float]] = {True: [], False: []}
    calls = []
    for _ in range(ROUNDS):
        for verifies in (True, False):
            before = processor_seconds(process)
            done = await busy(connections, body if verifies else None, ROUND_SECONDS)
            rates[verifies].append(done / (processor_seconds(process) - before))
            if verifies:
                calls.append(done / ROUND_SECONDS)
    ours, bare = (statistics.median(rates[each]) for each in (True, False))
    told("POST /v1/verify of a credential, a processor second", ours, "/s", "health", bare)
    rate = LOAD * statistics.median(calls)
    first, failed = await steadily(url, body, rate, seconds / 10)
    held = memory(process)
    took, more = await steadily(url, body, rate, seconds * 9 / 10)
    every = sorted(first + took)
    median, slow = statistics.median(every), every[int(len(every) * 0.99)]
    told("verify at 70 % load, p99 over median", SLOW, "x", "ours", slow / median)
    told("memory after a tenth of the soak, and at its end", held / 2**20, "MiB", "end", memory(process) / 2**20)
    sys.stdout.write(
        f"{len(every)} calls at {rate:.0f}/s in {seconds:.0f} s, {failed + more} failed, median {median * 1000:.1f} ms, p99 {slow * 1000:.1f} ms\n"
    )
    if failed + more:
        raise SystemExit("a call failed")


def main(seconds: float) -> None:
    """Start a service and measure it."""
    world = PkiWorld()
    body = line_of(submitted(world))
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        port = free_port()
        home = make_home(place / "home", port=port)
        with (home / "settings.toml").open("a", encoding="utf-8") as settings:
            settings.write("anonymous_per_minute = 100000000\n")
        (home / TRUST).mkdir(exist_ok=True)
        (home / TRUST / "world.pem").write_bytes(encode_pem("CERTIFICATE", world.root.certificate.der))
        with service(home, port, place / "log") as process:
            asyncio.run(measure(f"http://127.0.0.1:{port}", process.pid, body, seconds))


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS)
