"""Where the parts of a round seal stand, in thousandths of its diameter around its centre, y upwards.

The name keeps an even pitch: a short name spreads over part of the upper arc at a fixed pitch, a long one takes more of
the arc, then its characters grow narrower, as engravers do. The lower line keeps clear of the ends of the name.
"""

from __future__ import annotations

from math import cos, pi, radians, sin
from typing import TYPE_CHECKING, Final

from esign.rendering.glyph_place import GlyphPlace, figure, placed_glyph
from esign.rendering.outlines import Contour

if TYPE_CHECKING:
    from collections.abc import Iterator

    from esign.rendering.fonts import FontChain

RING: Final = 28.0  # 1.2 mm of 42
STAR_RADIUS: Final = 167.0  # 14 mm across the tips of a 42 mm seal
NAME_RADIUS: Final = 443.0  # the outer edge of the name: 1.2 mm inside the ring
NAME_HEIGHT: Final = 132.0
CROWDED_HEIGHT: Final = 112.0
SMALLEST_HEIGHT: Final = 84.0  # of a name of forty characters: 3.5 mm of 42
NAME_PITCH: Final = 36.0  # degrees between the characters of a short name, at most
NAME_SWEEP: Final = 232.0  # degrees from the first to the last character, at most
SHORT_SWEEP: Final = 40.0  # a short name spreads over so much and `SWEEP_PER_CHARACTER` more for each of its characters
SWEEP_PER_CHARACTER: Final = 24.0
LONG_NAME: Final = 16  # from here on the sweep grows by two degrees a character
VERY_LONG_NAME: Final = 24  # from here on the characters grow lower too, or they would be too narrow to read
LONGEST_NAME: Final = 40
CODE_SWEEP_LIMIT: Final = 236.0  # with a code on the lower arc the name ends earlier
NARROWEST_GAP: Final = 0.94  # of the pitch may be filled by a character
WIDEST: Final = 0.80  # width of a character over its height
LOWER_LINE_HEIGHT: Final = 84.0
LOWER_LINE_CENTRE: Final = -258.0
LOWER_LINE_RAISED: Final = -238.0
LOWER_LINE_WIDTH: Final = 520.0
CLEARANCE: Final = 14.0  # between the lower line and the name
CODE_RADIUS: Final = 452.0
CODE_HEIGHT: Final = 46.0
CODE_PITCH: Final = 4.6  # degrees
CODE_FILLING: Final = 0.86  # of the pitch: letters of a condensed face
_KAPPA: Final = 4 / 3 * (2**0.5 - 1)  # control points of a quarter circle


def ring(outer: tuple[float, float], inner: tuple[float, float]) -> Iterator[Contour]:
    """Yield an oval ring, of half axes across and up: its outer edge anticlockwise, its inner clockwise.

    So the non-zero rule leaves a hole.
    """
    yield _oval(*outer, 1.0)
    yield _oval(*inner, -1.0)


def circle(outer: float, inner: float) -> Iterator[Contour]:
    """Yield a round ring."""
    return ring((outer, outer), (inner, inner))


def square(outer: float, inner: float) -> Iterator[Contour]:
    """Yield a square frame, of half sides, that leaves a hole as `ring` does."""
    yield rectangle(-outer, -outer, outer, outer)
    hole = rectangle(-inner, -inner, inner, inner)
    yield Contour(start=hole.start, segments=hole.segments[::-1])


def rectangle(left: float, bottom: float, right: float, top: float) -> Contour:
    """Return a rectangle, anticlockwise."""
    return Contour(start=(left, bottom), segments=(((right, bottom),), ((right, top),), ((left, top),)))


def star() -> Iterator[Contour]:
    """Yield the five-pointed star, one point up."""
    inner = STAR_RADIUS * sin(radians(18)) / sin(radians(54))  # where the sides of a pentagram cross
    corners = [_polar(STAR_RADIUS if k % 2 == 0 else inner, k * pi / 5) for k in range(10)]
    yield Contour(start=corners[0], segments=tuple((corner,) for corner in corners[1:]))


