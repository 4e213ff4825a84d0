"""Reports to be kept: one content in every form, with nothing out of a file that a page or a reader would obey."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from lxml import etree, html

from tests.support.pki import PkiWorld
from tests.support.source import ROOT
from tests.support.testdata import outside
from tests.unit.verifier.licences import NOW
from trustkit.clock import FixedClock
from trustkit.encoding.canonical_json import canonical_json
from trustkit.texts.catalogue import Language
from trustkit.verdict import OWN_SUB_INDICATIONS, Indication, SubIndication
from trustkit.x509.trust_store import TrustStore
from verifier.policy import ValidationPolicy
from verifier.reports import evidence_told
from verifier.reports.content import content_of
from verifier.reports.html import report_to_html
from verifier.reports.model import ReportKind, ReportOrder
from verifier.reports.words import WORDS
from verifier.reports.xml import NAMESPACE, report_to_xml
from verifier.service import VerificationService
from verifier.submission import Submission

if TYPE_CHECKING:
    import pytest

    from trustkit.encoding.canonical_json import JsonValue

HOSTILE = "<script>alert(1)</script>\u202e\x1b[31m\x00&amp;\"'"


def _order(submission: Submission, anchors: TrustStore, **changes: object) -> ReportOrder:
    service = VerificationService(
        anchors=anchors,
        policy=ValidationPolicy(),
        publications=None,
        fetcher=None,
        clock=FixedClock(NOW),
    )
    found = service.examine(submission)
    usual = ReportOrder(
        kind=ReportKind.DIAGNOSTIC,
        verdict=found.verdict,
        context=found.context,
        file="a file",
        sm3="0" * 64,
        octets=1,
        made_by="trustkit 1.2.3",
    )
    return replace(usual, **changes)  # type: ignore[arg-type]


@cache
def _world() -> PkiWorld:
    return PkiWorld()


def _passed(**changes: object) -> ReportOrder:
    world = _world()
    evidence = (world.issuing.der, world.crl().der, world.crl(issuer=world.root).der, b"no evidence")
    return _order(Submission(name="x", data=world.signer.der, evidence=evidence), world.anchors, **changes)


def _orders() -> list[ReportOrder]:
    found = [_passed(), _order(Submission(name="x", data=b""), TrustStore.none())]
    for name in ("ofd/tax_zhejiang_invoice_v4.ofd", "pdf/ses_v4_GM.sm2seal__byterange_gap_widened.pdf"):
        data = outside(name).read_bytes()
        found.append(_order(Submission(name="x", data=data), TrustStore.none()))
    return [replace(each, kind=kind, language=spoken) for each in found for kind in ReportKind for spoken in Language]


def test_every_form_tells_the_same_conclusion_and_checks() -> None:
    schema = etree.XMLSchema(etree.fromstring(files("verifier.reports").joinpath("report.xsd").read_bytes()))
    for order in _orders():
        content = content_of(order)
        verdict = order.verdict
        assert json.loads(canonical_json(content)) == content
        told = content["conclusion"]
        assert isinstance(told, dict)
        assert told["indication"] == verdict.conclusion.indication.value
        tree = etree.fromstring(report_to_xml(content))
        schema.assertValid(tree)
        main = tree.findtext(f"{{{NAMESPACE}}}ValidationStatus/{{{NAMESPACE}}}MainIndication")
        assert main == f"urn:etsi:019102:mainindication:{verdict.conclusion.indication.value.lower()}"
        page = html.fromstring(report_to_html(content))
        assert page.get("lang") == ("zh-CN" if order.language is Language.ZH else "en")
        assert verdict.conclusion.indication.value in page.findtext(".//div/p[@class='code']", "")
        checks = 0 if order.kind is ReportKind.SIMPLE else _number_of_checks(order)
        assert len(page.findall(".//td[@class='status']")) == checks
        assert len(tree.findall(f".//{{{NAMESPACE}}}ValidationConstraint")) == checks
        assert ("evidence" in content) == (order.kind is ReportKind.DIAGNOSTIC)


def _number_of_checks(order: ReportOrder) -> int:
    return len(order.verdict.checks) + sum(len(each.checks) for each in order.verdict.signatures)


def test_words_of_our_own_are_not_called_those_of_etsi() -> None:
    for order, prefix in (
        (_order(Submission(name="x", data=b"text"), TrustStore.none()), "urn:trustkit:subindication:"),
        (_order(Submission(name="x", data=_world().signer.der), TrustStore.none()), "urn:etsi:019102:subindication:"),
    ):
        sub = order.verdict.conclusion.sub_indication
        assert isinstance(sub, SubIndication)
        tree = etree.fromstring(report_to_xml(content_of(order)))
        assert tree.findtext(f".//{{{NAMESPACE}}}SubIndication") == f"{prefix}{sub.value}"


def test_evidence_is_told_by_digest_and_what_is_left_out_by_number(monkeypatch: pytest.MonkeyPatch) -> None:
    order = _passed()
    assert order.verdict.conclusion.indication is Indication.TOTAL_PASSED
    told = content_of(order)["evidence"]
    assert isinstance(told, dict)
    assert _sm3s(told, "anchors") == [_world().root.certificate.fingerprint_sm3]
    assert _world().issuing.certificate.fingerprint_sm3 in _sm3s(told, "certificates")
    assert len(_sm3s(told, "crls")) == 2
    assert told["problems"] != []
    assert told["left_out"] == {}
    monkeypatch.setattr(evidence_told, "MAX_TOLD", 1)
    told = content_of(order)["evidence"]
    assert isinstance(told, dict)
    assert told["left_out"] == {"certificates": 1, "crls": 1}


def _sm3s(told: dict[str, JsonValue], kind: str) -> list[JsonValue]:
    listed = told[kind]
    assert isinstance(listed, list)
    return [each["sm3"] for each in listed if isinstance(each, dict)]


def test_nothing_out_of_a_file_is_obeyed() -> None:
    order = _passed(file=HOSTILE)
    signed = replace(order.verdict, subject=((HOSTILE, HOSTILE), ("licence.name", HOSTILE)), uncovered=(HOSTILE,))
    for language in Language:
        content = content_of(replace(order, verdict=signed, language=language))
        page = report_to_html(content)
        assert "<script" not in page
        assert not any(each in page for each in "\u202e\x1b\x00")
        assert not html.fromstring(page).xpath("//script|//img|//link|//iframe|//@src|//@href|//@onload")
        assert "alert(1)" in "".join(map(str, etree.fromstring(report_to_xml(content)).itertext()))


def test_the_words_of_both_languages_are_the_same_ones() -> None:
    assert WORDS[Language.EN].keys() == WORDS[Language.ZH].keys()


def test_the_divergences_name_every_word_of_our_own() -> None:
    row = next(
        line for line in (ROOT / "docs/DIVERGENCES.md").read_text("utf-8").splitlines() if "table 6 lists" in line
    )
    assert set(re.findall(r"[A-Z]+_[A-Z_]+", row)) == {each.value for each in OWN_SUB_INDICATIONS}
