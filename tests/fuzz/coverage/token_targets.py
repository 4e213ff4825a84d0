"""Targets: JSON Web Tokens, sets of keys, proofs of possession, and the claims in them."""

from __future__ import annotations

from contextlib import suppress

from tests.fuzz import test_tokens as tokens
from tests.fuzz.coverage.target import Target
from tests.support.tokens import claims, token
from trustkit.encoding.canonical_json import canonical_json
from trustkit.errors import TrustError
from trustkit.jose.claims import read_claims
from trustkit.jose.client_assertion import asserted_client
from trustkit.jose.dpop import VerifiedProof
from trustkit.jose.jwt import VerifiedJwt
from trustkit.jose.keys import jwks_document, parse_jwks


def _token(data: bytes) -> None:
    found = tokens.verify(data)
    assert not isinstance(found, VerifiedJwt) or data == tokens.TOKEN
    with suppress(TrustError):
        asserted_client(data.decode("utf-8", "surrogateescape"))


def _proof(data: bytes) -> None:
    found = tokens.prove(data)
    assert not isinstance(found, VerifiedProof) or data == tokens.PROOF


def _keys(data: bytes) -> None:
    found = parse_jwks(data)
    assert parse_jwks(canonical_json(jwks_document(*found.keys))).keys == found.keys


def _claims(data: bytes) -> None:
    found = read_claims(data)
    assert read_claims(data) == found
    for name in found.members:
        for ask in (found.text, found.texts, found.moment, found.mapping):
            with suppress(TrustError):
                ask(name)


TARGETS = (
    Target(name="jwt", act=_token, seeds=lambda: (tokens.TOKEN, token("JWT").encode()), binary=False),
    Target(name="dpop", act=_proof, seeds=lambda: (tokens.PROOF,), binary=False),
    Target(name="jwks", act=_keys, seeds=lambda: (tokens.SET,), binary=False),
    Target(
        name="jwt-claims",
        act=_claims,
        seeds=lambda: (canonical_json(claims(amr=["pwd"], act={"sub": "x"}, auth_time=1)),),
        binary=False,
    ),
)
