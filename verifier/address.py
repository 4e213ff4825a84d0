"""Decide which network address a URL from a stranger's document may lead to, before anything is sent.

A name is resolved here and the connection goes to the address judged here, so that a second answer of the name service
(DNS rebinding) cannot send the request elsewhere. An address is public when the IANA special-purpose registries say it is
globally reachable (RFC 6890), also after unwrapping IPv4 inside IPv6 (RFC 4291 2.5.5, RFC 6052, RFC 3056, RFC 4380).
"""

from __future__ import annotations

import ipaddress
import queue
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias
from urllib.parse import SplitResult, urlsplit, urlunsplit

from trustkit.errors import ErrorCode, TrustError

MAX_URI: Final = 2048  # characters; publishers' URLs stay far below
_PORTS: Final = {"http": 80, "https": 443}
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
_UNICAST: Final = ipaddress.ip_network("2000::/3")  # all of IPv6 that IANA has given out for the whole world
_LATER: Final = (  # set aside after Python's own tables were made
    ipaddress.ip_network("3fff::/20"),  # RFC 9637: documentation
    ipaddress.ip_network("192.88.99.0/24"),  # RFC 7526: relays of 6to4, given up
)

Resolver: TypeAlias = Callable[[str, int], tuple[str, ...]]
_Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A URL that may be asked: as given without its fragment, and whether its address may be a private one."""

    url: str
    host: str
    private_allowed: bool


def system_resolver(host: str, port: int) -> tuple[str, ...]:
    """Return the numeric addresses of a name, by the system's name service. Raise OSError."""
    return tuple(str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))


def parse_target(uri: str, *, allowed_bases: tuple[str, ...]) -> Target:
    """Return what may be asked of `uri`, by its text alone. Raise EVIDENCE_REFUSED (scheme, user name, odd characters)."""
    parts = _split(uri)
    url = urlunsplit((parts.scheme, parts.netloc, parts.path or "/", parts.query, ""))
    allowed = any(_stands_under(parts, base) for base in allowed_bases)
    return Target(url=url, host=parts.hostname or "", private_allowed=allowed)


def resolve_address(host: str, port: int, *, private_allowed: bool, resolver: Resolver, seconds: float) -> str:
    """Return the numeric address to connect to; every address of the name must pass.

    Raises:
        TrustError: EVIDENCE_REFUSED (an address that is not public), EVIDENCE_UNREACHABLE (no address, no answer in time).
    """
    addresses = _within(seconds, lambda: resolver(host, port))
    if not addresses:
        raise TrustError(ErrorCode.EVIDENCE_UNREACHABLE, "the name has no address", host=host)
    if not private_allowed and not all(is_public(address) for address in addresses):
        raise TrustError(ErrorCode.EVIDENCE_REFUSED, "the address is not a public one", host=host)
    return addresses[0]


def is_public(address: str) -> bool:
    """Tell whether a numeric address is globally reachable; anything unreadable is not."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    found = _unwrapped(found)
    if isinstance(found, ipaddress.IPv6Address) and found not in _UNICAST:
        return False  # site-local fec0::/10, 64:ff9b:1::/48, 5f00::/16 and whatever else stands outside
    special = found.is_multicast or found.is_reserved or any(found in network for network in _LATER)
    return found.is_global and not special


def _unwrapped(address: _Address) -> _Address:
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address.teredo is not None:
            inner = address.teredo[1]
        if inner is None and address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return inner
    return address


def _split(uri: str) -> SplitResult:
    try:
        if len(uri) > MAX_URI or not uri.isascii() or not uri.isprintable() or " " in uri:
            raise TrustError(ErrorCode.EVIDENCE_REFUSED, "not a plain URL")
        parts = urlsplit(uri)
        port = parts.port
    except ValueError as error:
        raise TrustError(ErrorCode.EVIDENCE_REFUSED, "not a URL") from error
    if parts.scheme not in _PORTS or not parts.hostname or port == 0:
        raise TrustError(ErrorCode.EVIDENCE_REFUSED, "only http and https are fetched", scheme=parts.scheme[:16])
    if "@" in parts.netloc or "\\" in uri:
        raise TrustError(ErrorCode.EVIDENCE_REFUSED, "a user name or a backslash in the URL")
    return parts


def _stands_under(parts: SplitResult, base: str) -> bool:
    """Compare by components: ``http://host:80/a/`` covers neither ``http://host:80/ab`` nor ``http://host:8080/a/``."""
    allowed = _split(base)
    same = (parts.scheme, parts.hostname, parts.port or _PORTS[parts.scheme]) == (
        allowed.scheme,
        allowed.hostname,
        allowed.port or _PORTS[allowed.scheme],
    )
    folder = allowed.path.rstrip("/") + "/"
    return same and (parts.path or "/").startswith(folder) and "/../" not in f"{parts.path}/"


def _within(seconds: float, act: Callable[[], tuple[str, ...]]) -> tuple[str, ...]:
    """Run a look-up that has no time limit of its own; a thread that is still waiting then is left behind as a daemon."""
    answers: queue.SimpleQueue[tuple[str, ...]] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            answers.put(act())
        except (OSError, UnicodeError):
            answers.put(())

    threading.Thread(target=look_up, daemon=True, name="trustkit-resolve").start()
    try:
        return answers.get(timeout=seconds)
    except queue.Empty:
        raise TrustError(ErrorCode.EVIDENCE_UNREACHABLE, "the name service takes too long") from None
