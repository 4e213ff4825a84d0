"""A certificate handed in by itself: its own purpose, path, period and revocation, as of the time asked about.

Unlike in a signature, there is no moment of use that a time stamp could prove: an expired or revoked certificate is
TOTAL-FAILED here, with EXPIRED or REVOKED.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from trustkit.crypto.algorithm_policy import AlgorithmUse
from trustkit.crypto.suites import suite_from_algorithm
from trustkit.errors import ErrorCode, TrustError
from trustkit.verdict import Check, CheckId, CheckStatus, SubIndication, Verdict, conclude, failed, passed
from trustkit.x509.certificate_signature import verify_certificate_signature
from trustkit.x509.name import names_equal
from trustkit.x509.purpose import Purpose, is_for_services, is_seal_maker, is_status_signer
from verifier.format import Format
from verifier.judgement.algorithms import judge_algorithms
from verifier.judgement.names import issuer_name, signer_name
from verifier.judgement.outcomes import outcome
from verifier.judgement.trust import judge_certificate_trust, required
from verifier.policy import Demand

if TYPE_CHECKING:
    from trustkit.x509.certificate import Certificate
    from verifier.judgement.context import Context


def judge_certificate(context: Context, certificate: Certificate, purpose: Purpose | None = None) -> Verdict:
    """Return the verdict of one certificate, for `purpose` or what `certificate_purpose` finds."""
    judged_for = purpose or certificate_purpose(context, certificate)
    checks = (
        passed(CheckId.FORMAT),
        *_algorithms(context, certificate),
        *(
            _decided(check, context, certificate)
            for check in judge_certificate_trust(
                context,
                certificate,
                purpose=judged_for,
                best=context.now,
            )
        ),
    )
    return Verdict(
        format=Format.CERTIFICATE.value,
        at=context.at,
        signatures=(),
        checks=checks,
        uncovered=(),
        conclusion=conclude(checks, required(context, CheckId.FORMAT)),
        subject=(
            ("subject", signer_name(certificate)),
            ("issuer", issuer_name(certificate)),
            ("serial", f"{certificate.serial:x}"),
            ("not_before", certificate.not_before.isoformat()),
            ("not_after", certificate.not_after.isoformat()),
            ("judged_for", judged_for.value),
        ),
    )


def certificate_purpose(context: Context, certificate: Certificate) -> Purpose:
    """Return what a certificate is judged for: its own service for authorities, the policy's demand for others."""
    if certificate.is_ca:
        return Purpose.CERTIFICATE_SIGNING
    if certificate.extended_key_usage == ("timeStamping",):
        return Purpose.TIMESTAMPING
    if is_status_signer(certificate):
        return Purpose.STATUS_SIGNING
    if is_seal_maker(certificate):
        return Purpose.SEAL_MAKING
    if is_for_services(certificate):
        return Purpose.SERVICE
    wanted = context.policy.certificate_purpose is Demand.DOCUMENT_SIGNING
    return Purpose.DOCUMENT_SIGNING if wanted else Purpose.ANY


def _algorithms(context: Context, certificate: Certificate) -> tuple[Check, ...]:
    """Judge the suite the certificate is signed with; the key is the issuer's, looked at with the path."""
    try:
        suite = suite_from_algorithm(certificate.signature_oid, certificate.signature_parameters)
    except TrustError as error:
        return (outcome(error),)
    return judge_algorithms(context, suite, suite.digest, key=None, use=AlgorithmUse.CERTIFICATE, at=context.at)


def _decided(check: Check, context: Context, certificate: Certificate) -> Check:
    """Turn what waits for a proof of existence in a signature into what is simply so of a certificate."""
    expired = context.at > certificate.not_after
    if check.code is ErrorCode.PATH_SIGNATURE and _is_forged(context, certificate):
        return failed(CheckId.CERTIFICATE_SIGNATURE, SubIndication.SIG_CRYPTO_FAILURE, check.detail)
    if expired and check.sub_indication is SubIndication.OUT_OF_BOUNDS_NO_POE:
        return replace(check, status=CheckStatus.FAILED, sub_indication=SubIndication.EXPIRED)
    if check.sub_indication is SubIndication.REVOKED_NO_POE:
        return replace(check, status=CheckStatus.FAILED, sub_indication=SubIndication.REVOKED)
    return check


def _is_forged(context: Context, certificate: Certificate) -> bool:
    """Tell whether the very key the certificate names as its issuer's did not sign it.

    An authority's namesake with another key, such as its own next one, proves nothing against the certificate.
    """
    own_name = names_equal(certificate.subject_der, certificate.issuer_der)
    for issuer in context.pool(context.anchors.anchors, (certificate,)):
        named = certificate.authority_key_id is not None and certificate.authority_key_id == issuer.subject_key_id
        if not names_equal(issuer.subject_der, certificate.issuer_der) or not (
            named or (own_name and issuer == certificate)
        ):
            continue
        try:
            verify_certificate_signature(certificate, issuer)
        except TrustError as error:
            if error.code is ErrorCode.PATH_SIGNATURE:
                return True
    return False
