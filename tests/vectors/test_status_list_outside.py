"""The test vectors of draft-ietf-oauth-status-list: a million entries at each width, the short examples, the signed ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from esign.status.read import parse_status_list, unpack_list
from esign.status.verify import verify_status_list
from tests.support.testdata import outside
from trustkit.cose.model import UnverifiedSign1
from trustkit.cose.verify import verify_sign1
from trustkit.encoding.canonical_json import canonical_json, parse_json
from trustkit.errors import ErrorCode, TrustError
from trustkit.jose.jwk import parse_jwk
from trustkit.jose.verify import verify_jws

TOKENS: dict[str, Any] = json.loads((Path(__file__).parent / "status_list_tokens.json").read_text("utf-8"))
EXAMPLES = [*(text.encode("ascii") for text in TOKENS["jwt"]), *(bytes.fromhex(text) for text in TOKENS["cwt"])]
VERSION = "draft-ietf-oauth-status-list-21"


def _vectors(bits: int) -> list[dict[str, Any]]:
    vectors = json.loads(outside("statuslist/vectors.json").read_bytes())
    return [vector for vector in vectors if vector["bits"] == bits]


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_million_entries(bits: int) -> None:
    (vector,) = [vector for vector in _vectors(bits) if "nonzero" in vector]
    entries = unpack_list(vector["lst"], bits)
    assert len(entries) == vector["size"]
    told = {int(index): value for index, value in vector["nonzero"].items()}
    assert all(entries.value(index) == value for index, value in told.items())  # one of them is given, as zero
    found = {index for index in range(len(entries)) if entries.value(index)}
    assert found == {index for index, value in told.items() if value}
    assert len(found) == vector["nonzero_count"]


@pytest.mark.parametrize("bits", [1, 2])
def test_short_examples(bits: int) -> None:
    (vector,) = [vector for vector in _vectors(bits) if "statuses" in vector]
    entries = unpack_list(vector["lst"], bits)
    assert [entries.value(index) for index in range(len(entries))] == vector["statuses"]


@pytest.mark.parametrize("octets", EXAMPLES, ids=["jwt-10", "cwt-10", "cwt-21"])
def test_signed_examples(octets: bytes) -> None:
    """Read, and signed by the draft's key. They carry no certificate, so they are no list of anybody a verifier here could believe."""
    found = parse_status_list(octets)
    key = parse_jwk(parse_json(canonical_json(TOKENS["key"]))).public_key
    if isinstance(found.message, UnverifiedSign1):
        verify_sign1(found.message, key)
    else:
        verify_jws(found.message, key)
    assert found.expires_at is not None
    assert found.ttl is not None
    times = (found.issued_at.timestamp(), found.expires_at.timestamp(), found.ttl.total_seconds())
    assert (found.uri, *times) == (TOKENS["uri"], TOKENS["issued_at"], TOKENS["expires_at"], TOKENS["ttl"])
    assert [found.entries.value(index) for index in range(len(found.entries))] == TOKENS["statuses"]
    with pytest.raises(TrustError) as caught:
        verify_status_list(found)
    assert caught.value.code is ErrorCode.STATUS_LIST_ISSUER
