"""Colours: values of a colour space as red, green and blue, and what fills an area instead of a colour.

paint = read_paint(element, resources)      # a Paint, or None where nothing is painted
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from esign.ofd.draw.elements import attribute, child, children, identifier, opacity
from esign.ofd.draw.geometry import read_number
from esign.ofd.draw.notes import Lack, Undrawable
from esign.ofd.xml import local_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.etree import _Element

    from esign.ofd.draw.resources import Resources

Rgb = tuple[float, float, float]
BLACK: Final[Rgb] = (0.0, 0.0, 0.0)
_BITS: Final = frozenset((1, 2, 4, 8, 16))
_COMPONENTS: Final = {"GRAY": 1, "RGB": 3, "CMYK": 4}
_SPECIAL: Final = ("Pattern", "AxialShd", "RadialShd", "GouraudShd", "LaGouraudShd", "LaGourandShd")
_MAX_COMPONENTS: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Paint:
    """What an area or a line is painted with: a colour, how opaque it is, and the pattern or gradient that replaces it.

    `bare` is the colour to readers that take the first three numbers for eight bits of red, green and blue, and know no profiles,
    palettes, gradients, patterns or draw parameters: black where that leaves none.
    """

    colour: Rgb
    bare: Rgb
    alpha: float = 1.0
    special: _Element | None = field(default=None, repr=False)


def read_paint(
    element: _Element, resources: Resources, tell: Callable[[Lack, str], None], *, is_own: bool = True
) -> Paint:
    """Return a FillColor, StrokeColor or the like, the object's own or of draw parameters; `tell` hears what is not followed. Raise Undrawable."""
    bare = _bare(element, resources) if is_own else BLACK
    special = next(children(element, *_SPECIAL), None)
    if special is not None:
        mean = _mean(special, resources, tell)
        return Paint(colour=mean, bare=bare, alpha=opacity(element), special=special)
    colour = _colour(element, resources, tell)
    return Paint(colour=colour, bare=bare, alpha=opacity(element))


def _mean(special: _Element, resources: Resources, tell: Callable[[Lack, str], None]) -> Rgb:
    """Return the mean of a gradient's colours: what stands for it where it cannot be drawn."""
    colours = [
        _colour(colour, resources, tell)
        for stop in children(special, "Segment", "Point")
        for colour in children(stop, "Color")
    ]
    if not colours:
        return BLACK
    red, green, blue = (sum(channel) / len(colours) for channel in zip(*colours, strict=True))
    return red, green, blue


def _colour(element: _Element, resources: Resources, tell: Callable[[Lack, str], None]) -> Rgb:
    space = _space(element, resources)
    if space is None and (own := identifier(element, "ColorSpace")) is not None:
        tell(Lack.COLOUR, f"ColorSpace {own}")
    kind = (attribute(space, "Type") or "RGB").upper()
    value = attribute(element, "Value") or _indexed(element, space)
    if value is None:
        return BLACK
    return _rgb(value, kind, _bits(space), tell)


def _space(element: _Element, resources: Resources) -> _Element | None:
    number = identifier(element, "ColorSpace") or resources.default_colour_space
    return resources.colour_spaces.get(number) if number is not None else None


def _bare(element: _Element, resources: Resources) -> Rgb:
    value = attribute(element, "Value")
    if value is None or attribute(_space(element, resources), "Profile") is not None:
        return BLACK
    words = value.replace(",", " ").split(None, _MAX_COMPONENTS)
    return _rgb(value, "RGB", 8, _silent) if len(words) == _COMPONENTS["RGB"] else BLACK


def _silent(_lack: Lack, _detail: str) -> None:
    """Tell nobody: what is wanting is told where the colour is read as it says."""


def _indexed(element: _Element, space: _Element | None) -> str | None:
    index = attribute(element, "Index")
    if index is None:
        return None
    entries = [each.text or "" for each in children(child(space, "Palette"), "CV")]
    if not index.isascii() or not index.isdigit() or int(index[:9]) >= len(entries):
        raise Undrawable(Lack.COLOUR, f"Index {index}")
    return entries[int(index[:9])]


def _bits(space: _Element | None) -> int:
    bits = attribute(space, "BitsPerComponent") or "8"
    return int(bits) if bits in map(str, _BITS) else 8


def _rgb(value: str, kind: str, bits: int, tell: Callable[[Lack, str], None]) -> Rgb:
    words = value.replace(",", " ").split(None, _MAX_COMPONENTS)
    if kind not in _COMPONENTS or len(words) != _COMPONENTS[kind]:
        if len(words) not in _COMPONENTS.values():
            raise Undrawable(Lack.COLOUR, value)
        tell(Lack.COLOUR, f"{kind}: {value}")
        kind = next(name for name, count in _COMPONENTS.items() if count == len(words))
    top = float((1 << bits) - 1)
    parts = [min(1.0, max(0.0, _component(word) / top)) for word in words]
    if kind == "GRAY":
        return parts[0], parts[0], parts[0]
    if kind == "CMYK":
        cyan, magenta, yellow, key = parts
        return (1 - cyan) * (1 - key), (1 - magenta) * (1 - key), (1 - yellow) * (1 - key)
    red, green, blue = parts
    return red, green, blue


def _component(word: str) -> float:
    if not word.startswith("#"):
        return read_number(word)
    try:
        return float(int(word[1:5], 16))
    except ValueError as error:
        raise Undrawable(Lack.COLOUR, word) from error


def gradient_colour(stop: _Element, resources: Resources, tell: Callable[[Lack, str], None]) -> Rgb:
    """Return the colour of one Segment of a gradient. Raise Undrawable."""
    colour = child(stop, "Color")
    if colour is None:
        raise Undrawable(Lack.COLOUR, local_name(stop))
    return _colour(colour, resources, tell)
