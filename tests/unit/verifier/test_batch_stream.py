"""A batch of lines as it comes: answers while it comes, no more held than is bounded, nothing done for who left."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

import pytest
from starlette.requests import Request

from trustkit.errors import ErrorCode, TrustError
from trustkit.texts.catalogue import Language
from verifier import batch_stream
from verifier.batch_stream import WINDOW, begin_stream, streams
from verifier.line_answers import error_line
from verifier.lines import PORTION_LINES, StreamLimits

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from verifier.lines import Portion

LIMITS = StreamLimits(lines=1000)
GONE = {"type": "http.disconnect"}


class Slowly:
    """Judges when it is told to; answers with what it was given, upside down."""

    def __init__(self, *, at_once: bool = True) -> None:
        self.at_once = at_once
        self.taken: list[tuple[Portion, Future[tuple[bytes, ...]]]] = []

    def submit(self, portion: Portion, /) -> Future[tuple[bytes, ...]]:
        future: Future[tuple[bytes, ...]] = Future()
        self.taken.append((portion, future))
        if self.at_once:
            self.answer(len(self.taken) - 1)
        return future

    def answer(self, place: int) -> None:
        portion, future = self.taken[place]
        future.set_result(tuple(line[::-1] for line in portion.lines))


class Client:
    """Sends pieces and takes answers, as far as it wants."""

    def __init__(self, pieces: Iterable[bytes], *, leaves: bool = False, language: str = "en") -> None:
        self.waiting = list(pieces)
        self.leaves = leaves
        self.language = language
        self.read = 0
        self.got = b""
        self.status = 0
        self.over = asyncio.Event()
        self.before: Callable[[], Awaitable[None]] | None = None  # a piece is sent
        self.taking: Callable[[], Awaitable[None]] | None = None  # an answer is taken

    async def receive(self) -> dict[str, Any]:
        if self.read == len(self.waiting):
            if not self.leaves:
                await self.over.wait()
            return GONE
        if self.before is not None:
            await self.before()
        self.read += 1
        more = self.leaves or self.read < len(self.waiting)
        return {"type": "http.request", "body": self.waiting[self.read - 1], "more_body": more}

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            return
        if self.taking is not None:
            await self.taking()
        self.got += message["body"]
        if not message["more_body"]:
            self.over.set()

    async def ask(self, bulk: Slowly, limits: StreamLimits = LIMITS) -> None:
        headers = [(b"accept-language", self.language.encode())]
        scope = {"type": "http", "method": "POST", "path": "/v1/verify/batch", "headers": headers}
        response = await begin_stream(Request(scope, self.receive), bulk, limits)
        await response(scope, self.receive, self.send)


async def turns(count: int = 50) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


def test_each_line_is_answered_in_order() -> None:
    async def act() -> None:
        lines = [b"%03d" % number for number in range(100)]
        body = b"\n".join(lines)
        client = Client([body[place : place + 7] for place in range(0, len(body), 7)])
        await client.ask(Slowly())
        assert (client.status, client.got.splitlines()) == (200, [line[::-1] for line in lines])

    asyncio.run(act())


def test_answers_come_while_the_request_is_still_coming() -> None:
    async def act() -> None:
        client = Client([b"ab\n", b"cd\n"])

        async def until_answered() -> None:
            while client.read == 1 and client.got != b"ba\n":  # noqa: ASYNC110 - a fake client has no events
                await asyncio.sleep(0)

        client.before = until_answered
        await client.ask(Slowly())
        assert client.got == b"ba\ndc\n"

    asyncio.run(asyncio.wait_for(act(), 10))


def test_who_listens_only_at_the_end_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("verifier.answer_spool.IN_MEMORY", 10)

    async def act() -> None:
        client = Client([b"%03d\n" % number for number in range(200)])

        async def all_said() -> None:
            while client.read < len(client.waiting):  # noqa: ASYNC110 - as above
                await asyncio.sleep(0)

        client.taking = all_said
        await client.ask(Slowly())
        assert len(client.got.splitlines()) == 200

    asyncio.run(asyncio.wait_for(act(), 20))


@pytest.mark.parametrize(
    ("limits", "most"), [(LIMITS, PORTION_LINES * WINDOW + 3), (StreamLimits(line_octets=100), 30)]
)
def test_no_more_is_read_than_is_worked_on(limits: StreamLimits, most: int) -> None:
    async def act() -> None:
        bulk = Slowly(at_once=False)
        client = Client([b"0123456789\n"] * 800)
        asking = asyncio.create_task(client.ask(bulk, limits))
        await turns(2000)
        assert client.read <= most
        bulk.at_once = True
        for place in range(len(bulk.taken)):
            bulk.answer(place)
        await asyncio.wait_for(asking, 20)
        assert len(client.got.splitlines()) == 800

    asyncio.run(act())


def test_answers_nobody_takes_stop_the_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_stream, "SPOOLED", 50)

    async def act() -> None:
        client = Client([b"0123456789\n"] * 800)
        taken = asyncio.Event()

        async def later() -> None:
            await taken.wait()

        client.taking = later
        asking = asyncio.create_task(client.ask(Slowly()))
        await turns(2000)
        assert client.read < 600
        taken.set()
        await asyncio.wait_for(asking, 20)
        assert len(client.got.splitlines()) == 800

    asyncio.run(act())


def test_nothing_is_done_for_who_left() -> None:
    async def act() -> None:
        bulk = Slowly(at_once=False)
        await asyncio.wait_for(Client([b"1\n"] * 40, leaves=True).ask(bulk), 10)
        assert bulk.taken
        assert all(future.cancelled() for _, future in bulk.taken)
        bulk = Slowly(at_once=False)
        client = Client([b"1\n"])
        asking = asyncio.create_task(client.ask(bulk))
        await turns()
        client.over.set()  # it was whole, and the client does not wait for its answers
        await asyncio.wait_for(asking, 10)
        assert all(future.cancelled() for _, future in bulk.taken)

    asyncio.run(act())


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (StreamLimits(lines=20), ErrorCode.REQUEST_MALFORMED),
        (StreamLimits(line_octets=40), ErrorCode.INPUT_TOO_LARGE),
        (StreamLimits(seconds=0), ErrorCode.REQUEST_TIMEOUT),
    ],
)
def test_a_limit_is_told_after_what_came_before(limits: StreamLimits, code: ErrorCode) -> None:
    async def act() -> None:
        client = Client([b"1\n", *[b"2\n"] * 19, b"3" * 50 + b"\n4\n", b"5\n"], language="zh")

        async def a_moment() -> None:
            await asyncio.sleep(0.01 if client.read else 0)

        client.before = a_moment
        await asyncio.wait_for(client.ask(Slowly(), limits), 10)
        *answers, last = client.got.splitlines()
        told = json.loads(last)
        assert (told["error"]["code"], told["ended"]) == (code.value, True)
        assert told["line"] == len(answers) + 1
        assert not told["error"]["remedy"].isascii()
        if code is not ErrorCode.REQUEST_TIMEOUT:
            assert answers == [b"1", *[b"2"] * 19]
            assert client.read == len(client.waiting)  # who listens only at the end hears it

    asyncio.run(act())


def test_what_was_taken_before_the_time_was_over_is_answered() -> None:
    async def act() -> None:
        bulk = Slowly(at_once=False)
        lines = [b"%04d" % number for number in range(PORTION_LINES * (WINDOW + 2))]
        client = Client([b"\n".join(lines)])  # in one piece, more than is worked on at once
        asking = asyncio.create_task(client.ask(bulk, StreamLimits(lines=1000, seconds=0)))
        await turns()
        assert len(bulk.taken) == WINDOW
        bulk.at_once = True
        for place in range(len(bulk.taken)):
            bulk.answer(place)
        await asyncio.wait_for(asking, 10)
        *answers, last = client.got.splitlines()
        assert answers == [line[::-1] for line in lines[: len(answers)]]
        assert json.loads(last)["error"]["code"] == ErrorCode.REQUEST_TIMEOUT.value
        assert json.loads(last)["line"] == len(answers) + 1

    asyncio.run(act())


@pytest.mark.parametrize("pieces", [[b"1\n2\n", b"3"], [b"1\n", b"2\n3\n"], [b"1\n2", b"2\n3\n"]])
def test_a_limit_met_by_the_last_line_is_told_too(pieces: list[bytes]) -> None:
    async def act() -> None:
        client = Client(pieces)
        await client.ask(Slowly(), StreamLimits(lines=2))
        assert json.loads(client.got.splitlines()[-1])["ended"]

    asyncio.run(asyncio.wait_for(act(), 10))


@pytest.mark.parametrize("pieces", [[b""], [b"\n \n", b"\n"]])
def test_no_line_is_no_request(pieces: list[bytes]) -> None:
    async def act() -> None:
        with pytest.raises(TrustError) as told:
            await Client(pieces).ask(Slowly())
        assert told.value.code is ErrorCode.REQUEST_MALFORMED

    asyncio.run(act())


def test_a_client_that_takes_nothing_is_told_of_as_itself() -> None:
    async def act() -> None:
        client = Client([b"1\n"])

        async def never() -> None:
            raise TimeoutError

        client.taking = never
        with pytest.raises(TimeoutError):
            await client.ask(Slowly())

    asyncio.run(act())


def test_which_requests_are_streams() -> None:
    scope = {"path": "/v1/verify/batch", "headers": [(b"content-type", b"Application/X-NDJSON; charset=utf-8")]}
    assert streams(scope)
    assert not streams(scope | {"path": "/v1/verify"})
    assert not streams(scope | {"headers": []})
    assert not streams(scope | {"headers": [(b"content-type", b"application/json")]})


def test_an_error_line_says_what_a_refusal_says() -> None:
    told = json.loads(error_line(TrustError(ErrorCode.BASE64_MALFORMED, "length", at=3), 7, Language.EN))
    assert told["line"] == 7
    assert {"type", "title", "status", "code", "remedy", "detail", "fact_at"} == set(told["error"])
    hidden = json.loads(error_line(TrustError(ErrorCode.BUG, "somebody's data"), 7, Language.EN))
    assert "somebody" not in str(hidden)
