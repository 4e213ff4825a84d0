"""A verdict for people at a terminal: one sentence first, then who signed what and when, then every check with its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from trustkit.texts.catalogue import Language
from trustkit.texts.printable import printable
from verifier.report import message_of, remedy_of
from verifier.report_words import (
    MARKS,
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
    from collections.abc import Iterator

    from trustkit.verdict import Check, SignatureVerdict, Verdict

_COLON: Final = {Language.EN: ": ", Language.ZH: "："}


def verdict_to_text(verdict: Verdict, file: str, language: Language = Language.EN) -> tuple[str, ...]:
    """Return the lines of a report; the first is the verdict in one sentence. Strings hold no line breaks."""
    sentence = headline(verdict.conclusion.indication, language)
    lines = [f"{printable(file)}: {sentence} [{conclusion_words(verdict.conclusion)}]"]
    if check := decisive(verdict):
        lines.append(f"  {message_of(check, language)}")
    lines.extend(f"  {_COLON[language].join(fact(key, value, language))}" for key, value in verdict.subject)
    lines.append(f"  {judged_words(verdict.at, language)}")
    for number, signature in enumerate(verdict.signatures, start=1):
        lines.extend(_signature(signature, number, language))
    lines.extend(f"  {line}" for check in verdict.checks for line in check_lines(check, language))
    lines.extend(f"  {say('uncovered', language, value=printable(each))}" for each in verdict.uncovered)
    return tuple(lines)


def _signature(signature: SignatureVerdict, number: int, language: Language) -> Iterator[str]:
    title = say("signature", language, number=number, form=signature.form)
    yield f"  {title}: {signature.conclusion.indication.value}"
    yield f"    {signer_words(signature, language)}"
    yield f"    {time_words(signature, language)}"
    yield f"    {covers_words(signature, language)}"
    for check in signature.checks:
        yield from (f"    {line}" for line in check_lines(check, language))


def check_lines(check: Check, language: Language) -> Iterator[str]:
    """Yield what is said of one check, and below it what can be done."""
    said = detail_words(check, language)
    detail = f" [{said}]" if said else ""
    yield f"{MARKS[check.status]} {check.id.value}: {message_of(check, language)}{detail}"
    if remedy := remedy_of(check, language):
        yield f"  {say('remedy', language, value=remedy)}"
