"""An OCSP answer handed in by itself: who signed it, whether he may, and whether it is still good at the time asked about.

The verdict is about the answer, not about the certificates it speaks of: what it says of them stands in the subject.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from trustkit.crypto.algorithm_policy import AlgorithmUse
from trustkit.crypto.suites import suite_from_algorithm
from trustkit.errors import ErrorCode, TrustError
from trustkit.verdict import Check, CheckId, SignatureVerdict, SubIndication, Verdict, conclude, passed, unknown
from trustkit.x509.ocsp_verify import require_current, verify_ocsp_response
from trustkit.x509.purpose import Purpose
from trustkit.x509.revocation import revocation_from_crls
from verifier.format import Format
from verifier.judgement.algorithms import judge_algorithms
from verifier.judgement.message import refused_signature
from verifier.judgement.names import signer_name
from verifier.judgement.outcomes import outcome
from verifier.judgement.trust import judge_certificate_trust, required

if TYPE_CHECKING:
    from trustkit.x509.certificate import Certificate
    from trustkit.x509.ocsp_response import OcspResponse
    from trustkit.x509.revocation import RevocationStatus
    from verifier.judgement.context import Context

MAX_ISSUERS: Final = 4  # certificates of the issuer the answer names, such as cross-certificates of one key
MAX_TOLD: Final = 16  # certificates told of in the report
_FORM: Final = "ocsp"
_SIGNED: Final = (CheckId.SIGNER_CERTIFICATE, CheckId.SIGNATURE_VALUE)


def judge_ocsp(context: Context, response: OcspResponse) -> Verdict:
    """Return the verdict of a response."""
    signature = _judge(context, response)
    told = tuple(
        (f"certificate {answer.cert_id.serial:x}", answer.status.value) for answer in response.answers[:MAX_TOLD]
    )
    return Verdict(
        format=Format.OCSP.value,
        at=context.at,
        signatures=(signature,),
        checks=(passed(CheckId.FORMAT),),
        uncovered=(),
        conclusion=signature.conclusion,
        subject=(("produced_at", response.produced_at.isoformat()), *dict(told).items()),
    )


def _judge(context: Context, response: OcspResponse) -> SignatureVerdict:
    covers = f"{len(response.answers)} answers about certificates"
    refusal = TrustError(ErrorCode.PATH_NO_ANCHOR, "the certificate of the issuer it speaks for is not at hand")
    for issuer in _issuers(context, response):
        try:
            return _proved(context, response, issuer, covers)
        except TrustError as error:
            refusal = error
    return refused_signature(refusal, form=_FORM, covers=covers)


def _issuers(context: Context, response: OcspResponse) -> tuple[Certificate, ...]:
    named = [each for each in context.pool(context.anchors.anchors) if _speaks_for(response, each)]
    return tuple(named[:MAX_ISSUERS])


def _speaks_for(response: OcspResponse, issuer: Certificate) -> bool:
    try:
        return all(answer.cert_id.names(issuer) for answer in response.answers)
    except TrustError:  # a key this verifier does not read
        return False


def _proved(context: Context, response: OcspResponse, issuer: Certificate, covers: str) -> SignatureVerdict:
    def standing(responder: Certificate) -> RevocationStatus:
        return revocation_from_crls(responder, issuer, context.evidence.crls, at=context.at)

    proved = verify_ocsp_response(response, issuer, at=context.at, standing=standing, helpers=context.pool())
    key = proved.responder.public_key
    suite = suite_from_algorithm(response.algorithm.oid, response.algorithm.parameters, key=key)
    checks = (
        *(passed(check) for check in _SIGNED),
        *judge_algorithms(context, suite, suite.digest, key=key, use=AlgorithmUse.SIGNATURE, at=response.produced_at),
        *judge_certificate_trust(
            context,
            issuer,
            purpose=Purpose.CERTIFICATE_SIGNING,
            best=context.now,
        ),
        *_currency(context, response),
    )
    return SignatureVerdict(
        form=_FORM,
        signer=signer_name(proved.responder),
        signed_at=response.produced_at,
        time_proved=False,
        covers=covers,
        checks=checks,
        conclusion=conclude(checks, required(context, *_SIGNED, CheckId.EVIDENCE)),
    )


def _currency(context: Context, response: OcspResponse) -> tuple[Check, ...]:
    limit = context.policy.evidence_max_age
    if limit is not None and context.at - response.produced_at > limit:
        return (unknown(CheckId.EVIDENCE, SubIndication.TRY_LATER, "older than the policy allows"),)
    try:
        for answer in response.answers:
            require_current(answer, response, at=context.at, present=None)
    except TrustError as error:
        return (outcome(error, check=CheckId.EVIDENCE),)
    return (passed(CheckId.EVIDENCE),)
