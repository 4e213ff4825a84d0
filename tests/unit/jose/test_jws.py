from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING

import pytest

from tests.support.pki import PkiWorld
from trustkit.crypto.public_key import KeyKind
from trustkit.crypto.sm2 import N, encode_sm2_signature
from trustkit.crypto.suites import SignatureSuite
from trustkit.crypto.verify import verify_signature
from trustkit.custody.private_key import generate_key
from trustkit.encoding.text64 import encode_base64, encode_base64url
from trustkit.errors import ErrorCode, TrustError
from trustkit.jose.model import JwsAlgorithm
from trustkit.jose.read import MAX_JWS_SIZE, parse_jws
from trustkit.jose.sign import certificate_header, sign_jws
from trustkit.jose.verify import VerifiedJws, verify_jws

if TYPE_CHECKING:
    from trustkit.custody.port import Signer
    from trustkit.error_family import Code

PAYLOAD = '{"sub":"电子证照"}'.encode()
SIGNATURE = encode_base64url(bytes(31) + b"\1" + bytes(31) + b"\1")


@cache
def signer(kind: KeyKind) -> Signer:
    return generate_key(kind).signer()


def _b64(value: object) -> str:
    return encode_base64url(json.dumps(value).encode())


def _token(header: object, signature: str = SIGNATURE) -> str:
    return f"{_b64(header)}.{encode_base64url(PAYLOAD)}.{signature}"


@pytest.mark.parametrize(
    ("kind", "algorithm"),
    [
        (KeyKind.SM2, JwsAlgorithm.SGD_SM3_SM2),
        (KeyKind.EC_P256, JwsAlgorithm.ES256),
        (KeyKind.RSA, JwsAlgorithm.RS256),
        (KeyKind.EC_P384, JwsAlgorithm.ES384),
        (KeyKind.ED25519, JwsAlgorithm.EDDSA),
    ],
)
def test_round_trip(kind: KeyKind, algorithm: JwsAlgorithm) -> None:
    text = sign_jws({"typ": "JWT", "kid": "k1"}, PAYLOAD, signer(kind))
    jws = parse_jws(text)
    assert jws.algorithm is algorithm
    assert (jws.type, jws.key_id, jws.certificates) == ("jwt", "k1", ())
    verified = verify_jws(jws, signer(kind).public_key)
    assert verified.payload == PAYLOAD
    assert verified.header["alg"] == algorithm.value
    assert verify_jws(parse_jws(text.encode()), signer(kind).public_key).payload == PAYLOAD


def test_certificates_ride_along() -> None:
    world = PkiWorld()
    chain = (world.signer.certificate, *world.pool)
    text = sign_jws({"x5c": certificate_header(chain)}, PAYLOAD, world.signer.signer)
    assert parse_jws(text).certificates == tuple(certificate.der for certificate in chain)


def test_sm2_signature_is_raw_and_over_the_signing_input() -> None:
    key = signer(KeyKind.SM2)
    jws = parse_jws(sign_jws({}, PAYLOAD, key))
    assert len(jws.signature) == 64
    signature = encode_sm2_signature(jws.signature[:32], jws.signature[32:])
    verify_signature(suite=SignatureSuite.SM2_SM3, key=key.public_key, message=jws.signing_input, signature=signature)


