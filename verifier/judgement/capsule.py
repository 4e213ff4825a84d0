"""A capsule handed in, as text or octets of a QR code: the issuer's signature and path, the licence's term, its status.

Offline it is judged by what is at hand: what could not be looked at stands in the checks that are UNKNOWN, and leaves the verdict open.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from esign.capsule.verify import VerifiedCapsule, is_named, verify_capsule
from trustkit.crypto.algorithm_policy import AlgorithmUse
from trustkit.errors import TrustError
from trustkit.verdict import (
    Check,
    CheckId,
    CheckStatus,
    SignatureVerdict,
    SubIndication,
    Verdict,
    conclude,
    passed,
    unknown,
    worst,
)
from trustkit.x509.certificate import seen_certificate
from verifier.format import Format
from verifier.judgement.algorithms import judge_algorithms
from verifier.judgement.licence import LicenceFinding, judge_licence
from verifier.judgement.licence_carrier import carried_licence
from verifier.judgement.message import refused_signature, signing_purpose
from verifier.judgement.names import signer_name
from verifier.judgement.trust import judge_certificate_trust, required

if TYPE_CHECKING:
    from esign.capsule.model import UnverifiedCapsule
    from trustkit.x509.certificate import Certificate
    from verifier.judgement.context import Context

_FORM: Final = "licence-capsule"
_COVERS: Final = "what the code says of the licence"
_SIGNED: Final = (CheckId.SIGNER_CERTIFICATE, CheckId.SIGNATURE_VALUE)


def judge_capsule(context: Context, document: UnverifiedCapsule) -> Verdict:
    """Return the verdict of a capsule."""
    try:
        certificate = _signer(context, document)
        if certificate is None:
            return _verdict(context, _without_certificate())
        verified = verify_capsule(document, certificate)
    except TrustError as error:
        return _verdict(context, refused_signature(error, form=_FORM, covers=_COVERS))
    finding = judge_licence(context, carried_licence(document), (certificate,))
    essentials = tuple((f"capsule.{name}", value) for name, value in verified.content.essentials.items())
    return _verdict(context, _judge_signature(context, verified), finding, essentials)


def _signer(context: Context, document: UnverifiedCapsule) -> Certificate | None:
    """Return the certificate a capsule carries, or the one at hand whose thumbprint it names."""
    if document.certificates:
        return seen_certificate(document.certificates[0])
    return next((each for each in context.pool(context.anchors.anchors) if is_named(document, each)), None)


def _without_certificate() -> SignatureVerdict:
    told = "the code names its signer's certificate by thumbprint, and it is not at hand: give it as evidence"
    check = unknown(CheckId.SIGNER_CERTIFICATE, SubIndication.NO_SIGNING_CERTIFICATE_FOUND, told)
    return SignatureVerdict(
        form=_FORM,
        signer="",
        signed_at=None,
        time_proved=False,
        covers=_COVERS,
        checks=(check,),
        conclusion=conclude((check,), frozenset()),
    )


def _judge_signature(context: Context, verified: VerifiedCapsule) -> SignatureVerdict:
    certificate, suite = verified.certificate, verified.algorithm.suite
    checks = (
        *(passed(check) for check in _SIGNED),
        *judge_algorithms(
            context, suite, suite.digest, key=certificate.public_key, use=AlgorithmUse.SIGNATURE, at=context.at
        ),
        *judge_certificate_trust(context, certificate, purpose=signing_purpose(context), best=context.now),
    )
    return SignatureVerdict(
        form=_FORM,
        signer=signer_name(certificate),
        signed_at=verified.content.issued_at,
        time_proved=False,
        covers=_COVERS,
        checks=checks,
        conclusion=conclude(checks, required(context, *_SIGNED)),
    )


def _verdict(
    context: Context,
    signature: SignatureVerdict,
    finding: LicenceFinding | None = None,
    essentials: tuple[tuple[str, str], ...] = (),
) -> Verdict:
    found = finding or LicenceFinding()
    told = Check(id=CheckId.LICENCE_CAPSULE, status=CheckStatus.INFORMATION)
    checks = (passed(CheckId.FORMAT), *found.checks, told)
    return Verdict(
        format=Format.CAPSULE.value,
        at=context.at,
        signatures=(signature,),
        checks=checks,
        uncovered=(),
        conclusion=worst((signature.conclusion, conclude(checks, found.required | {CheckId.FORMAT}))),
        subject=(*found.subject, *essentials),
        said=found.said,
    )
