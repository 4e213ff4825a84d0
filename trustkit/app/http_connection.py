"""One HTTP connection of a service that holds keys: what uvicorn's does, the client's TLS certificate, and a limit on silence."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from uvicorn.protocols.http.h11_impl import H11Protocol

from trustkit.app.shown_certificate import HEADER_SECONDS, as_shown

if TYPE_CHECKING:
    import asyncio

    from uvicorn.protocols.http.h11_impl import RequestResponseCycle


class CaConnection(H11Protocol):
    """A connection whose requests carry the peer's certificate, when there is one."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn types it
        """Note the peer's certificate, and start waiting for the first request."""
        super().connection_made(transport)
        self.app = as_shown(self.app, transport)
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
