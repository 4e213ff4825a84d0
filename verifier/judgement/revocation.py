"""Revocation of a path as of the time that counts for it: lists, answers, and what is proved of their age.

EN 319 102-1 5.2.6 for the present; 5.6.2.2 and 5.6.2.4 for times that a time stamp proves: what was signed before a revocation
stays good, and revocation data whose signer has ended since count when they are proved to be older than that.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from trustkit.errors import ErrorCode, TrustError
from trustkit.verdict import Check, CheckId, SubIndication, failed, passed, unknown
from trustkit.x509.path_revocation import revocation_of_path
from trustkit.x509.reason import RevocationReason
from trustkit.x509.revocation import RevocationState, RevocationStatus, revocation_from_crls
from trustkit.x509.revocation_ocsp import with_ocsp
from verifier.judgement.outcomes import as_warning, outcome
from verifier.policy import Need

if TYPE_CHECKING:
    from trustkit.x509.certificate import Certificate
    from trustkit.x509.crl import CertificateList
    from trustkit.x509.existence import Existence
    from trustkit.x509.ocsp_response import OcspResponse
    from trustkit.x509.path import ValidatedPath
    from verifier.judgement.context import BestTime, Context


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationQuestion:
    """A path, since when what was signed under it is known to exist, and the lists and certificates that came with it."""

    path: ValidatedPath
    best: BestTime
    crls: tuple[CertificateList, ...] = field(default=(), repr=False)
    helpers: tuple[Certificate, ...] = field(default=(), repr=False)


def judge_revocation(context: Context, question: RevocationQuestion) -> tuple[Check, ...]:
    """Judge each certificate of the path but the anchor; one check when all are good, else one for each that is not."""
    existence = context.existence
    statuses = _statuses(context, question, existence)
    authorities = zip(question.path.certificates[1:], statuses[1:], strict=False)
    ended = {each: status.ended_at for each, status in authorities if status.ended_at is not None}
    if ended:  # what an answer told of an authority, the lists it signed must be held against too
        statuses = _statuses(context, question, replace(existence, ended=ended))
    strict = context.policy.revocation is Need.REQUIRED
    # a revocation is told before what is merely not known, which it may be the cause of
    told_first = sorted(enumerate(statuses), key=lambda found: found[1].state is RevocationState.UNKNOWN)
    checks = [
        check
        for depth, status in told_first
        if (check := _doubt(status, question.best, depth, strict=strict)) is not None
    ]
    if checks:
        return tuple(checks)
    told = "; ".join(status.detail for status in statuses) or "an anchor itself"
    return (passed(CheckId.CERTIFICATE_REVOCATION, told),)


def _statuses(context: Context, question: RevocationQuestion, existence: Existence) -> tuple[RevocationStatus, ...]:
    """Return what lists and answers prove of each certificate of a path but its anchor, leaf first."""
    use_proved = question.best.proved and context.policy.revocation_at_proved_time
    at = question.best.moment if use_proved else context.at
    lists = _young(context, (*question.crls, *context.evidence.crls))
    pool = context.pool(question.helpers)

    def standing(responder: Certificate, issuer: Certificate) -> RevocationStatus:
        return revocation_from_crls(responder, issuer, lists, at=at, present=context.at, existence=existence)

    statuses = revocation_of_path(
        question.path,
        lists,
        at=at,
        pool=pool,
        present=context.at,
        links=context.links,
        proofs=context.lists,
        existence=existence,
    )
    return with_ocsp(
        statuses,
        question.path,
        _young_answers(context),
        at=at,
        present=context.at,
        helpers=pool,
        standing=standing,
        existence=existence,
    )


def _doubt(status: RevocationStatus, best: BestTime, depth: int, *, strict: bool) -> Check | None:
    check = CheckId.CERTIFICATE_REVOCATION
    where = f"depth {depth}: {status.detail}"
    if status.state is RevocationState.GOOD:
        return None
    if status.state is RevocationState.UNKNOWN:
        code = ErrorCode.EVIDENCE_UNPROVED if status.unproved else ErrorCode.CRL_MISSING
        missing = outcome(TrustError(code, where), check=check)
        return missing if strict else as_warning(missing)
    if best.proved and status.ended_at is not None and status.ended_at > best.moment:
        return None  # 5.6.2.4: revoked after the time the signature is proved to have existed
    if status.reason is RevocationReason.CERTIFICATE_HOLD:
        return unknown(check, SubIndication.TRY_LATER, f"{where}: on hold, and it may come back")  # 5.2.6.4
    if not best.proved:
        sub = SubIndication.REVOKED_CA_NO_POE if depth else SubIndication.REVOKED_NO_POE
        return unknown(check, sub, where)
    return failed(check, SubIndication.REVOKED, where)


def _young_answers(context: Context) -> tuple[OcspResponse, ...]:
    """Leave out OCSP answers older than the policy allows."""
    limit = context.policy.evidence_max_age
    answers = context.evidence.ocsp_responses
    return answers if limit is None else tuple(each for each in answers if context.at - each.produced_at <= limit)


def _young(context: Context, lists: tuple[CertificateList, ...]) -> tuple[CertificateList, ...]:
    """Leave out lists older than the policy allows; 0 leaves their age to their issuer."""
    limit = context.policy.evidence_max_age
    unique = tuple(dict.fromkeys(lists))
    return unique if limit is None else tuple(crl for crl in unique if context.at - crl.this_update <= limit)
