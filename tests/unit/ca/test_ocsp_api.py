"""OCSP over HTTP: media types, sizes, caching, and that everything else goes to the application behind."""

from __future__ import annotations

import asyncio
import base64
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from fastapi import FastAPI

from ca import ocsp_api
from ca.ocsp_answers import MALFORMED, OcspHttpAnswer
from ca.ocsp_api import MAX_PATH, PATH, REQUEST_TYPE, RESPONSE_TYPE, OcspEndpoint, OcspFront, decode_path, ocsp_router
from trustkit.clock import FixedClock
from trustkit.web.rates import RateLimiter
from trustkit.x509.ocsp_request import MAX_REQUEST_SIZE

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message

NOW = datetime(2026, 12, 1, tzinfo=UTC)
GOOD = OcspHttpAnswer(b"\x30\x03good", NOW, NOW + timedelta(hours=1))
FRESH = OcspHttpAnswer(b"\x30\x03live")
REQUEST = b"\xfb\xff\xbf any octets"
POST = {"content-type": REQUEST_TYPE}


@dataclass
class Answers:
    known: dict[bytes, OcspHttpAnswer] = field(default_factory=lambda: {REQUEST: GOOD})
    waited: list[bytes] = field(default_factory=list)

    def ready(self, request: bytes) -> OcspHttpAnswer | None:
        return self.known.get(request)

    def answer(self, request: bytes) -> OcspHttpAnswer:
        self.waited.append(request)
        return FRESH


async def behind(scope: Any, receive: Any, send: Any) -> None:
    del receive
    assert scope["type"] == "http"
    await send({"type": "http.response.start", "status": 418, "headers": []})
    await send({"type": "http.response.body", "body": b"behind"})


def front(answers: Answers | None = None, **limits: Any) -> OcspFront:
    return OcspFront(behind, OcspEndpoint(answers or Answers(), FixedClock(NOW), **limits))


def send(app: ASGIApp, method: str, path: str, **request: Any) -> httpx.Response:
    async def act() -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://ocsp.test") as client:
            return await client.request(method, path, **request)

    return asyncio.run(act())


def routed() -> FastAPI:
    app = FastAPI()
    app.include_router(ocsp_router(OcspEndpoint(Answers(), FixedClock(NOW))))
    return app


def encoded(octets: bytes = REQUEST) -> str:
    return base64.b64encode(octets).decode().replace("/", "%2F").replace("+", "%2B").replace("=", "%3D")


@pytest.mark.parametrize("app", [front(), routed()], ids=["front", "router"])
def test_post_and_get(app: ASGIApp) -> None:
    posted = send(app, "POST", PATH, content=REQUEST, headers=POST)
    assert (posted.status_code, posted.content, posted.headers["content-type"]) == (200, GOOD.body, RESPONSE_TYPE)
    assert posted.headers["cache-control"] == "no-cache"
    got = send(app, "GET", f"{PATH}/{encoded()}")
    assert (got.status_code, got.content, got.headers["content-type"]) == (200, GOOD.body, RESPONSE_TYPE)
    assert got.headers["cache-control"] == "max-age=300, public, no-transform, must-revalidate"
    assert got.headers["last-modified"] == "Tue, 01 Dec 2026 00:00:00 GMT"
    assert got.headers["expires"] == "Tue, 01 Dec 2026 01:00:00 GMT"


def test_base64_as_it_is_in_the_wild() -> None:
    plain = base64.b64encode(REQUEST).decode()
    assert "/" in plain
    for path in (plain, encoded(), plain.replace("=", "%3d")):
        assert send(front(), "GET", f"{PATH}/{path}").content == GOOD.body


