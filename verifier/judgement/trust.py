"""Steps every signature shares once its octets hold: algorithms, purpose, path, validity, revocation.

Numbered as in EN 319 102-1: 5.2.5/5.2.6 X.509 validation, 5.2.8 acceptance, and 5.6.2 for times that a time stamp proves.
Each step appends checks; nothing here raises for what a file says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from trustkit.errors import TrustError
from trustkit.verdict import Check, CheckId, passed
from trustkit.x509.path import validate_path
from trustkit.x509.path_policy import ANY_POLICY_WILL_DO
from trustkit.x509.purpose import Purpose
from verifier.judgement.algorithms import judge_path_algorithms
from verifier.judgement.outcomes import outcome
from verifier.judgement.revocation import RevocationQuestion, judge_revocation
from verifier.policy import Need

if TYPE_CHECKING:
    from trustkit.x509.certificate import Certificate
    from trustkit.x509.crl import CertificateList
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
    question = RevocationQuestion(path=path, best=best, crls=crls, helpers=helpers)
    return (*algorithms, *good, *judge_revocation(context, question))
