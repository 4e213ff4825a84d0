"""A whole estate of PDF looked at and renewed: every file for itself, results in order, nothing stopped by one that fails.

    for line in renew_files(plan, renewal, place, home=None):
        line.report.status, line.file, line.out

Output is written whole or not at all. In place, a file that somebody else changed meanwhile is left as he left it, and owner and
modes stay. The trail has the intent before a file is replaced and its end afterwards (`trustkit.app.renewal_trail`).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, replace
from enum import Enum, unique
from typing import TYPE_CHECKING

from trustkit.app.archive_renewal import RenewalReport, RenewalStatus
from trustkit.app.file_exchange import replace_unchanged, settle_leftovers
from trustkit.app.files import read_input, write_output
from trustkit.app.one_of_many import attempted
from trustkit.app.renewal_trail import RenewalTrail
from trustkit.audit.intents import LIVE
from trustkit.errors import ErrorCode, TrustError
from verifier.service import PARALLEL

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from trustkit.app.archive_renewal import ArchiveRenewal
    from trustkit.app.batch_plan import BatchPlan, Job
    from trustkit.app.opened import OpenedHome


@unique
class Place(Enum):
    """Where renewed files go."""

    NOWHERE = 0  # it is only asked about
    IN_PLACE = 1
    FOLDER = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewalLine:
    """What became of one file of an estate; `out` is where the renewed one is, None when there is none."""

    file: Path
    out: Path | None
    report: RenewalReport
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EstateRenewal:
    """Renews the files of a plan. `home` is told in its trail of every file its own authority renewed, None tells nobody."""

    renewal: ArchiveRenewal
    place: Place
    home: OpenedHome | None

    def lines(self, plan: BatchPlan) -> Iterator[RenewalLine]:
        """Yield what became of each file, those left alone first, then in the order of names."""
        for left in plan.left:
            report = RenewalReport(status=RenewalStatus.LEFT)
            yield RenewalLine(file=left.file, out=None, report=report, detail=left.why.value)
        with ThreadPoolExecutor(max_workers=PARALLEL, thread_name_prefix="renew") as pool:
            try:
                yield from pool.map(self._line, plan.jobs)
            finally:
                pool.shutdown(cancel_futures=True)

    def _line(self, job: Job) -> RenewalLine:
        found = attempted(self._renewed, job)
        if isinstance(found, TrustError):
            report = RenewalReport(status=RenewalStatus.FAILED, error=found)
            return RenewalLine(file=job.file, out=None, report=report)
        return found

    def _renewed(self, job: Job) -> RenewalLine:
        octets = read_input(job.file)
        if self.place is Place.FOLDER and (job.out.exists() or job.out.is_symlink()):
            written = read_input(job.out)
            if not self.renewal.is_renewed(written, octets):
                raise TrustError(ErrorCode.OUTPUT_EXISTS, "the output is there, and is not this file renewed")
            self._settle(written)
            return RenewalLine(file=job.file, out=job.out, report=RenewalReport(status=RenewalStatus.ALREADY))
        if self.place is not Place.NOWHERE:
            self._settle(octets)
        if self.place is Place.IN_PLACE:
            settle_leftovers(_followed(job.file), before=self.renewal.clock.now() - LIVE)
        report = self.renewal.renew(octets)
        if report.octets is None:
            return RenewalLine(file=job.file, out=None, report=report)
        out = self._written(job, octets, report.octets, report)
        return RenewalLine(file=job.file, out=out, report=replace(report, octets=None))

    def _settle(self, octets: bytes) -> None:
        if self.home is not None:
            RenewalTrail(self.home).settle(octets)

    def _written(self, job: Job, before: bytes, after: bytes, report: RenewalReport) -> Path:
        target = job.out if self.place is Place.FOLDER else _followed(job.file)
        until = None if report.renewed is None else report.renewed.until
        told = nullcontext() if self.home is None else RenewalTrail(self.home).act(before, after, target, until)
        with told:
            if self.place is Place.FOLDER:
                target.parent.mkdir(parents=True, exist_ok=True)
                write_output(target, after)
            else:
                replace_unchanged(target, before=before, after=after)
        return job.out


def _followed(path: Path) -> Path:
    """Return the file itself: a link that was named goes on pointing to the file it names."""
    return path.resolve(strict=True)