def name_contours(name: str, fonts: FontChain, *, crowded: bool) -> Iterator[Contour]:
    """Yield the name along the upper arc; `crowded` when a code shares the circle."""
    pitch, height = _pitch(name, crowded=crowded), _height(name)
    width = _width(name, crowded=crowded)
    middle = NAME_RADIUS - height / 2
    for index, character in enumerate(name):
        angle = radians((index - (len(name) - 1) / 2) * pitch)
        x, y = middle * sin(angle), middle * cos(angle)
        yield from placed_glyph(character, fonts, GlyphPlace(x=x, y=y, turn=-angle, width=width, height=height))


def lower_line_contours(line: str, name: str, fonts: FontChain, *, raised: bool) -> Iterator[Contour]:
    """Yield the straight line below the star, between the ends of the name; `raised` when a code stands below it."""
    if not line:
        return
    y = LOWER_LINE_RAISED if raised else LOWER_LINE_CENTRE
    half = LOWER_LINE_WIDTH / 2
    # Where the name ends: the outer edge of its last character tells how low it comes, the inner one how far it leaves room.
    foot = NAME_RADIUS - _height(name)
    end = radians(_pitch(name, crowded=raised) * (len(name) - 1) / 2) + _width(name, crowded=raised) / 2 / foot
    if NAME_RADIUS * cos(end) < y + LOWER_LINE_HEIGHT / 2:
        half = min(half, foot * sin(end) - CLEARANCE)
    pitch = min(LOWER_LINE_HEIGHT * 0.92, 2 * half / len(line))
    for index, character in enumerate(line):
        x = (index - (len(line) - 1) / 2) * pitch
        place = GlyphPlace(x=x, y=y, width=pitch * 0.96, height=LOWER_LINE_HEIGHT)
        yield from placed_glyph(character, fonts, place)


def code_contours(code: str, fonts: FontChain) -> Iterator[Contour]:
    """Yield the code along the lower arc, read from left to right with its feet on the ring."""
    middle = CODE_RADIUS - CODE_HEIGHT / 2
    for index, character in enumerate(code):
        angle = radians((index - (len(code) - 1) / 2) * CODE_PITCH)
        x, y = middle * sin(angle), -middle * cos(angle)
        width = radians(CODE_PITCH) * middle * CODE_FILLING
        yield from figure(character, fonts, GlyphPlace(x=x, y=y, turn=angle, width=width, height=CODE_HEIGHT))


def _pitch(name: str, *, crowded: bool) -> float:
    """Return the degrees between two characters of the name."""
    sweep = min(NAME_SWEEP, SHORT_SWEEP + SWEEP_PER_CHARACTER * len(name)) + 2.0 * max(0, len(name) - LONG_NAME)
    if crowded:
        sweep = min(sweep, CODE_SWEEP_LIMIT)
    return min(NAME_PITCH, sweep / max(1, len(name) - 1))


def _width(name: str, *, crowded: bool) -> float:
    """Return the width of a character; neighbours come closest at their feet, on the inner radius."""
    height = _height(name)
    return min(height * WIDEST, radians(_pitch(name, crowded=crowded)) * (NAME_RADIUS - height) * NARROWEST_GAP)


def _height(name: str) -> float:
    if len(name) <= LONG_NAME:
        return NAME_HEIGHT
    past = max(0, len(name) - VERY_LONG_NAME) / (LONGEST_NAME - VERY_LONG_NAME)
    return CROWDED_HEIGHT - past * (CROWDED_HEIGHT - SMALLEST_HEIGHT)


def _polar(radius: float, angle: float) -> tuple[float, float]:
    """Return the point at an angle measured anticlockwise from the top."""
    return -radius * sin(angle), radius * cos(angle)


def _oval(across: float, up: float, way: float) -> Contour:
    r, k = across, across * _KAPPA
    t, v = way * up, way * up * _KAPPA
    quarters = (
        ((r, v), (k, t), (0.0, t)),
        ((-k, t), (-r, v), (-r, 0.0)),
        ((-r, -v), (-k, -t), (0.0, -t)),
        ((k, -t), (r, -v), (r, 0.0)),
    )
    return Contour(start=(r, 0.0), segments=quarters)
