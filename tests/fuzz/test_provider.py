"""What clients and browsers send to the OpenID provider is read or refused in our words, and read again as it was written."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from hypothesis import given
from hypothesis import strategies as st

from idp.op.addresses import registered, require_redirect_uri
from idp.op.client_form import read_registration, registration_text
from idp.op.parameters import read_query
from trustkit.encoding.canonical_json import canonical_json
from trustkit.errors import TrustError

TEXT = st.text(max_size=40)
JSON: Any = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | TEXT, lambda inner: st.lists(inner, max_size=3), max_leaves=5
)
MEMBERS = st.sampled_from(
    [
        "client_name",
        "grant_types",
        "redirect_uris",
        "scope",
        "jwks",
        "resources",
        "least_acr",
        "subject_type",
        "sector",
        "x",
    ]
)


@given(st.binary(max_size=300))
def test_any_octets_are_parameters_or_refused(octets: bytes) -> None:
    try:
        read_query(octets)
    except TrustError:
        return


@given(st.dictionaries(st.text(min_size=1, max_size=10), st.text(min_size=1, max_size=30), max_size=8))
def test_parameters_are_read_as_they_were_written(values: dict[str, str]) -> None:
    values.pop("resource", None)
    assert dict(read_query(urlencode(values).encode()).values) == values


@given(st.dictionaries(MEMBERS, JSON, max_size=8))
def test_any_object_is_a_registration_or_refused(members: dict[str, Any]) -> None:
    base: dict[str, Any] = {"client_name": "x", "redirect_uris": ["https://app.test/back"], "scope": "openid"}
    try:
        found = read_registration(canonical_json({**base, **members}))
    except TrustError:
        return
    assert read_registration(registration_text(found).encode()) == found


@given(st.text(max_size=60) | st.from_regex(r"https?://[a-z.@:\[\]/\\?#%0-9]{0,40}", fullmatch=True))
def test_an_address_is_registered_as_it_is_or_refused(text: str) -> None:
    try:
        kept = require_redirect_uri(text, native=True)
    except TrustError:
        assert not registered(text, ["https://app.test/back", "http://127.0.0.1/back"]) or text.startswith("http://127")
        return
    assert registered(text, [kept])
