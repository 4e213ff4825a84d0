from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.tokens import key, signer
from trustkit.crypto.public_key import KeyKind
from trustkit.encoding.canonical_json import canonical_json
from trustkit.errors import ErrorCode, TrustError
from trustkit.jose.jwk import Sm2CurveName, jwk_of, parse_jwk
from trustkit.jose.keys import (
    MAX_JWKS_KEYS,
    MAX_JWKS_SIZE,
    JwkSet,
    jwks_document,
    parse_jwks,
    parse_verification_key,
    verification_key,
)
from trustkit.jose.model import SM2_ALIASES, JwsAlgorithm

if TYPE_CHECKING:
    from trustkit.error_family import Code

KINDS = (KeyKind.SM2, KeyKind.EC_P256, KeyKind.EC_P384, KeyKind.ED25519, KeyKind.RSA)


def jwk(kind: KeyKind = KeyKind.EC_P256, which: int = 0, **others: object) -> dict[str, Any]:
    return {**jwk_of(signer(kind, which).public_key).members, "kid": "k1", **others}


@pytest.mark.parametrize("kind", KINDS)
def test_a_key_is_written_as_it_is_read(kind: KeyKind) -> None:
    public_key = signer(kind).public_key
    written = jwk_of(public_key)
    read = parse_jwk(dict(written.members))
    assert read.public_key == public_key
    assert read == written
    assert read.thumbprint == verification_key(public_key).thumbprint


@pytest.mark.parametrize("curve", Sm2CurveName)
def test_both_spellings_of_the_sm2_curve_are_read(curve: Sm2CurveName) -> None:
    public_key = signer(KeyKind.SM2).public_key
    written = jwk_of(public_key, sm2_curve=curve)
    assert written.members["crv"] == curve.value
    assert parse_jwk(dict(written.members)).public_key == public_key


def test_a_kind_without_a_form_is_not_written() -> None:
    with pytest.raises(TrustError) as caught:
        jwk_of(signer(KeyKind.ML_DSA_65).public_key)
    assert caught.value.code is ErrorCode.KEY_UNSUPPORTED


def test_a_set_is_read_as_it_is_written() -> None:
    known = tuple(key(kind, 0, f"k-{kind.value}") for kind in KINDS)
    found = parse_jwks(canonical_json(jwks_document(*known)))
    assert found == JwkSet(known)
    assert {member.algorithms for member in found.keys} >= {frozenset({JwsAlgorithm.RS256, JwsAlgorithm.PS256})}


JUNK: dict[str, tuple[object, Code]] = {
    "a kind of the future": ({"kty": "AKP", "alg": "ML-DSA-65", "pub": "AA"}, ErrorCode.JWK_MALFORMED),
    "a curve of the future": (jwk() | {"crv": "P-999"}, ErrorCode.JWK_MALFORMED),
    "secp256k1": (jwk() | {"crv": "secp256k1"}, ErrorCode.JWK_MALFORMED),
    "X25519": ({"kty": "OKP", "crv": "X25519", "x": "A" * 43}, ErrorCode.JWK_MALFORMED),
    "no kind": ({"x": "a"}, ErrorCode.JWK_MALFORMED),
    "a text": ("key", ErrorCode.JWK_MALFORMED),
    "null": (None, ErrorCode.JWK_MALFORMED),
    "a symmetric key": ({"kty": "oct", "k": "AAAA"}, ErrorCode.JWK_MALFORMED),
    "a private key": (jwk(d="AAAA"), ErrorCode.JWK_MALFORMED),
    "a symmetric value in a public key": (jwk(k="AAAA"), ErrorCode.JWK_MALFORMED),
    "not a point": (jwk() | {"y": jwk()["x"]}, ErrorCode.KEY_MALFORMED),
    "not a point of the SM2 curve": (jwk() | {"crv": "sm2p256v1"}, ErrorCode.KEY_MALFORMED),
    "a short coordinate": (jwk() | {"x": "AAAA"}, ErrorCode.JWK_MALFORMED),
    "base64 with padding": (jwk() | {"x": jwk()["x"] + "="}, ErrorCode.BASE64_MALFORMED),
    "for encryption": (jwk(use="enc"), ErrorCode.JWK_USE),
    "for signing alone": (jwk(key_ops=["sign"]), ErrorCode.JWK_USE),
    "operations of another type": (jwk(key_ops="verify"), ErrorCode.JWK_MALFORMED),
    "operations that are numbers": (jwk(key_ops=["verify", 1]), ErrorCode.JWK_MALFORMED),
    "an algorithm of the future": (jwk(alg="ES999"), ErrorCode.ALGORITHM_UNKNOWN),
    "HMAC": (jwk(alg="HS256"), ErrorCode.ALGORITHM_UNKNOWN),
    "an algorithm of another kind": (jwk(alg="RS256"), ErrorCode.ALGORITHM_MISMATCH),
    "the SM2 algorithm on P-256": (jwk(alg="SGD_SM3_SM2"), ErrorCode.ALGORITHM_MISMATCH),
    "a kid that is a number": (jwk(kid=1), ErrorCode.JWK_MALFORMED),
    "a long kid": (jwk(kid="k" * 257), ErrorCode.JWK_MALFORMED),
    "a use that is an array": (jwk(use=["sig"]), ErrorCode.JWK_MALFORMED),
}


