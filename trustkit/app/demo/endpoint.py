"""The platform's endpoint: a dozen lines that verify what they are sent with a library of others, as docs/sharing.md shows."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from trustkit.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

_EVENT: Final = "urn:trustkit:sharing:"
_MOST: Final = 64 * 1024


@dataclass
class Endpoint:
    """What it was sent, and has verified; `arrived` is set at the first change, which came at `arrived_at`."""

    keys_url: str
    issuer: str
    base: str = ""
    events: list[dict[str, Any]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    arrived: threading.Event = field(default_factory=threading.Event)
    arrived_at: datetime | None = None

    @property
    def url(self) -> str:
        """Where it is told."""
        return f"{self.base}/hooks/licences"

    def answer(self, body: str) -> tuple[int, dict[str, str]]:
        """Return the status and the body of the answer to an event."""
        try:
            event = self._verified(body)
        except (JoseError, ValueError, httpx.HTTPError) as error:
            self.refused.append(type(error).__name__)
            return 400, {"err": "authentication_failed", "description": type(error).__name__}
        asked = event["events"].get(f"{_EVENT}verification")
        if asked is not None:
            return 200, {"state": asked["state"]}
        self.events.append(event)
        self.arrived_at = SystemClock().now()
        self.arrived.set()
        return 202, {}

    def _verified(self, body: str) -> dict[str, Any]:
        keys = KeySet.import_key_set(httpx.get(self.keys_url, timeout=10, trust_env=False).raise_for_status().json())
        token = jwt.decode(body, keys, algorithms=["ES256"])
        if token.header.get("typ") != "secevent+jwt":
            message = "not an event"
            raise ValueError(message)
        jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": self.issuer}, aud={"essential": True, "value": self.url}, leeway=60
        ).validate(token.claims)
        return token.claims


@contextmanager
def listening(keys_url: str, issuer: str) -> Iterator[Endpoint]:
    """Give an endpoint that listens on this machine for as long as the block lasts."""
    endpoint = Endpoint(keys_url, issuer)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            size = min(int(self.headers.get("Content-Length", "0")), _MOST)
            status, told = endpoint.answer(self.rfile.read(size).decode("ascii", "replace"))
            data = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Say nothing: what it is sent is told by the walk."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    endpoint.base = f"http://127.0.0.1:{server.server_address[1]}"
    worker = threading.Thread(target=server.serve_forever, daemon=True)
    worker.start()
    try:
        yield endpoint
    finally:
        server.shutdown()
        server.server_close()
        worker.join()
