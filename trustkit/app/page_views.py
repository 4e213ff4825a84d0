"""What is still seen under drawings and seals that came after a signature: pages drawn before and after, at arm's length.

views = DrawnViews()
views.doubts(pdf, overlays)          # by overlay, why it is in doubt, or None
views.hidden(ofd, looks)             # of each signer's look, what can no longer be seen

The work over a PDF is counted over the whole file and known before the first page is drawn: places, pictures, their pixels, octets that are read; and
pixels as they are compared. What would take more is not looked at at all, so that a file has the same verdict on every machine. Seconds are the
last guard, of the processor first and generous ones by the clock.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby
from threading import BoundedSemaphore
from time import monotonic
from typing import TYPE_CHECKING, Final

from esign.rendering.joined_boxes import around, joined
from esign.rendering.vanished_marks import DOTS_PER_INCH, is_blank, vanished
from trustkit.app.page_reader import PageReader, memory_for
from trustkit.app.seal_views import hidden_by_seals
from trustkit.errors import ErrorCode, TrustError
from verifier.material import Doubt

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from esign.ofd.model import LaterSeals
    from esign.pdf.model import Overlay
    from esign.rendering.joined_boxes import Box
    from esign.rendering.page_difference import RgbPicture
    from trustkit.app.page_reader import Sheet

LEAST_PIXELS: Final = 1684  # of the longer side: that of A4 at these dots
COARSEST: Final = (
    100.0  # dots an inch at which small print is still letters; large pages are drawn coarser, and not looked at
)
MAX_PLACES: Final = 256  # overlays of one file
MAX_PICTURES: Final = 64  # of one file, before and after
MAX_OCTETS: Final = 400_000_000  # of the revisions that are read, together
MAX_VIEW: Final = 4_500_000  # pixels of one picture: A3
MAX_DRAWN: Final = 32_000_000  # of all: ten pages of A4 before and after, all over, have forty; seals have few
MAX_COMPARED: Final = 6_000_000  # of all that changed: a whole page of A3 has five
PROCESSOR_SECONDS: Final = 4  # of the renderer: 20 pictures of A3 scans at 300 dots an inch take three
LOOK_SECONDS: Final = 60.0  # by the clock, in which pictures are begun
_AT_ONCE: Final = BoundedSemaphore(2)  # renderers
_MARGIN: Final = 2  # pixels around what lies over a page: its edge is blurred


class DrawnViews:
    """Looks at pages; nothing is kept from one file to the next. For several threads at once."""

    def doubts(self, data: bytes, overlays: Sequence[Overlay]) -> Mapping[Overlay, Doubt | None]:
        """Return of overlays what is in doubt under them, as `verifier.view_evidence.PageViews` asks."""
        with _AT_ONCE, PageReader(bounds=(memory_for(data), PROCESSOR_SECONDS)) as reader:
            try:
                return dict(_Look(reader, data, overlays).found())
            except TrustError as error:
                code = error.code
                if code is ErrorCode.PAGE_RENDERER:
                    code = ErrorCode.PDF_LOOK_TIME if reader.was_late else ErrorCode.PDF_COVERED
                return dict.fromkeys(overlays, Doubt(code=code, detail=error.detail))

    def hidden(self, data: bytes, looks: Sequence[LaterSeals]) -> Mapping[LaterSeals, str]:
        """Return what can no longer be seen under later seals, as `verifier.view_evidence.PageViews` asks."""
        with _AT_ONCE:
            return hidden_by_seals(data, looks)


@dataclass
class _View:
    """What is drawn of a page: the box around all that is asked of it."""

    sheet: Sheet
    box: Box
    boxes: Mapping[Overlay, Box]
    after: RgbPicture | None = None


@dataclass
class _Look:
    """One look at a file. Each method raises PDF_LOOK_SIZE, PDF_LOOK_TIME, or PAGE_RENDERER when the renderer ended."""

    reader: PageReader
    data: bytes
    overlays: Sequence[Overlay]
    compared: int = 0
    until: float = field(default_factory=lambda: monotonic() + LOOK_SECONDS)

    def found(self) -> Iterator[tuple[Overlay, Doubt | None]]:
        """Yield overlays that could be looked at, and what is in doubt."""
        views = self._planned()
        for page, view in views.items():
            view.after = self._drawn(self.data, page, view)
        for signed, group in groupby(sorted(self.overlays, key=_place), key=lambda each: each.signed):
            before = self.data[:signed]
            for page, here in groupby(group, key=lambda each: each.page):
                if page in views:
                    yield from self._judged(before, page, views[page], tuple(here))

    def _planned(self) -> Mapping[int, _View]:
        """Return what is drawn of pages, when all of it together is not too much."""
        revisions = {each.signed for each in self.overlays}
        pictures = {(each.signed, each.page) for each in self.overlays}
        pages = sorted({each.page for each in self.overlays})
        _require(len(self.overlays) <= MAX_PLACES, "places")
        _require(len(pictures) + len(pages) <= MAX_PICTURES, "pictures")
        _require(len(self.data) + sum(revisions) <= MAX_OCTETS, "octets")
        views = {page: view for page in pages if (view := self._view(page)) is not None}
        drawn = 0
        for page, view in views.items():
            area = _area(view.box)
            _require(area <= MAX_VIEW, "pixels of a page")
            drawn += area * (1 + sum(1 for _, other in pictures if other == page))
        _require(drawn <= MAX_DRAWN, "pixels")
        return views

    def _view(self, page: int) -> _View | None:
        sheet = self._sheet(self.data, page)
        if sheet is None or sheet.scale * 72 < COARSEST:
            return None
        boxes = {each: _box(each.part, sheet) for each in self.overlays if each.page == page}
        return _View(sheet, around([box for box in boxes.values() if _area(box)]), boxes)

    def _judged(
        self, before: bytes, page: int, view: _View, overlays: Sequence[Overlay]
    ) -> Iterator[tuple[Overlay, Doubt | None]]:
        """Yield what a page shows of what it showed before."""
        shown = {each: view.boxes[each] for each in overlays if _area(view.boxes[each])}
        yield from ((each, None) for each in overlays if each not in shown)  # beside the page
        if not shown or view.after is None:
            return
        sheet = self._sheet(before, page)
        if sheet is not None and sheet != view.sheet:
            yield from ((each, _covered("the page has another size")) for each in shown)
            return
        was = None if sheet is None else self._drawn(before, page, view)
        if was is None:
            return
        for each in (each for each in shown if not each.is_alike):
            self._count(_area(shown[each]))
            if is_blank(was.part(_within(shown[each], view.box))):
                yield each, None  # else it is left out: programs draw it differently
        for box, members in joined({each: box for each, box in shown.items() if each.is_alike}):
            loss = vanished(was.part(_within(box, view.box)), view.after.part(_within(box, view.box)), self._count)
            yield from ((each, _covered(loss) if loss else None) for each in members)

    def _count(self, pixels: int) -> None:
        self.compared += pixels
        _require(self.compared <= MAX_COMPARED, "pixels that changed")

    def _sheet(self, pdf: bytes, page: int) -> Sheet | None:
        try:
            return self.reader.sheet(pdf, page=page, dots_per_inch=DOTS_PER_INCH, least=LEAST_PIXELS)
        except TrustError:
            if not self.reader.is_running:
                raise
            return None

    def _drawn(self, pdf: bytes, page: int, view: _View) -> RgbPicture | None:
        """Return what a file shows in a view; None when the renderer cannot draw it."""
        if not _area(view.box):
            return None
        if monotonic() > self.until:
            raise TrustError(ErrorCode.PDF_LOOK_TIME, "the look took too long")
        try:
            return self.reader.draw(pdf, page=page, dots_per_inch=DOTS_PER_INCH, least=LEAST_PIXELS, box=view.box)
        except TrustError:
            if not self.reader.is_running:
                raise
            return None


def _place(overlay: Overlay) -> tuple[int, int]:
    return overlay.signed, overlay.page


def _require(is_within: bool, what: str) -> None:  # noqa: FBT001 - says nothing but whether to raise
    if not is_within:
        raise TrustError(ErrorCode.PDF_LOOK_SIZE, f"later drawings lie over more {what} than are looked at")


def _covered(loss: str) -> Doubt:
    return Doubt(code=ErrorCode.PDF_COVERED, detail=loss)


def _box(part: tuple[float, float, float, float], sheet: Sheet) -> Box:
    """Return the pixels of a part of a page, with a little around it, as far as they are on the page."""
    left, top, right, bottom = part
    return (
        max(0, int(left * sheet.width) - _MARGIN),
        max(0, int(top * sheet.height) - _MARGIN),
        min(sheet.width, int(right * sheet.width) + _MARGIN + 1),
        min(sheet.height, int(bottom * sheet.height) + _MARGIN + 1),
    )


def _area(box: Box) -> int:
    return max(0, box[2] - box[0]) * max(0, box[3] - box[1])


def _within(box: Box, view: Box) -> Box:
    return box[0] - view[0], box[1] - view[1], box[2] - view[0], box[3] - view[1]
