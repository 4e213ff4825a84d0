"""Paths: who is trusted through whom, and one row for each way a path is refused (RFC 5280 6)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.certificate_forge import forge_certificate
from tests.support.pki import CA_USAGE, ENCRYPTION_USAGE, Member, PkiWorld
from trustkit.crypto.public_key import KeyKind
from trustkit.encoding import der_write as w
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509 import extensions as ext
from trustkit.x509.certificate import Certificate, parse_certificate
from trustkit.x509.helper_pool import MAX_POOL
from trustkit.x509.name import Name
from trustkit.x509.path import ValidatedPath, validate_path
from trustkit.x509.path_policy import PathPolicies
from trustkit.x509.purpose import Purpose
from trustkit.x509.trust_store import TrustStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustkit.error_family import Code

NOW = PkiWorld.START
UNKNOWN_OID = "1.2.156.10260.4.1.1"


def validate(
    world: PkiWorld,
    leaf: Member | Certificate,
    *,
    anchors: tuple[Certificate, ...] | None = None,
    pool: tuple[Certificate, ...] | None = None,
    at: datetime = NOW,
    purpose: Purpose = Purpose.DOCUMENT_SIGNING,
) -> ValidatedPath:
    store = world.anchors if anchors is None else TrustStore(anchors=anchors) if anchors else TrustStore.none()
    return validate_path(
        leaf.certificate if isinstance(leaf, Member) else leaf,
        anchors=store,
        pool=world.pool if pool is None else pool,
        at=at,
        purpose=purpose,
    )


def refused(code: Code, world: PkiWorld, leaf: Member | Certificate, **how: Any) -> TrustError:
    with pytest.raises(TrustError) as caught:
        validate(world, leaf, **how)
    assert caught.value.code is code, caught.value
    return caught.value


def authority(world: PkiWorld, name: str = "下级CA", **how: Any) -> Member:
    usual: dict[str, Any] = {"issuer": world.root, "ca": True, "usage": CA_USAGE}
    return world.issue(name, **(usual | how))


def test_path_from_leaf_to_anchor(world: PkiWorld) -> None:
    path = validate(world, world.signer)
    assert path.certificates == world.chain(world.signer)
    assert (path.leaf, path.anchor) == (world.signer.certificate, world.root.certificate)
    assert (path.at, path.purpose) == (NOW, Purpose.DOCUMENT_SIGNING)
    assert validate(world, world.tsa, purpose=Purpose.TIMESTAMPING).leaf == world.tsa.certificate
    assert validate(world, world.issuing, purpose=Purpose.CRL_SIGNING).leaf == world.issuing.certificate


def test_path_is_made_by_validation_alone(world: PkiWorld) -> None:
    with pytest.raises(TrustError) as caught:
        ValidatedPath(certificates=world.pool, at=NOW, purpose=Purpose.ANY, policies=PathPolicies(), proof=None)
    assert caught.value.code is ErrorCode.BUG


def test_an_authority_as_anchor_needs_no_root(world: PkiWorld) -> None:
    path = validate(world, world.signer, anchors=(world.issuing.certificate,), pool=())
    assert path.certificates == (world.signer.certificate, world.issuing.certificate)


@pytest.mark.parametrize("kind", [KeyKind.EC_P256, KeyKind.EC_P384, KeyKind.RSA, KeyKind.ED25519])
def test_suites_mix_in_one_path(world: PkiWorld, kind: KeyKind) -> None:
    middle = authority(world, kind=kind)
    leaf = world.issue("叶", issuer=middle, kind=KeyKind.SM2)
    assert len(validate(world, leaf, pool=(middle.certificate,)).certificates) == 3


def test_order_duplicates_and_strangers_in_the_pool_do_not_matter(world: PkiWorld) -> None:
    stranger = PkiWorld(organisation="外人")
    pool = (stranger.signer.certificate, *stranger.pool, world.tsa.certificate, *world.pool, *world.pool)
    assert validate(world, world.signer, pool=pool).certificates == world.chain(world.signer)


def test_names_match_by_rfc_5280_and_not_by_octets(world: PkiWorld) -> None:
    upper = authority(world, subject_der=Name.build(common_name="Sub CA", country="CN"))
    leaf = world.issue("叶", issuer=upper, issuer_der=Name.build(common_name="SUB  ca", country="CN"))
    assert len(validate(world, leaf, pool=(upper.certificate,)).certificates) == 3


def test_both_ends_belong_to_the_period(world: PkiWorld) -> None:
    leaf = world.signer.certificate
    for moment in (leaf.not_before, leaf.not_after):
        validate(world, leaf, at=moment)
    refused(ErrorCode.CERTIFICATE_NOT_YET_VALID, world, leaf, at=leaf.not_before - timedelta(seconds=1))
    late = refused(ErrorCode.CERTIFICATE_EXPIRED, world, leaf, at=leaf.not_after + timedelta(seconds=1))
    assert late.facts["depth"] == 0


def test_an_expired_certificate_was_good_while_it_lasted(world: PkiWorld) -> None:
    refused(ErrorCode.CERTIFICATE_EXPIRED, world, world.expired)
    validate(world, world.expired, at=NOW - timedelta(days=50))


def test_an_anchor_is_trusted_as_given(world: PkiWorld) -> None:
    past_root = world.root.certificate.not_after + timedelta(days=1)
    leaf = world.issue("长寿", issuer=world.root, not_after=past_root + timedelta(days=10))
    validate(world, leaf, at=past_root)
    forged = world.issue("自称根", self_signed=True, ca=True, usage=CA_USAGE)
    tampered = parse_certificate(forged.der[:-1] + bytes([forged.der[-1] ^ 1]))
    below = world.issue("叶", issuer=forged)
    assert validate(world, below, anchors=(tampered,), pool=()).anchor == tampered


def test_a_leaf_that_is_an_anchor(world: PkiWorld) -> None:
    assert validate(world, world.signer, anchors=(world.signer.certificate,)).certificates == (
        world.signer.certificate,
    )
    root = validate(world, world.root, purpose=Purpose.CERTIFICATE_SIGNING)
    assert root.certificates == (world.root.certificate,)
    expired = (world.expired.certificate,)
    refused(ErrorCode.CERTIFICATE_EXPIRED, world, world.expired, anchors=expired)
    refused(ErrorCode.CERTIFICATE_PURPOSE, world, world.root)
    octets = world.root.der[:-1] + bytes([world.root.der[-1] ^ 1])
    tampered = parse_certificate(octets)
    refused(ErrorCode.PATH_SIGNATURE, world, tampered, anchors=(tampered,), purpose=Purpose.ANY)


def test_an_end_certificate_among_the_anchors_issues_nothing(world: PkiWorld) -> None:
    leaf = world.issue("冒签", issuer=world.signer)
    refused(ErrorCode.PATH_CA_FLAG, world, leaf, anchors=(world.signer.certificate,))


def test_cross_certificates_and_key_changes(world: PkiWorld) -> None:
    other = PkiWorld(organisation="另一根")
    crossed = other.issue(
        "x", issuer=other.root, subject_der=world.issuing.certificate.subject_der, signer=world.issuing.signer,
        ca=True, usage=CA_USAGE,
    )  # fmt: skip
    pool = (*world.pool, crossed.certificate)
    for anchor in (world.root.certificate, other.root.certificate):
        assert validate(world, world.signer, anchors=(anchor,), pool=pool).anchor == anchor
    renewed = world.issue("示例根CA", self_signed=True, signer=world.root.signer, ca=True, usage=CA_USAGE)
    path = validate(world, world.root, anchors=(renewed.certificate,), purpose=Purpose.CERTIFICATE_SIGNING)
    assert path.certificates == (world.root.certificate, renewed.certificate)


def test_a_valid_way_is_found_beside_an_expired_one(world: PkiWorld) -> None:
    old = authority(world, not_after=NOW - timedelta(days=1))
    subject = old.certificate.subject_der
    fresh = authority(world, subject_der=subject, signer=old.signer)
    leaf = world.issue("叶", issuer=old)
    assert validate(world, leaf, pool=(old.certificate, fresh.certificate)).certificates[1] == fresh.certificate
    refused(ErrorCode.CERTIFICATE_EXPIRED, world, leaf, pool=(old.certificate,))


def test_key_identifiers_are_hints_and_no_more(world: PkiWorld) -> None:
    middle = authority(world)
    wrong_hint = ext.authority_key_identifier(b"wrong")
    leaf = world.issue("叶", issuer=middle, exact_extensions=(wrong_hint,))
    namesake = authority(world, subject_der=middle.certificate.subject_der)
    pool = (namesake.certificate, middle.certificate)
    assert validate(world, leaf, pool=pool).certificates[1] == middle.certificate


def with_extension(world: PkiWorld, *parts: bytes, **how: Any) -> Member:
    return world.issue("扩展", more_extensions=parts, **how)


BROKEN_CONSTRAINTS = ext.extension("2.5.29.30", b"\x30", critical=True)
LEAVES: list[tuple[str, Callable[[PkiWorld], Member], Code]] = [
    ("encryption certificate", lambda wd: wd.encryption, ErrorCode.CERTIFICATE_PURPOSE),
    ("time stamper", lambda wd: wd.tsa, ErrorCode.CERTIFICATE_PURPOSE),
    ("unknown critical extension", lambda wd: with_extension(wd, ext.extension("1.2.3", b"", critical=True)),
     ErrorCode.CERTIFICATE_UNKNOWN_CRITICAL),
    ("critical identity code", lambda wd: with_extension(wd, ext.extension(UNKNOWN_OID, w.utf8_string("3"), critical=True)),
     ErrorCode.CERTIFICATE_UNKNOWN_CRITICAL),
    ("unreadable basicConstraints", lambda wd: wd.issue("坏", exact_extensions=(ext.extension("2.5.29.19", b"x"),)),
     ErrorCode.CERTIFICATE_MALFORMED),
    ("unreadable critical CRL points", lambda wd: with_extension(
        wd, exact_extensions=(ext.extension("2.5.29.31", b"x", critical=True),)), ErrorCode.CERTIFICATE_MALFORMED),
    ("explicit policy demanded", lambda wd: with_extension(wd, ext.extension("2.5.29.36", w.sequence(w.tlv(0x80, b"\x00")))),
     ErrorCode.PATH_POLICY),
    ("unreadable policy constraints", lambda wd: with_extension(wd, ext.extension("2.5.29.36", b"")),
     ErrorCode.CERTIFICATE_MALFORMED),
    ("issued by an end certificate", lambda wd: wd.issue("冒签", issuer=wd.signer), ErrorCode.PATH_CA_FLAG),
]  # fmt: skip


@pytest.mark.parametrize(("leaf", "code"), [row[1:] for row in LEAVES], ids=[row[0] for row in LEAVES])
def test_leaves_that_are_refused(world: PkiWorld, leaf: Callable[[PkiWorld], Member], code: Code) -> None:
    refused(code, world, leaf(world), pool=(*world.pool, world.signer.certificate))


def test_harmless_extensions_are_let_be(world: PkiWorld) -> None:
    harmless = (
        ext.extension(UNKNOWN_OID, w.printable_string("370102199001011234")),
        ext.extension("2.5.29.36", w.sequence(w.tlv(0x81, b"\x00")), critical=True),
        ext.extension("2.5.29.17", w.sequence(w.tlv(0x82, b"x.example")), critical=True),
        ext.extension("2.5.29.32", w.sequence(w.sequence(w.oid("1.2.3"))), critical=True),
    )
    validate(world, with_extension(world, *harmless))


# An authority between root and leaf, and what its fault is called
MIDDLES: list[tuple[str, dict[str, Any], Code]] = [
    ("not a CA", {"ca": False}, ErrorCode.PATH_CA_FLAG),
    ("no keyCertSign", {"usage": ("cRLSign",)}, ErrorCode.PATH_CA_FLAG),
    ("encryption certificate", {"usage": ENCRYPTION_USAGE}, ErrorCode.PATH_CA_FLAG),
    ("no extensions of note", {"exact_extensions": (ext.subject_key_identifier(b"x"),)}, ErrorCode.PATH_CA_FLAG),
    ("unreadable keyUsage", {"exact_extensions": (ext.basic_constraints(ca=True), ext.extension("2.5.29.15", b""))},
     ErrorCode.CERTIFICATE_MALFORMED),
    ("expired", {"not_after": NOW - timedelta(days=1)}, ErrorCode.CERTIFICATE_EXPIRED),
    ("not yet valid", {"not_before": NOW + timedelta(days=1)}, ErrorCode.CERTIFICATE_NOT_YET_VALID),
    ("for web servers", {"purposes": ("serverAuth",)}, ErrorCode.CERTIFICATE_PURPOSE),
    ("unknown critical extension", {"more_extensions": (ext.extension("1.2.3", b"", critical=True),)},
     ErrorCode.CERTIFICATE_UNKNOWN_CRITICAL),
    ("unreadable name constraints", {"more_extensions": (BROKEN_CONSTRAINTS,)}, ErrorCode.PATH_NAME_CONSTRAINTS),
]  # fmt: skip


@pytest.mark.parametrize(("how", "code"), [row[1:] for row in MIDDLES], ids=[row[0] for row in MIDDLES])
def test_authorities_that_are_refused(world: PkiWorld, how: dict[str, Any], code: Code) -> None:
    middle = authority(world, **how)
    leaf = world.issue("叶", issuer=middle)
    error = refused(code, world, leaf, pool=(middle.certificate,))
    assert error.facts.get("depth", 1) == 1


def test_path_length(world: PkiWorld) -> None:
    below = world.issue("三级CA", issuer=world.issuing, ca=True, usage=CA_USAGE)  # issuing CA: path length 0
    leaf = world.issue("叶", issuer=below)
    pool = (*world.pool, below.certificate)
    assert refused(ErrorCode.PATH_LENGTH, world, leaf, pool=pool).facts["depth"] == 1
    refused(ErrorCode.PATH_LENGTH, world, leaf, pool=pool, anchors=(world.issuing.certificate,))
    roomy = authority(world, path_length=1)
    second = world.issue("三级CA", issuer=roomy, ca=True, usage=CA_USAGE)
    leaf = world.issue("叶", issuer=second)
    assert len(validate(world, leaf, pool=(roomy.certificate, second.certificate)).certificates) == 4


def test_a_self_issued_authority_does_not_count(world: PkiWorld) -> None:
    strict = authority(world, path_length=0)
    name = strict.certificate.subject_der
    new_key = world.issue("同名", issuer=strict, subject_der=name, ca=True, usage=CA_USAGE)
    leaf = world.issue("叶", issuer=new_key)
    assert len(validate(world, leaf, pool=(strict.certificate, new_key.certificate)).certificates) == 4


def test_a_chain_too_long_is_not_followed(world: PkiWorld) -> None:
    pool: list[Certificate] = []
    last = world.root
    for depth in range(9):
        last = world.issue(f"第{depth}级CA", issuer=last, ca=True, usage=CA_USAGE)
        pool.append(last.certificate)
    refused(ErrorCode.PATH_NO_ANCHOR, world, world.issue("叶", issuer=last), pool=tuple(pool))
    validate(world, last, pool=tuple(pool), purpose=Purpose.CERTIFICATE_SIGNING)


def test_nobody_vouches(world: PkiWorld) -> None:
    stranger = PkiWorld(organisation="外人")
    refused(ErrorCode.PATH_NO_ANCHOR, world, stranger.signer, pool=stranger.pool)
    refused(ErrorCode.PATH_NO_ANCHOR, world, world.signer, pool=())
    refused(ErrorCode.PATH_NO_ANCHOR, world, world.signer, anchors=())
    refused(ErrorCode.PATH_NO_ANCHOR, world, stranger.root, pool=(), purpose=Purpose.ANY)


def test_a_namesake_of_the_root_is_not_the_root(world: PkiWorld) -> None:
    forged = PkiWorld()
    assert forged.root.certificate.subject_der == world.root.certificate.subject_der
    refused(ErrorCode.PATH_SIGNATURE, world, forged.signer, pool=forged.pool)


def test_tampering_is_a_wrong_signature(world: PkiWorld) -> None:
    octets = world.signer.der.replace(b"pki.example.test/crl", b"pki.example.tost/crl")
    refused(ErrorCode.PATH_SIGNATURE, world, parse_certificate(octets))
    cut = parse_certificate(forge_certificate(world, signature=b"\x03\x03\x04\xff\xf0"))
    refused(ErrorCode.PATH_SIGNATURE, world, cut)
    rsa = w.sequence(w.oid("1.2.840.113549.1.1.11"), w.null())
    other_kind = parse_certificate(forge_certificate(world, inner_algorithm=rsa, outer_algorithm=rsa))
    refused(ErrorCode.PATH_SIGNATURE, world, other_kind)


def test_weak_and_unknown_algorithms_keep_their_names(world: PkiWorld) -> None:
    for oid, code in (
        ("1.2.840.113549.1.1.5", ErrorCode.ALGORITHM_WEAK),
        ("1.2.840.113549.1.1.4", ErrorCode.ALGORITHM_WEAK),
        ("1.2.156.10197.1.502", ErrorCode.ALGORITHM_UNKNOWN),
    ):
        algorithm = w.sequence(w.oid(oid), w.null())
        forged = parse_certificate(forge_certificate(world, inner_algorithm=algorithm, outer_algorithm=algorithm))
        refused(code, world, forged)


def test_the_leaf_comes_before_the_path(world: PkiWorld) -> None:
    refused(ErrorCode.CERTIFICATE_PURPOSE, world, world.encryption, anchors=())


def test_circles_end(world: PkiWorld) -> None:
    first, second = world.name("甲CA"), world.name("乙CA")
    one = world.issue("甲", self_signed=True, subject_der=first, ca=True, usage=CA_USAGE)
    two = world.issue("乙", issuer=one, subject_der=second, ca=True, usage=CA_USAGE)
    back = world.issue("甲", issuer=two, subject_der=first, signer=one.signer, ca=True, usage=CA_USAGE)
    leaf = world.issue("叶", issuer=two)
    pool = (one.certificate, two.certificate, back.certificate)
    refused(ErrorCode.PATH_NO_ANCHOR, world, leaf, pool=pool)


def test_hostile_meshes_are_cut_off(world: PkiWorld) -> None:
    heads = [world.issue(f"网{n}", self_signed=True, ca=True, usage=CA_USAGE) for n in range(7)]
    mesh = [
        world.issue("x", issuer=by, subject_der=of.certificate.subject_der, signer=of.signer, ca=True, usage=CA_USAGE)
        for by in heads
        for of in heads
        if by is not of
    ]
    leaf = world.issue("叶", issuer=heads[0])
    refused(ErrorCode.PATH_LIMIT, world, leaf, pool=tuple(member.certificate for member in mesh))


def test_many_namesakes_are_cut_off(world: PkiWorld) -> None:
    name = world.name("重名CA")
    crowd = tuple(
        world.issue("x", self_signed=True, subject_der=name, ca=True, usage=CA_USAGE).certificate for _ in range(70)
    )
    leaf = world.issue("叶", issuer=world.root, issuer_der=name)
    refused(ErrorCode.PATH_LIMIT, world, leaf, pool=crowd)


def test_helper_certificates_are_limited(world: PkiWorld) -> None:
    base = world.signer.certificate
    crowd = tuple(
        parse_certificate(forge_certificate(world, serial=w.integer(n + 1), signature=w.bit_string(b"")))
        for n in range(MAX_POOL + 1)
    )
    refused(ErrorCode.PATH_LIMIT, world, base, pool=crowd)
    validate(world, base, pool=(*world.pool, *crowd[: MAX_POOL - 2]))


def test_a_naive_time_is_misuse(world: PkiWorld) -> None:
    refused(ErrorCode.USAGE, world, world.signer, at=datetime(2026, 12, 1))  # noqa: DTZ001 - what is refused


def test_a_version_1_root_is_an_anchor_and_no_more(world: PkiWorld) -> None:
    key = world.root.signer
    name = world.name("旧根")
    tbs = w.sequence(
        w.integer(1), key.suite.algorithm_identifier(), name,
        w.sequence(w.time(NOW - timedelta(days=9)), w.time(datetime(2040, 1, 1, tzinfo=UTC))), name, key.public_key.spki,
    )  # fmt: skip
    old = parse_certificate(w.sequence(tbs, key.suite.algorithm_identifier(), w.bit_string(key.sign(tbs))))
    assert old.version == 1
    leaf = world.issue("叶", issuer=Member(old, key))
    validate(world, leaf, anchors=(old,))
    renewed = world.issue("x", self_signed=True, subject_der=name, ca=True, usage=CA_USAGE)
    refused(ErrorCode.PATH_SIGNATURE, world, leaf, anchors=(renewed.certificate,), pool=(old,))


def test_trust_store_is_not_empty_by_a_slip(world: PkiWorld) -> None:
    with pytest.raises(TrustError) as caught:
        TrustStore(anchors=())
    assert caught.value.code is ErrorCode.PATH_NO_ANCHOR
    with pytest.raises(TrustError) as caught:
        TrustStore(anchors=(world.root.certificate,) * 1001)
    assert caught.value.code is ErrorCode.PATH_LIMIT
    assert TrustStore.none().anchors == ()
    assert world.root.certificate in world.anchors
    assert world.signer.certificate not in world.anchors
