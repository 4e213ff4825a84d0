"""From what was handed in to a document that can be judged, and from evidence to the verdict on the whole file. No I/O.

opened = open_submission(submission)       # or Unread, with the reason
verdict = judge_opened(opened, content, context)
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from trustkit.errors import TrustError
from trustkit.verdict import Check, CheckId, CheckStatus, SubIndication, conclude, unknown, worst
from verifier.format import Format
from verifier.judgement.judge import judge, judge_unreadable, read_document
from verifier.judgement.licence_copy import with_copy_demand
from verifier.judgement.weighing import weighed
from verifier.submission import Recognised, identify, recognise

if TYPE_CHECKING:
    from datetime import datetime

    from trustkit.verdict import Verdict
    from verifier.judgement.context import Context
    from verifier.judgement.judge import Document
    from verifier.material import Problem
    from verifier.policy import ValidationPolicy
    from verifier.submission import Submission

MAX_COMPANIONS: Final = 500  # certificates and lists in one PEM file with the object to judge
MAX_TOLD: Final = 16  # problems with evidence in one report
_EVIDENCE: Final = frozenset({Format.CERTIFICATE, Format.CRL, Format.OCSP})


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A submission that could be read."""

    recognised: Recognised
    document: Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """A submission that could not be read, and why."""

    format: Format
    error: TrustError


def open_submission(submission: Submission) -> Opened | Unread:
    """Return the document inside a submission, or why there is none; never raises for what it holds."""
    try:
        recognised = recognise(submission)
    except TrustError as error:
        return Unread(format=identify(submission.data) if submission.data else Format.UNKNOWN, error=error)
    try:
        return Opened(recognised=recognised, document=read_document(recognised))
    except TrustError as error:
        return Unread(format=recognised.format, error=error)


def judge_opened(opened: Opened, content: bytes | None, context: Context) -> Verdict:
    """Return the verdict on a file: on its document, on what else it holds, and what is to be told of the evidence."""
    verdict = with_copy_demand(judge(opened.document, content, context), context.copy_demand)
    told = (*_unjudged(opened.recognised), *(_told(problem) for problem in context.evidence.problems[:MAX_TOLD]))
    conclusion = worst((verdict.conclusion, conclude(told, frozenset())))
    whole = replace(verdict, checks=(*verdict.checks, *told), conclusion=conclusion, policy=context.policy.label)
    return weighed(whole, context.policy)


def judge_unread(unread: Unread, policy: ValidationPolicy, at: datetime) -> Verdict:
    """Return the verdict on a file that could not be read."""
    return replace(judge_unreadable(unread.format, unread.error, at), policy=policy.label)


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
