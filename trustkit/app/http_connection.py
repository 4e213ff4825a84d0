"""One HTTP connection of the CA service: what uvicorn's does, the client's TLS certificate, and a limit on silence.

The certificate reaches the application in the form of the ASGI TLS extension (``scope["extensions"]["tls"]``): it is the one the
handshake proved possession of, taken from the connection itself. No header can say it.
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Final, cast

from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    import asyncio

    from uvicorn._types import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, Scope
    from uvicorn.protocols.http.h11_impl import RequestResponseCycle

HEADER_SECONDS: Final = 15.0  # a client that sends no whole request in this time is let go


class CaConnection(H11Protocol):
    """A connection whose requests carry the peer's certificate, when there is one."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn types it
        """Note the peer's certificate, and start waiting for the first request."""
        super().connection_made(transport)
        tls = transport.get_extra_info("ssl_object")
        der = tls.getpeercert(binary_form=True) if isinstance(tls, ssl.SSLObject) else None
        if der is not None:
            self.app = _with_peer(self.app, der)
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


def _with_peer(app: ASGI3Application, der: bytes) -> ASGI3Application:
    chain = [ssl.DER_cert_to_PEM_cert(der)]

    async def with_peer(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        cast("dict[str, object]", scope)["extensions"] = {"tls": {"client_cert_chain": chain}}
        await app(scope, receive, send)

    return with_peer
