"""The pages typst laid out, read back from the PDF it made of them: so an OFD shows the same page, glyph for glyph.

    laid = read_typeset(render_licence(page))

The PDF is our own, fresh from the compiler, and this reader knows what typst writes for our templates: upright clips, plain colours,
embedded subsets, pictures without masks of colours. All else (gradients, patterns, clips of other shapes, soft groups) is refused by
name, for a page is right or there is none.
"""

# pyHanko ships its types with gaps:
# mypy: untyped-calls-exclude="pyhanko"

from __future__ import annotations

import re
from copy import copy
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from pyhanko.pdf_utils.decode_limits import DecodePurpose
from pyhanko.pdf_utils.generic import DictionaryObject, StreamObject

from esign.ofd.content_scan import unreadable
from esign.ofd.layout import LaidOut, LaidPage
from esign.ofd.typeset_painter import Painter
from esign.ofd.typeset_resources import Collected, Resources
from esign.ofd.typeset_state import State
from esign.pdf.fast import open_plain
from esign.pdf.pages import pages_of
from esign.pdf.quick_objects import Unusual
from esign.pdf.reader import entry, items, open_reader
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from pyhanko.pdf_utils.generic import PdfObject

    from esign.ofd.layout import Item, Matrix
    from esign.pdf.pages import PdfPage

MM_PER_POINT: Final = 25.4 / 72
MAX_PAGES: Final = 64  # of a licence
_BACKGROUND: Final = re.compile(rb"\s*/Artifact<<[^>]*/Background\s*>>BDC")
_END: Final = re.compile(rb"EMC(?![A-Za-z])")
_NOT_PLAIN: Final = re.compile(rb"(?<![A-Za-z])(?:BT|Do|gs|BDC)(?![A-Za-z])")
_KEPT: Final = 16  # backgrounds: one for each type of licence and its pages


def read_typeset(pdf: bytes) -> LaidOut:
    """Return the pages of a PDF that typst made of one of our templates.

    Raises:
        TrustError: RENDERING_FAILED for what has no place in our OFD pages, PDF_* when the octets are no PDF.
    """
    plain = open_plain(pdf)
    if plain is not None:
        try:
            return _read(plain.get_object(plain.root_ref))
        except Unusual:  # the full reader says what it is
            pass
    return _read(open_reader(pdf).root)


def _read(root: PdfObject) -> LaidOut:
    if not isinstance(root, DictionaryObject):
        raise TrustError(ErrorCode.PDF_MALFORMED, "a file without a catalogue")
    collected = Collected()
    pages: list[LaidPage] = []
    for page in pages_of(root):
        if len(pages) >= MAX_PAGES:
            raise TrustError(ErrorCode.RENDERING_FAILED, "pages of a licence", limit=MAX_PAGES)
        pages.append(_read_page(page, collected))
    return LaidOut(pages=tuple(pages), fonts=collected.laid_fonts(), images=tuple(collected.files))


def _read_page(page: PdfPage, collected: Collected) -> LaidPage:
    if page.turn or page.unit != 1:
        raise unreadable(b"a turned page")
    left, bottom, right, top = page.shown
    k = MM_PER_POINT
    base: Matrix = (k, 0, 0, -k, -left * k, top * k)
    size = ((right - left) * k, (top - bottom) * k)
    dictionary = page.reference.get_object()
    contents = entry(dictionary, "/Contents")
    parts = [contents] if isinstance(contents, StreamObject) else items(contents)
    content = b"\n".join(part.read_data(DecodePurpose.GENERIC) for part in parts if isinstance(part, StreamObject))
    resources = Resources(page.resources, collected)
    state = State(place=base, clip=(0.0, 0.0, *size))
    background: tuple[Item, ...] = ()
    begin = _BACKGROUND.match(content)
    end = _END.search(content, begin.end()) if begin is not None else None
    if begin is not None and end is not None:
        below, content = content[begin.end() : end.start()], content[end.end() :]
        # ornaments are the same on every licence of a type
        plain = _plain(below, base, size, resources.spaces())
        background = tuple(Painter(resources, copy(state)).items(below)) if plain is None else plain
    found = tuple(Painter(resources, copy(state)).items(content))
    return LaidPage(width_mm=size[0], height_mm=size[1], background=background, items=found)


@lru_cache(maxsize=_KEPT)
def _plain(
    content: bytes, base: Matrix, size: tuple[float, float], spaces: tuple[tuple[str, int], ...]
) -> tuple[Item, ...] | None:
    """Return the paths of a content that names nothing but colour spaces, None of any other."""
    if _NOT_PLAIN.search(content):
        return None
    painter = Painter(Resources(None, None, dict(spaces)), State(place=base, clip=(0.0, 0.0, *size)))
    return tuple(painter.items(content))
