"""The square name chop (方章, 名章): two to six characters, in columns that are read from right to left.

张三 → 张三之印, two and two; 欧阳修 → 欧阳修印; with `ending=""` three stand one in the right column and two in the left.
Cut in relief (朱文, yang) the characters are red in a frame; cut into the stone (白文, yin) they are what stays without ink, and
whatever is on the paper shows through them.

draw_square(SquareDesign(name="张三"))
draw_square(SquareDesign(name="张三", style=ChopStyle.YIN))
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from esign.rendering.chop_style import ChopStyle
from esign.rendering.drawing import UNITS, SealDrawing, drawn, require_between
from esign.rendering.fonts import FontRole, find_fonts
from esign.rendering.glyph_place import GlyphPlace, filled_glyph
from esign.rendering.outlines import is_anticlockwise, outline_of, reversed_contour
from esign.rendering.seal_layout import rectangle, square
from trustkit.errors import ErrorCode, TrustError

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
RIM: Final = 46.0  # of ink around the characters that are cut in: as wide as the frame
YIN_GAP: Final = 46.0
_WHOLE: Final = frozenset({FontRole.SERIF, FontRole.SANS})  # their strokes never cross, so that each is one hole
_KEPT: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class SquareDesign:
    """What a chop shows: `ending` None adds 之印 or 印 where the name leaves room for it, an empty one adds nothing."""

    name: str
    ending: str | None = None
    side_mm: float = 20.0
    style: ChopStyle = ChopStyle.YANG

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
    side = design.side_mm
    if design.style is ChopStyle.YIN:
        contours = [rectangle(-UNITS / 2, -UNITS / 2, UNITS / 2, UNITS / 2), *_holes(design.text, fonts)]
        return drawn(contours, title=design.text, width_mm=side, height_mm=side, boldness=0.0)
    edge = (UNITS - BOLDNESS) / 2
    contours = [*square(edge, edge - FRAME)]
    for character, place in chop_places(design.text, UNITS - 2 * (FRAME + MARGIN), GAP):
        contours += filled_glyph(character, fonts, place)
    return drawn(contours, title=design.text, width_mm=side, height_mm=side, boldness=BOLDNESS)


def chop_places(text: str, inner: float, gap: float) -> Iterator[tuple[str, GlyphPlace]]:
    """Yield where the characters stand: the first half of the text in the right column, the longer rest in the left."""
    width = (inner - gap) / 2
    first = len(text) // 2
    for column, part in ((1, text[:first]), (-1, text[first:])):
        height = (inner - gap * (len(part) - 1)) / len(part)
        for row, character in enumerate(part):
            x = column * (width + gap) / 2
            y = inner / 2 - height / 2 - row * (height + gap)
            yield character, GlyphPlace(x=x, y=y, width=width, height=height)


def _holes(text: str, fonts: FontChain) -> Iterator[Contour]:
    """Yield the characters as holes of a ground that runs anticlockwise: each runs the other way, what it encloses as the ground.

    The strokes are those of the sans serif font, which are even. Raise GLYPH_MISSING for a character of other fonts: where
    their strokes cross, a hole counted twice would be ink again.
    """
    for character, place in chop_places(text, UNITS - 2 * RIM, YIN_GAP):
        face = fonts.face_for(character, FontRole.SANS)
        if face.role not in _WHOLE:
            told = f"U+{ord(character):04X} is cut in relief only: its font is {face.family}"
            raise TrustError(ErrorCode.GLYPH_MISSING, told, where="seal.name")
        turned = is_anticlockwise(outline_of(face, character))
        for contour in filled_glyph(character, fonts, place, FontRole.SANS):
            yield reversed_contour(contour) if turned else contour
