"""What every connection of ours does: hand the TLS certificate a client showed to the application, and keep limits.

The certificate reaches the application in the form of the ASGI TLS extension (``scope["extensions"]["tls"]``): it is the one the
handshake proved possession of, taken from the connection itself. No header can say it.
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    import asyncio

    from uvicorn._types import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, Scope
    from uvicorn.protocols.http.h11_impl import RequestResponseCycle
    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle as FastCycle

HEADER_SECONDS: Final = 15.0  # a client that sends no whole request in this time is let go
LARGEST_HEAD: Final = 16 * 1024  # octets of a request's head; a signed token in one takes a few thousand


def as_shown(app: ASGI3Application, transport: asyncio.Transport) -> ASGI3Application:
    """Return the application with the certificate the peer showed, when it did."""
    tls = transport.get_extra_info("ssl_object")
    # Another event loop has an object of its own kind, which answers the same question.
    der = tls.getpeercert(binary_form=True) if tls is not None else None
    return app if not isinstance(der, bytes) else _with_peer(app, der)


def let_go_of_silence(transport: asyncio.Transport, cycle: RequestResponseCycle | FastCycle | None) -> None:
    """Close a connection on which no request waits for its answer."""
    begun = cycle is not None and not cycle.response_complete
    if not begun and not transport.is_closing():
        transport.close()


def _with_peer(app: ASGI3Application, der: bytes) -> ASGI3Application:
    chain = [ssl.DER_cert_to_PEM_cert(der)]

    async def with_peer(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        cast("dict[str, object]", scope)["extensions"] = {"tls": {"client_cert_chain": chain}}
        await app(scope, receive, send)

    return with_peer
