"""Where a seal stands: by page and millimetre, in a field, beside words, and across the edges of all pages (骑缝章).

    placed = place_seal(reader, SealOrder(drawing=drawing, place=PagePlace(page=-1, x_mm=20, y_mm=20)), words)
    placed.seal.page, placed.seal.box, placed.seal.appearance      # for the field of the signature
    placed.edges                                                   # for `esign.pdf.page_content`

All is reckoned as a reader sees the page, turned, cropped and in true millimetres. What would hang over the edge of the page is
refused, never cut. Nothing is written here.
"""

# pyHanko ships its types with gaps:
# mypy: untyped-calls-exclude="pyhanko"

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isfinite
from typing import TYPE_CHECKING, Final, Protocol

from pyhanko.pdf_utils.form_tools import get_single_field_annot
from pyhanko.pdf_utils.generic import IndirectObject
from pyhanko.pdf_utils.misc import PdfError

from esign.pdf.appearance import Box, SealAppearance, appearance_of
from esign.pdf.form import SIGNATURE, form_fields
from esign.pdf.pages import PdfPage, pages_of, rectangle_of
from esign.pdf.places import USUAL_PLACE, Corner, FieldPlace, KeywordPlace, PagePlace, Place, Side, UsualPlace
from esign.pdf.reader import entry, raw_items, refusals
from esign.pdf.riding_edge import RidingEdge, RidingSeal, riding_seal
from esign.rendering.drawing import POINTS_PER_MM
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from pyhanko.pdf_utils.generic import DictionaryObject
    from pyhanko.pdf_utils.reader import PdfFileReader

    from esign.rendering.drawing import SealDrawing

GAP_MM: Final = 2.0  # between words and the seal beside them
TOLERANCE: Final = 0.05  # points that rounding may put a seal over the edge
MAX_KEYWORD: Final = 100  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class SealOrder:
    """A drawing and where it shall be: in one place, across the edges, or both."""

    drawing: SealDrawing
    place: Place | None
    riding: RidingEdge | None = None


@dataclass(frozen=True, slots=True)
class KeywordHit:
    """Words found on a page (from 0): the box of their last line in the page's own coordinates."""

    page: int
    box: Box


class PageText(Protocol):
    """Finds words in the text of a PDF."""

    def find(self, pdf: bytes, keyword: str) -> tuple[KeywordHit, ...]:
        """Return where the words stand, in the order of pages and reading, spaces and ligatures made alike."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedDrawing:
    """A drawing on a page (from 0): `box` in the page's own coordinates, `field_name` when it is that of a field there is."""

    page: int
    box: Box
    appearance: SealAppearance
    field_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedSeal:
    """What an order comes to on one file: the seal in its place, and its slices on the pages' edges."""

    seal: PlacedDrawing | None
    edges: RidingSeal | None = None


def place_seal(reader: PdfFileReader, pdf: bytes, order: SealOrder, words: PageText) -> PlacedSeal:
    """Return where the seal stands in a file; `pdf` holds the octets that `reader` reads.

    Raises:
        TrustError: PDF_PLACE for a page or field that is not there or a place where the seal would be cut; PDF_KEYWORD;
            PDF_RIDING_EDGE for a single page or a file that is signed; PDF_MALFORMED or PDF_LIMIT; what `words` raises.
    """
    with refusals():
        pages = pages_of(reader.root)
        edges = None
        if order.riding is not None:
            edges = riding_seal(pages, order.drawing, order.riding, signed=_is_signed(reader))
        place = order.place
        if place is None:
            return PlacedSeal(seal=None, edges=edges)
        if isinstance(place, UsualPlace):
            place = _usual(reader)
        if isinstance(place, FieldPlace):
            return PlacedSeal(seal=_in_field(reader, pages, order.drawing, place), edges=edges)
    if isinstance(place, PagePlace):
        page = pages[_index(place.page, len(pages), "page")]
        return PlacedSeal(seal=_placed(page, order.drawing, _from_corner(page, order.drawing, place)), edges=edges)
    return PlacedSeal(seal=_beside(pages, pdf, order.drawing, place, words), edges=edges)


def _is_signed(reader: PdfFileReader) -> bool:
    return any(each.kind == SIGNATURE and each.filled for each in form_fields(reader.root))


def _index(number: int, count: int, what: str) -> int:
    """Return the index of the number-th of so many, counted from 1, or from the end below 0. Raise PDF_PLACE."""
    if not 1 <= abs(number) <= count:
        raise TrustError(ErrorCode.PDF_PLACE, f"there is no such {what}", asked=number, present=count)
    return number - 1 if number > 0 else count + number


def _from_corner(page: PdfPage, drawing: SealDrawing, place: PagePlace) -> tuple[float, float]:
    """Return the lower left corner of the seal, as shown."""
    x, y = place.x_mm * POINTS_PER_MM, place.y_mm * POINTS_PER_MM
    right = place.corner in {Corner.TOP_RIGHT, Corner.BOTTOM_RIGHT}
    top = place.corner in {Corner.TOP_LEFT, Corner.TOP_RIGHT}
    return page.width - drawing.width - x if right else x, page.height - drawing.height - y if top else y


