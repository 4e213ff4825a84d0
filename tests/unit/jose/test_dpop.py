from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.dpop_proof import sign_dpop
from tests.support.tokens import NOW, part, signer
from trustkit.crypto.public_key import KeyKind
from trustkit.encoding.canonical_json import canonical_json
from trustkit.errors import ErrorCode, TrustError
from trustkit.jose.claims import numeric_date
from trustkit.jose.dpop import MAX_PROOF, PROOF_LIFETIME, VerifiedProof, access_token_hash, verify_dpop
from trustkit.jose.jwk import jwk_of
from trustkit.jose.model import JwsAlgorithm
from trustkit.jose.sign import sign_jws

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustkit.error_family import Code

URL = "https://as.test/token"
TOKEN = "an-access-token"
AT = numeric_date(NOW)
KEY = jwk_of(signer().public_key)


def verify(text: str, **changes: Any) -> VerifiedProof:
    given: dict[str, Any] = {"method": "POST", "url": URL, "algorithms": set(JwsAlgorithm), "now": NOW}
    return verify_dpop(text, **given | changes)


def proof(**changes: Any) -> str:
    given: dict[str, Any] = {"method": "POST", "url": URL, "token_id": "j-1", "now": NOW}
    return sign_dpop(signer(), **given | changes)


def bent(header: dict[str, Any] | None = None, **claims: Any) -> str:
    """Return a proof with other headers and claims; None leaves one out."""
    head: dict[str, Any] = {"typ": "dpop+jwt", "jwk": dict(KEY.members)} | (header or {})
    body: dict[str, Any] = {"htm": "POST", "htu": URL, "iat": AT, "jti": "j-1"} | claims
    payload = canonical_json({name: value for name, value in body.items() if value is not None})
    return sign_jws({name: value for name, value in head.items() if value is not None}, payload, signer())


@pytest.mark.parametrize("kind", [KeyKind.EC_P256, KeyKind.EC_P384, KeyKind.ED25519, KeyKind.RSA, KeyKind.SM2])
def test_a_proof_says_whose_key_made_it(kind: KeyKind) -> None:
    text = sign_dpop(signer(kind), method="GET", url=URL + "?a=b#c", token_id="j-1", now=NOW)
    found = verify(text, method="GET")
    assert found.thumbprint == jwk_of(signer(kind).public_key).thumbprint
    assert (found.issued_at, found.nonce, found.once) == (NOW, "", f"{found.thumbprint} j-1")
    assert found.expires_at == NOW + PROOF_LIFETIME + timedelta(seconds=120)


def test_a_proof_goes_with_one_token_one_nonce_and_one_key() -> None:
    found = verify(
        proof(access_token=TOKEN, nonce="n-1"),
        access_token=TOKEN,
        nonces={"n-1", "n-2"},
        thumbprint=KEY.thumbprint,
    )
    assert found.nonce == "n-1"


@pytest.mark.parametrize(
    "url",
    [
        "HTTPS://AS.test/token",
        "https://as.test:443/token",
        "https://as.test/token?x=y",
        "https://as.test/token#x",
        "https://as.test/token?x=%20/?&y#/?",
    ],
)
def test_an_address_may_be_written_so(url: str) -> None:
    assert verify(bent(htu=url)).thumbprint == KEY.thumbprint
    assert verify(proof(), url=url).thumbprint == KEY.thumbprint


def test_no_path_is_the_root() -> None:
    assert verify(bent(htu="https://as.test"), url="https://as.test/").thumbprint == KEY.thumbprint


