"""Direct routes answer what the layers they pass by would have answered."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from trustkit.errors import ErrorCode, TrustError
from trustkit.web.direct import DirectRoute, DirectRoutes, directly
from trustkit.web.problem import problem

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response


async def _octets(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


async def _refuse(_: Request) -> Response:
    raise TrustError(ErrorCode.DER_MALFORMED, "length", offset=3)


async def _bug(_: Request) -> Response:
    raise ValueError("the secret is 42")


async def _page(_: Request) -> Response:
    return PlainTextResponse("page")


async def _refused(request: Request, error: Exception) -> Response:
    return problem(error if isinstance(error, TrustError) else TrustError(ErrorCode.BUG), request)


def _asked(method: str, path: str, **more: Any) -> tuple[httpx.Response, dict[str, Any]]:
    routes = [
        DirectRoute("/token", _octets),
        DirectRoute("/refuse", _refuse),
        DirectRoute("/bug", _bug),
        Route("/page", _page, methods=["POST"]),
    ]
    app, seen = DirectRoutes(Starlette(routes=routes), routes, refused=_refused), dict[str, Any]()

    async def noted(scope: Any, receive: Any, send: Any) -> None:
        seen.update(scope=scope)
        await app(scope, receive, send)

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(noted), base_url="http://a.test") as client:
            return await client.request(method, path, **more)

    return asyncio.run(ask()), seen["scope"]


def test_a_direct_route_is_answered_and_told_by_its_path() -> None:
    answer, scope = _asked("POST", "/token", content=b"12345")
    assert (answer.status_code, answer.text) == (200, "5")
    assert scope["route"].path == "/token"
    assert "router" not in scope  # no other route was looked at


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/token", 405),
        ("POST", "/token/", 307),
        ("POST", "/other", 404),
        ("POST", "/page", 200),
        ("DELETE", "/bug", 405),
    ],
)
def test_everything_else_goes_the_way_it_went(method: str, path: str, status: int) -> None:
    answer, scope = _asked(method, path, follow_redirects=False)
    assert answer.status_code == status
    assert "router" in scope
    assert status != 405 or answer.headers["allow"] == "POST"


@pytest.mark.parametrize(("path", "status", "code"), [("/refuse", 422, "DER_MALFORMED"), ("/bug", 500, "BUG")])
def test_what_an_endpoint_raises_is_answered_and_says_no_more(path: str, status: int, code: str) -> None:
    answer, _ = _asked("POST", path)
    assert answer.json()["code"] == ErrorCode[code].value
    assert answer.status_code == status
    assert "the secret" not in answer.text


def test_of_described_routes_those_named_are_made_direct_with_their_own_endpoint() -> None:
    described = [Route("/a", _page, methods=["POST"]), Route("/b", _page, methods=["POST"]), Route("/c", _page)]
    found = list(directly(described, "/a", "/c", "/d"))
    assert [(each.path, each.endpoint) for each in found] == [("/a", _page)]
