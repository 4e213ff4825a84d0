"""The network of connectors against hostile addresses and providers; real sockets on the loopback only."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from typing import TYPE_CHECKING

import pytest

from idp.connectors.upstream import FORM, MAX_ANSWER, Call
from trustkit.app.idp_upstream import AT_ONCE, HttpUpstream, open_upstream
from trustkit.clock import SystemClock
from trustkit.errors import TrustError
from trustkit.identity_codes import IdentityCode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from idp.connectors.upstream import Answer

OK = b"HTTP/1.1 200 OK\r\nContent-Type: Application/JSON; charset=utf-8\r\n"


class Server:
    """One listening socket that answers every connection with the same octets."""

    def __init__(self, answer: bytes) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.asked: list[bytes] = []
        self._answer = answer
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                asked = connection.recv(8192)
                if asked.endswith(b"\r\n\r\n") and b"Content-Length" in asked:
                    asked += connection.recv(8192)
                self.asked.append(asked)
                if self._answer:
                    connection.sendall(self._answer)
                else:
                    connection.recv(1)

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@pytest.fixture
def serve() -> Iterator[Callable[[bytes], Server]]:
    servers: list[Server] = []

    def start(answer: bytes) -> Server:
        servers.append(Server(answer))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def _upstream(base: str = "", *, plain: bool = True, seconds: float = 3.0, address: str = "127.0.0.1") -> HttpUpstream:
    return HttpUpstream(
        clock=SystemClock(),
        bases=(base,) if base else (),
        plain=plain,
        tls=ssl.create_default_context(),
        resolver=lambda _host, _port: (address,),
        seconds=seconds,
    )


def _ask(upstream: HttpUpstream, call: Call) -> Answer:
    return asyncio.run(upstream.ask(call))


def test_an_answer_comes_with_its_type_and_headers(serve: Callable[[bytes], Server]) -> None:
    server = serve(OK + b"X-Sign: abc\r\nContent-Length: 2\r\n\r\n{}")
    base = f"http://127.0.0.1:{server.port}/"
    call = Call(method="POST", url=base + "token", headers={"Authorization": "Basic x"}, body=b"a=1", media_type=FORM)
    answer = _ask(_upstream(base), call)
    assert (answer.status, answer.media_type, answer.body, answer.headers["x-sign"]) == (
        200,
        "application/json",
        b"{}",
        "abc",
    )
    asked = server.asked[0]
    assert asked.startswith(b"POST /token HTTP/1.1\r\n")
    assert b"Authorization: Basic x\r\n" in asked
    assert asked.endswith(b"a=1")
    assert "Basic x" not in repr(call)


REFUSED = [
    ("file:///etc/passwd", "127.0.0.1"),
    ("https://user@sso.example/", "8.8.8.8"),
    ("https://sso.example/", "127.0.0.1"),
    ("https://sso.example/", "10.0.0.1"),
    ("https://sso.example/", "169.254.169.254"),
    ("https://sso.example/", "::ffff:127.0.0.1"),
    ("https://127.0.0.1/", "127.0.0.1"),
    ("http://sso.example/", "8.8.8.8"),
    ("http://localhost/", "127.0.0.1"),
    ("http://127.0.0.1.evil.example/", "127.0.0.1"),
    ("https://sso.example/\r\nX: 1", "8.8.8.8"),
]


@pytest.mark.parametrize(("url", "address"), REFUSED)
def test_addresses_that_may_not_be_asked(url: str, address: str) -> None:
    with pytest.raises(TrustError) as refused:
        _ask(_upstream(address=address), Call(method="GET", url=url))
    assert (refused.value.code, refused.value.facts["rule"]) == (IdentityCode.IDP_UPSTREAM_ANSWER, "address")


def test_without_tls_nothing_is_asked_in_production() -> None:
    with pytest.raises(TrustError) as refused:
        _ask(_upstream("http://127.0.0.1/", plain=False), Call(method="GET", url="http://127.0.0.1/"))
    assert refused.value.facts["rule"] == "address"


def test_an_own_origin_may_be_private_and_no_other(serve: Callable[[bytes], Server]) -> None:
    server = serve(OK + b"Content-Length: 2\r\n\r\n{}")
    with pytest.raises(TrustError) as refused:
        _ask(_upstream("http://127.0.0.1:1/"), Call(method="GET", url=f"http://127.0.0.1:{server.port}/"))
    assert refused.value.facts["rule"] == "address"
    assert server.asked == []


@pytest.mark.parametrize(
    ("answer", "rule"),
    [
        (OK + b"Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}", "compressed"),
        (OK + b"\r\n" + b"x" * (MAX_ANSWER + 1), "size"),
    ],
)
def test_answers_that_are_not_read(serve: Callable[[bytes], Server], answer: bytes, rule: str) -> None:
    base = f"http://127.0.0.1:{serve(answer).port}/"
    with pytest.raises(TrustError) as refused:
        _ask(_upstream(base), Call(method="GET", url=base))
    assert (refused.value.code, refused.value.facts["rule"]) == (IdentityCode.IDP_UPSTREAM_ANSWER, rule)


@pytest.mark.parametrize("answer", [b"\x00\x01", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", b""])
def test_a_provider_that_does_not_answer_is_not_reached(serve: Callable[[bytes], Server], answer: bytes) -> None:
    base = f"http://127.0.0.1:{serve(answer).port}/"
    with pytest.raises(TrustError) as refused:
        _ask(_upstream(base, seconds=0.5), Call(method="GET", url=base))
    assert refused.value.code is IdentityCode.IDP_UPSTREAM_UNREACHABLE


def test_a_redirect_is_handed_on_and_not_followed(serve: Callable[[bytes], Server]) -> None:
    other = serve(OK + b"Content-Length: 2\r\n\r\n{}")
    there = f"http://127.0.0.1:{other.port}/".encode()
    server = serve(b"HTTP/1.1 302 Found\r\nLocation: " + there + b"\r\nContent-Length: 0\r\n\r\n")
    base = f"http://127.0.0.1:{server.port}/"
    assert _ask(_upstream(base), Call(method="GET", url=base)).status == 302
    assert other.asked == []


def test_a_slow_provider_holds_some_calls_and_refuses_the_rest(serve: Callable[[bytes], Server]) -> None:
    base = f"http://127.0.0.1:{serve(b'').port}/"
    upstream = _upstream(base, seconds=1.0)

    async def all_at_once() -> list[object]:
        calls = (upstream.ask(Call(method="GET", url=base)) for _ in range(AT_ONCE + 3))
        return list(await asyncio.gather(*calls, return_exceptions=True))

    found = asyncio.run(all_at_once())
    told = [each.detail for each in found if isinstance(each, TrustError)]
    assert told.count("too many calls at once") == 3
    assert len(told) == AT_ONCE + 3
    with pytest.raises(TrustError) as refused:  # the room is free again
        _ask(upstream, Call(method="GET", url=base))
    assert "too many" not in refused.value.detail


def test_authorities_that_are_none_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.write_text("none")
    with pytest.raises(TrustError):
        open_upstream(SystemClock(), bases=(), authorities=file, production=True)
