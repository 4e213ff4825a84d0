"""ML-DSA keys: the three private forms of RFC 9881, and a second implementation's opinion of signatures both ways."""

from __future__ import annotations

import secrets
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from dilithium_py import ml_dsa as oracle

from trustkit.crypto.public_key import KeyKind, parse_public_key
from trustkit.crypto.suites import SignatureSuite
from trustkit.crypto.verify import verify_signature
from trustkit.custody.private_key import load_private_key
from trustkit.custody.private_key_info import parse_private_key_info
from trustkit.encoding import der_write as w
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustkit.error_family import Code

ORACLES: dict[KeyKind, Any] = {
    KeyKind.ML_DSA_44: oracle.ML_DSA_44,
    KeyKind.ML_DSA_65: oracle.ML_DSA_65,
    KeyKind.ML_DSA_87: oracle.ML_DSA_87,
}
OIDS = {kind: f"2.16.840.1.101.3.4.3.{number}" for kind, number in zip(ORACLES, (17, 18, 19), strict=True)}
SEED = secrets.token_bytes(32)
MESSAGE = "电子证照".encode()
MALFORMED = ErrorCode.KEY_CONTAINER_MALFORMED


@cache
def pair(kind: KeyKind, seed: bytes = SEED) -> tuple[bytes, bytes]:
    """Return public and expanded private key, by the oracle."""
    public, private = ORACLES[kind].key_derive(seed)
    return public, private


def info(kind: KeyKind, inside: bytes, *parameters: bytes) -> bytes:
    return w.sequence(w.integer(0), w.sequence(w.oid(OIDS[kind]), *parameters), w.octet_string(inside))


def seed_only(seed: bytes = SEED) -> bytes:
    return w.implicit(0, w.octet_string(seed))


def both(kind: KeyKind, *, of: bytes = SEED) -> bytes:
    return w.sequence(w.octet_string(SEED), w.octet_string(pair(kind, of)[1]))


@pytest.mark.parametrize("kind", ORACLES)
def test_seed_and_both_are_the_same_key(kind: KeyKind) -> None:
    for inside in (seed_only(), both(kind)):
        key = load_private_key(parse_private_key_info(info(kind, inside)))
        assert key.kind is kind
        assert key.public_key.subject_public_key == pair(kind)[0]
        assert key.private_key_info() == info(kind, seed_only())  # what is written is the seed


@pytest.mark.parametrize("kind", ORACLES)
def test_the_oracle_verifies_ours_and_we_verify_the_oracles(kind: KeyKind) -> None:
    key = load_private_key(parse_private_key_info(info(kind, seed_only())))
    suite = SignatureSuite(kind.value)
    assert ORACLES[kind].verify(pair(kind)[0], MESSAGE, key.signer().sign(MESSAGE))
    verify_signature(
        suite=suite, key=key.public_key, message=MESSAGE, signature=ORACLES[kind].sign(pair(kind)[1], MESSAGE)
    )
    for signature in (b"", bytes(100), ORACLES[kind].sign(pair(kind)[1], MESSAGE, ctx=b"another context")):
        with pytest.raises(TrustError) as caught:
            verify_signature(suite=suite, key=key.public_key, message=MESSAGE, signature=signature)
        assert caught.value.code is ErrorCode.SIGNATURE_WRONG


K44 = KeyKind.ML_DSA_44
REFUSED: dict[str, tuple[Callable[[], bytes], Code]] = {
    "expanded key alone": (lambda: info(K44, w.octet_string(pair(K44)[1])), ErrorCode.KEY_UNSUPPORTED),
    "seed of 31 octets": (lambda: info(K44, seed_only(SEED[:31])), MALFORMED),
    "seed of 0 octets": (lambda: info(K44, seed_only(b"")), MALFORMED),
    "seed as OCTET STRING": (lambda: info(K44, w.octet_string(SEED)), MALFORMED),
    "seed without a tag": (lambda: info(K44, SEED), MALFORMED),
    "expanded key of another level": (lambda: info(K44, both(KeyKind.ML_DSA_65)), MALFORMED),
    "expanded key of another seed": (lambda: info(K44, both(K44, of=bytes(32))), MALFORMED),
    "three members": (
        lambda: info(K44, w.sequence(w.octet_string(SEED), w.octet_string(pair(K44)[1]), w.null())),
        MALFORMED,
    ),
    "octets behind": (lambda: info(K44, seed_only() + b"\0"), MALFORMED),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    make, code = REFUSED[name]
    with pytest.raises(TrustError) as caught:
        load_private_key(parse_private_key_info(make()))
    assert caught.value.code is code


@pytest.mark.parametrize(
    ("identifier", "key", "code"),
    [
        (w.sequence(w.oid(OIDS[K44]), w.null()), b"", ErrorCode.KEY_UNSUPPORTED),  # parameters must be absent
        (w.sequence(w.oid(OIDS[K44])), b"\0", ErrorCode.KEY_MALFORMED),
        (w.sequence(w.oid(OIDS[KeyKind.ML_DSA_65])), b"", ErrorCode.KEY_MALFORMED),
        (w.sequence(w.oid("2.16.840.1.101.3.4.3.32")), b"", ErrorCode.KEY_UNSUPPORTED),  # HashML-DSA
    ],
)
def test_public_keys_that_are_none(identifier: bytes, key: bytes, code: Code) -> None:
    with pytest.raises(TrustError) as caught:
        parse_public_key(w.sequence(identifier, w.bit_string(pair(K44)[0] + key)))
    assert caught.value.code is code
