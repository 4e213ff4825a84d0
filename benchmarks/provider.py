"""The OpenID provider: what one process answers a second, what it holds and how soon it starts, as ratios to the limits set for it.

    python -m benchmarks.provider [--alone]

``trustkit idp serve`` runs as a process of its own over SQLite, every commit synced, its modules compiled as an installation compiles them, for
the first time in its home; requests come over sockets from this one. Rates
are per second of the service's processor time, so what else the machine does does not count; the rate by the wall stands beside it. Where
a Keycloak is at hand (`make interop` brings one), it (`benchmarks.keycloak`) is asked the same in the same run, by its own processor time;
``--alone`` leaves it out.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import itertools
import json
import os
import statistics
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, urlencode, urlsplit

from nacl import pwhash

from benchmarks.connection import Connection, connections_to
from benchmarks.keycloak import CLIENT, SECRET, running_keycloak
from benchmarks.login_flood import everybody, flood, sign_in
from idp.factors.hashing import Cost
from tests.support.authority import PASSPHRASE, make_home
from tests.support.dpop_proof import sign_dpop
from tests.support.served_provider import Served, served
from tools.setup import compile_bytecode
from trustkit.app.cores import cores
from trustkit.app.demo.keycloak import keycloak_at_hand
from trustkit.clock import SystemClock
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.private_key import generate_key
from trustkit.encoding.text64 import encode_base64url

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from benchmarks.keycloak import Keycloak
    from idp.op.client_model import Client

OWN, REFRESH, CODE, LOOK, LOGIN, MEMORY, START = 500.0, 400.0, 150.0, 1000.0, 35.0, 150.0, 1.5
TIMES: Final = 3.0  # as much as Keycloak
OWN_NAME, REFRESH_NAME, LOOK_NAME = "client credentials", "refresh", "introspection of a token bound by DPoP"
MEMORY_NAME: Final = "memory after all of it"
WARMING: Final = 2
CONNECTIONS: Final = 32
BROWSERS: Final = 24  # at once: fewer than any service tells to come again
LOGIN_SECONDS: Final = 3.0
LOGIN_ROUNDS: Final = 4  # between which Argon2id is measured alone: the machine is not equally fast all the time
HASHES: Final = 20  # a thread
REQUESTS: Final = 4000
BACK: Final = "https://app.test/back"
API: Final = "https://api.test"
VERIFIER: Final = "v" * 43
CHALLENGE: Final = encode_base64url(hashlib.sha256(VERIFIER.encode()).digest())
TICKS: Final = os.sysconf("SC_CLK_TCK")


async def rate(
    url: str, pid: int, work: Callable[[Connection, int], Awaitable[None]], *, requests: int = REQUESTS
) -> tuple[float, float]:
    """Return how often `work` was done a second of a process's processor time, and by the wall."""
    connections = await connections_to(url, CONNECTIONS)
    for number, connection in enumerate(connections):
        await work(connection, number)
    busy, began = processor_seconds(pid), time.monotonic()
    turns = requests // CONNECTIONS

    async def one(number: int, connection: Connection) -> None:
        for _ in range(turns):
            await work(connection, number)

    await asyncio.gather(*(one(number, connection) for number, connection in enumerate(connections)))
    spent, passed = processor_seconds(pid) - busy, time.monotonic() - began
    for connection in connections:
        connection.writer.close()
    return turns * CONNECTIONS / spent, turns * CONNECTIONS / passed


def processor_seconds(pid: int) -> float:
    """Return the processor time a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def hashes_a_second() -> float:
    """Return how often Argon2id alone is done a second of processor time at the service's cost, on as many cores at once as it hashes on."""
    cost = Cost()

    def hash_some() -> None:
        for _ in range(HASHES):
            pwhash.argon2id.kdf(32, bytes(32), bytes(16), opslimit=cost.passes, memlimit=cost.memory_kib * 1024)

    threads = [threading.Thread(target=hash_some) for _ in range(cores())]
    began = time.process_time()
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return len(threads) * HASHES / (time.process_time() - began)


