"""The signature of a person as a block: the name as by hand, or a picture of their handwriting, over a few plain lines.

The name is drawn in a script face where one is installed (Debian's fonts-lxgw-wenkai), else in the face of pages.

    draw_signature(SignatureDesign(name="张三", lines=("原因：同意", "日期：2026-11-25")))
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from esign.rendering.drawing import INK, UNITS, PlacedPicture, SealDrawing, drawn, require_between
from esign.rendering.fonts import FontRole, find_fonts
from esign.rendering.glyph_place import GlyphPlace, placed_glyph
from esign.rendering.outlines import outline_of
from esign.rendering.seal_layout import rectangle
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from esign.rendering.fonts import FontChain
    from esign.rendering.handwriting import Handwriting
    from esign.rendering.outlines import Contour

MAX_NAME: Final = 40
MAX_LINES: Final = 4
MAX_LINE: Final = 80  # characters
MIN_WIDTH_MM, MAX_WIDTH_MM = 30.0, 120.0
MIN_HEIGHT_MM, MAX_HEIGHT_MM = 10.0, 60.0
LOWEST_NAME: Final = 0.27  # of its height a name shrinks to, at most, to fit the width: 40 characters of 60 mm fit
LOWEST_LINE: Final = 0.5
NARROWEST: Final = 0.55  # of their natural width they narrow to after that; then the text is too long
UPPER_SHARE: Final = 0.56  # of the height for the name when lines follow
MARGIN: Final = 20.0
RULE: Final = 3.0
LEADING: Final = 1.3  # from line to line, over the height of a character
LARGEST_LINE_MM: Final = 3.4  # plain lines do not shout
BOLDNESS: Final = 1.4
_KEPT: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureDesign:
    """What a block shows; `lines` come as they shall be read, labels included, in the signer's language."""

    name: str
    lines: tuple[str, ...] = ()
    handwriting: Handwriting | None = field(default=None, repr=False)
    width_mm: float = 60.0
    height_mm: float = 24.0

    def __post_init__(self) -> None:
        """Raise SEAL_DESIGN when a text, their number or a side is out of bounds."""
        require_between("seal.name", len(self.name), 1, MAX_NAME, "characters")
        require_between("seal.lines", len(self.lines), 0, MAX_LINES, "lines")
        for line in self.lines:
            require_between("seal.lines", len(line), 1, MAX_LINE, "characters")
        require_between("seal.width_mm", self.width_mm, MIN_WIDTH_MM, MAX_WIDTH_MM, "mm")
        require_between("seal.height_mm", self.height_mm, MIN_HEIGHT_MM, MAX_HEIGHT_MM, "mm")


def draw_signature(design: SignatureDesign, fonts: FontChain | None = None) -> SealDrawing:
    """Return the drawing of a block; equal designs are drawn once.

    Raises:
        TrustError: FONT_MISSING; GLYPH_MISSING; SEAL_DESIGN for a text that does not fit the width.
    """
    return _draw(design, fonts or find_fonts())


@lru_cache(maxsize=_KEPT)
def _draw(design: SignatureDesign, fonts: FontChain) -> SealDrawing:
    fonts.require_glyphs(design.name, where="seal.name")
    fonts.require_glyphs("".join(design.lines), where="seal.lines")
    tall = UNITS * design.height_mm / design.width_mm
    upper = tall * UPPER_SHARE if design.lines else tall
    centre = tall / 2 - upper / 2
    contours: list[Contour] = []
    picture = None
    if design.handwriting is None:
        height = (upper - 2 * MARGIN) / 1.15
        contours += _text(design.name, fonts, y=centre, height=height, where="seal.name", first=FontRole.SCRIPT)
    else:
        picture = PlacedPicture(handwriting=design.handwriting, box=_fitted(design.handwriting, centre, upper))
    if design.lines:
        contours += _lines(design, fonts, top=tall / 2 - upper, bottom=MARGIN / 2 - tall / 2)
    return drawn(
        contours,
        title=design.name,
        width_mm=design.width_mm,
        height_mm=design.height_mm,
        colour=INK,
        boldness=BOLDNESS,
        picture=picture,
    )


def _lines(design: SignatureDesign, fonts: FontChain, *, top: float, bottom: float) -> Iterator[Contour]:
    """Yield a rule and the lines under it, from `top` down to `bottom`."""
    half = UNITS / 2 - MARGIN
    yield rectangle(-half, top - RULE / 2, half, top + RULE / 2)
    largest = LARGEST_LINE_MM / design.width_mm * UNITS
    height = min(largest, (top - bottom) / (len(design.lines) * LEADING))
    for index, line in enumerate(design.lines):
        y = top - MARGIN / 2 - height * LEADING * (index + 0.5)
        yield from _text(line, fonts, y=y, height=height, where="seal.lines", first=FontRole.SANS)


def _text(text: str, fonts: FontChain, *, y: float, height: float, where: str, first: FontRole) -> Iterator[Contour]:
    """Yield a line of text from the left margin; where it would not fit its characters shrink, then narrow, all alike."""
    outlines = [outline_of(fonts.face_for(character, first), character) for character in text]
    ems = [outline.advance / outline.units for outline in outlines]
    room = UNITS - 2 * MARGIN
    lowest = LOWEST_NAME if first is FontRole.SCRIPT else LOWEST_LINE
    height = max(height * lowest, min(height, room / sum(ems)))
    advances = [em * height for em in ems]
    narrowing = min(1.0, room / sum(advances))
    if narrowing < NARROWEST:
        raise TrustError(ErrorCode.SEAL_DESIGN, "the text is too long for the width", field=where, characters=len(text))
    pen = MARGIN - UNITS / 2
    for character, advance in zip(text, advances, strict=True):
        place = GlyphPlace(x=pen + advance * narrowing / 2, y=y, width=height * narrowing, height=height)
        pen += advance * narrowing
        yield from placed_glyph(character, fonts, place, first)


def _fitted(handwriting: Handwriting, centre: float, height: float) -> tuple[float, float, float, float]:
    """Return the box of a picture that keeps its shape: at the left, around `centre`."""
    scale = min((UNITS - 2 * MARGIN) / handwriting.width, (height - MARGIN) / handwriting.height)
    left, half = MARGIN - UNITS / 2, handwriting.height * scale / 2
    return left, centre - half, left + handwriting.width * scale, centre + half
