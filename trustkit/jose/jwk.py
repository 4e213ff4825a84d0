"""Public keys as JSON (RFC 7517, RFC 7518 6, RFC 8037 2): read into a `PublicKey`, and named by thumbprint (RFC 7638).

key = parse_jwk(header["jwk"])
key.public_key, key.thumbprint, key.members
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping  # noqa: TC003 - a field type of a public dataclass
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from trustkit.crypto.public_key import (
    EC_PUBLIC_KEY,
    ED25519,
    P256_CURVE,
    P384_CURVE,
    RSA_ENCRYPTION,
    PublicKey,
    parse_public_key,
)
from trustkit.encoding import der_write as w
from trustkit.encoding.canonical_json import canonical_json
from trustkit.encoding.text64 import decode_base64url, encode_base64url
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.encoding.canonical_json import JsonValue

_MEMBERS: Final = {"EC": ("crv", "x", "y"), "RSA": ("e", "n"), "OKP": ("crv", "x")}
_CURVES: Final = {"P-256": (P256_CURVE, 32), "P-384": (P384_CURVE, 48)}
_ED25519_SIZE: Final = 32
_PRIVATE: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_MAX_TEXT: Final = 2048  # an RSA modulus of 8192 bits takes 1,366 characters


@dataclass(frozen=True, slots=True)
class Jwk:
    """A public key with the members that make it, and no others."""

    public_key: PublicKey
    members: Mapping[str, str]

    @property
    def canonical(self) -> bytes:
        """The octets the thumbprint is made of (RFC 7638 3)."""
        return canonical_json(dict(self.members))

    @property
    def thumbprint(self) -> str:
        """SHA-256 over the canonical form, base64url (RFC 7638 3)."""
        return encode_base64url(hashlib.sha256(self.canonical).digest())


def parse_jwk(value: JsonValue) -> Jwk:
    """Return the public key of a JWK; members that do not make the key are left aside (RFC 7517 4).

    Raises:
        TrustError: JWK_MALFORMED (no such key, a private one, a value of the wrong type or size); KEY_MALFORMED,
            KEY_UNSUPPORTED, KEY_WEAK; BASE64_MALFORMED.
    """
    if not isinstance(value, dict) or not isinstance(kind := value.get("kty"), str) or kind not in _MEMBERS:
        raise TrustError(ErrorCode.JWK_MALFORMED, "kty is one of EC, RSA, OKP")
    if _PRIVATE & set(value):
        raise TrustError(ErrorCode.JWK_MALFORMED, "a private key was sent; it is not private any more")
    members = {"kty": kind}
    for name in _MEMBERS[kind]:
        text = value.get(name)
        if not isinstance(text, str) or not 0 < len(text) <= _MAX_TEXT:
            raise TrustError(ErrorCode.JWK_MALFORMED, f"{name} is missing or no text")
        members[name] = text
    return Jwk(parse_public_key(_SPKI[kind](members)), MappingProxyType(members))


def _ec(members: Mapping[str, str]) -> bytes:
    if members["crv"] not in _CURVES:
        raise TrustError(ErrorCode.JWK_MALFORMED, "crv is P-256 or P-384")
    curve, size = _CURVES[members["crv"]]
    point = _sized(members, "x", size) + _sized(members, "y", size)
    return w.sequence(w.sequence(w.oid(EC_PUBLIC_KEY), w.oid(curve)), w.bit_string(b"\x04" + point))


def _rsa(members: Mapping[str, str]) -> bytes:
    numbers = []
    for name in ("n", "e"):
        octets = decode_base64url(members[name])
        if octets[:1] == b"\x00":  # RFC 7518 2: Base64urlUInt has the least number of octets
            raise TrustError(ErrorCode.JWK_MALFORMED, f"{name} has a zero before it")
        numbers.append(w.integer(int.from_bytes(octets, "big")))
    return w.sequence(w.sequence(w.oid(RSA_ENCRYPTION), w.null()), w.bit_string(w.sequence(*numbers)))


def _okp(members: Mapping[str, str]) -> bytes:
    if members["crv"] != "Ed25519":
        raise TrustError(ErrorCode.JWK_MALFORMED, "crv is Ed25519")
    return w.sequence(w.sequence(w.oid(ED25519)), w.bit_string(_sized(members, "x", _ED25519_SIZE)))


def _sized(members: Mapping[str, str], name: str, size: int) -> bytes:
    octets = decode_base64url(members[name])
    if len(octets) != size:  # RFC 7518 6.2.1.2: the full size of a coordinate
        raise TrustError(ErrorCode.JWK_MALFORMED, f"{name} has not the curve's size", octets=len(octets), needed=size)
    return octets


_SPKI: Final = {"EC": _ec, "RSA": _rsa, "OKP": _okp}
