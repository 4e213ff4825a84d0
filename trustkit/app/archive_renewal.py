"""Renewing PDF before what keeps them ends: fresh evidence and an archive time stamp, and a look at how long each file will do.

    renewal = ArchiveRenewal(service=…, evidence=(), clock=clock, stamper=HomeStamper.of(home, keys), within=timedelta(days=180))
    report = renewal.renew(octets)          # RenewalReport; report.octets is the renewed file, None when it is left as it is

A file that does not pass now is told of and left alone: a stamp proves what was there, and there is nothing to prove. A renewed
file is handed out only when it passes, and for longer than before. Who is renewed already is not due, so that a run cut off is
simply run again. OFD is looked at and never renewed: it has no archive time stamp (docs/adr/0026).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum, unique
from typing import TYPE_CHECKING

from esign.ofd.model import UnverifiedOfd
from esign.pdf.archive import ArchiveOrder, add_archive_stamp
from esign.pdf.model import SignatureForm
from trustkit.errors import ErrorCode, TrustError
from trustkit.verdict import Indication
from verifier.judgement.prospect import SignedFile, prospect_of
from verifier.judgement.validation_material import material_of_pdf
from verifier.submission import Submission

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from esign.pdf.model import UnverifiedPdf
    from trustkit.app.archive_stamps import Stamper
    from trustkit.clock import Clock
    from trustkit.verdict import Verdict
    from verifier.judgement.context import Context
    from verifier.judgement.prospect import Prospect
    from verifier.service import VerificationService


@unique
class RenewalStatus(StrEnum):
    """What became of a file."""

    RENEWED = "renewed"
    DUE = "due"  # and it was only asked about
    NOT_DUE = "not-due"
    NOT_PASSING = "not-passing"  # left as it is
    NOT_RENEWABLE = "not-renewable"  # it is due, and an OFD
    NOT_LONGER = "not-longer"  # the stamp would not have made it last longer; left as it is
    ALREADY = "already-renewed"  # an earlier run wrote the output
    FAILED = "failed"
    LEFT = "left-alone"


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewalReport:
    """What is known of one file: `prospect` as it was found (None when it does not pass), `renewed` as it is afterwards."""

    status: RenewalStatus
    verdict: Verdict | None = None
    prospect: Prospect | None = None
    renewed: Prospect | None = None
    octets: bytes | None = field(default=None, repr=False)
    error: TrustError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """A file judged: what it is and, when it passes, until when it will."""

    verdict: Verdict
    document: SignedFile
    context: Context | None
    prospect: Prospect | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveRenewal:
    """Renews files one by one. Safe to share between threads.

    Attributes:
        service: by whose anchors and policy files are judged.
        evidence: what was handed in for all files, DER or PEM.
        stamper: who stamps; None only looks.
        within: files that end within this time are due; None takes all that a stamp makes last longer.
    """

    service: VerificationService
    evidence: tuple[bytes, ...]
    clock: Clock
    stamper: Stamper | None
    within: timedelta | None

    def renew(self, octets: bytes) -> RenewalReport:
        """Return what became of a file. Raise nothing: what goes wrong is in the report."""
        found: _Found | None = None
        try:
            found = self._judged(octets)
            if found.prospect is None or found.context is None:
                return RenewalReport(status=RenewalStatus.NOT_PASSING, verdict=found.verdict)
            if not self._due(found.prospect):
                return self._left(RenewalStatus.NOT_DUE, found)
            if isinstance(found.document, UnverifiedOfd):
                error = TrustError(ErrorCode.OFD_NO_ARCHIVE, "a further signature proves nothing of earlier ones")
                return replace(self._left(RenewalStatus.NOT_RENEWABLE, found), error=error)
            if self.stamper is None:
                return self._left(RenewalStatus.DUE, found)
            return self._renewed(octets, found, found.document, found.context, self.stamper)
        except TrustError as error:
            verdict, prospect = (None, None) if found is None else (found.verdict, found.prospect)
            return RenewalReport(status=RenewalStatus.FAILED, verdict=verdict, prospect=prospect, error=error)

    def is_renewed(self, octets: bytes, original: bytes) -> bool:
        """Whether octets are a file that an earlier run renewed: it as it was, an archive stamp over all of it, which lasts longer."""
        if not octets.startswith(original) or len(octets) == len(original):
            return False
        before, after = self._judged(original), self._judged(octets)
        if not _stamped(before.document, after.document):
            return False
        return (
            before.prospect is not None
            and after.prospect is not None
            and _later(after.prospect.until, before.prospect.until)
        )

    def _judged(self, octets: bytes) -> _Found:
        examined = self.service.examine(
            Submission(name="renewal", data=octets, evidence=self.evidence), self.clock.now()
        )
        document, context = examined.document, examined.context
        if not isinstance(document, SignedFile):
            raise _unread(examined.verdict)
        passes = examined.verdict.conclusion.indication is Indication.TOTAL_PASSED
        prospect = prospect_of(context, document) if passes and context is not None else None
        return _Found(verdict=examined.verdict, document=document, context=context, prospect=prospect)

    def _due(self, prospect: Prospect) -> bool:
        if self.within is None:
            return True
        return prospect.until is not None and prospect.until <= self.clock.now() + self.within

    def _left(self, status: RenewalStatus, found: _Found) -> RenewalReport:
        return RenewalReport(status=status, verdict=found.verdict, prospect=found.prospect)

    def _renewed(
        self, octets: bytes, found: _Found, pdf: UnverifiedPdf, context: Context, stamper: Stamper
    ) -> RenewalReport:
        material = material_of_pdf(context, pdf)
        order = ArchiveOrder(
            pdf=octets,
            digest_algorithm=stamper.algorithm,
            stamp=stamper.stamp,
            certificates=material.certificates,
            crls=material.crls,
            ocsp_responses=material.ocsp_responses,
        )
        kept = add_archive_stamp(order)
        after = self._judged(kept)
        if after.prospect is None:
            found_now = after.verdict.conclusion
            sub = found_now.sub_indication.value if found_now.sub_indication is not None else ""
            told = f"with this stamp the file is {found_now.indication.value}"
            raise TrustError(ErrorCode.TIMESTAMP_UNTRUSTED, told, sub_indication=sub)
        longer = _later(after.prospect.until, None if found.prospect is None else found.prospect.until)
        status = RenewalStatus.RENEWED if longer else RenewalStatus.NOT_LONGER
        report = replace(self._left(status, found), renewed=after.prospect)
        return replace(report, octets=kept) if longer else report


def _stamped(before: SignedFile, after: SignedFile) -> bool:
    """Tell whether what was added is one document time stamp over the whole PDF; whether it holds, the verdict says."""
    if isinstance(before, UnverifiedOfd) or isinstance(after, UnverifiedOfd):
        return False
    *earlier, last = after.signatures or (None,)
    return (
        last is not None
        and last.form is SignatureForm.RFC3161
        and last.covers_whole_file
        and not after.uncovered
        and [each.contents for each in earlier] == [each.contents for each in before.signatures]
    )


def _later(after: datetime | None, before: datetime | None) -> bool:
    """Tell whether one end is later than another; None is no end."""
    return before is not None and (after is None or after > before)


def _unread(verdict: Verdict) -> TrustError:
    """Return why a file could not be read as a PDF or OFD."""
    check = verdict.checks[0]
    code = check.code or ErrorCode.INPUT_UNKNOWN_FORMAT
    return TrustError(code, check.detail or "only PDF and OFD files are looked at", format=verdict.format)
