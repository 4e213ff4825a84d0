"""Broken seals: parsing and verifying raise only our own error, and no changed octet of what is signed passes."""

from __future__ import annotations

from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from esign.seal.model import SealVersion
from esign.seal.read import parse_seal, parse_seal_signature
from esign.seal.verify import verify_seal, verify_seal_signature
from tests.support.pki import PkiWorld
from tests.support.ses import make_seal, make_seal_signature
from trustkit.errors import TrustError

CONTENT = b"content"


@cache
def samples() -> tuple[bytes, ...]:
    world = PkiWorld()
    return tuple(
        make_seal_signature(world, make_seal(world, version=version), CONTENT, version=version)
        for version in SealVersion
    )


@given(st.sampled_from(range(len(SealVersion))), st.data())
def test_a_changed_signature_is_refused(number: int, data: st.DataObject) -> None:
    octets = samples()[number]
    at = data.draw(st.integers(0, len(octets) - 1))
    piece = data.draw(st.binary(max_size=3))
    cut = data.draw(st.sampled_from((len(piece), 0, 1)))
    changed = octets[:at] + piece + octets[at + cut :]
    try:
        intact = verify_seal_signature(parse_seal_signature(changed), content=CONTENT)
    except TrustError:
        return
    # what neither signature covers is the signer's certificate beside its key, which its issuer's signature covers
    assert intact.signature.to_sign == parse_seal_signature(octets).to_sign


@given(st.binary(max_size=300))
def test_octets_of_any_kind_raise_our_error(octets: bytes) -> None:
    for parse in (parse_seal, parse_seal_signature):
        try:
            parse(octets)
        except TrustError:
            continue
        raise AssertionError(octets)


@given(st.sampled_from(range(len(SealVersion))), st.data())
def test_a_changed_seal_raises_our_error(number: int, data: st.DataObject) -> None:
    octets = parse_seal_signature(samples()[number]).seal.raw
    at = data.draw(st.integers(0, len(octets) - 1))
    changed = octets[:at] + data.draw(st.binary(min_size=1, max_size=2)) + octets[at + 1 :]
    try:
        verify_seal(parse_seal(changed))
    except TrustError:
        return
