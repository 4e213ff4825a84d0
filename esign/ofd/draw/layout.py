"""Where each glyph of a text object stands (GB/T 33190-2016 on text objects, text positions and glyph transformations).

    for glyph in lay_out(element, fonts, notes):
        glyph.matrix, glyph.outline

A glyph's matrix turns its em (one unit, y upwards) into the object's coordinates. TextCodes follow one another; the CGTransforms
before one tell which glyphs its characters become.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import cos, radians, sin
from typing import TYPE_CHECKING, Final, NamedTuple
from unicodedata import category

from esign.ofd.draw.deltas import delta, read_deltas
from esign.ofd.draw.elements import attribute, child, children, flag, number, text_of, whole_text
from esign.ofd.draw.geometry import IDENTITY, Matrix, scaling, shift
from esign.ofd.draw.limits import MAX_TEXT
from esign.ofd.draw.notes import Lack, Undrawable
from esign.ofd.xml import local_name
from esign.rendering.fonts import code_point

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from lxml.etree import _Element

    from esign.ofd.draw.geometry import Point
    from esign.ofd.draw.notes import Notes
    from esign.ofd.draw.path_data import Step
    from esign.ofd.draw.typefaces import EmbeddedTypeface, HouseTypeface
    from esign.rendering.outlines import Outline

_NARROWEST: Final = 0.4  # of its width: a glyph narrower than that is a stroke
_FAINT: Final = 0.01  # of an em: a glyph narrower or lower is not seen, dots and strokes have three times that
_SLANT: Final = 0.21  # of an upright font that is to look slanted: twelve degrees
_BLANK: Final = frozenset(("Zs", "Zl", "Zp", "Cc", "Cf"))  # they move the pen and draw nothing
_RIGHT_ANGLES: Final = frozenset((0, 90, 180, 270))


@dataclass(frozen=True, slots=True, kw_only=True)
class Fonts:
    """What a text is drawn with: the font it names, None where that is not there, and the house's, which stand in."""

    embedded: EmbeddedTypeface | None
    house: HouseTypeface
    is_bold: bool = False
    is_italic: bool = False
    is_fixed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedGlyph:
    """One glyph: what tells it from others, its outline, the text it stands for, and where it goes."""

    key: Hashable
    outline: Outline = field(repr=False)
    text: str
    matrix: Matrix
    is_bold: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Exchange:
    """One CGTransform: so many characters from `position` on become these glyphs."""

    position: int
    codes: int
    glyphs: tuple[int, ...]


class _Place(NamedTuple):
    """Where a glyph stands, and how far it is to the next along the line; 0 where that is the glyph's own affair."""

    x: float
    y: float
    pitch: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Unit:
    """What takes one place: a glyph found, or nothing to be seen."""

    text: str
    glyph: tuple[Hashable, Outline] | None
    substituted: bool


def has_uneven_exchange(element: _Element) -> bool:
    """Whether a text's characters become more glyphs or fewer: where one stands for many, what stood for the others is seen nowhere."""
    try:
        exchanges = [_exchange(each) for each in children(element, "CGTransform")]
    except Undrawable:
        return True
    return any(each.codes != len(each.glyphs) for each in exchanges)


