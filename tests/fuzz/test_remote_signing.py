"""Calls of remote signing: any octets end in a refusal of ours."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from ca.csc.parameters import Parameters
from tests.support.examples import scaled
from tests.support.mutations import bent_octets
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.private_key import generate_key
from trustkit.error_family import Code, Family
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable

KEY = generate_key(KeyKind.SM2).public_key
NAMES = (
    "credentialID",
    "SAD",
    "hashes",
    "hashAlgorithmOID",
    "signAlgo",
    "signAlgoParams",
    "numSignatures",
    "certificates",
)
CALL = json.dumps({"credentialID": "seal", "SAD": "x", "hashes": ["AAAA"], "signAlgo": "1.2.156.10197.1.501"}).encode()
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=20) | st.just("1.2.156.10197.1.501"),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


def _read(body: bytes) -> None:
    asked = Parameters.read(body, media_type="application/json")
    for act in (
        lambda: asked.text("credentialID"),
        lambda: asked.number("numSignatures"),
        lambda: asked.hashes(most=4),
        lambda: asked.suite(KEY),
        asked.certificates,
        asked.digest_algorithm,
        asked.require_own,
        asked.require_synchronous,
    ):
        assert _refusal(act) in {None, ErrorCode.REQUEST_MALFORMED, ErrorCode.CA_HASHES}


def _refusal(act: Callable[[], object]) -> Code | None:
    try:
        act()
    except TrustError as error:
        return error.code
    return None


@settings(max_examples=scaled(200))
@given(bent_octets(CALL))
def test_bent_calls(body: bytes) -> None:
    refusal = _refusal(lambda: _read(body))
    assert refusal is None or refusal.family is Family.MALFORMED


@settings(max_examples=scaled(200))
@given(st.dictionaries(st.sampled_from(NAMES), VALUES))
def test_any_values(values: dict[str, object]) -> None:
    _read(json.dumps(values).encode())