def megabytes(pid: int) -> float:
    """Return what a process holds in memory."""
    lines = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


def told(name: str, figure: float, unit: str, limit: float, *, beside: str = "", most: bool = False) -> None:
    """Print one line: the figure, its limit, the ratio by which it is kept, which is to be 1 or more."""
    ratio = limit / figure if most else figure / limit
    missed = "" if ratio >= 1 else "  MISSED"
    print(f"{name:<52} {figure:>10,.1f}{unit} {limit:>9,.1f}{unit} {ratio:>7.2f}{missed}  {beside}", flush=True)


def basic(client: Client | str, secret: str) -> str:
    """Return the header a client shows itself by."""
    identifier = client if isinstance(client, str) else client.identifier
    return f"Authorization: Basic {base64.b64encode(f'{identifier}:{secret}'.encode()).decode()}\r\n"


class Bench:
    """A provider that runs, with a client and a person who is signed in."""

    def __init__(self, running: Served, pid: int) -> None:
        self.running, self.pid = running, pid
        self.client, self.secret = running.client(
            "bench",
            grant_types=["authorization_code", "refresh_token", "client_credentials"],
            redirect_uris=[BACK],
            scope="openid read",
            resources=[API],
        )
        running.sign_in(running.person())
        self.shown = basic(self.client, self.secret)
        self.cookies = (
            "Cookie: " + "; ".join(f"{each.name}={each.value}" for each in running.browser.cookies.jar) + "\r\n"
        )
        self.refresh_tokens: dict[int, str] = {}
        self.bound = ""
        self.key = generate_key(KeyKind.EC_P256).signer()
        self.counter = itertools.count()
        self.figures: dict[str, float] = {}

    async def own(self, connection: Connection, number: int) -> None:
        """Ask for a token of the client's own."""
        del number
        status, _, _ = await connection.ask("POST", "/token", self.shown, {"grant_type": "client_credentials"})
        assert status == 200, status  # noqa: PLR2004, S101 - a benchmark of refusals would be worth nothing

    async def code_flow(self, connection: Connection, number: int) -> None:
        """Go past a person who is signed in, and redeem the code."""
        query = urlencode(
            {
                "client_id": self.client.identifier,
                "response_type": "code",
                "redirect_uri": BACK,
                "scope": "openid read",
                "state": "s",
                "nonce": "n",
                "code_challenge": CHALLENGE,
                "code_challenge_method": "S256",
            }
        )
        _, location, _ = await connection.ask("GET", f"/authorize?{query}", self.cookies)
        code = parse_qs(urlsplit(location).query)["code"][0]
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": VERIFIER}
        _, _, body = await connection.ask("POST", "/token", self.shown, form)
        self.refresh_tokens[number] = json.loads(body)["refresh_token"]

    async def refresh(self, connection: Connection, number: int) -> None:
        """Replace a refresh token."""
        form = {"grant_type": "refresh_token", "refresh_token": self.refresh_tokens[number]}
        _, _, body = await connection.ask("POST", "/token", self.shown, form)
        self.refresh_tokens[number] = json.loads(body)["refresh_token"]

    async def look(self, connection: Connection, number: int) -> None:
        """Look into a token that is bound to a key."""
        del number
        if not self.bound:
            proof = sign_dpop(
                self.key,
                method="POST",
                url=f"{self.running.issuer}/token",
                token_id=f"b{next(self.counter)}",
                now=SystemClock().now(),
            )
            form = {"grant_type": "client_credentials"}
            _, _, body = await connection.ask("POST", "/token", f"{self.shown}DPoP: {proof}\r\n", form)
            self.bound = json.loads(body)["access_token"]
        _, _, body = await connection.ask("POST", "/introspect", self.shown, {"token": self.bound})
        assert json.loads(body)["cnf"]  # noqa: S101 - as above

    async def logins(self) -> None:
        """Print what logins by password cost, and how long clients wait beside a flood of them."""
        everybody(self.running)
        await sign_in(self.running, BROWSERS, 1)
        done, spent, passed = 0, 0.0, 0.0
        hashed: list[float] = []
        for _ in range(LOGIN_ROUNDS):
            hashed.append(hashes_a_second())
            busy, began = processor_seconds(self.pid), time.monotonic()
            done += sum(await sign_in(self.running, BROWSERS, LOGIN_SECONDS))
            spent, passed = spent + processor_seconds(self.pid) - busy, passed + time.monotonic() - began
        hashes = statistics.median(hashed)
        beside = f"{done / passed:,.0f}/s by the wall"
        told("logins by password (Argon2id), a core", done / spent, "/s", LOGIN, beside=beside)
        share, cost = done / spent / hashes, 1000 * (spent / done - 1 / hashes)
        beside = f"a login is {share:.2f} of it, and {cost:,.1f} ms more"
        told("Argon2id alone meanwhile, a core: nothing is above", hashes, "/s", LOGIN, beside=beside)
        found = await flood(self.running, lambda connection: self.own(connection, 0))
        waits = f"median {found.beside.median:,.0f} ms, 99 % {found.beside.most:,.0f} ms"
        alone = f"alone {found.alone.median:,.0f} and {found.alone.most:,.0f} ms"
        name = "client credentials beside a flood of logins"
        print(f"{name:<52} {waits}; {alone}; {found.refused} logins told to come again", flush=True)

    async def run(self) -> None:
        """Print every line."""
        for name, work, limit, requests in (
            (OWN_NAME, self.own, OWN, REQUESTS),
            ("code flow: authorization and code, no password", self.code_flow, CODE, REQUESTS // 4),
            (REFRESH_NAME, self.refresh, REFRESH, REQUESTS // 2),
            (LOOK_NAME, self.look, LOOK, REQUESTS),
        ):
            per_processor, by_wall = await rate(self.running.issuer, self.pid, work, requests=requests)
            self.figures[name] = per_processor
            told(name, per_processor, "/s", limit, beside=f"{by_wall:,.0f}/s by the wall")
        await self.logins()
        self.figures[MEMORY_NAME] = megabytes(self.pid)
        told(MEMORY_NAME, self.figures[MEMORY_NAME], " MB", MEMORY, most=True)


async def compare(peer: Keycloak, ours: dict[str, float]) -> None:
    """Print what a Keycloak answers of the same, and how many times as much we do."""
    for _ in range(WARMING):
        await rate(peer.url, peer.pid, peer.own)
    await rate(peer.url, peer.pid, peer.sign_in, requests=CONNECTIONS)
    for name, work, requests in (
        (OWN_NAME, peer.own, REQUESTS),
        (REFRESH_NAME, peer.refresh, REQUESTS // 2),
        (LOOK_NAME, peer.look, REQUESTS),
    ):
        await rate(peer.url, peer.pid, work, requests=requests)  # warm
        per_processor, by_wall = await rate(peer.url, peer.pid, work, requests=requests)
        beside = f"Keycloak answers {per_processor:,.1f}/s, {by_wall:,.0f}/s by the wall"
        told(f"{name}: times Keycloak's", ours[name] / per_processor, "  ", TIMES, beside=beside)
    told("memory: Keycloak's times ours", megabytes(peer.pid) / ours[MEMORY_NAME], "  ", TIMES)


def main() -> None:
    """Run all of it."""
    arguments = sys.argv[1:]
    compile_bytecode()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="trustkit-bench-")))
        home, file = folder / "home", folder / "passphrase"
        make_home(home)
        file.touch(mode=0o600)
        file.write_bytes(PASSPHRASE)
        running = stack.enter_context(served(home, file, folder / "log"))
        told("start: processor seconds until it answers", processor_seconds(running.pid), " s", START, most=True)
        bench = Bench(running, running.pid)
        asyncio.run(bench.run())
        at_hand, why = keycloak_at_hand()
        if arguments == ["--alone"] or at_hand is None:
            print(f"no Keycloak was measured beside it: {why or '--alone'}", flush=True)
        else:
            peer = stack.enter_context(running_keycloak(folder, basic(CLIENT, SECRET)))
            asyncio.run(compare(peer, bench.figures))


if __name__ == "__main__":
    main()
