"""Ways to an anchor where several lead or seem to lead: cross-certificates, circles, namesakes, dual certificates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.pki import CA_USAGE, ENCRYPTION_USAGE, Member, PkiWorld
from trustkit.crypto.public_key import KeyKind
from trustkit.encoding import der_write as w
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509 import extensions as ext
from trustkit.x509.helper_pool import MAX_FOLDED
from trustkit.x509.name import Name
from trustkit.x509.path import ValidatedPath, validate_path
from trustkit.x509.purpose import Purpose
from trustkit.x509.trust_store import TrustStore

if TYPE_CHECKING:
    from trustkit.error_family import Code
    from trustkit.x509.certificate import Certificate


def validate(
    world: PkiWorld,
    leaf: Member,
    *,
    anchors: tuple[Certificate, ...] | None = None,
    pool: tuple[Certificate, ...] | None = None,
    purpose: Purpose = Purpose.DOCUMENT_SIGNING,
) -> ValidatedPath:
    store = world.anchors if anchors is None else TrustStore(anchors=anchors) if anchors else TrustStore.none()
    helpers = world.pool if pool is None else pool
    return validate_path(leaf.certificate, anchors=store, pool=helpers, at=world.START, purpose=purpose)


def refused(code: Code, world: PkiWorld, leaf: Member, **how: Any) -> None:
    with pytest.raises(TrustError) as caught:
        validate(world, leaf, **how)
    assert caught.value.code is code, caught.value


def authority(world: PkiWorld, *, subject_der: bytes) -> Member:
    return world.issue("x", issuer=world.root, ca=True, usage=CA_USAGE, subject_der=subject_der)


def test_names_beyond_those_folded_match_by_octets(world: PkiWorld) -> None:
    middle = authority(world, subject_der=Name.build(country="CN", common_name="Sub CA"))
    others = tuple(
        world.issue(
            f"其他{n}", subject_der=Name.build(common_name=f"{n:04}" + "x" * 60), signer=world.tsa.signer
        ).certificate
        for n in range(MAX_FOLDED // 70)
    )
    exact = world.issue("叶", issuer=middle)
    folded = world.issue("叶", issuer=middle, issuer_der=Name.build(country="CN", common_name="SUB CA"))
    for leaf in (exact, folded):
        assert validate(world, leaf, pool=(middle.certificate,)).certificates[1] == middle.certificate
    crowd = (*others, middle.certificate)
    assert validate(world, exact, pool=crowd).certificates[1] == middle.certificate
    refused(ErrorCode.PATH_NO_ANCHOR, world, folded, pool=crowd)


def test_an_sm2_root_cross_certified_by_rsa(world: PkiWorld) -> None:
    """The SM2 root is nobody's anchor; a classical root vouches for it, and the circle back to it is not followed."""
    classical = PkiWorld(kind=KeyKind.RSA, organisation="国际根")
    root = world.root.certificate
    cross: dict[str, Any] = {"ca": True, "usage": CA_USAGE}
    crossed = classical.issue(
        "x", issuer=classical.root, subject_der=root.subject_der, signer=world.root.signer, **cross
    ).certificate
    back = world.issue(
        "x",
        issuer=world.root,
        subject_der=classical.root.certificate.subject_der,
        signer=classical.root.signer,
        **cross,
    ).certificate
    pool = (*world.pool, crossed, back, classical.root.certificate)
    path = validate(world, world.signer, anchors=(classical.root.certificate,), pool=pool)
    assert path.certificates == (
        world.signer.certificate,
        world.issuing.certificate,
        crossed,
        classical.root.certificate,
    )
    assert validate(world, world.signer, pool=pool).anchor == root
    refused(ErrorCode.PATH_NO_ANCHOR, world, world.signer, anchors=(), pool=pool)


def test_an_authority_key_named_by_issuer_and_serial_number_is_found_all_the_same(world: PkiWorld) -> None:
    root = world.root.certificate
    names = w.tlv(0xA1, w.explicit(4, root.subject_der))
    for serial in (root.serial, root.serial + 1):  # right or wrong, it is a hint (RFC 5280 4.2.1.1)
        value = w.sequence(names, w.tlv(0x82, w.integer(serial)[2:]))
        leaf = world.issue("叶", issuer=world.root, exact_extensions=(ext.extension("2.5.29.35", value),))
        assert leaf.certificate.authority_key_id is None
        assert validate(world, leaf).anchor == root


def test_an_encryption_certificate_issues_nothing_and_signs_nothing(world: PkiWorld) -> None:
    """GB/T 20518 dual certificates: the same subject, two keys; only the signing one is a way to the anchor."""
    encryption = world.issue("双证CA", issuer=world.root, ca=True, usage=ENCRYPTION_USAGE)
    signing = authority(world, subject_der=encryption.certificate.subject_der)
    pool = (encryption.certificate, signing.certificate)
    assert validate(world, world.issue("叶", issuer=signing), pool=pool).certificates[1] == signing.certificate
    refused(ErrorCode.PATH_CA_FLAG, world, world.issue("叶", issuer=encryption), pool=pool)
    for purpose in (Purpose.DOCUMENT_SIGNING, Purpose.TIMESTAMPING, Purpose.CRL_SIGNING, Purpose.CERTIFICATE_SIGNING):
        refused(ErrorCode.CERTIFICATE_PURPOSE, world, world.encryption, purpose=purpose)
