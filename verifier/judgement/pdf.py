"""PDF: a verdict for each signature in its own form, then the file: later changes, coverage, the licence it may be."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from esign.pdf.model import ChangeKind, SignatureForm
from esign.pdf.verify import IntactPdfSignature, SignedOctets, covered_octets, require_unchanged, verify_signed_octets
from esign.seal.read import parse_seal_signature
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
    worst,
)
from verifier.format import Format
from verifier.judgement.algorithms import judge_algorithms
from verifier.judgement.archive import Archive, judge_archive
from verifier.judgement.licence import judge_licence
from verifier.judgement.licence_carrier import METADATA, carried_licence
from verifier.judgement.message import CONTENT_CHECKS, deviations, refused_signature, signing_purpose
from verifier.judgement.names import signer_name
from verifier.judgement.outcomes import outcome
from verifier.judgement.parsed import crls_of
from verifier.judgement.seal import judge_intact, judge_sealed
from verifier.judgement.stamp import Stamped, best_time, told_time
from verifier.judgement.trust import judge_certificate_trust, required
from verifier.material import Doubt

if TYPE_CHECKING:
    from esign.pdf.model import UnverifiedPdf, UnverifiedPdfSignature
    from trustkit.x509.certificate import Certificate
    from verifier.judgement.context import BestTime, Context

_WHOLE = "the whole file"
_UNSEEN = Doubt(code=ErrorCode.PDF_COVERED, detail="a later drawing lies over what it may hide, and nobody looked")
_AMBIGUOUS = Doubt(
    code=ErrorCode.PDF_COVERED,
    detail="a later drawing lies over what it may hide, and programs may draw it differently",
)


def judge_pdf(context: Context, pdf: UnverifiedPdf) -> Verdict:
    """Return the verdict of a PDF; its conclusion is the worst of its signatures and of the licence's status."""
    archive = judge_archive(context, pdf)
    informed = archive.informed(context)
    judged = tuple(_judge_signature(informed, pdf, signature, archive) for signature in pdf.signatures)
    signatures = tuple(
        replace(verdict, looks=tuple(each for each in signature.later_changes.overlays if each.is_placed))
        for (verdict, _), signature in zip(judged, pdf.signatures, strict=True)
    )
    checks: tuple[Check, ...] = (passed(CheckId.FORMAT), *_file_notes(pdf))
    uncovered = list(pdf.uncovered)
    uncovered += [
        f"what was added after the revision signed in {each.field_name}"
        for each in pdf.signatures[-1:]
        if not each.covers_whole_file
    ]
    if all(each.form is SignatureForm.RFC3161 for each in pdf.signatures):
        told = "time stamps only" if signatures else "no signature field is signed"
        checks = (*checks, unknown(CheckId.SIGNATURE_FORM, SubIndication.NOT_SIGNED, told))
    # a time-stamp authority vouches for a time, never for a licence
    signed = tuple(octets for _, octets in judged if octets is not None and octets.token is None)
    licence = judge_licence(context, carried_licence(pdf), _covering(pdf, signed))
    checks = (*checks, *licence.checks)
    conclusions = (
        *(each.conclusion for each in signatures),
        conclude(checks, frozenset({CheckId.FORMAT}) | licence.required),
    )
    return Verdict(
        format=Format.PDF.value,
        at=context.at,
        signatures=signatures,
        checks=checks,
        uncovered=tuple(uncovered),
        conclusion=worst(conclusions),
        subject=licence.subject,
        said=licence.said,
    )


def _covering(pdf: UnverifiedPdf, signed: tuple[SignedOctets, ...]) -> tuple[Certificate, ...]:
    """Return the signers whose intact signatures cover the licence's metadata."""
    attachment = pdf.attachment(METADATA)
    if attachment is None:
        return ()
    return tuple(octets.certificate for octets in signed if attachment.is_signed_by(octets.signature))


def _file_notes(pdf: UnverifiedPdf) -> tuple[Check, ...]:
    notes = [Check(id=CheckId.FORMAT, status=CheckStatus.WARNING, detail=note) for note in pdf.notes]
    if pdf.uncovered:
        # something that calls itself a signature and is reached by no field: never dropped, never trusted
        notes.append(unknown(CheckId.COVERAGE, SubIndication.FORMAT_NOT_SUPPORTED, "; ".join(pdf.uncovered)[:500]))
    return tuple(notes)


