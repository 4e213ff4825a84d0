"""Looking at an OFD with pictures: its pages as they are drawn, the seals of its signatures outlined where the file puts them.

    with OfdDrawer() as drawer, PageReader() as reader:
        for seen in picture_pages(inspect_ofd(data), data, drawer, reader): …

A seal is outlined by what its signature says, whether or not anything could be drawn there. Pages, pictures and time have bounds; what
they leave out is told.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING

from esign.rendering.page_difference import outlined
from trustkit.app.inspection import DOTS_PER_INCH, MAX_PAGES, MAX_SECONDS, MM_PER_INCH
from trustkit.errors import TrustError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from esign.ofd.draw.geometry import Box
    from esign.ofd.inspection import OfdInspection
    from esign.rendering.page_difference import Region, RgbPicture
    from trustkit.app.ofd_drawer import OfdDrawer
    from trustkit.app.page_reader import PageReader


@dataclass(frozen=True, slots=True, kw_only=True)
class OfdPageSeen:
    """A page, from 1: the number of each signature that shows a seal on it, and where; `missing` is how much could not be drawn.

    `png` is None when there is no picture, and `note` says why; page 0 stands for all pages then.
    """

    page: int
    seals: tuple[tuple[int, Box], ...] = ()
    png: bytes | None = field(default=None, repr=False)
    missing: int = 0
    note: str = ""


def picture_pages(found: OfdInspection, data: bytes, drawer: OfdDrawer, reader: PageReader) -> Iterator[OfdPageSeen]:
    """Yield what each page looks like. It does not raise."""
    until = monotonic() + MAX_SECONDS
    try:
        count = drawer.count(data)
        drawn = drawer.draw(data, pages=range(1, min(count, MAX_PAGES) + 1))
    except TrustError as error:
        yield OfdPageSeen(page=0, note=f"{error.code.value}: {error.detail}")
        return
    for index, page in enumerate(drawn.pages):
        if monotonic() > until:
            yield OfdPageSeen(page=page.number, note=f"pages {page.number} to {count} are not drawn: out of time")
            return
        seals = _seals_on(found, page.number)
        missing = sum(note.count for note in drawn.notes if note.is_missing and note.page in {0, page.number})
        try:
            picture = reader.draw(drawn.pdf, page=index, dots_per_inch=DOTS_PER_INCH)
        except TrustError as error:
            yield OfdPageSeen(page=page.number, seals=seals, missing=missing, note=error.detail)
            continue
        png = outlined(picture, tuple(_region(box, picture) for _, box in seals))
        yield OfdPageSeen(page=page.number, seals=seals, png=png, missing=missing)
    if count > MAX_PAGES:
        yield OfdPageSeen(page=MAX_PAGES + 1, note=f"pages {MAX_PAGES + 1} to {count} are not drawn: too many")


def _seals_on(found: OfdInspection, page: int) -> tuple[tuple[int, Box], ...]:
    return tuple(
        (signature.number, stamp.box)
        for signature in found.signatures
        for stamp in signature.stamps
        if stamp.page == page and stamp.box is not None
    )


def _region(box: Box, picture: RgbPicture) -> Region:
    """Return a box in pixels, as far as it lies on the page."""
    scale = picture.dots_per_inch / MM_PER_INCH
    across, down = picture.width - 1, picture.height - 1
    left, right = (round(min(max(x * scale, 0), across)) for x in (box.x, box.x + box.width))
    top, bottom = (round(min(max(y * scale, 0), down)) for y in (box.y, box.y + box.height))
    return min(left, right), min(top, bottom), max(left, right), max(top, bottom)
