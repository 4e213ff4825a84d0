"""A PDF written with a gap for its signature, in one incremental revision that the signature will cover whole.

Order of acts: what the file is and permits, evidence into /DSS, slices of a seal, the field and its own seal, the signature dictionary, the digest.
The evidence lies inside what is signed, so nothing has to be appended later and the file stays valid PDF/A-3. pyHanko
writes the structure.
"""

# pyHanko ships its types with gaps:
# mypy: untyped-calls-exclude="pyhanko"

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, cast

from pyhanko.pdf_utils.form_tools import get_single_field_annot
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign.fields import FieldMDPAction, FieldMDPSpec, MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigMDPSetup, SigObjSetup
from pyhanko.sign.signers.constants import ESIC_EXTENSION_1, ISO32002
from pyhanko.sign.signers.pdf_byterange import SignatureObject

from esign.pdf.appearance import form_x_object, normal_appearance
from esign.pdf.dss import write_evidence
from esign.pdf.fields import field_lock
from esign.pdf.form import SIGNATURE, form_fields
from esign.pdf.limits import MAX_PDF_OCTETS
from esign.pdf.message import message_room
from esign.pdf.model import LockAction
from esign.pdf.page_content import write_slices
from esign.pdf.permission import (
    chosen_field,
    require_known_fields,
    require_permitted,
    require_sound,
    require_usable,
)
from esign.pdf.read import read_pdf
from esign.pdf.reader import open_reader, refusals
from esign.pdf.request import PdfForm, PreparedPdf
from esign.pdf.revision import PDF_2, RevisionWriter, with_final_line_end
from esign.pdf.seed_values import demanded, require_seed_values
from trustkit.crypto.suites import SignatureSuite
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from io import BytesIO

    from pyhanko.pdf_utils.generic import IndirectObject
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign.signers.pdf_byterange import PreparedByteRangeDigest

    from esign.pdf.form import FormField
    from esign.pdf.model import CertificationLevel, FieldLock
    from esign.pdf.request import SigningRequest

_BYTE_RANGE: Final = b"/ByteRange"


def prepare_pdf(request: SigningRequest) -> PreparedPdf:
    """Return the file with a gap for one more signature, and the digest of all around the gap.

    Raises:
        TrustError: PDF_MALFORMED, PDF_ENCRYPTED, PDF_LIMIT or PDF_UNSIGNABLE for an input nobody should sign;
            PDF_SIGNED_BADLY when an earlier signature does not hold; PDF_FORBIDS when one forbids this; PDF_SEED_VALUE for a
            demand of the field that is not met; PDF_RIDING_EDGE for a riding-edge seal on a file already signed; PDF_FIELD for a field that is not there or taken; USAGE for a page that is
            not there, a certification of a file already signed, a lock of unknown fields.
    """
    _refuse_misuse(request)
    source = with_final_line_end(request.pdf)
    reader = open_reader(source)
    with _refusals():
        require_usable(reader)
        fields = form_fields(reader.root)
        name, target = chosen_field(request, fields)
        if _BYTE_RANGE in source or any(field.kind == SIGNATURE and field.filled for field in fields):
            if request.riding is not None:
                raise TrustError(ErrorCode.PDF_RIDING_EDGE, "the file is signed already")
            earlier = read_pdf(request.pdf)
            require_sound(earlier)
            require_permitted(earlier, request, target)
        if not 0 <= request.page < int(reader.root["/Pages"]["/Count"]):
            raise TrustError(ErrorCode.USAGE, "the page does not exist", page=request.page)
        lock = _lock(request, target, fields)
        _require_seed_values(request, target)
        writer = RevisionWriter.from_reader(reader)
        _write_extensions(writer, request)
        if request.riding is not None:
            write_slices(writer, request.riding)
        written, output = _write(writer, request, name, target, lock)
    return PreparedPdf(
        file=output,
        digest=written.document_digest,
        digest_algorithm=request.digest_algorithm,
        start=written.reserved_region_start,
        end=written.reserved_region_end,
        field_name=name,
        form=request.form,
        certificate=request.certificate,
        stamped=request.timestamp is not None,
        seal=request.seal,
    )


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
    if (request.seal is not None) is not (request.form is PdfForm.SEAL):
        raise TrustError(ErrorCode.USAGE, "an electronic seal belongs to the form that signs with one, and to no other")


def _lock(request: SigningRequest, target: FormField | None, fields: Sequence[FormField]) -> FieldLock | None:
    """Return the lock to write: the field's own, which nobody may exchange, else the one asked for."""
    found = demanded(target.reference.get_object(), "/Lock") if target is not None else None
    if found is not None:
        own = field_lock(found)
        if request.lock not in {None, own}:
            raise TrustError(ErrorCode.USAGE, "the field brings a lock of its own", lock=own.action.value)
        return own
    if request.lock is not None:
        require_known_fields(request.lock, fields)
    return request.lock


