"""A key that others have is known by the digest badkeys gives it, and no certificate is made for it."""

from __future__ import annotations

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from ca.known_keys import DIGEST_SIZE, known_digest, require_secret
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.private_key import generate_key
from trustkit.errors import ErrorCode, TrustError


def number_of(kind: KeyKind) -> tuple[bytes, bytes]:
    """Return the digest we know a fresh key by, and the octets badkeys would hash, by another library."""
    key = generate_key(kind).public_key
    digest = known_digest(key)
    if kind is KeyKind.SM2:
        return digest, _octets(int.from_bytes(key.sm2_point[:32], "big"))
    public = load_der_public_key(key.spki)
    if isinstance(public, rsa.RSAPublicKey):
        return digest, _octets(public.public_numbers().n)
    if isinstance(public, ec.EllipticCurvePublicKey):
        return digest, _octets(public.public_numbers().x)
    if isinstance(public, ed25519.Ed25519PublicKey):
        return digest, _octets(int.from_bytes(public.public_bytes(Encoding.Raw, PublicFormat.Raw), "big"))
    return digest, key.subject_public_key


def _octets(value: int) -> bytes:
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


@pytest.mark.parametrize("kind", KeyKind)
def test_the_digest_of_every_kind(kind: KeyKind) -> None:
    for _ in range(1 if kind is KeyKind.RSA else 8):
        digest, octets = number_of(kind)
        assert digest == hashlib.sha256(octets).digest()[:DIGEST_SIZE]


class Listed:
    def __init__(self, *digests: bytes) -> None:
        self.digests = digests

    def collection(self, digest: bytes, /) -> int | None:
        return 7 if digest in self.digests else None


def test_a_listed_key_is_refused() -> None:
    bad, good = generate_key(KeyKind.SM2).public_key, generate_key(KeyKind.SM2).public_key
    known = Listed(known_digest(bad))
    require_secret(good, known)
    require_secret(bad, None)
    with pytest.raises(TrustError) as caught:
        require_secret(bad, known)
    assert (caught.value.code, caught.value.facts["collection"]) == (ErrorCode.CA_KEY_KNOWN, 7)
