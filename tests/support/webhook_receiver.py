"""A platform's endpoint on this machine: what it verifies it verifies with PyJWT, and it answers as it is told."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import jwt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

VERIFICATION = "urn:trustkit:sharing:verification"


@dataclass
class Receiver:
    """An endpoint. `keys` gives the JWK set of the service; `answers` are the statuses of the next answers, then 202."""

    issuer: str
    keys: Callable[[], Mapping[str, Any]]
    url: str = ""
    answers: list[int] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    echo: bool = True
    wait: threading.Event | None = None  # what an answer waits for
    asked: threading.Event = field(default_factory=threading.Event)
    events: list[dict[str, Any]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def verified(self, token: str) -> dict[str, Any]:
        """Return the claims, by a stock library: the key by its kid, the kind, issuer and audience."""
        head = jwt.get_unverified_header(token)
        assert head["typ"] == "secevent+jwt"
        found = next(key for key in jwt.PyJWKSet.from_dict(dict(self.keys())).keys if key.key_id == head["kid"])
        needed = {"require": ["iss", "aud", "jti", "iat"], "verify_iat": False}  # the clock of the tests stands still
        return dict(
            jwt.decode(token, found.key, algorithms=["ES256"], audience=self.url, issuer=self.issuer, options=needed)  # type: ignore[arg-type]  # a TypedDict
        )

    def taken(self) -> list[dict[str, Any]]:
        """Return the events that were taken, without those that ask."""
        return [each for each in self.events if VERIFICATION not in each["events"]]

    def numbers(self) -> list[int]:
        return [next(iter(each["events"].values()))["sequence"] for each in self.taken()]


@contextmanager
def receiving(receiver: Receiver) -> Iterator[Receiver]:
    """Let a receiver listen on a loopback port of its own."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            assert self.headers["Content-Type"] == "application/secevent+jwt"
            receiver.asked.set()
            if receiver.wait is not None:
                receiver.wait.wait(30)
            try:
                claims = receiver.verified(body.decode("ascii"))
            except jwt.PyJWTError as error:
                receiver.refused.append(type(error).__name__)
                self._answer(400, {"err": "authentication_failed"})
                return
            event = claims["events"].get(VERIFICATION)
            status = 202 if event is not None or not receiver.answers else receiver.answers.pop(0)
            if event is not None and receiver.echo:
                receiver.events.append(claims)
                self._answer(200, {"state": event["state"]})
            else:
                if status == 202:
                    receiver.events.append(claims)
                self._answer(status, {})

        def _answer(self, status: int, told: object) -> None:
            data = json.dumps(told).encode()
            self.send_response(status)
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name in the standard library
            assert format or args

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    worker = threading.Thread(target=server.serve_forever, daemon=True)
    worker.start()
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        worker.join()
