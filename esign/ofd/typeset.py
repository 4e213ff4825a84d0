"""The pages typst laid out, read back from the PDF it made of them: so an OFD shows the same page, glyph for glyph.

    laid = read_typeset(render_licence(page))
    typeset = lay_out_licence(page); laid = read_typeset(typeset.pdf, typeset.ground, typeset.code, typeset.drawn)

The PDF is our own, fresh from the compiler, and this reader knows what typst writes for our templates: upright clips, plain colours,
embedded subsets, pictures without masks of colours. All else (gradients, patterns, clips of other shapes, soft groups) is refused by
name, for a page is right or there is none.
"""

# pyHanko ships its types with gaps:
# mypy: untyped-calls-exclude="pyhanko"

from __future__ import annotations

import re
from collections import deque
from copy import copy
from dataclasses import replace
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from pyhanko.pdf_utils.decode_limits import DecodePurpose
from pyhanko.pdf_utils.generic import DictionaryObject, StreamObject

from esign.ofd.content_scan import PathData, unreadable
from esign.ofd.layout import Background, LaidOut, LaidPage, Matrix, Shape
from esign.ofd.typeset_painter import Painter
from esign.ofd.typeset_resources import Collected, Resources
from esign.ofd.typeset_state import State
from esign.pdf.fast import open_plain
from esign.pdf.pages import pages_of
from esign.pdf.quick_objects import Unusual
from esign.pdf.reader import entry, items, open_reader
from esign.rendering.licence_page import MAX_GROUNDS
from esign.rendering.qr import STAND_IN
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyhanko.pdf_utils.generic import PdfObject

    from esign.ofd.layout import Item
    from esign.pdf.pages import PdfPage
    from esign.rendering.measuring import MeasuredFont
    from esign.rendering.qr import Box, QrCode

MM_PER_POINT: Final = 25.4 / 72
MAX_PAGES: Final = 64  # of a licence
_BACKGROUND: Final = re.compile(rb"\s*/Artifact<<[^>]*/Background\s*>>BDC")
_END: Final = re.compile(rb"EMC(?![A-Za-z])")
_WHOLE: Final = re.compile(rb"q (?P<box>[^a-zA-Z]+m\b[^a-zA-Z]+l\b[^a-zA-Z]+l\b[^a-zA-Z]+l\s+h)\s+W\s+n\s")
_SAVED: Final = re.compile(rb"(?<!\S)[qQ](?!\S)")
_NOT_PLAIN: Final = re.compile(rb"(?<![A-Za-z])(?:BT|Do|gs|BDC)(?![A-Za-z])")
_NOTHING: Final = LaidOut(pages=(), fonts=(), images=())
_AS_THEY_ARE: Final[Mapping[str, MeasuredFont]] = MappingProxyType({})
_BOXES: Final = 16_384  # kept as paths: codes have the same ones, most of a module or two
_NEAR: Final = 0.01  # of a millimetre
_KEPT: Final = 16  # backgrounds of whole pages: one for each type of licence
_UNDER: Final[deque[tuple[bytes, tuple[Matrix, tuple[float, float]]]]] = deque(maxlen=_KEPT)  # as they begin contents


def read_typeset(
    pdf: bytes,
    ground: bytes | None = None,
    code: QrCode | None = None,
    drawn: Mapping[str, MeasuredFont] = _AS_THEY_ARE,
) -> LaidOut:
    """Return the pages of a PDF that typst made of one of our templates; `ground` is a PDF of what lies under them, page by page.

    Where boxes stand in for a QR code on the pages over a ground, those of `code` come in their place; the outlines of `drawn` come
    in place of those of the measuring fonts they are named by.

    Raises:
        TrustError: RENDERING_FAILED for what has no place in our OFD pages, PDF_* when the octets are no PDF.
    """
    if ground is None:
        return _laid_out(pdf, _NOTHING, drawn, whole=True)
    below = _ground(ground)
    own = _laid_out(pdf, below, drawn, whole=False)
    if [(page.width_mm, page.height_mm) for page in own.pages] != [
        (page.width_mm, page.height_mm) for page in below.pages
    ]:
        raise unreadable(b"pages unlike their ground")
    return LaidOut(
        pages=tuple(
            replace(page, background=under.background, items=_with_code(page.items, code))
            for page, under in zip(own.pages, below.pages, strict=True)
        ),
        fonts=(*below.fonts, *own.fonts),
        images=(*below.images, *own.images),
    )


