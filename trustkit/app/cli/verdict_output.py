"""How verdicts are printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustkit.app.cli.output import OutputFormat, emit, language, refuse, say

if TYPE_CHECKING:
    from trustkit.app.opened import OpenedHome
    from trustkit.app.verify_request import VerifyRequest
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


def tell_all(request: VerifyRequest, home: OpenedHome | None, output: OutputFormat) -> int:
    """Verify what was asked for, print each verdict or refusal, and return the exit status. Raise as `verify_files`."""
    from trustkit.app import exit_status
    from trustkit.app.verification import verify_files
    from trustkit.errors import TrustError
    from trustkit.verdict import Indication

    indications, unreadable = list[Indication](), 0
    for name, verdict in verify_files(request, home):
        if isinstance(verdict, TrustError):
            unreadable = refuse(verdict)
            continue
        indications.append(verdict.conclusion.indication)
        tell(verdict, name, output)
    if unreadable and Indication.TOTAL_FAILED not in indications:
        return unreadable
    return exit_status.of_verdicts(tuple(indications))
