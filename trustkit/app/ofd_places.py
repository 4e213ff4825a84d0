"""Where a seal is shown in an OFD: the words of a seal in a PDF (`esign.pdf.places`), found on the pages as they are drawn.

The file is drawn as a PDF by `trustkit.app.ofd_drawer`, at arm's length, and the place is looked for there; what comes out is in
millimetres of the OFD's own pages. A riding-edge seal (骑缝章) is the whole seal on every page, hanging over the edge, of which Clip
lets a slice be seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from esign.ofd.draw.document import open_documents
from esign.ofd.draw.notes import Notes
from esign.ofd.package import open_package
from esign.ofd.request import StampPlace
from esign.pdf.pages import pages_of
from esign.pdf.placement import SealOrder, place_seal
from esign.pdf.reader import open_reader
from esign.rendering.drawing import POINTS_PER_MM, drawn
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from esign.pdf.pages import PdfPage
    from esign.pdf.riding_edge import RidingSlice
    from esign.seal.model import SealPicture
    from trustkit.app.ofd_drawer import OfdDrawer
    from trustkit.app.ofd_order import OfdSealWish
    from trustkit.app.page_reader import PageReader


def place_stamps(
    ofd: bytes, picture: SealPicture, wish: OfdSealWish, drawer: OfdDrawer, reader: PageReader
) -> tuple[StampPlace, ...]:
    """Return where a seal of this picture is shown: in its place, and on every page's edge where it rides.

    Raises:
        TrustError: PDF_PLACE, PDF_KEYWORD, PDF_RIDING_EDGE as `esign.pdf.placement.place_seal`; OFD_* for a file that cannot be
            read; PAGE_RENDERER.
    """
    pdf = drawer.draw(ofd).pdf
    opened = open_reader(pdf)
    # a drawing without ink: only its size is asked for
    blank = drawn((), title="", width_mm=float(picture.width), height_mm=float(picture.height))
    placed = place_seal(opened, pdf, SealOrder(drawing=blank, place=wish.place, riding=wish.riding), reader)
    pages, identifiers = pages_of(opened.root), _identifiers(ofd)
    if len(pages) != len(identifiers):
        raise TrustError(ErrorCode.OFD_UNSIGNABLE, "not every page can be drawn", pages=len(identifiers))
    stamps = []
    if placed.seal is not None:
        page = pages[placed.seal.page]
        left, bottom, right, top = page.as_shown(placed.seal.box)
        stamps.append(_stamp(page, identifiers, (left, bottom, right, top)))
    if placed.edges is not None:
        size = (blank.width, blank.height)
        stamps += [_slice(pages[each.page], identifiers, each, size) for each in placed.edges.slices]
    return tuple(stamps)


def _identifiers(ofd: bytes) -> tuple[str, ...]:
    return tuple(page.page_id for document in open_documents(open_package(ofd), Notes()) for page in document.pages)


def _stamp(page: PdfPage, identifiers: Sequence[str], box: tuple[float, float, float, float]) -> StampPlace:
    left, bottom, right, top = (each / POINTS_PER_MM for each in box)
    return StampPlace(
        page=identifiers[page.number],
        left=left,
        top=page.height / POINTS_PER_MM - top,
        width=right - left,
        height=top - bottom,
    )


def _slice(page: PdfPage, identifiers: Sequence[str], piece: RidingSlice, size: tuple[float, float]) -> StampPlace:
    (x, y), (width, height) = piece.origin, size
    left, bottom, right, top = piece.window
    whole = _stamp(page, identifiers, (x, y, x + width, y + height))
    clip = ((left - x), (y + height - top), (right - left), (top - bottom))
    return StampPlace(
        page=whole.page,
        left=whole.left,
        top=whole.top,
        width=whole.width,
        height=whole.height,
        clip=tuple(each / POINTS_PER_MM for each in clip),  # type: ignore[arg-type] # four, as above
    )
