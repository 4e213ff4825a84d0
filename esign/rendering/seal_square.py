"""The square name chop (方章, 名章): a frame and two to six characters, in columns that are read from right to left.

张三 → 张三之印, two and two; 欧阳修 → 欧阳修印; with `ending=""` three stand one in the right column and two in the left.

draw_square(SquareDesign(name="张三"))
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from esign.rendering.drawing import UNITS, SealDrawing, drawn, require_between
from esign.rendering.fonts import find_fonts
from esign.rendering.glyph_place import GlyphPlace, filled_glyph
from esign.rendering.seal_layout import square

if TYPE_CHECKING:
    from collections.abc import Iterator

    from esign.rendering.fonts import FontChain
    from esign.rendering.outlines import Contour

MIN_TEXT, MAX_TEXT = 2, 6  # characters on the stone, the ending included
MIN_SIDE_MM, MAX_SIDE_MM = 10.0, 40.0
FRAME: Final = 46.0  # 0.9 mm of 20
MARGIN: Final = 52.0  # between frame and characters
GAP: Final = 40.0  # between characters
BOLDNESS: Final = 9.0  # thin strokes of a page font become the strokes of a carver
ENDINGS: Final = {2: "之印", 3: "印"}  # by the characters of the name: together they fill four places
_KEPT: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class SquareDesign:
    """What a chop shows: `ending` None adds 之印 or 印 where the name leaves room for it, an empty one adds nothing."""

    name: str
    ending: str | None = None
    side_mm: float = 20.0

    def __post_init__(self) -> None:
        """Raise SEAL_DESIGN when the text or the side is out of bounds."""
        require_between("seal.name", len(self.text), MIN_TEXT, MAX_TEXT, "characters")
        require_between("seal.side_mm", self.side_mm, MIN_SIDE_MM, MAX_SIDE_MM, "mm")

    @property
    def text(self) -> str:
        """All that stands on the stone, in the order in which it is read."""
        return self.name + (ENDINGS.get(len(self.name), "") if self.ending is None else self.ending)


def draw_square(design: SquareDesign, fonts: FontChain | None = None) -> SealDrawing:
    """Return the drawing of a chop; equal designs are drawn once. Raise FONT_MISSING or GLYPH_MISSING."""
    return _draw(design, fonts or find_fonts())


@lru_cache(maxsize=_KEPT)
def _draw(design: SquareDesign, fonts: FontChain) -> SealDrawing:
    fonts.require_glyphs(design.text, where="seal.name")
    edge = (UNITS - BOLDNESS) / 2
    contours = [*square(edge, edge - FRAME), *chop_contours(design.text, fonts)]
    side = design.side_mm
    return drawn(contours, title=design.text, width_mm=side, height_mm=side, boldness=BOLDNESS)


def chop_contours(text: str, fonts: FontChain) -> Iterator[Contour]:
    """Yield the characters: the first half of the text in the right column, the longer rest in the left."""
    inner = UNITS - 2 * (FRAME + MARGIN)
    width = (inner - GAP) / 2
    first = len(text) // 2
    for column, part in ((1, text[:first]), (-1, text[first:])):
        height = (inner - GAP * (len(part) - 1)) / len(part)
        for row, character in enumerate(part):
            x = column * (width + GAP) / 2
            y = inner / 2 - height / 2 - row * (height + GAP)
            yield from filled_glyph(character, fonts, GlyphPlace(x=x, y=y, width=width, height=height))
