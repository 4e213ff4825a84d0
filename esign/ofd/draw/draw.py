"""An OFD document drawn as a PDF: the same pages, and what of them could not be drawn.

    drawn = draw_ofd(octets, fonts=find_fonts())
    drawn.pdf; drawn.notes

Pure: octets in, octets out, the same for the same. Whoever draws documents of strangers does it in a process of its own
(`trustkit.app.ofd_drawer`), since fonts and pictures are among what is parsed. Nothing is verified here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import floor
from typing import TYPE_CHECKING, Final

from esign.ofd.draw.budget import Budget, Exhausted
from esign.ofd.draw.canvas import Canvas
from esign.ofd.draw.document import open_documents
from esign.ofd.draw.geometry import Box, Matrix
from esign.ofd.draw.limits import MAX_PAGES, PAGE_WORK
from esign.ofd.draw.material import Material
from esign.ofd.draw.notes import Lack, Notes
from esign.ofd.draw.page import A4, open_page
from esign.ofd.draw.pdf_file import PdfFile, numbers
from esign.ofd.draw.sheet import draw_sheet
from esign.ofd.draw.stamps import placed_stamps
from esign.ofd.draw.store import Store
from esign.ofd.package import open_package
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from esign.ofd.draw.document import OpenDocument, PageFile
    from esign.ofd.draw.notes import Note
    from esign.ofd.draw.pictures import Jbig2Decoder
    from esign.ofd.draw.stamps import Stamp
    from esign.rendering.fonts import FontChain

POINTS_PER_MM: Final = 72 / 25.4
_BREATHS: Final = 10_000  # in a point


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnPage:
    """A page of the PDF: its number in the document, from 1, and its size in millimetres."""

    number: int
    width: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnDocument:
    """The PDF, its pages, how many pages the document has, and what is wanting."""

    pdf: bytes = field(repr=False)
    pages: tuple[DrawnPage, ...]
    page_count: int
    notes: tuple[Note, ...]


def draw_ofd(
    data: bytes, *, fonts: FontChain, pages: Sequence[int] | None = None, jbig2: Jbig2Decoder | None = None
) -> DrawnDocument:
    """Return the pages of an OFD, all or those of these numbers (from 1), as a PDF.

    `jbig2` decodes pictures of that kind; without one they are left out, and told.

    Raises:
        TrustError: as `open_package` and `open_documents`; OFD_MALFORMED for a document without pages; USAGE for a number that no
            page has.
    """
    budget, notes, file = Budget(), Notes(), PdfFile()
    material = Material(
        package=open_package(data), chain=fonts, store=Store(file, budget), budget=budget, notes=notes, jbig2=jbig2
    )
    documents = open_documents(material.package, notes, budget)
    listed = [(document, page) for document in documents for page in document.pages]
    chosen = _chosen(len(listed), pages, notes)
    budget.work += PAGE_WORK * len(chosen)
    stamps = {document.name: placed_stamps(document) for document in documents}
    tree = file.reserve()
    drawn: list[DrawnPage] = []
    kids: list[int] = []
    for number in chosen:
        notes.page = number
        document, page = listed[number - 1]
        place, box = _draw_page(document, page, stamps[document.name], material, tree)
        kids.append(place)
        drawn.append(DrawnPage(number=number, width=box.width, height=box.height))
    material.store.finish()
    file.put(tree, f"<< /Type /Pages /Count {len(kids)} /Kids [{' '.join(f'{kid} 0 R' for kid in kids)}] >>")
    pdf = file.write(file.add(f"<< /Type /Catalog /Pages {tree} 0 R >>"))
    return DrawnDocument(pdf=pdf, pages=tuple(drawn), page_count=len(listed), notes=notes.told())


def count_pages(data: bytes) -> int:
    """Return how many pages an OFD has, of all its documents. Raise TrustError as `draw_ofd` does over the whole file."""
    return sum(len(document.pages) for document in open_documents(open_package(data), Notes()))


def _chosen(count: int, pages: Sequence[int] | None, notes: Notes) -> list[int]:
    if not count:
        raise TrustError(ErrorCode.OFD_MALFORMED, "the document has no pages")
    wanted = list(range(1, count + 1)) if pages is None else sorted(set(pages))
    if not wanted or not 1 <= min(wanted) <= max(wanted) <= count:
        raise TrustError(ErrorCode.USAGE, "the document has no such page", pages=count)
    if len(wanted) > MAX_PAGES:
        notes.add(Lack.LIMIT, f"pages {wanted[MAX_PAGES]}-{wanted[-1]}")
    return wanted[:MAX_PAGES]


def _draw_page(
    document: OpenDocument, page: PageFile, stamps: Sequence[Stamp], material: Material, tree: int
) -> tuple[int, Box]:
    """Add a page to the file; one that cannot be read stays empty, and is told. Return its object and box."""
    canvas, box = Canvas(material.budget), A4
    try:
        opened = open_page(document, page)
        box = opened.box
        k = POINTS_PER_MM
        with canvas.kept():
            canvas.concat(Matrix(k, 0, 0, -k, -k * box.x, k * (box.y + box.height)))
            draw_sheet(canvas, document, opened, stamps, material)
    except TrustError as error:
        material.notes.add(Lack.PAGE, error.detail)
    except Exhausted as error:
        material.notes.add(Lack.LIMIT, str(error))
    store = material.store.file
    resources, octets = canvas.content
    content = store.add_stream("", octets)
    size = " ".join(_shorn(side * POINTS_PER_MM) for side in (box.width, box.height))
    place = store.add(
        f"<< /Type /Page /Parent {tree} 0 R /MediaBox [0 0 {size}] /Resources {resources}"
        f" /Contents {content} 0 R /Group << /S /Transparency /CS /DeviceRGB >> >>"
    )
    return place, box


def _shorn(side: float) -> str:
    """Return the side of a page a breath below its measure: renderers give a whole pixel to what goes over by a rounding."""
    return numbers(floor(side * _BREATHS) / _BREATHS)
