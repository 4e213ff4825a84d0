"""Who may be encrypted to: the verdict on a recipient's certificate, and what each of its doubts does."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.support.ocsp import answer
from tests.support.pki import ENCRYPTION_USAGE, BendableClock, Member, PkiWorld
from trustkit.app.recipients import RecipientRules
from trustkit.encoding.pem import encode_pem
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509.ocsp_response import CertStatus
from trustkit.x509.reason import RevocationReason
from trustkit.x509.trust_store import TrustStore
from verifier.policy import ValidationPolicy
from verifier.service import VerificationService

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from trustkit.error_family import Code


@pytest.fixture(scope="module")
def world() -> PkiWorld:
    return PkiWorld()


@pytest.fixture(scope="module")
def reader(world: PkiWorld) -> Member:
    return world.issue("reader", usage=ENCRYPTION_USAGE)


def rules(
    world: PkiWorld, *evidence: bytes, anchors: TrustStore | None = None, anchored: bool = True, strict: bool = False
) -> RecipientRules:
    service = VerificationService(
        anchors=world.anchors if anchors is None else anchors,
        policy=ValidationPolicy(),
        publications=None,
        fetcher=None,
        clock=BendableClock(world.START),
    )
    return RecipientRules(service=service, evidence=(world.issuing.der, *evidence), anchored=anchored, strict=strict)


def file_of(folder: Path, member: Member) -> Path:
    path = folder / "recipient.pem"
    path.write_bytes(encode_pem("CERTIFICATE", member.der))
    return path


def lists(
    world: PkiWorld, *revoked: Member, reason: RevocationReason = RevocationReason.SUPERSEDED
) -> tuple[bytes, ...]:
    return (world.crl(revoked=dict.fromkeys(revoked, reason)).der, world.crl(issuer=world.root).der)


def test_who_is_known_to_be_good_is_taken_without_doubts(world: PkiWorld, reader: Member, tmp_path: Path) -> None:
    good_by_answer = (answer(world, reader), world.crl(issuer=world.root).der)
    for evidence in (lists(world), good_by_answer):
        (found,) = rules(world, *evidence, strict=True).choose((file_of(tmp_path, reader),))
        assert (found.certificate, found.doubts) == (reader.certificate, ())


def test_what_is_not_known_is_told(world: PkiWorld, reader: Member, tmp_path: Path) -> None:
    path = file_of(tmp_path, reader)
    (found,) = rules(world).choose((path,))
    assert len(found.doubts) == 2  # the recipient's, and its issuer's
    assert all("revocation" in doubt for doubt in found.doubts)
    (found,) = rules(world, anchors=TrustStore.none(), anchored=False).choose((path,))
    assert any("path" in doubt for doubt in found.doubts)


REFUSED: dict[str, tuple[Callable[[PkiWorld, Member], RecipientRules], Code]] = {
    "revoked by a list": (
        lambda world, reader: rules(world, *lists(world, reader)),
        ErrorCode.CERTIFICATE_REVOKED,
    ),
    "on hold": (
        lambda world, reader: rules(world, *lists(world, reader, reason=RevocationReason.CERTIFICATE_HOLD)),
        ErrorCode.CERTIFICATE_REVOKED,
    ),
    "revoked by an answer": (
        lambda world, reader: rules(world, answer(world, reader, status=CertStatus.REVOKED)),
        ErrorCode.CERTIFICATE_REVOKED,
    ),
    "revoked, and no anchors were named": (
        lambda world, reader: rules(world, *lists(world, reader), anchored=False),
        ErrorCode.CERTIFICATE_REVOKED,
    ),
    "an authority revoked": (
        lambda world, _: rules(
            world,
            world.crl().der,
            world.crl(issuer=world.root, revoked={world.issuing: RevocationReason.CA_COMPROMISE}).der,
        ),
        ErrorCode.CERTIFICATE_REVOKED,
    ),
    "no way to the anchors named": (
        lambda world, _: rules(world, anchors=PkiWorld(organisation="另一机关").anchors),
        ErrorCode.PATH_NO_ANCHOR,
    ),
    "no list, and certainty asked for": (lambda world, _: rules(world, strict=True), ErrorCode.CRL_MISSING),
    "nobody trusted, and certainty asked for": (
        lambda world, _: rules(world, anchors=TrustStore.none(), anchored=False, strict=True),
        ErrorCode.PATH_NO_ANCHOR,
    ),
}


@pytest.mark.parametrize(("make", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_who_gets_no_letter(
    world: PkiWorld, reader: Member, tmp_path: Path, make: Callable[[PkiWorld, Member], RecipientRules], code: Code
) -> None:
    with pytest.raises(TrustError) as caught:
        make(world, reader).choose((file_of(tmp_path, reader),))
    assert caught.value.code is code
    assert caught.value.facts["file"] == "recipient.pem"


def test_days_and_purpose_come_first(world: PkiWorld, tmp_path: Path) -> None:
    later = world.issue("x", usage=ENCRYPTION_USAGE, not_before=world.START + timedelta(days=1))
    over = world.issue("x", usage=ENCRYPTION_USAGE, not_after=world.START - timedelta(days=1))
    rows = (
        (later, ErrorCode.CERTIFICATE_NOT_YET_VALID),
        (over, ErrorCode.CERTIFICATE_EXPIRED),
        (world.signer, ErrorCode.CERTIFICATE_PURPOSE),
    )
    for member, code in rows:
        with pytest.raises(TrustError) as caught:
            rules(world, *lists(world)).choose((file_of(tmp_path, member),))
        assert caught.value.code is code
