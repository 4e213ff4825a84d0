"""Where a browser comes back to on this machine: one address of the loopback interface, one answer, then nothing listens any more.

with listening() as back:
    print(back.uri)
    back.expect(state)
    answer = back.wait(timedelta(minutes=5))
"""

from __future__ import annotations

import hmac
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, urlsplit

from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import timedelta

_PATH: Final = "/signed-in"
_MAX_QUERY: Final = 8 * 1024
_MOST_MEMBERS: Final = 16
_READ_SECONDS: Final = 5.0  # of one request: a browser sends it at once
_PAGE: Final = (
    '<!doctype html><html lang="zh"><meta charset="utf-8"><title>trustkit</title>'
    '<p>已收到，请回到终端。</p><p lang="en">Received. Go back to the terminal.</p></html>'
).encode()


class Back:
    """The address, and what came back to it."""

    def __init__(self, server: HTTPServer) -> None:
        self._port = int(server.server_address[1])
        self.came = threading.Event()
        self.expected = ""
        self.answer: Mapping[str, str] = {}

    @property
    def uri(self) -> str:
        """What the browser is sent back to."""
        return f"http://127.0.0.1:{self._port}{_PATH}"

    def expect(self, state: str) -> None:
        """Take the answer that brings this state: what any other page sends here is nobody's."""
        self.expected = state

    def wait(self, most: timedelta) -> Mapping[str, str]:
        """Return the members that came back. Raise OFFICIAL_REFUSED when none did in time."""
        if not self.came.wait(most.total_seconds()):
            raise TrustError(ErrorCode.OFFICIAL_REFUSED, "nobody signed in", error="timeout")
        return self.answer


@contextmanager
def listening() -> Iterator[Back]:
    """Give an address that listens until the block ends. Raise PORT_IN_USE when the machine gives none."""
    try:
        server = HTTPServer(("127.0.0.1", 0), _Handler)
    except OSError as error:
        raise TrustError(ErrorCode.PORT_IN_USE, "no port of the loopback address") from error
    back = Back(server)
    server.back = back  # type: ignore[attr-defined]  # how a handler of http.server reaches what it is for
    worker = threading.Thread(target=server.serve_forever, name="loopback-return", daemon=True)
    worker.start()
    try:
        yield back
    finally:
        server.shutdown()
        server.server_close()
        worker.join()


class _Handler(BaseHTTPRequestHandler):
    """Takes the first answer, and nothing else; says nothing to the log, where codes have no business."""

    timeout = _READ_SECONDS
    server_version = "trustkit"
    sys_version = ""

    def do_GET(self) -> None:
        """Take the answer."""
        back: Back = self.server.back  # type: ignore[attr-defined]  # as above
        parts = urlsplit(self.path)
        if parts.path != _PATH or len(parts.query) > _MAX_QUERY or back.came.is_set():
            self.send_error(404)
            return
        try:
            members = dict(parse_qsl(parts.query, max_num_fields=_MOST_MEMBERS, keep_blank_values=True))
        except ValueError:
            members = {}
        if not back.expected or not hmac.compare_digest(members.get("state", "").encode(), back.expected.encode()):
            self.send_error(400)
            return
        self.send_response(200)
        for name, value in (
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Length", str(len(_PAGE))),
            ("Cache-Control", "no-store"),
            ("Content-Security-Policy", "default-src 'none'"),
            ("Referrer-Policy", "no-referrer"),
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(_PAGE)
        back.answer = members
        back.came.set()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's
        """Say nothing."""
