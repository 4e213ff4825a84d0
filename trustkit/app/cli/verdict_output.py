"""How a verdict is printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustkit.app.cli.output import OutputFormat, emit, language, say

if TYPE_CHECKING:
    from trustkit.verdict import Verdict


def tell(verdict: Verdict, file: str, output: OutputFormat) -> None:
    """Print a verdict on a file as one JSON object, or as lines for a person."""
    from verifier.report import verdict_to_json
    from verifier.report_text import verdict_to_text

    if output is OutputFormat.JSON:
        emit(verdict_to_json(verdict, file=file, language=language()))
        return
    for line in verdict_to_text(verdict, file=file, language=language()):
        say(line)
