"""PDF: a verdict for each signature in its own form, then the file: later changes, coverage, the licence it may be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from esign.pdf.model import ChangeKind, SignatureForm
from esign.pdf.verify import SignedOctets, require_unchanged, verify_signed_octets
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
from trustkit.x509.purpose import Purpose
from verifier.format import Format
from verifier.judgement.algorithms import judge_algorithms
from verifier.judgement.archive import Archive, judge_archive
from verifier.judgement.licence import judge_licence
from verifier.judgement.message import CONTENT_CHECKS, deviations, refused_signature, signing_purpose
from verifier.judgement.names import signer_name
from verifier.judgement.outcomes import outcome
from verifier.judgement.parsed import crls_of
from verifier.judgement.seal_status import judge_seal_status
from verifier.judgement.stamp import Stamped, best_time
from verifier.judgement.trust import judge_certificate_trust, required

if TYPE_CHECKING:
    from esign.pdf.model import UnverifiedPdf, UnverifiedPdfSignature
    from verifier.judgement.context import BestTime, Context

_WHOLE = "the whole file"


def judge_pdf(context: Context, pdf: UnverifiedPdf) -> Verdict:
    """Return the verdict of a PDF; its conclusion is the worst of its signatures and of the licence's status."""
    archive = judge_archive(context, pdf)
    informed = archive.informed(context)
    judged = tuple(_judge_signature(informed, pdf, signature, archive) for signature in pdf.signatures)
    signatures = tuple(verdict for verdict, _ in judged)
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
    licence = judge_licence(context, pdf, signed)
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
    )


def _file_notes(pdf: UnverifiedPdf) -> tuple[Check, ...]:
    notes = [Check(id=CheckId.FORMAT, status=CheckStatus.WARNING, detail=note) for note in pdf.notes]
    if pdf.uncovered:
        # something that calls itself a signature and is reached by no field: never dropped, never trusted
        notes.append(unknown(CheckId.COVERAGE, SubIndication.FORMAT_NOT_SUPPORTED, "; ".join(pdf.uncovered)[:500]))
    return tuple(notes)


def _judge_signature(
    context: Context, pdf: UnverifiedPdf, signature: UnverifiedPdfSignature, archive: Archive
) -> tuple[SignatureVerdict, SignedOctets | None]:
    covers = _WHOLE if signature.covers_whole_file else f"revision {signature.revision} of the file"
    archived = archive.of(signature)
    try:
        octets = verify_signed_octets(pdf, signature) if archived is None else archived.octets
    except TrustError as error:
        form = signature.form.value.lower()
        return refused_signature(error, form=form, covers=covers), None
    stamped = archived.stamped if archived is not None else _stamped(context, octets, archive)
    checks = (
        *(passed(check) for check in CONTENT_CHECKS),
        *deviations(context, octets.notes),
        _unchanged(octets),
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
        signed_at=stamped.best.moment if stamped.best.proved else octets.claimed_time,
        time_proved=stamped.best.proved,
        covers=covers,
        checks=checks,
        conclusion=conclude(checks, required(context, *CONTENT_CHECKS, CheckId.UNCHANGED_SINCE)),
    )
    return verdict, octets


def _stamped(context: Context, octets: SignedOctets, archive: Archive) -> Stamped:
    """Return the best time of a signature: of its own time stamps, or of document time stamps over it."""
    # A token inside a v1 timeInfo stamps the document and is signed itself: it says nothing of when that was done.
    return best_time(
        context,
        octets.timestamp_tokens,
        octets.signature_value,
        octets.claimed_time,
        known=archive.known(octets.signature, context),
    )


def _trust(context: Context, octets: SignedOctets, best: BestTime) -> tuple[Check, ...]:
    """Judge the signer, and of a seal its maker too (GM/T 0031-2014 6.1.2 c, 6.2.3 c)."""
    if octets.token is not None:
        return ()  # judged with its own purpose when its time was
    checks = judge_certificate_trust(
        context,
        octets.certificate,
        purpose=signing_purpose(context),
        best=best,
        helpers=octets.certificates,
        crls=crls_of(octets.crls),
    )
    if octets.seal_signature is None:
        return checks
    maker = judge_certificate_trust(
        context,
        octets.seal_signature.seal.maker,
        purpose=Purpose.DOCUMENT_SIGNING,
        best=best,
        helpers=octets.certificates,
    )
    decisive = [check for check in maker if check.sub_indication is not None]
    status = judge_seal_status(context, octets.seal_signature.seal.seal, best, claimed=octets.claimed_time)
    return (*checks, passed(CheckId.SEAL_SIGNER), *(decisive or (passed(CheckId.SEAL),)), *status)


def _unchanged(octets: SignedOctets) -> Check:
    try:
        intact = require_unchanged(octets)
    except TrustError as error:
        return outcome(error)
    return passed(CheckId.UNCHANGED_SINCE, intact.changes.detail)


def _coverage(signature: UnverifiedPdfSignature) -> Check:
    if signature.covers_whole_file:
        return passed(CheckId.COVERAGE)
    allowed = signature.later_changes.kind is ChangeKind.ALLOWED
    detail = f"later revisions: {signature.later_changes.detail}" if allowed else "later revisions follow"
    return Check(id=CheckId.COVERAGE, status=CheckStatus.INFORMATION, detail=detail)
