"""Seals written, read and verified again; broken ones raise only our own error, and no changed signature passes a verdict."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from esign.seal import sign as making
from esign.seal.model import SealExtension, SealPicture, SealVersion
from esign.seal.order import SealOrder
from esign.seal.read import parse_seal, parse_seal_signature
from esign.seal.verify import verify_seal, verify_seal_signature
from tests.support.electronic_seals import seal_over
from tests.support.pki import PkiWorld
from tests.support.ses import make_seal, make_seal_signature
from trustkit.errors import TrustError
from trustkit.verdict import Indication
from verifier.judgement.context import Context
from verifier.judgement.seal import judge_seal, judge_seal_signature
from verifier.material import Evidence
from verifier.policy import ValidationPolicy

CONTENT = b"content"


@cache
def a_world() -> PkiWorld:
    return PkiWorld()


@cache
def samples() -> tuple[bytes, ...]:
    world = a_world()
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


@cache
def a_context() -> Context:
    world = a_world()
    evidence = Evidence(certificates=world.pool, crls=(world.crl(), world.crl(issuer=world.root)))
    return Context(evidence=evidence, anchors=world.anchors, policy=ValidationPolicy(), at=world.clock.now())


def changed(octets: bytes, data: st.DataObject) -> bytes:
    """Return the octets with some replaced, put in or taken out; never the same."""
    at = data.draw(st.integers(0, len(octets) - 1))
    piece = data.draw(st.binary(max_size=3))
    cut = data.draw(st.sampled_from((len(piece), 0, 1)))
    found = octets[:at] + piece + octets[at + cut :]
    return found if found != octets else octets[:at] + bytes((octets[at] ^ 1,)) + octets[at + 1 :]


def test_what_is_not_changed_passes() -> None:
    for octets in samples():
        signature = parse_seal_signature(octets)
        passed = judge_seal_signature(a_context(), signature, CONTENT), judge_seal(a_context(), signature.seal)
        assert {each.conclusion.indication for each in passed} == {Indication.TOTAL_PASSED}


@given(st.sampled_from(range(len(SealVersion))), st.data())
def test_no_changed_signature_passes(number: int, data: st.DataObject) -> None:
    """Not even where neither signature covers the octets: certificates are covered by their issuers."""
    octets = changed(samples()[number], data)
    try:
        signature = parse_seal_signature(octets)
    except TrustError:
        return
    verdict = judge_seal_signature(a_context(), signature, CONTENT)
    assert verdict.conclusion.indication is not Indication.TOTAL_PASSED


@given(st.sampled_from(range(len(SealVersion))), st.data())
def test_no_changed_seal_passes(number: int, data: st.DataObject) -> None:
    octets = changed(parse_seal_signature(samples()[number]).seal.raw, data)
    try:
        seal = parse_seal(octets)
    except TrustError:
        return
    assert judge_seal(a_context(), seal).conclusion.indication is not Indication.TOTAL_PASSED


printable = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=40)
ascii_text = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40)
moments = st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis takes bounds so
extensions = st.builds(
    SealExtension,
    oid=st.sampled_from(("1.2.3", "1.2.156.10197.6.7.2.2.1")),
    critical=st.booleans(),
    value=st.binary(max_size=40),
)


@given(
    version=st.sampled_from(SealVersion),
    identifier=ascii_text,
    name=printable,
    kind=st.integers(1, 255),
    start=moments,
    days=st.integers(1, 3000),
    picture=st.binary(min_size=1, max_size=300),
    sides=st.tuples(st.integers(1, 200), st.integers(1, 200)),
    more=st.lists(extensions, max_size=3),
    by_digest=st.booleans(),
)
def test_what_is_written_is_read_again(
    *,
    version: SealVersion,
    identifier: str,
    name: str,
    kind: int,
    start: datetime,
    days: int,
    picture: bytes,
    sides: tuple[int, int],
    more: list[SealExtension],
    by_digest: bool,
) -> None:
    world = a_world()
    now, begin = world.clock.now(), start.replace(microsecond=0)
    order = SealOrder(
        version=version,
        identifier=identifier,
        name=name,
        kind=kind,
        users=(world.signer.certificate,),
        created_at=now,
        valid_from=min(begin, now),
        valid_until=now + timedelta(days=days),
        picture=SealPicture(type="PNG", data=picture, width=sides[0], height=sides[1]),
        extensions=tuple(more),
        by_digest=by_digest and version is not SealVersion.V1,
    )
    maker = world.seal_maker
    seal = making.make_seal(order, signer=maker.signer, certificate=maker.certificate)
    found = verify_seal(parse_seal(seal)).seal
    assert (found.version, found.identifier, found.name, found.kind) == (version, identifier, name, kind)
    assert (found.created_at, found.valid_from, found.valid_until) == (now, order.valid_from, order.valid_until)
    assert (found.picture, found.extensions) == (order.picture, order.extensions)
    octets = seal_over(
        seal,
        protected=picture,
        property_info=identifier,
        signer=world.signer.signer,
        certificate=world.signer.certificate,
        at=now,
    )
    assert parse_seal_signature(octets).property_info == identifier
