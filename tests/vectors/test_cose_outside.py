"""COSE_Sign1 of the working group's examples: what it passes passes here, but for one that leaves its algorithm unprotected."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from trustkit.capsule_codes import CapsuleCode
from trustkit.cose.read import parse_sign1
from trustkit.cose.verify import verify_sign1
from trustkit.encoding.canonical_json import canonical_json, parse_json
from trustkit.errors import ErrorCode, TrustError
from trustkit.jose.jwk import parse_jwk

FILE: dict[str, Any] = json.loads((Path(__file__).parent / "cose_wg_sign1.json").read_text("utf-8"))
KEY = parse_jwk(parse_json(canonical_json(FILE["key"]))).public_key
REASONS = {
    # RFC 9052 3.1: alg MUST be authenticated where it can be
    "sign-pass-01": CapsuleCode.COSE_MALFORMED,
    "sign-fail-01": CapsuleCode.CBOR_MALFORMED,
    "sign-fail-02": ErrorCode.SIGNATURE_WRONG,
    "sign-fail-03": ErrorCode.ALGORITHM_UNKNOWN,
    "sign-fail-04": ErrorCode.ALGORITHM_UNKNOWN,
    "sign-fail-06": ErrorCode.SIGNATURE_WRONG,
}


@pytest.mark.parametrize("example", FILE["messages"], ids=lambda example: example["name"])
def test_the_examples_of_the_working_group(example: dict[str, Any]) -> None:
    octets, external = bytes.fromhex(example["cbor"]), bytes.fromhex(example.get("external", ""))
    reason = REASONS.get(example["name"])
    assert reason is not None or not example.get("fail", False)
    if reason is None:
        assert verify_sign1(parse_sign1(octets), KEY, external=external).payload == b"This is the content."
        return
    with pytest.raises(TrustError) as caught:
        verify_sign1(parse_sign1(octets), KEY, external=external)
    assert caught.value.code is reason
