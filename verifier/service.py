"""The order of acts of a verification: recognise, read, gather, judge, tell. Never raises for what a file holds.

service = VerificationService(anchors=store, policy=policy, publications=home, fetcher=None, clock=clock)
verdict = service.verify(Submission(name="licence.pdf", data=octets))
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from esign.capsule.model import UnverifiedCapsule
from esign.credential.model import UnverifiedSdJwt
from trustkit.clock import FixedClock
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509.trust_store import TrustStore
from verifier.evidence import Publications, gather
from verifier.issuer_evidence import with_issuers
from verifier.judgement.certificate import judge_certificate
from verifier.judgement.context import Context
from verifier.material import Evidence
from verifier.opening import Unread, judge_opened, judge_unread, open_submission
from verifier.record.write import record_of
from verifier.scanning import scanned
from verifier.seal_evidence import with_seals
from verifier.sitting import IssuersOnce, PublicationsOnce, SittingMemory, TypesOnce
from verifier.submission import Submission
from verifier.type_evidence import with_types
from verifier.view_evidence import with_views

if TYPE_CHECKING:
    from datetime import datetime

    from trustkit.clock import Clock
    from trustkit.verdict import Verdict
    from trustkit.x509.certificate import Certificate
    from trustkit.x509.purpose import Purpose
    from verifier.fetch import Fetcher
    from verifier.issuer_evidence import KnownIssuers
    from verifier.judgement.judge import Document
    from verifier.policy import ValidationPolicy
    from verifier.scanning import ReadsCodes
    from verifier.seal_evidence import SealRegister
    from verifier.type_evidence import KnownTypes
    from verifier.view_evidence import PageViews

_SHORT: Final = (UnverifiedCapsule, UnverifiedSdJwt)  # one signature each, and no bound on the work of judging it
PARALLEL: Final = 4  # verifications of one batch at once: they wait for the network more than they compute


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What of a verification somebody keeps: SM3 (hexadecimal) of its record and its report, empty where there is none."""

    record_sm3: str = ""
    report_sm3: str = ""


NOTHING_KEPT: Final = Kept()
Observe = Callable[[Submission, "Verdict", Kept], None]


def _quiet(_submission: Submission, _verdict: Verdict, _kept: Kept) -> None:
    """Tell nobody."""


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
    `views` draws pages (None where nobody does), `types` has metadata of credentials, `issuers` trust lists (None where nobody has), `memory` is what a sitting (`verifier.sitting`) keeps of its files, `codes` reads the codes in pictures (None where nobody does), `observe` is told of every verdict before the caller is.
    """

    anchors: TrustStore
    policy: ValidationPolicy
    publications: Publications | None
    fetcher: Fetcher | None
    clock: Clock
    observe: Observe = _quiet
    seals: SealRegister | None = None
    views: PageViews | None = None
    types: KnownTypes | None = None
    issuers: KnownIssuers | None = None
    memory: SittingMemory | None = None
    codes: ReadsCodes | None = None

    def verify(self, submission: Submission, at: datetime | None = None) -> Verdict:
        """Return the verdict as of `at` (now when None), and tell the observer.

        Raises:
            TrustError: USAGE for a naive `at`; what the observer raises. Nothing for what the file holds.
        """
        submission = self.scanned(submission)
        verdict = self.judge(submission, at)
        self.observe(submission, verdict, NOTHING_KEPT)
        return verdict

    def verify_keeping(
        self, submission: Submission, at: datetime | None = None, *, keep: Callable[[Examination], Kept]
    ) -> Verdict:
        """Return the verdict after `keep` was given what it rests on, and the observer the digests of what was kept.

        Raise as `verify`, and what `keep` raises: nobody is told of a verdict whose record or report is not kept.
        """
        submission = self.scanned(submission)
        examination = self.examine(submission, at)
        kept = keep(examination)
        self.observe(submission, examination.verdict, kept)
        return examination.verdict

    def scanned(self, submission: Submission) -> Submission:
        """Return what is judged of a submission: of a picture of one code the code (`verifier.scanning`). Whoever keeps a record asks before."""
        return scanned(submission, self.codes)

    def record_of(
        self, examination: Examination, submission: Submission, *, made_by: str, with_file: bool = False
    ) -> bytes:
        """Return the record by which a verdict can be reached again; `made_by` names the program. Raise as `verifier.record.write`."""
        return record_of(
            examination.verdict,
            examination.context.evidence if examination.context is not None else Evidence(),
            submission,
            made_by=made_by,
            anchors=self.anchors,
            policy=self.policy,
            with_file=with_file,
        )

    def judge(self, submission: Submission, at: datetime | None = None) -> Verdict:
        """Return the verdict without telling anybody: the issuer's check of its own output."""
        return self.examine(submission, at).verdict

    def examine(self, submission: Submission, at: datetime | None = None) -> Examination:
        """Return the verdict and what it rests on, without telling anybody: for whoever asks further questions."""
        now = self.clock.now()
        moment = at or now
        if moment.tzinfo is None:
            raise TrustError(ErrorCode.USAGE, "the time of judging needs a time zone")
        opened = open_submission(submission)
        if isinstance(opened, Unread):
            return Examination(verdict=judge_unread(opened, self.policy, moment))
        evidence = gather(
            opened.document,
            supplied=submission.evidence,
            companions=opened.recognised.companions,
            publications=self.publications,
            fetcher=self.fetcher,
            anchors=self.anchors,
            at=moment,
            memory=None if self.memory is None else self.memory.evidence,
        )
        evidence = with_types(with_seals(evidence, opened.document, self.seals), opened.document, self.types)
        evidence = with_issuers(evidence, opened.document, self.issuers, now=now)
        context = Context(
            evidence=evidence,
            anchors=self.anchors,
            policy=self.policy,
            at=moment,
            demand=submission.demand,
            copy_demand=submission.copy_demand,
            memory=None if self.memory is None or not isinstance(opened.document, _SHORT) else self.memory.trust,
        )
        verdict = judge_opened(opened, submission.content, context)
        seen = with_views(evidence, opened.recognised.octets, verdict, self.views)
        if seen is not None:
            context = replace(context, evidence=seen)
            verdict = judge_opened(opened, submission.content, context)
        return Examination(verdict=verdict, document=opened.document, context=context)

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
        if len(submissions) == 1:  # threads cost more than a credential does
            yield self.verify(submissions[0], moment)
            return
        with ThreadPoolExecutor(max_workers=PARALLEL, thread_name_prefix="verify") as pool:
            yield from pool.map(lambda submission: self.verify(submission, moment), submissions)

    def sitting(self) -> VerificationService:
        """Return a service for one portion of files, in one thread, as of now (`verifier.sitting`)."""
        return replace(
            self,
            clock=FixedClock(self.clock.now()),
            publications=None if self.publications is None else PublicationsOnce(self.publications),
            issuers=None if self.issuers is None else IssuersOnce(self.issuers),
            types=None if self.types is None else TypesOnce(self.types),
            memory=SittingMemory(),
        )

    def trusting(self, anchors: tuple[Certificate, ...]) -> VerificationService:
        """Return a service that trusts these anchors too."""
        return replace(self, anchors=TrustStore(anchors=(*self.anchors.anchors, *anchors)))

    def under(self, policy: ValidationPolicy) -> VerificationService:
        """Return a service under another policy."""
        return replace(self, policy=policy)
