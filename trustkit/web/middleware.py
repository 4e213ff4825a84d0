"""What every request passes: a request id, limits of its body and of its client's slowness, safe headers, one log line.

Pure ASGI, so that a body is counted while it arrives and nothing is buffered twice.
"""

from __future__ import annotations

import asyncio
import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from starlette.requests import Request
from starlette.routing import compile_path

from trustkit.errors import TrustError
from trustkit.web.bodies import CountedBody
from trustkit.web.callers import kept_caller
from trustkit.web.problem import problem
from trustkit.web.rates import rate_headers

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from trustkit.clock import Clock
    from trustkit.web.bodies import BodyBudget
    from trustkit.web.rates import RateLimiter

UNROUTED: Final = "unrouted"  # a request that reached no route
ANSWER_SECONDS: Final = 60.0  # in which a client must take a piece of the answer; its body is held as long
_HEADERS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)

_log = logging.getLogger("trustkit.web")


def _held_whole(_: Scope) -> int:
    """Return that no body is streamed."""
    return 0


class RequestFrame:
    """The ASGI middleware around every route.

    `new_id` returns a fresh opaque request id; `say` logs one event with allow-listed fields; `told` is handed the route and the
    status of every answer, in the server's one thread. Paths are told as the route's template, never as sent, because a path
    may name somebody. `limiter` counts requests of an address, `bearing` those with a token at the paths `guarded` (templates as of routes), where a token is asked for: elsewhere nobody looks at it. `streamed` tells of a request how many octets of body it may have when it is worked on while it comes, else 0.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        bodies: BodyBudget,
        limiter: RateLimiter,
        bearing: RateLimiter | None = None,
        guarded: Collection[str] = (),
        clock: Clock,
        new_id: Callable[[], str],
        say: Callable[..., None],
        told: Callable[[str, int], None],
        streamed: Callable[[Scope], int] = _held_whole,
    ) -> None:
        self._app = app
        self._bodies = bodies
        self._limiter = limiter
        self._bearing = bearing
        self._guarded = tuple(compile_path(path)[0] for path in guarded)
        self._clock = clock
        self._new_id = new_id
        self._say = say
        self._told = told
        self._streamed = streamed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection event."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = self._new_id()
        scope["trustkit.request_id"] = request_id
        started = self._clock.monotonic()
        status = 500
        stalled = False
        client = (scope.get("client") or ("unknown",))[0]
        limiter = self._limiter_of(scope)
        body = CountedBody(self._bodies, client, receive, streamed=self._streamed(scope))

        async def framed_send(message: Message) -> None:
            nonlocal status, stalled
            if message["type"] == "http.response.start":
                status = message["status"]
                own = [*message.get("headers", ())]
                message["headers"] = [
                    *own,
                    *_headers(status, request_id, {name.lower() for name, _ in own}),
                    *rate_headers(limiter.allowance(client), scope=scope),
                ]
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    await send(message)
            except TimeoutError:
                stalled = True
                raise

        try:
            try:
                limiter.spend(client)
                for name, value in scope["headers"]:
                    if name == b"content-length":
                        body.announced(value)
                await self._app(scope, body.receive, framed_send)
            except TrustError as error:
                await problem(error, Request(scope))(scope, receive, framed_send)
        except TimeoutError:
            if not stalled:  # else the server closes the connection of an answer that was not finished
                raise
        finally:
            body.release()
            route = getattr(scope.get("route"), "path", UNROUTED)
            self._told(route, status)
            duration = round((self._clock.monotonic() - started) * 1000, 1)
            caller = kept_caller(scope)
            self._say(
                _log,
                "request.served",
                request_id=request_id,
                method=scope["method"],
                route=route,
                status=status,
                duration_ms=duration,
                **({} if caller is None else {"actor": caller.principal.id, "client": caller.client}),
            )

    def _limiter_of(self, scope: Scope) -> RateLimiter:
        """Return who counts: whoever brings a token to a guarded path is let in by it or not at all, and may ask more than anybody may."""
        if self._bearing is None or all(name != b"authorization" for name, _ in scope["headers"]):
            return self._limiter
        return self._bearing if any(each.match(scope["path"]) for each in self._guarded) else self._limiter


def _headers(status: int, request_id: str, said: set[bytes]) -> tuple[tuple[bytes, bytes], ...]:
    """Return the headers of every answer that it does not say itself; who was too slow is not listened to any longer.

    Browsers hold a page to each policy they are sent, so one that says what it loads must be sent that one alone.
    """
    closing = ((b"connection", b"close"),) if status == HTTPStatus.REQUEST_TIMEOUT else ()
    safe = (each for each in _HEADERS if each[0] not in said)
    return (*safe, (b"x-request-id", request_id.encode("ascii")), *closing)
