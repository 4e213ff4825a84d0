"""The words of verdicts in 中文: every sentence of those that write them is known."""

from __future__ import annotations

import re

import pytest

from esign.capsule.model import ESSENTIALS
from esign.seal.standing import Standing
from trustkit.verdict import CheckId, SubIndication, failed, passed
from verifier.judgement import capsule, credential, ofd_coverage, ofd_integrity, pdf, seal, token
from verifier.judgement.licence_status import status_word
from verifier.report_chinese import covers_in_chinese, seal_in_chinese, subject_in_chinese

COVERED = (
    pdf._WHOLE,
    "revision 2 of the file",
    "the content given beside the message",
    "the content inside the message",
    seal._COVERS_CONTENT,
    seal._COVERS_SEAL,
    token._COVERS,
    capsule._COVERS,
    credential._COVERS,
    "the status of 12 licences",
    ofd_integrity.COVERS,
    "3 answers about certificates",
    *(f"7 of the package's 9 files: {each}" for each in ofd_coverage._EXTENTS.values()),
    "nothing that is proved, by 1",
)
TOLD = (
    "the seal registry cannot be believed",
    "1 was in force",
    *(
        sentence.format(each.value)
        for each in Standing
        for sentence in (
            "1 is {}",
            "1 was {} when it was used",
            "1 was {} when it was used, by its signer's own word",
            "1 is {}; nothing proves that it was used before",
            "1 was in force; it is {} since",
        )
    ),
)


def _is_chinese(text: str) -> bool:
    return not re.search("[A-Za-z]", text.replace("OFD.xml", ""))


@pytest.mark.parametrize("text", COVERED)
def test_all_that_a_signature_may_cover_is_said(text: str) -> None:
    assert _is_chinese(covers_in_chinese(text))


@pytest.mark.parametrize("text", TOLD)
def test_all_that_becomes_of_a_seal_is_said(text: str) -> None:
    assert _is_chinese(seal_in_chinese(text))


def test_numbers_stay_where_they_belong_and_other_words_as_they_are() -> None:
    told = covers_in_chinese("7 of the package's 9 files: a part of what is shown")
    assert told == "包内 9 个文件中的 7 个：部分显示内容"
    assert seal_in_chinese("es-1 was revoked when it was used") == "es-1 使用时已注销"
    for text in ("something else", "the whole file\n", "{0}"):
        assert covers_in_chinese(text) == seal_in_chinese(text) == text


@pytest.mark.parametrize(
    "name",
    [
        *("seal", "identifier", "type", "created", "valid_from", "valid_until", "users", "picture"),
        *(f"capsule.{name}" for name in ESSENTIALS),
        *("subject", "issuer", "serial", "not_before", "not_after", "judged_for"),
        *("claims", "withheld"),
        *("time", "policy", "produced_at", "licence.identifier", "licence.name", "licence.type", "licence.status"),
    ],
)
def test_every_fact_of_a_verdict_has_its_name(name: str) -> None:
    said, value = subject_in_chinese(name, "x")
    assert _is_chinese(said)
    assert value == "x"


@pytest.mark.parametrize("sub", [None, *SubIndication])
def test_every_status_of_a_licence_is_said(sub: SubIndication | None) -> None:
    check = passed(CheckId.LICENCE_STATUS) if sub is None else failed(CheckId.LICENCE_STATUS, sub)
    assert _is_chinese(subject_in_chinese("licence.status", status_word(check))[1])


def test_a_seals_picture_and_a_certificates_number_keep_what_is_theirs() -> None:
    assert subject_in_chinese("picture", "PNG, 40 by 38 mm") == ("印章图像", "PNG，40×38 mm")
    assert subject_in_chinese("certificate 1f", "good") == ("证书 1f", "good")
    assert subject_in_chinese("something", "PNG, 40 by 38 mm") == ("something", "PNG, 40 by 38 mm")
