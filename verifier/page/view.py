"""What the page of a verdict shows: plain values in the reader's language, made once, escaped by the template."""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from trustkit.texts.catalogue import Language, check_text, remedy_for_people
from trustkit.texts.printable import printable
from trustkit.verdict import CheckStatus, Indication
from verifier.report import message_of, remedy_of
from verifier.report_words import (
    STATUSES,
    conclusion_words,
    covers_words,
    decisive,
    detail_words,
    fact,
    headline,
    judged_words,
    say,
    signer_words,
    time_words,
)

if TYPE_CHECKING:
    from trustkit.verdict import Check, SignatureVerdict, Verdict
    from verifier.page.pictures import DrawnPages, PagePicture

MAX_SHOWN_FACTS: Final = 200
_TONES: Final = {Indication.TOTAL_PASSED: "good", Indication.INDETERMINATE: "doubt", Indication.TOTAL_FAILED: "bad"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckLine:
    """A check: `status` is a name of `CheckStatus` in small letters, for its mark, and `word` what it says."""

    status: str
    word: str
    name: str
    message: str
    remedy: str
    detail: str
    clause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignaturePart:
    """A signature: its number and form, how it stands, and its lines."""

    title: str
    tone: str
    sentence: str
    lines: tuple[str, ...]
    checks: tuple[CheckLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A page drawn: a data URL, its size in pixels, and the marks over it."""

    page: int
    width: int
    height: int
    url: str
    marks: tuple[tuple[int, float, float, float, float], ...]
    signatures: str
    is_whole: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictPage:
    """A verdict: `tone` is good, doubt or bad; `pages_left` are those that were not drawn."""

    name: str
    tone: str
    sentence: str
    indication: str
    reason: str
    remedy: str
    judged: str
    facts: tuple[tuple[str, str], ...]
    signatures: tuple[SignaturePart, ...]
    checks: tuple[CheckLine, ...]
    uncovered: tuple[str, ...]
    pictures: tuple[Picture, ...]
    pages_left: int


def verdict_page(verdict: Verdict, name: str, drawn: DrawnPages, language: Language) -> VerdictPage:
    """Return what is shown of a verdict. `name` is the reader's own name of the file, empty for a pasted code."""
    verdict = replace(verdict, at=verdict.at.replace(microsecond=0))  # nobody reads more
    check = decisive(verdict)
    return VerdictPage(
        name=printable(name),
        tone=_TONES[verdict.conclusion.indication],
        sentence=headline(verdict.conclusion.indication, language),
        indication=conclusion_words(verdict.conclusion),
        reason=message_of(check, language) if check else "",
        remedy=remedy_for_people(remedy_of(check, language)) if check else "",
        judged=judged_words(verdict.at, language),
        facts=tuple(_fact(key, value, language) for key, value in verdict.subject[:MAX_SHOWN_FACTS]),
        signatures=tuple(_part(each, number, language) for number, each in enumerate(verdict.signatures, start=1)),
        checks=tuple(_line(each, language) for each in verdict.checks),
        uncovered=tuple(say("uncovered", language, value=printable(each)) for each in verdict.uncovered),
        pictures=tuple(_picture(each) for each in drawn.pages),
        pages_left=max(0, drawn.count - len(drawn.pages)),
    )


def _fact(key: str, value: str, language: Language) -> tuple[str, str]:
    name, said = fact(key, value, language)
    if language is Language.EN:
        name = name.replace(".", " ").replace("_", " ")
        name = name[:1].upper() + name[1:]
    return printable(name), said


def _part(signature: SignatureVerdict, number: int, language: Language) -> SignaturePart:
    if signature.signed_at is not None:
        signature = replace(signature, signed_at=signature.signed_at.replace(microsecond=0))
    return SignaturePart(
        title=say("signature", language, number=number, form=signature.form),
        tone=_TONES[signature.conclusion.indication],
        sentence=conclusion_words(signature.conclusion),
        lines=(signer_words(signature, language), time_words(signature, language), covers_words(signature, language)),
        checks=tuple(_line(each, language) for each in signature.checks),
    )


def _line(check: Check, language: Language) -> CheckLine:
    return CheckLine(
        status=check.status.value.lower(),
        word=STATUSES[language][check.status],
        name=check.id.value,
        message=message_of(check, language),
        remedy=remedy_for_people(remedy_of(check, language)),
        detail=detail_words(check, language) if check.status is not CheckStatus.PASSED else "",
        clause=check_text(check.id, check.status, language).clause,
    )


def _picture(page: PagePicture) -> Picture:
    numbers = sorted({mark.signature for mark in page.marks})
    return Picture(
        page=page.page,
        width=page.width,
        height=page.height,
        url=f"data:image/png;base64,{base64.b64encode(page.png).decode('ascii')}",
        marks=tuple((mark.signature, mark.left, mark.top, mark.width, mark.height) for mark in page.marks),
        signatures=", ".join(map(str, numbers)),
        is_whole=page.is_whole,
    )
