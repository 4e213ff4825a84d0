"""The seal across the edges of all pages (骑缝章): cut into slices, one a page, that make it whole again when fanned out.

A leaf that was exchanged or taken out leaves a gap. The slices belong to the pages' content, so they have to be there before
anybody signs: in the very revision of the first signature, which then covers them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from esign.pdf.appearance import appearance_of
from esign.rendering.drawing import POINTS_PER_MM
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from esign.pdf.appearance import Box, SealAppearance
    from esign.pdf.pages import Matrix, PdfPage
    from esign.rendering.drawing import SealDrawing

MOST_SLICES: Final = 20  # of one seal, unless told otherwise: 2.1 mm each of 42 mm
LEAST_SLICE_MM: Final = 1.5  # narrower ones cannot be told apart on paper
_PAIR: Final = 2


class Edge(StrEnum):
    """On which edge of the pages, as shown, the slices lie."""

    RIGHT = "right"
    LEFT = "left"


@dataclass(frozen=True, slots=True, kw_only=True)
class RidingEdge:
    """How the seal rides: `height` is where its centre is, as a share of the page from its foot (0) to its head (1).

    A document of more than `most_slices` pages gets several seals, of about as many pages each.
    """

    edge: Edge = Edge.RIGHT
    height: float = 0.5
    most_slices: int = MOST_SLICES

    def __post_init__(self) -> None:
        """Raise PDF_PLACE for a share or a number that is none."""
        if not 0 <= self.height <= 1 or self.most_slices < _PAIR:
            raise TrustError(ErrorCode.PDF_PLACE, "a share of the height from 0 to 1, and two slices or more")


@dataclass(frozen=True, slots=True, kw_only=True)
class RidingSlice:
    """A slice on a page (from 0), as shown: the drawing's lower left corner at `origin`, seen through `window`.

    `matrix` takes what is shown to the page's own coordinates; `part` of `parts` says which slice it is, from the left.
    """

    page: int
    origin: tuple[float, float]
    window: Box
    matrix: Matrix
    part: int
    parts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RidingSeal:
    """A seal and its slices, one for each page, in the order of pages."""

    appearance: SealAppearance
    slices: tuple[RidingSlice, ...] = field(repr=False)


def riding_seal(pages: tuple[PdfPage, ...], drawing: SealDrawing, riding: RidingEdge, *, signed: bool) -> RidingSeal:
    """Return the seal cut up for these pages.

    Raises:
        TrustError: PDF_RIDING_EDGE for fewer than two pages, a file that is `signed`, or a seal too narrow to be cut;
            PDF_PLACE for a page lower than the seal, or a height at which it would be cut.
    """
    if signed:
        raise TrustError(ErrorCode.PDF_RIDING_EDGE, "the file is signed already")
    if len(pages) < _PAIR:
        raise TrustError(ErrorCode.PDF_RIDING_EDGE, "the file has one page", pages=len(pages))
    most = min(riding.most_slices, int(drawing.width / POINTS_PER_MM / LEAST_SLICE_MM))
    if most < _PAIR:
        raise TrustError(ErrorCode.PDF_RIDING_EDGE, "the seal is too narrow to be cut")
    slices: list[RidingSlice] = []
    for size in _groups(len(pages), most):
        start = len(slices)
        slices += [_slice(page, drawing, riding, index, size) for index, page in enumerate(pages[start : start + size])]
    return RidingSeal(appearance=appearance_of(drawing), slices=tuple(slices))


def _groups(pages: int, most: int) -> list[int]:
    """Return how many pages share each seal: as even as can be, never a page by itself."""
    seals = min(-(-pages // most), pages // _PAIR)
    return [pages // seals + (number < pages % seals) for number in range(seals)]


def _slice(page: PdfPage, drawing: SealDrawing, riding: RidingEdge, index: int, size: int) -> RidingSlice:
    width = drawing.width / size
    bottom = riding.height * page.height - drawing.height / 2
    if bottom < 0 or bottom + drawing.height > page.height or width > page.width:
        raise TrustError(ErrorCode.PDF_PLACE, "the seal would be cut by the edge of the page", page=page.number + 1)
    # leaves fanned out to the right show the first leaf's edge leftmost; fanned out to the left, rightmost
    part = index if riding.edge is Edge.RIGHT else size - 1 - index
    left = page.width - width if riding.edge is Edge.RIGHT else 0.0
    return RidingSlice(
        page=page.number,
        origin=(left - part * width, bottom),
        window=(left, bottom, left + width, bottom + drawing.height),
        matrix=page.from_shown,
        part=part,
        parts=size,
    )
