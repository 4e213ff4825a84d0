"""A remote signing service on this machine that answers what a test lets it answer, and what it was asked."""

from __future__ import annotations

import base64
import contextlib
import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

from trustkit.crypto.public_key import KeyKind
from trustkit.crypto.suites import SignatureSuite, suite_from_algorithm

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator

    from trustkit.custody.private_key import PrivateKey
    from trustkit.x509.certificate import Certificate

    Body = dict[str, Any]

SAD = "one-time"


def coded(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


@dataclass
class Answer:
    """An answer out of the ordinary."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})


@dataclass
class FakeService:
    """Honest unless bent: `bent` maps a method to what is done with its honest answer."""

    key: PrivateKey
    certificates: tuple[Certificate, ...]
    algorithms: tuple[str, ...] = ()
    bent: dict[str, Callable[[Body], Body | Answer]] = field(default_factory=dict)
    asked: list[tuple[str, Body]] = field(default_factory=list)
    authorization: list[str] = field(default_factory=list)

    def answer(self, method: str, body: Body) -> Body | Answer:
        self.asked.append((method, body))
        acts: dict[str, Callable[[Body], Body]] = {
            "credentials/info": self._info,
            "credentials/authorize": lambda _: {"SAD": SAD, "expiresIn": 60},
            "signatures/signHash": self._signed,
        }
        honest, bend = acts[method](body), self.bent.get(method)
        return honest if bend is None else bend(honest)

    def _info(self, _: Body) -> Body:
        return {
            "key": {"status": "enabled", "algo": list(self.algorithms) or [self.key.signer().suite.oid], "len": 256},
            "cert": {"status": "valid", "certificates": [coded(each.der) for each in self.certificates]},
            "auth": {"mode": "explicit", "objects": []},
            "SCAL": "2",
            "multisign": 3,
        }

    def _signed(self, body: Body) -> Body:
        parameters = body.get("signAlgoParams")
        suite = suite_from_algorithm(
            body["signAlgo"],
            None if parameters is None else base64.b64decode(parameters),
            digest={KeyKind.SM2: SignatureSuite.SM2_SM3.digest}.get(
                self.key.kind, SignatureSuite.RSA_PSS_SHA256.digest
            ),
            key=self.key.public_key,
        )
        signer = self.key.signer()
        return {"signatures": [coded(signer.sign_digest(suite, base64.b64decode(each))) for each in body["hashes"]]}


@contextmanager
def signing_service(service: FakeService, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """Give the address of the service."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            service.authorization.append(self.headers["Authorization"])
            found = service.answer(self.path.removeprefix("/csc/v2/"), body)
            answer = found if isinstance(found, Answer) else Answer(body=json.dumps(found).encode())
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            with contextlib.suppress(OSError):  # whoever asked leaves when the answer is longer than it takes
                self.wfile.write(answer.body)

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    class Server(HTTPServer):
        def handle_error(self, *_: object) -> None:
            """Keep quiet: some callers do not like the certificate."""

    server = Server(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
