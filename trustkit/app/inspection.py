"""Looking at a PDF with pictures: every page of its first revision, and each page that a later revision made look different.

    with PageReader() as reader:
        for seen in picture_revisions(inspect_pdf(data), data, reader): …

Each revision is what the file was when it was written: its octets up to the end of the revision. Pages, pictures and time have
bounds; what they leave out is told.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Final

from esign.rendering.page_difference import Region, RgbPicture, changed_regions, outlined
from trustkit.errors import TrustError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from esign.pdf.inspection import PdfInspection
    from trustkit.app.page_reader import PageReader

DOTS_PER_INCH: Final = 110  # A4 takes 1.2 million pixels
MAX_PAGES: Final = 60  # of each revision
MAX_SECONDS: Final = 120.0
_MM_PER_INCH: Final = 25.4


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSeen:
    """A page of a revision, both from 1. `regions` are boxes in millimetres from the top left; `png` is None when it looks as before.

    `change` is "first" in the first revision, then "same", "changed", "new" or "gone"; "unseen" when it could not be drawn, and
    `note` says why.
    """

    revision: int
    page: int
    change: str
    regions: tuple[tuple[float, float, float, float], ...] = ()
    png: bytes | None = field(default=None, repr=False)
    note: str = ""


def picture_revisions(found: PdfInspection, data: bytes, reader: PageReader) -> Iterator[PageSeen]:
    """Yield what each page of each revision looks like, compared with the revision before. It does not raise."""
    until = monotonic() + MAX_SECONDS
    before: dict[int, RgbPicture] | None = None
    if not found.revisions:  # its parts cannot be told, but a reader may show it all the same
        yield from _first(1, _drawn(data, reader, 1, until))
        return
    for revision in found.revisions:
        if revision.end is None:
            yield _unseen(revision.number, "no end of the revision is found")
            before = None
            continue
        if monotonic() > until:
            yield _unseen(revision.number, "out of time")
            before = None
            continue
        cut = data if revision.end == len(data) else data[: revision.end]
        drawn = _drawn(cut, reader, revision.number, until)
        yield from _first(revision.number, drawn) if before is None else _compared(revision.number, before, drawn)
        before = {seen: picture for seen, picture in drawn.items() if isinstance(picture, RgbPicture)}


def _drawn(data: bytes, reader: PageReader, revision: int, until: float) -> dict[int, RgbPicture | PageSeen]:
    """Return the pages by their numbers, a note in place of each that cannot be drawn."""
    drawn: dict[int, RgbPicture | PageSeen] = {}
    try:
        count = reader.count(data)
    except TrustError as error:
        return {0: _unseen(revision, error.detail)}
    for page in range(1, count + 1):
        if page > MAX_PAGES or monotonic() > until:
            drawn[page] = _unseen(revision, f"pages {page} to {count} are not drawn: too many, or out of time", page)
            break
        try:
            drawn[page] = reader.draw(data, page=page - 1, dots_per_inch=DOTS_PER_INCH)
        except TrustError as error:
            drawn[page] = _unseen(revision, error.detail, page)
    return drawn


def _unseen(revision: int, note: str, page: int = 0) -> PageSeen:
    return PageSeen(revision=revision, page=page, change="unseen", note=note)


def _first(revision: int, drawn: dict[int, RgbPicture | PageSeen]) -> Iterator[PageSeen]:
    for page, picture in drawn.items():
        if isinstance(picture, PageSeen):
            yield picture
        else:
            yield PageSeen(revision=revision, page=page, change="first", png=outlined(picture, ()))


def _compared(
    revision: int, before: dict[int, RgbPicture], drawn: dict[int, RgbPicture | PageSeen]
) -> Iterator[PageSeen]:
    for page, picture in drawn.items():
        if isinstance(picture, PageSeen):
            yield picture
            continue
        if page not in before:
            whole = ((0, 0, picture.width, picture.height),)
            yield _marked(revision, page, picture, "new", whole)
            continue
        regions = changed_regions(before[page], picture)
        if regions:
            yield _marked(revision, page, picture, "changed", regions)
        else:
            yield PageSeen(revision=revision, page=page, change="same")
    if any(isinstance(picture, PageSeen) for picture in drawn.values()):
        return  # a page that could not be drawn is not gone
    for page in sorted(before.keys() - drawn.keys()):
        yield PageSeen(revision=revision, page=page, change="gone")


def _marked(revision: int, page: int, picture: RgbPicture, change: str, regions: tuple[Region, ...]) -> PageSeen:
    scale = _MM_PER_INCH / picture.dots_per_inch
    told = tuple(tuple(round(edge * scale, 1) for edge in region) for region in regions)
    return PageSeen(
        revision=revision,
        page=page,
        change=change,
        regions=told,  # type: ignore[arg-type] # four edges each
        png=outlined(picture, regions),
    )
