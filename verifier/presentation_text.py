"""The verdict on a presentation for people at a terminal: one sentence, what was asked and shown, then the verdict on each credential."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustkit.texts.catalogue import Language
from trustkit.texts.printable import printable
from verifier.presentation_report import of_what_was_asked
from verifier.report_text import check_lines, verdict_to_text
from verifier.report_words import conclusion_words, headline, judged_words, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from verifier.judgement.presentation import PresentationVerdict, Shown


def presentation_to_text(verdict: PresentationVerdict, file: str, language: Language = Language.EN) -> tuple[str, ...]:
    """Return the lines of a report; the first is the verdict in one sentence. Strings hold no line breaks, and nothing nobody asked for."""
    sentence = headline(verdict.conclusion.indication, language)
    lines = [f"{printable(file)}: {sentence} [{conclusion_words(verdict.conclusion)}]"]
    lines.append(f"  {judged_words(verdict.at, language)}")
    lines.extend(f"  {line}" for check in verdict.checks for line in check_lines(check, language))
    for shown in verdict.shown:
        lines.extend(f"  {line}" for line in _shown(shown, language))
    return tuple(lines)


def _shown(shown: Shown, language: Language) -> Iterator[str]:
    yield from verdict_to_text(of_what_was_asked(shown), file=shown.query, language=language)
    for claim in shown.fit.claims:
        told = ", ".join(printable(str(each)) for each in claim.values)
        yield f"  {say('claim', language, path=printable('.'.join(map(str, claim.path))), value=told)}"
    for each in shown.fit.lacking:
        yield f"  {say('lacking', language, value=printable(each))}"
