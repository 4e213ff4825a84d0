"""The round seal (公章) as a drawing: ring, five-pointed star, the authority's name on the upper arc.

Sizes and proportions are customary ones and come from the caller or the constants below; the rules of the place that has
the seal made decide, not this module.

    drawing = draw_seal(SealDesign(name="示例市市场监督管理局", lower_line="电子证照专用章"))
    drawing.pdf_operators(); drawing.svg()
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from esign.rendering.drawing import BOLDNESS, UNITS, SealDrawing, drawn, require_between
from esign.rendering.fonts import find_fonts
from esign.rendering.seal_layout import RING, circle, code_contours, lower_line_contours, name_contours, star

if TYPE_CHECKING:
    from esign.rendering.fonts import FontChain

MIN_NAME, MAX_NAME = 2, 40  # characters that can be told apart on the arc
MAX_LOWER_LINE: Final = 10  # characters across the lower chord
MAX_CODE: Final = 18  # a social credit code on the lower arc
MIN_DIAMETER_MM, MAX_DIAMETER_MM = 30.0, 60.0
_KEPT: Final = 64  # drawings of about 100 kB each; a home has a handful of seals


@dataclass(frozen=True, slots=True, kw_only=True)
class SealDesign:
    """What a seal shows; lengths in characters are bounded by the constants of this module.

    Attributes: `name` of the authority; `lower_line` such as 电子证照专用章, or empty; `code` on the lower arc, or empty;
    `diameter_mm` over the ring.
    """

    name: str
    lower_line: str = ""
    code: str = ""
    diameter_mm: float = 42.0

    def __post_init__(self) -> None:
        """Raise SEAL_DESIGN when a text or the diameter is out of bounds."""
        require_between("seal.name", len(self.name), MIN_NAME, MAX_NAME, "characters")
        require_between("seal.lower_line", len(self.lower_line), 0, MAX_LOWER_LINE, "characters")
        require_between("seal.code", len(self.code), 0, MAX_CODE, "characters")
        require_between("seal.diameter_mm", self.diameter_mm, MIN_DIAMETER_MM, MAX_DIAMETER_MM, "mm")


def draw_seal(design: SealDesign, fonts: FontChain | None = None) -> SealDrawing:
    """Return the drawing of a seal; equal designs are drawn once.

    Raises:
        TrustError: FONT_MISSING; GLYPH_MISSING, naming the character, before anything is drawn.
    """
    return _draw(design, fonts or find_fonts())


@lru_cache(maxsize=_KEPT)
def _draw(design: SealDesign, fonts: FontChain) -> SealDrawing:
    fonts.require_glyphs(design.name, where="seal.name")
    fonts.require_glyphs(design.lower_line, where="seal.lower_line")
    fonts.require_glyphs(design.code, where="seal.code")
    edge = (UNITS - BOLDNESS) / 2
    contours = [*circle(edge, edge - RING), *star(), *name_contours(design.name, fonts, crowded=bool(design.code))]
    contours += lower_line_contours(design.lower_line, design.name, fonts, raised=bool(design.code))
    contours += code_contours(design.code, fonts)
    return drawn(contours, title=design.name, width_mm=design.diameter_mm, height_mm=design.diameter_mm)
