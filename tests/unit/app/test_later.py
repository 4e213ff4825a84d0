"""An application made later is made once, and answers whoever comes before."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from trustkit.app import later
from trustkit.app.later import Later
from trustkit.app.plain import plain
from trustkit.errors import ErrorCode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import ExitStack

    import pytest
    from starlette.types import ASGIApp


class Making:
    """What is made, how often, and whether what it entered was left."""

    def __init__(self) -> None:
        self.times = 0
        self.done = threading.Event()
        self.running = False

    def __call__(self, over: ExitStack) -> ASGIApp:
        self.times += 1
        over.enter_context(self._room())
        self.done.set()
        return Starlette(routes=[Route("/page", lambda _: PlainTextResponse("a page"))])

    @contextmanager
    def _room(self) -> Iterator[None]:
        self.running = True
        yield
        self.running = False


def _get(app: Any, *paths: str) -> list[httpx.Response]:
    async def act() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://id.example") as client:
            return list(await asyncio.gather(*(client.get(path) for path in paths)))

    return asyncio.run(act())


def test_who_comes_first_waits_and_everybody_is_answered_by_one() -> None:
    making = Making()
    answers = _get(Later(making), *["/page"] * 8)
    assert [each.text for each in answers] == ["a page"] * 8
    assert making.times == 1


def test_threads_make_one() -> None:
    making = Making()
    waiting = Later(making)
    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda _: waiting.made(), range(8)))
    assert (making.times, len(set(map(id, made)))) == (1, 1)


def test_nobody_has_to_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(later, "AFTER_SECONDS", 0.0)
    making = Making()
    with Later(making).made_soon():
        assert making.done.wait(30.0)
        assert making.running
    assert not making.running


def test_an_end_before_it_makes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(later, "AFTER_SECONDS", 600.0)
    making = Making()
    with Later(making).made_soon():
        pass
    assert making.times == 0


def test_paths_of_others_are_asked_of_it_and_methods_are_not() -> None:
    making = Making()
    app = plain([Route("/token", lambda _: PlainTextResponse("a token"), methods=["POST"])], then=Later(making))
    wrong, none, page = _get(app, "/token", "/none", "/page")
    assert (wrong.status_code, none.status_code, page.text) == (405, 404, "a page")
    assert wrong.json()["code"] == ErrorCode.REQUEST_METHOD.value