def _placed(page: PdfPage, drawing: SealDrawing, corner: tuple[float, float]) -> PlacedDrawing:
    """Return the drawing with its lower left corner there, as shown. Raise PDF_PLACE when it would not lie on the page."""
    left, bottom = corner
    if not (isfinite(left) and isfinite(bottom)):
        raise TrustError(ErrorCode.PDF_PLACE, "a place is given in millimetres")
    right, top = left + drawing.width, bottom + drawing.height
    inside = left >= -TOLERANCE and bottom >= -TOLERANCE
    if not (inside and right <= page.width + TOLERANCE and top <= page.height + TOLERANCE):
        raise TrustError(
            ErrorCode.PDF_PLACE,
            "the seal would be cut by the edge of the page",
            page=page.number + 1,
            width_mm=round(page.width / POINTS_PER_MM),
            height_mm=round(page.height / POINTS_PER_MM),
            left_mm=round(left / POINTS_PER_MM),
            bottom_mm=round(bottom / POINTS_PER_MM),
        )
    appearance = replace(appearance_of(drawing), turned=page.turn)
    return PlacedDrawing(page=page.number, box=page.own((left, bottom, right, top)), appearance=appearance)


def _beside(
    pages: tuple[PdfPage, ...], pdf: bytes, drawing: SealDrawing, place: KeywordPlace, words: PageText
) -> PlacedDrawing:
    if not place.keyword.strip() or len(place.keyword) > MAX_KEYWORD:
        raise TrustError(ErrorCode.PDF_KEYWORD, "1 to 100 characters", characters=len(place.keyword))
    hits = words.find(pdf, place.keyword)
    if not hits:
        raise TrustError(ErrorCode.PDF_KEYWORD, "the words are not found", pages=len(pages))
    hit = hits[_index(place.hit, len(hits), "place of these words")]
    page = pages[_index(hit.page + 1, len(pages), "page")]
    left, bottom, right, top = page.as_shown(hit.box)
    gap, across, up = (
        GAP_MM * POINTS_PER_MM,
        (left + right) / 2 - drawing.width / 2,
        (bottom + top) / 2 - drawing.height / 2,
    )
    x, y = {
        Side.RIGHT: (right + gap, up),
        Side.LEFT: (left - gap - drawing.width, up),
        Side.ABOVE: (across, top + gap),
        Side.BELOW: (across, bottom - gap - drawing.height),
        Side.OVER: (across, up),
    }[place.side]
    return _placed(page, drawing, (x + place.x_mm * POINTS_PER_MM, y + place.y_mm * POINTS_PER_MM))


def _usual(reader: PdfFileReader) -> FieldPlace | PagePlace:
    empty = [each for each in form_fields(reader.root) if each.is_empty_signature]
    if len(empty) != 1:
        return USUAL_PLACE
    try:
        left, bottom, right, top = rectangle_of(entry(get_single_field_annot(empty[0].reference.get_object()), "/Rect"))
    except (PdfError, KeyError, TrustError):
        return USUAL_PLACE
    seen = right - left >= 1 and top - bottom >= 1
    return FieldPlace(name=empty[0].name) if seen else USUAL_PLACE


def _in_field(
    reader: PdfFileReader, pages: tuple[PdfPage, ...], drawing: SealDrawing, place: FieldPlace
) -> PlacedDrawing:
    """Return the drawing in the middle of the field's rectangle, true to its shape."""
    found = [each for each in form_fields(reader.root) if each.name == place.name and each.is_empty_signature]
    if not found:
        raise TrustError(ErrorCode.PDF_PLACE, "there is no empty signature field of that name", field=place.name[:64])
    try:
        widget = get_single_field_annot(found[0].reference.get_object())
    except (PdfError, KeyError) as error:
        raise TrustError(ErrorCode.PDF_PLACE, "the field does not lie in one place", field=place.name[:64]) from error
    page = _page_of(widget, pages)
    box = rectangle_of(entry(widget, "/Rect"))
    left, bottom, right, top = page.as_shown(box)
    width, height = right - left, top - bottom
    if min(width, height) < 1:
        raise TrustError(ErrorCode.PDF_PLACE, "the field is invisible", field=place.name[:64])
    scale = min(1.0, width / drawing.width, height / drawing.height)
    beside, above = (width / scale - drawing.width) / 2, (height / scale - drawing.height) / 2
    roomy = -beside, -above, drawing.width + beside, drawing.height + above  # of the field's own proportions
    appearance = replace(appearance_of(drawing), bounding_box=roomy, turned=page.turn)
    return PlacedDrawing(page=page.number, box=box, appearance=appearance, field_name=place.name)


def _page_of(widget: DictionaryObject, pages: tuple[PdfPage, ...]) -> PdfPage:
    """Return the page a widget names, or the one that lists it."""
    named = widget.raw_get("/P") if "/P" in widget else None
    for page in pages:
        if isinstance(named, IndirectObject) and page.reference.reference == named.reference:
            return page
    for page in pages:
        listed = raw_items(entry(page.reference.get_object(), "/Annots"))
        if any(isinstance(item, IndirectObject) and item.reference == widget.container_ref for item in listed):
            return page
    raise TrustError(ErrorCode.PDF_PLACE, "the field lies on no page")
