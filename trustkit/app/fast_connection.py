"""`trustkit.app.http_connection` over llhttp, for the service that answers many small requests. llhttp knows no largest head, so it is kept here."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from trustkit.app.joined_writes import JoinedWrites
from trustkit.app.shown_certificate import HEADER_SECONDS, LARGEST_HEAD, as_shown, let_go_of_silence

if TYPE_CHECKING:
    import asyncio

    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle


class FastConnection(HttpToolsProtocol):
    """A connection whose requests carry the peer's certificate, when there is one."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn types it
        """Note the peer's certificate, and start waiting for the first request."""
        super().connection_made(transport)
        self.app = as_shown(self.app, transport)
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
        let_go_of_silence(self.transport, cast("RequestResponseCycle | None", self.cycle))
