"""What every request passes: a request id, a body limit, a time limit for the body, safe headers, one log line.

Pure ASGI, so that a body is counted while it arrives and nothing is buffered twice. What all requests hold together is bounded, too: many
large bodies that nobody sends to their end would fill the memory.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from starlette.requests import Request

from trustkit.errors import ErrorCode, TrustError
from trustkit.web.problem import problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from trustkit.clock import Clock
    from trustkit.web.rates import RateLimiter

UNROUTED: Final = "unrouted"  # a request that reached no route
BODY_SECONDS: Final = 60.0  # between two pieces of a body; a slower client holds a place others need
LEAST_RATE: Final = 64 * 1024  # octets a second, beyond as long again: pieces that drip hold what came before them
HELD_BODIES: Final = 4  # of the greatest size, that are held by all requests together
LEAST_HELD: Final = 256 * 1024 * 1024  # octets, where bodies are small
_SLOW: Final = "the body came too slowly"
_FULL_SECONDS: Final = 5  # after which to come again
_HEADERS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)

_log = logging.getLogger("trustkit.web")


class RequestFrame:
    """The ASGI middleware around every route.

    `new_id` returns a fresh opaque request id; `say` logs one event with allow-listed fields; `told` is handed the route and the
    status of every answer, in the server's one thread. Paths are told as the route's template, never as sent, because a path
    may name somebody.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        max_body: int,
        limiter: RateLimiter,
        clock: Clock,
        new_id: Callable[[], str],
        say: Callable[..., None],
        told: Callable[[str, int], None],
    ) -> None:
        self._app = app
        self._max_body = max_body
        self._max_held = max(HELD_BODIES * max_body, LEAST_HELD)
        self._held = 0  # octets of bodies that came, of requests that were not answered yet
        self._limiter = limiter
        self._clock = clock
        self._new_id = new_id
        self._say = say
        self._told = told

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection event."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = self._new_id()
        scope["trustkit.request_id"] = request_id
        started = self._clock.monotonic()
        status = 500
        body = _Body()

        async def framed_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [
                    *message.get("headers", ()),
                    *_HEADERS,
                    (b"x-request-id", request_id.encode("ascii")),
                ]
            await send(message)

        try:
            self._limiter.spend((scope.get("client") or ("unknown",))[0])
            self._refuse_announced_size(scope)
            await self._app(scope, self._limited(receive, body), framed_send)
        except TrustError as error:
            await problem(error, Request(scope))(scope, receive, framed_send)
        finally:
            self._held -= body.octets
            route = getattr(scope.get("route"), "path", UNROUTED)
            self._told(route, status)
            duration = round((self._clock.monotonic() - started) * 1000, 1)
            self._say(
                _log,
                "request.served",
                request_id=request_id,
                method=scope["method"],
                route=route,
                status=status,
                duration_ms=duration,
            )

    def _refuse_announced_size(self, scope: Scope) -> None:
        for name, value in scope["headers"]:
            if name == b"content-length" and (not value.isdigit() or int(value) > self._max_body):
                raise TrustError(ErrorCode.INPUT_TOO_LARGE, "request body", limit=self._max_body)

    def _limited(self, receive: Receive, body: _Body) -> Receive:
        started = self._clock.monotonic()

        async def limited() -> Message:
            late = started + BODY_SECONDS + body.octets / LEAST_RATE - self._clock.monotonic()
            if late < 0 and not body.is_whole:
                raise TrustError(ErrorCode.REQUEST_TIMEOUT, _SLOW)
            try:
                async with asyncio.timeout(BODY_SECONDS if body.is_whole else min(BODY_SECONDS, late)):
                    message = await receive()
            except TimeoutError as error:
                raise TrustError(ErrorCode.REQUEST_TIMEOUT, _SLOW) from error
            self._take(body, len(message.get("body", b"")))
            body.is_whole = not message.get("more_body", False)
            return message

        return limited

    def _take(self, body: _Body, octets: int) -> None:
        body.octets += octets
        self._held += octets
        if body.octets > self._max_body:
            raise TrustError(ErrorCode.INPUT_TOO_LARGE, "request body", limit=self._max_body)
        if self._held > self._max_held:
            raise TrustError(ErrorCode.REQUEST_RATE, "too many bodies at once", retry_after=_FULL_SECONDS)


@dataclass(slots=True)
class _Body:
    """How much of a body came."""

    octets: int = 0
    is_whole: bool = False
