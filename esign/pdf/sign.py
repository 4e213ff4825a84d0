"""Signing a PDF: PAdES B-T or B-B in one incremental revision, its validation material inside (EN 319 142-1).

    signed = sign_pdf(SigningRequest(pdf=page, signer=signer, certificate=certificate, signing_time=now, …))

Order of acts: evidence into /DSS, the seal's drawing, the signature field, the file written with room for the signature,
its digest, then the CMS into the room. The evidence lies inside what is signed, so the signature covers the whole file,
nothing has to be appended later, and the file stays valid PDF/A-3. pyHanko writes the PDF structure; every signature
octet is made by `trustkit.cms.sign`.
"""

# pyHanko ships its types with gaps:
# mypy: untyped-calls-exclude="pyhanko"

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING, Final, cast

from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter, enumerate_sig_fields
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigMDPSetup, SigObjSetup
from pyhanko.sign.signers.constants import ESIC_EXTENSION_1
from pyhanko.sign.signers.pdf_byterange import SignatureObject

from esign.pdf.appearance import Box, SealAppearance, form_x_object, normal_appearance
from esign.pdf.dss import write_evidence
from esign.pdf.limits import MAX_PDF_OCTETS
from esign.pdf.model import CertificationLevel
from esign.pdf.reader import refusals
from trustkit.cms.model import Dialect
from trustkit.cms.sign import SignedAttributes, sign_message
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from pyhanko.sign.signers.pdf_byterange import PreparedByteRangeDigest

    from trustkit.custody.port import Signer
    from trustkit.x509.certificate import Certificate

