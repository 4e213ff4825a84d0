"""``trustkit renew``: until when PDF and OFD files stay good, and archive time stamps for those that end soon."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from trustkit.app.cli.options import HomeOption, PassphraseFdOption, PassphraseFileOption, chosen_home, read_passphrase
from trustkit.app.cli.output import FormatOption, OutputFormat
from trustkit.app.cli.timestamp import StampDigest
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trustkit.app.archive_batch import EstateRenewal
    from trustkit.app.archive_stamps import Stamper
    from trustkit.app.authority import Authority
    from trustkit.app.verify_request import VerifyRequest

_WITHIN: Final = "180d"  # a certificate's renewal, a budget and a holiday fit into half a year
_MOST_DAYS: Final = 36_500

_WHAT: Final = "Which files, and where they go"
_STAMP: Final = "Who stamps"
_JUDGE: Final = "By whose word files are judged"

Files = Annotated[
    list[Path], typer.Argument(metavar="FILE|FOLDER...", help="PDF and OFD files to look at; of folders, all in them.")
]
Within = Annotated[
    str | None,
    typer.Option(
        "--within",
        metavar="DAYS",
        help=f"Renew files that end within this time.  [default: {_WITHIN}]",
        rich_help_panel=_WHAT,
    ),
]
Everything = Annotated[
    bool, typer.Option("--all", help="Renew every file that a stamp makes last longer.", rich_help_panel=_WHAT)
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only report; needs no keys.", rich_help_panel=_WHAT)]
InPlace = Annotated[
    bool, typer.Option("--in-place", help="Replace each file by the renewed one, atomically.", rich_help_panel=_WHAT)
]
OutFolder = Annotated[
    Path | None,
    typer.Option("--out-dir", metavar="FOLDER", help="Write renewed files below this folder.", rich_help_panel=_WHAT),
]
Tsa = Annotated[
    str | None,
    typer.Option(
        "--tsa", metavar="URL", help="Ask this authority (RFC 3161), not the home's own.", rich_help_panel=_STAMP
    ),
]
TsaDigest = Annotated[
    StampDigest | None,
    typer.Option("--tsa-digest", help="Digest for --tsa.  [default: sm3]", rich_help_panel=_STAMP),
]
TsaPolicy = Annotated[
    str | None,
    typer.Option("--tsa-policy", metavar="OID", help="Policy the stamps are to be made under.", rich_help_panel=_STAMP),
]
Unit = Annotated[
    str | None,
    typer.Option("--unit", metavar="AUTHORITY", help="The home's unit under this authority.", rich_help_panel=_STAMP),
]
Trust = Annotated[
    list[Path] | None,
    typer.Option("--trust", metavar="PATH", help="Further trust anchors.", rich_help_panel=_JUDGE),
]
EvidencePaths = Annotated[
    list[Path] | None,
    typer.Option("--evidence", metavar="PATH", help="Certificates, CRLs, OCSP answers.", rich_help_panel=_JUDGE),
]
Offline = Annotated[bool, typer.Option("--offline", help="Fetch no evidence from the network.", rich_help_panel=_JUDGE)]
PolicyFile = Annotated[
    Path | None,
    typer.Option("--policy", help="Validation policy (TOML); default: the home's.", rich_help_panel=_JUDGE),
]


def renew(
    files: Files,
    *,
    within: Within = None,
    everything: Everything = False,
    dry_run: DryRun = False,
    in_place: InPlace = False,
    out_dir: OutFolder = None,
    tsa: Tsa = None,
    tsa_digest: TsaDigest = None,
    tsa_policy: TsaPolicy = None,
    unit: Unit = None,
    trust: Trust = None,
    evidence: EvidencePaths = None,
    offline: Offline = False,
    policy: PolicyFile = None,
    home: HomeOption = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> int:
    """Tell until when signed PDF and OFD files stay good and why no longer, and renew the PDF that end soon.

    Renewing adds fresh evidence and a time stamp over the whole file, by the home's own authority or --tsa; OFD has no place for that
    and can only be sealed anew. A file that does not pass now is told of and never stamped. Renewed files are not due, so that a run
    cut off is simply run again. Exit status: 0 nothing is left to do, 1 a file does not pass or ends soon (by --within or its default)
    and could not be renewed, 2 with --dry-run a file is due.
    """
    from trustkit.app.cli.progress import progress
    from trustkit.app.cli.renewal_report import RenewalTold

    _require_words(
        dry_run=dry_run, in_place=in_place, out_dir=out_dir, tsa=tsa, digest=tsa_digest, policy=tsa_policy, unit=unit
    )
    span = _span(within, everything=everything)
    words = _Words(
        where=_where(files, trust, evidence, policy, home, offline=offline),
        span=span,
        dry_run=dry_run,
        tsa=tsa,
        tsa_digest=tsa_digest or StampDigest.SM3,
        tsa_policy=tsa_policy,
        unit=unit,
        secret=(passphrase_file, passphrase_fd),
    )
    from trustkit.app.batch_plan import KINDS, plan_batch

    plan = plan_batch(files, out_dir, KINDS)
    with words.estate(in_place=in_place) as estate, progress("renew", len(plan.jobs), output) as bar:
        told = RenewalTold(output, soon=estate.renewal.clock.now() + (_days(_WITHIN) if span is None else span))
        for line in estate.lines(plan):
            told.take(line)
            bar.advance()
    return told.tell()


def _require_words(
    *,
    dry_run: bool,
    in_place: bool,
    out_dir: Path | None,
    tsa: str | None,
    digest: StampDigest | None,
    policy: str | None,
    unit: str | None,
) -> None:
    if sum((dry_run, in_place, out_dir is not None)) != 1:
        raise TrustError(ErrorCode.USAGE, "one of --dry-run, --in-place and --out-dir is needed")
    if tsa is None and (digest is not None or policy is not None):
        raise TrustError(ErrorCode.USAGE, "--tsa-digest and --tsa-policy go with --tsa")
    if dry_run and (tsa is not None or unit is not None):
        raise TrustError(ErrorCode.USAGE, "--dry-run has nothing stamped: not with --tsa or --unit")
    if tsa is not None and unit is not None:
        raise TrustError(ErrorCode.USAGE, "--unit names one of the home's own: not with --tsa")


def _span(within: str | None, *, everything: bool) -> timedelta | None:
    """Return the time ``180d`` or ``180`` means, None for all files. Raise USAGE."""
    if everything and within is not None:
        raise TrustError(ErrorCode.USAGE, "--all takes files whenever they end: not with --within")
    if everything:
        return None
    return _days(_WITHIN if within is None else within)


def _days(within: str) -> timedelta:
    digits = within.removesuffix("d")
    if not (digits.isascii() and digits.isdigit()) or not 0 <= int(digits[:9]) <= _MOST_DAYS:
        raise TrustError(ErrorCode.USAGE, "--within takes days such as 180d", most=f"{_MOST_DAYS}d")
    return timedelta(days=int(digits))


def _where(
    files: list[Path],
    trust: list[Path] | None,
    evidence: list[Path] | None,
    policy: Path | None,
    home: Path | None,
    *,
    offline: bool,
) -> VerifyRequest:
    from trustkit.app.verify_request import VerifyRequest

    return VerifyRequest(
        files=tuple(files),
        trust=tuple(trust or ()),
        evidence=tuple(evidence or ()),
        offline=offline,
        policy=policy,
        home=chosen_home(home),
        home_required=home is not None,
    )


@dataclass(frozen=True, slots=True)
class _Words:
    """What was said, once it is known to go together."""

    where: VerifyRequest
    span: timedelta | None
    dry_run: bool
    tsa: str | None
    tsa_digest: StampDigest
    tsa_policy: str | None
    unit: str | None
    secret: tuple[Path | None, int | None]

    @contextmanager
    def estate(self, *, in_place: bool) -> Iterator[EstateRenewal]:
        """Give what renews, for as long as the block lasts."""
        from trustkit.app.archive_batch import EstateRenewal, Place
        from trustkit.app.archive_renewal import ArchiveRenewal
        from trustkit.app.verification import evidence_of, verification_for
        from trustkit.app.wiring import open_if_home

        by_home = self.tsa is None and not self.dry_run
        with open_if_home(self.where.home, required=self.where.home_required or by_home) as home:
            service = verification_for(self.where, home)
            renewal = ArchiveRenewal(
                service=service,
                evidence=evidence_of(self.where),
                clock=service.clock,
                stamper=None if self.dry_run else self._stamper(home),
                within=self.span,
            )
            place = Place.NOWHERE if self.dry_run else Place.IN_PLACE if in_place else Place.FOLDER
            yield EstateRenewal(renewal=renewal, place=place, home=home if by_home else None)

    def _stamper(self, home: Authority | None) -> Stamper:
        from trustkit.app.archive_stamps import HomeStamper, RemoteStamper
        from trustkit.app.asking_stamps import require_authority_address
        from trustkit.app.cli.asking import act_in_name
        from trustkit.app.official_acts import OfficialAct
        from trustkit.app.stamping_units import ISSUING
        from trustkit.crypto.digest import DigestAlgorithm

        if self.tsa is not None:
            require_authority_address(self.tsa)
            algorithm = DigestAlgorithm(self.tsa_digest.value)
            return RemoteStamper(url=self.tsa, algorithm=algorithm, policy=self.tsa_policy)
        if home is None:  # `estate` has opened it
            raise TrustError(ErrorCode.HOME_MISSING, "no home to stamp by")
        act_in_name(home, OfficialAct.ARCHIVE)
        return HomeStamper.of(home, home.unlock(read_passphrase(*self.secret)), self.unit or ISSUING)
