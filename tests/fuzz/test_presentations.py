"""Queries and answers of wallets, bent: only our own error, and what was read is what was written."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tests.support.holding_wallet import encrypt
from tests.support.mutations import bent_octets
from tests.unit.verifier.dcql.saying import said
from trustkit.app.presentation_bodies import posted_of
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.private_key import PrivateKey, generate_key
from trustkit.encoding.canonical_json import JsonValue, canonical_json, parse_json
from trustkit.errors import TrustError
from trustkit.jose.encrypted import open_jwe, parse_jwe
from trustkit.jose.jwk import jwk_of
from verifier.dcql.match import fit_of, selected
from verifier.dcql.model import MAX_CREDENTIALS, MAX_QUERY, DcqlQuery
from verifier.dcql.read import parse_dcql
from verifier.presentation import MAX_PRESENTED, parse_vp_token
from verifier.presentation_api import answer_of_json

VECTORS = Path(__file__).parents[1] / "vectors" / "dcql_examples.json"
QUERIES: dict[str, JsonValue] = json.loads(VECTORS.read_text("utf-8"))["queries"]
_WORDS = (
    "credentials",
    "credential_sets",
    "options",
    "id",
    "format",
    "meta",
    "claims",
    "path",
    "values",
    "dc+sd-jwt",
    "a",
)
_LEAVES = st.sampled_from(_WORDS) | st.booleans() | st.none() | st.integers(-1, 2)
VALUES = st.recursive(
    _LEAVES,
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.sampled_from(_WORDS), inside, max_size=4),
    max_leaves=12,
)
CLAIMS: dict[str, object] = {"vct": "t", "last_name": "Doe", "address": {"street_address": "x"}, "postal_code": "90210"}


def seeds() -> tuple[bytes, ...]:
    return tuple(canonical_json(each) for each in QUERIES.values())


def read(octets: bytes) -> DcqlQuery | None:
    """Return the query in some octets, None where there is none; hold what was read against its bounds."""
    try:
        query = parse_dcql(parse_json(octets, max_size=MAX_QUERY))
    except TrustError:
        return None
    assert 0 < len(query.by_id) == len(query.credentials) <= MAX_CREDENTIALS
    for each in query.credentials:
        fit = fit_of(each, said(CLAIMS))
        assert bool(fit.lacking) or len(fit.claims) in {len(option) for option in each.options}
    return query


@given(bent_octets(seeds()[0]) | bent_octets(seeds()[1]) | bent_octets(seeds()[2]))
def test_bent_queries(octets: bytes) -> None:
    read(octets)


@given(VALUES)
def test_any_query(value: JsonValue) -> None:
    read(canonical_json(value))


@given(VALUES | st.dictionaries(st.just("my_credential"), st.lists(st.text(max_size=3), max_size=22)))
def test_any_answer(value: JsonValue) -> None:
    try:
        found = parse_vp_token(value, parse_dcql(QUERIES["simple"]))
    except TrustError:
        return
    assert len(found) <= MAX_PRESENTED
    assert {name for name, _ in found} <= {"my_credential"}


@given(st.binary(max_size=64) | VALUES.map(canonical_json))
def test_any_call(octets: bytes) -> None:
    try:
        answer_of_json(octets, 1024)
    except TrustError:
        return


@given(
    st.binary(max_size=64) | bent_octets(b"response=a.b.c.d.e&state=x") | bent_octets(b"error=access_denied&state=%20")
)
def test_any_form(octets: bytes) -> None:
    try:
        posted = posted_of(octets)
    except TrustError:
        return
    assert bool(posted.answer) is not bool(posted.refused)


@given(st.lists(st.sampled_from(("last_name", "address", 0)) | st.none(), max_size=4), VALUES)
def test_any_path(path: list[str | int | None], value: JsonValue) -> None:
    assert isinstance(selected(tuple(path), value), tuple)


@cache
def sealed() -> bytes:
    return encrypt(b"told", dict(jwk_of(key().public_key).members)).encode("ascii")


@cache
def key() -> PrivateKey:
    return generate_key(KeyKind.EC_P256)


def open_answer(octets: bytes) -> bytes | None:
    """Return what an encrypted answer holds, None where it does not open."""
    try:
        jwe = parse_jwe(octets)
        return open_jwe(jwe, key().ecdh_key().shared_secret(jwe.ephemeral.public_key))
    except TrustError:
        return None


@given(bent_octets(sealed()))
def test_no_bent_answer_opens(octets: bytes) -> None:
    assert octets == sealed() or open_answer(octets) is None


@given(st.binary(max_size=200))
def test_any_answer_encrypted(octets: bytes) -> None:
    assert open_answer(octets) is None
