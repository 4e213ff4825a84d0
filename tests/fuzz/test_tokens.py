"""Broken JSON Web Tokens, proofs and sets of keys: only our own error, and no other claims than were signed."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.test_jose import JSON
from tests.support.dpop_proof import sign_dpop
from tests.support.mutations import bent_octets
from tests.support.tokens import API, ISSUER, NOW, key, keys, signer, token
from trustkit.encoding.canonical_json import canonical_json
from trustkit.error_family import Code
from trustkit.errors import TrustError
from trustkit.jose.claims import read_claims
from trustkit.jose.dpop import VerifiedProof, verify_dpop
from trustkit.jose.jwt import JwtRules, VerifiedJwt, parse_token, verify_jwt
from trustkit.jose.keys import JwkSet, jwks_document, parse_jwks, parse_verification_key
from trustkit.jose.model import JwsAlgorithm

RULES = JwtRules(kinds={"at+jwt"}, algorithms={JwsAlgorithm.ES256}, issuer=ISSUER, audiences={API})
TOKEN = token().encode("ascii")
SET = canonical_json(jwks_document(key(), key(which=1, key_id="k2")))
URL = "https://as.test/token"
PROOF = sign_dpop(signer(), method="POST", url=URL, token_id="j-1", now=NOW).encode("ascii")
MEMBERS = ("kty", "crv", "x", "y", "n", "e", "kid", "use", "alg", "key_ops", "d", "k")
CLAIMS = ("iss", "sub", "aud", "exp", "nbf", "iat", "jti", "a")


def verify(octets: bytes) -> VerifiedJwt | Code:
    try:
        parse_token(octets.decode("utf-8", "surrogateescape"))
        return verify_jwt(octets.decode("utf-8", "surrogateescape"), keys(), RULES, now=NOW)
    except TrustError as error:
        return error.code


def prove(octets: bytes, url: str = URL) -> VerifiedProof | Code:
    try:
        text = octets.decode("utf-8", "surrogateescape")
        return verify_dpop(text, method="POST", url=url, algorithms=set(JwsAlgorithm), now=NOW)
    except TrustError as error:
        return error.code


@given(bent_octets(PROOF))
def test_no_bent_proof_passes(octets: bytes) -> None:
    assert octets == PROOF or isinstance(prove(octets), Code)


@given(st.text(max_size=40), st.sampled_from(("", URL, "https://", "HTTPS://as.test:443")))
def test_no_other_address_passes(text: str, before: str) -> None:
    found = prove(PROOF, before + text)
    tail = (before + text).lower().replace(":443", "").removeprefix(URL)
    assert isinstance(found, Code) or tail[:1] in {"", "?", "#"}


@given(bent_octets(TOKEN))
def test_no_bent_token_passes(octets: bytes) -> None:
    assert octets == TOKEN or isinstance(verify(octets), Code)


@given(st.dictionaries(st.sampled_from(CLAIMS), JSON | st.floats(allow_nan=False, allow_infinity=False), max_size=8))
def test_claims_are_read_or_refused(members: dict[str, object]) -> None:
    payload = json.dumps(members).encode()
    try:
        found = read_claims(payload)
    except TrustError:
        return
    assert set(found.members) == set(members)
    assert read_claims(payload) == found


@given(bent_octets(SET))
def test_a_bent_set_has_no_key_of_its_own(octets: bytes) -> None:
    try:
        found = parse_jwks(octets)
    except TrustError:
        return
    assert parse_jwks(canonical_json(jwks_document(*found.keys))).keys == found.keys


@given(st.lists(st.dictionaries(st.sampled_from(MEMBERS), JSON, max_size=6) | JSON, max_size=4))
def test_junk_never_hides_a_good_key(junk: list[object]) -> None:
    good = jwks_document(key())["keys"][0]  # type: ignore[index]
    found = parse_jwks(canonical_json({"keys": [*junk, good]}))  # type: ignore[list-item]
    assert isinstance(found, JwkSet)
    assert found.keys[-1] == key()
    assert len(found.keys) + len(found.skipped) == len(junk) + 1
    for member in junk:
        try:
            assert parse_verification_key(member) in found.keys  # type: ignore[arg-type]
        except TrustError:
            continue
