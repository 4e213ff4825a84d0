"""Several signers, one more on an existing message, countersignatures: what others signed stays octet for octet."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

import pytest

from tests.support.message_forge import CONTENT, MessageForge
from tests.support.pki import Member, PkiWorld
from trustkit.cms import oids
from trustkit.cms.cosign import SigningParty, add_signer, countersign, sign_together
from trustkit.cms.model import Dialect
from trustkit.cms.read import parse_signed_message
from trustkit.cms.sign import SignedAttributes, attribute
from trustkit.cms.verify import verify_countersignature, verify_signer
from trustkit.crypto.public_key import KeyKind
from trustkit.crypto.suites import SignatureSuite
from trustkit.encoding import der
from trustkit.encoding import der_write as w
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.error_family import Code

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)


@cache
def classical(kind: KeyKind) -> PkiWorld:
    return PkiWorld(kind=kind)


def _party(member: Member, attributes: SignedAttributes | None = SignedAttributes()) -> SigningParty:  # noqa: B008 - frozen
    return SigningParty(signer=member.signer, certificate=member.certificate, attributes=attributes)


def _verified(octets: bytes, content: bytes | None = None) -> dict[SignatureSuite, bytes]:
    message = parse_signed_message(octets)
    found = [verify_signer(message, index, content=content) for index in range(len(message.signers))]
    assert all(each.notes == () for each in found)
    return {each.suite: each.signature for each in found}


@pytest.mark.parametrize("detached", [False, True])
@pytest.mark.parametrize("dialect", Dialect)
def test_several_sm2_signers(world: PkiWorld, dialect: Dialect, *, detached: bool) -> None:
    parties = (_party(world.signer), _party(world.issue("会签人"), None), _party(world.issue("第三人")))
    octets = sign_together(CONTENT, parties, dialect=dialect, detached=detached)
    der.parse_strict(octets)
    message = parse_signed_message(octets)
    assert len(message.signers) == 3
    assert len(message.digest_algorithms) == 1
    assert len(message.certificates) == 3
    for index in range(3):
        assert verify_signer(message, index, content=CONTENT if detached else None).notes == ()


def test_sm2_and_classical_signers_in_one_message(world: PkiWorld) -> None:
    rsa, p256 = world.issue("RSA", kind=KeyKind.RSA), world.issue("P-256", kind=KeyKind.EC_P256)
    octets = sign_together(
        CONTENT, (_party(world.signer), _party(rsa), _party(p256)), dialect=Dialect.RFC5652, detached=True
    )
    assert len(parse_signed_message(octets).digest_algorithms) == 2
    found = _verified(octets, CONTENT)
    assert set(found) == {SignatureSuite.SM2_SM3, SignatureSuite.RSA_PKCS1_SHA256, SignatureSuite.ECDSA_P256_SHA256}


def test_adding_a_signer_leaves_the_others_as_they_were(world: PkiWorld) -> None:
    first = sign_together(CONTENT, (_party(world.signer),), dialect=Dialect.GBT35275, detached=False)
    (earlier,) = parse_signed_message(first).signers
    second = add_signer(first, _party(world.issue("会签人")))
    signers = parse_signed_message(second).signers
    assert earlier in signers
    assert len(_verified(second)) == 1
    assert parse_signed_message(second).content == CONTENT


def test_time_stamps_are_each_signers_own(world: PkiWorld) -> None:
    def stamping(member: Member, token: bytes) -> SigningParty:
        return SigningParty(signer=member.signer, certificate=member.certificate, timestamp=lambda _: token)

    octets = sign_together(
        CONTENT,
        (stamping(world.signer, b"\x30\x00"), stamping(world.issue("二"), b"\x30\x02\x05\x00")),
        dialect=Dialect.RFC5652,
        detached=False,
    )
    message = parse_signed_message(octets)
    tokens = {verify_signer(message, index, content=None).timestamp_tokens for index in range(2)}
    assert tokens == {(b"\x30\x00",), (b"\x30\x02\x05\x00",)}


def test_a_countersignature_is_over_the_signature(world: PkiWorld) -> None:
    first = sign_together(CONTENT, (_party(world.signer),), dialect=Dialect.RFC5652, detached=False)
    witness = world.issue("见证人")
    once = countersign(first, 0, _party(witness, SignedAttributes(signing_time=NOON)))
    twice = countersign(once, 0, _party(world.issue("另一见证人"), None))
    message = parse_signed_message(twice)
    assert verify_signer(message, 0, content=None).notes == ()
    found = [verify_countersignature(message, 0, number) for number in range(2)]
    assert {each.certificate.common_name for each in found} == {"见证人", "另一见证人"}
    assert NOON in {each.claimed_signing_time for each in found}


COUNTERSIGNATURES = {
    "over something else": (
        lambda f: f.signer_info(
            attributes=(attribute(oids.MESSAGE_DIGEST, w.octet_string(bytes(32))),)
        ),
        ErrorCode.CMS_DIGEST_MISMATCH,
    ),
    "with a content type": (lambda f: f.signer_info(), ErrorCode.CMS_ATTRIBUTES),
    "signature over the content": (lambda f: f.signer_info(attributes=None), ErrorCode.SIGNATURE_WRONG),
    "no SignerInfo": (lambda _: w.null(), ErrorCode.CMS_ATTRIBUTES),
    "empty": (lambda _: w.sequence(), ErrorCode.CMS_MALFORMED),
}  # fmt: skip


@pytest.mark.parametrize(("made", "code"), COUNTERSIGNATURES.values(), ids=COUNTERSIGNATURES.keys())
def test_countersignatures_that_do_not_hold(forge: MessageForge, made: object, code: Code) -> None:
    value = made(forge)  # type: ignore[operator]
    octets = forge.message(signers=(forge.signer_info(unsigned=(attribute(oids.COUNTERSIGNATURE, value),)),))
    with pytest.raises(TrustError) as refusal:
        verify_countersignature(parse_signed_message(octets), 0, 0)
    assert refusal.value.code is code


def test_misuse(world: PkiWorld, forge: MessageForge) -> None:
    attached = forge.message()
    detached = forge.message(content=None)
    other = _party(world.issue("其他人"))
    p256 = _party(classical(KeyKind.EC_P256).signer)
    gbt = sign_together(CONTENT, (_party(world.signer),), dialect=Dialect.GBT35275, detached=False)
    for act, code in (
        (lambda: sign_together(CONTENT, (), dialect=Dialect.RFC5652, detached=False), ErrorCode.USAGE),
        (lambda: add_signer(attached, _party(world.signer)), ErrorCode.USAGE),
        (lambda: add_signer(detached, other), ErrorCode.CMS_CONTENT_MISSING),
        (lambda: add_signer(attached, other, content=b"other"), ErrorCode.CMS_CONTENT_TWICE),
        (lambda: add_signer(gbt, p256), ErrorCode.ALGORITHM_MISMATCH),
        (lambda: add_signer(b"\x30\x00", other), ErrorCode.CMS_MALFORMED),
        (lambda: countersign(attached, 1, other), ErrorCode.CMS_NO_SIGNER),
        (lambda: verify_countersignature(parse_signed_message(attached), 0, 0), ErrorCode.CMS_NO_SIGNER),
    ):
        with pytest.raises(TrustError) as refusal:
            act()
        assert refusal.value.code is code
