"""Records of verdicts: the same report again, octet by octet, from nothing else."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from esign.credential.binding import BindingDemand
from esign.credential.type_metadata import parse_type_metadata
from esign.ofd.model import LaterSeals
from esign.pdf.model import Overlay
from esign.seal.standing import SealAct, SealChange, SealHistory, Standing
from tests.fuzz.test_trust_list import trust_list
from tests.support.ocsp import answer
from tests.support.pki import PkiWorld
from tests.support.signed_pdf import stamper
from tests.support.testdata import outside
from tests.unit.verifier.licences import NOW, status_token
from tests.unit.verifier.recording import BY, Recorder, altered, opened
from tests.unit.verifier.test_credential import DEMAND, presentation
from trustkit.app.page_views import DrawnViews
from trustkit.cms.model import Dialect
from trustkit.cms.sign import SignedAttributes, sign_message
from trustkit.crypto.algorithm_policy import AlgorithmPolicy, parse_algorithm_policy
from trustkit.errors import ErrorCode, TrustError
from trustkit.record_codes import RecordCode
from trustkit.texts.catalogue import Language
from trustkit.verdict import Indication
from trustkit.x509.ocsp_response import read_ocsp_response
from trustkit.x509.path_revocation import OwnEvidence
from trustkit.x509.trust_store import TrustStore
from verifier.evidence import read_status_list
from verifier.issuer_evidence import read_trust_list
from verifier.judgement.context import Context
from verifier.material import Doubt, Evidence, Problem
from verifier.policy import ValidationPolicy, parse_policy
from verifier.record.evidence_form import evidence_to_json, read_evidence
from verifier.record.members import Members
from verifier.record.objects import KeptObjects, Objects
from verifier.record.read import read_record
from verifier.record.replay import replay, submission_in
from verifier.record.write import record_of
from verifier.report import verdict_to_json
from verifier.submission import Submission

if TYPE_CHECKING:
    from trustkit.verdict import Verdict

OUTSIDE = (
    "certs/signer.der",
    "cms/cfca_sadk_signed_attached.p7b.der",
    "cms/cfca_sadk_signed_attached.p7b.badsig.der",
    "ofd/TAMPERED_invoice_document_xml.ofd",
    "ofd/elicense_yunnan_site_permit_gbt35275_x2.ofd",
    "ofd/ofdrw_v4_allprotected.ofd",
    "ofd/tax_zhejiang_invoice_v4.ofd",
    "pdf/gbt35275_attrs_adbe.pkcs7.detached.pdf",
    "pdf/rfc5652_sm2_adbe.pkcs7.detached__page_replaced_by_incremental_update.pdf",
    "pdf/ses_v4_GM.sm2seal.pdf",
    "pdf/ses_v4_GM.sm2seal__byterange_gap_widened.pdf",
    "sdjwt/simple/sd_jwt_presentation.txt",
    "seals/UserV1.esl",
    "seals/UserV4.esl",
    "tsa/sm2_sm3.tst.der",
    "tsa/sm2_sm3_badsig.tst.der",
)


@pytest.fixture(scope="module")
def world() -> PkiWorld:
    return PkiWorld()


def _lists(world: PkiWorld) -> tuple[bytes, ...]:
    return (world.issuing.der, world.crl().der, world.crl(issuer=world.root).der)


def _detached(world: PkiWorld) -> bytes:
    return sign_message(
        content=b"content",
        signer=world.signer.signer,
        certificate=world.signer.certificate,
        chain=(),
        dialect=Dialect.GBT35275,
        detached=True,
        attributes=SignedAttributes(signing_time=world.START),
        timestamp=stamper(world),
    )


def _reports(verdict: Verdict) -> list[object]:
    return [verdict_to_json(verdict, file="x", language=language) for language in Language]


def _require_same(verdict: Verdict, octets: bytes, submission: Submission) -> None:
    # nothing of what was handed in beside the file is handed in again
    again = replay(read_record(octets), replace(submission, evidence=(), demand=None), by=BY)
    assert again == verdict
    assert _reports(again) == _reports(verdict)


@pytest.mark.parametrize("name", OUTSIDE)
def test_files_of_others_get_the_same_report_again(name: str) -> None:
    data = outside(name).read_bytes()
    recorder = Recorder(at=NOW, views=DrawnViews())
    submission = Submission(name="x", data=data)
    verdict, octets = recorder.record(submission)
    _require_same(verdict, octets, submission)
    assert recorder.record(submission)[1] == octets  # and the same record


def test_what_passed_by_what_was_handed_in_passes_by_the_record(world: PkiWorld) -> None:
    recorder = Recorder(at=NOW, anchors=world.anchors)
    token = stamper(world)(b"content")
    rows = (
        Submission(name="x", data=world.signer.der, evidence=_lists(world)),
        Submission(name="x", data=_detached(world), content=b"content", evidence=_lists(world)),
        Submission(name="x", data=token, content=b"content", evidence=_lists(world)),
        Submission(
            name="x",
            data=presentation(world),
            evidence=(*_lists(world), status_token(world)),
            demand=DEMAND,
        ),
    )
    for submission in rows:
        verdict, octets = recorder.record(submission)
        assert verdict.conclusion.indication is Indication.TOTAL_PASSED, verdict
        _require_same(verdict, octets, submission)


def test_files_nobody_can_read_are_recorded_too() -> None:
    for data in (b"", b"%PDF-1.7\nno", b"text", b"PK\x03\x04"):
        submission = Submission(name="x", data=data)
        verdict, octets = Recorder(at=NOW).record(submission)
        _require_same(verdict, octets, submission)


def test_a_record_with_the_file_inside_needs_nothing_else(world: PkiWorld) -> None:
    submission = Submission(name="licence of somebody", data=_detached(world), content=b"content", demand=DEMAND)
    recorder = Recorder(at=NOW, anchors=world.anchors)
    verdict, octets = recorder.record(submission, with_file=True)
    record = read_record(octets)
    assert replay(record, submission_in(record), by=BY) == verdict
    assert submission_in(record).name == f"sm3:{record.file.sm3}"
    assert b"somebody" not in octets  # the caller's name for a file is nobody's business
    _, without = recorder.record(submission)
    with pytest.raises(TrustError) as caught:
        submission_in(read_record(without))
    assert caught.value.code is RecordCode.RECORD_WITHOUT_FILE


def test_policies_come_back_from_their_own_octets(world: PkiWorld) -> None:
    text = b'name = "strict"\nsignature_timestamp = "required"\n'
    rules = parse_algorithm_policy(b"")
    policy = replace(parse_policy(text), algorithms=rules)
    submission = Submission(name="x", data=_detached(world), content=b"content", evidence=_lists(world))
    verdict, octets = Recorder(at=NOW, anchors=world.anchors, policy=policy).record(submission)
    record = read_record(octets)
    assert (record.policy, record.policy.octets, record.policy.algorithms.octets) == (policy, text, rules.octets)
    _require_same(verdict, octets, submission)


def test_a_policy_that_came_from_no_file_is_not_recorded() -> None:
    with pytest.raises(TrustError) as caught:
        Recorder(at=NOW, policy=ValidationPolicy(name="made up")).record(Submission(name="x", data=b"text"))
    assert caught.value.code is ErrorCode.BUG


def everything_in_one_file(world: PkiWorld) -> Submission:
    """Return a submission whose record has something in most of its members."""
    return Submission(
        name="x",
        data=_detached(world),
        content=b"content",
        evidence=(*_lists(world), answer(world, world.signer), status_token(world), b"no evidence"),
        demand=DEMAND,
    )


def _everything(world: PkiWorld) -> Evidence:
    change = SealChange(act=SealAct.SUSPEND, standing=Standing.SUSPENDED, reason="other", since=NOW, recorded_at=NOW)
    history = SealHistory(number="es-a", made_at=NOW, valid_until=NOW + timedelta(days=1), changes=(change,))
    told = read_ocsp_response(answer(world, world.signer))
    return Evidence(
        certificates=(world.issuing.certificate,),
        crls=(world.crl(),),
        ocsp_responses=(told,),
        status_lists=(read_status_list(status_token(world)),),
        seals={"ab": history, "cd": None},
        views={
            Overlay(signed=7, page=1, part=(0.1, 0.2, 0.30000000000000004, 1.0), is_alike=True): None,
            LaterSeals(kept=("a",), over=("b",), absent=("c",)): Doubt(code=ErrorCode.OFD_COVERED, detail="unseen"),
        },
        types=(parse_type_metadata(b'{"vct":"t"}'),),
        trust_lists=(read_trust_list(trust_list()),),
        own=OwnEvidence(pool=(world.root.certificate,), crls=(world.crl(issuer=world.root),), answers=(told,)),
        problems=(Problem(source="http://a.test", code=RecordCode.RECORD_CHANGED, detail="said"),),
    )


def test_every_part_of_evidence_comes_back(world: PkiWorld) -> None:
    evidence = _everything(world)
    nothing = Evidence()
    for part in fields(Evidence):  # a part that this test does not fill would not be seen to be missing
        assert getattr(evidence, part.name) != getattr(nothing, part.name), part.name
    for part in fields(OwnEvidence):
        assert getattr(evidence.own, part.name), part.name
    objects = Objects()
    written = evidence_to_json(evidence, objects)
    back = read_evidence(Members(written, "evidence"), KeptObjects(objects.to_json()))
    for part in fields(Evidence):
        assert repr(getattr(back, part.name)) == repr(getattr(evidence, part.name)), part.name
    assert [each.octets for each in back.status_lists] == [each.octets for each in evidence.status_lists]
    assert evidence_to_json(back, objects) == written


def test_every_part_of_a_context_is_recorded_or_known_to_begin_empty() -> None:
    recorded = {"evidence", "anchors", "policy", "at", "demand", "copy_demand"}
    begun_empty = {"existed", "links", "lists", "answers", "memory"}  # filled by judgements out of the same evidence
    assert {part.name for part in fields(Context)} == recorded | begun_empty
    assert {part.name for part in fields(Submission)} == {
        "name",
        "data",
        "content",
        "evidence",
        "demand",
        "copy_demand",
    }
    assert {part.name for part in fields(BindingDemand)} == {"audience", "nonce", "longest", "skew"}
    assert {part.name for part in fields(AlgorithmPolicy)} == {"suites", "rsa", "digest", "octets"}


def test_half_a_surrogate_pair_in_a_name_is_written_as_its_escape(world: PkiWorld) -> None:
    verdict, _ = Recorder(at=NOW).record(Submission(name="x", data=world.signer.der))
    strange = replace(verdict, subject=(("claims", "\udc80"),))
    submission = Submission(name="x", data=world.signer.der)
    octets = record_of(
        strange, Evidence(), submission, made_by=BY, anchors=TrustStore.none(), policy=ValidationPolicy()
    )
    assert b"\\\\udc80" in octets
    assert altered(octets) == octets
    assert opened(octets)["made_by"] == BY
