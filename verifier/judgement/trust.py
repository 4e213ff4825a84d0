"""Steps every signature shares once its octets hold: algorithms, purpose, path, validity, revocation.

Numbered as in EN 319 102-1: 5.2.5/5.2.6 X.509 validation, 5.2.8 acceptance, and 5.6.2 for times that a time stamp proves.
Each step appends checks; nothing here raises for what a file says.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from trustkit.errors import ErrorCode, TrustError
from trustkit.verdict import Check, CheckId, SubIndication, failed, passed, unknown
from trustkit.x509.path import ValidatedPath, validate_path
from trustkit.x509.path_policy import ANY_POLICY_WILL_DO
from trustkit.x509.path_revocation import revocation_of_path
from trustkit.x509.purpose import Purpose
from trustkit.x509.reason import COMPROMISED, RevocationReason
from trustkit.x509.revocation import RevocationState, RevocationStatus, revocation_from_crls
from trustkit.x509.revocation_ocsp import with_ocsp
from verifier.judgement.algorithms import judge_path_algorithms
from verifier.judgement.outcomes import as_warning, outcome
from verifier.policy import Need

if TYPE_CHECKING:
    from trustkit.x509.certificate import Certificate
    from trustkit.x509.crl import CertificateList
    from trustkit.x509.ocsp_response import OcspResponse
    from verifier.judgement.context import BestTime, Context

X509_REQUIRED: Final = frozenset(
    {
        CheckId.ALGORITHM,
        CheckId.CERTIFICATE_PURPOSE,
        CheckId.CERTIFICATE_PATH,
        CheckId.CERTIFICATE_VALIDITY,
        CheckId.CERTIFICATE_REVOCATION,
    }
)
_HOLDERS: Final = frozenset({Purpose.DOCUMENT_SIGNING, Purpose.ANY})  # whom required_certificate_policies concern
_EARLIER_STEPS: Final = {
    # What validate_path had already proved when it raised: it looks at purpose first and at periods before the rest.
    CheckId.CERTIFICATE_PATH: (CheckId.CERTIFICATE_PURPOSE,),
    CheckId.CERTIFICATE_VALIDITY: (CheckId.CERTIFICATE_PURPOSE, CheckId.CERTIFICATE_PATH),
}


def required(context: Context, *more: CheckId) -> frozenset[CheckId]:
    """Return the checks without which nothing passes under this policy."""
    needed = X509_REQUIRED | frozenset(more)
    return needed if context.policy.revocation is Need.REQUIRED else needed - {CheckId.CERTIFICATE_REVOCATION}


def judge_certificate_trust(
    context: Context,
    certificate: Certificate,
    *,
    purpose: Purpose,
    best: BestTime,
    helpers: tuple[Certificate, ...] = (),
    crls: tuple[CertificateList, ...] = (),
) -> tuple[Check, ...]:
    """Return the checks of purpose, path, its algorithms, validity and revocation for a certificate at the best known time."""
    try:
        path = validate_path(
            certificate,
            anchors=context.anchors,
            pool=context.pool((certificate,), helpers),
            at=best.moment,
            purpose=purpose,
            links=context.links,
            policies=context.policy.certificate_policies if purpose in _HOLDERS else ANY_POLICY_WILL_DO,
        )
    except TrustError as error:
        check = outcome(error)
        return (*(passed(each) for each in _EARLIER_STEPS.get(check.id, ())), check)
    anchor = path.certificates[-1].fingerprint_sm3[:16]
    good = (
        passed(CheckId.CERTIFICATE_PURPOSE),
        passed(CheckId.CERTIFICATE_PATH, f"{len(path.certificates)} certificates, anchor sm3:{anchor}…"),
        passed(CheckId.CERTIFICATE_VALIDITY),
    )
    algorithms = judge_path_algorithms(context, path, best.moment)
    return (*algorithms, *good, *_judge_revocation(context, path, best, crls, helpers))


def _judge_revocation(
    context: Context,
    path: ValidatedPath,
    best: BestTime,
    crls: tuple[CertificateList, ...],
    helpers: tuple[Certificate, ...],
) -> tuple[Check, ...]:
    """Judge each certificate of the path but the anchor; one check when all are good, else one for each that is not."""
    use_proved = best.proved and context.policy.revocation_at_proved_time
    at = best.moment if use_proved else context.at
    lists = _young(context, (*crls, *context.evidence.crls))
    statuses = revocation_of_path(
        path,
        lists,
        at=at,
        pool=context.pool(helpers),
        present=context.at,
        links=context.links,
        proofs=context.lists,
    )
    statuses = with_ocsp(
        statuses,
        path,
        _young_answers(context),
        at=at,
        present=context.at,
        helpers=context.pool(helpers),
        standing=lambda responder, issuer: revocation_from_crls(responder, issuer, lists, at=at, present=context.at),
    )
    strict = context.policy.revocation is Need.REQUIRED
    checks = [
        check
        for depth, status in enumerate(statuses)
        if (check := _doubt(_reaching_back(status), best, depth, strict=strict)) is not None
    ]
    if checks:
        return tuple(checks)
    return (
        passed(CheckId.CERTIFICATE_REVOCATION, "; ".join(status.detail for status in statuses) or "an anchor itself"),
    )


def _doubt(status: RevocationStatus, best: BestTime, depth: int, *, strict: bool) -> Check | None:
    check = CheckId.CERTIFICATE_REVOCATION
    where = f"depth {depth}: {status.detail}"
    if status.state is RevocationState.GOOD:
        return None
    if status.state is RevocationState.UNKNOWN:
        missing = outcome(TrustError(ErrorCode.CRL_MISSING, where), check=check)
        return missing if strict else as_warning(missing)
    if best.proved and status.revoked_at is not None and status.revoked_at > best.moment:
        return None  # 5.6.2.4: revoked after the time the signature is proved to have existed
    if status.reason is RevocationReason.CERTIFICATE_HOLD:
        return unknown(check, SubIndication.TRY_LATER, f"{where}: on hold, and it may come back")  # 5.2.6.4
    if not best.proved:
        sub = SubIndication.REVOKED_CA_NO_POE if depth else SubIndication.REVOKED_NO_POE
        return unknown(check, sub, where)
    return failed(check, SubIndication.REVOKED, where)


def _reaching_back(status: RevocationStatus) -> RevocationStatus:
    """Return the status with the earlier of revocation and suspected compromise (invalidityDate, RFC 5280 5.3.2)."""
    if status.revoked_at is None or status.invalid_since is None or status.reason not in COMPROMISED:
        return status
    return replace(status, revoked_at=min(status.revoked_at, status.invalid_since))


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
