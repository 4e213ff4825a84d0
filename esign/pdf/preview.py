"""A file as it would look with its seal, without any signature: for looking at before signing.

preview_pdf(reader, placed)     # the seal is a stamp annotation, the slices are where they will be
"""

# pyHanko ships its types with gaps:
# mypy: untyped-calls-exclude="pyhanko"

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Final

from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject, FloatObject, NumberObject, pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from esign.pdf.appearance import form_x_object, normal_appearance
from esign.pdf.page_content import write_slices
from esign.pdf.pages import pages_of
from esign.pdf.reader import entry, raw_items, refusals

if TYPE_CHECKING:
    from pyhanko.pdf_utils.reader import PdfFileReader

    from esign.pdf.appearance import Box
    from esign.pdf.pages import PdfPage
    from esign.pdf.placement import PlacedDrawing, PlacedSeal

_PRINTED: Final = 4  # ISO 32000-1 table 165


def preview_pdf(reader: PdfFileReader, placed: PlacedSeal) -> bytes:
    """Return the file with the seal drawn on it. Raise PDF_MALFORMED, PDF_LIMIT or PDF_ENCRYPTED."""
    with refusals():
        writer = IncrementalPdfFileWriter.from_reader(reader)
        if placed.edges is not None:
            write_slices(writer, placed.edges)
        if placed.seal is not None:
            _stamp(writer, placed.seal)
        out = BytesIO()
        writer.write(out)
        return out.getvalue()


def _stamp(writer: IncrementalPdfFileWriter, seal: PlacedDrawing) -> None:
    page = pages_of(writer.root)[seal.page]
    node = page.reference.get_object()
    stamp = DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/Annot"),
            pdf_name("/Subtype"): pdf_name("/Stamp"),
            pdf_name("/F"): NumberObject(_PRINTED),
            pdf_name("/Rect"): ArrayObject(FloatObject(edge) for edge in seal.box),
            pdf_name("/AP"): normal_appearance(form_x_object(writer, seal.appearance)),
        }
    )
    node[pdf_name("/Annots")] = ArrayObject([*raw_items(entry(node, "/Annots")), writer.add_object(stamp)])
    writer.mark_update(page.reference)


def seal_regions(reader: PdfFileReader, placed: PlacedSeal) -> dict[int, tuple[Box, ...]]:
    """Return where the seal and its slices lie, by page (from 0).

    A box is left, top, right, bottom as shares of the page as shown, from its upper left corner.
    """
    with refusals():
        pages = pages_of(reader.root)
    found: dict[int, tuple[Box, ...]] = {}
    if placed.edges is not None:
        found |= {piece.page: (_shares(pages[piece.page], piece.window),) for piece in placed.edges.slices}
    if placed.seal is not None:
        page = pages[placed.seal.page]
        found[page.number] = (*found.get(page.number, ()), _shares(page, page.as_shown(placed.seal.box)))
    return found


def _shares(page: PdfPage, box: Box) -> Box:
    left, bottom, right, top = box
    return left / page.width, 1 - top / page.height, right / page.width, 1 - bottom / page.height
