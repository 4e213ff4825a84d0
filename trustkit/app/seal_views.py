"""What is still seen of an OFD under the seals of others: the parts of pages they lie on drawn without and with them, at arm's length.

hidden_by_seals(ofd, looks)          # for each an empty text, or what can no longer be seen, or why nobody can tell

The work is bounded for a file, not for each look at it: looks share what may be drawn, the renderer's time and the clock.
"""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Final

from esign.ofd.draw.beneath import WAYS, DrawnBeneath
from esign.rendering.vanished_marks import DOTS_PER_INCH, vanished_under_seal
from trustkit.app.ofd_drawer import OfdDrawer
from trustkit.app.page_reader import PageReader, memory_for
from trustkit.errors import TrustError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from PIL.Image import Image

    from esign.ofd.model import LaterSeals

MAX_DRAWING_SECONDS: Final = 60.0  # for all pages that seals lie on: the work is counted, and takes some six at most
MAX_SECONDS: Final = 60.0  # in which parts of them are begun to be looked at: the largest there may be take ten
PROCESSOR_SECONDS: Final = 10  # of the renderer, for all parts of a file
MAX_REQUEST_SECONDS: Final = 20.0


def hidden_by_seals(data: bytes, looks: Sequence[LaterSeals]) -> dict[LaterSeals, str]:
    """Return what can no longer be seen under later seals, as `verifier.view_evidence.PageViews` asks. It does not raise."""
    with OfdDrawer(seconds=MAX_DRAWING_SECONDS) as drawer:
        try:
            drawn = drawer.draw_beneath(data, looks)
        except TrustError as error:
            return dict.fromkeys(looks, _undrawn(error))
    pdfs = (memory_for(each.pdf) for each in drawn if isinstance(each, DrawnBeneath))
    bounds = (max(pdfs, default=0), PROCESSOR_SECONDS)
    with PageReader(seconds=MAX_REQUEST_SECONDS, bounds=bounds) as reader:
        view = _View(reader)
        return {look: view.hidden(each) for look, each in zip(looks, drawn, strict=True)}


class _View:
    """Looks at what was drawn of one file. What ended the renderer once is not tried again: another one would have its time anew."""

    def __init__(self, reader: PageReader) -> None:
        self._reader = reader
        self._until = monotonic() + MAX_SECONDS
        self._failed: TrustError | None = None

    def hidden(self, drawn: DrawnBeneath | TrustError) -> str:
        """Return what cannot be seen at one look, or why nobody can tell; an empty text where all can."""
        if isinstance(drawn, TrustError):
            return _undrawn(drawn)
        # a page that was not drawn has no part: what is missing counts wherever it is
        missing = next((each for each in drawn.notes if each.is_missing), None)
        if missing is not None:
            return f"page {missing.page} cannot be drawn whole: {missing.lack.value} {missing.detail}".rstrip()
        if self._failed is not None and drawn.parts:
            return _undrawn(self._failed)
        try:
            return next(filter(None, self._of_parts(drawn)), "")
        except TrustError as error:
            self._failed = error
            return _undrawn(error)

    def _of_parts(self, drawn: DrawnBeneath) -> Iterator[str]:
        """Yield what cannot be seen of each part, empty texts where all can; the last word is that the time is over."""
        for number, part in enumerate(drawn.parts):
            if monotonic() > self._until:
                yield f"page {part.page} and those behind it are not looked at: out of time"
                return
            before = _part(self._reader, drawn.pdf, number, 0)
            if before.getcolors(1) is not None:
                continue  # blank paper
            ink, laid = (_part(self._reader, drawn.pdf, number, way) for way in range(1, len(WAYS)))
            lost = vanished_under_seal(before, ink, laid)
            yield f"page {part.page}: {lost}" if lost else ""


def _undrawn(error: TrustError) -> str:
    return f"the pages cannot be drawn: {error.code.value}"


def _part(reader: PageReader, pdf: bytes, number: int, way: int) -> Image:
    return reader.draw(pdf, page=number * len(WAYS) + way, dots_per_inch=DOTS_PER_INCH).image()
