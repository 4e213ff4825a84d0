from __future__ import annotations

import asyncio
import functools
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from fastapi import FastAPI, Request, Response

from trustkit.app.memory import give_memory_back
from trustkit.code_families import EVERY_CODE
from trustkit.errors import ErrorCode, TrustError
from trustkit.web import bodies, middleware
from trustkit.web.bodies import BodyBudget
from trustkit.web.middleware import RequestFrame
from trustkit.web.problem import MEDIA_TYPE, preferred_language, problem, status_of
from trustkit.web.rates import RateLimiter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator


class Ticks:
    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> Any:
        raise AssertionError

    def monotonic(self) -> float:
        return self.seconds


def _app(
    limit: int = 1000, per_minute: int = 6000, bearing: int = 0
) -> tuple[RequestFrame, list[dict[str, Any]], Ticks]:
    api = FastAPI()
    lines: list[dict[str, Any]] = []
    clock = Ticks()

    @api.post("/echo/{name}")
    async def echo(request: Request, name: str) -> dict[str, int]:
        assert name
        return {"octets": len(await request.body())}

    @api.get("/page")
    async def page() -> Response:
        return Response("<p>", headers={"Content-Security-Policy": "default-src 'self'"})

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
        bodies=BodyBudget(most=2 * limit, max_body=limit, clock=clock, give_back=lambda: None),
        limiter=RateLimiter(per_minute, clock),
        bearing=RateLimiter(bearing, clock) if bearing else None,
        guarded=["/echo/{name}"],
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


def test_who_brings_a_token_to_a_guarded_path_is_counted_apart_whatever_the_path_names() -> None:
    app, _, _ = _app(per_minute=60, bearing=6000)
    shown = {"authorization": "Bearer x"}
    for path, headers, quota in (
        ("/echo/a", shown, 600),
        ("/echo/b", shown, 600),
        ("/echo/a", {}, 6),
        ("/echo/a/b", shown, 6),
        ("/page", shown, 6),
    ):
        answer = _call(app, lambda c, path=path, headers=headers: c.post(path, headers=headers))  # type: ignore[misc]
        assert f";q={quota};" in answer.headers["ratelimit-policy"], (path, headers)


def test_a_page_is_held_to_its_own_policy_alone() -> None:
    app, _, _ = _app()
    answer = _call(app, lambda c: c.get("/page"))
    assert answer.headers.get_list("content-security-policy") == ["default-src 'self'"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    other = _call(app, lambda c: c.get("/refuse"))
    assert other.headers.get_list("content-security-policy") == ["default-src 'none'; frame-ancestors 'none'"]


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
    monkeypatch.setattr(bodies, "BODY_SECONDS", 0.01)
    app, _, _ = _app()

    async def receive() -> Any:
        await asyncio.sleep(5)

    sent = asyncio.run(_exchange(app, receive))
    assert sent[0]["status"] == 408
    assert (b"connection", b"close") in sent[0]["headers"]


def test_a_body_that_drips_is_given_up_as_a_whole() -> None:
    app, _, clock = _app()
    came = 0

    async def receive() -> Any:
        nonlocal came
        came += 1
        clock.seconds += 25  # each piece is in time by itself
        return {"type": "http.request", "body": b" ", "more_body": True}

    sent = asyncio.run(_exchange(app, receive))
    assert sent[0]["status"] == 408
    assert came <= 4


def test_what_came_earns_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "OCTETS_A_SECOND", 10)
    app, _, clock = _app(limit=2000)
    pieces = 7

    async def receive() -> Any:
        nonlocal pieces
        pieces -= 1
        clock.seconds += 25
        return {"type": "http.request", "body": b"x" * 250, "more_body": pieces > 0}

    assert asyncio.run(_exchange(app, receive))[0]["status"] == 200


