"""Signed messages (RFC 5652, GB/T 35275): one verdict for each signer (EN 319 102-1 5.3 to 5.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustkit.cms.verify import verify_signer
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
from trustkit.x509.purpose import Purpose
from verifier.format import Format
from verifier.judgement.names import signer_name
from verifier.judgement.outcomes import outcome
from verifier.judgement.parsed import crls_of
from verifier.judgement.stamp import best_time
from verifier.judgement.trust import judge_algorithms, judge_certificate_trust, required
from verifier.policy import Demand

if TYPE_CHECKING:
    from trustkit.cms.model import SignedMessage
    from verifier.judgement.context import Context

CONTENT_CHECKS = (CheckId.SIGNER_CERTIFICATE, CheckId.CONTENT_DIGEST, CheckId.SIGNATURE_VALUE)


def judge_message(context: Context, message: SignedMessage, content: bytes | None) -> Verdict:
    """Return the verdict of a message; its conclusion is that of its worst signer."""
    signatures = tuple(judge_signer(context, message, index, content) for index in range(len(message.signers)))
    checks: tuple[Check, ...] = (passed(CheckId.FORMAT, message.dialect.value), *deviations(message.notes))
    if not signatures:
        checks = (*checks, unknown(CheckId.FORMAT, SubIndication.NOT_SIGNED, "certificates and lists, and no signer"))
        conclusion = conclude(checks, frozenset())
    else:
        conclusion = worst(tuple(signature.conclusion for signature in signatures))
    return Verdict(
        format=Format.CMS.value,
        at=context.at,
        signatures=signatures,
        checks=checks,
        uncovered=(),
        conclusion=conclusion,
    )


def judge_signer(context: Context, message: SignedMessage, index: int, content: bytes | None) -> SignatureVerdict:
    """Return the verdict of one signer."""
    covers = "the content given beside the message" if message.content is None else "the content inside the message"
    try:
        signer = verify_signer(message, index, content=content, extra_certificates=context.evidence.certificates)
    except TrustError as error:
        return refused_signature(error, form=message.dialect.value, covers=covers)
    stamped = best_time(context, signer.timestamp_tokens, signer.signature, signer.claimed_signing_time)
    checks = (
        *(passed(check) for check in CONTENT_CHECKS),
        *deviations(signer.notes),
        judge_algorithms(context, signer.suite, signer.digest_algorithm),
        *stamped.checks,
        *judge_certificate_trust(
            context,
            signer.certificate,
            purpose=signing_purpose(context),
            best=stamped.best,
            helpers=signer.certificates,
            crls=crls_of(message.crls),
        ),
    )
    return SignatureVerdict(
        form=signer.form.value,
        signer=signer_name(signer.certificate),
        signed_at=stamped.best.moment if stamped.best.proved else signer.claimed_signing_time,
        time_proved=stamped.best.proved,
        covers=covers,
        checks=checks,
        conclusion=conclude(checks, required(context, *CONTENT_CHECKS)),
    )


def signing_purpose(context: Context) -> Purpose:
    """Return what the policy wants a signer's certificate to be for."""
    wanted = context.policy.signer_purpose is Demand.DOCUMENT_SIGNING
    return Purpose.DOCUMENT_SIGNING if wanted else Purpose.ANY


def refused_signature(error: TrustError, *, form: str, covers: str) -> SignatureVerdict:
    """Return the verdict of a signature whose octets do not hold, or whose evidence is missing."""
    checks = (outcome(error),)
    return SignatureVerdict(
        form=form,
        signer="",
        signed_at=None,
        time_proved=False,
        covers=covers,
        checks=checks,
        conclusion=conclude(checks, frozenset(CONTENT_CHECKS)),
    )


def deviations(notes: tuple[str, ...]) -> tuple[Check, ...]:
    """Return deviations that were met and not repaired: told, never decisive."""
    return tuple(Check(id=CheckId.SIGNATURE_FORM, status=CheckStatus.WARNING, detail=note) for note in notes)
