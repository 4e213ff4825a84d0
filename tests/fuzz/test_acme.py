"""Broken ACME requests and keys in JSON: only our own errors, and nothing else verifies than what was signed."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ca.acme.accounts import read_contacts
from ca.acme.binding import read_binding
from ca.acme.message import payload_of, read_message, verify_message
from ca.acme.names import read_identifiers
from tests.support.acme import AcmeKey
from tests.support.mutations import bent_octets
from trustkit.errors import TrustError
from trustkit.jose.jwk import parse_jwk

URL = "https://ca.test/acme/new-order"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=12),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=8), inside, max_size=4),
    max_leaves=8,
)
MEMBERS = st.sampled_from(["kty", "crv", "x", "y", "n", "e", "d", "type", "value", "protected", "payload", "signature"])
KEYS = st.sampled_from(["EC", "RSA", "OKP", "P-256", "P-384", "Ed25519", "AQAB", "dns"]) | JSON
PAYLOAD = {"identifiers": [{"type": "dns", "value": "a.example.test"}]}


@cache
def key() -> AcmeKey:
    return AcmeKey()


@cache
def message() -> bytes:
    signed = key().sign({"alg": "ES256", "jwk": key().jwk, "nonce": "n", "url": URL}, PAYLOAD)
    return json.dumps(signed).encode()


def test_the_message_is_good() -> None:
    found = read_message(message())
    assert found.jwk is not None
    assert payload_of(verify_message(found, found.jwk, url=URL)) == PAYLOAD


@given(bent_octets(message()))
def test_a_bent_message_says_nothing_else(octets: bytes) -> None:
    try:
        found = read_message(octets)
        verified = verify_message(found, parse_jwk(dict(key().jwk)), url=URL)
    except TrustError:
        return
    assert payload_of(verified) == PAYLOAD


@given(JSON | st.dictionaries(MEMBERS, KEYS, max_size=6))
def test_any_json_is_read_or_refused(value: Any) -> None:
    for read in (parse_jwk, read_binding, read_contacts, lambda each: read_identifiers(each, allowed=())):
        try:
            read(value)
        except TrustError:
            continue


@given(st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_octets_are_read_or_refused(octets: bytes) -> None:
    try:
        read_message(octets)
    except TrustError:
        return
