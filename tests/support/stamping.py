"""A time-stamp authority on this machine that answers what a test lets it answer."""

from __future__ import annotations

import contextlib
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

from trustkit.clock import SystemClock
from trustkit.timestamp.response import make_response
from trustkit.timestamp.sign import make_token

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.pki import PkiWorld
    from trustkit.timestamp.request import TimestampRequest


def reply_to(world: PkiWorld, request: TimestampRequest, **bent: object) -> bytes:
    arguments = {
        "imprint": request.imprint,
        "imprint_algorithm": request.imprint_algorithm,
        "serial": 7,
        "gen_time": SystemClock().now(),  # commands read the real clock
        "policy": request.policy or "1.2.3.4",
        "nonce": request.nonce,
        "signer": world.tsa.signer,
        "certificate": world.tsa.certificate,
        "chain": (world.issuing.certificate,),
    } | bent
    return make_response(make_token(**arguments))  # type: ignore[arg-type]


@contextmanager
def listening(answer: Callable[[bytes], bytes], status: int = 200) -> Iterator[str]:
    """Give the address of an authority on this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.headers["Content-Type"] == "application/timestamp-query"
            body = answer(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with contextlib.suppress(ConnectionError):  # whoever asked leaves when the answer is longer than it takes
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/tsa"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
