"""The order of acts of a verification: recognise, read, gather, judge, tell. Never raises for what a file holds.

service = VerificationService(anchors=store, policy=policy, publications=home, fetcher=None, clock=clock)
verdict = service.verify(Submission(name="licence.pdf", data=octets))
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from trustkit.errors import ErrorCode, TrustError
from trustkit.verdict import Check, CheckId, CheckStatus, SubIndication, conclude, unknown, worst
from trustkit.x509.trust_store import TrustStore
from verifier.evidence import Publications, gather
from verifier.format import Format
from verifier.judgement.certificate import judge_certificate
from verifier.judgement.context import Context
from verifier.judgement.judge import judge, judge_unreadable, read_document
from verifier.seal_evidence import with_seals
from verifier.submission import Recognised, Submission, identify, recognise
from verifier.view_evidence import with_views

if TYPE_CHECKING:
    from datetime import datetime

    from trustkit.clock import Clock
    from trustkit.verdict import Verdict
    from trustkit.x509.certificate import Certificate
    from trustkit.x509.purpose import Purpose
    from verifier.fetch import Fetcher
    from verifier.judgement.judge import Document
    from verifier.material import Problem
    from verifier.policy import ValidationPolicy
    from verifier.seal_evidence import SealRegister
    from verifier.view_evidence import PageViews

PARALLEL: Final = 4  # verifications of one batch at once: they wait for the network more than they compute

MAX_COMPANIONS: Final = 500  # certificates and lists in one PEM file with the object to judge
_EVIDENCE: Final = frozenset({Format.CERTIFICATE, Format.CRL, Format.OCSP})
MAX_TOLD: Final = 16  # problems with evidence in one report

Observe = Callable[[Submission, "Verdict"], None]


def _quiet(_submission: Submission, _verdict: Verdict) -> None:
    """Tell nobody."""


def _told(problem: Problem) -> Check:
    """Tell of evidence that could not be had or used: it never changes a verdict, and often explains one."""
    detail = f"{problem.source}: {problem.detail}"
    return Check(id=CheckId.EVIDENCE, status=CheckStatus.WARNING, detail=detail, code=problem.code)


def _unjudged(recognised: Recognised) -> tuple[Check, ...]:
    """Tell of a further object in the same file that is no mere evidence: it was not judged, so the file is not passed."""
    strange = {identify(companion) for companion in recognised.companions[:MAX_COMPANIONS]} - _EVIDENCE
    if not strange and len(recognised.companions) <= MAX_COMPANIONS:
        return ()
    detail = f"the file holds further objects: {', '.join(sorted(form.value for form in strange)) or 'too many'}"
    return (unknown(CheckId.COVERAGE, SubIndication.FORMAT_NOT_SUPPORTED, detail),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """A verdict and what it was concluded from; `document` and `context` are None for a file nobody could read."""

    verdict: Verdict
    document: Document | None = None
    context: Context | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationService:
    """Verifies submissions against one set of anchors under one policy. Safe to share between threads.

    `publications` and `seals` are the home authority's registers (None away from a home), `fetcher` the network (None when offline),
    `views` draws pages (None where nobody does), `observe` is told of every verdict before the caller is.
    """

    anchors: TrustStore
    policy: ValidationPolicy
    publications: Publications | None
    fetcher: Fetcher | None
    clock: Clock
    observe: Observe = _quiet
    seals: SealRegister | None = None
    views: PageViews | None = None

    def verify(self, submission: Submission, at: datetime | None = None) -> Verdict:
        """Return the verdict as of `at` (now when None), and tell the observer.

        Raises:
            TrustError: USAGE for a naive `at`; what the observer raises. Nothing for what the file holds.
        """
        verdict = self.judge(submission, at)
        self.observe(submission, verdict)
        return verdict

    def judge(self, submission: Submission, at: datetime | None = None) -> Verdict:
        """Return the verdict without telling anybody: the issuer's check of its own output."""
        return self.examine(submission, at).verdict

    def examine(self, submission: Submission, at: datetime | None = None) -> Examination:
        """Return the verdict and what it rests on, without telling anybody: for whoever asks further questions."""
        moment = at or self.clock.now()
        if moment.tzinfo is None:
            raise TrustError(ErrorCode.USAGE, "the time of judging needs a time zone")
        try:
            recognised = recognise(submission)
        except TrustError as error:
            form = identify(submission.data) if submission.data else Format.UNKNOWN
            return self._unread(form, error, moment)
        try:
            document = read_document(recognised)
        except TrustError as error:
            return self._unread(recognised.format, error, moment)
        evidence = gather(
            document,
            supplied=submission.evidence,
            companions=recognised.companions,
            publications=self.publications,
            fetcher=self.fetcher,
            anchors=self.anchors,
            at=moment,
        )
        evidence = with_seals(evidence, document, self.seals)
        context = Context(
            evidence=evidence, anchors=self.anchors, policy=self.policy, at=moment, demand=submission.demand
        )
        verdict = judge(document, submission.content, context)
        seen = with_views(evidence, recognised.octets, verdict, self.views)
        if seen is not None:
            context = replace(context, evidence=seen)
            verdict = judge(document, submission.content, context)
        told = (*_unjudged(recognised), *(_told(problem) for problem in evidence.problems[:MAX_TOLD]))
        conclusion = worst((verdict.conclusion, conclude(told, frozenset())))
        verdict = replace(verdict, checks=(*verdict.checks, *told), conclusion=conclusion, policy=self.policy.label)
        return Examination(verdict=verdict, document=document, context=context)

    def _unread(self, form: Format, error: TrustError, at: datetime) -> Examination:
        return Examination(verdict=replace(judge_unreadable(form, error, at), policy=self.policy.label))

    def judge_certificate_for(
        self, certificate: Certificate, purpose: Purpose, *, evidence: tuple[bytes, ...] = (), at: datetime
    ) -> Verdict:
        """Return the verdict of a certificate somebody is about to use for a purpose, as of an aware `at`; nobody is told."""
        gathered = gather(
            certificate,
            supplied=evidence,
            publications=self.publications,
            fetcher=self.fetcher,
            anchors=self.anchors,
            at=at,
        )
        context = Context(evidence=gathered, anchors=self.anchors, policy=self.policy, at=at)
        return replace(judge_certificate(context, certificate, purpose), policy=self.policy.label)

    def verify_many(self, submissions: tuple[Submission, ...], at: datetime | None = None) -> Iterator[Verdict]:
        """Yield verdicts in the order of the submissions, several at once, all as of the same time."""
        moment = at or self.clock.now()
        with ThreadPoolExecutor(max_workers=PARALLEL, thread_name_prefix="verify") as pool:
            yield from pool.map(lambda submission: self.verify(submission, moment), submissions)

    def trusting(self, anchors: tuple[Certificate, ...]) -> VerificationService:
        """Return a service that trusts these anchors too."""
        return replace(self, anchors=TrustStore(anchors=(*self.anchors.anchors, *anchors)))

    def under(self, policy: ValidationPolicy) -> VerificationService:
        """Return a service under another policy."""
        return replace(self, policy=policy)
