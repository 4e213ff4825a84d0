"""Outlines of glyphs as paths of lines and cubic curves, from CFF and TrueType fonts alike.

    outline = outline_of(chain.face_for("局"), "局")    # in font units, y upwards

The font is opened once per process (0.3 s for a CJK font) and each outline is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from mmap import ACCESS_READ, mmap
from threading import Lock
from typing import TYPE_CHECKING, Final, TypeAlias

from fontTools.pens.basePen import BasePen
from fontTools.ttLib import TTFont, TTLibError

from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from esign.rendering.fonts import FontFace

Point: TypeAlias = tuple[float, float]
Segment: TypeAlias = tuple[Point, ...]  # one point: line to it; three: a cubic curve; see Contour

MAX_OUTLINES: Final = 4096  # about 2 kB each; seals use few characters
MAX_FONTS: Final = 16  # more than are known: a font once opened stays open
_READING = Lock()  # fontTools seeks in one open file: two threads must not read at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Contour:
    """A closed contour: where it starts, then its lines (one point each) and curves (three points each)."""

    start: Point
    segments: tuple[Segment, ...]

    def points(self) -> Iterable[Point]:
        """Yield every point, control points included: their box encloses the contour."""
        yield self.start
        for segment in self.segments:
            yield from segment

    def placed(self, matrix: tuple[float, float, float, float, float, float]) -> Contour:
        """Return the contour moved by the matrix (a b c d e f) of PDF: x' = ax + cy + e, y' = bx + dy + f."""
        a, b, c, d, e, f = matrix

        def move(point: Point) -> Point:
            x, y = point
            return a * x + c * y + e, b * x + d * y + f

        segments = tuple(tuple(move(point) for point in segment) for segment in self.segments)
        return Contour(start=move(self.start), segments=segments)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """A glyph: contours in font units, the advance width, the units of an em, and the box of the ink."""

    contours: tuple[Contour, ...]
    advance: float
    units: int
    box: tuple[float, float, float, float]


def outline_of(face: FontFace, character: str) -> Outline:
    """Return the outline of a character. Raise GLYPH_MISSING when the font lacks it, FONT_MISSING when it is broken."""
    glyph = face.characters.glyph(character)
    if glyph == 0:
        raise TrustError(ErrorCode.GLYPH_MISSING, f"no glyph for U+{ord(character):04X}")
    return _outline(face.path, face.number, glyph)


def is_anticlockwise(outline: Outline) -> bool:
    """Tell which way the outer contours of a glyph run: PostScript's anticlockwise, TrueType's clockwise."""
    return sum(_area(contour) for contour in outline.contours) > 0


def reversed_contour(contour: Contour) -> Contour:
    """Return the same contour, run the other way."""
    ends = [contour.start, *(segment[-1] for segment in contour.segments)]
    segments = tuple(
        (*reversed(segment[:-1]), end) for segment, end in zip(contour.segments[::-1], ends[-2::-1], strict=True)
    )
    return Contour(start=ends[-1], segments=segments)


def _area(contour: Contour) -> float:
    """Return twice the area within the points of a contour, below 0 for one that runs clockwise."""
    points = list(contour.points())
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(points, [*points[1:], points[0]], strict=True))


@lru_cache(maxsize=MAX_OUTLINES)
def _outline(path: Path, number: int, glyph: int) -> Outline:
    with _READING:
        try:
            font = _open(path, number)
            name = font.getGlyphName(glyph)
            glyphs = font.getGlyphSet()
            pen = ContourPen(glyphs)
            glyphs[name].draw(pen)
            advance, units = float(glyphs[name].width), int(font["head"].unitsPerEm)
        except (OSError, ValueError, TTLibError, KeyError, AssertionError) as error:
            raise TrustError(ErrorCode.FONT_MISSING, f"{path.name} cannot be read as a font") from error
    contours = tuple(pen.contours)
    return Outline(contours=contours, advance=advance, units=units, box=box_of(contours))


@lru_cache(maxsize=MAX_FONTS)
def _open(path: Path, number: int) -> TTFont:
    with path.open("rb") as stream:  # the mapping outlives the file's descriptor
        mapped = mmap(stream.fileno(), 0, access=ACCESS_READ)
    return TTFont(mapped, fontNumber=number, lazy=True)


def box_of(contours: tuple[Contour, ...]) -> tuple[float, float, float, float]:
    """Return the box around every point of contours: left, bottom, right, top."""
    points = [point for contour in contours for point in contour.points()]
    if not points:
        return 0.0, 0.0, 0.0, 0.0
    across, up = [x for x, _ in points], [y for _, y in points]
    return min(across), min(up), max(across), max(up)


class ContourPen(BasePen):  # type: ignore[misc] # fontTools carries no types
    """Collects contours in `contours`; BasePen turns TrueType's quadratic curves into cubic ones and unfolds components."""

    def __init__(self, glyphs: object) -> None:
        super().__init__(glyphs)
        self.contours: list[Contour] = []
        self._start: Point = (0.0, 0.0)
        self._segments: list[Segment] = []

    def _moveTo(self, pt: Point) -> None:  # noqa: N802 - fontTools' name
        self._start, self._segments = pt, []

    def _lineTo(self, pt: Point) -> None:  # noqa: N802 - fontTools' name
        self._segments.append((pt,))

    def _curveToOne(self, pt1: Point, pt2: Point, pt3: Point) -> None:  # noqa: N802 - fontTools' name
        self._segments.append((pt1, pt2, pt3))

    def _closePath(self) -> None:  # noqa: N802 - fontTools' name
        self.contours.append(Contour(start=self._start, segments=tuple(self._segments)))

    def _endPath(self) -> None:  # noqa: N802 - fontTools' name
        self._closePath()
