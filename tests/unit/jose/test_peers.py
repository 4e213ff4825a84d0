"""joserfc and PyJWT read what we write, and we read what they write; an SM2 key among others does not reach them."""

from __future__ import annotations

from typing import Any

import jwt as pyjwt
import pytest
from joserfc import jwk as peer_jwk
from joserfc import jwt as peer_jwt

from tests.support.tokens import API, ISSUER, NOW, claims, key, keys, signer
from trustkit.crypto.public_key import KeyKind
from trustkit.crypto.suites import SignatureSuite
from trustkit.encoding.canonical_json import canonical_json
from trustkit.jose.jwk import jwk_of
from trustkit.jose.jwt import JwtRules, verify_jwt
from trustkit.jose.keys import JwkSet, jwks_document, parse_jwks, verification_key
from trustkit.jose.model import JwsAlgorithm
from trustkit.jose.sign import sign_jwt

KINDS = [
    (KeyKind.EC_P256, None, "ES256"),
    (KeyKind.EC_P384, None, "ES384"),
    (KeyKind.RSA, None, "RS256"),
    (KeyKind.RSA, SignatureSuite.RSA_PSS_SHA256, "PS256"),
    (KeyKind.ED25519, None, "EdDSA"),
]
FOREIGN = {"ES256": ("EC", "P-256"), "ES384": ("EC", "P-384"), "RS256": ("RSA", 2048), "PS256": ("RSA", 2048)}


def _rules(algorithm: str) -> JwtRules:
    named = {JwsAlgorithm(algorithm)}
    return JwtRules(kinds={"at+jwt", "jwt"}, algorithms=named, issuer=ISSUER, audiences={API}, required={"exp"})


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")  # RFC 9864 names it Ed25519; the field does not yet
@pytest.mark.parametrize(("kind", "suite", "algorithm"), KINDS)
def test_peers_read_what_we_write(kind: KeyKind, suite: SignatureSuite | None, algorithm: str) -> None:
    maker = signer(kind, 0, suite)
    text = sign_jwt(claims(), maker, kind="at+jwt", key_id="k1")
    members: Any = dict(jwk_of(maker.public_key).members)
    found = peer_jwt.decode(text, peer_jwk.import_key(members, members["kty"]), algorithms=[algorithm])
    assert found.claims == claims()
    read: Any = {"verify_exp": False, "verify_iat": False}
    told = pyjwt.decode(text, pyjwt.PyJWK(members, algorithm), algorithms=[algorithm], audience=API, options=read)
    assert told == claims()


@pytest.mark.parametrize("algorithm", FOREIGN)
def test_we_read_what_peers_write(algorithm: str) -> None:
    kind, parameter = FOREIGN[algorithm]
    private = peer_jwk.generate_key(kind, parameter, auto_kid=True)  # type: ignore[call-overload]
    public = parse_jwks(canonical_json({"keys": [private.as_dict(private=False)]}))
    header = {"alg": algorithm, "typ": "JWT", "kid": private.kid}
    text = peer_jwt.encode(header, claims(), private, algorithms=[algorithm])
    found = verify_jwt(text, public, _rules(algorithm), now=NOW)
    assert (found.key.key_id, found.key.thumbprint) == (private.kid, private.thumbprint())
    again = pyjwt.encode(claims(), pyjwt.PyJWK(private.as_dict(private=True), algorithm).key, algorithm=algorithm)
    assert verify_jwt(again, public, _rules(algorithm), now=NOW).claims.subject == "s1"


def test_peers_read_our_standard_set() -> None:
    document = jwks_document(key(), key(KeyKind.RSA, 0, "k2"), key(KeyKind.ED25519, 0, "k3"))
    known = peer_jwk.KeySet.import_key_set(document)  # type: ignore[arg-type]
    text = sign_jwt(claims(), signer(), kind="at+jwt", key_id="k1")
    assert peer_jwt.decode(text, known, algorithms=["ES256"]).claims["sub"] == "s1"
    assert len(pyjwt.PyJWKSet.from_dict(dict(document)).keys) == 3


def test_a_set_with_an_sm2_key_is_why_there_are_two() -> None:
    mixed = jwks_document(key(), verification_key(signer(KeyKind.SM2).public_key, key_id="gm"))
    with pytest.raises(KeyError):
        peer_jwk.KeySet.import_key_set(mixed)  # type: ignore[arg-type]
    assert len(parse_jwks(canonical_json(mixed)).keys) == 2
    assert keys() == JwkSet.of(key())
