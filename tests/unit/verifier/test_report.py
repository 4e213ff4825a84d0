"""Reports: the contract's keys, both languages, and nothing of the file that could move a cursor or name a person."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.support.pki import PkiWorld
from trustkit.errors import ErrorCode
from trustkit.texts.catalogue import Language
from trustkit.verdict import (
    Check,
    CheckId,
    CheckStatus,
    Conclusion,
    Indication,
    SignatureVerdict,
    SubIndication,
    Verdict,
    passed,
    unknown,
    warning,
)
from verifier.judgement.names import MAX_NAME, mask, signer_name
from verifier.report import verdict_to_json
from verifier.report_text import verdict_to_text

FAILURE = Check(
    id=CheckId.SIGNATURE_VALUE,
    status=CheckStatus.FAILED,
    sub_indication=SubIndication.SIG_CRYPTO_FAILURE,
    detail="x\x1b[31m\u202e",
    code=ErrorCode.SIGNATURE_WITHOUT_Z,
)
BAD = Conclusion(indication=Indication.TOTAL_FAILED, sub_indication=SubIndication.SIG_CRYPTO_FAILURE)
AT = datetime(2026, 12, 1, tzinfo=UTC)
VERDICT = Verdict(
    format="pdf",
    at=AT,
    signatures=(
        SignatureVerdict(
            form="pades",
            signer="O=\x1b[2Jx",
            signed_at=AT,
            time_proved=True,
            covers="the whole file",
            checks=(passed(CheckId.FORMAT), FAILURE, warning(CheckId.TIMESTAMP, "w")),
            conclusion=BAD,
        ),
    ),
    checks=(unknown(CheckId.LICENCE_STATUS, SubIndication.LICENCE_STATUS_UNKNOWN),),
    uncovered=("a\nb",),
    conclusion=BAD,
    subject=(("licence.identifier", "1.2"), ("licence.status", "unknown"), ("serial", "7")),
)


@pytest.mark.parametrize("language", list(Language))
def test_the_json_has_the_keys_of_the_contract(language: Language) -> None:
    report = verdict_to_json(VERDICT, "a.pdf", language)
    assert {"file", "format", "indication", "sub_indication", "signatures", "uncovered"} <= set(report)
    assert (report["indication"], report["sub_indication"]) == ("TOTAL-FAILED", "SIG_CRYPTO_FAILURE")
    assert report["at"] == "2026-12-01T00:00:00Z"
    assert report["licence"] == {"identifier": "1.2", "status": "unknown"}
    assert report["subject"] == {"serial": "7"}
    signatures = report["signatures"]
    assert isinstance(signatures, list)
    (signature,) = signatures
    assert isinstance(signature, dict)
    assert {"form", "signer", "signed_at", "indication", "sub_indication", "covers", "checks"} <= set(signature)
    checks = signature["checks"]
    assert isinstance(checks, list)
    for check in checks:
        assert isinstance(check, dict)
        assert {"id", "status", "clause", "message"} <= set(check)
        assert check["message"]
    assert isinstance(checks[1], dict)
    assert checks[1]["code"] == "crypto:signature:without-z"
    assert checks[1]["remedy"]


def test_languages_differ_in_words_alone() -> None:
    english, chinese = (str(verdict_to_json(VERDICT, "a.pdf", language)["indication"]) for language in Language)
    assert english == chinese
    first = verdict_to_text(VERDICT, "a.pdf", Language.EN)[0]
    assert first != verdict_to_text(VERDICT, "a.pdf", Language.ZH)[0]
    assert "TOTAL-FAILED SIG_CRYPTO_FAILURE" in first


@pytest.mark.parametrize("language", list(Language))
def test_text_holds_nothing_unprintable(language: Language) -> None:
    lines = verdict_to_text(VERDICT, "a\x1b]0;b.pdf", language)
    assert all(line.isprintable() for line in lines)
    assert len(lines) > 8


def test_an_empty_verdict_can_be_told() -> None:
    conclusion = Conclusion(indication=Indication.TOTAL_PASSED, sub_indication=None)
    empty = Verdict(format="unknown", at=AT, signatures=(), checks=(), uncovered=(), conclusion=conclusion)
    assert verdict_to_json(empty, "x")["licence"] is None
    assert verdict_to_text(empty, "x")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("C=CN, O=示例局, CN=签发章", "C=CN, O=示例局, CN=签发章"),
        ("CN=张三, serialNumber=11010519491231002X", "CN=张三, serialNumber=**************002X"),
        ("CN=051@张三@Z110105194912310022@1", "CN=051@张三@Z**************0022@1"),
        ("1.2.156.10260.4.1.1=12345678, CN=x", "1.2.156.10260.4.1.1=****5678, CN=x"),
        ("O=91330106MA27XXXX2X 公司", "O=91330106MA27XXXX2X 公司"),
        ("serialNumber=none, CN=x", "serialNumber=none, CN=x"),
    ],
)
def test_numbers_of_persons_are_masked(name: str, shown: str) -> None:
    assert mask(name) == shown


def test_names_are_cut_and_come_from_the_subject() -> None:
    assert len(mask("x" * 5000)) == MAX_NAME
    world = PkiWorld()
    assert signer_name(world.root.certificate) == world.root.certificate.subject
