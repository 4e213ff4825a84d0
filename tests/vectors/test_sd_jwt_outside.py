"""The examples of RFC 9901: an SD-JWT with key binding, one with nested claims and decoys, one of a person's identity."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from esign.credential.binding import BindingDemand
from esign.credential.disclosing import disclose
from esign.credential.read import parse_disclosure, parse_sd_jwt
from esign.credential.verify import Binding, SdJwtRules, verify_sd_jwt
from tests.support.testdata import outside
from trustkit.encoding.canonical_json import NumberText
from trustkit.jose.claims import read_claims
from trustkit.jose.jwk import parse_jwk
from trustkit.jose.model import JwsAlgorithm

if TYPE_CHECKING:
    from trustkit.encoding.canonical_json import JsonValue

VERSION = "RFC 9901"
ISSUER: dict[str, JsonValue] = {  # settings.yml, key_settings.issuer_key
    "kty": "EC",
    "crv": "P-256",
    "x": "b28d4MwZMjw8-00CG4xfnn9SLMVMM19SlqZpVb_uNtQ",
    "y": "Xv5zWwuoaTgdS6hV43yI6gBwTnjukmFQQnJ_kCxzqk8",
}
DEMAND = BindingDemand(audience="https://verifier.example.org", nonce="1234567890")
EXAMPLES = ("simple", "simple_structured", "arf-pid")


def _text(example: str, file: str) -> str:
    return "".join(outside(f"sdjwt/{example}/{file}").read_text("utf-8").split())


def _json(example: str, file: str) -> Any:
    return json.loads(outside(f"sdjwt/{example}/{file}").read_text("utf-8"))


@pytest.mark.parametrize("example", EXAMPLES)
def test_presentation(example: str) -> None:
    unverified = parse_sd_jwt(_text(example, "sd_jwt_presentation.txt"))
    bound = unverified.binding is not None
    now = datetime(2026, 11, 20, tzinfo=UTC)
    if unverified.binding is not None:
        made = read_claims(unverified.binding.payload).issued_at
        assert made is not None
        now = made + timedelta(seconds=30)
    rules = SdJwtRules(
        kinds={unverified.jws.type},
        algorithms={JwsAlgorithm.ES256},
        holders={JwsAlgorithm.ES256},
        binding=Binding.REQUIRED if bound else Binding.FORBIDDEN,
    )
    verified = verify_sd_jwt(unverified, parse_jwk(ISSUER).public_key, rules, now=now, demand=DEMAND if bound else None)
    assert verified.claims == _json(example, "verified_contents.json")
    assert (verified.binding is not None and verified.binding.possession) is bound


@pytest.mark.parametrize("example", EXAMPLES)
def test_everything_that_was_issued(example: str) -> None:
    unverified = parse_sd_jwt(_text(example, "sd_jwt_issuance.txt"))
    payload = read_claims(unverified.jws.payload).members
    assert payload == _json(example, "sd_jwt_payload.json")
    disclosed = disclose(payload, unverified.disclosures)
    claims = _json(example, "user_claims.json")
    assert {name: _plain(disclosed.claims[name]) for name in claims} == claims


def test_alternative_ways_to_write_a_disclosure() -> None:
    """RFC 9901 4.2.1: white space and escapes differ between issuers, and the digest is over what was written."""
    texts = (
        "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0",
        "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNXHUwMGY2Yml1cyJd",
        "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsImZhbWlseV9uYW1lIiwiTcO2Yml1cyJd",
    )
    assert {parse_disclosure(text).value for text in texts} == {"Möbius"}


def _plain(value: JsonValue) -> object:
    return json.loads(value) if isinstance(value, NumberText) else value
