"""Broken signed messages: reading and verifying raise only our own error, and nothing that was signed can change."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.mutations import bent_elements, bent_octets
from tests.support.pki import PkiWorld
from trustkit.cms.model import Dialect
from trustkit.cms.read import parse_signed_message
from trustkit.cms.sign import CADES_B, SignedAttributes, sign_message
from trustkit.cms.verify import VerifiedSigner, verify_signer
from trustkit.error_family import Code
from trustkit.errors import TrustError

CONTENT = b"what was signed"
TIMED = SignedAttributes(signing_time=PkiWorld.START)


@cache
def world() -> PkiWorld:
    return PkiWorld()


@cache
def samples() -> tuple[bytes, ...]:
    member = world().signer
    return tuple(
        sign_message(
            content=CONTENT,
            signer=member.signer,
            certificate=member.certificate,
            chain=world().pool,
            dialect=dialect,
            detached=detached,
            attributes=attributes,
            timestamp=(lambda _: b"\x30\x00") if attributes is TIMED else None,
        )
        for dialect in Dialect
        for detached in (False, True)
        for attributes in (None, CADES_B, TIMED)
    )


def _verify(octets: bytes) -> VerifiedSigner | Code:
    """Return the signer, or the code of the refusal; anything else fails the test."""
    try:
        message = parse_signed_message(octets)
        content = CONTENT if message.content is None else None
        found = [verify_signer(message, index, content=content) for index in range(len(message.signers))]
    except TrustError as error:
        return error.code
    return found[0]


@pytest.mark.parametrize("bend", [bent_octets, bent_elements])
@given(data=st.data())
def test_what_still_verifies_is_what_was_signed(bend: object, data: st.DataObject) -> None:
    good = data.draw(st.sampled_from(samples()))
    octets = data.draw(bend(good))  # type: ignore[operator]
    outcome = _verify(octets)
    if isinstance(outcome, Code):
        return
    before, after = (parse_signed_message(found) for found in (good, octets))
    assert after.content in {CONTENT, None}
    assert outcome.certificate.public_key.sm2_point == world().signer.certificate.public_key.sm2_point
    assert outcome.signature == before.signers[0].signature
    signed = after.signers[0].signed_attributes
    assert sorted(signed or b"") == sorted(before.signers[0].signed_attributes or b"")
    if outcome.certificate_bound:
        assert outcome.certificate == world().signer.certificate


@given(data=st.data())
def test_no_octet_of_the_content_the_attributes_or_the_signature_changes_unseen(data: st.DataObject) -> None:
    good = data.draw(st.sampled_from(samples()))
    message = parse_signed_message(good)
    signer = message.signers[0]
    part = data.draw(
        st.sampled_from(
            [found for found in (message.content, (signer.signed_attributes or b"")[2:], signer.signature) if found]
        )
    )
    place = good.rindex(part) + data.draw(st.integers(0, len(part) - 1))
    bent = good[:place] + bytes((good[place] ^ 1 << data.draw(st.integers(0, 7)),)) + good[place + 1 :]
    assert isinstance(_verify(bent), Code)


@given(st.binary(max_size=300))
def test_junk(octets: bytes) -> None:
    assert isinstance(_verify(octets), Code)
    assert isinstance(_verify(samples()[0][:20] + octets), Code)
