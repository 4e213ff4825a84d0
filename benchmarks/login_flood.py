"""A flood of logins by password, and clients that ask for tokens meanwhile: what each is answered, and how fast."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from benchmarks.connection import Connection, connections_to
from tests.support.authority import passphrase
from trustkit.app.idp_home import open_identity
from trustkit.app.new_people import make_person

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.support.served_provider import Served

NAME, PASSWORD = "li.hua", "correct horse battery"
PEOPLE: Final = (
    100  # who sign in by turns, as at a service: one alone, over and over, has his oldest session ended each time
)
BROWSERS: Final = 160
SECONDS: Final = 15.0
ASKING: Final = 4
PAUSE: Final = 0.02  # of a client between two requests: it measures the wait and makes no flood of its own
BUSY: Final = 503
_turns: Final = itertools.count()


@dataclass(frozen=True, slots=True)
class Waits:
    """How long requests waited, in milliseconds: the median, and what 99 of a hundred did not wait longer than."""

    median: float
    most: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Flood:
    """What became of it: logins done and told to come again, and the waits of clients alone and beside it."""

    done: int
    refused: int
    alone: Waits
    beside: Waits


async def flood(running: Served, ask: Callable[[Connection], Awaitable[None]]) -> Flood:
    """Sign people in over many connections at once while `ask` is done over a few."""
    asking = await connections_to(running.issuer, ASKING)
    alone = await _waits(asking, ask, SECONDS / 3)
    logins = asyncio.create_task(sign_in(running, BROWSERS, SECONDS))
    beside = await _waits(asking, ask, SECONDS)
    done = await logins
    for each in asking:
        each.writer.close()
    return Flood(
        done=sum(done),
        refused=len(done) - sum(done),
        alone=_summed(alone),
        beside=_summed(beside),
    )


def everybody(running: Served) -> None:
    """Make the people who sign in."""
    with open_identity(running.home, passphrase()) as opened:
        for number in range(PEOPLE):
            make_person(opened, _name(number), PASSWORD)


async def sign_in(running: Served, browsers: int, seconds: float) -> list[bool]:
    """Sign people in over so many connections for so long; return for each try whether it was done or told to come again."""
    done: list[bool] = []
    connections = await connections_to(running.issuer, browsers)
    until = time.monotonic() + seconds
    await asyncio.gather(*(_sign_in(each, until, done) for each in connections))
    for each in connections:
        each.writer.close()
    return done


async def _sign_in(browser: Connection, until: float, done: list[bool]) -> None:
    while time.monotonic() < until:
        status, fields, body = await browser.send("POST", "/v1/login", body=b"")
        assert status == 201, body  # noqa: PLR2004, S101 - a benchmark of refusals would be worth nothing
        view, cookie = json.loads(body), fields["set-cookie"].partition(";")[0]
        headers = f"Cookie: {cookie}\r\nX-Trustkit-Form: {view['form']}\r\nContent-Type: application/json\r\n"
        name = _name(next(_turns) % PEOPLE)
        answer = json.dumps({"login_name": name, "answer": PASSWORD}).encode()
        while True:
            status, fields, body = await browser.send("POST", f"/v1/login/password?i={view['i']}", headers, answer)
            done.append(status != BUSY)
            if status != BUSY:
                break
            await asyncio.sleep(float(fields["retry-after"]))
        assert json.loads(body)["stage"] == "done", body  # noqa: S101 - as above


def _name(number: int) -> str:
    return f"{NAME}.{number}"


async def _waits(asking: list[Connection], ask: Callable[[Connection], Awaitable[None]], seconds: float) -> list[float]:
    found: list[float] = []
    until = time.monotonic() + seconds

    async def one(connection: Connection) -> None:
        while time.monotonic() < until:
            began = time.monotonic()
            await ask(connection)
            found.append((time.monotonic() - began) * 1000)
            await asyncio.sleep(PAUSE)

    await asyncio.gather(*(one(each) for each in asking))
    return found


def _summed(waits: list[float]) -> Waits:
    ordered = sorted(waits)
    return Waits(ordered[len(ordered) // 2], ordered[len(ordered) * 99 // 100])
