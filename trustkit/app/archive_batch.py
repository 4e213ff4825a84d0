"""A whole estate of PDF looked at and renewed: every file for itself, results in order, nothing stopped by one that fails.

    for line in renew_files(plan, renewal, place, home=None):
        line.report.status, line.file, line.out

Output is written whole or not at all. In place, a file that somebody else changed meanwhile is left as he left it.
"""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from enum import Enum, unique
from typing import TYPE_CHECKING

from trustkit.app.archive_renewal import RenewalReport, RenewalStatus
from trustkit.app.files import read_input, write_output
from trustkit.app.one_of_many import attempted
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType
from trustkit.clock import format_rfc3339
from trustkit.crypto.digest import DigestAlgorithm, digest
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
            if not self.renewal.is_renewed(read_input(job.out), octets):
                raise TrustError(ErrorCode.OUTPUT_EXISTS, "the output is there, and is not this file renewed")
            return RenewalLine(file=job.file, out=job.out, report=RenewalReport(status=RenewalStatus.ALREADY))
        report = self.renewal.renew(octets)
        if report.octets is None:
            return RenewalLine(file=job.file, out=None, report=report)
        self._tell(octets, report.octets, report)
        out = self._written(job, octets, report.octets)
        return RenewalLine(file=job.file, out=out, report=replace(report, octets=None))

    def _written(self, job: Job, before: bytes, after: bytes) -> Path:
        if self.place is Place.FOLDER:
            job.out.parent.mkdir(parents=True, exist_ok=True)
            write_output(job.out, after)
            return job.out
        path = job.file.resolve(strict=True)  # a link that was named goes on pointing to the file it names
        if read_input(path) != before:
            raise TrustError(ErrorCode.OUTPUT_EXISTS, "somebody changed the file meanwhile")
        write_output(path, after, replace=True, mode=stat.S_IMODE(path.stat().st_mode))
        return job.file

    def _tell(self, before: bytes, after: bytes, report: RenewalReport) -> None:
        """Tell the trail; files are named by their digests, never by their names."""
        if self.home is None:
            return
        until = None if report.renewed is None else report.renewed.until
        event = AuditEvent(
            type=EventType.PDF_RENEWED,
            at=self.home.clock.now(),
            actor=self.home.operator,
            object_type="content",
            object_id=f"sm3:{digest(DigestAlgorithm.SM3, before).hex()}",
            facts={
                "document_sm3": digest(DigestAlgorithm.SM3, after).hex(),
                **({} if until is None else {"good_until": format_rfc3339(until)}),
            },
        )
        with self.home.database.unit_of_work() as uow:
            trail.record(uow, event)