def test_head_and_not_modified() -> None:
    got = send(front(), "GET", f"{PATH}/{encoded()}")
    head = send(front(), "HEAD", f"{PATH}/{encoded()}")
    assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", got.headers["etag"])
    again = send(front(), "GET", f"{PATH}/{encoded()}", headers={"if-none-match": got.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_what_is_not_in_memory_is_waited_for_and_not_kept_by_caches() -> None:
    answers = Answers()
    posted = send(front(answers), "POST", PATH, content=b"other", headers=POST)
    assert (posted.content, answers.waited) == (FRESH.body, [b"other"])
    assert posted.headers["cache-control"] == "no-store"


def test_an_answer_about_to_end_is_kept_no_longer() -> None:
    endpoint = OcspEndpoint(Answers(), FixedClock(NOW + timedelta(minutes=59)))
    assert endpoint.headers(GOOD, cacheable=True)["cache-control"].startswith("max-age=60,")
    late = OcspEndpoint(Answers(), FixedClock(NOW + timedelta(hours=2)))
    assert late.headers(GOOD, cacheable=True)["cache-control"].startswith("max-age=0,")


REFUSED: dict[str, tuple[str, str, dict[str, Any], int]] = {
    "no media type": ("POST", PATH, {"content": REQUEST}, 415),
    "json": ("POST", PATH, {"content": REQUEST, "headers": {"content-type": "application/json"}}, 415),
    "too large": ("POST", PATH, {"content": bytes(MAX_REQUEST_SIZE + 1), "headers": POST}, 413),
    "get without request": ("GET", PATH, {}, 405),
    "post with path": ("POST", f"{PATH}/abcd", {"content": REQUEST, "headers": POST}, 405),
    "delete": ("DELETE", PATH, {}, 405),
}


@pytest.mark.parametrize("name", REFUSED)
def test_requests_that_are_refused(name: str) -> None:
    method, path, request, status = REFUSED[name]
    answer = send(front(), method, path, **request)
    assert (answer.status_code, answer.content) == (status, b"")


@pytest.mark.parametrize("path", ["!!", "abc", "%00", "a" * (MAX_PATH + 4), ""])
def test_paths_that_hold_no_request(path: str) -> None:
    answer = send(front(), "GET", f"{PATH}/{path}")
    assert (answer.status_code, answer.content) == (200, MALFORMED.body)
    assert send(front(), "POST", PATH, content=b"", headers=POST).content == MALFORMED.body


def test_paths_decoded() -> None:
    assert decode_path(b"MAA%3D") == b"0\x00"
    for wrong in (b"MAA", b"M\xff", b"a" * (MAX_PATH + 1)):
        assert decode_path(wrong) is None


def test_the_rest_goes_behind() -> None:
    for path in ("/", "/v1/ocspx", "/v1/verify"):
        assert send(front(), "GET", path).status_code == 418


def test_the_rate_is_limited_where_it_is_asked_for() -> None:
    limited = front(limiter=RateLimiter(10, FixedClock(NOW)))
    statuses = [send(limited, "POST", PATH, content=REQUEST, headers=POST).status_code for _ in range(3)]
    assert statuses == [200, 429, 429]


def _raw(app: OcspFront, messages: list[Message]) -> int:
    """Return the status of a POST whose body comes in these messages; after them the client says nothing."""
    told: list[Message] = []

    async def receive() -> Message:
        if messages:
            return messages.pop(0)
        await asyncio.sleep(60)
        raise AssertionError

    async def keep(message: Message) -> None:
        told.append(message)

    scope = {"type": "http", "method": "POST", "path": PATH, "headers": [(b"content-type", REQUEST_TYPE.encode())]}
    asyncio.run(app(scope, receive, keep))
    status: int = told[0]["status"]
    return status


def test_bodies_in_pieces_that_stop_and_that_break_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocsp_api, "BODY_SECONDS", 0.05)
    pieces: list[Message] = [
        {"type": "http.request", "body": REQUEST[:3], "more_body": True},
        {"type": "http.request", "body": REQUEST[3:]},
    ]
    assert _raw(front(), [*pieces]) == 200
    assert _raw(front(), pieces[:1]) == 408
    assert _raw(front(), [pieces[0], {"type": "http.disconnect"}]) == 413
