"""The round seal (公章) as a drawing: ring, five-pointed star, the authority's name on the upper arc.

One path in one colour, made of glyph outlines, so that a signed PDF needs no font for it and the same drawing serves as
PDF operators and as SVG. Sizes and proportions are customary ones and come from the caller or the constants below; the
rules of the place that has the seal made decide, not this module.

    drawing = draw_seal(SealDesign(name="示例市市场监督管理局", lower_line="电子证照专用章"))
    drawing.pdf_operators(); drawing.svg()
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape

from esign.rendering.fonts import find_fonts
from esign.rendering.seal_layout import RING, circle, code_contours, lower_line_contours, name_contours, star
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from esign.rendering.fonts import FontChain
    from esign.rendering.outlines import Contour

POINTS_PER_MM: Final = 72 / 25.4
MIN_NAME, MAX_NAME = 2, 30  # characters that can be told apart on the arc
MAX_LOWER_LINE: Final = 10  # characters across the lower chord
MAX_CODE: Final = 18  # a social credit code on the lower arc
MIN_DIAMETER_MM, MAX_DIAMETER_MM = 30.0, 60.0
UNITS: Final = 1000.0  # a drawing measures this across, whatever its size
BOLDNESS: Final = 2.6  # a line of 0.1 mm around every stroke: thin strokes survive printing and copying
RED: Final = (0.84, 0.04, 0.07)  # seal red in sRGB
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
        """Raise LICENCE_DATA when a text or the diameter is out of bounds."""
        _bound("seal.name", len(self.name), MIN_NAME, MAX_NAME)
        _bound("seal.lower_line", len(self.lower_line), 0, MAX_LOWER_LINE)
        _bound("seal.code", len(self.code), 0, MAX_CODE)
        if not MIN_DIAMETER_MM <= self.diameter_mm <= MAX_DIAMETER_MM:
            raise TrustError(ErrorCode.LICENCE_DATA, "a seal measures 30 to 60 mm", field="seal.diameter_mm")


@dataclass(frozen=True, slots=True, kw_only=True)
class SealDrawing:
    """A drawn seal: `side` of its square box in points; contours in thousandths of the side around its centre."""

    side: float
    title: str
    contours: tuple[Contour, ...] = field(repr=False)
    operators: bytes = field(repr=False)

    @property
    def box(self) -> tuple[float, float, float, float]:
        """The bounding box (0 0 side side) in points."""
        return 0.0, 0.0, self.side, self.side

    def pdf_operators(self) -> bytes:
        """Return the content stream of a form XObject with `box` as its BBox (ISO 32000-1 8.5, 8.10).

        The colour is DeviceRGB: a PDF/A needs an RGB output intent for it, which our licence pages have.
        """
        return self.operators

    def svg(self) -> str:
        """Return the same drawing as an SVG document of its true size."""
        millimetres = f"{self.side / POINTS_PER_MM:g}mm"
        half = f"{UNITS / 2:g}"
        path = "".join(_svg_contour(contour) for contour in self.contours)
        red = "#" + "".join(f"{round(value * 255):02x}" for value in RED)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{millimetres}" height="{millimetres}"'
            f' viewBox="-{half} -{half} {UNITS:g} {UNITS:g}"><title>{escape(self.title)}</title>'
            f'<path fill="{red}" stroke="{red}" stroke-width="{BOLDNESS:g}" stroke-linejoin="round" d="{path}"/></svg>\n'
        )


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
    side = design.diameter_mm * POINTS_PER_MM
    return SealDrawing(side=side, title=design.name, contours=tuple(contours), operators=_pdf_operators(side, contours))


def _bound(field: str, length: int, least: int, most: int) -> None:
    if not least <= length <= most:
        raise TrustError(ErrorCode.LICENCE_DATA, f"{least} to {most} characters", field=field, characters=length)


def _pdf_operators(side: float, contours: list[Contour]) -> bytes:
    red = " ".join(f"{value:g}" for value in RED)
    scale, centre = side / UNITS, side / 2
    lines = ["q", f"{scale:.6f} 0 0 {scale:.6f} {centre:.4f} {centre:.4f} cm"]
    lines += [f"{red} rg", f"{red} RG", f"{BOLDNESS:g} w 1 j"]
    lines += [_pdf_contour(contour) for contour in contours]
    return "\n".join([*lines, "B", "Q", ""]).encode("ascii")


def _pdf_contour(contour: Contour) -> str:
    x, y = contour.start
    parts = [f"{x:.1f} {y:.1f} m"]
    for segment in contour.segments:
        points = " ".join([f"{x:.1f} {y:.1f}" for x, y in segment])  # a tenth of a unit is 4 µm on a 42 mm seal
        parts.append(f"{points} {'l' if len(segment) == 1 else 'c'}")
    return "\n".join([*parts, "h"])


def _svg_contour(contour: Contour) -> str:
    x, y = contour.start
    parts = [f"M{x:.1f} {-y:.1f}"]
    for segment in contour.segments:
        points = " ".join([f"{x:.1f} {-y:.1f}" for x, y in segment])  # SVG measures downwards
        parts.append(f"{'L' if len(segment) == 1 else 'C'}{points}")
    return "".join([*parts, "Z"])
