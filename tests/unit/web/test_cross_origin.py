"""Pages of other origins at the doors of programs: let in without what a browser keeps, and nowhere else."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from trustkit.web.cross_origin import CrossOrigin

if TYPE_CHECKING:
    from starlette.requests import Request

PAGE = {"origin": "https://app.other.test"}
ASKS = {"access-control-request-method": "POST", "access-control-request-headers": "dpop"}


async def _answer(_: Request) -> PlainTextResponse:
    return PlainTextResponse("told", 401, {"dpop-nonce": "n"})


def _ask(method: str, path: str, headers: dict[str, str]) -> httpx.Response:
    inner = Starlette(routes=[Route(each, _answer, methods=["GET", "POST"]) for each in ("/token", "/account")])

    async def act() -> httpx.Response:
        transport = httpx.ASGITransport(app=CrossOrigin(inner, paths=("/token",)))
        async with httpx.AsyncClient(transport=transport, base_url="https://id.test") as client:
            return await client.request(method, path, headers=headers)

    return asyncio.run(act())


def test_a_page_may_ask_and_read_without_credentials_of_the_browser() -> None:
    before = _ask("OPTIONS", "/token", PAGE | ASKS)
    assert (before.status_code, before.headers["access-control-allow-origin"]) == (204, "*")
    assert "dpop" in before.headers["access-control-allow-headers"]
    answer = _ask("POST", "/token", PAGE)
    assert (answer.status_code, answer.text, answer.headers["access-control-allow-origin"]) == (401, "told", "*")
    assert "dpop-nonce" in answer.headers["access-control-expose-headers"]
    for each in (before, answer):  # else a page could use what somebody is signed in with
        assert "access-control-allow-credentials" not in each.headers


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("POST", "/token", {}, 401),
        ("POST", "/account", PAGE, 401),
        ("OPTIONS", "/account", PAGE | ASKS, 405),
        ("OPTIONS", "/token", ASKS, 405),  # of no page
    ],
)
def test_all_else_goes_through_as_it_is(method: str, path: str, headers: dict[str, str], status: int) -> None:
    answer = _ask(method, path, headers)
    assert answer.status_code == status
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_an_options_request_that_asks_for_nothing_is_the_doors_own() -> None:
    assert _ask("OPTIONS", "/token", PAGE).status_code == 405
