"""``trustkit verify``: what is this file, who signed it, and can it be relied on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trustkit.app.cli.options import AtOption, HomeOption, chosen_home, chosen_time
from trustkit.app.cli.output import FormatOption, OutputFormat, emit, language, refuse, say

if TYPE_CHECKING:
    from esign.credential.binding import BindingDemand

Files = Annotated[list[Path], typer.Argument(metavar="FILE", help="Files to verify, told apart by content.")]
Trust = Annotated[
    list[Path] | None, typer.Option("--trust", metavar="PATH", help="Trust anchors: certificate file or folder.")
]
EvidencePaths = Annotated[
    list[Path] | None,
    typer.Option("--evidence", metavar="PATH", help="Certificates, CRLs, status lists: file or folder."),
]
Content = Annotated[Path | None, typer.Option("--content", help="What a detached signature or time stamp covers.")]
Offline = Annotated[bool, typer.Option("--offline", help="Fetch nothing from the network.")]
Audience = Annotated[
    str | None, typer.Option("--audience", help="Whom the holder of a credential was to present it to; with --nonce.")
]
Nonce = Annotated[str | None, typer.Option("--nonce", help="What the holder of a credential was given to sign.")]
PolicyFile = Annotated[Path | None, typer.Option("--policy", help="Validation policy (TOML); default: the home's.")]


def verify(
    files: Files,
    *,
    trust: Trust = None,
    evidence: EvidencePaths = None,
    at: AtOption = None,
    content: Content = None,
    offline: Offline = False,
    policy: PolicyFile = None,
    audience: Audience = None,
    nonce: Nonce = None,
    home: HomeOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> int:
    """Verify files. Exit: 0 all TOTAL-PASSED, 1 any TOTAL-FAILED, 2 otherwise, 64 usage, 66 unreadable, 70 our bug.

    A file that cannot be read is told on standard error, and the others are verified all the same.

    Without --trust no anchor is trusted but the home authority's and those in the home's trust folder: a foreign
    document is INDETERMINATE at best.
    """
    from trustkit.app import exit_status
    from trustkit.app.verification import VerifyRequest, verify_files
    from trustkit.app.wiring import open_if_home
    from trustkit.errors import TrustError
    from trustkit.verdict import Indication
    from verifier.report import verdict_to_json
    from verifier.report_text import verdict_to_text

    request = VerifyRequest(
        files=tuple(files),
        trust=tuple(trust or ()),
        evidence=tuple(evidence or ()),
        at=chosen_time(at),
        content=content,
        offline=offline,
        policy=policy,
        demand=_demand(audience, nonce),
        home=chosen_home(home),
        home_required=home is not None,
    )
    indications: list[Indication] = []
    unreadable = 0
    with open_if_home(request.home, required=request.home_required) as opened:
        for name, verdict in verify_files(request, opened):
            if isinstance(verdict, TrustError):
                unreadable = refuse(verdict)
                continue
            indications.append(verdict.conclusion.indication)
            if output is OutputFormat.JSON:
                emit(verdict_to_json(verdict, file=name, language=language()))
            else:
                for line in verdict_to_text(verdict, file=name, language=language()):
                    say(line)
    if unreadable and Indication.TOTAL_FAILED not in indications:
        return unreadable
    return exit_status.of_verdicts(tuple(indications))


def _demand(audience: str | None, nonce: str | None) -> BindingDemand | None:
    """Return what a holder was asked for. Raise USAGE for one of the two alone: it would prove nothing."""
    from esign.credential.binding import MAX_NONCE, BindingDemand
    from trustkit.errors import ErrorCode, TrustError

    if audience is None and nonce is None:
        return None
    if not audience or not nonce or len(nonce) > MAX_NONCE:
        raise TrustError(ErrorCode.USAGE, "--audience and --nonce stand together")
    return BindingDemand(audience=audience, nonce=nonce)
