from __future__ import annotations

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from tests.support.names import name_service
from trustkit.app.acme_network import NameService, WebServers, parse_networks
from trustkit.clock import SystemClock
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trustkit.error_family import Code

NAME = "a.example.test"
PATH = "/.well-known/acme-challenge/token"
LOOPBACK = parse_networks(("127.0.0.0/8",))


@contextmanager
def _web(status: int, body: bytes = b"", location: str = "") -> Iterator[int]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == PATH else 200)
            if location and self.path == PATH:
                self.send_header("location", location)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def _servers(resolver: str, port: int, *, private: bool = True) -> WebServers:
    networks = LOOPBACK if private else ()
    return WebServers(clock=SystemClock(), names=NameService(server=resolver), networks=networks, port=port, seconds=3)


def test_a_page_is_fetched_from_a_network_the_settings_name() -> None:
    with name_service() as resolver, _web(200, b"answer") as port:
        assert _servers(resolver, port).fetch(NAME, PATH) == b"answer"


def test_a_redirect_is_followed() -> None:
    with name_service() as resolver, _web(302, b"moved", location="/elsewhere") as port:
        assert _servers(resolver, port).fetch(NAME, PATH) == b"moved"


@pytest.mark.parametrize(
    ("status", "body", "location", "code"),
    [
        (404, b"", "", ErrorCode.ACME_CHALLENGE),
        (200, b"x" * 5000, "", ErrorCode.ACME_CHALLENGE),
        (302, b"", "", ErrorCode.ACME_CONNECTION),
        (302, b"", PATH, ErrorCode.ACME_CONNECTION),  # in circles
        (302, b"", "ftp://a.example.test/", ErrorCode.ACME_CONNECTION),
        (302, b"", "http://a.example.test:22/", ErrorCode.ACME_CONNECTION),
        (302, b"", "http://user@a.example.test/", ErrorCode.ACME_CONNECTION),
    ],
)
def test_refuses_an_answer(status: int, body: bytes, location: str, code: Code) -> None:
    with name_service() as resolver, _web(status, body, location) as port, pytest.raises(TrustError) as refusal:
        _servers(resolver, port).fetch(NAME, PATH)
    assert refusal.value.code is code


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "192.168.1.1", "100.64.0.1"])
def test_a_private_address_is_asked_only_when_the_settings_say_so(address: str) -> None:
    with name_service(address=address) as resolver, _web(200, b"secret") as port, pytest.raises(TrustError) as refusal:
        _servers(resolver, port, private=False).fetch(NAME, PATH)
    assert refusal.value.code is ErrorCode.ACME_CONNECTION


def test_text_records_and_silence() -> None:
    with name_service({f"_acme-challenge.{NAME}": ("one", "two")}) as resolver:
        names = NameService(server=resolver, seconds=2)
        assert set(names.texts(f"_acme-challenge.{NAME}")) == {b"one", b"two"}
        assert names.texts(NAME) == ()
    with pytest.raises(TrustError) as refusal:
        NameService(server="127.0.0.1:9", seconds=0.5).texts(NAME)
    assert refusal.value.code is ErrorCode.ACME_DNS


def test_networks_are_networks() -> None:
    with pytest.raises(TrustError) as refusal:
        parse_networks(("10.0.0.0/99",))
    assert refusal.value.code is ErrorCode.SETTINGS_MALFORMED