GOOD = {"alg": "ES256"}
TWICE = encode_base64url(b'{"alg":"none","alg":"ES256"}')
REFUSED = {
    "empty": ("", ErrorCode.JWS_MALFORMED),
    "one part": ("abc", ErrorCode.JWS_MALFORMED),
    "two parts": ("e30.e30", ErrorCode.JWS_MALFORMED),
    "four parts": (_token(GOOD) + ".e30", ErrorCode.JWS_MALFORMED),
    "five parts, as JWE": (_token(GOOD) + ".e30.e30", ErrorCode.JWS_MALFORMED),
    "not ASCII": ("é" + _token(GOOD), ErrorCode.JWS_MALFORMED),
    "white space": (" " + _token(GOOD), ErrorCode.BASE64_MALFORMED),
    "line end": (_token(GOOD) + "\n", ErrorCode.BASE64_MALFORMED),
    "padding": (_token(GOOD) + "==", ErrorCode.BASE64_MALFORMED),
    "base64 for base64url": (_token(GOOD, "+" + SIGNATURE[1:]), ErrorCode.BASE64_MALFORMED),
    "stray bits": (_token(GOOD, SIGNATURE[:-1] + "R"), ErrorCode.BASE64_MALFORMED),
    "no alg": (_token({}), ErrorCode.JWS_MALFORMED),
    "alg no text": (_token({"alg": 1}), ErrorCode.JWS_MALFORMED),
    "alg none": (_token({"alg": "none"}), ErrorCode.ALGORITHM_UNKNOWN),
    "alg None": (_token({"alg": "None"}), ErrorCode.ALGORITHM_UNKNOWN),
    "alg none, no signature": (_token({"alg": "none"}, ""), ErrorCode.ALGORITHM_UNKNOWN),
    "RS256 with r‖s": (_token({"alg": "RS256"}), ErrorCode.JWS_MALFORMED),
    "alg HS256": (_token({"alg": "HS256"}), ErrorCode.ALGORITHM_UNKNOWN),
    "alg es256": (_token({"alg": "es256"}), ErrorCode.ALGORITHM_UNKNOWN),
    "alg SM2": (_token({"alg": "SM2"}), ErrorCode.ALGORITHM_UNKNOWN),
    "alg unprintable": (_token({"alg": "\x1b[2J"}), ErrorCode.ALGORITHM_UNKNOWN),
    "header no object": (_token([]), ErrorCode.JWS_MALFORMED),
    "header no JSON": ("AAAA.e30." + SIGNATURE, ErrorCode.JSON_MALFORMED),
    "header twice": (
        f"{TWICE}.e30.{SIGNATURE}",
        ErrorCode.JSON_DUPLICATE_KEY,
    ),
    "header deep": (_token(GOOD | {"a": [[[[[[[[[]]]]]]]]]}), ErrorCode.JSON_DEPTH),
    "header large": (_token(GOOD | {"a": "a" * 70_000}), ErrorCode.INPUT_TOO_LARGE),
    "crit": (_token(GOOD | {"crit": ["exp"]}), ErrorCode.JWS_MALFORMED),
    "crit empty": (_token(GOOD | {"crit": []}), ErrorCode.JWS_MALFORMED),
    "b64": (_token(GOOD | {"b64": False}), ErrorCode.JWS_MALFORMED),
    "a key of the sender's": (_token(GOOD | {"jwk": {}}), ErrorCode.JWS_MALFORMED),
    "an address for keys": (_token(GOOD | {"jku": "https://x"}), ErrorCode.JWS_MALFORMED),
    "an address for certificates": (_token(GOOD | {"x5u": "https://x"}), ErrorCode.JWS_MALFORMED),
    "typ no text": (_token(GOOD | {"typ": 1}), ErrorCode.JWS_MALFORMED),
    "kid no text": (_token(GOOD | {"kid": ["a"]}), ErrorCode.JWS_MALFORMED),
    "kid long": (_token(GOOD | {"kid": "a" * 300}), ErrorCode.JWS_MALFORMED),
    "x5c no array": (_token(GOOD | {"x5c": "AAAA"}), ErrorCode.JWS_MALFORMED),
    "x5c empty": (_token(GOOD | {"x5c": []}), ErrorCode.JWS_MALFORMED),
    "x5c of numbers": (_token(GOOD | {"x5c": [1]}), ErrorCode.JWS_MALFORMED),
    "x5c too many": (_token(GOOD | {"x5c": ["AAAA"] * 11}), ErrorCode.JWS_MALFORMED),
    "x5c in base64url": (_token(GOOD | {"x5c": ["-_-_"]}), ErrorCode.BASE64_MALFORMED),
    "signature empty": (_token(GOOD, ""), ErrorCode.JWS_MALFORMED),
    "signature in DER": (_token(GOOD, encode_base64url(bytes(70))), ErrorCode.JWS_MALFORMED),
    "too large": ("a" * (MAX_JWS_SIZE + 1), ErrorCode.INPUT_TOO_LARGE),
}


