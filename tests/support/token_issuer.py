"""An identity provider that answers on this machine, and whose access tokens are taken by the service under test."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from idp.home_secrets import HomeSecrets
from idp.op.keys import ProviderKeys
from trustkit.jose.claims import lifetime_claims, numeric_date
from trustkit.jose.model import JwsAlgorithm
from trustkit.jose.sign import sign_jwt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trustkit.app.authority import Authority
    from trustkit.encoding.canonical_json import JsonValue

NOW = datetime(2026, 12, 1, 8, tzinfo=UTC)
API = "http://trustkit.test"


class Issuer:
    """An identity provider that answers on this machine, with the keys of the home under test."""

    def __init__(self, authority: Authority) -> None:
        self.keys = ProviderKeys(database=authority.database, sealing=HomeSecrets(bytes(32)), clock=authority.clock)
        self.url = ""
        self.asked: list[str] = []
        self.broken = False

    @contextmanager
    def listening(self) -> Iterator[None]:
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.asked.append(self.path)
                body = json.dumps(issuer.document(self.path)).encode()
                self.send_response(500 if issuer.broken else 200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name in the standard library
                assert format or args

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        worker = threading.Thread(target=server.serve_forever, daemon=True)
        worker.start()
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            yield
        finally:
            server.shutdown()
            server.server_close()
            worker.join()

    def document(self, path: str) -> object:
        if path == "/jwks":
            return dict(self.keys.jwks())
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/jwks",
            "response_types_supported": ["code"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["ES256"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
        }

    def token(self, **others: JsonValue) -> str:
        signer, kid = self.keys.signing(JwsAlgorithm.ES256)
        found: dict[str, JsonValue] = {
            "iss": self.url,
            "aud": API,
            "sub": "s1",
            "client_id": "platform",
            "jti": "t-1",
            "scope": "verifier:service:use",
            "acr": "urn:trustkit:ial:2:aal:2",
            "auth_time": numeric_date(NOW - timedelta(minutes=1)),
            **lifetime_claims(NOW, timedelta(minutes=10)),
        }
        return sign_jwt(found | others, signer, kind="at+jwt", key_id=kid)
