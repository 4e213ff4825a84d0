"""A page as it was laid out: glyphs, paths and pictures where they stand, in millimetres from the upper left corner, y downwards.

What `esign.ofd.typeset` reads out of typst's pages and `esign.ofd.page_content` writes as OFD objects (GB/T 33190 clauses 8 to 11).
Matrices are (a, b, c, d, e, f): x' = ax + cy + e, y' = bx + dy + f. A box is (left, top, right, bottom).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

Box: TypeAlias = tuple[float, float, float, float]
Matrix: TypeAlias = tuple[float, float, float, float, float, float]
Colour: TypeAlias = tuple[int, int, int]  # red, green, blue, 0 to 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """How a line is drawn; `width_mm`, `dashes` and `dash_start` in millimetres, `cap` and `join` as in PDF (0 to 2)."""

    width_mm: float
    cap: int = 0
    join: int = 0
    miter_limit: float = 10.0
    dashes: tuple[float, ...] = ()
    dash_start: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Paint:
    """What something is drawn with: None leaves the fill or the line out. Alphas go from 0 to 255, which hides what is below."""

    fill: Colour | None = None
    stroke: Colour | None = None
    line: Line | None = None
    alpha: int = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class GlyphRun:
    """A piece of a line of text: a glyph for each character of `text`.

    Attributes:
        font: the place of its font in `LaidOut.fonts`.
        size_mm: of the font.
        origin: where the base line of the first glyph begins.
        turn: (a, b, c, d) of what is done to the glyphs beside sizing them; None for upright text.
        steps: from each glyph to the next along the base line, before `turn`; one fewer than glyphs.
        advance: of the last glyph.
        clip: all that is seen.
    """

    font: int
    size_mm: float
    text: str = field(repr=False)
    glyphs: tuple[int, ...]
    origin: tuple[float, float]
    turn: tuple[float, float, float, float] | None
    steps: tuple[float, ...]
    advance: float
    clip: Box
    paint: Paint


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A path: `data` in the words of OFD (M L B C, 9.1), in its own units, which `matrix` takes to the page; `clip` is all that is seen."""

    data: str = field(repr=False)
    matrix: Matrix | None
    even_odd: bool = False
    clip: Box
    paint: Paint


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedImage:
    """A picture: `matrix` takes the unit square, whose y goes down, to the page."""

    image: int
    matrix: Matrix
    clip: Box
    alpha: int = 255


Item: TypeAlias = GlyphRun | Shape | PlacedImage


class Background(tuple["Item", ...]):  # noqa: SLOT001 - what is no tuple's own is kept beside it
    """What lies under a page. Its hash is worked out once: ornaments are paths of a hundred thousand characters."""

    _hash: int | None = None

    def __hash__(self) -> int:
        if self._hash is None:
            self._hash = super().__hash__()
        return self._hash


@dataclass(frozen=True, slots=True, kw_only=True)
class LaidFont:
    """An embedded subset: `octets` is an sfnt file (TrueType or OpenType) whose glyph numbers the runs name; `shared` by many documents."""

    name: str
    octets: bytes = field(repr=False)
    suffix: str
    shared: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LaidImage:
    """A picture's file, PNG or JPEG."""

    octets: bytes = field(repr=False)
    suffix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LaidPage:
    """One page; `background` lies under the rest and is the same on every page that shows it."""

    width_mm: float
    height_mm: float
    background: Background
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LaidOut:
    """A document."""

    pages: tuple[LaidPage, ...]
    fonts: tuple[LaidFont, ...]
    images: tuple[LaidImage, ...]
