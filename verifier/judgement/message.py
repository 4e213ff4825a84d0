"""Signed messages (RFC 5652, GB/T 35275): one verdict for each signer (EN 319 102-1 5.3 to 5.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustkit.cms import oids
from trustkit.cms.verify import verify_countersignature, verify_signer
from trustkit.crypto.algorithm_policy import AlgorithmUse
from trustkit.errors import ErrorCode, TrustError
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
    warning,
    worst,
)
from trustkit.x509.purpose import Purpose
from verifier.format import Format
from verifier.judgement.algorithms import judge_algorithms
from verifier.judgement.names import signer_name
from verifier.judgement.outcomes import outcome
from verifier.judgement.parsed import crls_of
from verifier.judgement.stamp import best_time, told_time
from verifier.judgement.trust import judge_certificate_trust, required
from verifier.policy import Demand

if TYPE_CHECKING:
    from datetime import datetime

    from trustkit.cms.model import SignedMessage
    from trustkit.cms.verify import VerifiedSigner
    from verifier.judgement.context import Context

MAX_COUNTERSIGNATURES = 8  # each costs a verification
CONTENT_CHECKS = (CheckId.SIGNER_CERTIFICATE, CheckId.CONTENT_DIGEST, CheckId.SIGNATURE_VALUE)


def judge_message(context: Context, message: SignedMessage, content: bytes | None) -> Verdict:
    """Return the verdict of a message; its conclusion is that of its worst signer."""
    signatures = tuple(judge_signer(context, message, index, content) for index in range(len(message.signers)))
    checks: tuple[Check, ...] = (passed(CheckId.FORMAT, message.dialect.value), *deviations(context, message.notes))
    if not signatures:
        checks = (*checks, outcome(TrustError(ErrorCode.CMS_NO_SIGNER, _contents_of_bag(message))))
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


def _contents_of_bag(message: SignedMessage) -> str:
    """Say what a message without signers is: a bag proves nothing about what is in it."""
    held = f"{len(message.certificates)} certificates and {len(message.crls)} revocation lists, and no signer"
    return held if message.content is None else f"content that nobody signed, {held}"


def judge_signer(context: Context, message: SignedMessage, index: int, content: bytes | None) -> SignatureVerdict:
    """Return the verdict of one signer."""
    covers = "the content given beside the message" if message.content is None else "the content inside the message"
    try:
        signer = verify_signer(
            message,
            index,
            content=content,
            extra_certificates=context.evidence.certificates,
            accepted=context.policy.accepted_dialects,
        )
    except TrustError as error:
        return refused_signature(error, form=message.dialect.value, covers=covers)
    return judge_verified_signer(
        context, signer, covers=covers, crls=message.crls, told=_countersignatures(context, message, index)
    )


def judge_verified_signer(
    context: Context,
    signer: VerifiedSigner,
    *,
    covers: str,
    crls: tuple[bytes, ...],
    form: str = "",
    claimed: datetime | None = None,
    told: tuple[Check, ...] = (),
    more: tuple[CheckId, ...] = (),
) -> SignatureVerdict:
    """Return the verdict of a signer whose signature holds: algorithms, time stamps, trust.

    `form` is what it is called where that is not the message's own syntax; `claimed` is a time told beside a message that tells none;
    `told` are checks to put in, of which those in `more` must have passed; `crls` came with the signature.
    """
    claim = signer.claimed_signing_time or claimed
    stamped = best_time(context, signer.timestamp_tokens, signer.signature, claim, known=context.now)
    checks = (
        *(passed(check) for check in CONTENT_CHECKS),
        *deviations(context, signer.notes),
        *told,
        *judge_algorithms(
            context,
            signer.suite,
            signer.digest_algorithm,
            key=signer.certificate.public_key,
            use=AlgorithmUse.SIGNATURE,
            at=stamped.best.moment,
        ),
        *stamped.checks,
        *judge_certificate_trust(
            context,
            signer.certificate,
            purpose=signing_purpose(context),
            best=stamped.best,
            helpers=signer.certificates,
            crls=crls_of(crls),
        ),
    )
    return SignatureVerdict(
        form=form or signer.form.value,
        signer=signer_name(signer.certificate),
        signed_at=told_time(context, stamped.best, claim),
        time_proved=stamped.best.proved,
        covers=covers,
        checks=checks,
        conclusion=conclude(checks, required(context, *CONTENT_CHECKS, *more)),
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


def deviations(context: Context, notes: tuple[str, ...]) -> tuple[Check, ...]:
    """Return deviations that were met and not repaired: told, and decisive only where the policy refuses them."""
    return tuple(
        unknown(
            CheckId.SIGNATURE_FORM, SubIndication.SIG_CONSTRAINTS_FAILURE, f"{note}: the policy refuses this dialect"
        )
        if note in context.policy.refused_dialects
        else warning(CheckId.SIGNATURE_FORM, note)
        for note in notes
    )


def _countersignatures(context: Context, message: SignedMessage, index: int) -> tuple[Check, ...]:
    """Tell who countersigned (RFC 5652 11.4). Whether that person is trusted is not judged, and changes nothing here."""
    values = message.signers[index].unsigned_attributes.get(oids.COUNTERSIGNATURE, ())
    told: list[Check] = []
    for number in range(min(len(values), MAX_COUNTERSIGNATURES)):
        try:
            found = verify_countersignature(message, index, number, extra_certificates=context.evidence.certificates)
        except TrustError as error:
            told.append(warning(CheckId.SIGNATURE_FORM, f"a countersignature does not hold: {error.code.value}"))
            continue
        detail = f"countersigned, trust not judged: {signer_name(found.certificate)}"
        told.append(Check(id=CheckId.SIGNATURE_FORM, status=CheckStatus.INFORMATION, detail=detail))
    if len(values) > MAX_COUNTERSIGNATURES:
        told.append(warning(CheckId.SIGNATURE_FORM, f"{len(values)} countersignatures, the first few looked at"))
    return tuple(told)
