from __future__ import annotations

from datetime import UTC, datetime
from functools import cache

import pytest

from tests.support.pki import PkiWorld
from trustkit.cms import oids
from trustkit.cms.content import ContentDigests
from trustkit.cms.model import Dialect
from trustkit.cms.read import parse_signed_message
from trustkit.cms.sign import CADES_B, SignedAttributes, sign_message
from trustkit.cms.verify import SignatureForm, verify_signer
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.crypto.public_key import KeyKind
from trustkit.crypto.suites import SignatureSuite
from trustkit.custody.private_key import generate_key
from trustkit.encoding import der
from trustkit.errors import ErrorCode, TrustError

CONTENT = "照面内容\n".encode() * 7
NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
ML_DSA = (KeyKind.ML_DSA_44, KeyKind.ML_DSA_65, KeyKind.ML_DSA_87)
EVERY_KIND = (KeyKind.EC_P256, KeyKind.EC_P384, KeyKind.RSA, KeyKind.ED25519, *ML_DSA)


@cache
def world_of(kind: KeyKind) -> PkiWorld:
    return PkiWorld(kind=kind)


@pytest.mark.parametrize("attributes", [None, CADES_B, SignedAttributes(signing_time=NOON, signing_certificate=False)])
@pytest.mark.parametrize("detached", [False, True])
@pytest.mark.parametrize("dialect", Dialect)
def test_sm2_round_trip(
    world: PkiWorld, dialect: Dialect, *, detached: bool, attributes: SignedAttributes | None
) -> None:
    crl = world.crl().der
    signed = sign_message(
        content=CONTENT,
        signer=world.signer.signer,
        certificate=world.signer.certificate,
        chain=world.pool,
        dialect=dialect,
        detached=detached,
        attributes=attributes,
        crls=(crl,),
    )
    der.parse_strict(signed)
    message = parse_signed_message(signed)
    assert message.dialect is dialect
    assert message.content == (None if detached else CONTENT)
    assert message.notes == ()
    assert message.crls == (crl,)
    verified = verify_signer(message, 0, content=CONTENT if detached else None)
    assert verified.certificate == world.signer.certificate
    assert set(verified.certificates) == {world.signer.certificate, *world.pool}
    assert verified.suite is SignatureSuite.SM2_SM3
    assert verified.digest_algorithm is DigestAlgorithm.SM3
    assert verified.content_digest == digest(DigestAlgorithm.SM3, CONTENT)
    assert verified.notes == ()
    bound = attributes is not None and attributes.signing_certificate
    assert verified.certificate_bound is bound
    assert verified.claimed_signing_time == (attributes.signing_time if attributes else None)
    if dialect is Dialect.GBT35275:
        assert verified.form is SignatureForm.GBT35275
    else:
        assert verified.form is (SignatureForm.CADES if bound else SignatureForm.CMS)


@pytest.mark.parametrize("kind", EVERY_KIND)
@pytest.mark.parametrize("attributes", [None, CADES_B])
def test_classical_round_trip(kind: KeyKind, attributes: SignedAttributes | None) -> None:
    member = world_of(kind).signer
    signed = sign_message(
        content=CONTENT,
        signer=member.signer,
        certificate=member.certificate,
        dialect=Dialect.RFC5652,
        detached=False,
        attributes=attributes,
    )
    verified = verify_signer(parse_signed_message(signed), 0, content=None)
    assert verified.suite is member.signer.suite
    assert verified.notes == ()


def test_pss_round_trip() -> None:
    member = world_of(KeyKind.RSA).issue("PSS", signer=generate_key(KeyKind.RSA).signer(SignatureSuite.RSA_PSS_SHA256))
    signed = sign_message(
        content=CONTENT,
        signer=member.signer,
        certificate=member.certificate,
        dialect=Dialect.RFC5652,
        detached=False,
    )
    assert verify_signer(parse_signed_message(signed), 0, content=None).suite is SignatureSuite.RSA_PSS_SHA256


def test_digest_alone_signs_detached(world: PkiWorld) -> None:
    parts = ContentDigests(CONTENT[:9], CONTENT[9:])
    signed = sign_message(
        content=None,
        content_digest=parts.digest(DigestAlgorithm.SM3),
        signer=world.signer.signer,
        certificate=world.signer.certificate,
        dialect=Dialect.RFC5652,
        detached=True,
    )
    verified = verify_signer(parse_signed_message(signed), 0, content=parts)
    assert verified.form is SignatureForm.CADES
    assert parts.octets() == CONTENT


def test_timestamp_attribute_is_over_the_signature_octets(world: PkiWorld) -> None:
    stamped: list[bytes] = []

    def stamp(signature: bytes) -> bytes:
        stamped.append(signature)
        return b"\x30\x00"

    signed = sign_message(
        content=CONTENT,
        signer=world.signer.signer,
        certificate=world.signer.certificate,
        dialect=Dialect.RFC5652,
        detached=False,
        timestamp=stamp,
    )
    verified = verify_signer(parse_signed_message(signed), 0, content=None)
    assert verified.timestamp_tokens == (b"\x30\x00",)
    assert stamped == [verified.signature]


def test_certificates_can_be_left_out(world: PkiWorld) -> None:
    signed = sign_message(
        content=CONTENT,
        signer=world.signer.signer,
        certificate=world.signer.certificate,
        dialect=Dialect.RFC5652,
        detached=False,
        include_certificates=False,
    )
    message = parse_signed_message(signed)
    assert message.certificates == ()
    with pytest.raises(TrustError) as refusal:
        verify_signer(message, 0, content=None)
    assert refusal.value.code is ErrorCode.CMS_NO_CERTIFICATE
    extra = (world.tsa.certificate, world.signer.certificate)
    assert verify_signer(message, 0, content=None, extra_certificates=extra).certificate == world.signer.certificate


MISUSE = {
    "digest and attached": {"content": None, "content_digest": bytes(32), "detached": False},
    "digest and no attributes": {"content": None, "content_digest": bytes(32), "attributes": None},
    "nothing": {"content": None},
    "digest of another length": {"content": None, "content_digest": bytes(20)},
    "digest of other content": {"content_digest": bytes(32)},
    "other content type without attributes": {"content_type": oids.TST_INFO, "attributes": None},
}


@pytest.mark.parametrize("bent", MISUSE.values(), ids=MISUSE.keys())
def test_misuse_is_refused(world: PkiWorld, bent: dict[str, object]) -> None:
    arguments = {
        "content": CONTENT,
        "signer": world.signer.signer,
        "certificate": world.signer.certificate,
        "dialect": Dialect.RFC5652,
        "detached": True,
    } | bent
    with pytest.raises(TrustError) as refusal:
        sign_message(**arguments)  # type: ignore[arg-type]
    assert refusal.value.code is ErrorCode.USAGE


def test_key_and_certificate_must_belong_together(world: PkiWorld) -> None:
    with pytest.raises(TrustError) as refusal:
        sign_message(
            content=CONTENT,
            signer=world.signer.signer,
            certificate=world.tsa.certificate,
            dialect=Dialect.RFC5652,
            detached=False,
        )
    assert refusal.value.code is ErrorCode.USAGE


def test_gbt_dialect_is_for_sm2() -> None:
    member = world_of(KeyKind.EC_P256).signer
    with pytest.raises(TrustError) as refusal:
        sign_message(
            content=CONTENT,
            signer=member.signer,
            certificate=member.certificate,
            dialect=Dialect.GBT35275,
            detached=False,
        )
    assert refusal.value.code is ErrorCode.ALGORITHM_MISMATCH
