"""A document drawn for the page of verification: its first pages, the places of signatures marked. It never raises for a file.

    pictures = DocumentPictures()
    drawn = pictures(data, Format.PDF)

Renderers are processes with bounded memory and time (`trustkit.app.page_reader`, `trustkit.app.ofd_drawer`); so many are at work at once,
and who would have to wait longer for one gets the verdict without pictures.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import BoundedSemaphore
from time import monotonic
from typing import TYPE_CHECKING, Final

from esign.ofd.inspection import inspect_ofd
from esign.pdf.read import read_pdf
from esign.pdf.signature_places import signature_places
from esign.rendering.page_difference import outlined
from trustkit.app.inspection import MM_PER_INCH
from trustkit.app.ofd_drawer import OfdDrawer
from trustkit.app.page_reader import PageReader
from trustkit.errors import TrustError
from verifier.format import Format
from verifier.page.pictures import DrawnPages, Mark, PagePicture

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from esign.rendering.page_difference import RgbPicture

MAX_SHOWN: Final = 5  # pages
MAX_OCTETS: Final = 20 * 1024 * 1024  # of a file that is drawn; larger ones get their verdict alone
DOTS_PER_INCH: Final = 96.0  # a screen's
MAX_PICTURES: Final = 8_000_000  # octets of all of a document: photographs are large, and pages without them small
SECONDS: Final = 15.0  # in which pictures are begun
_REQUEST_SECONDS: Final = 10.0  # of one picture
_WAIT: Final = 5.0  # seconds for a renderer to be free
_AT_ONCE: Final = 2
_MAX_MARKS: Final = 100  # on one page


@dataclass(frozen=True, slots=True)
class DocumentPictures:
    """Draws documents, for several threads at once: `verifier.page.pictures.Draws`."""

    free: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(_AT_ONCE))

    def __call__(self, data: bytes, form: Format) -> DrawnPages:
        """Return the first pages of a PDF or an OFD, none of anything else and of what cannot be drawn."""
        if form not in {Format.PDF, Format.OFD} or len(data) > MAX_OCTETS or not self.free.acquire(timeout=_WAIT):
            return DrawnPages()
        try:
            return _pdf(data) if form is Format.PDF else _ofd(data)
        except TrustError:
            return DrawnPages()
        finally:
            self.free.release()


def _pdf(data: bytes) -> DrawnPages:
    with PageReader(seconds=_REQUEST_SECONDS) as reader:
        count = reader.count(data)
        places = _pdf_places(data)

        def marks(page: int, picture: RgbPicture) -> tuple[Mark, ...]:
            return tuple(
                _mark(
                    number, (left * picture.width, top * picture.height, right * picture.width, bottom * picture.height)
                )
                for number, on, (left, top, right, bottom) in places
                if on == page - 1
            )

        drawn = tuple(_drawn(reader, data, range(1, min(count, MAX_SHOWN) + 1), marks))
    return DrawnPages(pages=drawn, count=count)


def _pdf_places(data: bytes) -> tuple[tuple[int, int, tuple[float, float, float, float]], ...]:
    """Return number, page (from 0) and part of each place; none where the form of a file cannot be read as it should."""
    try:
        numbers = {each.field_name: number for number, each in enumerate(read_pdf(data).signatures, start=1)}
        found = signature_places(data)
    except TrustError:
        return ()
    return tuple((numbers[each.field_name], each.page, each.part) for each in found if each.field_name in numbers)


def _ofd(data: bytes) -> DrawnPages:
    with OfdDrawer(seconds=_REQUEST_SECONDS) as drawer, PageReader(seconds=_REQUEST_SECONDS) as reader:
        count = drawer.count(data)
        document = drawer.draw(data, pages=range(1, min(count, MAX_SHOWN) + 1))
        stamps = [
            (signature.number, stamp.page, stamp.box)
            for signature in inspect_ofd(data).signatures
            for stamp in signature.stamps
            if stamp.box is not None
        ]

        def marks(page: int, picture: RgbPicture) -> tuple[Mark, ...]:
            scale = picture.dots_per_inch / MM_PER_INCH
            return tuple(
                _mark(number, (box.x * scale, box.y * scale, (box.x + box.width) * scale, (box.y + box.height) * scale))
                for number, on, box in stamps
                if on == page
            )

        numbers = [each.number for each in document.pages]
        lacking = frozenset(note.page for note in document.notes if note.is_missing)
        drawn = tuple(_drawn(reader, document.pdf, numbers, marks, lacking=lacking))
    return DrawnPages(pages=drawn, count=count)


def _drawn(
    reader: PageReader,
    pdf: bytes,
    numbers: range | list[int],
    marks: Callable[[int, RgbPicture], tuple[Mark, ...]],
    lacking: frozenset[int] = frozenset(),
) -> Iterator[PagePicture]:
    """Yield pictures as long as there is time and room; a page the renderer fails over is left out."""
    until, left = monotonic() + SECONDS, MAX_PICTURES
    for index, number in enumerate(numbers):
        if monotonic() > until:
            return
        try:
            picture = reader.draw(pdf, page=index, dots_per_inch=DOTS_PER_INCH)
        except TrustError:
            if not reader.is_running:
                return
            continue
        png = outlined(picture, ())
        left -= len(png)
        if left < 0:
            return
        yield PagePicture(
            page=number,
            width=picture.width,
            height=picture.height,
            png=png,
            marks=marks(number, picture)[:_MAX_MARKS],
            is_whole=not lacking & {0, number},
        )


def _mark(signature: int, edges: tuple[float, float, float, float]) -> Mark:
    left, top, right, bottom = (round(each, 1) for each in edges)
    return Mark(signature=signature, left=left, top=top, width=max(right - left, 1.0), height=max(bottom - top, 1.0))