REFUSED: dict[str, tuple[Callable[[], str], Code]] = {
    "empty": (lambda: "", ErrorCode.DPOP_MALFORMED),
    "two proofs in one header": (lambda: f"{proof()}, {proof()}", ErrorCode.DPOP_MALFORMED),
    "another type": (lambda: bent({"typ": "JWT"}), ErrorCode.DPOP_MALFORMED),
    "a type with its tree": (lambda: bent({"typ": "application/dpop+jwt"}), ErrorCode.DPOP_MALFORMED),
    "no type": (lambda: bent({"typ": None}), ErrorCode.DPOP_MALFORMED),
    "no key": (lambda: bent({"jwk": None}), ErrorCode.DPOP_MALFORMED),
    "a private key": (lambda: bent({"jwk": {**KEY.members, "d": "AAAA"}}), ErrorCode.DPOP_MALFORMED),
    "a symmetric key": (lambda: bent({"jwk": {"kty": "oct", "k": "AAAA"}}), ErrorCode.DPOP_MALFORMED),
    "alg none": (
        lambda: f"{part({'typ': 'dpop+jwt', 'alg': 'none', 'jwk': dict(KEY.members)})}.{proof().split('.')[1]}.",
        ErrorCode.ALGORITHM_UNKNOWN,
    ),
    "alg HS256": (
        lambda: f"{part({'typ': 'dpop+jwt', 'alg': 'HS256', 'jwk': dict(KEY.members)})}.{proof().split('.')[1]}.AAAA",
        ErrorCode.ALGORITHM_UNKNOWN,
    ),
    "crit": (lambda: bent({"crit": ["b64"]}), ErrorCode.DPOP_MALFORMED),
    "a key by address": (lambda: bent({"jku": "https://x.test"}), ErrorCode.DPOP_MALFORMED),
    "a key that did not sign": (
        lambda: bent({"jwk": dict(jwk_of(signer(which=1).public_key).members)}),
        ErrorCode.SIGNATURE_WRONG,
    ),
    "a key of another kind": (
        lambda: bent({"jwk": dict(jwk_of(signer(KeyKind.SM2).public_key).members)}),
        ErrorCode.ALGORITHM_MISMATCH,
    ),
    "too large": (lambda: bent(x="a" * MAX_PROOF), ErrorCode.INPUT_TOO_LARGE),
    "too large a header": (lambda: bent({"x": "a" * 9000}), ErrorCode.INPUT_TOO_LARGE),
    "no jti": (lambda: bent(jti=None), ErrorCode.DPOP_MALFORMED),
    "a long jti": (lambda: bent(jti="j" * 257), ErrorCode.DPOP_MALFORMED),
    "no htm": (lambda: bent(htm=None), ErrorCode.DPOP_MALFORMED),
    "no htu": (lambda: bent(htu=None), ErrorCode.DPOP_MALFORMED),
    "no iat": (lambda: bent(iat=None), ErrorCode.DPOP_MALFORMED),
    "an iat that is a text": (lambda: bent(iat=str(AT)), ErrorCode.DPOP_MALFORMED),
    "an ath that is a number": (lambda: bent(ath=1), ErrorCode.DPOP_MALFORMED),
    "another method": (lambda: bent(htm="GET"), ErrorCode.DPOP_TARGET),
    "a method in small letters": (lambda: bent(htm="post"), ErrorCode.DPOP_TARGET),
    "another path": (lambda: bent(htu="https://as.test/token/"), ErrorCode.DPOP_TARGET),
    "another host": (lambda: bent(htu="https://as.test.evil.test/token"), ErrorCode.DPOP_TARGET),
    "a host behind a name": (lambda: bent(htu="https://as.test@evil.test/token"), ErrorCode.DPOP_TARGET),
    "another port": (lambda: bent(htu="https://as.test:8443/token"), ErrorCode.DPOP_TARGET),
    "another scheme": (lambda: bent(htu="http://as.test/token"), ErrorCode.DPOP_TARGET),
    "no address": (lambda: bent(htu="/token"), ErrorCode.DPOP_TARGET),
    "too old": (lambda: bent(iat=AT - 121), ErrorCode.DPOP_TIME),
    "of a time to come": (lambda: bent(iat=AT + 61), ErrorCode.DPOP_TIME),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    make, code = REFUSED[name]
    with pytest.raises(TrustError) as caught:
        verify(make())
    assert caught.value.code is code


WRONG: dict[str, tuple[dict[str, Any], dict[str, Any], Code]] = {
    "no ath": ({}, {"access_token": TOKEN}, ErrorCode.DPOP_TOKEN),
    "another token's ath": ({"access_token": "other"}, {"access_token": TOKEN}, ErrorCode.DPOP_TOKEN),
    "another key": ({}, {"thumbprint": "x" * 43}, ErrorCode.DPOP_KEY),
    "no nonce": ({}, {"nonces": {"n-1"}}, ErrorCode.DPOP_NONCE),
    "another nonce": ({"nonce": "n-0"}, {"nonces": {"n-1"}}, ErrorCode.DPOP_NONCE),
    "an algorithm this server does not take": ({}, {"algorithms": {JwsAlgorithm.EDDSA}}, ErrorCode.ALGORITHM_MISMATCH),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_proof_of_something_else(name: str) -> None:
    made, wanted, code = WRONG[name]
    with pytest.raises(TrustError) as caught:
        verify(proof(**made), **wanted)
    assert caught.value.code is code


def test_only_the_verifier_makes_a_verified_proof() -> None:
    with pytest.raises(TypeError):
        VerifiedProof(thumbprint="", key=KEY, once="", issued_at=NOW, expires_at=NOW, nonce="", made_here=object())


def test_the_hash_of_a_token_is_that_of_its_text() -> None:
    assert access_token_hash("") == "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"
