"""Keys and signed tokens for tests."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from trustkit.crypto.public_key import KeyKind
from trustkit.custody.private_key import generate_key
from trustkit.encoding.text64 import encode_base64url
from trustkit.jose.claims import lifetime_claims
from trustkit.jose.keys import JwkSet, verification_key
from trustkit.jose.sign import sign_jwt

if TYPE_CHECKING:
    from trustkit.crypto.suites import SignatureSuite
    from trustkit.custody.port import Signer
    from trustkit.custody.private_key import PrivateKey
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.jose.keys import VerificationKey

NOW = datetime(2026, 12, 1, 8, tzinfo=UTC)
ISSUER = "https://issuer.test"
API = "https://api.test"


@cache
def _private(kind: KeyKind, which: int) -> PrivateKey:
    assert which >= 0
    return generate_key(kind)


def signer(kind: KeyKind = KeyKind.EC_P256, which: int = 0, suite: SignatureSuite | None = None) -> Signer:
    """Return a signer; `which` tells keys of one kind apart."""
    return _private(kind, which).signer(suite)


def key(kind: KeyKind = KeyKind.EC_P256, which: int = 0, key_id: str = "k1") -> VerificationKey:
    """Return what verifies tokens of `signer(kind, which)`."""
    return verification_key(signer(kind, which).public_key, key_id=key_id)


def keys(kind: KeyKind = KeyKind.EC_P256, which: int = 0, key_id: str = "k1") -> JwkSet:
    """Return a set of the one key."""
    return JwkSet.of(key(kind, which, key_id))


def claims(**others: Any) -> dict[str, JsonValue]:
    """Return claims in force now for five minutes; a value None leaves one out."""
    found: dict[str, JsonValue] = {"iss": ISSUER, "aud": API, "sub": "s1", "jti": "j1"}
    found |= {**lifetime_claims(NOW, timedelta(minutes=5)), **others}
    return {name: value for name, value in found.items() if value is not None}


def token(kind: str = "at+jwt", key_id: str = "k1", **others: Any) -> str:
    """Return a token of `claims(...)` signed with ES256."""
    return sign_jwt(claims(**others), signer(), kind=kind, key_id=key_id)


def part(value: object) -> str:
    """Return JSON as a part of a token, without asking whether it is a good one."""
    return encode_base64url(json.dumps(value).encode())
