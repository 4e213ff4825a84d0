"""How the verdict on a wallet's answer is printed (``trustkit verify --query``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustkit.app.cli.output import OutputFormat, emit, language, say

if TYPE_CHECKING:
    from trustkit.app.opened import OpenedHome
    from trustkit.app.verify_request import VerifyRequest


def tell_presented(request: VerifyRequest, home: OpenedHome | None, output: OutputFormat) -> int:
    """Judge the answer of a request, print the verdict as the API answers it, and return the exit status. Raise as `verify_presented`."""
    from trustkit.app import exit_status
    from trustkit.app.presented_file import verify_presented
    from verifier.presentation_report import presentation_to_json
    from verifier.presentation_text import presentation_to_text

    verdict = verify_presented(request, home)
    if output is OutputFormat.JSON:
        emit(presentation_to_json(verdict, language()))
    else:
        for line in presentation_to_text(verdict, str(request.files[0]), language()):
            say(line)
    return exit_status.of_verdicts((verdict.conclusion.indication,))
