"""Where a request comes from, with proxies before us and without."""

from __future__ import annotations

import asyncio
import base64
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

import pytest
from starlette.requests import Request

from trustkit.encoding.pem import encode_pem
from trustkit.web.peer import peer_certificate
from trustkit.web.places import MAX_CERTIFICATE, MOST_HOPS, PeerPlaces, place_of

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

PROXIES = (ip_network("127.0.0.1/32"), ip_network("10.1.0.0/24"), ip_network("2001:db8:1::7/128"))


@pytest.mark.parametrize(
    ("peer", "told", "place"),
    [
        ("198.51.100.7", [], "198.51.100.7"),
        ("198.51.100.7", [b"203.0.113.9"], "198.51.100.7"),  # no proxy of ours: his word is nothing
        ("2001:db8:2:3:4:5:6:7", [], "2001:db8:2:3::/64"),
        ("2001:db8:2:3:ffff::1", [b"203.0.113.9"], "2001:db8:2:3::/64"),
        ("::ffff:198.51.100.7", [], "198.51.100.7"),
        ("::1", [], "::1"),
        ("testclient", [b"203.0.113.9"], "testclient"),
        ("127.0.0.1", [], "127.0.0.1"),
        ("127.0.0.1", [b""], "127.0.0.1"),
        ("127.0.0.1", [b"203.0.113.9"], "203.0.113.9"),
        ("127.0.0.1", [b"192.0.2.1, 203.0.113.9"], "203.0.113.9"),  # the first he wrote himself
        ("127.0.0.1", [b"192.0.2.1", b"203.0.113.9"], "203.0.113.9"),
        ("127.0.0.1", [b"203.0.113.9,10.1.0.3"], "203.0.113.9"),
        ("127.0.0.1", [b"192.0.2.1, 203.0.113.9, 10.1.0.3 , 10.1.0.4"], "203.0.113.9"),
        ("2001:db8:1::7", [b"2001:db8:9:9::1"], "2001:db8:9:9::/64"),
        ("::ffff:10.1.0.3", [b"::ffff:203.0.113.9"], "203.0.113.9"),
        ("127.0.0.1", [b"203.0.113.9, unknown"], "127.0.0.1"),
        ("127.0.0.1", [b"203.0.113.9, 10.1.0.3, x" * 9999], "127.0.0.1"),
        ("127.0.0.1", [b"203.0.113.9,\xff"], "127.0.0.1"),
        ("127.0.0.1", [b"10.1.0.3"], "10.1.0.3"),
        ("127.0.0.1", [b"203.0.113.9" + b",10.1.0.3" * (MOST_HOPS + 1)], "10.1.0.3"),
    ],
)
def test_place(peer: str, told: list[bytes], place: str) -> None:
    assert place_of(peer, told, PROXIES) == place


def test_without_proxies_no_header_counts() -> None:
    assert place_of("127.0.0.1", [b"203.0.113.9"], ()) == "127.0.0.1"


@pytest.mark.parametrize(("client", "place"), [(("127.0.0.1", 5), ("203.0.113.9", 5)), (None, None)])
def test_everything_behind_sees_the_place(client: tuple[str, int] | None, place: tuple[str, int] | None) -> None:
    seen: list[Any] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001 - the shape of ASGI
        seen.append(scope.get("client"))

    async def nothing(*_: object) -> Any:
        return {}

    scope: Scope = {"type": "http", "client": client, "headers": [(b"x-forwarded-for", b"203.0.113.9")]}
    asyncio.run(PeerPlaces(app, trusted=PROXIES)(scope, nothing, nothing))
    asyncio.run(PeerPlaces(app, trusted=PROXIES)({"type": "lifespan"}, nothing, nothing))
    assert seen == [place, None]


DER = b"0\x03\x02\x01\x05"
TOLD = b":" + base64.b64encode(DER) + b":"


@pytest.mark.parametrize(
    ("peer", "headers", "certificate"),
    [
        ("127.0.0.1", [TOLD], True),
        ("198.51.100.7", [TOLD], False),  # no proxy of ours: anybody can write it
        ("testclient", [TOLD], False),
        ("127.0.0.1", [], False),
        ("127.0.0.1", [TOLD, TOLD], False),  # which of them?
        ("127.0.0.1", [base64.b64encode(DER)], False),
        ("127.0.0.1", [b"::"], False),
        ("127.0.0.1", [b":?:"], False),
        ("127.0.0.1", [b":" + b"A" * MAX_CERTIFICATE + b":"], False),
    ],
)
def test_a_proxy_of_ours_tells_the_clients_certificate(peer: str, headers: list[bytes], *, certificate: bool) -> None:
    seen: list[bytes | None] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        del receive, send
        seen.append(peer_certificate(Request(scope)))

    # what the proxy itself showed to us is no certificate of its client
    own = {"tls": {"client_cert_chain": [encode_pem("CERTIFICATE", b"0\x03\x02\x01\x06").decode()]}}
    scope: dict[str, Any] = {
        "type": "http",
        "client": (peer, 1),
        "headers": [(b"client-cert", value) for value in headers],
        "extensions": own,
    }
    asyncio.run(PeerPlaces(app, trusted=PROXIES, certificates=True)(scope, None, None))  # type: ignore[arg-type]  # unused
    assert seen == [DER if certificate else None]
    asyncio.run(PeerPlaces(app, trusted=PROXIES)(scope, None, None))  # type: ignore[arg-type]  # as above
    assert seen[1] == b"0\x03\x02\x01\x06"  # without the setting the header is nothing
