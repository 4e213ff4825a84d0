"""Broken tokens in JSON, and status lists in them: only our own error, and no other header or payload than was signed."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from esign.status.model import CWT_MEDIA_TYPE
from esign.status.read import parse_status_list
from esign.status.sign import ListContent, sign_status_cwt, sign_status_jwt
from esign.status.verify import VerifiedStatusList, verify_status_list
from tests.support.mutations import bent_octets
from tests.support.pki import PkiWorld
from trustkit.cose.sign import sign_sign1
from trustkit.encoding.canonical_json import canonical_json
from trustkit.encoding.cbor import CborKey, CborValue, encode_cbor
from trustkit.encoding.text64 import encode_base64url
from trustkit.error_family import Code
from trustkit.errors import TrustError
from trustkit.jose.read import parse_jws
from trustkit.jose.sign import sign_jws
from trustkit.jose.verify import VerifiedJws, verify_jws

PAYLOAD = b'{"sub":"x"}'
CBOR = (
    st.none()
    | st.integers(-1, 2**63)
    | st.binary(max_size=8)
    | st.dictionaries(st.text(max_size=4), st.binary(max_size=8))
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=8),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=4), inside, max_size=3),
    max_leaves=6,
)


@cache
def world() -> PkiWorld:
    return PkiWorld()


@cache
def token() -> bytes:
    return sign_jws({"typ": "JWT", "kid": "k"}, PAYLOAD, world().signer.signer).encode("ascii")


def _content() -> ListContent:
    return ListContent(
        entries=(0, 1, 2, 0),
        uri="https://x.test/1",
        issued_at=world().START,
        expires_at=world().START + timedelta(days=1),
        ttl=timedelta(minutes=1),
    )


@cache
def status_token() -> bytes:
    member = world().status_signer
    return sign_status_jwt(_content(), member.signer, world().chain(member)).encode("ascii")


@cache
def status_cwt() -> bytes:
    member = world().status_signer
    return sign_status_cwt(_content(), member.signer, world().chain(member))


def _verify(octets: bytes) -> VerifiedJws | Code:
    try:
        return verify_jws(parse_jws(octets), world().signer.signer.public_key)
    except TrustError as error:
        return error.code


def _verify_status(octets: bytes) -> VerifiedStatusList | Code:
    try:
        return verify_status_list(parse_status_list(octets))
    except TrustError as error:
        return error.code


@given(bent_octets(token()))
def test_no_bent_token_passes(octets: bytes) -> None:
    assert octets == token() or isinstance(_verify(octets), Code)


@given(st.dictionaries(st.sampled_from(("alg", "typ", "kid", "x5c", "crit", "a")), JSON, max_size=4))
def test_no_other_header_passes(header: dict[str, object]) -> None:
    text = encode_base64url(canonical_json(header)).encode("ascii")  # type: ignore[arg-type]
    assert isinstance(_verify(text + token()[token().index(b".") :]), Code)


@given(bent_octets(status_token()))
def test_no_bent_status_list_passes(octets: bytes) -> None:
    # white space is taken out of what was pasted
    assert b"".join(octets.split()) == status_token() or isinstance(_verify_status(octets), Code)


@given(bent_octets(status_cwt()))
def test_no_bent_status_list_in_cbor_passes(octets: bytes) -> None:
    found = _verify_status(octets)
    # its tag is no part of what is signed
    assert isinstance(found, Code) or octets.removeprefix(b"\xd2") == status_cwt()[1:]


@given(st.dictionaries(st.sampled_from((2, 4, 6, 65533, 65534)), CBOR, max_size=5))
def test_signed_nonsense_in_cbor_is_no_status_list(claims: dict[CborKey, CborValue]) -> None:
    octets = sign_sign1({16: CWT_MEDIA_TYPE}, encode_cbor(claims), world().status_signer.signer)
    assert isinstance(_verify_status(octets), Code)


@given(st.dictionaries(st.sampled_from(("sub", "iat", "exp", "ttl", "status_list", "a")), JSON, max_size=6))
def test_signed_nonsense_is_no_status_list(claims: dict[str, object]) -> None:
    member = world().status_signer
    text = sign_jws({"typ": "statuslist+jwt"}, canonical_json(claims), member.signer)  # type: ignore[arg-type]
    assert isinstance(_verify_status(text.encode("ascii")), Code)