def lay_out(element: _Element, fonts: Fonts, notes: Notes, *, exchanged: bool = True) -> Iterator[PlacedGlyph]:
    """Yield the glyphs of a text object, `exchanged` as its CGTransforms say, or those of its characters.

    What cannot be placed or has no glyph is told. Raise Undrawable for one without a size.
    """
    size = abs(number(element, "Size", 0.0))
    if size == 0.0:
        raise Undrawable(Lack.NUMBER, "Size")
    across = number(element, "HScale", 1.0)
    if size * across == 0.0:
        raise Undrawable(Lack.NUMBER, "HScale")
    reading, turned = (_direction(element, name, notes) for name in ("ReadDirection", "CharDirection"))
    is_italic = flag(element, "Italic", default=False)
    waiting: list[_Exchange] = []
    at: Point = (0.0, 0.0)
    for each in children(element, "CGTransform", "TextCode"):
        try:
            if local_name(each) == "CGTransform":
                waiting += [_exchange(each)] if exchanged else []
                continue
            text = _text(each)
            units = list(_units(text, waiting, fonts, notes))
            places, at = _places(each, units, at, (size * across, size), reading)
        except Undrawable as error:
            notes.add(error.lack, error.detail)
            continue
        waiting = [_later(exchange, len(text)) for exchange in waiting if exchange.position >= len(text)]
        for unit, place in zip(units, places, strict=True):
            if unit.glyph is None:
                continue
            key, outline = unit.glyph
            slant = _SLANT if is_italic or (unit.substituted and fonts.is_italic) else 0.0
            fitted = _fitted(outline, place.pitch / (size * across), fonts) if unit.substituted else IDENTITY
            upright = Matrix(1, 0, slant, 1, 0, 0).then(fitted).then(scaling(size * across, -size))
            matrix = upright.then(turned).then(shift(place.x, place.y))
            bold = fonts.is_bold and unit.substituted
            yield PlacedGlyph(key=key, outline=outline, text=unit.text, matrix=matrix, is_bold=bold)


def shown_by_its_text(glyph: PlacedGlyph, fonts: Fonts) -> PlacedGlyph:
    """Return a glyph of nothing to be seen with the house's outline of the character it stands for, as readers show it that go by the text."""
    wide, high = (glyph.outline.box[edge + 2] - glyph.outline.box[edge] for edge in (0, 1))
    if glyph.outline.contours and min(wide, high) >= _FAINT * glyph.outline.units:
        return glyph
    for character in glyph.text:
        found = None if category(character) in _BLANK else fonts.house.of_character(character)
        if found is not None:
            return replace(glyph, key=found[0], outline=found[1])
    return glyph


def _fitted(outline: Outline, pitch: float, fonts: Fonts) -> Matrix:
    """Return what fits a glyph that stands in for another into the room that is left for it, in ems; 0 where none is told.

    It is made narrower where it is too wide, and stands in the middle where all glyphs of the font are to be of one width.
    """
    advance = outline.advance / outline.units
    if pitch <= 0 or advance <= 0:
        return IDENTITY
    if advance > pitch:
        return scaling(max(pitch / advance, _NARROWEST), 1)
    return shift((pitch - advance) / 2, 0) if fonts.is_fixed and pitch < 1 else IDENTITY


def _text(element: _Element) -> str:
    """Return the characters of a TextCode; line breaks around them are of the XML, not of the text. Raise Undrawable."""
    text = whole_text(element)
    if "\n" in text:
        text = text.strip()
    if len(text) > MAX_TEXT:
        raise Undrawable(Lack.LIMIT, "TextCode")
    return text


def _direction(element: _Element, name: str, notes: Notes) -> Matrix:
    """Return the turn of a ReadDirection or CharDirection, clockwise."""
    degrees = number(element, name, 0.0) % 360
    if degrees not in _RIGHT_ANGLES:
        notes.add(Lack.STYLE, f"{name} {degrees:g}")
    c, s = round(cos(radians(degrees)), 12), round(sin(radians(degrees)), 12)
    return Matrix(c, s, -s, c, 0, 0)


def _exchange(element: _Element) -> _Exchange:
    """Return a CGTransform. Raise Undrawable."""
    words = text_of(child(element, "Glyphs")).split(None, MAX_TEXT)[:MAX_TEXT]
    if not words or not all(word.isascii() and word.isdigit() and len(word) < 8 for word in words):  # noqa: PLR2004
        raise Undrawable(Lack.GLYPH, "CGTransform")
    glyphs = tuple(map(int, words))
    position, codes = (_count(element, name, least) for name, least in (("CodePosition", 0), ("CodeCount", 1)))
    stated = _count(element, "GlyphCount", 1) if attribute(element, "GlyphCount") else len(glyphs)
    return _Exchange(position=position, codes=codes, glyphs=glyphs[:stated])


