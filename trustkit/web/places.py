"""Where a request comes from: its peer, or whom a proxy of ours names; of IPv6 the network of 64 bits that one subscriber has.

    app = PeerPlaces(app, trusted=(ip_network("10.0.0.7/32"),))

``X-Forwarded-For`` is read from the right, as each proxy adds the peer it saw at the end, and only from peers that are trusted: the first
address that is no proxy of ours is the client. What stands before it anybody can write, and it is never read.

With `certificates` such a proxy ends TLS and tells the client's certificate in ``Client-Cert`` (RFC 9440); nobody else's header is read.
"""

from __future__ import annotations

import base64
import binascii
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING, Final

from trustkit.encoding.pem import encode_pem

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from ipaddress import IPv4Address

    from starlette.requests import Request
    from starlette.types import ASGIApp, Receive, Scope, Send

MOST_HOPS: Final = 16  # proxies of ours in a row
MAX_CERTIFICATE: Final = 12 * 1024  # octets of the header; what fits a head
_FORWARDED: Final = b"x-forwarded-for"
_CERTIFICATE: Final = b"client-cert"
_LONGEST: Final = 64  # characters of an address
_SUBSCRIBER_BITS: Final = 64  # RFC 6177: nobody has less than a /64, and all of its addresses


class PeerPlaces:
    """The ASGI middleware before everything that counts by address: ``scope["client"]`` is the place from here on."""

    def __init__(
        self, app: ASGIApp, *, trusted: Collection[IPv4Network | IPv6Network], certificates: bool = False
    ) -> None:
        self._app = app
        self._trusted = trusted
        self._certificates = certificates

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection event."""
        if scope["type"] == "http" and scope.get("client"):
            peer, port = scope["client"]
            told = [value for name, value in scope["headers"] if name == _FORWARDED]
            scope = {**scope, "client": (place_of(peer, told, self._trusted), port)}
            if self._certificates:
                headers = [value for name, value in scope["headers"] if name == _CERTIFICATE]
                found = told_certificate(headers) if _is_trusted(peer, self._trusted) else None
                scope["extensions"] = {**scope.get("extensions", {}), "tls": {"client_cert_chain": found or ()}}
        await self._app(scope, receive, send)


def place_of_request(request: Request) -> str:
    """Return the place of a request as `PeerPlaces` found it, empty where it has none."""
    return "" if request.client is None else request.client.host


def told_certificate(headers: list[bytes]) -> tuple[str, ...] | None:
    """Return the certificate of ``Client-Cert`` as the ASGI TLS extension has it (PEM); None for none, several, and what is none.

    The header is a byte sequence of RFC 8941: base64 of the DER between colons (RFC 9440 2.2).
    """
    value = headers[0].strip() if len(headers) == 1 else b""
    if not (value.startswith(b":") and value.endswith(b":") and 2 < len(value) <= MAX_CERTIFICATE):  # noqa: PLR2004 - the colons
        return None
    try:
        der = base64.b64decode(value[1:-1], validate=True)
    except (binascii.Error, ValueError):
        return None
    return (encode_pem("CERTIFICATE", der).decode("ascii"),)


def _is_trusted(peer: str, trusted: Collection[IPv4Network | IPv6Network]) -> bool:
    found = _address(peer)
    return found is not None and any(found in network for network in trusted)


def place_of(peer: str, forwarded: Iterable[bytes], trusted: Collection[IPv4Network | IPv6Network]) -> str:
    """Return the place of a request: an IPv4 address, an IPv6 network, a loopback address as it is; a peer without address as it is.

    `forwarded` are the values of ``X-Forwarded-For`` in their order. An entry that is no address ends the reading: the last proxy that
    could be told is the place.
    """
    found = _address(peer)
    if found is None:
        return peer
    hops = b",".join(forwarded).decode("latin-1").rsplit(",", MOST_HOPS)[-MOST_HOPS:]
    while hops and any(found in network for network in trusted):
        before = _address(hops.pop().strip())
        if before is None:
            break
        found = before
    if isinstance(found, IPv6Address) and not found.is_loopback:
        return str(IPv6Network((int(found), _SUBSCRIBER_BITS), strict=False))
    return str(found)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    return _parsed(text) if len(text) <= _LONGEST else None


@lru_cache(maxsize=4096)  # of peers that ask again and again
def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(text)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found
