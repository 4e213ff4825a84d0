"""Steps every signature shares once its octets hold: algorithms, purpose, path, validity, revocation.

Numbered as in EN 319 102-1: 5.2.5/5.2.6 X.509 validation, 5.2.8 acceptance, and 5.6.2 for times that a time stamp proves.
Each step appends checks; nothing here raises for what a file says.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from trustkit.errors import ErrorCode, TrustError
from trustkit.verdict import Check, CheckId, passed
from trustkit.x509.path import validate_path
from trustkit.x509.path_policy import ANY_POLICY_WILL_DO
from trustkit.x509.purpose import Purpose
from verifier.judgement.algorithms import judge_path_algorithms
from verifier.judgement.outcomes import outcome
from verifier.judgement.revocation import RevocationQuestion, judge_revocation
from verifier.policy import Need

if TYPE_CHECKING:
    from datetime import datetime

    from trustkit.x509.certificate import Certificate
    from trustkit.x509.crl import CertificateList
    from trustkit.x509.path import ValidatedPath
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """When a holder says to have used a key, for the standards that go by that. He is believed against himself only.

    With `decides`, path and validity are judged at that time, and what ends the certificate later is a notice, unless its key
    was compromised and nothing proves the use to be older.
    """

    moment: datetime
    decides: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustFound:
    """The checks of a certificate, and the path they are about, None when there is none."""

    checks: tuple[Check, ...]
    path: ValidatedPath | None


def judge_certificate_trust(
    context: Context,
    certificate: Certificate,
    *,
    purpose: Purpose,
    best: BestTime,
    helpers: tuple[Certificate, ...] = (),
    crls: tuple[CertificateList, ...] = (),
    claim: Claim | None = None,
) -> tuple[Check, ...]:
    """Return the checks of purpose, path, its algorithms, validity and revocation for a certificate at the best known time."""
    return find_trust(context, certificate, purpose=purpose, best=best, helpers=helpers, crls=crls, claim=claim).checks


def find_trust(
    context: Context,
    certificate: Certificate,
    *,
    purpose: Purpose,
    best: BestTime,
    helpers: tuple[Certificate, ...] = (),
    crls: tuple[CertificateList, ...] = (),
    claim: Claim | None = None,
) -> TrustFound:
    """Return what `judge_certificate_trust` does, with the path: for who asks whom it leads to."""
    judge = partial(
        _find_trust, context, certificate, purpose=purpose, best=best, helpers=helpers, crls=crls, claim=claim
    )
    if context.memory is None or context.existed:  # what older evidence proves is one file's own
        return judge()
    evidence = context.evidence
    gathered = (evidence.certificates, evidence.crls, evidence.ocsp_responses, evidence.own)
    question = (context.at, certificate, purpose, best, helpers, crls, claim)
    return context.memory.found((*gathered, context.anchors, context.policy), question, judge, lasts=_is_whole)


def _is_whole(found: TrustFound) -> bool:
    """Tell whether nothing was cut short by how much had been looked at before, which is each file's own affair."""
    return all(check.code is not ErrorCode.PATH_LIMIT for check in found.checks)


def _find_trust(
    context: Context,
    certificate: Certificate,
    *,
    purpose: Purpose,
    best: BestTime,
    helpers: tuple[Certificate, ...],
    crls: tuple[CertificateList, ...],
    claim: Claim | None,
) -> TrustFound:
    by_claim = claim is not None and claim.decides
    moment = claim.moment if claim is not None and by_claim else best.moment
    try:
        path = validate_path(
            certificate,
            anchors=context.anchors,
            pool=context.pool((certificate,), helpers),
            at=moment,
            purpose=purpose,
            links=context.links,
            policies=context.policy.certificate_policies if purpose in _HOLDERS else ANY_POLICY_WILL_DO,
        )
    except TrustError as error:
        check = outcome(error)
        earlier = tuple(passed(each) for each in _EARLIER_STEPS.get(check.id, ()))
        return TrustFound(checks=(*earlier, check), path=None)
    anchor = path.certificates[-1].fingerprint_sm3[:16]
    good = (
        passed(CheckId.CERTIFICATE_PURPOSE),
        passed(CheckId.CERTIFICATE_PATH, f"{len(path.certificates)} certificates, anchor sm3:{anchor}…"),
        passed(CheckId.CERTIFICATE_VALIDITY),
    )
    algorithms = judge_path_algorithms(context, path, best.moment)
    question = RevocationQuestion(
        path=path,
        best=best,
        claimed=None if claim is None else claim.moment,
        notice_only=by_claim,
        crls=crls,
        helpers=helpers,
    )
    return TrustFound(checks=(*algorithms, *good, *judge_revocation(context, question)), path=path)