@pytest.mark.parametrize(("text", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_refuses(text: str, code: Code) -> None:
    with pytest.raises(TrustError) as refusal:
        parse_jws(text)
    assert refusal.value.code is code


WRONG = {
    "another key": (lambda text: text, KeyKind.SM2, True, ErrorCode.SIGNATURE_WRONG),
    "a key of another kind": (lambda text: text, KeyKind.EC_P256, False, ErrorCode.ALGORITHM_MISMATCH),
    "an RSA key": (lambda text: text, KeyKind.RSA, False, ErrorCode.ALGORITHM_MISMATCH),
    "another payload": (
        lambda text: ".".join((text.split(".")[0], "e30", text.split(".")[2])),
        KeyKind.SM2,
        False,
        ErrorCode.SIGNATURE_WRONG,
    ),
    "another header": (
        lambda text: ".".join((_b64({"alg": "SGD_SM3_SM2", "a": 1}), *text.split(".")[1:])),
        KeyKind.SM2,
        False,
        ErrorCode.SIGNATURE_WRONG,
    ),
    "signature of zeros": (
        lambda text: text[: text.rindex(".") + 1] + encode_base64url(bytes(64)),
        KeyKind.SM2,
        False,
        ErrorCode.SIGNATURE_MALFORMED,
    ),
    "r beyond the order": (
        lambda text: text[: text.rindex(".") + 1] + encode_base64url(N.to_bytes(32, "big") + bytes(31) + b"\1"),
        KeyKind.SM2,
        False,
        ErrorCode.SIGNATURE_MALFORMED,
    ),
}


@pytest.mark.parametrize(("bend", "kind", "fresh", "code"), WRONG.values(), ids=WRONG.keys())
def test_does_not_verify(bend: object, kind: KeyKind, *, fresh: bool, code: Code) -> None:
    text = sign_jws({}, PAYLOAD, signer(KeyKind.SM2))
    key = generate_key(kind).signer().public_key if fresh else signer(kind).public_key
    with pytest.raises(TrustError) as refusal:
        verify_jws(parse_jws(bend(text)), key)  # type: ignore[operator]
    assert refusal.value.code is code


def test_zero_signature_of_es256() -> None:
    text = sign_jws({}, PAYLOAD, signer(KeyKind.EC_P256))
    bent = text[: text.rindex(".") + 1] + encode_base64url(bytes(64))
    with pytest.raises(TrustError) as refusal:
        verify_jws(parse_jws(bent), signer(KeyKind.EC_P256).public_key)
    assert refusal.value.code is ErrorCode.SIGNATURE_MALFORMED  # CVE-2022-21449


@pytest.mark.parametrize(
    ("header", "kind", "code"),
    [
        ({"alg": "none"}, KeyKind.SM2, ErrorCode.USAGE),
        ({}, KeyKind.ML_DSA_44, ErrorCode.ALGORITHM_MISMATCH),
        ({"a": 1.5}, KeyKind.SM2, ErrorCode.JSON_MALFORMED),
    ],
)
def test_signing_misuse(header: dict[str, object], kind: KeyKind, code: Code) -> None:
    with pytest.raises(TrustError) as refusal:
        sign_jws(header, PAYLOAD, signer(kind))  # type: ignore[arg-type]
    assert refusal.value.code is code


def test_x5c_round_trips_standard_base64() -> None:
    text = _token(GOOD | {"x5c": [encode_base64(b"\xfb\xff")]})
    assert parse_jws(text).certificates == (b"\xfb\xff",)


def test_verified_is_made_by_verifying_only() -> None:
    key = signer(KeyKind.SM2)
    verified = verify_jws(parse_jws(sign_jws({}, PAYLOAD, key)), key.public_key)
    fields = {name: getattr(verified, name) for name in VerifiedJws.__slots__}
    with pytest.raises(TypeError, match="verify_jws"):
        VerifiedJws(**fields, made_here=None)
