"""Public keys as JSON (RFC 7517, RFC 7518 6, RFC 8037 2): read into a `PublicKey`, and named by thumbprint (RFC 7638).

key = parse_jwk(header["jwk"])
key.public_key, key.thumbprint, key.members
jwk_of(public_key).members              # the same, of a key we have

An SM2 key is `kty` EC, as GM/T 0125.4-2022 has it; its `crv` is spelled in two ways in the field. Both are read, and the one that
is written is configurable.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping  # noqa: TC003 - a field type of a public dataclass
from dataclasses import dataclass
from enum import StrEnum, unique
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from trustkit.crypto.public_key import (
    EC_PUBLIC_KEY,
    ED25519,
    P256_CURVE,
    P384_CURVE,
    RSA_ENCRYPTION,
    SM2_CURVE,
    KeyKind,
    PublicKey,
    parse_public_key,
    rsa_numbers,
)
from trustkit.crypto.rsa_weakness import require_no_known_weakness
from trustkit.encoding import der_write as w
from trustkit.encoding.canonical_json import canonical_json
from trustkit.encoding.text64 import decode_base64url, encode_base64url
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.encoding.canonical_json import JsonValue

_MEMBERS: Final = {"EC": ("crv", "x", "y"), "RSA": ("e", "n"), "OKP": ("crv", "x")}
_CURVES: Final = {
    "P-256": (P256_CURVE, 32),
    "P-384": (P384_CURVE, 48),
    "sm2p256v1": (SM2_CURVE, 32),
    "SM2-P-256": (SM2_CURVE, 32),
}
_ED25519_SIZE: Final = 32
_PRIVATE: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_MAX_TEXT: Final = 2048  # an RSA modulus of 8192 bits takes 1,366 characters


@unique
class Sm2CurveName(StrEnum):
    """How `crv` of an SM2 key is spelled: public sources disagree about what GM/T 0125.4-2022 says."""

    SM2P256V1 = "sm2p256v1"
    SM2_P_256 = "SM2-P-256"


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
            KEY_UNSUPPORTED, KEY_WEAK (also an RSA modulus of the ROCA form); BASE64_MALFORMED.
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
    public_key = parse_public_key(_SPKI[kind](members))
    require_no_known_weakness(public_key)
    return Jwk(public_key, MappingProxyType(members))


def jwk_of(public_key: PublicKey, *, sm2_curve: Sm2CurveName = Sm2CurveName.SM2P256V1) -> Jwk:
    """Return a public key as JWK; the inverse of `parse_jwk`. Raise KEY_UNSUPPORTED for a kind that has no such form here."""
    point = public_key.subject_public_key[1:]
    match public_key.kind:
        case KeyKind.SM2 | KeyKind.EC_P256 | KeyKind.EC_P384:
            half = len(point) // 2
            curve = {KeyKind.EC_P256: "P-256", KeyKind.EC_P384: "P-384"}.get(public_key.kind, sm2_curve.value)
            members = {
                "crv": curve,
                "x": encode_base64url(point[:half]),
                "y": encode_base64url(point[half:]),
                "kty": "EC",
            }
        case KeyKind.ED25519:
            members = {"crv": "Ed25519", "x": encode_base64url(public_key.subject_public_key), "kty": "OKP"}
        case KeyKind.RSA:
            numbers = rsa_numbers(public_key)
            members = {"e": _unsigned(numbers.e), "n": _unsigned(numbers.n), "kty": "RSA"}
        case _:
            raise TrustError(ErrorCode.KEY_UNSUPPORTED, "no JWK of this kind", kind=public_key.kind.value)
    return Jwk(public_key, MappingProxyType(members))


def _unsigned(number: int) -> str:
    """Return a number with the least octets (RFC 7518 2: Base64urlUInt)."""
    return encode_base64url(number.to_bytes((number.bit_length() + 7) // 8, "big"))


def _ec(members: Mapping[str, str]) -> bytes:
    if members["crv"] not in _CURVES:
        raise TrustError(ErrorCode.JWK_MALFORMED, "crv is P-256, P-384 or that of SM2")
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
