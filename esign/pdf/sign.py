"""Signing a PDF: PAdES, GB/T 35275 or with an electronic seal, in one incremental revision, its validation material inside (EN 319 142-1).

    signed = sign_pdf(SigningRequest(pdf=page, signer=signer, certificate=certificate, signing_time=now, …))

In two steps, for who makes the message elsewhere, who sees a digest only:

    prepared = prepare_pdf(request)
    signed = finish_pdf(prepared, message)

Every signature octet is made by `trustkit.cms.sign`. What comes out was read and verified again, and so was every earlier
signature of the file.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from esign.pdf.gap import newest_signature
from esign.pdf.limits import MAX_SIGNATURE_OCTETS
from esign.pdf.message import signature_message
from esign.pdf.prepare import prepare_pdf
from esign.pdf.read import read_pdf
from esign.pdf.verify import verify_pdf_signature
from trustkit.errors import ErrorCode, TrustError
from trustkit.timestamp.read import parse_token
from trustkit.timestamp.verify import verify_token

if TYPE_CHECKING:
    from esign.pdf.model import UnverifiedPdf
    from esign.pdf.request import PreparedPdf, SigningRequest


def sign_pdf(request: SigningRequest) -> bytes:
    """Return the PDF with one more signature, which covers the whole file.

    Raises:
        TrustError: what `prepare_pdf` and `complete_pdf` raise.
    """
    return complete_pdf(request, prepare_pdf(request))


def complete_pdf(request: SigningRequest, prepared: PreparedPdf) -> bytes:
    """Return the prepared file signed as requested; between the two steps an intent can be told.

    Raises:
        TrustError: what `finish_pdf` raises, and what the signer and the time-stamp callable raise.
    """
    message = signature_message(request, prepared.digest, request.signer, request.timestamp)
    missing = len(message) - prepared.room
    if missing > 0 and request.timestamp is not None and len(message) < MAX_SIGNATURE_OCTETS:
        # what an authority elsewhere puts into its token is known only when it is there; its tokens are of like size
        roomier = replace(request, timestamp_room=request.timestamp_room + missing + missing // 8)
        prepared = prepare_pdf(roomier)
        message = signature_message(roomier, prepared.digest, request.signer, request.timestamp)
    return finish_pdf(prepared, message)


def finish_pdf(prepared: PreparedPdf, message: bytes) -> bytes:
    """Return the prepared file with the message (DER) in its gap, once our own verifier has passed it.

    Raises:
        TrustError: SIGNING_FAILED when the message outgrows its room, is of another form or by another certificate; PDF_FORBIDS
            when an earlier signature does not allow the file as it now is; what `verify_pdf_signature` raises.
    """
    octets = prepared.filled(message)
    _require_written(prepared, read_pdf(octets))
    return octets


def _require_written(prepared: PreparedPdf, pdf: UnverifiedPdf) -> None:
    """Raise unless the new signature is what was ordered and the earlier ones still hold."""
    octets = verify_pdf_signature(pdf, newest_signature(pdf, prepared.field_name)).octets
    seal = None if octets.seal_signature is None else octets.seal_signature.signature.seal.raw
    wanted = (prepared.certificate, prepared.stamped, prepared.seal)
    found = (octets.certificate, bool(octets.timestamp_tokens), seal)
    if not prepared.form.names(octets.form) or found != wanted:
        raise TrustError(ErrorCode.SIGNING_FAILED, "the signature is not the one ordered", form=octets.form)
    for token in octets.timestamp_tokens:
        verify_token(parse_token(token), data=octets.signature_value)
