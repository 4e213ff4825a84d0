"""Broken trust lists: only our own error, and no other content than was signed."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from esign.trustlist.read import parse_trust_list
from esign.trustlist.sign import sign_trust_list
from esign.trustlist.verify import VerifiedTrustList, verify_trust_list
from tests.support.mutations import bent_octets
from tests.support.pki import PkiWorld
from trustkit.encoding.canonical_json import JsonValue, canonical_json
from trustkit.error_family import Code
from trustkit.errors import TrustError
from trustkit.jose.sign import sign_jws

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 2**40) | st.text(max_size=8),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.sampled_from(("code", "types")), inside),
    max_leaves=6,
)


@cache
def world() -> PkiWorld:
    return PkiWorld()


@cache
def trust_list() -> bytes:
    return sign_trust_list(
        {"uri": "u", "issuers": [{"code": "110000", "types": ["11100000MB0143028R001"]}]},
        number=1,
        issued_at=PkiWorld.START,
        expires_at=PkiWorld.START + timedelta(days=1),
        signer=world().signer.signer,
        chain=(world().signer.certificate,),
    )


def verify(octets: bytes) -> VerifiedTrustList | Code:
    """Return what a list comes to, or why it is refused."""
    try:
        return verify_trust_list(parse_trust_list(octets))
    except TrustError as error:
        return error.code


@given(bent_octets(trust_list()))
def test_no_bent_list_passes(octets: bytes) -> None:
    assert octets.strip() == trust_list() or isinstance(verify(octets), Code)


@given(st.dictionaries(st.sampled_from(("version", "sub", "number", "iat", "exp", "issuers", "equivalents")), JSON))
def test_signed_nonsense_is_no_list(claims: dict[str, JsonValue]) -> None:
    text = sign_jws({"typ": "trustlist+jwt"}, canonical_json(claims), world().signer.signer)
    assert isinstance(verify(text.encode("ascii")), Code)
