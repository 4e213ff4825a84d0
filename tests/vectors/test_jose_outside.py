"""Tokens, keys and proofs of others: Wycheproof's JSON Web Keys, and the examples of the RFCs."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.testdata import outside
from trustkit.encoding.canonical_json import canonical_json
from trustkit.errors import ErrorCode, TrustError
from trustkit.jose.dpop import verify_dpop
from trustkit.jose.jwk import parse_jwk
from trustkit.jose.keys import parse_jwks, parse_verification_key
from trustkit.jose.model import JwsAlgorithm
from trustkit.jose.read import parse_jws
from trustkit.jose.verify import VerifiedJws, verify_jws

if TYPE_CHECKING:
    from trustkit.error_family import Code

VERSION = "RFC 7515, 7520, 7638, 8037 and 9449; Wycheproof testvectors_v1"
RFC: dict[str, Any] = json.loads((Path(__file__).parent / "jose_rfc_examples.json").read_text("utf-8"))
WYCHEPROOF = 26
# Valid, and signed with an HMAC: no token is taken under one (docs/adr/0030-the-strict-token-core-is-ours.md).
UNDER_HMAC = {2, 13, 14, 15}
# Why each of the others is refused. Where the key itself is at fault, the set it stands in is read without it.
REASONS = {
    6: ErrorCode.JWK_USE,
    7: ErrorCode.KEY_WEAK,
    8: ErrorCode.KEY_WEAK,
    9: ErrorCode.KEY_MALFORMED,
    19: ErrorCode.ALGORITHM_UNKNOWN,
    20: ErrorCode.ALGORITHM_UNKNOWN,
    21: ErrorCode.JWK_USE,
    22: ErrorCode.KEY_MALFORMED,
    23: ErrorCode.JWK_MALFORMED,
    24: ErrorCode.JWK_MALFORMED,
}


def _verify(keys: dict[str, Any], token: str) -> VerifiedJws:
    jws = parse_jws(token)
    return verify_jws(jws, parse_jwks(canonical_json(keys)).select(jws).public_key)


def _verdict(keys: dict[str, Any], token: str) -> Code | None:
    try:
        assert _verify(keys, token).payload
    except TrustError as error:
        return error.code
    return None


def test_wycheproof_json_web_keys() -> None:
    vectors = json.loads(outside("jose/json_web_key_test.json").read_bytes())
    result, ours = {}, {}
    for group in vectors["testGroups"]:
        keys = group.get("public") or group["private"]
        for test in group["tests"]:
            result[test["tcId"]] = test["result"]
            ours[test["tcId"]] = _verdict(keys, test["jws"])
    assert len(result) == WYCHEPROOF
    assert {number for number, code in ours.items() if code is None} == {5}
    assert {number for number, told in result.items() if told == "valid"} == {5} | UNDER_HMAC
    assert {ours[number] for number in UNDER_HMAC} == {ErrorCode.ALGORITHM_UNKNOWN}


def test_wycheproof_keys_are_refused_for_what_is_wrong_with_them() -> None:
    vectors = json.loads(outside("jose/json_web_key_test.json").read_bytes())
    found = {}
    for group in vectors["testGroups"]:
        for test in group["tests"]:
            if test["tcId"] in REASONS:
                with pytest.raises(TrustError) as caught:
                    parse_verification_key(group["public"]["keys"][0])
                found[test["tcId"]] = caught.value.code
    assert found == REASONS


def test_private_and_symmetric_keys_of_wycheproof_are_in_no_set() -> None:
    vectors = json.loads(outside("jose/json_web_key_test.json").read_bytes())
    for group in vectors["testGroups"]:
        keys = group["private"]["keys"]
        secret = {place for place, key in enumerate(keys) if key["kty"] == "oct" or "d" in key}
        assert secret
        assert {key.place for key in parse_jwks(canonical_json(group["private"])).skipped} >= secret


@pytest.mark.parametrize("example", RFC["jws"], ids=lambda example: example["source"])
def test_signed_examples(example: dict[str, Any]) -> None:
    found = _verify({"keys": [example["jwk"]]}, example["jws"])
    assert found.algorithm is JwsAlgorithm(example["alg"])
    head, payload, signature = example["jws"].split(".")
    other = payload[:-2] + ("A" if payload[-2] != "A" else "B") + payload[-1]
    with pytest.raises(TrustError) as caught:
        _verify({"keys": [example["jwk"]]}, f"{head}.{other}.{signature}")
    assert caught.value.code in {ErrorCode.SIGNATURE_WRONG, ErrorCode.BASE64_MALFORMED}


@pytest.mark.parametrize("example", RFC["thumbprints"], ids=lambda example: example["source"])
def test_thumbprints(example: dict[str, Any]) -> None:
    assert parse_jwk(example["jwk"]).thumbprint == example["thumbprint"]


@pytest.mark.parametrize("example", RFC["proofs"], ids=lambda example: example["source"])
def test_proofs(example: dict[str, Any]) -> None:
    found = verify_dpop(
        example["proof"],
        method=example["method"],
        url=example["url"],
        algorithms={JwsAlgorithm.ES256},
        now=datetime.fromtimestamp(example["iat"], UTC),
        access_token=example["access_token"],
        thumbprint=example["thumbprint"],
    )
    assert found.thumbprint == example["thumbprint"]
