"""``trustkit verify``: what is this file, who signed it, and can it be relied on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trustkit.app.cli.options import AtOption, HomeOption, chosen_home, chosen_time
from trustkit.app.cli.output import FormatOption, OutputFormat, language
from trustkit.app.cli.presented import tell_presented
from trustkit.app.cli.replay import replay_one
from trustkit.app.cli.verdict_output import tell_all
from trustkit.app.cli.verify_many import chosen_cluster, is_for_many, verify_many

if TYPE_CHECKING:
    from esign.credential.binding import BindingDemand
    from trustkit.app.bulk_run import BulkOrder
    from trustkit.app.opened import OpenedHome
    from trustkit.app.verify_request import ReportPlan, VerifyRequest


class ReportKind(StrEnum):
    """``--report``: as `verifier.reports.model` has it, which is loaded when one is asked for."""

    SIMPLE = "simple"
    DETAILED = "detailed"
    DIAGNOSTIC = "diagnostic"


class EngineKind(StrEnum):
    """``--engine``: who judges many files."""

    LOCAL = "local"
    RAY = "ray"


class ReportForm(StrEnum):
    """``--as``: as `trustkit.app.verify_request` has it."""

    JSON = "json"
    XML = "xml"
    HTML = "html"
    PDF = "pdf"


Files = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="FILE", help="Files, folders and archives (ZIP, TAR), told apart by content.", show_default=False
    ),
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
Recipient = Annotated[
    str | None,
    typer.Option("--recipient", metavar="USCC", help="Your credit code: only a copy of a licence made for you passes."),
]
Purpose = Annotated[
    str | None, typer.Option("--purpose", help="What you ask for: only a copy of a licence made for it passes.")
]
Record = Annotated[
    Path | None, typer.Option("--record", help="Where to keep all that the verdict on one file rests on.")
]
KeepFile = Annotated[bool, typer.Option("--keep-file", help="Keep the file itself in the record, too.")]
Replay = Annotated[
    Path | None,
    typer.Option("--replay", help="A record: reach its verdict again, by what it holds alone."),
]
Report = Annotated[
    ReportKind | None, typer.Option("--report", help="Write a report on one file besides: how much it tells.")
]
As = Annotated[ReportForm, typer.Option("--as", help="What --report writes.")]
Out = Annotated[
    Path | None,
    typer.Option("--out", help="Where --report writes it; without: a .parquet or .ndjson of a row for each file."),
]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with the run whose --out was begun.")]
Workers = Annotated[
    int | None, typer.Option("--workers", min=1, max=1024, help="How many judge at once; default: one a processor.")
]
Engine = Annotated[
    EngineKind,
    typer.Option("--engine", help="Who judges: processes of this machine, or a cluster by Ray (extra bulk)."),
]
RayAddress = Annotated[
    str | None,
    typer.Option(
        "--ray-address", metavar="HOST:PORT", help="The cluster, or auto; default: one of this machine alone."
    ),
]
Paths = Annotated[bool, typer.Option("--paths/--no-paths", help="Whether rows of --out tell paths, or digests alone.")]
By = Annotated[
    Path | None, typer.Option("--by", metavar="SNAPSHOT", help="Judge by the snapshot another run left with its --out.")
]
Query = Annotated[
    Path | None,
    typer.Option(
        "--query", help="What a wallet was asked (DCQL, JSON); the file is its answer, with --audience, --nonce."
    ),
]
SameHolder = Annotated[bool, typer.Option("--same-holder", help="Of --query: one holder has to have shown all of it.")]
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
    recipient: Recipient = None,
    purpose: Purpose = None,
    record: Record = None,
    keep_file: KeepFile = False,
    replay: Replay = None,
    report: Report = None,
    form: As = ReportForm.HTML,
    out: Out = None,
    resume: Resume = False,
    workers: Workers = None,
    engine: Engine = EngineKind.LOCAL,
    ray_address: RayAddress = None,
    paths: Paths = True,
    by: By = None,
    query: Query = None,
    same_holder: SameHolder = False,
    home: HomeOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> int:
    """Verify files. Exit: 0 all TOTAL-PASSED, 1 any TOTAL-FAILED, 2 otherwise, 64 usage, 66 unreadable, 70 our bug.

    A file that cannot be read is told on standard error, and the others are verified all the same.

    Without --trust no anchor is trusted but the home authority's and those in the home's trust folder: a foreign
    document is INDETERMINATE at best.
    With --query the file is what a wallet answered (OpenID4VP): a vp_token, or one presentation as it stands.
    --record keeps all that a verdict rests on; --replay prints the same report again by it, or says why it
    cannot; what the trail of --home does not vouch for ends with 2 at best.

    Of a folder every file below it is judged, of an archive every file in it, by several processes and by what is
    at hand when the run begins: nothing is fetched. --out writes a row for each file, and a run that was cut off goes
    on with --resume; a file that was changed since is judged again.
    """
    from esign.copies.model import demand_of
    from trustkit.app.verify_request import VerifyRequest
    from trustkit.app.wiring import open_if_home

    request = VerifyRequest(files=tuple(files or ()), home=chosen_home(home), home_required=home is not None)
    request = replace(request, trust=tuple(trust or ()), evidence=tuple(evidence or ()), policy=policy, by=by)
    request = replace(request, at=chosen_time(at), content=content, offline=offline, demand=_demand(audience, nonce))
    request = replace(request, copy_demand=demand_of(recipient or "", purpose or ""), same_holder=same_holder)
    request = replace(request, record=record, keep_file=keep_file, report=_plan(report, form, out), query=query)
    ray = chosen_cluster(ray_address, wanted=engine is EngineKind.RAY)
    run = _Run(out=None if report else out, resume=resume, paths=paths, workers=workers, ray=ray)
    _require_one_way(request, replay, is_for_rows=run.is_asked)
    with open_if_home(request.home, required=request.home_required) as opened:
        if replay is None:
            return _tell(request, run, opened, output)
        return replay_one(replay, list(request.files), content, opened, output)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """What of a run of many files was asked for; `ray` is where Ray judges."""

    out: Path | None
    resume: bool
    paths: bool
    workers: int | None
    ray: str | None

    @property
    def is_asked(self) -> bool:
        """Whether anything was."""
        return self.resume or not self.paths or any((self.out, self.workers, self.ray))


def _tell(request: VerifyRequest, run: _Run, home: OpenedHome | None, output: OutputFormat) -> int:
    """Judge an answer to a query, many files, or each by itself; return the exit status. Raise USAGE."""
    if request.query is None:
        many = _order(request, run, output)
        return tell_all(request, home, output) if many is None else verify_many(many, home, output)
    if run.is_asked or request.by is not None:
        from trustkit.errors import ErrorCode, TrustError

        raise TrustError(ErrorCode.USAGE, "an answer to --query is judged by itself, and no run of many files")
    return tell_presented(request, home, output)


def _order(request: VerifyRequest, run: _Run, output: OutputFormat) -> BulkOrder | None:
    """Return the run that is asked for; None for files verified one by one. Raise USAGE for options that do not stand together."""
    from trustkit.app.bulk_run import BulkOrder
    from trustkit.errors import ErrorCode, TrustError

    wanted = run.out is not None or request.by is not None or run.ray is not None
    if run.out is None and (run.resume or not run.paths):
        raise TrustError(ErrorCode.USAGE, "--resume and --no-paths belong to --out")
    if not wanted and not is_for_many(request.files):
        return None
    if request.keeps or request.demand is not None or request.content is not None:
        raise TrustError(
            ErrorCode.USAGE, "--record, --report, --content, --audience belong to one file, and no folder or archive"
        )
    if request.by is not None and any(
        (request.trust, request.evidence, request.at, request.policy, request.copy_demand)
    ):
        raise TrustError(ErrorCode.USAGE, "the snapshot of --by says all but the files")
    return BulkOrder(
        request=request,
        out=run.out,
        resume=run.resume,
        paths=run.paths,
        workers=run.workers,
        ray=run.ray,
        told=output.value,
        language=language().value,
    )


def _plan(kind: ReportKind | None, form: ReportForm, out: Path | None) -> ReportPlan | None:
    """Return the report that is asked for. Raise USAGE for --report without --out."""
    from trustkit.app.verify_request import ReportForm, ReportPlan
    from trustkit.errors import ErrorCode, TrustError
    from verifier.reports.model import ReportKind

    if kind is None:
        return None
    if out is None:
        raise TrustError(ErrorCode.USAGE, "--report needs --out")
    return ReportPlan(kind=ReportKind(kind.value), form=ReportForm(form.value), place=out, language=language())


def _require_one_way(request: VerifyRequest, replay: Path | None, *, is_for_rows: bool) -> None:
    """Raise USAGE for a request that names nothing to verify, or says beside --replay what its record says."""
    from trustkit.errors import ErrorCode, TrustError

    _require_query_alone(request, replay)
    if replay is None:
        if not request.files:
            raise TrustError(ErrorCode.USAGE, "a file to verify is needed")
        if request.keep_file and request.record is None:
            raise TrustError(ErrorCode.USAGE, "--keep-file belongs to --record")
        return
    said = (
        request.trust,
        request.evidence,
        request.at,
        request.policy,
        request.demand,
        request.copy_demand,
        request.by,
    )
    if any((*said, request.record, request.report)) or request.keep_file or is_for_rows:
        raise TrustError(ErrorCode.USAGE, "the record of --replay says the rest: give the file and --content at most")
    if request.content is not None and not request.files:
        raise TrustError(ErrorCode.USAGE, "--content stands beside the file it belongs to")


def _require_query_alone(request: VerifyRequest, replay: Path | None) -> None:
    """Raise USAGE for --query beside what is of files alone, and for --same-holder without it."""
    from trustkit.errors import ErrorCode, TrustError

    if request.query is None and request.same_holder:
        raise TrustError(ErrorCode.USAGE, "--same-holder belongs to --query")
    if request.query is not None and any((replay, request.keeps, request.content, request.by, request.copy_demand)):
        raise TrustError(ErrorCode.USAGE, "--query stands with --audience, --nonce and one file, the answer")


def _demand(audience: str | None, nonce: str | None) -> BindingDemand | None:
    """Return what a holder was asked for. Raise USAGE for one of the two alone: it would prove nothing."""
    from esign.credential.binding import MAX_NONCE, BindingDemand
    from trustkit.errors import ErrorCode, TrustError

    if audience is None and nonce is None:
        return None
    if not audience or not nonce or len(nonce) > MAX_NONCE:
        raise TrustError(ErrorCode.USAGE, "--audience and --nonce stand together")
    return BindingDemand(audience=audience, nonce=nonce)
