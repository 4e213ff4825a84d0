"""The fetcher against hostile URLs, addresses and servers; real sockets on the loopback only."""

from __future__ import annotations

import socket
import threading
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from trustkit.clock import FixedClock, SystemClock
from trustkit.errors import ErrorCode, TrustError
from verifier.address import is_public, parse_target, resolve_address
from verifier.fetch import NONCE_OCTETS, REMEMBER_SECONDS, HttpFetcher
from verifier.fetch_bounds import FETCH_OCTETS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from trustkit.error_family import Code

_OK = b"HTTP/1.1 200 OK\r\n"


class _Server:
    """One listening socket that answers every connection with the same act."""

    def __init__(self, act: Callable[[socket.socket], None]) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.asked: list[bytes] = []
        self._act = act
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                self.asked.append(connection.recv(4096))
                try:
                    self._act(connection)
                except OSError:
                    continue

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)


@pytest.fixture
def serve() -> Iterator[Callable[[Callable[[socket.socket], None]], _Server]]:
    servers: list[_Server] = []

    def start(act: Callable[[socket.socket], None]) -> _Server:
        servers.append(_Server(act))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def _fetcher(server: _Server, seconds: float = 2.0) -> HttpFetcher:
    return HttpFetcher(
        clock=SystemClock(),
        allowed_bases=(f"http://publisher.example:{server.port}/",),
        seconds=seconds,
        resolver=lambda _host, _port: ("127.0.0.1",),
    )


def _refused(fetcher: HttpFetcher, uri: str) -> TrustError:
    with pytest.raises(TrustError) as caught:
        fetcher.fetch(uri)
    return caught.value


def _body(octets: bytes, head: bytes = _OK) -> Callable[[socket.socket], None]:
    return lambda connection: connection.sendall(head + b"Content-Length: %d\r\n\r\n" % len(octets) + octets)


def test_an_answer_comes_back_and_is_remembered(serve: Callable[..., _Server]) -> None:
    server = serve(_body(b"crl"))
    fetcher = _fetcher(server)
    uri = f"http://publisher.example:{server.port}/root.crl?x=1#fragment"
    assert fetcher.fetch(uri) == b"crl"
    assert fetcher.fetch(uri) == b"crl"
    assert len(server.asked) == 1
    request = server.asked[0]
    assert request.startswith(b"GET /root.crl?x=1 HTTP/1.1\r\n")
    assert b"Host: publisher.example:%d\r\n" % server.port in request
    assert b"Accept-Encoding: identity\r\n" in request


def test_posting(serve: Callable[..., _Server]) -> None:
    server = serve(_body(b"answer"))
    fetcher = _fetcher(server)
    uri = f"http://publisher.example:{server.port}/ocsp"
    for body in (b"question", b"question", b"another"):
        assert fetcher.post(uri, body, media_type="application/ocsp-request") == b"answer"
    assert len(server.asked) == 2  # each question once
    assert server.asked[0].startswith(b"POST /ocsp HTTP/1.1\r\n")
    assert b"Content-Type: application/ocsp-request\r\n" in server.asked[0]
    assert b"Content-Length: 8\r\n" in server.asked[0]


def test_a_nonce_lasts_as_long_as_its_answer_and_is_for_one_question() -> None:
    """So that many files of one signer, verified together, ask his responder once."""
    drawn = iter(range(1000))
    clock = _Watch()
    fetcher = HttpFetcher(clock=clock, random=lambda size: next(drawn).to_bytes(size, "big"))
    first = fetcher.nonce("one")
    assert len(first) == NONCE_OCTETS == 32  # RFC 9654 2.1
    assert fetcher.nonce("two") != first
    clock.seconds = REMEMBER_SECONDS
    assert fetcher.nonce("one") == first
    clock.seconds += 1
    assert fetcher.nonce("one") != first
    for number in range(500):
        fetcher.nonce(str(number))
    assert len(fetcher._nonces) == 64
    assert first.hex() not in repr(fetcher)
    assert HttpFetcher(clock=clock).nonce("x") != HttpFetcher(clock=clock).nonce("x")


@dataclass
class _Watch:
    seconds: float = 0.0

    def now(self) -> datetime:
        raise AssertionError

    def monotonic(self) -> float:
        return self.seconds