def _with_code(items: tuple[Item, ...], code: QrCode | None) -> tuple[Item, ...]:
    """Return the items of a page with a QR code wherever boxes stand in for it."""
    if code is None:
        return items
    stands = _boxes(STAND_IN)
    return tuple(
        replace(item, data=_boxes(code.boxes)) if isinstance(item, Shape) and item.data == stands else item
        for item in items
    )


def _boxes(boxes: tuple[Box, ...]) -> str:
    """Return boxes as one path, as it is read from typst's page."""
    return " ".join(map(_box, boxes))


@lru_cache(maxsize=_BOXES)
def _box(box: Box) -> str:
    x, y, right, end = box
    return f"M {x} {y} L {right} {y} L {right} {end} L {x} {end} C"


@lru_cache(maxsize=MAX_GROUNDS)
def _ground(pdf: bytes) -> LaidOut:
    """Return the pages of a ground, all of them background. It is the same on every licence of a type."""
    laid = _laid_out(pdf, _NOTHING, _AS_THEY_ARE, whole=False)
    pages = (replace(page, background=Background(page.items), items=()) for page in laid.pages)
    return replace(laid, pages=tuple(pages), fonts=tuple(replace(font, shared=True) for font in laid.fonts))


def _laid_out(pdf: bytes, below: LaidOut, drawn: Mapping[str, MeasuredFont], *, whole: bool) -> LaidOut:
    """Return the pages of a PDF, their fonts and pictures counted from behind those of what lies below."""

    def nothing_yet() -> Collected:
        return Collected(fonts_below=len(below.fonts), images_below=len(below.images), drawn=drawn)

    plain = open_plain(pdf)
    if plain is not None:
        try:
            return _read(plain.get_object(plain.root_ref), nothing_yet(), whole=whole)
        except Unusual:  # the full reader says what it is
            pass
        finally:
            plain.let_go()
    return _read(open_reader(pdf).root, nothing_yet(), whole=whole)


def _read(root: PdfObject, collected: Collected, *, whole: bool) -> LaidOut:
    if not isinstance(root, DictionaryObject):
        raise TrustError(ErrorCode.PDF_MALFORMED, "a file without a catalogue")
    pages: list[LaidPage] = []
    for page in pages_of(root):
        if len(pages) >= MAX_PAGES:
            raise TrustError(ErrorCode.RENDERING_FAILED, "pages of a licence", limit=MAX_PAGES)
        pages.append(_read_page(page, collected, whole=whole))
    return LaidOut(pages=tuple(pages), fonts=collected.laid_fonts(), images=tuple(collected.files))


def _read_page(page: PdfPage, collected: Collected, *, whole: bool) -> LaidPage:
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
    background = Background()
    below, content = _parted(content, base, size) if whole else (b"", content)
    if below:
        # ornaments are the same on every licence of a type
        plain = _plain(below, base, size, resources.spaces())
        background = Background(Painter(resources, copy(state)).items(below)) if plain is None else plain
    found = tuple(Painter(resources, copy(state)).items(content))
    return LaidPage(width_mm=size[0], height_mm=size[1], background=background, items=found)


def _parted(content: bytes, base: Matrix, size: tuple[float, float]) -> tuple[bytes, bytes]:
    """Return what lies under a page, empty for nothing, and the rest: as tags tell, else what fills the page and is no text."""
    begin = _BACKGROUND.match(content)
    end = _END.search(content, begin.end()) if begin is not None else None
    if begin is not None and end is not None:
        return content[begin.end() : end.start()], content[end.end() :]
    for known, whole in tuple(_UNDER):  # another thread may add to it meanwhile
        if whole == (base, size) and content.startswith(known):
            return known, content[len(known) :]
    window = _WHOLE.match(content)
    box = None if window is None else PathData.read(window["box"] + b"\n").rectangle(base)
    if box is None or any(abs(one - other) > _NEAR for one, other in zip(box, (0.0, 0.0, *size), strict=True)):
        return b"", content
    depth = 0
    for each in _SAVED.finditer(content):
        depth += 1 if each[0] == b"q" else -1
        if not depth:
            below = content[: each.end()]
            if _NOT_PLAIN.search(below):
                break
            _UNDER.append((below, (base, size)))
            return below, content[each.end() :]
    return b"", content


@lru_cache(maxsize=_KEPT)
def _plain(
    content: bytes, base: Matrix, size: tuple[float, float], spaces: tuple[tuple[str, int], ...]
) -> Background | None:
    """Return the paths of a content that names nothing but colour spaces, None of any other."""
    if _NOT_PLAIN.search(content):
        return None
    painter = Painter(Resources(None, None, dict(spaces)), State(place=base, clip=(0.0, 0.0, *size)))
    return Background(painter.items(content))
