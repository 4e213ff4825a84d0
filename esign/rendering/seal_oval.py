"""The oval seal (椭圆章), as for invoices and offices: ring, the name on the upper arc, a code or words across, a line below.

The name stands at even distances along the arc, each character upright on it. Units are thousandths of the longer axis around
the centre, y upwards.

    draw_oval(OvalDesign(name="示例科技有限公司", code="91990100MA7TRYQ01H", lower_line="发票专用章"))
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import atan2, cos, hypot, pi, sin, sqrt
from typing import TYPE_CHECKING, Final

from esign.rendering.drawing import BOLDNESS, UNITS, SealDrawing, drawn, require_between
from esign.rendering.fonts import find_fonts
from esign.rendering.glyph_place import GlyphPlace, figure, placed_glyph
from esign.rendering.seal_layout import ring

if TYPE_CHECKING:
    from collections.abc import Iterator

    from esign.rendering.fonts import FontChain
    from esign.rendering.outlines import Contour

MIN_NAME, MAX_NAME = 2, 40
MAX_CODE: Final = 20  # a taxpayer's code has 15 to 20 characters
MAX_LOWER_LINE: Final = 10
MIN_WIDTH_MM, MAX_WIDTH_MM = 25.0, 60.0
MIN_RATIO, MAX_RATIO = 0.6, 0.9  # of the shorter axis to the longer
RING: Final = 25.0  # 1 mm of 40
GAP: Final = 26.0  # between ring and name
HEIGHT: Final = 100.0
SMALLEST_HEIGHT: Final = 70.0
LONG_NAME: Final = 16  # from here on the characters grow lower, evenly to the smallest at `MAX_NAME`
PITCH: Final = 1.45  # of the height, between the characters of a short name, at most
REACH: Final = 0.58  # how much of its half of the arc a name may take, from the top
LONG_REACH: Final = 0.64
FILLING: Final = 0.80  # of the pitch by a character: its feet come closer where the arc bends
LONG_FILLING: Final = 0.70
WIDEST: Final = 0.80  # width of a character over its height
CODE_HEIGHT: Final = 84.0
CODE_PITCH: Final = 44.0
LINE_HEIGHT: Final = 92.0
LINE_CENTRE: Final = 0.56  # of half the shorter axis, below the centre
CLEARANCE: Final = 34.0  # between the name and what stands across
_STEPS: Final = 2048  # of half the arc's length: 0.02 mm each on a 40 mm seal
_KEPT: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class OvalDesign:
    """What an oval seal shows: `code` (or short words) across the middle and `lower_line` may be empty."""

    name: str
    code: str = ""
    lower_line: str = ""
    width_mm: float = 40.0
    height_mm: float = 30.0

    def __post_init__(self) -> None:
        """Raise SEAL_DESIGN when a text or an axis is out of bounds."""
        require_between("seal.name", len(self.name), MIN_NAME, MAX_NAME, "characters")
        require_between("seal.code", len(self.code), 0, MAX_CODE, "characters")
        require_between("seal.lower_line", len(self.lower_line), 0, MAX_LOWER_LINE, "characters")
        require_between("seal.width_mm", self.width_mm, MIN_WIDTH_MM, MAX_WIDTH_MM, "mm")
        ratio = MIN_RATIO * self.width_mm, MAX_RATIO * self.width_mm
        require_between("seal.height_mm", self.height_mm, *ratio, "mm")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Arc:
    """The upper half of an ellipse measured from its top: `lengths[k]` is the way to the angle k·π/`_STEPS`."""

    across: float
    up: float
    lengths: tuple[float, ...]

    @classmethod
    def of(cls, across: float, up: float) -> _Arc:
        points = [(across * sin(pi * k / _STEPS), up * cos(pi * k / _STEPS)) for k in range(_STEPS + 1)]
        lengths, way = [0.0], 0.0
        for (x, y), (u, v) in pairwise(points):
            way += hypot(u - x, v - y)
            lengths.append(way)
        return cls(across=across, up=up, lengths=tuple(lengths))

    @property
    def half(self) -> float:
        """The way from the top down one side to the foot."""
        return self.lengths[-1]

    def at(self, way: float) -> tuple[float, float, float]:
        """Return the point that lies so far along the arc, clockwise from the top, and the turn of what stands there."""
        after = min(max(1, bisect_left(self.lengths, abs(way))), _STEPS)
        before = self.lengths[after - 1]
        angle = pi / _STEPS * (after - 1 + (abs(way) - before) / (self.lengths[after] - before))
        side = 1.0 if way >= 0 else -1.0
        x, y = side * self.across * sin(angle), self.up * cos(angle)
        return x, y, -atan2(x / self.across**2, y / self.up**2)


def draw_oval(design: OvalDesign, fonts: FontChain | None = None) -> SealDrawing:
    """Return the drawing of an oval seal; equal designs are drawn once. Raise FONT_MISSING or GLYPH_MISSING."""
    return _draw(design, fonts or find_fonts())


@lru_cache(maxsize=_KEPT)
def _draw(design: OvalDesign, fonts: FontChain) -> SealDrawing:
    fonts.require_glyphs(design.name, where="seal.name")
    fonts.require_glyphs(design.code, where="seal.code")
    fonts.require_glyphs(design.lower_line, where="seal.lower_line")
    ratio = design.height_mm / design.width_mm
    across, up = (UNITS - BOLDNESS) / 2, (UNITS * ratio - BOLDNESS) / 2
    contours = [*ring((across, up), (across - RING, up - RING)), *oval_name(design.name, fonts, ratio=ratio)]
    contours += _line(design.code, fonts, centre=0.0, half=across - RING - GAP - _height(design.name) - CLEARANCE)
    y = -LINE_CENTRE * up
    edge = y - LINE_HEIGHT / 2
    half = (across - RING - GAP) * sqrt(1 - (edge / (up - RING - GAP / 2)) ** 2)
    contours += _line(design.lower_line, fonts, centre=y, half=half)
    return drawn(contours, title=design.name, width_mm=design.width_mm, height_mm=design.height_mm)


def oval_name(name: str, fonts: FontChain, *, ratio: float) -> Iterator[Contour]:
    """Yield the name along the upper arc, from left to right, at even distances along the middle of its characters."""
    height = _height(name)
    inset = RING + GAP + height / 2
    arc = _Arc.of(UNITS / 2 - inset, UNITS * ratio / 2 - inset)
    long = max(0, len(name) - LONG_NAME) / (MAX_NAME - LONG_NAME)
    reach = REACH + long * (LONG_REACH - REACH)
    pitch = min(PITCH * height, 2 * reach * arc.half / len(name))
    width = min(WIDEST * height, (FILLING + long * (LONG_FILLING - FILLING)) * pitch)
    for index, character in enumerate(name):
        x, y, turn = arc.at((index - (len(name) - 1) / 2) * pitch)
        yield from placed_glyph(character, fonts, GlyphPlace(x=x, y=y, turn=turn, width=width, height=height))


def _height(name: str) -> float:
    long = max(0, len(name) - LONG_NAME) / (MAX_NAME - LONG_NAME)
    return HEIGHT - long * (HEIGHT - SMALLEST_HEIGHT)


def _line(text: str, fonts: FontChain, *, centre: float, half: float) -> Iterator[Contour]:
    """Yield a straight line of text; figures and letters stand closer than Chinese characters."""
    if not text:
        return
    code = text.isascii()
    pitch = min(CODE_PITCH if code else LINE_HEIGHT * 0.92, 2 * half / len(text))
    draw, filling, height = (figure, 1.0, CODE_HEIGHT) if code else (placed_glyph, 0.96, LINE_HEIGHT)
    for index, character in enumerate(text):
        x = (index - (len(text) - 1) / 2) * pitch
        yield from draw(character, fonts, GlyphPlace(x=x, y=centre, width=pitch * filling, height=height))
