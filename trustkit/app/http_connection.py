"""One HTTP connection of a service that holds keys: what uvicorn's does, the client's TLS certificate, and limits on silence and heads.

The certificate reaches the application in the form of the ASGI TLS extension (``scope["extensions"]["tls"]``): it is the one the
handshake proved possession of, taken from the connection itself. No header can say it.
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Final, cast

from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from trustkit.app.joined_writes import JoinedWrites

if TYPE_CHECKING:
    import asyncio

    from uvicorn._types import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, Scope
    from uvicorn.protocols.http.h11_impl import RequestResponseCycle
    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle as FastCycle

HEADER_SECONDS: Final = 15.0  # a client that sends no whole request in this time is let go
LARGEST_HEAD: Final = 16 * 1024  # octets of a request's head; a signed token in one takes a few thousand


class CaConnection(H11Protocol):
    """A connection whose requests carry the peer's certificate, when there is one."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn types it
        """Note the peer's certificate, and start waiting for the first request."""
        super().connection_made(transport)
        self.app = _as_shown(self.app, transport)
        self._silence = self.loop.call_later(HEADER_SECONDS, self._let_go_of_silence)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._silence.cancel()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        """Start waiting for the next request's headers."""
        super().on_response_complete()
        self._silence.cancel()
        if not self.transport.is_closing():
            self._silence = self.loop.call_later(HEADER_SECONDS, self._let_go_of_silence)

    def _let_go_of_silence(self) -> None:
        cycle = cast("RequestResponseCycle | None", self.cycle)  # None before the first request, whatever its type says
        begun = cycle is not None and not cycle.response_complete
        if not begun and not self.transport.is_closing():
            self.transport.close()


class FastConnection(HttpToolsProtocol):
    """The same over llhttp, for the service that answers many small requests. llhttp knows no largest head, so it is kept here."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn types it
        """Note the peer's certificate, and start waiting for the first request."""
        super().connection_made(transport)
        self.app = _as_shown(self.app, transport)
        self.transport = cast("asyncio.Transport", JoinedWrites(transport, self.loop))
        self._head = 0
        self._in_body = False
        self._silence = self.loop.call_later(HEADER_SECONDS, self._let_go_of_silence)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._silence.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, as long as the head of a request does not grow without end."""
        self._head += len(data)
        super().data_received(data)
        if self._in_body:
            self._head = 0
        elif self._head > LARGEST_HEAD and not self.transport.is_closing():
            self.send_400_response("The head of the request is too large.")

    def on_headers_complete(self) -> None:
        """Note that what follows is a body, which the application bounds."""
        self._in_body = True
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Note that the next octets are another head."""
        self._in_body = False
        self._head = 0
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Start waiting for the next request's headers."""
        super().on_response_complete()
        self._silence.cancel()
        if not self.transport.is_closing():
            self._silence = self.loop.call_later(HEADER_SECONDS, self._let_go_of_silence)

    def _let_go_of_silence(self) -> None:
        cycle = cast("FastCycle | None", self.cycle)
        begun = cycle is not None and not cycle.response_complete
        if not begun and not self.transport.is_closing():
            self.transport.close()


def _as_shown(app: ASGI3Application, transport: asyncio.Transport) -> ASGI3Application:
    """Return the application with the certificate the peer showed, when it did."""
    tls = transport.get_extra_info("ssl_object")
    # Another event loop has an object of its own kind, which answers the same question.
    der = tls.getpeercert(binary_form=True) if tls is not None else None
    return app if not isinstance(der, bytes) else _with_peer(app, der)


def _with_peer(app: ASGI3Application, der: bytes) -> ASGI3Application:
    chain = [ssl.DER_cert_to_PEM_cert(der)]

    async def with_peer(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        cast("dict[str, object]", scope)["extensions"] = {"tls": {"client_cert_chain": chain}}
        await app(scope, receive, send)

    return with_peer
