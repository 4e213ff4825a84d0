"""Where the parts of a round seal stand, in thousandths of its diameter around its centre, y upwards.

The name keeps an even pitch: a short name spreads over part of the upper arc at a fixed pitch, a long one takes more of
the arc, then its characters grow narrower, as engravers do. The lower line keeps clear of the ends of the name.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, pi, radians, sin
from typing import TYPE_CHECKING, Final

from esign.rendering.outlines import Contour, outline_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from esign.rendering.fonts import FontChain

RING: Final = 28.0  # 1.2 mm of 42
STAR_RADIUS: Final = 167.0  # 14 mm across the tips of a 42 mm seal
NAME_RADIUS: Final = 443.0  # the outer edge of the name: 1.2 mm inside the ring
NAME_HEIGHT: Final = 132.0
CROWDED_HEIGHT: Final = 112.0
NAME_PITCH: Final = 28.0  # degrees between the characters of a short name
NAME_SWEEP: Final = 232.0  # degrees from the first to the last character, at most
LONG_NAME: Final = 16  # from here on the sweep grows by two degrees a character
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
_EM_CENTRE: Final = 0.38  # of an em above the baseline: the middle of a Chinese character
_FIGURE_CENTRE: Final = 0.36  # the middle of a figure or capital
_KAPPA: Final = 4 / 3 * (2**0.5 - 1)  # control points of a quarter circle


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where a character stands: its centre, its turn (radians, anticlockwise), the size of its em box."""

    x: float
    y: float
    turn: float
    width: float
    height: float


def circle(outer: float, inner: float) -> Iterator[Contour]:
    """Yield a ring: its outer edge anticlockwise, its inner edge clockwise, so that the non-zero rule leaves a hole."""
    yield _round(outer, 1.0)
    yield _round(inner, -1.0)


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
        yield from _placed(character, fonts, _Place(x=x, y=y, turn=-angle, width=width, height=height))


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
        place = _Place(x=x, y=y, turn=0.0, width=pitch * 0.96, height=LOWER_LINE_HEIGHT)
        yield from _placed(character, fonts, place)


def code_contours(code: str, fonts: FontChain) -> Iterator[Contour]:
    """Yield the code along the lower arc, read from left to right with its feet on the ring."""
    middle = CODE_RADIUS - CODE_HEIGHT / 2
    for index, character in enumerate(code):
        angle = radians((index - (len(code) - 1) / 2) * CODE_PITCH)
        x, y = middle * sin(angle), -middle * cos(angle)
        width = radians(CODE_PITCH) * middle * 1.5
        yield from _placed(character, fonts, _Place(x=x, y=y, turn=angle, width=width, height=CODE_HEIGHT))


def _pitch(name: str, *, crowded: bool) -> float:
    """Return the degrees between two characters of the name."""
    sweep = NAME_SWEEP + 2.0 * max(0, len(name) - LONG_NAME)
    if crowded:
        sweep = min(sweep, CODE_SWEEP_LIMIT)
    return min(NAME_PITCH, sweep / max(1, len(name) - 1))


def _width(name: str, *, crowded: bool) -> float:
    """Return the width of a character; neighbours come closest at their feet, on the inner radius."""
    height = _height(name)
    return min(height * WIDEST, radians(_pitch(name, crowded=crowded)) * (NAME_RADIUS - height) * NARROWEST_GAP)


def _height(name: str) -> float:
    return CROWDED_HEIGHT if len(name) > LONG_NAME else NAME_HEIGHT


def _placed(character: str, fonts: FontChain, place: _Place) -> Iterator[Contour]:
    outline = outline_of(fonts.face_for(character), character)
    across, up = place.width / outline.units, place.height / outline.units
    centre_x = outline.advance / 2
    centre_y = outline.units * (_FIGURE_CENTRE if character.isascii() else _EM_CENTRE)
    c, s = cos(place.turn), sin(place.turn)
    a, b, d, e = c * across, s * across, -s * up, c * up
    x = place.x - a * centre_x - d * centre_y
    y = place.y - b * centre_x - e * centre_y
    for contour in outline.contours:
        yield contour.placed((a, b, d, e, x, y))


def _polar(radius: float, angle: float) -> tuple[float, float]:
    """Return the point at an angle measured anticlockwise from the top."""
    return -radius * sin(angle), radius * cos(angle)


def _round(radius: float, way: float) -> Contour:
    r, k = radius, radius * _KAPPA
    quarters = (
        ((r, way * k), (k, way * r), (0.0, way * r)),
        ((-k, way * r), (-r, way * k), (-r, 0.0)),
        ((-r, -way * k), (-k, -way * r), (0.0, -way * r)),
        ((k, -way * r), (r, -way * k), (r, 0.0)),
    )
    return Contour(start=(r, 0.0), segments=quarters)
