"""Proofs of a wallet's key: whose key made it, for whom, to which nonce, when; and everything that is refused."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from esign.credential.key_proof import MAX_PROOF, PROOF_AGE, verify_key_proof
from tests.support.credentials import NOW, SECONDS
from tests.support.wallet_proof import key_proof
from trustkit.credential_codes import CredentialCode
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.private_key import generate_key
from trustkit.errors import ErrorCode, TrustError
from trustkit.jose.jwk import jwk_of

if TYPE_CHECKING:
    from trustkit.error_family import Code

ISSUER, NONCE = "https://issuer.example.test", "n-1"
KEYS = {kind: generate_key(kind).signer() for kind in (KeyKind.SM2, KeyKind.EC_P256, KeyKind.ED25519)}


def proof(kind: KeyKind = KeyKind.EC_P256, *, header: dict[str, Any] | None = None, **claims: Any) -> str:
    return key_proof(KEYS[kind], issuer=ISSUER, nonce=NONCE, seconds=SECONDS, header=header, bent=claims)


@pytest.mark.parametrize("kind", [KeyKind.SM2, KeyKind.EC_P256])
def test_a_proof_says_whose_key_made_it(kind: KeyKind) -> None:
    found = verify_key_proof(proof(kind, iss="wallet"), issuer=ISSUER, nonce=NONCE, now=NOW)
    assert found.key.thumbprint == jwk_of(KEYS[kind].public_key).thumbprint
    assert (found.nonce, found.made_at) == (NONCE, NOW)
    assert NONCE not in repr(found)


OTHER = dict(jwk_of(generate_key(KeyKind.EC_P256).signer().public_key).members)
C = CredentialCode
REFUSED: dict[str, tuple[str, Code]] = {
    "nothing": ("", C.PROOF_MALFORMED),
    "no JWS": ("a.b", C.PROOF_MALFORMED),
    "too long": ("a" * (MAX_PROOF + 1), ErrorCode.INPUT_TOO_LARGE),
    "another type": (proof(header={"typ": "dpop+jwt"}), C.PROOF_MALFORMED),
    "no type": (proof(header={"typ": None}), C.PROOF_MALFORMED),
    "no key": (proof(header={"jwk": None}), C.PROOF_MALFORMED),
    "a private key": (proof(header={"jwk": {**OTHER, "d": "AA"}}), C.PROOF_MALFORMED),
    "a key by name": (proof(header={"kid": "did:example:1"}), C.PROOF_MALFORMED),
    "a certificate": (proof(header={"x5c": ["MIIB"]}), C.PROOF_MALFORMED),
    "an attestation": (proof(header={"key_attestation": "e30.e30.e30"}), C.PROOF_MALFORMED),
    "critical members": (proof(header={"crit": ["x"], "x": 1}), C.PROOF_MALFORMED),
    "another key": (proof(header={"jwk": OTHER}), ErrorCode.SIGNATURE_WRONG),
    "a key no credential is bound to": (proof(KeyKind.ED25519), ErrorCode.ALGORITHM_MISMATCH),
    "no audience": (proof(aud=None), C.PROOF_MALFORMED),
    "two audiences": (proof(aud=[ISSUER, "https://other.test"]), C.PROOF_MALFORMED),
    "another audience": (proof(aud="https://other.test"), C.PROOF_AUDIENCE),
    "no nonce": (proof(nonce=None), C.PROOF_MALFORMED),
    "a nonce that is a number": (proof(nonce=1), C.PROOF_MALFORMED),
    "another nonce": (proof(nonce="n-2"), C.PROOF_NONCE),
    "no time": (proof(iat=None), C.PROOF_MALFORMED),
    "too old": (proof(iat=SECONDS - int(PROOF_AGE.total_seconds()) - 61), C.PROOF_TIME),
    "ahead": (proof(iat=SECONDS + 61), C.PROOF_TIME),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case: str) -> None:
    text, code = REFUSED[case]
    with pytest.raises(TrustError) as refusal:
        verify_key_proof(text, issuer=ISSUER, nonce=NONCE, now=NOW)
    assert refusal.value.code is code


def test_it_is_good_for_some_minutes() -> None:
    for after in (-timedelta(seconds=60), PROOF_AGE + timedelta(seconds=60)):
        assert verify_key_proof(proof(), issuer=ISSUER, nonce=NONCE, now=NOW + after).made_at == NOW


@pytest.mark.parametrize(("issuer", "nonce"), [("", NONCE), (ISSUER, ""), (ISSUER, "n" * 1025)])
def test_who_asks_for_nothing_is_told(issuer: str, nonce: str) -> None:
    with pytest.raises(TrustError) as refusal:
        verify_key_proof(proof(), issuer=issuer, nonce=nonce, now=NOW)
    assert refusal.value.code is ErrorCode.BUG
