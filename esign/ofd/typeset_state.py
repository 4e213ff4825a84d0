"""The graphics state while a page of typst's is read (ISO 32000-1 8.4), as far as our pages use it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from math import hypot, inf, sqrt
from operator import attrgetter
from typing import TYPE_CHECKING, Final, Self

from esign.ofd.colour_space import GREY
from esign.ofd.content_scan import unreadable
from esign.ofd.layout import Line, Paint

if TYPE_CHECKING:
    from esign.ofd.layout import Box, Colour, Matrix

OPAQUE: Final = 255
_UNEVEN: Final = 0.1  # of a line's thickness: ornaments are stretched so far, and nobody sees it
_BLACK: Final[Colour] = (0, 0, 0)


@dataclass(slots=True)
class State:
    """What q keeps."""

    place: Matrix
    clip: Box
    fill: Colour = _BLACK
    stroke: Colour = _BLACK
    fill_parts: int = GREY
    stroke_parts: int = GREY
    width: float = 1.0
    cap: int = 0
    join: int = 0
    miter: float = 10.0
    dashes: tuple[float, ...] = ()
    dash_start: float = 0.0
    fill_alpha: int = OPAQUE
    stroke_alpha: int = OPAQUE

    @classmethod
    def painted(cls, place: Matrix, painting: tuple[object, ...]) -> Self:
        """Return a state at a place, with what `painting` of another returned; nothing is clipped."""
        return cls(place, (-inf, -inf, inf, inf), *painting)  # type: ignore[arg-type] # in their order

    def painting(self) -> tuple[object, ...]:
        """Return all that is kept but place and clip: what two states that paint alike have in common."""
        return _PAINTING(self)

    @property
    def scale(self) -> float:
        """How many millimetres a unit is long. Raise RENDERING_FAILED where a line would be thicker in one direction than another."""
        a, b, c, d, *_ = self.place
        across, up = hypot(a, b), hypot(c, d)
        if abs(across - up) > across * _UNEVEN or abs(a * c + b * d) > across * up * _UNEVEN:
            raise unreadable(b"a line under a slanted scale")
        return sqrt(across * up)

    def line(self) -> Line:
        """Return how a line is drawn now."""
        scale = self.scale
        return Line(
            width_mm=self.width * scale,
            cap=self.cap,
            join=self.join,
            miter_limit=self.miter,
            dashes=tuple(each * scale for each in self.dashes),
            dash_start=self.dash_start * scale,
        )

    def paint(self, *, fill: bool, stroke: bool) -> Paint:
        """Return the paint of something filled, lined or both."""
        if fill and stroke and self.fill_alpha != self.stroke_alpha:
            raise unreadable(b"a fill and a line of unlike opacity")
        return Paint(
            fill=self.fill if fill else None,
            stroke=self.stroke if stroke else None,
            line=self.line() if stroke else None,
            alpha=self.fill_alpha if fill else self.stroke_alpha,
        )


_PAINTING: Final = attrgetter(*[each.name for each in fields(State)][2:])


def times(first: Matrix, second: Matrix) -> Matrix:
    """Return the matrix that does the first, then the second."""
    a, b, c, d, e, f = first
    g, h, i, j, k, m = second
    return (a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m)
