"""A software authenticator and the browser before it: what they send for the options a server gives, with each part bent at will."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2 import cbor
from fido2.cose import ES256, CoseKey
from fido2.webauthn import AttestedCredentialData

from trustkit.encoding.text64 import decode_base64url, encode_base64url

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

UP, UV, BE, BS, AT = 0x01, 0x04, 0x08, 0x10, 0x40


@dataclass(frozen=True, kw_only=True)
class Authenticator:
    """One key for one site; `counter` None for one that does not count."""

    domain: str = "login.example.gov.cn"
    origin: str = "https://login.example.gov.cn"
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    credential: bytes = b"credential-1"
    flags: int = UP | UV
    counter: int = 1
    user: bytes | None = None
    bend: Callable[[dict[str, object]], None] = field(default=lambda _client: None)
    cose: Mapping[int, object] | None = None  # what it says its public key is, instead of the one it has

    def create(self, options: Mapping[str, object], **response: object) -> tuple[Authenticator, bytes]:
        """Return the authenticator with its new credential, and what the browser sends."""
        user = options["user"]
        assert isinstance(user, dict)
        own = ES256.from_cryptography_key(self.key.public_key())  # type: ignore[no-untyped-call]
        cose = own if self.cose is None else CoseKey(self.cose)
        made = AttestedCredentialData.create(b"\0" * 16, self.credential, cose)
        attestation = cbor.encode({"fmt": "none", "attStmt": {}, "authData": self._data(AT) + bytes(made)})
        members = {
            "clientDataJSON": self._client("webauthn.create", options),
            "attestationObject": encode_base64url(attestation),
            "transports": ["internal", "hybrid"],
        }
        return replace(self, user=decode_base64url(user["id"])), self._sent(members | response)

    def use(self, options: Mapping[str, object], **response: object) -> bytes:
        """Return what the browser sends."""
        client = self._client("webauthn.get", options)
        data = self._data(0)
        signed = data + hashlib.sha256(decode_base64url(client)).digest()
        members: dict[str, object] = {
            "clientDataJSON": client,
            "authenticatorData": encode_base64url(data),
            "signature": encode_base64url(self.key.sign(signed, ec.ECDSA(hashes.SHA256()))),
            "userHandle": None if self.user is None else encode_base64url(self.user),
        }
        return self._sent(members | response)

    def _client(self, kind: str, options: Mapping[str, object]) -> str:
        members: dict[str, object] = {
            "type": kind,
            "challenge": options["challenge"],
            "origin": self.origin,
            "crossOrigin": False,
        }
        self.bend(members)
        return encode_base64url(json.dumps(members).encode())

    def _data(self, more: int) -> bytes:
        head = hashlib.sha256(self.domain.encode()).digest()
        return head + bytes([self.flags | more]) + self.counter.to_bytes(4, "big")

    def _sent(self, response: Mapping[str, object]) -> bytes:
        name = encode_base64url(self.credential)
        members = {
            "id": name,
            "rawId": name,
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {"credProps": {"rk": True}},
            "response": response,
        }
        return json.dumps(members).encode()