def _judge_signature(
    context: Context, pdf: UnverifiedPdf, signature: UnverifiedPdfSignature, archive: Archive
) -> tuple[SignatureVerdict, SignedOctets | None]:
    covers = _covers(signature)
    archived = archive.of(signature)
    try:
        octets = verify_signed_octets(pdf, signature) if archived is None else archived.octets
    except TrustError as error:
        return _refused(context, pdf, signature, error, archive.known(signature, context)), None
    if octets.seal_signature is not None:
        # form C: what was signed with a seal is judged where all of that is
        judged = judge_intact(context, octets.seal_signature, known=archive.known(signature, context))
        after = (_unchanged(context, octets), _coverage(signature))
        return judged.verdict(covers, after=after, required=frozenset({CheckId.UNCHANGED_SINCE})), octets
    stamped = archived.stamped if archived is not None else _stamped(context, octets, archive)
    checks = (
        *(passed(check) for check in CONTENT_CHECKS),
        *deviations(context, octets.notes),
        _unchanged(context, octets),
        _coverage(signature),
        *judge_algorithms(
            context,
            octets.suite,
            octets.digest_algorithm,
            key=octets.certificate.public_key,
            use=AlgorithmUse.SIGNATURE,
            at=stamped.best.moment,
        ),
        *stamped.checks,
        *_trust(context, octets, stamped.best),
    )
    verdict = SignatureVerdict(
        form=octets.form,
        signer=signer_name(octets.certificate),
        signed_at=told_time(context, stamped.best, octets.claimed_time),
        time_proved=stamped.best.proved,
        covers=covers,
        checks=checks,
        conclusion=conclude(checks, required(context, *CONTENT_CHECKS, CheckId.UNCHANGED_SINCE)),
    )
    return verdict, octets


def _covers(signature: UnverifiedPdfSignature) -> str:
    return _WHOLE if signature.covers_whole_file else f"revision {signature.revision} of the file"


def _refused(
    context: Context, pdf: UnverifiedPdf, signature: UnverifiedPdfSignature, error: TrustError, known: BestTime
) -> SignatureVerdict:
    """Return the verdict of a signature whose octets do not hold; of a seal signature with what else can be said of it."""
    refused = refused_signature(error, form=signature.form.value.lower(), covers=_covers(signature))
    if signature.form is not SignatureForm.SES:
        return refused
    try:
        judged = judge_sealed(
            context, parse_seal_signature(signature.contents), covered_octets(pdf, signature), known=known
        )
    except TrustError:
        return refused
    told = any(check.status is CheckStatus.FAILED for check in judged.checks)
    return judged.verdict(refused.covers, after=() if told else refused.checks)


def _stamped(context: Context, octets: SignedOctets, archive: Archive) -> Stamped:
    """Return the best time of a signature: of its own time stamps, or of document time stamps over it."""
    return best_time(
        context,
        octets.timestamp_tokens,
        octets.signature_value,
        octets.claimed_time,
        known=archive.known(octets.signature, context),
    )


def _trust(context: Context, octets: SignedOctets, best: BestTime) -> tuple[Check, ...]:
    if octets.token is not None:
        return ()  # judged with its own purpose when its time was
    return judge_certificate_trust(
        context,
        octets.certificate,
        purpose=signing_purpose(context),
        best=best,
        helpers=octets.certificates,
        crls=crls_of(octets.crls),
    )


def _unchanged(context: Context, octets: SignedOctets) -> Check:
    try:
        intact = require_unchanged(octets)
        _require_seen(context, intact)
    except TrustError as error:
        return outcome(error)
    if intact.changes.unread:
        told = f"fields filled in that cannot be read: {', '.join(intact.changes.unread)}"[:500]
        return unknown(CheckId.UNCHANGED_SINCE, SubIndication.SIG_CONSTRAINTS_FAILURE, told)
    return passed(CheckId.UNCHANGED_SINCE, intact.changes.detail)


def _require_seen(context: Context, intact: IntactPdfSignature) -> None:
    """Raise what is in doubt unless somebody looked at each later drawing that may hide what was signed, and saw all that was there.

    That is PDF_COVERED, or PDF_LOOK_SIZE or PDF_LOOK_TIME where looking took too much.
    """
    for overlay in intact.changes.overlays:
        doubt = (
            context.evidence.views.get(overlay, _UNSEEN if overlay.is_alike else _AMBIGUOUS)
            if overlay.is_placed
            else _AMBIGUOUS
        )
        if doubt is not None:
            raise TrustError(doubt.code, doubt.detail, page=overlay.page + 1)


def _coverage(signature: UnverifiedPdfSignature) -> Check:
    if signature.covers_whole_file:
        return passed(CheckId.COVERAGE)
    allowed = signature.later_changes.kind is ChangeKind.ALLOWED
    detail = f"later revisions: {signature.later_changes.detail}" if allowed else "later revisions follow"
    return Check(id=CheckId.COVERAGE, status=CheckStatus.INFORMATION, detail=detail)
