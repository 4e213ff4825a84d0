"""What ``trustkit verify`` was asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from enum import StrEnum, unique
from pathlib import Path  # noqa: TC003 - as above

from esign.copies.model import CopyDemand  # noqa: TC001 - as above
from esign.credential.binding import BindingDemand  # noqa: TC001 - as above
from trustkit.texts.catalogue import Language  # noqa: TC001 - as above
from verifier.reports.model import ReportKind  # noqa: TC001 - as above


@unique
class ReportForm(StrEnum):
    """``--as``: what a report is written as."""

    JSON = "json"
    XML = "xml"
    HTML = "html"
    PDF = "pdf"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportPlan:
    """How much a report tells, in which form and language, and where it is written."""

    kind: ReportKind
    form: ReportForm
    place: Path
    language: Language


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyRequest:
    """What ``trustkit verify`` was asked. `home` is used when it is a home; with `home_required` it must be one.

    `record` and `report` are where record and report of the verdict are written, for one file alone; `keep_file` puts that file into the record.
    `by` is the snapshot of a run before, which says all but the files. `query` is what a wallet was asked, whose answer the one file holds; with `same_holder` one holder has to have shown all of it.
    """

    home: Path
    home_required: bool = False
    files: tuple[Path, ...] = ()
    trust: tuple[Path, ...] = ()
    evidence: tuple[Path, ...] = ()
    at: datetime | None = None
    content: Path | None = None
    offline: bool = False
    policy: Path | None = None
    demand: BindingDemand | None = None
    copy_demand: CopyDemand | None = None
    record: Path | None = None
    keep_file: bool = False
    report: ReportPlan | None = None
    by: Path | None = None
    query: Path | None = None
    same_holder: bool = False

    @property
    def keeps(self) -> bool:
        """Whether anything is kept of the verdict."""
        return self.record is not None or self.report is not None
