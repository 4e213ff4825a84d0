"""A small ACME client that can also do wrong: it signs what it is told, with the header it is told."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from trustkit.encoding.text64 import encode_base64url

if TYPE_CHECKING:
    import httpx

    from tests.support.web import Visitor

JOSE = {"content-type": "application/jose+json"}


def encode(value: object) -> str:
    return encode_base64url(json.dumps(value).encode())


@dataclass
class AcmeKey:
    """An account key on P-256."""

    private: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    @property
    def jwk(self) -> dict[str, str]:
        numbers = self.private.public_key().public_numbers()
        x, y = numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")
        return {"crv": "P-256", "kty": "EC", "x": encode_base64url(x), "y": encode_base64url(y)}

    @property
    def thumbprint(self) -> str:
        text = json.dumps(self.jwk, sort_keys=True, separators=(",", ":"))
        return encode_base64url(hashlib.sha256(text.encode()).digest())

    def sign(self, header: dict[str, Any], payload: object) -> dict[str, str]:
        protected, body = encode(header), "" if payload is None else encode(payload)
        der = self.private.sign(f"{protected}.{body}".encode(), ec.ECDSA(hashes.SHA256()))
        r, s = decode_dss_signature(der)
        signature = encode_base64url(r.to_bytes(32, "big") + s.to_bytes(32, "big"))
        return {"protected": protected, "payload": body, "signature": signature}


def external_binding(key: AcmeKey, kid: str, mac_key: bytes, url: str, *, alg: str = "HS256") -> dict[str, str]:
    protected, payload = encode({"alg": alg, "kid": kid, "url": url}), encode(key.jwk)
    mac = hmac.digest(mac_key, f"{protected}.{payload}".encode(), "sha256")
    return {"protected": protected, "payload": payload, "signature": encode_base64url(mac)}


@dataclass
class AcmeClient:
    """Talks to the door of one application in this process; `base` is the URL the service believes it has."""

    visitor: Visitor
    base: str
    key: AcmeKey = field(default_factory=AcmeKey)
    kid: str = ""

    def url(self, path: str) -> str:
        return path if path.startswith("http") else f"{self.base}{path}"

    def nonce(self) -> str:
        return self.visitor.send("HEAD", "/acme/new-nonce").headers["replay-nonce"]

    def post(
        self, path: str, payload: object = None, *, media: str = JOSE["content-type"], **header: Any
    ) -> httpx.Response:
        """Post a signed request; `header` replaces members of the protected header, and None takes one out."""
        url = self.url(path)
        said: dict[str, Any] = {"alg": "ES256", "nonce": header.get("nonce") or self.nonce(), "url": url}
        said |= {"kid": self.kid} if self.kid else {"jwk": self.key.jwk}
        said |= header
        body = self.key.sign({name: value for name, value in said.items() if value is not None}, payload)
        return self.send(url, json.dumps(body).encode(), media=media)

    def send(self, url: str, body: bytes, *, media: str = JOSE["content-type"]) -> httpx.Response:
        path = self.url(url).removeprefix(self.base.removesuffix("/acme"))
        return self.visitor.post(path, content=body, headers={"content-type": media})

    def register(self, kid: str = "", mac_key: bytes = b"", **payload: Any) -> httpx.Response:
        body: dict[str, Any] = {"termsOfServiceAgreed": True, **payload}
        if kid:
            body["externalAccountBinding"] = external_binding(self.key, kid, mac_key, self.url("/new-account"))
        answer = self.post("/new-account", body, kid=None, jwk=self.key.jwk)
        if answer.is_success:
            self.kid = answer.headers["location"]
        return answer

    def order(self, *names: str) -> httpx.Response:
        return self.post("/new-order", {"identifiers": [{"type": "dns", "value": name} for name in names]})
