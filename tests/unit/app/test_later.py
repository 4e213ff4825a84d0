"""An application made later is made once, and answers whoever comes before."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from trustkit.app import later
from trustkit.app.health import health_route
from trustkit.app.later import Later
from trustkit.app.plain import plain
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import ExitStack

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
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
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


@pytest.mark.parametrize("error", [TrustError(ErrorCode.INPUT_UNREADABLE, file="makers.pem"), ImportError("lost")])
def test_what_cannot_be_made_is_tried_once_told_in_the_log_and_told_nobody_else(
    error: Exception, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(later, "AFTER_SECONDS", 0.0)
    tried: list[int] = []
    left: list[int] = []

    def make(over: ExitStack) -> ASGIApp:
        tried.append(1)
        over.callback(left.append, 1)
        raise error

    waiting = Later(make)
    app = plain([health_route(None, lambda: waiting.has_failed)], then=waiting)  # type: ignore[arg-type] # the store is not asked
    with caplog.at_level("ERROR"), waiting.made_soon():
        answers = _get(app, "/page", "/page", "/v1/health")
    assert [each.status_code for each in answers] == [500, 500, 503]
    assert all(each.json()["code"] == ErrorCode.BUG.value for each in answers[:2])
    assert "makers" not in "".join(each.text for each in answers)
    assert (len(tried), len(left), waiting.has_failed) == (1, 1, True)
    assert sum("service.unmade" in each.getMessage() for each in caplog.records) == 1


def test_a_bug_behind_another_application_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    def broken(_: object) -> PlainTextResponse:
        raise RuntimeError

    app = plain([], then=plain([Route("/page", broken)], then=PlainTextResponse("none")))
    with caplog.at_level("ERROR"):
        (answer,) = _get(app, "/page")
    assert answer.json()["code"] == ErrorCode.BUG.value
    assert sum("request.bug" in each.getMessage() for each in caplog.records) == 1


def test_paths_of_others_are_asked_of_it_and_methods_are_not() -> None:
    making = Making()
    app = plain([Route("/token", lambda _: PlainTextResponse("a token"), methods=["POST"])], then=Later(making))
    wrong, none, page = _get(app, "/token", "/none", "/page")
    assert (wrong.status_code, none.status_code, page.text) == (405, 404, "a page")
    assert wrong.json()["code"] == ErrorCode.REQUEST_METHOD.value
