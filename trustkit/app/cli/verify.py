"""``trustkit verify``: what is this file, who signed it, and can it be relied on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trustkit.app.cli.options import AtOption, HomeOption, chosen_home, chosen_time
from trustkit.app.cli.output import FormatOption, OutputFormat, refuse
from trustkit.app.cli.replay import replay_one
from trustkit.app.cli.verdict_output import tell

if TYPE_CHECKING:
    from esign.credential.binding import BindingDemand
    from trustkit.app.verification import VerifyRequest

Files = Annotated[
    list[Path] | None,
    typer.Argument(metavar="FILE", help="Files to verify, told apart by content.", show_default=False),
]
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
Record = Annotated[
    Path | None, typer.Option("--record", help="Where to keep all that the verdict on one file rests on.")
]
KeepFile = Annotated[bool, typer.Option("--keep-file", help="Keep the file itself in the record, too.")]
Replay = Annotated[
    Path | None,
    typer.Option("--replay", help="A record: reach its verdict again, by what it holds alone."),
]
PolicyFile = Annotated[Path | None, typer.Option("--policy", help="Validation policy (TOML); default: the home's.")]


def verify(
    files: Files = None,
    *,
    trust: Trust = None,
    evidence: EvidencePaths = None,
    at: AtOption = None,
    content: Content = None,
    offline: Offline = False,
    policy: PolicyFile = None,
    audience: Audience = None,
    nonce: Nonce = None,
    record: Record = None,
    keep_file: KeepFile = False,
    replay: Replay = None,
    home: HomeOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> int:
    """Verify files. Exit: 0 all TOTAL-PASSED, 1 any TOTAL-FAILED, 2 otherwise, 64 usage, 66 unreadable, 70 our bug.

    A file that cannot be read is told on standard error, and the others are verified all the same.

    Without --trust no anchor is trusted but the home authority's and those in the home's trust folder: a foreign
    document is INDETERMINATE at best.
    --record keeps all that a verdict rests on; --replay prints the same report again by it, or says why it cannot.
    """
    from trustkit.app import exit_status
    from trustkit.app.verification import VerifyRequest, verify_files
    from trustkit.app.wiring import open_if_home
    from trustkit.errors import TrustError
    from trustkit.verdict import Indication

    request = VerifyRequest(
        files=tuple(files or ()),
        trust=tuple(trust or ()),
        evidence=tuple(evidence or ()),
        at=chosen_time(at),
        content=content,
        offline=offline,
        policy=policy,
        demand=_demand(audience, nonce),
        record=record,
        keep_file=keep_file,
        home=chosen_home(home),
        home_required=home is not None,
    )
    _require_one_way(request, replay)
    indications, unreadable = list[Indication](), 0
    with open_if_home(request.home, required=request.home_required) as opened:
        if replay is not None:
            return replay_one(replay, list(request.files), content, opened, output)
        for name, verdict in verify_files(request, opened):
            if isinstance(verdict, TrustError):
                unreadable = refuse(verdict)
                continue
            indications.append(verdict.conclusion.indication)
            tell(verdict, name, output)
    if unreadable and Indication.TOTAL_FAILED not in indications:
        return unreadable
    return exit_status.of_verdicts(tuple(indications))


def _require_one_way(request: VerifyRequest, replay: Path | None) -> None:
    """Raise USAGE for a request that names nothing to verify, or says beside --replay what its record says."""
    from trustkit.errors import ErrorCode, TrustError

    if replay is None:
        if not request.files:
            raise TrustError(ErrorCode.USAGE, "a file to verify is needed")
        if request.keep_file and request.record is None:
            raise TrustError(ErrorCode.USAGE, "--keep-file belongs to --record")
        return
    said = (request.trust, request.evidence, request.at, request.policy, request.demand, request.record)
    if any(said) or request.keep_file:
        raise TrustError(ErrorCode.USAGE, "the record of --replay says the rest: give the file and --content at most")
    if request.content is not None and not request.files:
        raise TrustError(ErrorCode.USAGE, "--content stands beside the file it belongs to")


def _demand(audience: str | None, nonce: str | None) -> BindingDemand | None:
    """Return what a holder was asked for. Raise USAGE for one of the two alone: it would prove nothing."""
    from esign.credential.binding import MAX_NONCE, BindingDemand
    from trustkit.errors import ErrorCode, TrustError

    if audience is None and nonce is None:
        return None
    if not audience or not nonce or len(nonce) > MAX_NONCE:
        raise TrustError(ErrorCode.USAGE, "--audience and --nonce stand together")
    return BindingDemand(audience=audience, nonce=nonce)
