"""The objects of a page as OFD's XML: texts, paths and pictures of a layout (GB/T 33190-2016, page content and graphic units).

    ids = Ids()
    layer = layer_of(page.items, fonts, images, ids)    # layer.xml, layer.texts

Every text stands there twice: its glyphs by number in the embedded subset (CGTransform), so that it looks as it was laid out, and its
characters (TextCode), so that it can be searched and copied. Boundary is what is seen of an object: a reader cuts off the rest.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Final, assert_never

from esign.ofd.layout import GlyphRun, PlacedImage, Shape
from esign.ofd.xml_text import escaped, number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from esign.ofd.layout import Box, Colour, Item, Matrix, Paint

_ASCENT, _DESCENT = 1.2, 0.4  # of a size: how far ink may reach above and below the base line
_OVERHANG: Final = 0.2  # of a size: how far it may reach out sideways
_CAPS: Final = ("Butt", "Round", "Square")
_JOINS: Final = ("Miter", "Round", "Bevel")
_OPAQUE: Final = 255
_FINE: Final = 8  # places of what is multiplied by lengths
_FEW: Final = 2  # equal steps that are written one by one
_SQUARE: Final[Box] = (0.0, 0.0, 1.0, 1.0)


class Ids:
    """Gives out the identifiers of a document, unique in it; `last` is what MaxUnitID tells."""

    def __init__(self, last: int = 0) -> None:
        self.last = last

    def new(self) -> int:
        """Return the next."""
        self.last += 1
        return self.last


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A layer's XML, and the text of each text object in it by the object's identifier, in order."""

    xml: str = field(repr=False)
    texts: tuple[tuple[int, str], ...] = field(repr=False)


def layer_of(items: tuple[Item, ...], fonts: Mapping[int, int], images: Mapping[int, int], ids: Ids) -> Layer:
    """Return a layer with these items; `fonts` and `images` give the identifiers of a layout's fonts and pictures.

    Raises:
        TrustError: RENDERING_FAILED for a character that XML cannot hold.
    """
    own = ids.new()
    parts: list[str] = []
    texts: list[tuple[int, str]] = []
    for item in items:
        seen = _seen(item)
        if seen is None:
            continue
        number_ = ids.new()
        if isinstance(item, GlyphRun):
            parts.append(_text(item, number_, fonts[item.font], seen))
            texts.append((number_, item.text))
        elif isinstance(item, Shape):
            parts.append(_path(item, number_))
        elif isinstance(item, PlacedImage):
            parts.append(_image(item, number_, images[item.image], seen))
        else:
            assert_never(item)
    return Layer(xml=f'<ofd:Layer ID="{own}" Type="Body">{"".join(parts)}</ofd:Layer>', texts=tuple(texts))


def box_text(box: Box) -> str:
    """Return a box as ST_Box: left, top, width, height."""
    left, top, right, bottom = box
    return " ".join(map(number, (left, top, right - left, bottom - top)))


def _seen(item: Item) -> Box | None:
    """Return the box of what is seen of an item, None when nothing is."""
    if isinstance(item, Shape):
        box = item.clip
    elif isinstance(item, PlacedImage):
        box = _around(_SQUARE, item.matrix)
    else:
        size, line = item.size_mm, 0.0 if item.paint.line is None else item.paint.line.width_mm
        side, above, below = size * _OVERHANG + line, size * _ASCENT + line, size * _DESCENT + line
        box = _around((-side, -above, sum(item.steps) + item.advance + side, below), _matrix(item))
    left, top = max(box[0], item.clip[0]), max(box[1], item.clip[1])
    right, bottom = min(box[2], item.clip[2]), min(box[3], item.clip[3])
    return (left, top, right, bottom) if left < right and top < bottom else None


def _matrix(run: GlyphRun) -> Matrix:
    return (*(run.turn or (1, 0, 0, 1)), *run.origin)


