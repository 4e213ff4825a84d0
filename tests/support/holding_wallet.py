"""A wallet for tests: reads a link, answers with what it has, encrypted as it was asked to. By the library's primitives, not by ours."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash

from trustkit.encoding.text64 import decode_base64url, encode_base64url

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class WalletRequest:
    """What a link asks for."""

    parameters: Mapping[str, str]

    @classmethod
    def of(cls, link: str) -> WalletRequest:
        parts = urlsplit(link)
        assert parts.scheme == "openid4vp"
        return cls(dict(parse_qsl(parts.query, strict_parsing=True)))

    @property
    def metadata(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.parameters["client_metadata"])
        return found

    @property
    def key(self) -> dict[str, Any]:
        """What an answer is encrypted to."""
        found: dict[str, Any] = self.metadata["jwks"]["keys"][0]
        return found

    @property
    def path(self) -> str:
        return urlsplit(self.parameters["response_uri"]).path

    def answer(self, token: Any, *, enc: str = "A256GCM", **changed: Any) -> str:
        """Return the encrypted answer; a change of None leaves a member out."""
        body = {"vp_token": token, "state": self.parameters["state"]} | changed
        plaintext = json.dumps({name: value for name, value in body.items() if value is not None}).encode()
        return encrypt(plaintext, self.key, enc=enc)


def _number(text: str) -> int:
    return int.from_bytes(decode_base64url(text), "big")


def _text(number: int) -> str:
    return encode_base64url(number.to_bytes(32, "big"))


def encrypt(plaintext: bytes, jwk: Mapping[str, str], *, enc: str = "A256GCM", **headers: Any) -> str:
    """Return a compact JWE: ECDH-ES direct to a P-256 key (RFC 7518 4.6)."""
    public = ec.EllipticCurvePublicNumbers(_number(jwk["x"]), _number(jwk["y"]), ec.SECP256R1()).public_key()
    ephemeral = ec.generate_private_key(ec.SECP256R1())
    numbers = ephemeral.public_key().public_numbers()
    epk = {"kty": "EC", "crv": "P-256", "x": _text(numbers.x), "y": _text(numbers.y)}
    header = {"alg": "ECDH-ES", "enc": enc, "kid": jwk.get("kid", ""), "epk": epk} | headers
    bits = int(enc[1:4])
    parties = [decode_base64url(header.get(name, "")) for name in ("apu", "apv")]
    info = b"".join(len(each).to_bytes(4, "big") + each for each in (enc.encode(), *parties)) + bits.to_bytes(4, "big")
    shared = ephemeral.exchange(ec.ECDH(), public)
    key = ConcatKDFHash(algorithm=SHA256(), length=bits // 8, otherinfo=info).derive(shared)
    protected = encode_base64url(json.dumps(header).encode())
    nonce = os.urandom(12)
    sealed = AESGCM(key).encrypt(nonce, plaintext, protected.encode())
    return ".".join((protected, "", *map(encode_base64url, (nonce, sealed[:-16], sealed[-16:]))))
