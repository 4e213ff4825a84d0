"""Broken capsules and codes: only our own error, and no other content than was signed."""

from __future__ import annotations

from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from esign.capsule.model import CAPSULE_TYPE, CapsuleContent, capsule_text
from esign.capsule.read import parse_capsule
from esign.capsule.sign import sign_capsule
from esign.capsule.verify import VerifiedCapsule, verify_capsule
from tests.support.mutations import bent_octets
from tests.support.pki import PkiWorld
from trustkit.cose.sign import sign_sign1
from trustkit.encoding.cbor import CborKey, CborValue, encode_cbor
from trustkit.error_family import Code
from trustkit.errors import TrustError

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 2**40) | st.text(max_size=8) | st.binary(max_size=8),
    lambda inside: st.dictionaries(st.sampled_from(("idx", "uri", "status_list", 1, 2, 9)), inside),
    max_leaves=6,
)


@cache
def world() -> PkiWorld:
    return PkiWorld()


@cache
def capsule() -> bytes:
    content = CapsuleContent(
        identifier="1.2.156.3005.2.a.b.c.001.A",
        issued_at=PkiWorld.START,
        status_uri="https://x.test/1",
        status_index=7,
        essentials={"ZZMC": "营业执照"},
    )
    return sign_capsule(content, world().signer.signer, world().signer.certificate)


def verify(octets: bytes) -> VerifiedCapsule | Code:
    """Return what a capsule comes to, or why it is refused."""
    try:
        return verify_capsule(parse_capsule(octets), world().signer.certificate)
    except TrustError as error:
        return error.code


def _is_good(found: VerifiedCapsule | Code) -> bool:
    good = verify(capsule())
    assert isinstance(good, VerifiedCapsule)
    return isinstance(found, VerifiedCapsule) and found.content == good.content


@given(bent_octets(capsule()))
def test_no_bent_capsule_passes(octets: bytes) -> None:
    found = verify(octets)
    assert isinstance(found, Code) or (octets.removeprefix(b"\xd2") == capsule()[1:] and _is_good(found))


@given(bent_octets(capsule_text(capsule()).encode()))
def test_no_bent_code_passes(text: bytes) -> None:
    found = verify(text)
    assert isinstance(found, Code) or _is_good(found)


@given(st.dictionaries(st.sampled_from((2, 6, 65535, -70100, 1)), VALUES, max_size=5))
def test_signed_nonsense_is_read_or_refused(claims: dict[CborKey, CborValue]) -> None:
    octets = sign_sign1({16: CAPSULE_TYPE}, encode_cbor(claims), world().signer.signer)
    assert isinstance(verify(octets), Code)  # it names no certificate
