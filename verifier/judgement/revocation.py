"""Revocation of a path as of the time that counts for it: lists, answers, and what is proved of their age.

EN 319 102-1 5.2.6 for the present; 5.6.2.2 and 5.6.2.4 for times that a time stamp proves: what was signed before a revocation
stays good, and certificates and revocation data whose signer has ended since count when they are proved to be older than that.
What has ended, `trustkit.x509.path_revocation` decides; what that means for a verdict is told here.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from trustkit.errors import ErrorCode, TrustError
from trustkit.verdict import Check, CheckId, SubIndication, failed, passed, unknown, warning
from trustkit.x509.path_revocation import revocation_of_path
from trustkit.x509.reason import RevocationReason
from trustkit.x509.revocation import RevocationState, RevocationStatus
from verifier.judgement.outcomes import as_warning, outcome
from verifier.policy import Need

if TYPE_CHECKING:
    from datetime import datetime

    from trustkit.x509.certificate import Certificate
    from trustkit.x509.crl import CertificateList
    from trustkit.x509.ocsp_response import OcspResponse
    from trustkit.x509.path import ValidatedPath
    from trustkit.x509.path_revocation import OwnEvidence
    from verifier.judgement.context import BestTime, Context


# Reasons that say the key was in nobody else's hands.
_HARMLESS: Final = frozenset(
    {RevocationReason.SUPERSEDED, RevocationReason.CESSATION_OF_OPERATION, RevocationReason.AFFILIATION_CHANGED}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationQuestion:
    """A path, since when what was signed under it is known to exist, and the lists and certificates that came with it.

    `claimed` is when the holder says to have signed, where a standard goes by that; with `notice_only`, what ends a certificate
    later is to be known and no more.
    """

    path: ValidatedPath
    best: BestTime
    claimed: datetime | None = None
    notice_only: bool = False
    crls: tuple[CertificateList, ...] = field(default=(), repr=False)
    helpers: tuple[Certificate, ...] = field(default=(), repr=False)


def judge_revocation(context: Context, question: RevocationQuestion) -> tuple[Check, ...]:
    """Judge each certificate of the path but the anchor: what is not good of it, or one check when all are good.

    A certificate whose authority has ended since, and which nothing proves to be older than that, is told of besides.
    """
    statuses = _statuses(context, question)
    strict = context.policy.revocation is Need.REQUIRED
    # a revocation is told before what is merely not known, which it may be the cause of
    told_first = sorted(enumerate(statuses), key=lambda found: found[1].state is RevocationState.UNKNOWN)
    checks = [
        check for depth, status in told_first if (check := _doubt(status, question, depth, strict=strict)) is not None
    ]
    unproved = [
        _unproved(depth, since) for depth, each in enumerate(statuses) if (since := each.issuer_ended) is not None
    ]
    if checks:
        return (*checks, *unproved)
    told = "; ".join(status.detail for status in statuses) or "an anchor itself"
    return (passed(CheckId.CERTIFICATE_REVOCATION, told), *unproved)


def _statuses(context: Context, question: RevocationQuestion) -> tuple[RevocationStatus, ...]:
    """Return what lists and answers prove of each certificate of a path but its anchor, leaf first."""
    use_proved = question.best.proved and context.policy.revocation_at_proved_time
    return revocation_of_path(
        question.path,
        _young(context, (*question.crls, *context.evidence.crls)),
        answers=_young_answers(context, context.evidence.ocsp_responses),
        at=question.best.moment if use_proved else context.at,
        pool=context.pool(question.helpers),
        present=context.at,
        links=context.links,
        proofs=context.lists,
        answered=context.answers,
        existence=context.existence,
        own=_young_own(context),
    )


def _unproved(depth: int, since: datetime) -> Check:
    told = f"depth {depth}: nothing proves that it existed before an authority above it ended on {since:%Y-%m-%d}"
    return outcome(TrustError(ErrorCode.CERTIFICATE_UNPROVED, told))


def _doubt(status: RevocationStatus, question: RevocationQuestion, depth: int, *, strict: bool) -> Check | None:
    check, best = CheckId.CERTIFICATE_REVOCATION, question.best
    where = f"depth {depth}: {status.detail}"
    if status.state is RevocationState.GOOD:
        return None
    if status.state is RevocationState.UNKNOWN:
        code = ErrorCode.EVIDENCE_UNPROVED if status.unproved else ErrorCode.CRL_MISSING
        missing = outcome(TrustError(code, where), check=check)
        # evidence that was at hand and went unread is not evidence that could not be had
        return missing if strict or status.unread else as_warning(missing)
    if best.proved and status.ended_at is not None and status.ended_at > best.moment:
        return None  # 5.6.2.4: revoked after the time the signature is proved to have existed
    if status.reason is RevocationReason.CERTIFICATE_HOLD:
        return unknown(check, SubIndication.TRY_LATER, f"{where}: on hold, and it may come back")  # 5.2.6.4
    if not best.proved or not (depth or question.claimed is None) or (question.notice_only and not depth):
        # A stamp proves "not later than", and anybody puts one there: it tells nothing against what was made before (5.5.4).
        return _by_claim(status, question, depth, where)
    return failed(check, SubIndication.REVOKED, where)


def _by_claim(status: RevocationStatus, question: RevocationQuestion, depth: int, where: str) -> Check:
    """Judge a revocation by what the holder says, who is believed against himself only.

    NOTE: GM/T 0031-2025 makes a later end of the maker's certificate a notice. Where his key was compromised, or no reason is
    given, which may hide that, whoever has it can also write an earlier time into a seal, so that without proof it stays open; see
    docs/DIVERGENCES.md.
    """
    ended = status.ended_at
    if not depth and question.claimed is not None and ended is not None:
        if ended <= question.claimed:  # GM/T 0031-2014 6.2.3 d: revoked before signing
            return failed(CheckId.CERTIFICATE_REVOCATION, SubIndication.REVOKED, where)
        if question.notice_only and status.reason in _HARMLESS:
            return warning(CheckId.CERTIFICATE_REVOCATION, where)
    sub = SubIndication.REVOKED_CA_NO_POE if depth else SubIndication.REVOKED_NO_POE
    return unknown(CheckId.CERTIFICATE_REVOCATION, sub, where)


def _young_own(context: Context) -> OwnEvidence:
    """Return what of the evidence the file did not bring, as young as the policy has it."""
    own = context.evidence.own
    return replace(own, crls=_young(context, own.crls), answers=_young_answers(context, own.answers))


def _young_answers(context: Context, answers: tuple[OcspResponse, ...]) -> tuple[OcspResponse, ...]:
    """Leave out OCSP answers older than the policy allows."""
    limit = context.policy.evidence_max_age
    return answers if limit is None else tuple(each for each in answers if context.at - each.produced_at <= limit)


def _young(context: Context, lists: tuple[CertificateList, ...]) -> tuple[CertificateList, ...]:
    """Leave out lists older than the policy allows; 0 leaves their age to their issuer."""
    limit = context.policy.evidence_max_age
    unique = tuple(dict.fromkeys(lists))
    return unique if limit is None else tuple(crl for crl in unique if context.at - crl.this_update <= limit)
