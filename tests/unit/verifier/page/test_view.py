"""The page of a verdict: words in both languages, nothing inline, everything out of a file as text, and how each verdict reads."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from importlib.resources import files
from string import Formatter
from typing import TYPE_CHECKING, Any

import pytest
from lxml import html

from esign.licence.lifecycle import Standing
from trustkit.code_families import EVERY_CODE
from trustkit.errors import ErrorCode
from trustkit.texts.catalogue import Language, error_text
from trustkit.verdict import (
    Check,
    CheckId,
    CheckStatus,
    Conclusion,
    Indication,
    SignatureVerdict,
    SubIndication,
    Verdict,
    failed,
    passed,
    unknown,
    warning,
)
from trustkit.web.page_answer import page_answer
from trustkit.web.page_words import all_words
from verifier.page.pictures import DrawnPages, Mark, PagePicture
from verifier.page.routes import PACKAGE
from verifier.page.view import verdict_page
from verifier.report_words import MARKS, STATUSES

if TYPE_CHECKING:
    from collections.abc import Sequence

EVIL = "\"><script>alert(1)</script><img src=x onerror='x'>{{7*7}}{csrf}\u202e"
NOON = datetime(2026, 12, 1, 12, 0, 0, 123456, tzinfo=UTC)
GOOD = Conclusion(indication=Indication.TOTAL_PASSED, sub_indication=None)
REVOKED = Check(
    id=CheckId.CERTIFICATE_REVOCATION,
    status=CheckStatus.FAILED,
    sub_indication=SubIndication.REVOKED,
    detail=EVIL,
    code=ErrorCode.CERTIFICATE_MALFORMED,
)
SIGNED = SignatureVerdict(
    form="pades",
    signer=EVIL,
    signed_at=NOON,
    time_proved=True,
    covers="the whole file",
    checks=(passed(CheckId.SIGNATURE_VALUE), REVOKED),
    conclusion=Conclusion(indication=Indication.TOTAL_FAILED, sub_indication=SubIndication.REVOKED),
)
DRAWN = DrawnPages(
    pages=(
        PagePicture(
            page=1, width=40, height=30, png=b"\x89PNG", marks=(Mark(signature=1, left=1, top=2, width=9, height=8),)
        ),
        PagePicture(page=2, width=40, height=30, png=b"\x89PNG", is_whole=False),
    ),
    count=7,
)


def verdict(*checks: Check, signatures: Sequence[SignatureVerdict] = (), conclusion: Conclusion = GOOD) -> Verdict:
    return Verdict(
        format="pdf",
        at=NOON,
        signatures=tuple(signatures),
        checks=checks or (passed(CheckId.FORMAT),),
        uncovered=(EVIL,),
        conclusion=conclusion,
        subject=(("licence.name", EVIL), ("licence.status", "valid"), (EVIL, "x")),
    )


def shown(found: Verdict, language: Language, *, drawn: DrawnPages = DRAWN, name: str = EVIL) -> Any:
    view = verdict_page(found, name, drawn, language)
    values = {"view": view, "large": False, "problem": ""}
    answer = page_answer(PACKAGE, "verdict.html", values, language=language, permissions="camera=()")
    return html.document_fromstring(bytes(answer.body).decode())


@pytest.mark.parametrize("name", sorted(all_words(PACKAGE)))
def test_words_are_there_in_both_languages(name: str) -> None:
    entry = all_words(PACKAGE)[name]
    assert set(entry) == {"en", "zh"}
    assert all(entry.values())
    placeholders = [{each for _, each, _, _ in Formatter().parse(text) if each} for text in entry.values()]
    assert placeholders[0] == placeholders[1]
    if name not in {"page.switch", "page.switch_label"}:  # in the language they switch to
        assert not re.search(r"[\u4e00-\u9fff]", entry["en"])


@pytest.mark.parametrize("standing", Standing)
def test_what_a_licence_is_has_its_sentence(standing: Standing) -> None:
    hidden = {Standing.DRAFTED, Standing.ABANDONED}  # nobody is told of these
    assert (f"standing.{standing.value}" in all_words(PACKAGE)) is (standing not in hidden)


@pytest.mark.parametrize("status", CheckStatus)
def test_every_status_has_its_word_and_its_mark(status: CheckStatus) -> None:
    style = files(PACKAGE).joinpath("static", "verify.css").read_text("utf-8")
    assert f'.{status.value.lower()} > .mark::before {{ content: "{MARKS[status]}"' in style.replace("\n", "")
    assert all(STATUSES[language][status] for language in Language)


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize(
    ("indication", "tone", "check"),
    [
        (Indication.TOTAL_PASSED, "good", passed(CheckId.FORMAT)),
        (
            Indication.INDETERMINATE,
            "doubt",
            unknown(CheckId.CERTIFICATE_PATH, SubIndication.NO_CERTIFICATE_CHAIN_FOUND),
        ),
        (Indication.TOTAL_FAILED, "bad", failed(CheckId.CONTENT_DIGEST, SubIndication.HASH_FAILURE, EVIL)),
    ],
)
def test_a_verdict_reads_by_its_tone_and_says_why(
    indication: Indication, tone: str, check: Check, language: Language
) -> None:
    conclusion = Conclusion(indication=indication, sub_indication=check.sub_indication)
    tree = shown(verdict(check, conclusion=conclusion), language)
    (told,) = tree.xpath("//div[@role='status']")
    assert told.get("class") == f"verdict {tone}"
    reasons = tree.xpath("//p[@class='reason']")
    assert bool(reasons) is (indication is not Indication.TOTAL_PASSED)
    assert indication.value in tree.text_content()


def test_nothing_stands_inline_and_what_a_file_says_is_text() -> None:
    bad = Conclusion(indication=Indication.TOTAL_FAILED, sub_indication=SubIndication.REVOKED)
    tree = shown(verdict(warning(CheckId.EVIDENCE, EVIL), signatures=[SIGNED], conclusion=bad), Language.EN)
    assert not tree.xpath("//style | //*[@style] | //script[not(@src)] | //*[starts-with(@href, 'javascript:')]")
    assert not [key for each in tree.iter() for key in each.attrib if str(key).startswith("on")]
    assert not tree.xpath("//img")
    text = tree.text_content()
    assert "49" not in text
    assert "\u202e" not in text
    assert text.count("alert(1)") >= 5  # shown, as text: name, facts, signer, details, what is not covered


def test_places_of_signatures_are_marked_and_what_is_missing_is_said() -> None:
    tree = shown(verdict(signatures=[SIGNED]), Language.EN)
    first, second = tree.xpath("//figure")
    assert [dict(each.attrib) for each in first.xpath(".//rect")] == [{"x": "1", "y": "2", "width": "9", "height": "8"}]
    assert first.xpath(".//text/text()") == ["1"]
    assert "signatures 1" in first.xpath(".//svg/@aria-label")[0]
    assert second.xpath(".//svg/@aria-label") == ["Page 2"]
    assert "could not be drawn" in second.text_content()
    assert "5 further pages" in tree.text_content()


def test_a_time_is_told_to_the_second() -> None:
    text = shown(verdict(signatures=[SIGNED]), Language.EN).text_content()
    assert "2026-12-01T12:00:00Z" in text
    assert "123456" not in text


def test_a_pasted_code_has_no_name_and_no_pictures() -> None:
    tree = shown(verdict(), Language.ZH, drawn=DrawnPages(), name="")
    assert not tree.xpath("//*[@class='file'] | //figure")


def test_a_remedy_for_operators_is_not_told_to_citizens() -> None:
    code = next(each for each in EVERY_CODE if "`" in error_text(each, Language.EN).remedy)
    check = replace(REVOKED, id=CheckId.FORMAT, code=code)
    (line,) = verdict_page(verdict(check), "", DrawnPages(), Language.EN).checks
    assert line.remedy == ""
