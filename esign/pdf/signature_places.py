"""Where a PDF shows its signatures: the boxes of signature fields on their pages, for whoever draws them. Nothing is verified here.

for place in signature_places(octets):
    print(place.field_name, place.page, place.part)
"""

# pyHanko ships its types with gaps:
# mypy: untyped-calls-exclude="pyhanko"

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

from pyhanko.pdf_utils.generic import DictionaryObject
from pyhanko.sign.diff_analysis import SuspiciousModification

from esign.pdf.covered_annotations import box_of, listed_annotations
from esign.pdf.form import SIGNATURE, form_fields
from esign.pdf.new_fields import widgets_of
from esign.pdf.pages import pages_of
from esign.pdf.reader import open_reader, refusals

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyhanko.pdf_utils.generic import Reference

    from esign.pdf.appearance import Box
    from esign.pdf.pages import PdfPage

MAX_PLACES: Final = 500
MAX_LOOKED_AT: Final = 20_000  # annotations of all pages together; pages may share one list


@dataclass(frozen=True, slots=True, kw_only=True)
class SignaturePlace:
    """A box of a filled signature field: its page (from 0), and left, top, right, bottom in fractions of the page as shown."""

    field_name: str
    page: int
    part: Box


def signature_places(data: bytes) -> tuple[SignaturePlace, ...]:
    """Return where signatures are shown, at most `MAX_PLACES`; one without an area on its page has no place.

    What comes after `MAX_LOOKED_AT` annotations is not looked at.

    Raises:
        TrustError: PDF_MALFORMED, PDF_LIMIT, PDF_UNSIGNABLE for an XFA form; as `esign.pdf.reader.open_reader`.
    """
    reader = open_reader(data)
    with refusals():
        names = _widgets(reader.root)
        return tuple(islice(_found(pages_of(reader.root), names), MAX_PLACES)) if names else ()


def _found(pages: tuple[PdfPage, ...], names: dict[Reference, str]) -> Iterator[SignaturePlace]:
    left = MAX_LOOKED_AT
    for page in pages:
        listed = listed_annotations(page.reference.get_object())
        yield from _on(page, listed[:left], names)
        left -= len(listed)
        if left <= 0:
            return


def _widgets(root: DictionaryObject) -> dict[Reference, str]:
    """Return the field of each box (ISO 32000-1 12.5.6.19)."""
    found: dict[Reference, str] = {}
    for field in form_fields(root):
        if field.kind == SIGNATURE and field.filled:
            found.update({place: field.name for place, _ in widgets_of(field.reference.reference)})
    return found


def _on(page: PdfPage, listed: tuple[Reference, ...], names: dict[Reference, str]) -> Iterator[SignaturePlace]:
    for reference in listed:
        widget = reference.get_object() if reference in names else None
        if not isinstance(widget, DictionaryObject):
            continue
        try:
            box = box_of(widget)
        except SuspiciousModification:
            continue
        if box is None or box[0] >= box[2] or box[1] >= box[3] or not page.width * page.height:
            continue
        yield SignaturePlace(field_name=names[reference], page=page.number, part=page.fractions(box))