FIXED_ROOM: Final = 1536  # SignerInfo without certificates: attributes, algorithms, an RSA-4096 signature (512 octets)
DEFAULT_TIMESTAMP_ROOM: Final = 4096  # a token with an SM2 certificate and its issuer takes some 2,000 octets
_PDF_2: Final = (2, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningRequest:
    """What to sign and how.

    `chain` goes into the CMS after `certificate`; `evidence_certificates` and `crls` (DER) go into /DSS with both.
    `timestamp` is called with the signature value and returns the token over it (DER); None makes B-B. `timestamp_room`
    is the most octets that token may take. `page` counts from 0; `box` is where the field lies, None for an invisible
    one; `appearance` needs a box. `certification` None makes an approval signature. Readers show the texts.
    """

    pdf: bytes = field(repr=False)
    signer: Signer
    certificate: Certificate
    signing_time: datetime
    chain: tuple[Certificate, ...] = ()
    evidence_certificates: tuple[bytes, ...] = field(default=(), repr=False)
    crls: tuple[bytes, ...] = field(default=(), repr=False)
    timestamp: Callable[[bytes], bytes] | None = None
    timestamp_room: int = DEFAULT_TIMESTAMP_ROOM
    certification: CertificationLevel | None = CertificationLevel.NO_CHANGES
    field_name: str = "Signature1"
    page: int = 0
    box: Box | None = None
    appearance: SealAppearance | None = None
    name: str = ""
    reason: str = ""
    location: str = ""
    contact: str = ""


class _Writer(IncrementalPdfFileWriter):
    """Appends without rewriting the XMP packet, which would break PDF/A (the packet's schema URIs change kind)."""

    def _update_meta(self) -> None:
        """Leave metadata as they are."""


def sign_pdf(request: SigningRequest) -> bytes:
    """Return the PDF with one more signature, which covers the whole file.

    Raises:
        TrustError: PDF_MALFORMED, PDF_ENCRYPTED or PDF_LIMIT for an input nobody should sign; USAGE for a field that is
            taken, a page that is not there, or a certification of a file already signed; SIGNING_FAILED when the message
            outgrows its room; and what the signer and the time-stamp callable raise.
    """
    _refuse_misuse(request)
    with _refusals():
        prepared, output = _prepare(request, _writer(request))
    message = sign_message(
        content=None,
        content_digest=prepared.document_digest,
        signer=request.signer,
        certificate=request.certificate,
        chain=request.chain,
        dialect=Dialect.RFC5652,
        detached=True,
        attributes=SignedAttributes(),  # no signing time: in PAdES /M says it (EN 319 142-1 6.3)
        timestamp=request.timestamp,
    )
    room = (prepared.reserved_region_end - prepared.reserved_region_start - 2) // 2
    if len(message) > room:
        raise TrustError(ErrorCode.SIGNING_FAILED, "the signature outgrew its room", octets=len(message), room=room)
    prepared.fill_with_cms(output, message)
    return output.getvalue()


@contextmanager
def _refusals() -> Iterator[None]:
    """Turn pyHanko's failures into ours; what it says of a field or a box is about the caller's words."""
    with refusals():
        try:
            yield
        except SigningError as error:
            raise TrustError(ErrorCode.USAGE, f"the field cannot be signed: {error}") from error


def _refuse_misuse(request: SigningRequest) -> None:
    if len(request.pdf) > MAX_PDF_OCTETS:
        raise TrustError(ErrorCode.PDF_LIMIT, "file size", limit=MAX_PDF_OCTETS)
    if request.signing_time.tzinfo is None:
        raise TrustError(ErrorCode.USAGE, "the signing time needs a time zone")
    if request.appearance is not None and request.box is None:
        raise TrustError(ErrorCode.USAGE, "an appearance needs a box to lie in")


def _writer(request: SigningRequest) -> _Writer:
    """Return a writer over the file with the evidence already in it. Raise PDF_ENCRYPTED, USAGE or what reading raises."""
    # without a final newline pyHanko would begin its update on the line of %%EOF, which PDF/A forbids
    source = request.pdf if request.pdf.endswith((b"\n", b"\r")) else request.pdf + b"\n"
    writer = _Writer(BytesIO(source))
    if writer.prev.encrypted:
        raise TrustError(ErrorCode.PDF_ENCRYPTED, "an encrypted file is not signed")
    if request.certification is not None and any(enumerate_sig_fields(writer.prev, filled_status=True)):
        raise TrustError(ErrorCode.USAGE, "a certification signature must be the first one")
    if not 0 <= request.page < int(writer.root["/Pages"]["/Count"]):
        raise TrustError(ErrorCode.USAGE, "the page does not exist", page=request.page)
    chain = tuple(certificate.der for certificate in (request.certificate, *request.chain))
    write_evidence(writer, (*chain, *request.evidence_certificates), request.crls)
    if writer.output_version < _PDF_2:
        writer.register_extension(ESIC_EXTENSION_1)
    return writer


def _prepare(request: SigningRequest, writer: _Writer) -> tuple[PreparedByteRangeDigest, BytesIO]:
    """Write the file with an empty signature and return its digest: the steps of pyHanko's `PdfCMSEmbedder.write_cms`."""
    # pyHanko rounds to a hundredth of a point or so and takes fractions, whatever its annotation says
    spec = SigFieldSpec(request.field_name, on_page=request.page, box=cast("tuple[int, int, int, int]", request.box))
    embedder = PdfCMSEmbedder(new_field_spec=spec).write_cms(request.field_name, writer)
    field_reference = next(embedder)
    if request.appearance is not None:
        drawing = form_x_object(writer, request.appearance)
        field_reference.get_object()[pdf_name("/AP")] = normal_appearance(drawing)
    placeholder = SignatureObject(
        timestamp=request.signing_time,
        subfilter=SigSeedSubFilter.PADES,
        name=request.name or None,
        location=request.location or None,
        reason=request.reason or None,
        contact_info=request.contact or None,
        bytes_reserved=2 * _room(request),
    )
    level = request.certification
    digest_name = request.signer.suite.digest.value
    protection = SigMDPSetup(
        md_algorithm=digest_name,
        certify=level is not None,
        docmdp_perms=None if level is None else MDPPerm(int(level)),
    )
    embedder.send(SigObjSetup(sig_placeholder=placeholder, mdp_setup=protection))
    prepared, output = embedder.send(SigIOSetup(md_algorithm=digest_name))
    return prepared, output


def _room(request: SigningRequest) -> int:
    """Return the octets to keep for the CMS: every certificate once, the issuer's name again, the rest fixed."""
    certificates = sum(len(certificate.der) for certificate in (request.certificate, *request.chain))
    token = 0 if request.timestamp is None else request.timestamp_room
    return FIXED_ROOM + certificates + len(request.certificate.issuer_der) + token