def test_a_body_once_whole_no_longer_hurries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "BODY_SECONDS", 0.01)

    async def run() -> None:
        clock = Ticks()
        budget = BodyBudget(most=100, max_body=100, clock=clock, give_back=lambda: None)
        messages: Iterator[dict[str, Any]] = iter([{"type": "http.request", "body": b"x"}, {"type": "http.disconnect"}])

        async def receive() -> Any:
            message = next(messages)
            await asyncio.sleep(0.05 if message["type"] == "http.disconnect" else 0)
            return message

        body = bodies.CountedBody(budget, "a", receive)
        await body.receive()
        clock.seconds += 100  # while it is verified
        assert (await body.receive())["type"] == "http.disconnect"

    asyncio.run(run())


def test_all_unanswered_bodies_together_are_bounded_and_given_back() -> None:
    app, _, _ = _app(limit=1000)  # 2000 in all, 1000 of one address
    release = asyncio.Event()

    async def held() -> Any:
        await release.wait()
        return {"type": "http.request", "body": b"", "more_body": False}

    def begun(octets: int) -> Callable[[], Any]:
        first = True

        async def receive() -> Any:
            nonlocal first
            if first:
                first = False
                return {"type": "http.request", "body": b"x" * octets, "more_body": True}
            return await held()

        return receive

    async def run() -> None:
        tasks = [asyncio.create_task(_exchange(app, begun(900), client)) for client in ("a", "b")]
        await asyncio.sleep(0.01)
        for client in ("a", "c"):  # his own share, everybody's
            (start, answer) = await _exchange(app, begun(300), client)
            assert start["status"] == 503
            assert (b"retry-after", b"5") in start["headers"]
            assert ErrorCode.REQUEST_BUSY.value in answer["body"].decode()
        announced = await _exchange(app, begun(1), "c", [(b"content-length", b"300")])
        assert announced[0]["status"] == 503
        release.set()
        assert [(await task)[0]["status"] for task in tasks] == [200, 200]
        assert (await _exchange(app, begun(900), "c"))[0]["status"] == 200

    asyncio.run(run())


def test_what_large_bodies_took_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "_LARGE", 10)
    given: list[int] = []

    async def run() -> None:
        loop = asyncio.get_running_loop()
        monkeypatch.setattr(loop, "call_later", lambda _, act: loop.call_soon(act))
        budget = BodyBudget(most=100, max_body=100, clock=Ticks(), give_back=lambda: given.append(1))
        for octets in (5, 50, 50):
            budget.take("a", octets)
            budget.give("a", octets)
        await asyncio.sleep(0)

    asyncio.run(run())
    assert given == [1]  # once for both, never for a small one
    give_memory_back()


def test_an_answer_nobody_takes_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(middleware, "ANSWER_SECONDS", 0.01)
    app, lines, _ = _app()

    async def receive() -> Any:
        await asyncio.sleep(0)
        return {"type": "http.request", "body": b"x", "more_body": False}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.body":
            await asyncio.sleep(5)

    asyncio.run(app(_scope("a"), receive, send))
    assert lines[-1]["status"] == 200
    # a refusal that nobody takes is given up likewise
    asyncio.run(app(_scope("a", [(b"content-length", b"x")]), receive, send))
    assert lines[-1]["status"] == 413


def _scope(client: str, headers: list[tuple[bytes, bytes]] | None = None) -> dict[str, Any]:
    return {
        "type": "http",
        "method": "POST",
        "path": "/echo/a",
        "headers": headers or [],
        "query_string": b"",
        "client": (client, 1),
    }


async def _exchange(
    app: RequestFrame,
    receive: Callable[[], Any],
    client: str = "a",
    headers: list[tuple[bytes, bytes]] | None = None,
) -> list[Any]:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        await asyncio.sleep(0)
        sent.append(message)

    await app(_scope(client, headers), receive, send)
    return sent


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
    assert all(400 <= status_of(code) < 600 for code in EVERY_CODE)
