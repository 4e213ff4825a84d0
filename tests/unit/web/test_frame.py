from __future__ import annotations

import asyncio
import functools
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from fastapi import FastAPI, Request

from trustkit.errors import ErrorCode, TrustError
from trustkit.web import middleware
from trustkit.web.middleware import RequestFrame
from trustkit.web.problem import MEDIA_TYPE, preferred_language, problem, status_of
from trustkit.web.rates import RateLimiter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable


class Ticks:
    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> Any:
        raise AssertionError

    def monotonic(self) -> float:
        return self.seconds


def _app(limit: int = 1000, per_minute: int = 6000) -> tuple[RequestFrame, list[dict[str, Any]], Ticks]:
    api = FastAPI()
    lines: list[dict[str, Any]] = []
    clock = Ticks()

    @api.post("/echo/{name}")
    async def echo(request: Request, name: str) -> dict[str, int]:
        assert name
        return {"octets": len(await request.body())}

    @api.get("/refuse")
    async def refuse() -> None:
        raise TrustError(ErrorCode.DER_MALFORMED, "length", offset=3)

    @api.get("/bug")
    async def bug() -> None:
        raise TrustError(ErrorCode.BUG, "the secret is 42")

    api.add_exception_handler(TrustError, _handle)

    def say(_logger: object, event: str, **fields: object) -> None:
        lines.append({"event": event, **fields})

    frame = RequestFrame(
        api,
        max_body=limit,
        limiter=RateLimiter(per_minute, clock),
        clock=clock,
        new_id=lambda: "abc123",
        say=say,
        told=lambda route, status: lines.append({"told": route, "status": status}),
    )
    return frame, lines, clock


async def _handle(request: Request, error: Exception) -> Any:
    assert isinstance(error, TrustError)
    return problem(error, request)


def _call(app: RequestFrame, act: Callable[[httpx.AsyncClient], Any]) -> httpx.Response:
    async def run() -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            response: httpx.Response = await act(client)
            return response

    return asyncio.run(run())


async def _post(content: bytes | AsyncIterator[bytes], client: httpx.AsyncClient) -> httpx.Response:
    return await client.post("/echo/a", content=content)


def test_request_id_headers_and_log_line_without_the_path() -> None:
    app, lines, _ = _app()
    answer = _call(app, lambda c: c.post("/echo/张三", content=b"12345"))
    assert answer.json() == {"octets": 5}
    assert answer.headers["x-request-id"] == "abc123"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert lines[0] == {"told": "/echo/{name}", "status": 200}
    assert lines[1]["route"] == "/echo/{name}"
    assert lines[1]["status"] == 200
    assert "张三" not in str(lines)


def test_problem_documents_say_code_title_remedy_and_facts() -> None:
    app, _, _ = _app()
    answer = _call(app, lambda c: c.get("/refuse", headers={"accept-language": "zh-CN,en;q=0.5"}))
    assert answer.headers["content-type"] == MEDIA_TYPE
    assert answer.headers["content-language"] == "zh"
    body = answer.json()
    assert body["status"] == answer.status_code == 422
    assert body["code"] == "encoding:der:malformed"
    assert body["fact_offset"] == 3
    assert body["title"]


def test_our_own_faults_keep_their_detail() -> None:
    app, _, _ = _app()
    answer = _call(app, lambda c: c.get("/bug"))
    assert answer.status_code == 500
    assert "42" not in answer.text
    assert "abc123" in answer.text


def test_announced_and_unannounced_bodies_are_limited() -> None:
    app, _, _ = _app(limit=10)

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(5):
            yield b"12345"

    for content in (b"x" * 11, pieces()):
        answer = _call(app, functools.partial(_post, content))
        assert answer.status_code == 413
        assert answer.json()["code"] == ErrorCode.INPUT_TOO_LARGE.value


def test_a_nonsense_length_is_refused() -> None:
    app, _, _ = _app()
    answer = _call(app, lambda c: c.post("/echo/a", content=b"", headers={"content-length": "-1"}))
    assert answer.status_code == 413


def test_rate_is_limited_by_client_and_recovers() -> None:
    app, _, clock = _app(per_minute=60)
    statuses = [_call(app, lambda c: c.post("/echo/a")).status_code for _ in range(8)]
    assert statuses == [200] * 6 + [429] * 2
    answer = _call(app, lambda c: c.post("/echo/a"))
    assert int(answer.headers["retry-after"]) >= 1
    clock.seconds += 2
    assert _call(app, lambda c: c.post("/echo/a")).status_code == 200


def test_a_slow_body_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(middleware, "BODY_SECONDS", 0.01)
    app, _, _ = _app()
    sent: list[Any] = []

    async def receive() -> Any:
        await asyncio.sleep(5)

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/echo/a",
        "headers": [],
        "query_string": b"",
        "client": ("a", 1),
    }
    asyncio.run(app(scope, receive, send))
    assert sent[0]["status"] == 408


def test_bodies_of_all_requests_together_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(middleware, "LEAST_HELD", 0)
    monkeypatch.setattr(middleware, "HELD_BODIES", 2)
    app, _, _ = _app(limit=10)

    async def run() -> list[httpx.Response]:
        let_go, waiting = asyncio.Event(), asyncio.Event()

        async def held() -> AsyncIterator[bytes]:
            yield b"x" * 9
            waiting.set()
            await let_go.wait()

        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test") as client:
            first, second = (asyncio.create_task(_post(held(), client)) for _ in range(2))
            await waiting.wait()
            await asyncio.sleep(0.05)
            refused = await _post(b"x" * 9, client)
            let_go.set()
            return [refused, await first, await second, await _post(b"x" * 9, client)]

    answers = asyncio.run(run())
    assert [each.status_code for each in answers] == [429, 200, 200, 200]
    assert answers[0].headers["retry-after"] == "5"


def test_a_body_that_drips_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(middleware, "LEAST_RATE", 1000)
    app, _, clock = _app()

    async def drops() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b"x"
            clock.seconds += 40

    assert _call(app, functools.partial(_post, drops())).status_code == 408


def test_several_are_taken_together_or_not_at_all() -> None:
    ticks = Ticks()
    limiter = RateLimiter(600, ticks)  # bursts of 60, ten a second
    limiter.spend("a", 60)
    for _ in range(3):  # refusals cost nothing, so that who waits as told is let in
        with pytest.raises(TrustError) as caught:
            limiter.spend("a", 50)
        assert caught.value.facts["retry_after"] == 5
    ticks.seconds += 5
    limiter.spend("a", 50)


def test_buckets_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trustkit.web.rates.MAX_CLIENTS", 3)
    limiter = RateLimiter(60, Ticks())
    for number in range(10):
        limiter.spend(str(number))
    assert len(limiter._buckets) == 3


@pytest.mark.parametrize(
    ("header", "language"),
    [("zh", "zh"), ("zh-Hans-CN", "zh"), ("fr, zh;q=0.5", "zh"), ("en", "en"), ("", "en"), (",;", "en")],
)
def test_language(header: str, language: str) -> None:
    assert preferred_language(header).value == language


def test_every_code_has_a_status() -> None:
    assert all(400 <= status_of(code) < 600 for code in ErrorCode)