def _require_seed_values(request: SigningRequest, target: FormField | None) -> None:
    seed = demanded(target.reference.get_object(), "/SV") if target is not None else None
    if seed is not None:
        require_seed_values(seed, request)


def _write_extensions(writer: IncrementalPdfFileWriter, request: SigningRequest) -> None:
    if request.evidence_certificates or request.crls or request.ocsp_responses:
        chain = tuple(certificate.der for certificate in (request.certificate, *request.chain))
        write_evidence(writer, (*chain, *request.evidence_certificates), request.crls, request.ocsp_responses)
    if request.form is PdfForm.PADES and writer.output_version < PDF_2:
        writer.register_extension(ESIC_EXTENSION_1)
    if request.signer.suite is SignatureSuite.ED25519:
        writer.register_extension(ISO32002)  # it brought Ed25519 into PDF


def _write(
    writer: IncrementalPdfFileWriter,
    request: SigningRequest,
    name: str,
    target: FormField | None,
    lock: FieldLock | None,
) -> tuple[PreparedByteRangeDigest, BytesIO]:
    """Write the file with an empty signature and return its digest: the steps of pyHanko's `PdfCMSEmbedder.write_cms`."""
    embedder = PdfCMSEmbedder(new_field_spec=_new_field(request, name, lock) if target is None else None).write_cms(
        name, writer, existing_fields_only=target is not None
    )
    reference = next(embedder)
    if request.appearance is not None:
        _draw(writer, request, reference)
    digest_name = request.digest_algorithm.value
    embedder.send(
        SigObjSetup(
            sig_placeholder=_placeholder(request), mdp_setup=_protection(request.certification, lock, digest_name)
        )
    )
    written, output = embedder.send(SigIOSetup(md_algorithm=digest_name))
    return written, output


def _new_field(request: SigningRequest, name: str, lock: FieldLock | None) -> SigFieldSpec:
    return SigFieldSpec(
        name,
        on_page=request.page,
        # pyHanko rounds to a hundredth of a point or so and takes fractions, whatever its annotation says
        box=cast("tuple[int, int, int, int]", request.box),
        field_mdp_spec=None if lock is None else _specification(lock),
        doc_mdp_update_value=None if lock is None or lock.level is None else MDPPerm(int(lock.level)),
    )


def _draw(writer: IncrementalPdfFileWriter, request: SigningRequest, reference: IndirectObject) -> None:
    """Make the drawing the field's appearance. Raise USAGE where the field lies nowhere, or in several places."""
    try:
        widget = get_single_field_annot(reference.get_object())
        left, bottom, right, top = (float(edge) for edge in widget["/Rect"])
    except (PdfError, KeyError) as error:
        raise TrustError(ErrorCode.USAGE, "the field does not lie in one place") from error
    if request.appearance is None or left == right or bottom == top:
        raise TrustError(ErrorCode.USAGE, "an appearance needs a box to lie in")
    widget[pdf_name("/AP")] = normal_appearance(form_x_object(writer, request.appearance))
    writer.update_container(widget)


def _placeholder(request: SigningRequest) -> SignatureObject:
    placeholder = SignatureObject(
        timestamp=request.signing_time,
        subfilter=SigSeedSubFilter.ADOBE_PKCS7_DETACHED,
        name=request.name or None,
        location=request.location or None,
        reason=request.reason or None,
        contact_info=request.contact or None,
        bytes_reserved=2 * message_room(request),
    )
    # the form's own names, not all of which pyHanko knows
    placeholder[pdf_name("/Filter")] = pdf_name(f"/{request.form.filter}")
    placeholder[pdf_name("/SubFilter")] = pdf_name(f"/{request.form.sub_filter}")
    return placeholder


def _protection(certification: CertificationLevel | None, lock: FieldLock | None, digest_name: str) -> SigMDPSetup:
    """Return what the signature forbids; where certification and lock both say a level, the stricter one."""
    levels = [level for level in (certification, None if lock is None else lock.level) if level is not None]
    return SigMDPSetup(
        md_algorithm=digest_name,
        certify=certification is not None,
        field_lock=None if lock is None else _specification(lock),
        docmdp_perms=MDPPerm(int(min(levels))) if levels else None,
    )


def _specification(lock: FieldLock) -> FieldMDPSpec:
    return FieldMDPSpec(
        action=FieldMDPAction(f"/{lock.action.value}"),
        fields=None if lock.action is LockAction.ALL else list(lock.fields),
    )
