"""What is kept of a verdict: its record and its report, both durable before anybody is told."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from trustkit.app.files import require_place, write_output
from trustkit.app.opening import program_name
from trustkit.app.report_page import report_to_pdf
from trustkit.app.verify_request import ReportForm
from trustkit.encoding.canonical_json import canonical_json
from trustkit.errors import ErrorCode, TrustError
from verifier.record.objects import sm3_name
from verifier.reports.content import content_of
from verifier.reports.html import report_to_html
from verifier.reports.model import ReportOrder
from verifier.reports.xml import report_to_xml
from verifier.service import Kept

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from trustkit.app.verify_request import ReportPlan, VerifyRequest
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.texts.catalogue import Language
    from verifier.reports.model import ReportKind
    from verifier.service import Examination, VerificationService
    from verifier.submission import Submission


_MODE: Final = 0o600  # both tell what is in the file
_WRITERS: Final[Mapping[ReportForm, Callable[[dict[str, JsonValue]], bytes]]] = {
    ReportForm.JSON: canonical_json,
    ReportForm.XML: report_to_xml,
    ReportForm.HTML: lambda content: report_to_html(content).encode("utf-8"),
    ReportForm.PDF: report_to_pdf,
}


def require_places(request: VerifyRequest) -> None:
    """Raise USAGE for several files, OUTPUT_EXISTS or DISK_UNWRITABLE where record or report cannot be written: before anything is judged."""
    if request.keeps and len(request.files) != 1:
        raise TrustError(ErrorCode.USAGE, "a record or a report is written of one file")
    places = [] if request.record is None else [request.record]
    places += [] if request.report is None else [request.report.place]
    if len(set(places)) != len(places):
        raise TrustError(ErrorCode.USAGE, "record and report are two files")
    for place in places:
        require_place(place)


def keep_verdict(
    service: VerificationService, examination: Examination, submission: Submission, request: VerifyRequest
) -> Kept:
    """Write what was asked for and return the digests.

    Raises:
        TrustError: OUTPUT_EXISTS, DISK_*; INPUT_TOO_LARGE for more evidence than a record holds; what `report_to_pdf` raises.
    """
    record = report = ""
    written = None if request.report is None else report_of(examination, submission, request.report)
    if request.record is not None:
        octets = service.record_of(examination, submission, made_by=program_name(), with_file=request.keep_file)
        write_output(request.record, octets, mode=_MODE)
        record = sm3_name(octets)
    if request.report is not None and written is not None:
        write_output(request.report.place, written, mode=_MODE)
        report = sm3_name(written)
    return Kept(record_sm3=record, report_sm3=report)


def report_of(examination: Examination, submission: Submission, plan: ReportPlan) -> bytes:
    """Return a report in its form. Raise as `report_to_pdf`."""
    return report_as(examination, submission, kind=plan.kind, form=plan.form, language=plan.language)


def report_as(
    examination: Examination, submission: Submission, *, kind: ReportKind, form: ReportForm, language: Language
) -> bytes:
    """Return a report of a verdict, of so much and in this form and language. Raise as `report_to_pdf`."""
    order = ReportOrder(
        kind=kind,
        verdict=examination.verdict,
        context=examination.context,
        file=PurePath(submission.name).name,  # whoever is handed a report need not know the folders of who made it
        sm3=sm3_name(submission.data),
        octets=len(submission.data),
        made_by=program_name(),
        language=language,
    )
    return _WRITERS[form](content_of(order))
