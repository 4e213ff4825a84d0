"""Broken CBOR and COSE: only our own error, one way to write each value, and no other payload than was signed."""

from __future__ import annotations

from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from tests.support.mutations import bent_octets
from tests.support.pki import PkiWorld
from trustkit.cose.read import parse_sign1
from trustkit.cose.sign import sign_sign1
from trustkit.cose.verify import VerifiedSign1, verify_sign1
from trustkit.encoding.cbor import CborValue, encode_cbor, parse_cbor
from trustkit.error_family import Code
from trustkit.errors import TrustError

LEAVES = st.none() | st.booleans() | st.integers(-(2**64), 2**64 - 1) | st.text(max_size=8) | st.binary(max_size=30)
VALUES = st.recursive(
    LEAVES,
    lambda inside: (
        st.lists(inside, max_size=4)
        | st.dictionaries(st.integers(-300, 70_000) | st.text(max_size=30), inside, max_size=5)
    ),
    max_leaves=8,
)


@cache
def world() -> PkiWorld:
    return PkiWorld()


@cache
def message() -> bytes:
    return sign_sign1({4: b"k", 33: world().signer.der}, b"payload", world().signer.signer)


def verify(octets: bytes) -> VerifiedSign1 | Code:
    """Return what a message comes to, or why it is refused."""
    try:
        return verify_sign1(parse_sign1(octets), world().signer.signer.public_key)
    except TrustError as error:
        return error.code


@given(VALUES)
def test_what_is_written_is_read(value: CborValue) -> None:
    try:
        octets = encode_cbor(value)
    except TrustError:
        return  # too deep
    assert parse_cbor(octets, max_depth=9) == value


@given(st.binary(max_size=40))
def test_what_is_read_is_written_the_same(octets: bytes) -> None:
    try:
        value = parse_cbor(octets)
    except TrustError:
        return
    assert encode_cbor(value) == octets


@given(bent_octets(message()))
def test_no_bent_message_passes(octets: bytes) -> None:
    found = verify(octets)
    # the tag is not signed, and RFC 9052 2 leaves it out where the context tells what comes
    assert isinstance(found, Code) or octets.removeprefix(b"\xd2") == message()[1:]


@given(VALUES, VALUES)
def test_no_other_header_passes(protected: CborValue, unprotected: CborValue) -> None:
    octets = encode_cbor([b"", {}, b"payload", bytes(64)])
    try:
        octets = encode_cbor([encode_cbor(protected), unprotected, b"payload", bytes(64)])
    except TrustError:
        return
    assert isinstance(verify(octets), Code)
