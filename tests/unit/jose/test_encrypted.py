"""Encrypted tokens: the examples of RFC 7518 and OpenID4VP, what is opened, and what is refused with which code."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from tests.support.holding_wallet import encrypt
from trustkit.crypto.kdf import derive_concat
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.private_key import generate_key
from trustkit.encoding.text64 import decode_base64url, encode_base64url
from trustkit.errors import ErrorCode, TrustError
from trustkit.jose.encrypted import MAX_JWE, open_jwe, parse_jwe
from trustkit.jose.jwk import jwk_of
from trustkit.presentation_codes import PresentationCode

if TYPE_CHECKING:
    from trustkit.error_family import Code

# OpenID4VP 1.0 clause 8.3
EXAMPLE = (
    "eyJhbGciOiJFQ0RILUVTIiwiZW5jIjoiQTEyOEdDTSIsImtpZCI6ImFjIiwiZXBrIjp7Imt"
    "0eSI6IkVDIiwieCI6Im5ubVZwbTNWM2piaGNhZlFhUkJrU1ZOSGx3Wkh3dC05ck9wSnVmeVlJdWsiLCJ5I"
    "joicjRmakRxd0p5czlxVU9QLV9iM21SNVNaRy0tQ3dPMm1pYzVWU05UWU45ZyIsImNydiI6IlAtMjU2In1"
    "9..uAYcHRUSSn2X0WPX.yVzlGSYG4qbg0bq18JcUiDRw56yVnbKR8E7S7YlEtzT00RqE3Pw5oTpUG3hdLN"
    "4taHZ9gC1kwak8JOnJgQ.1wR024_3-qtAlx1oFIUpQQ"
)
EXAMPLE_KEY = "Et-3ce0omz8_TuZ96Df9lp0GAaaDoUnDe6X-CRO7Aww"
KEY = generate_key(KeyKind.EC_P256)
JWK = dict(jwk_of(KEY.public_key).members)


def test_the_key_of_rfc_7518_appendix_c() -> None:
    shared = bytes.fromhex("9e56d91d817135d372834283bf84269cfb316ea3da806a48f6daa7798cfe90c4")
    info = b"\0\0\0\7A128GCM" + b"\0\0\0\5Alice" + b"\0\0\0\3Bob" + b"\0\0\0\x80"
    assert encode_base64url(derive_concat(shared, info, 16)) == "VqqN6vgjbSBcIijNcacQGg"


def test_the_answer_of_openid4vp() -> None:
    jwe = parse_jwe(EXAMPLE)
    private = ec.derive_private_key(int.from_bytes(decode_base64url(EXAMPLE_KEY), "big"), ec.SECP256R1())
    point = jwe.ephemeral.public_key.subject_public_key
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    assert (jwe.key_id, jwe.encryption) == ("ac", "A128GCM")
    told = json.loads(open_jwe(jwe, private.exchange(ec.ECDH(), public)))
    assert set(told["vp_token"]) == {"example_credential_id"}


@pytest.mark.parametrize("enc", ["A128GCM", "A256GCM"])
@pytest.mark.parametrize("parties", [{}, {"apu": "QWxpY2U", "apv": "Qm9i"}])
def test_what_was_encrypted_comes_back(enc: str, parties: dict[str, str]) -> None:
    jwe = parse_jwe(encrypt(b"told", JWK, enc=enc, **parties))
    assert open_jwe(jwe, KEY.ecdh_key().shared_secret(jwe.ephemeral.public_key)) == b"told"


def test_what_was_changed_or_is_anothers_does_not_open() -> None:
    text = encrypt(b"told", JWK, apu="QWxpY2U")
    header, _, nonce, sealed, tag = text.split(".")
    bent = encode_base64url(decode_base64url(header).replace(b"QWxpY2U", b"QWxpY2s"))
    rows = (
        f"{bent}..{nonce}.{sealed}.{tag}",
        ".".join((header, "", nonce, encode_base64url(b"x" * 4), tag)),
        ".".join((header, "", encode_base64url(bytes(12)), sealed, tag)),
        encrypt(b"told", dict(jwk_of(generate_key(KeyKind.EC_P256).public_key).members)),
    )
    for row in rows:
        jwe = parse_jwe(row)
        with pytest.raises(TrustError) as refusal:
            open_jwe(jwe, KEY.ecdh_key().shared_secret(jwe.ephemeral.public_key))
        assert refusal.value.code is ErrorCode.DECRYPTION_FAILED


def _with(part: int, text: str) -> str:
    parts = encrypt(b"told", JWK).split(".")
    parts[part] = text
    return ".".join(parts)


def _headed(**headers: Any) -> str:
    return encrypt(b"told", JWK, **headers)


M = PresentationCode.JWE_MALFORMED
OTHER = dict(jwk_of(generate_key(KeyKind.EC_P384).public_key).members)
REFUSED: dict[str, tuple[str, Code]] = {
    "nothing": ("", M),
    "four parts": ("e30...", M),
    "six parts": (_with(4, "AAAA.AAAA"), M),
    "not ASCII": ("é....", M),
    "too long": ("x" * (MAX_JWE + 1), ErrorCode.INPUT_TOO_LARGE),
    "a header that is none": (_with(0, "W10"), ErrorCode.JWS_MALFORMED),
    "key wrapping": (_headed(alg="ECDH-ES+A128KW"), M),
    "an encrypted key": (_with(1, "AAAA"), M),
    "direct with a shared key": (_headed(alg="dir"), M),
    "a password": (_headed(alg="PBES2-HS256+A128KW"), M),
    "no algorithm": (_headed(alg="none"), M),
    "an encryption that is not asked for": (_with(0, encode_base64url(b'{"alg":"ECDH-ES","enc":"A128CBC-HS256"}')), M),
    "no key": (_headed(epk=None), ErrorCode.JWK_MALFORMED),
    "a private key": (_headed(epk=JWK | {"d": "AAAA"}), ErrorCode.JWK_MALFORMED),
    "a key off the curve": (_headed(epk=JWK | {"y": encode_base64url(bytes(32))}), ErrorCode.KEY_MALFORMED),
    "a key on another curve": (_headed(epk=OTHER), M),
    "compression": (_headed(zip="DEF"), ErrorCode.JWS_MALFORMED),
    "what has to be understood": (_headed(crit=["x"]), ErrorCode.JWS_MALFORMED),
    "a short nonce": (_with(2, "AAAA"), M),
    "a short tag": (_with(4, "AAAA"), M),
    "an algorithm of numbers": (_with(0, encode_base64url(b'{"alg":1}')), ErrorCode.JWS_MALFORMED),
    "a long party": (_headed(apu="A" * 1400), M),
    "no base64url": (_with(3, "*"), ErrorCode.BASE64_MALFORMED),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case: str) -> None:
    text, code = REFUSED[case]
    with pytest.raises(TrustError) as refusal:
        parse_jwe(text)
    assert refusal.value.code is code


@pytest.mark.parametrize(("size", "info"), [(0, b""), (65, b""), (16, bytes(4097))])
def test_sizes_of_the_one_step_kdf(size: int, info: bytes) -> None:
    with pytest.raises(TrustError) as refusal:
        derive_concat(bytes(32), info, size)
    assert refusal.value.code is ErrorCode.USAGE