def test_a_refusal_is_remembered_too(serve: Callable[..., _Server]) -> None:
    server = serve(_body(b"", b"HTTP/1.1 404 Not Found\r\n"))
    fetcher = _fetcher(server)
    for _ in range(2):
        assert _refused(fetcher, f"http://publisher.example:{server.port}/x").code is ErrorCode.EVIDENCE_UNREACHABLE
    assert len(server.asked) == 1


def _drip(head: bytes, octet: bytes) -> Callable[[socket.socket], None]:
    def act(connection: socket.socket) -> None:
        connection.sendall(head)
        for _ in range(200):
            connection.sendall(octet)
            time.sleep(0.05)

    return act


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (_body(b"", b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\n"), ErrorCode.EVIDENCE_UNREACHABLE),
        (_body(b"", b"HTTP/1.1 500 Oops\r\n"), ErrorCode.EVIDENCE_UNREACHABLE),
        (_body(b"x", _OK + b"Content-Encoding: gzip\r\n"), ErrorCode.EVIDENCE_REFUSED),
        (lambda connection: connection.sendall(b"SSH-2.0-x\r\n"), ErrorCode.EVIDENCE_UNREACHABLE),
        (
            lambda connection: connection.sendall(_OK + b"Content-Length: 9\r\n\r\nshort"),
            ErrorCode.EVIDENCE_UNREACHABLE,
        ),
        (lambda _connection: None, ErrorCode.EVIDENCE_UNREACHABLE),
        (_drip(_OK + b"Content-Length: 1000\r\n\r\n", b"x"), ErrorCode.EVIDENCE_UNREACHABLE),
        (_drip(_OK + b"X-Header: ", b"x"), ErrorCode.EVIDENCE_UNREACHABLE),
        (_body(bytes(FETCH_OCTETS + 1)), ErrorCode.EVIDENCE_TOO_LARGE),
    ],
    ids=["redirect", "error", "compressed", "not-http", "cut-short", "silent", "drip-body", "drip-header", "too-large"],
)
def test_hostile_servers(serve: Callable[..., _Server], act: Callable[[socket.socket], None], code: Code) -> None:
    server = serve(act)
    started = time.monotonic()
    error = _refused(_fetcher(server, seconds=0.5), f"http://publisher.example:{server.port}/x")
    assert error.code is code
    assert time.monotonic() - started < 3


@pytest.mark.parametrize("announced", [True, False], ids=["announced", "streamed"])
def test_an_operator_may_allow_longer_lists(serve: Callable[..., _Server], *, announced: bool) -> None:
    octets = bytes(FETCH_OCTETS + 1)
    server = serve(_body(octets) if announced else lambda connection: connection.sendall(_OK + b"\r\n" + octets))
    uri = f"http://publisher.example:{server.port}/x"
    error = _refused(_fetcher(server, seconds=20.0), uri)
    assert (error.code, error.facts["limit"]) == (ErrorCode.EVIDENCE_TOO_LARGE, FETCH_OCTETS)
    longer = replace(_fetcher(server, seconds=20.0), octets=FETCH_OCTETS + 1)
    assert longer.fetch(uri) == octets
    assert longer.fetch(uri) == octets
    assert len(server.asked) == 2  # a long list is fetched once, not with every file of a batch