def _count(element: _Element, name: str, least: int) -> int:
    value = number(element, name, float(least))
    return max(least, min(MAX_TEXT, int(value)))


def _later(exchange: _Exchange, length: int) -> _Exchange:
    """Return a transformation that counts from the next TextCode: some writers put all of them first."""
    return _Exchange(position=exchange.position - length, codes=exchange.codes, glyphs=exchange.glyphs)


def _units(text: str, exchanges: list[_Exchange], fonts: Fonts, notes: Notes) -> Iterator[_Unit]:
    starts = {exchange.position: exchange for exchange in exchanges} if fonts.embedded is not None else {}
    at = 0
    while at < len(text):
        exchange = starts.get(at)
        if exchange is None or fonts.embedded is None:
            yield _character(text[at], fonts, notes)
            at += 1
            continue
        meant = text[at : at + exchange.codes]
        at += exchange.codes
        for index, glyph_number in enumerate(exchange.glyphs):
            glyph = fonts.embedded.of_number(glyph_number)
            if glyph is None:
                notes.add(Lack.GLYPH, f"#{glyph_number}")
            said = _share(meant, index, len(exchange.glyphs))
            yield _Unit(text=said, glyph=glyph, substituted=False)


def _share(meant: str, index: int, count: int) -> str:
    """Return which characters a glyph stands for: its own where there are as many of both, else the first has them all."""
    if len(meant) == count:
        return meant[index]
    return meant if index == 0 else ""


def _character(character: str, fonts: Fonts, notes: Notes) -> _Unit:
    if fonts.embedded is not None:
        glyph = fonts.embedded.of_character(character)
        if glyph is not None:
            return _Unit(text=character, glyph=glyph, substituted=False)
    glyph = fonts.house.of_character(character)
    if category(character) in _BLANK:
        glyph = glyph if glyph is not None and not glyph[1].contours else None
        return _Unit(text=character, glyph=glyph, substituted=True)
    if glyph is None:
        notes.add(Lack.GLYPH, code_point(character))
    elif fonts.embedded is not None:
        notes.add(Lack.BORROWED, code_point(character))
    return _Unit(text=character, glyph=glyph, substituted=True)


def _places(
    element: _Element, units: list[_Unit], before: Point, scale: Point, reading: Matrix
) -> tuple[list[_Place], Point]:
    """Return where the glyphs of a TextCode stand, and where it began, which is where the next begins unless it says. Raise Undrawable."""
    x, y = begin = (number(element, "X", before[0]), number(element, "Y", before[1]))
    across, down = (read_deltas(attribute(element, name) or "", len(units)) for name in ("DeltaX", "DeltaY"))
    places: list[_Place] = []
    for index, unit in enumerate(units):
        if across or down:
            step = (delta(across, index), delta(down, index))
            pitch = step[0] if index + 1 < len(units) else 0.0
            places.append(_Place(x, y, max(0.0, pitch)))
        else:
            outline = unit.glyph[1] if unit.glyph is not None else None
            advance = scale[0] * outline.advance / outline.units if outline is not None else 0.0
            step = reading.apply((advance, 0.0))
            places.append(_Place(x, y, 0.0))
        x, y = x + step[0], y + step[1]
    return places, begin


def glyph_steps(glyph: PlacedGlyph) -> tuple[Step, ...]:
    """Return a glyph as a path in the coordinates of its object."""
    scale = 1 / glyph.outline.units
    matrix = scaling(scale, scale).then(glyph.matrix)
    steps: list[Step] = []
    for contour in glyph.outline.contours:
        placed = contour.placed(matrix)
        steps.append(("m", placed.start))
        for segment in placed.segments:
            flat = tuple(each for point in segment for each in point)
            steps.append(("l" if len(segment) == 1 else "c", flat))
        steps.append(("h", ()))
    return tuple(steps)
