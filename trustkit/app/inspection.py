"""Looking at a PDF with pictures: every page of its first revision, and each page that a later revision made look different.

    with PageReader() as reader:
        for seen in picture_revisions(inspect_pdf(data), data, reader): …

Each revision is what the file was when it was written: its octets up to the end of the revision. Pages, pictures and time have
bounds; what they leave out is told.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import SequenceMatcher
from hashlib import sha256
from time import monotonic
from typing import TYPE_CHECKING, Final

from esign.rendering.page_difference import Region, RgbPicture, changed_regions, outlined
from trustkit.errors import TrustError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from esign.pdf.inspection import PdfInspection, Revision
    from trustkit.app.page_reader import PageReader

DOTS_PER_INCH: Final = 110  # A4 takes 1.2 million pixels
MAX_PAGES: Final = 60  # of each revision
MAX_SECONDS: Final = 120.0
MM_PER_INCH: Final = 25.4


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSeen:
    """A page of a revision, both from 1. `regions` are boxes in millimetres from the top left; `png` is None when it looks as before.

    `change` is "first" in the first revision, then "same", "changed", "new" or "gone"; "unseen" when it could not be drawn, and
    "uncompared" when there is no picture of it before this revision, and `note` says why. The number of a page that is gone is
    what it was.
    """

    revision: int
    page: int
    change: str
    regions: tuple[tuple[float, float, float, float], ...] = ()
    png: bytes | None = field(default=None, repr=False)
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Look:
    """What a revision looks like: its pages by their numbers, a note in place of each that is not drawn; None for no count."""

    pages: dict[int, RgbPicture | PageSeen]
    count: int | None

    @property
    def pictures(self) -> dict[int, RgbPicture]:
        return {page: picture for page, picture in self.pages.items() if isinstance(picture, RgbPicture)}


def picture_revisions(found: PdfInspection, data: bytes, reader: PageReader) -> Iterator[PageSeen]:
    """Yield what each page of each revision looks like, compared with the revision before. It does not raise."""
    until = monotonic() + MAX_SECONDS
    if not found.revisions:  # its parts cannot be told, but a reader may show it all the same
        yield from _first(1, _drawn(data, reader, 1, until))
        return
    before: _Look | None = None
    for revision in found.revisions:
        drawn = _looked_at(revision, data, reader, until)
        yield from _first(revision.number, drawn) if before is None else _compared(revision.number, before, drawn)
        before = drawn


def _looked_at(revision: Revision, data: bytes, reader: PageReader, until: float) -> _Look:
    if revision.end is None:
        return _nothing(revision.number, "no end of the revision is found")
    if monotonic() > until:
        return _nothing(revision.number, "out of time")
    cut = data if revision.end == len(data) else data[: revision.end]
    return _drawn(cut, reader, revision.number, until)


def _drawn(data: bytes, reader: PageReader, revision: int, until: float) -> _Look:
    drawn: dict[int, RgbPicture | PageSeen] = {}
    try:
        count = reader.count(data)
    except TrustError as error:
        return _nothing(revision, error.detail)
    for page in range(1, count + 1):
        if page > MAX_PAGES or monotonic() > until:
            drawn[page] = _unseen(revision, f"pages {page} to {count} are not drawn: too many, or out of time", page)
            break
        try:
            drawn[page] = reader.draw(data, page=page - 1, dots_per_inch=DOTS_PER_INCH)
        except TrustError as error:
            drawn[page] = _unseen(revision, error.detail, page)
    return _Look(drawn, count)


def _nothing(revision: int, note: str) -> _Look:
    return _Look({0: _unseen(revision, note)}, None)


def _unseen(revision: int, note: str, page: int = 0) -> PageSeen:
    return PageSeen(revision=revision, page=page, change="unseen", note=note)


def _first(revision: int, drawn: _Look) -> Iterator[PageSeen]:
    for page, picture in drawn.pages.items():
        if isinstance(picture, PageSeen):
            yield picture
        else:
            yield PageSeen(revision=revision, page=page, change="first", png=outlined(picture, ()))


def _compared(revision: int, before: _Look, drawn: _Look) -> Iterator[PageSeen]:
    """Yield each page against the one it was: a page that was not drawn is neither new nor gone."""
    old, origins = before.pictures, _origins(before, drawn)
    for page, picture in drawn.pages.items():
        if isinstance(picture, PageSeen):
            yield picture
            continue
        origin = origins.get(page, page)
        if origin is None or (before.count is not None and origin > before.count):
            yield _marked(revision, page, picture, "new", ((0, 0, picture.width, picture.height),))
        elif origin not in old:
            note = "not compared: there is no picture of it in the revision before"
            png = outlined(picture, ())
            yield PageSeen(revision=revision, page=page, change="uncompared", png=png, note=note)
        elif regions := changed_regions(old[origin], picture):
            yield _marked(revision, page, picture, "changed", regions)
        else:
            note = "" if origin == page else f"page {origin} before"
            yield PageSeen(revision=revision, page=page, change="same", note=note)
    yield from _gone(revision, before, drawn, origins)


def _origins(before: _Look, drawn: _Look) -> dict[int, int | None]:
    """Return which page each page was, None for a new one; nothing where pages keep their numbers.

    They do where one lacks a picture, and where as many look as the page of their number did as in any other order: forms have many pages
    alike. Else pages that look the same are the same, in their order; those between them are compared one by one.
    """
    old, new = before.pictures, drawn.pictures
    if len(old) != before.count or len(new) != drawn.count:
        return {}
    found: dict[int, int | None] = {}
    was, is_now = ([_look(pictures[page]) for page in sorted(pictures)] for pictures in (old, new))
    order = SequenceMatcher(None, was, is_now, autojunk=False)
    in_order = sum(block.size for block in order.get_matching_blocks())
    if sum(one == other for one, other in zip(was, is_now, strict=False)) >= in_order:
        return {}
    for _, begin, end, first, last in order.get_opcodes():
        for offset in range(last - first):
            found[first + offset + 1] = begin + offset + 1 if begin + offset < end else None
    return found


def _look(picture: RgbPicture) -> tuple[int, int, bytes]:
    return picture.width, picture.height, sha256(picture.pixels).digest()


def _gone(revision: int, before: _Look, drawn: _Look, origins: dict[int, int | None]) -> Iterator[PageSeen]:
    """Yield the pages that are there no longer, as far as the numbers of pages are known."""
    if before.count is None or drawn.count is None:
        return
    kept = set(origins.values()) if origins else set(range(1, drawn.count + 1))
    gone = [page for page in range(1, before.count + 1) if page not in kept]
    for place, page in enumerate(gone[:MAX_PAGES], start=1):
        more = f"and {len(gone) - place} more" if place == MAX_PAGES < len(gone) else ""
        yield PageSeen(revision=revision, page=page, change="gone", note=more)


def _marked(revision: int, page: int, picture: RgbPicture, change: str, regions: tuple[Region, ...]) -> PageSeen:
    scale = MM_PER_INCH / picture.dots_per_inch
    told = tuple(tuple(round(edge * scale, 1) for edge in region) for region in regions)
    return PageSeen(
        revision=revision,
        page=page,
        change=change,
        regions=told,  # type: ignore[arg-type] # four edges each
        png=outlined(picture, regions),
    )
