"""Making seals and signing with them: every edition there and back, and a table of what is refused with which code."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from esign.seal.model import SealExtension, SealPicture, SealVersion
from esign.seal.order import PERSON, SealOrder
from esign.seal.read import parse_seal, parse_seal_signature
from esign.seal.sign import make_seal
from esign.seal.verify import verify_seal, verify_seal_signature
from tests.support import ses
from tests.support.electronic_seals import seal_over
from tests.support.signed_pdf import stamper
from trustkit.cms.content import ContentDigests
from trustkit.crypto.public_key import KeyKind
from trustkit.encoding import der_write as write
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from tests.support.pki import Member, PkiWorld
    from trustkit.error_family import Code

VERSIONS = list(SealVersion)
STAMPED = [SealVersion.V4, SealVersion.V5]
CONTENT = b"what the seal was put on"
PLACE = "/Doc_0/Signs/Sign_0/Signature.xml"


def order(world: PkiWorld, version: SealVersion = SealVersion.V4, **changes: object) -> SealOrder:
    now = world.clock.now()
    fields: dict[str, object] = {
        "version": version,
        "identifier": "11010000000001",
        "name": "示例市政务服务管理局",
        "users": (world.signer.certificate,),
        "created_at": now,
        "valid_from": now,
        "valid_until": now + timedelta(days=365),
        "picture": SealPicture(type="PNG", data=ses.PICTURE, width=42, height=30),
        **changes,
    }
    return SealOrder(**fields)  # type: ignore[arg-type]


def made(
    world: PkiWorld,
    version: SealVersion = SealVersion.V4,
    *,
    maker: Member | None = None,
    stamp: Callable[[bytes], bytes] | None = None,
    **changes: object,
) -> bytes:
    by = maker or world.seal_maker
    return make_seal(order(world, version, **changes), signer=by.signer, certificate=by.certificate, stamp=stamp)


def signed(
    world: PkiWorld,
    seal: bytes,
    *,
    by: Member | None = None,
    at: datetime | None = None,
    stamp: Callable[[bytes], bytes] | None = None,
    place: str = PLACE,
    key: Member | None = None,
) -> bytes:
    who = by or world.signer
    return seal_over(
        seal,
        protected=CONTENT,
        property_info=place,
        signer=(key or who).signer,
        certificate=who.certificate,
        at=at or world.clock.now(),
        stamp=stamp,
    )


@pytest.mark.parametrize("version", VERSIONS)
def test_what_is_ordered_is_read_again(world: PkiWorld, version: SealVersion) -> None:
    extensions = (
        SealExtension(oid="1.2.156.1", critical=False, value=b"a"),
        SealExtension(oid="1.2.156.2", critical=True, value=b"b"),
    )
    asked = order(world, version, kind=PERSON, vendor="maker", extensions=extensions, users=(
        world.signer.certificate, world.revoked.certificate
    ))  # fmt: skip
    seal = parse_seal(
        make_seal(
            asked, signer=world.issuing.signer, certificate=world.issue("m", signer=world.issuing.signer).certificate
        )
    )
    assert (seal.version, seal.header_version, seal.vendor) == (version, int(version), "maker")
    assert (seal.identifier, seal.kind, seal.name) == (asked.identifier, PERSON, asked.name)
    assert (seal.created_at, seal.valid_from, seal.valid_until) == (
        asked.created_at,
        asked.valid_from,
        asked.valid_until,
    )
    assert (seal.picture, seal.extensions) == (asked.picture, extensions)
    assert seal.certificates == (world.signer.der, world.revoked.der)
    assert verify_seal(seal).notes == ()


@pytest.mark.parametrize("version", VERSIONS)
def test_our_octets_are_those_of_an_independent_writer(world: PkiWorld, version: SealVersion) -> None:
    """`tests.support.ses` was written before, and apart: what both sign is the same, octet for octet."""
    now = world.clock.now()
    ours = parse_seal(made(world, version, picture=SealPicture(type="PNG", data=ses.PICTURE, width=40, height=40)))
    theirs = parse_seal(
        ses.make_seal(world, version=version, created=now, valid_from=now, valid_until=now + timedelta(days=365))
    )
    assert ours.signed == theirs.signed
    own = parse_seal_signature(signed(world, theirs.raw, place="ByteRange"))
    other = parse_seal_signature(ses.make_seal_signature(world, theirs.raw, CONTENT, version=version))
    assert own.to_sign == other.to_sign


@pytest.mark.parametrize("version", VERSIONS)
def test_a_signature_with_a_seal_there_and_back(world: PkiWorld, version: SealVersion) -> None:
    seal = made(world, version)
    octets = signed(world, seal)
    found = parse_seal_signature(octets)
    assert (found.version, found.seal.raw, found.property_info) == (version, seal, PLACE)
    assert (found.claimed_time, found.time_token, found.timestamp) == (world.clock.now(), None, None)
    intact = verify_seal_signature(found, content=CONTENT)
    assert intact.certificate == world.signer.certificate


def test_content_in_parts_is_content(world: PkiWorld) -> None:
    octets = seal_over(
        made(world),
        protected=ContentDigests(CONTENT[:5], CONTENT[5:]),
        property_info=PLACE,
        signer=world.signer.signer,
        certificate=world.signer.certificate,
        at=world.clock.now(),
    )
    intact = verify_seal_signature(parse_seal_signature(octets), content=CONTENT)
    assert intact.certificate == world.signer.certificate


@pytest.mark.parametrize("version", STAMPED)
def test_a_seal_may_list_digests_from_v4_on(world: PkiWorld, version: SealVersion) -> None:
    seal = made(world, version, by_digest=True)
    assert parse_seal(seal).certificates == ()
    assert signed(world, seal)


@pytest.mark.parametrize("version", STAMPED)
def test_a_signature_is_stamped(world: PkiWorld, version: SealVersion) -> None:
    intact = verify_seal_signature(
        parse_seal_signature(signed(world, made(world, version), stamp=stamper(world))), content=CONTENT
    )
    assert intact.timestamp is not None
    assert intact.timestamp.certificate == world.tsa.certificate


def test_a_v5_seal_is_stamped(world: PkiWorld) -> None:
    seal = verify_seal(parse_seal(made(world, SealVersion.V5, stamp=stamper(world))))
    assert seal.timestamp is not None
    assert seal.timestamp.gen_time == world.clock.now()


def test_a_foreign_seal_is_used_as_it_is(world: PkiWorld) -> None:
    """A seal whose DER has a default written out is signed over octet for octet, never written anew."""
    listed = write.sequence(ses.extension("1.2.156.10197.6.7.2.2.1", b"2.1", critical=False))
    seal = ses.make_seal(world, extensions=listed)
    assert seal in signed(world, seal)


@pytest.mark.parametrize(
    "changes",
    [
        {"identifier": ""},
        {"identifier": "印章"},
        {"identifier": "1" * 65},
        {"vendor": "a\nb"},
        {"name": ""},
        {"name": "a\x00b"},
        {"name": "长" * 201},
        {"kind": 0},
        {"kind": 256},
        {"users": ()},
        {"picture": SealPicture(type="PNG", data=b"", width=1, height=1)},
        {"picture": SealPicture(type="图", data=b"x", width=1, height=1)},
        {"picture": SealPicture(type="PNG", data=b"x", width=0, height=1)},
        {"picture": SealPicture(type="PNG", data=b"x", width=1, height=201)},
        {"picture": SealPicture(type="PNG", data=bytes(4 * 1024 * 1024 + 1), width=1, height=1)},
        {"extensions": (SealExtension(oid="1.2.3", critical=False, value=b""),) * 65},
    ],
)
def test_what_cannot_be_ordered(world: PkiWorld, changes: dict[str, object]) -> None:
    with pytest.raises(TrustError) as caught:
        order(world, **changes)  # type: ignore[arg-type]
    assert caught.value.code is ErrorCode.SEAL_ORDER


def test_what_an_edition_cannot_say(world: PkiWorld) -> None:
    asked = order(world)
    user, late = asked.users[0], asked.created_at + timedelta(days=366 * 30)
    refused: tuple[dict[str, object], ...] = (
        {"users": (user, user)},
        {"valid_until": asked.valid_from},
        {"created_at": asked.created_at.replace(tzinfo=None)},
        {"version": SealVersion.V1, "by_digest": True},
        {"version": SealVersion.V1, "valid_until": late},
    )
    for changes in refused:
        with pytest.raises(TrustError) as caught:
            replace(asked, **changes)  # type: ignore[arg-type]
        assert caught.value.code is ErrorCode.SEAL_ORDER
    assert replace(asked, valid_until=late).valid_until == late


MAKING: dict[str, tuple[Callable[[PkiWorld], bytes], Code]] = {
    "an encryption certificate makes": (lambda w: made(w, maker=w.encryption), ErrorCode.CERTIFICATE_PURPOSE),
    "a time-stamp authority makes": (lambda w: made(w, maker=w.tsa), ErrorCode.CERTIFICATE_PURPOSE),
    "an expired certificate makes": (lambda w: made(w, maker=w.expired), ErrorCode.CERTIFICATE_EXPIRED),
    "made before the maker's certificate": (
        lambda w: made(w, created_at=w.clock.now() - timedelta(days=31)),
        ErrorCode.CERTIFICATE_NOT_YET_VALID,
    ),
    "an encryption certificate is listed": (
        lambda w: made(w, users=(w.signer.certificate, w.encryption.certificate)),
        ErrorCode.CERTIFICATE_PURPOSE,
    ),
    "no SM2": (lambda w: made(w, maker=w.issue("p", kind=KeyKind.EC_P256)), ErrorCode.ALGORITHM_MISMATCH),
    "another key": (
        lambda w: make_seal(order(w), signer=w.signer.signer, certificate=w.seal_maker.certificate),
        ErrorCode.USAGE,
    ),
    "v4 stamped": (lambda w: made(w, stamp=stamper(w)), ErrorCode.SEAL_ORDER),
    "v1 stamped": (lambda w: made(w, SealVersion.V1, stamp=stamper(w)), ErrorCode.SEAL_ORDER),
    "v5 stamped over something else": (
        lambda w: made(w, SealVersion.V5, stamp=lambda _: stamper(w)(b"else")),
        ErrorCode.TIMESTAMP_IMPRINT,
    ),
    "v5 stamped with junk": (
        lambda w: made(w, SealVersion.V5, stamp=lambda _: b"\x01\x02\x03"),
        ErrorCode.TIMESTAMP_MALFORMED,
    ),
    "v5 stamped before it is made": (
        lambda w: made(w, SealVersion.V5, stamp=stamper(w), created_at=w.clock.now() + timedelta(days=1)),
        ErrorCode.SEAL_VALIDITY,
    ),
}


@pytest.mark.parametrize(("act", "code"), MAKING.values(), ids=MAKING.keys())
def test_what_seals_are_not_made(world: PkiWorld, act: Callable[[PkiWorld], bytes], code: Code) -> None:
    with pytest.raises(TrustError) as caught:
        act(world)
    assert caught.value.code is code


SIGNING: dict[str, tuple[Callable[[PkiWorld], bytes], Code]] = {
    "not listed": (lambda w: signed(w, made(w), by=w.revoked), ErrorCode.SEAL_SIGNER),
    "not listed by digest": (lambda w: signed(w, made(w, by_digest=True), by=w.revoked), ErrorCode.SEAL_SIGNER),
    "same key, another certificate": (
        lambda w: signed(w, made(w), by=w.issue("又一张", signer=w.signer.signer)),
        ErrorCode.SEAL_SIGNER,
    ),
    "another key": (lambda w: signed(w, made(w), key=w.revoked), ErrorCode.USAGE),
    "no SM2": (lambda w: signed(w, made(w), by=w.issue("p", kind=KeyKind.EC_P256)), ErrorCode.ALGORITHM_MISMATCH),
    "before the period": (
        lambda w: signed(w, made(w), at=w.clock.now() - timedelta(seconds=1)),
        ErrorCode.SEAL_VALIDITY,
    ),
    "after the period": (lambda w: signed(w, made(w), at=w.clock.now() + timedelta(days=366)), ErrorCode.SEAL_VALIDITY),
    "expired signer": (
        lambda w: signed(w, made(w, users=(w.expired.certificate,)), by=w.expired),
        ErrorCode.CERTIFICATE_EXPIRED,
    ),
    "an encryption certificate": (
        lambda w: signed(w, ses.make_seal(w, users=(w.encryption.der,)), by=w.encryption),
        ErrorCode.CERTIFICATE_PURPOSE,
    ),
    "a seal that is none": (lambda w: signed(w, w.signer.der), ErrorCode.SEAL_MALFORMED),
    "a seal signed over something else": (
        lambda w: signed(w, ses.make_seal(w, signed_octets=b"x")),
        ErrorCode.SEAL_SIGNATURE,
    ),
    "a signature in place of a seal": (lambda w: signed(w, signed(w, made(w))), ErrorCode.SEAL_MALFORMED),
    "v1 stamped": (lambda w: signed(w, made(w, SealVersion.V1), stamp=stamper(w)), ErrorCode.USAGE),
    "stamped over something else": (
        lambda w: signed(w, made(w), stamp=lambda _: stamper(w)(b"else")),
        ErrorCode.TIMESTAMP_IMPRINT,
    ),
    "no time zone": (lambda w: signed(w, made(w), at=w.clock.now().replace(tzinfo=None)), ErrorCode.USAGE),
    "propertyInfo in Chinese": (lambda w: signed(w, made(w), place="/文档"), ErrorCode.USAGE),
    "no propertyInfo": (lambda w: signed(w, made(w), place=""), ErrorCode.USAGE),
}


@pytest.mark.parametrize(("act", "code"), SIGNING.values(), ids=SIGNING.keys())
def test_what_is_not_signed(world: PkiWorld, act: Callable[[PkiWorld], bytes], code: Code) -> None:
    with pytest.raises(TrustError) as caught:
        act(world)
    assert caught.value.code is code
