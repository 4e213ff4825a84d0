"""Whether an issuer may issue licences of a type, by the trust lists of a home; in PDF, credential and capsule alike."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from esign.capsule.sign import content_of, sign_capsule
from esign.trustlist.sign import sign_trust_list
from tests.support.pki import PkiWorld
from tests.support.signed_pdf import sign_sample
from tests.unit.verifier.licences import NOW, found, metadata, page, status_token, told
from tests.unit.verifier.test_credential import make_credential as credential
from trustkit.capsule_codes import CapsuleCode
from trustkit.clock import FixedClock
from trustkit.encoding.canonical_json import parse_json
from trustkit.errors import TrustError
from trustkit.verdict import CheckId, CheckStatus, Indication, SubIndication
from verifier.issuer_evidence import read_trust_list
from verifier.policy import ValidationPolicy
from verifier.record.read import read_record
from verifier.record.replay import replay
from verifier.service import Examination, Kept, VerificationService
from verifier.submission import Submission

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from esign.trustlist.verify import VerifiedTrustList
    from trustkit.verdict import Verdict

ISSUER, TYPE, OTHER = "1199010000TRYQK01Q", "11100000MB0143028R001", "11100000MB0143028R002"
PASSED, FAILED, OPEN = Indication.TOTAL_PASSED, Indication.TOTAL_FAILED, Indication.INDETERMINATE


@pytest.fixture(scope="module")
def world() -> PkiWorld:
    return PkiWorld()


@pytest.fixture(scope="module")
def capsule(world: PkiWorld) -> bytes:
    claims = parse_json(metadata())
    assert isinstance(claims, dict)
    return sign_capsule(content_of(claims, issued_at=PkiWorld.START), world.signer.signer, world.signer.certificate)


@dataclass
class Lists:
    """The lists of a home, or why one cannot be used."""

    lists: tuple[VerifiedTrustList | TrustError, ...]

    def trust_lists(self) -> Iterator[VerifiedTrustList | TrustError]:
        yield from self.lists


def trust_list(
    world: PkiWorld,
    types: tuple[str, ...],
    *,
    issuer: str = ISSUER,
    begins: datetime = PkiWorld.START,
    lasts: timedelta = timedelta(days=1),
    **more: Any,
) -> VerifiedTrustList:
    octets = sign_trust_list(
        {"uri": "https://list.example", "issuers": [{"code": issuer, "types": [*types]}], **more},
        number=1,
        issued_at=begins,
        expires_at=begins + lasts,
        signer=world.tsa.signer,
        chain=(world.tsa.certificate,),
    )
    return read_trust_list(octets)


def _service(world: PkiWorld, *lists: VerifiedTrustList | TrustError) -> VerificationService:
    return VerificationService(
        anchors=world.anchors,
        policy=ValidationPolicy(),
        publications=None,
        fetcher=None,
        clock=FixedClock(NOW),
        issuers=Lists(lists),
    )


def _submission(world: PkiWorld, data: bytes) -> Submission:
    own = (world.crl().der, world.crl(issuer=world.root).der, world.issuing.certificate.der, status_token(world))
    return Submission(name="x", data=data, evidence=own)


def _judged(world: PkiWorld, data: bytes, *lists: VerifiedTrustList | TrustError) -> Verdict:
    return _service(world, *lists).verify(_submission(world, data))


def test_without_a_list_nothing_is_said(world: PkiWorld, capsule: bytes) -> None:
    verdict = _judged(world, capsule)
    assert told(verdict) == (PASSED, None)
    assert CheckId.LICENCE_ENTITLEMENT not in {check.id for check in verdict.checks}


def test_the_list_decides(world: PkiWorld, capsule: bytes) -> None:
    good, elsewhere = trust_list(world, (TYPE,)), trust_list(world, (TYPE,), issuer="110000")
    other, same = trust_list(world, (OTHER,)), trust_list(world, (OTHER,), equivalents=[[OTHER, TYPE]])
    for lists, expected, code in (
        ((good,), (PASSED, None), None),
        ((same,), (PASSED, None), None),
        ((other, good), (PASSED, None), None),
        ((other,), (FAILED, SubIndication.SIG_CONSTRAINTS_FAILURE), CapsuleCode.TRUST_LIST_NOT_ENTITLED),
        ((elsewhere,), (OPEN, SubIndication.SIG_CONSTRAINTS_FAILURE), CapsuleCode.TRUST_LIST_UNLISTED),
    ):
        verdict = _judged(world, capsule, *lists)
        assert told(verdict) == expected
        assert found(verdict, CheckId.LICENCE_ENTITLEMENT).code is code


def test_a_list_that_is_out_of_date_entitles_nobody(world: PkiWorld, capsule: bytes) -> None:
    service = replace(_service(world, trust_list(world, (TYPE,))), clock=FixedClock(NOW + timedelta(days=1)))
    check = found(service.verify(_submission(world, capsule)), CheckId.LICENCE_ENTITLEMENT)
    assert (check.status, check.code) == (CheckStatus.UNKNOWN, CapsuleCode.TRUST_LIST_EXPIRED)


def test_a_time_of_the_past_makes_no_list_current(world: PkiWorld, capsule: bytes) -> None:
    """Neither one that has expired since, beside which a current one still decides, nor one that was issued later."""
    submission, before = _submission(world, capsule), NOW - timedelta(seconds=1)
    late = FixedClock(PkiWorld.START + timedelta(days=1))
    good, lasting = trust_list(world, (TYPE,)), trust_list(world, (OTHER,), lasts=timedelta(days=2))
    ahead = trust_list(world, (TYPE,), begins=NOW)
    for lists, clock, at, code in (
        ((good,), late, NOW, CapsuleCode.TRUST_LIST_EXPIRED),
        ((good, lasting), late, NOW, CapsuleCode.TRUST_LIST_NOT_ENTITLED),
        ((ahead,), FixedClock(NOW), before, CapsuleCode.TRUST_LIST_EXPIRED),
        ((ahead,), FixedClock(NOW), NOW, None),
    ):
        service = replace(_service(world, *lists), clock=clock)
        assert found(service.verify(submission, at), CheckId.LICENCE_ENTITLEMENT).code is code


def test_a_list_that_cannot_be_used_leaves_doubt(world: PkiWorld, capsule: bytes) -> None:
    broken = TrustError(CapsuleCode.TRUST_LIST_SIGNER, "another key")
    verdict = _judged(world, capsule, broken)
    assert told(verdict)[0] is OPEN
    assert found(verdict, CheckId.EVIDENCE).code is CapsuleCode.TRUST_LIST_SIGNER
    assert told(_judged(world, capsule, broken, trust_list(world, (TYPE,)))) == (PASSED, None)


def test_pdf_and_credential_alike(world: PkiWorld, tmp_path: Path) -> None:
    pdf = sign_sample(world, page(tmp_path, metadata()))
    for data in (pdf, credential(world).encode()):
        good, bad = _judged(world, data, trust_list(world, (TYPE,))), _judged(world, data, trust_list(world, (OTHER,)))
        assert found(good, CheckId.LICENCE_ENTITLEMENT).status is CheckStatus.PASSED
        assert found(bad, CheckId.LICENCE_ENTITLEMENT).code is CapsuleCode.TRUST_LIST_NOT_ENTITLED
        assert told(bad)[0] is FAILED


def test_a_type_beside_the_identifiers_is_nobodys(world: PkiWorld, tmp_path: Path) -> None:
    pdf = sign_sample(world, page(tmp_path, metadata(ZZLXDM=OTHER)))
    for data in (pdf, credential(world, ZZLXDM=OTHER).encode()):
        for lists in ((), (trust_list(world, (TYPE,)),)):
            verdict = _judged(world, data, *lists)
            assert told(verdict) == (FAILED, SubIndication.SIG_CONSTRAINTS_FAILURE)
            assert found(verdict, CheckId.LICENCE_IDENTIFIER).status is CheckStatus.FAILED
            assert verdict.said is not None
            assert verdict.said.types == {TYPE}


def test_who_withholds_the_identifier_goes_by_no_list_and_is_of_no_type(world: PkiWorld) -> None:
    for text in (
        credential(world, ZZBS=None, ZZLXDM=TYPE, hidden=frozenset({("CZZT",)})),
        credential(world, ZZLXDM=TYPE, hidden=frozenset({("CZZT",), ("ZZBS",)})).split("~")[0] + "~",
    ):
        verdict = _judged(world, text.encode(), trust_list(world, (TYPE,)))
        assert told(verdict) == (OPEN, SubIndication.SIG_CONSTRAINTS_FAILURE)
        assert found(verdict, CheckId.LICENCE_ENTITLEMENT).status is CheckStatus.UNKNOWN
        assert verdict.said is not None
        assert not verdict.said.types


def test_equivalent_types_are_told_to_who_compares_licences(world: PkiWorld, capsule: bytes) -> None:
    said = _judged(world, capsule, trust_list(world, (TYPE,), equivalents=[[OTHER, TYPE]])).said
    assert said is not None
    assert {TYPE, OTHER} <= said.types


@pytest.mark.parametrize(
    ("now", "code"),
    [
        (NOW, CapsuleCode.TRUST_LIST_NOT_ENTITLED),
        (PkiWorld.START + timedelta(days=1), CapsuleCode.TRUST_LIST_EXPIRED),
    ],
    ids=["current", "expired"],
)
def test_a_record_holds_the_lists(world: PkiWorld, capsule: bytes, now: datetime, code: CapsuleCode) -> None:
    service = replace(_service(world, trust_list(world, (OTHER,))), clock=FixedClock(now))
    submission = _submission(world, capsule)
    kept: list[bytes] = []

    def keep(examination: Examination) -> Kept:
        kept.append(service.record_of(examination, submission, made_by="trustkit 1.2.3"))
        return Kept()

    verdict = service.verify_keeping(submission, NOW, keep=keep)
    again = replay(read_record(kept[0]), submission, by="trustkit 1.2.3")
    assert told(again) == told(verdict)
    assert found(again, CheckId.LICENCE_ENTITLEMENT).code is code