@pytest.mark.parametrize("name", JUNK)
def test_junk_is_left_aside_and_the_good_key_serves(name: str) -> None:
    junk, code = JUNK[name]
    good = jwk(KeyKind.ED25519, kid="good", use="sig", key_ops=["verify"], alg="EdDSA", x5t="unknown", rate=1.5)
    found = parse_jwks(json.dumps({"keys": [junk, good], "more": [1e9]}).encode())
    assert [member.key_id for member in found.keys] == ["good"]
    assert [(member.place, member.code) for member in found.skipped] == [(0, code)]
    with pytest.raises(TrustError) as caught:
        parse_verification_key(junk)  # type: ignore[arg-type]
    assert caught.value.code is code


def test_keys_that_share_a_kid_are_told_apart_by_kind_alone() -> None:
    document = {"keys": [jwk(), jwk(KeyKind.RSA), jwk(which=1), jwk(which=2, kid="k2")]}
    found = parse_jwks(json.dumps(document).encode())
    assert [(member.key_id, member.public_key.kind) for member in found.keys] == [
        ("k1", KeyKind.RSA),
        ("k2", KeyKind.EC_P256),
    ]
    assert [(member.place, member.code) for member in found.skipped] == [
        (0, ErrorCode.JWKS_MALFORMED),
        (2, ErrorCode.JWKS_MALFORMED),
    ]
    with pytest.raises(TrustError) as caught:
        JwkSet.of(key(), key(which=1))
    assert caught.value.code is ErrorCode.JWKS_MALFORMED


def test_sm2_names_of_the_field_count_where_they_are_configured() -> None:
    document = json.dumps({"keys": [jwk(KeyKind.SM2, alg="SM3withSM2")]}).encode()
    assert parse_jwks(document).keys == ()
    (found,) = parse_jwks(document, aliases=SM2_ALIASES).keys
    assert found.algorithms == {JwsAlgorithm.SGD_SM3_SM2}


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (b"", ErrorCode.JSON_MALFORMED),
        (b"[]", ErrorCode.JWKS_MALFORMED),
        (b"{}", ErrorCode.JWKS_MALFORMED),
        (b'{"keys":{}}', ErrorCode.JWKS_MALFORMED),
        (b'{"keys":[],"keys":[]}', ErrorCode.JSON_DUPLICATE_KEY),
        (b'{"keys":[[[[[[[[[]]]]]]]]]}', ErrorCode.JSON_DEPTH),
        (b'{"keys":[' + b",".join([b"{}"] * (MAX_JWKS_KEYS + 1)) + b"]}", ErrorCode.JWKS_MALFORMED),
        (b'{"keys":[]}' + b" " * MAX_JWKS_SIZE, ErrorCode.INPUT_TOO_LARGE),
        (b'{"keys":[NaN]}', ErrorCode.JSON_MALFORMED),
    ],
)
def test_a_set_that_is_none(document: bytes, code: Code) -> None:
    with pytest.raises(TrustError) as caught:
        parse_jwks(document)
    assert caught.value.code is code


def test_an_empty_set_is_one() -> None:
    assert parse_jwks(b'{"keys":[]}') == JwkSet(())


def test_algorithms_of_another_kind_are_not_given_to_a_key() -> None:
    for public_key, algorithms in (
        (signer().public_key, {JwsAlgorithm.SGD_SM3_SM2}),
        (signer(KeyKind.SM2).public_key, {JwsAlgorithm.SGD_SM3_SM2, JwsAlgorithm.ES256}),
        (signer(KeyKind.ML_DSA_65).public_key, set()),
    ):
        with pytest.raises(TrustError) as caught:
            verification_key(public_key, algorithms=algorithms)
        assert caught.value.code is ErrorCode.ALGORITHM_MISMATCH
