"""What is still seen under drawings and seals that came after a signature: pages drawn before and after, at arm's length.

views = DrawnViews()
views.lost(pdf, overlays)          # by overlay, what can no longer be seen
views.hidden(ofd, seals)           # of one signer, what can no longer be seen
"""

from __future__ import annotations

from itertools import groupby
from threading import BoundedSemaphore
from time import monotonic
from typing import TYPE_CHECKING, Final

from esign.rendering.vanished_marks import is_blank, part_of, vanished
from trustkit.app.page_reader import PageReader
from trustkit.app.seal_views import hidden_by_seals
from trustkit.errors import TrustError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from PIL.Image import Image

    from esign.ofd.model import LaterSeals
    from esign.pdf.model import Overlay

DOTS_PER_INCH: Final = 144
LEAST_PIXELS: Final = 1684  # of the longer side: that of A4 at these dots
COARSEST: Final = (
    100.0  # dots an inch at which small print is still letters; large pages are drawn coarser, and not looked at
)
MAX_PICTURES: Final = 32  # of one file after what was drawn over it, and as many of all its revisions before
MAX_SECONDS: Final = (
    4.0  # in which drawings of one file are begun, half of it for those after and half for those before
)
MAX_COMPARED: Final = (
    3_000_000  # pixels of all overlays together, some seconds; a page of A4 has two million, a seal some 60,000
)
_AT_ONCE: Final = BoundedSemaphore(2)  # renderers; each may take three gigabytes


class DrawnViews:
    """Looks at pages; nothing is kept from one file to the next. For several threads at once."""

    def lost(self, data: bytes, overlays: Sequence[Overlay]) -> Mapping[Overlay, str]:
        """Return of overlays what can no longer be seen under them, as `verifier.view_evidence.PageViews` asks."""
        with _AT_ONCE, PageReader(seconds=MAX_SECONDS) as reader:
            after = _compared(_parts(reader, data, overlays, _turns()))
            before: dict[Overlay, Image] = {}
            drawable = sorted(after, key=lambda each: (each.signed, each.page))
            turns = _turns()
            for signed, group in groupby(drawable, key=lambda each: each.signed):
                before.update(_parts(reader, data[:signed], tuple(group), turns))
        until = monotonic() + MAX_SECONDS / 2
        return {
            each: vanished(was, after[each]) if each.is_alike else ""
            for each, was in before.items()
            if monotonic() < until and (each.is_alike or is_blank(was))
        }

    def hidden(self, data: bytes, seals: LaterSeals) -> str:
        """Return what can no longer be seen under later seals, as `verifier.view_evidence.PageViews` asks."""
        with _AT_ONCE:
            return hidden_by_seals(data, seals)


def _compared(parts: Iterator[tuple[Overlay, Image]]) -> dict[Overlay, Image]:
    """Return as many parts of pages as are compared, in their order."""
    found, pixels = dict["Overlay", "Image"](), 0
    for overlay, part in parts:
        if pixels + part.width * part.height <= MAX_COMPARED:
            found[overlay] = part
            pixels += part.width * part.height
    return found


def _turns() -> Iterator[bool]:
    """Yield True as often as one more page may be drawn."""
    until = monotonic() + MAX_SECONDS / 2
    for _ in range(MAX_PICTURES):
        if monotonic() > until:
            return
        yield True


def _parts(
    reader: PageReader, pdf: bytes, overlays: Sequence[Overlay], turns: Iterator[bool]
) -> Iterator[tuple[Overlay, Image]]:
    """Yield the parts of pages that overlays lie over, as a file shows them, as long as it is their turn."""
    pages = groupby(sorted(overlays, key=lambda each: each.page), key=lambda each: each.page)
    for page, here in pages:
        if not next(turns, False):
            return
        try:
            picture = reader.draw(pdf, page=page, dots_per_inch=DOTS_PER_INCH, least=LEAST_PIXELS)
        except TrustError:
            continue
        if picture.dots_per_inch < COARSEST:
            continue
        for overlay in here:
            yield overlay, part_of(picture, overlay.part)
