"""Archive time stamps: evidence and a document time stamp over the whole file, added in one revision (EN 319 142-1 5.4.3, 5.5.2).

    kept = add_archive_stamp(ArchiveOrder(pdf=signed, crls=(fresh.der,), digest_algorithm=algorithm, stamp=authority))

The evidence lies inside what is stamped, so that the stamp proves its age too. Whoever certified the file against any change has
allowed this much. The file stays what it was otherwise,
PDF/A included. What is handed out was read and verified again, and so was every earlier signature.
"""

# pyHanko ships its types with gaps:
# mypy: untyped-calls-exclude="pyhanko"

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigObjSetup
from pyhanko.sign.signers.constants import ESIC_EXTENSION_1
from pyhanko.sign.signers.pdf_byterange import DocumentTimestamp

from esign.pdf.dss import write_evidence
from esign.pdf.form import form_fields
from esign.pdf.gap import GappedPdf, newest_signature
from esign.pdf.limits import MAX_SIGNATURE_OCTETS
from esign.pdf.model import SignatureForm
from esign.pdf.permission import free_name, require_sound, require_usable
from esign.pdf.read import read_pdf
from esign.pdf.reader import open_reader, refusals
from esign.pdf.request import DEFAULT_TIMESTAMP_ROOM
from esign.pdf.revision import PDF_2, RevisionWriter, with_final_line_end
from esign.pdf.verify import verify_signed_octets
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable

    from esign.pdf.model import UnverifiedPdf
    from trustkit.crypto.digest import DigestAlgorithm

_NEW_FIELD: Final = "Archive"
_LEAST_ROOM: Final = 256  # no token is that small


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveOrder:
    """What to add to which file.

    `certificates`, `crls` and `ocsp_responses` are DER and go into /DSS beside what is there. `stamp` is called with the digest of
    all around the gap, made by `digest_algorithm`, and returns the token over it (DER); `room` is how many octets the token is
    thought to take.
    """

    pdf: bytes = field(repr=False)
    digest_algorithm: DigestAlgorithm
    stamp: Callable[[bytes, DigestAlgorithm], bytes]
    certificates: tuple[bytes, ...] = field(default=(), repr=False)
    crls: tuple[bytes, ...] = field(default=(), repr=False)
    ocsp_responses: tuple[bytes, ...] = field(default=(), repr=False)
    room: int = DEFAULT_TIMESTAMP_ROOM


def add_archive_stamp(order: ArchiveOrder) -> bytes:
    """Return the file with one more revision: the evidence, and a document time stamp over everything.

    A token that outgrows its room is asked for once more with enough of it: its length is known only when it is there.

    Raises:
        TrustError: PDF_MALFORMED, PDF_ENCRYPTED, PDF_LIMIT or PDF_UNSIGNABLE for a file that cannot be kept as it is;
            PDF_SIGNED_BADLY when an earlier signature does not hold: a stamp would only say since when it does not; PDF_FORBIDS
            when an earlier signature forbids even this; SIGNING_FAILED; what `stamp` raises and what reading its token does.
    """
    require_sound(read_pdf(order.pdf))
    gapped = _with_gap(order, order.room)
    token = order.stamp(gapped.digest, order.digest_algorithm)
    if gapped.room < len(token) <= MAX_SIGNATURE_OCTETS:
        gapped = _with_gap(order, len(token) + len(token) // 8)
        token = order.stamp(gapped.digest, order.digest_algorithm)
    octets = gapped.filled(token)
    _require_written(order, gapped.field_name, read_pdf(octets))
    return octets


def _with_gap(order: ArchiveOrder, room: int) -> GappedPdf:
    reader = open_reader(with_final_line_end(order.pdf))
    with refusals():
        require_usable(reader)
        name = free_name(_NEW_FIELD, {field.name for field in form_fields(reader.root)})
        writer = RevisionWriter.from_reader(reader)
        if order.certificates or order.crls or order.ocsp_responses:
            write_evidence(writer, order.certificates, order.crls, order.ocsp_responses)
        if writer.output_version < PDF_2:
            writer.register_extension(ESIC_EXTENSION_1)
        try:
            embedder = PdfCMSEmbedder().write_cms(name, writer)
            next(embedder)
            placeholder = DocumentTimestamp(bytes_reserved=2 * max(room, _LEAST_ROOM))
            embedder.send(SigObjSetup(sig_placeholder=placeholder))
            written, output = embedder.send(SigIOSetup(md_algorithm=order.digest_algorithm.value))
        except SigningError as error:
            raise TrustError(ErrorCode.PDF_UNSIGNABLE, f"no field can be added: {error}") from error
    return GappedPdf(
        file=output,
        digest=written.document_digest,
        digest_algorithm=order.digest_algorithm,
        start=written.reserved_region_start,
        end=written.reserved_region_end,
        field_name=name,
    )


def _require_written(order: ArchiveOrder, name: str, pdf: UnverifiedPdf) -> None:
    """Raise unless the stamp holds over the whole file, the evidence is inside, and every earlier signature allows it."""
    own = newest_signature(pdf, name)
    if own.form is not SignatureForm.RFC3161:
        raise TrustError(ErrorCode.SIGNING_FAILED, "the time stamp is not where it was put")
    inside = pdf.embedded_evidence
    for wanted, found in (
        (order.certificates, inside.certificates),
        (order.crls, inside.crls),
        (order.ocsp_responses, inside.ocsp_responses),
    ):
        if not set(wanted) <= set(found):
            # most likely there is more of it by now than a reader of ours takes
            raise TrustError(ErrorCode.PDF_LIMIT, "the evidence cannot be read back", items=len(wanted))
    verify_signed_octets(pdf, own)