def test_what_is_remembered_stays_bounded(serve: Callable[..., _Server], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("verifier.fetch._REMEMBERED_OCTETS", 10)
    server = serve(_body(b"sixsix"))
    fetcher = _fetcher(server)
    base = f"http://publisher.example:{server.port}"
    for path in ("a", "b", "b", "a"):
        assert fetcher.fetch(f"{base}/{path}") == b"sixsix"
    assert len(server.asked) == 3  # `a` made room for `b`


def test_private_addresses_are_refused_without_an_allowed_base(serve: Callable[..., _Server]) -> None:
    server = serve(_body(b"secret"))
    fetcher = HttpFetcher(clock=SystemClock(), resolver=lambda _host, _port: ("127.0.0.1",))
    assert _refused(fetcher, f"http://publisher.example:{server.port}/").code is ErrorCode.EVIDENCE_REFUSED
    assert server.asked == []


def test_a_port_nobody_listens_on() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    fetcher = HttpFetcher(
        clock=SystemClock(),
        allowed_bases=(f"http://localhost:{port}/",),
        resolver=lambda _host, _port: ("127.0.0.1",),
    )
    assert _refused(fetcher, f"http://localhost:{port}/").code is ErrorCode.EVIDENCE_UNREACHABLE


@pytest.mark.parametrize(
    "uri",
    [
        "file:///etc/passwd",
        "ldap://ldap.example/cn=ca",
        "ftp://ftp.example/x",
        "http://",
        "http:///x",
        "http://user@host.example/",
        "http://a b.example/",
        "http://host.example\\@evil.example/",
        "http://host.example:99999/",
        "http://host.example:0/",
        "http://host.example/\r\nX: y",
        "http://主机.example/",
        "http://[::1/",
        "gopher://x",
        "",
        "http://" + "a" * 3000,
    ],
)
def test_hostile_urls(uri: str) -> None:
    with pytest.raises(TrustError) as caught:
        parse_target(uri, allowed_bases=())
    assert caught.value.code is ErrorCode.EVIDENCE_REFUSED


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2606:4700:4700::1111", True),
        ("127.0.0.1", False),
        ("127.9.9.9", False),
        ("10.0.0.1", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),  # noqa: S104 - refused, not bound
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("240.0.0.1", False),
        ("::", False),
        ("::1", False),
        ("fe80::1", False),
        ("fe80::1%eth0", False),
        ("fc00::1", False),
        ("ff02::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b::a00:1", False),
        ("2002:7f00:1::", False),
        ("fec0::1", False),
        ("64:ff9b:1::808:808", False),
        ("5f00::1", False),
        ("3fff::1", False),
        ("2001:db8::1", False),
        ("2001::a00:1", False),
        ("2001:0:808:808::f5ff:fffe", False),  # Teredo, whose client's address is inverted: 10.0.0.1
        ("::10.0.0.1", False),
        ("192.0.0.1", False),
        ("192.88.99.1", False),
        ("198.18.0.1", False),
        ("2606:4700::1111", True),
        ("not an address", False),
    ],
)
def test_addresses(address: str, *, public: bool) -> None:
    assert is_public(address) is public


def test_one_private_address_among_public_ones_refuses_the_name() -> None:
    with pytest.raises(TrustError) as caught:
        resolve_address(
            "x.example", 80, private_allowed=False, resolver=lambda _h, _p: ("8.8.8.8", "10.0.0.1"), seconds=1
        )
    assert caught.value.code is ErrorCode.EVIDENCE_REFUSED


def _slow(_host: str, _port: int) -> tuple[str, ...]:
    time.sleep(1.5)
    return ("8.8.8.8",)


@pytest.mark.parametrize(
    ("resolver", "detail"),
    [
        (lambda _h, _p: (), "no address"),
        (lambda _h, _p: (_ for _ in ()).throw(OSError("gone")), "no address"),
        (_slow, "too long"),
    ],
    ids=["empty", "error", "slow"],
)
def test_name_service_trouble_is_unreachable(resolver: Callable[[str, int], tuple[str, ...]], detail: str) -> None:
    with pytest.raises(TrustError, match=detail) as caught:
        resolve_address("x.example", 80, private_allowed=False, resolver=resolver, seconds=0.2)
    assert caught.value.code is ErrorCode.EVIDENCE_UNREACHABLE


@pytest.mark.parametrize(
    ("uri", "allowed"),
    [
        ("http://home.example:8440/crl/root.crl", True),
        ("http://HOME.example:8440/crl/root.crl", True),
        ("http://home.example:8440/other", False),
        ("http://home.example:8440/crlx/a", False),
        ("http://home.example:8440/crl/../admin", False),
        ("http://home.example/crl/a", False),
        ("https://home.example:8440/crl/a", False),
        ("http://home.example.evil.example:8440/crl/a", False),
    ],
)
def test_allowed_bases_are_compared_by_component(uri: str, *, allowed: bool) -> None:
    target = parse_target(uri, allowed_bases=("http://home.example:8440/crl",))
    assert target.private_allowed is allowed


def test_no_time_left_is_unreachable(judged_at: datetime) -> None:
    fetcher = HttpFetcher(clock=FixedClock(judged_at), seconds=0.0, resolver=lambda _h, _p: ("8.8.8.8",))
    assert _refused(fetcher, "http://publisher.example/").code is ErrorCode.EVIDENCE_UNREACHABLE
