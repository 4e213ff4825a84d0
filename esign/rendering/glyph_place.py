"""A character put somewhere: its outline scaled to a box, turned and moved."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import cos, sin
from typing import TYPE_CHECKING, Final

from esign.rendering.fonts import FontRole
from esign.rendering.outlines import outline_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from esign.rendering.fonts import FontChain
    from esign.rendering.outlines import Contour

_EM_CENTRE: Final = 0.38  # of an em above the baseline: the middle of a Chinese character
_FIGURE_CENTRE: Final = 0.36  # the middle of a figure or capital
_MAX_STRETCH: Final = 1.35


@dataclass(frozen=True, slots=True, kw_only=True)
class GlyphPlace:
    """Where a character stands: its centre, its turn (radians, anticlockwise), the size of its em box."""

    x: float
    y: float
    turn: float = 0.0
    width: float
    height: float


def placed_glyph(
    character: str, fonts: FontChain, place: GlyphPlace, first: FontRole | None = None
) -> Iterator[Contour]:
    """Yield the contours of a character with the middle of its em box at the place. Raise GLYPH_MISSING."""
    outline = outline_of(fonts.face_for(character, first), character)
    across, up = place.width / outline.units, place.height / outline.units
    centre_x = outline.advance / 2
    centre_y = outline.units * (_FIGURE_CENTRE if character.isascii() else _EM_CENTRE)
    c, s = cos(place.turn), sin(place.turn)
    a, b, d, e = c * across, s * across, -s * up, c * up
    x = place.x - a * centre_x - d * centre_y
    y = place.y - b * centre_x - e * centre_y
    for contour in outline.contours:
        yield contour.placed((a, b, d, e, x, y))


def figure(character: str, fonts: FontChain, place: GlyphPlace) -> Iterator[Contour]:
    """Yield a figure or letter whose advance, not its em box, is as wide as the place: a code keeps an even pitch so."""
    outline = outline_of(fonts.face_for(character, FontRole.SANS), character)
    width = place.width * outline.units / max(outline.advance, 1.0)
    yield from placed_glyph(character, fonts, replace(place, width=width), FontRole.SANS)


def filled_glyph(
    character: str, fonts: FontChain, place: GlyphPlace, first: FontRole | None = None
) -> Iterator[Contour]:
    """Yield the contours of a character whose ink fills the box at the place, as a carver fills the stone.

    Thin characters such as 一 keep their shape: no side grows by more than `_MAX_STRETCH` of what the em box would give.
    """
    outline = outline_of(fonts.face_for(character, first), character)
    left, bottom, right, top = outline.box
    if right <= left or top <= bottom:
        return
    across = min(place.width / (right - left), _MAX_STRETCH * place.width / outline.units)
    up = min(place.height / (top - bottom), _MAX_STRETCH * place.height / outline.units)
    x, y = place.x - across * (left + right) / 2, place.y - up * (bottom + top) / 2
    for contour in outline.contours:
        yield contour.placed((across, 0.0, 0.0, up, x, y))
