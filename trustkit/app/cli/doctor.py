"""``trustkit doctor``: everything someone who helps would ask for first."""

from __future__ import annotations

from typing import Annotated

import typer

from trustkit.app.cli.options import HomeOption, chosen_home
from trustkit.app.cli.output import FormatOption, OutputFormat, emit, say, table


def doctor(
    *,
    connectors: Annotated[
        bool, typer.Option("--connectors", help="Ask the OpenID providers of sign-on, over the network.")
    ] = False,
    home: HomeOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> int:
    """Show versions, engines and why they were chosen, fonts, home, store, certificates, publications and sign-on."""
    from trustkit.app.diagnosis import diagnose
    from trustkit.clock import SystemClock

    findings = diagnose(chosen_home(home), SystemClock(), connectors=connectors)
    if output is OutputFormat.JSON:
        for finding in findings:
            emit(finding.to_json())
    else:
        table(("", "what", "found"), [finding.row() for finding in findings])
        broken = sum(finding.broken for finding in findings)
        say("all is well" if not broken else f"{broken} finding(s) need attention")
    return 1 if any(finding.broken for finding in findings) else 0