def _text(run: GlyphRun, own: int, font: int, box: Box) -> str:
    size = run.size_mm
    x, y = (0.0, 0.0) if run.turn is not None else (run.origin[0] - box[0], run.origin[1] - box[1])
    place = "" if run.turn is None else _ctm(_matrix(run), box)
    steps = f' DeltaX="{_steps(run.steps)}"' if run.steps else ""
    return (
        f'<ofd:TextObject ID="{own}" Boundary="{box_text(box)}"{place}{_line(run.paint)} Font="{font}" Size="{number(size)}"'
        f"{_kinds(run.paint, fills=True)}>{_colours(run.paint)}"
        f'<ofd:CGTransform CodePosition="0" CodeCount="{len(run.text)}" GlyphCount="{len(run.glyphs)}">'
        f"<ofd:Glyphs>{' '.join(map(str, run.glyphs))}</ofd:Glyphs></ofd:CGTransform>"
        f'<ofd:TextCode X="{number(x)}" Y="{number(y)}"{steps}>{escaped(run.text)}</ofd:TextCode></ofd:TextObject>'
    )


def _steps(steps: tuple[float, ...]) -> str:
    """Return steps as ST_Array, equal ones as ``g count value``."""
    if steps.count(steps[0]) == len(steps) > _FEW:  # of Chinese text, and so of most
        return f"g {len(steps)} {number(steps[0])}"
    parts = []
    for value, group in groupby(steps):
        count, told = len(list(group)), number(value)
        parts.append(f"g {count} {told}" if count > _FEW else " ".join([told] * count))
    return " ".join(parts)


def _path(shape: Shape, own: int) -> str:
    left, top, *_ = shape.clip
    place = ""
    if shape.matrix is not None:
        place = _ctm(shape.matrix, shape.clip)
    elif left or top:
        place = _ctm((1, 0, 0, 1, 0, 0), shape.clip)
    rule = ' Rule="Even-Odd"' if shape.even_odd else ""
    return (
        f'<ofd:PathObject ID="{own}" Boundary="{box_text(shape.clip)}"{place}{_line(shape.paint)}'
        f"{_kinds(shape.paint, fills=False)}{rule}>{_colours(shape.paint)}"
        f"<ofd:AbbreviatedData>{shape.data}</ofd:AbbreviatedData></ofd:PathObject>"
    )


def _image(image: PlacedImage, own: int, resource: int, box: Box) -> str:
    alpha = "" if image.alpha == _OPAQUE else f' Alpha="{image.alpha}"'
    return f'<ofd:ImageObject ID="{own}" Boundary="{box_text(box)}"{_ctm(image.matrix, box)}{alpha} ResourceID="{resource}"/>'


def _ctm(matrix: Matrix, box: Box) -> str:
    """Return the attribute that takes an object's units to the page, seen from the corner of its boundary."""
    a, b, c, d, e, f = matrix
    parts = [*(number(each, _FINE) for each in (a, b, c, d)), number(e - box[0]), number(f - box[1])]
    return f' CTM="{" ".join(parts)}"'


def _line(paint: Paint) -> str:
    line = paint.line
    found = "" if paint.alpha == _OPAQUE else f' Alpha="{paint.alpha}"'
    if line is None:
        return found
    found += f' LineWidth="{number(line.width_mm)}"'
    if line.cap:
        found += f' Cap="{_CAPS[line.cap]}"'
    if line.join:
        found += f' Join="{_JOINS[line.join]}"'
    else:
        found += f' MiterLimit="{number(line.miter_limit)}"'
    if line.dashes:
        found += f' DashPattern="{" ".join(map(number, line.dashes))}"'
        found += f' DashOffset="{number(line.dash_start)}"' if line.dash_start else ""
    return found


def _kinds(paint: Paint, *, fills: bool) -> str:
    """Return the attributes that say what is painted, where it is not what such an object does unless told (`fills`, or lines)."""
    fill, stroke = paint.fill is not None, paint.stroke is not None
    found = "" if stroke is not fills else f' Stroke="{str(stroke).lower()}"'
    return found + ("" if fill is fills else f' Fill="{str(fill).lower()}"')


def _colours(paint: Paint) -> str:
    return _colour("FillColor", paint.fill) + _colour("StrokeColor", paint.stroke)


def _colour(name: str, colour: Colour | None) -> str:
    return "" if colour is None else f'<ofd:{name} Value="{colour[0]} {colour[1]} {colour[2]}"/>'


def _around(box: Box, matrix: Matrix) -> Box:
    a, b, c, d, e, f = matrix
    points = [(a * x + c * y + e, b * x + d * y + f) for x in box[0::2] for y in box[1::2]]
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return min(xs), min(ys), max(xs), max(ys)
