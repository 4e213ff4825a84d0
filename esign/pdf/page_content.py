"""Slices of a seal put into the content of pages: the part of a riding-edge seal (骑缝章) that writes.

The drawing is one form XObject, shown on each page through a window. What was on the page stays as it is: its content streams
are kept, between one that saves the graphics state and one that restores it, and shared resources are copied, not changed.
"""

# pyHanko ships its types with gaps:
# mypy: untyped-calls-exclude="pyhanko"

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject, IndirectObject, StreamObject, pdf_name

from esign.pdf.appearance import form_x_object
from esign.pdf.pages import pages_of
from esign.pdf.reader import entry, raw_entries, raw_items
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    from esign.pdf.riding_edge import RidingSeal, RidingSlice

_NAME: Final = "RidingSeal"


def write_slices(writer: IncrementalPdfFileWriter, riding: RidingSeal) -> None:
    """Put each slice on its page, into the revision that `writer` is about to write.

    Raises:
        TrustError: PDF_MALFORMED for a page whose content is none; what pyHanko raises, which the caller translates.
    """
    drawing = form_x_object(writer, riding.appearance)
    before = writer.add_object(StreamObject(stream_data=b"q\n"))
    pages = pages_of(writer.root)
    for piece in riding.slices:
        page = pages[piece.page]
        node = page.reference.get_object()
        shown = raw_entries(entry(page.resources, "/XObject"))
        name = _free_name(shown)
        after = StreamObject(stream_data=b"\nQ\n" + _operators(piece, name))
        after.compress()
        resources = DictionaryObject(raw_entries(page.resources))
        resources[pdf_name("/XObject")] = DictionaryObject({**shown, pdf_name(f"/{name}"): drawing})
        node[pdf_name("/Resources")] = resources
        node[pdf_name("/Contents")] = ArrayObject([before, *_contents(node), writer.add_object(after)])
        writer.mark_update(page.reference)


def _operators(piece: RidingSlice, name: str) -> bytes:
    left, bottom, right, top = piece.window
    turn = " ".join(f"{number:.6f}" for number in piece.matrix)
    window = f"{left:.4f} {bottom:.4f} {right - left:.4f} {top - bottom:.4f}"
    x, y = piece.origin
    shown = f"q {turn} cm {window} re W n 1 0 0 1 {x:.4f} {y:.4f} cm /{name} Do Q"
    # an artifact of pagination: no part of what a tagged document says (ISO 32000-1 14.8.2.2)
    return f"/Artifact BMC {shown} EMC\n".encode("ascii")


def _free_name(taken: dict[str, object]) -> str:
    return next(name for n in range(len(taken) + 1) for name in (f"{_NAME}{n or ''}",) if f"/{name}" not in taken)


def _contents(node: DictionaryObject) -> list[IndirectObject]:
    """Return the references to a page's content streams (ISO 32000-1 table 30: a stream, an array of streams, or none)."""
    if "/Contents" not in node:
        return []
    raw = node.raw_get("/Contents")
    value = raw.get_object()
    if isinstance(value, StreamObject) and isinstance(raw, IndirectObject):
        return [raw]
    if not isinstance(value, ArrayObject):
        raise TrustError(ErrorCode.PDF_MALFORMED, "the content of a page is none")
    found = raw_items(value)
    if not all(isinstance(item, IndirectObject) and isinstance(item.get_object(), StreamObject) for item in found):
        raise TrustError(ErrorCode.PDF_MALFORMED, "the content of a page is none")
    return found
