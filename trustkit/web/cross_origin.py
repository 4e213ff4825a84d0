"""Doors that pages of other origins may ask and read (Fetch 3.3): those of programs, which know no cookie.

    app = CrossOrigin(app, paths=("/token", "/userinfo"))

An application inside a browser is a client like any other: it redeems its code and looks at what it is told from its own origin. It is let in
without credentials of the browser, so no page can use what a person is signed in with; what it shows, it must have.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_ORIGIN, _METHOD = b"origin", b"access-control-request-method"
_KEPT_SECONDS: Final = b"600"
_ANYBODY: Final = (b"access-control-allow-origin", b"*")
# What a program has to read of an answer (RFC 9449 8.2, RFC 6750 3, RFC 9110 10.2.3); all else is in the body.
_READ: Final = (b"access-control-expose-headers", b"dpop-nonce, etag, retry-after, www-authenticate")
_ASKED_BEFORE: Final = (
    _ANYBODY,
    (b"access-control-allow-methods", b"GET, POST"),
    (b"access-control-allow-headers", b"authorization, content-type, dpop"),
    (b"access-control-max-age", _KEPT_SECONDS),
    (b"content-length", b"0"),
)


class CrossOrigin:
    """The ASGI middleware before such doors; all other paths, and requests of no page, go through as they are."""

    def __init__(self, app: ASGIApp, *, paths: Collection[str]) -> None:
        self._app = app
        self._paths = frozenset(paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection event."""
        if scope["type"] != "http" or scope["path"] not in self._paths:
            await self._app(scope, receive, send)
            return
        named = {name for name, _ in scope["headers"]}
        if _ORIGIN not in named:
            await self._app(scope, receive, send)
        elif scope["method"] == "OPTIONS" and _METHOD in named:
            await send({"type": "http.response.start", "status": HTTPStatus.NO_CONTENT, "headers": [*_ASKED_BEFORE]})
            await send({"type": "http.response.body", "body": b""})
        else:
            await self._app(scope, receive, _readable(send))


def _readable(send: Send) -> Send:
    async def told(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], _ANYBODY, _READ]}
        await send(message)

    return told
