"""Axial and radial gradients as shadings of PDF (ISO 32000-1 8.7.4.5; GB/T 33190-2016 on AxialShd and RadialShd).

matrix, body = shading(element, resources, notes)
"""

from __future__ import annotations

import itertools
from math import cos, radians, sin, sqrt
from typing import TYPE_CHECKING, Final

from esign.ofd.draw.colour import gradient_colour
from esign.ofd.draw.elements import attribute, children, number
from esign.ofd.draw.geometry import IDENTITY, Matrix, read_point
from esign.ofd.draw.limits import MAX_SEGMENT_STOPS
from esign.ofd.draw.notes import Lack, Undrawable
from esign.ofd.draw.pdf_file import numbers
from esign.ofd.xml import local_name

if TYPE_CHECKING:
    from lxml.etree import _Element

    from esign.ofd.draw.colour import Rgb
    from esign.ofd.draw.geometry import Point
    from esign.ofd.draw.notes import Notes
    from esign.ofd.draw.resources import Resources

_EXTEND: Final = {"1": "true false", "2": "false true", "3": "true true"}
_ROUNDEST: Final = 0.999  # of eccentricity: at 1 an ellipse is a line
_TWO: Final = 2


def shading(element: _Element, resources: Resources, notes: Notes) -> tuple[Matrix, str]:
    """Return the body of a shading and the matrix its coordinates need before those of the object. Raise Undrawable."""
    if (attribute(element, "MapType") or "Direct") != "Direct":
        notes.add(Lack.GRADIENT, attribute(element, "MapType") or "")
    extend = _EXTEND.get(attribute(element, "Extend") or "0", "false false")
    function = _function(_stops(element, resources, notes))
    start, end = _point(element, "StartPoint"), _point(element, "EndPoint")
    if local_name(element) == "AxialShd":
        matrix, kind, coordinates = _axial(start, end)
    else:
        matrix, kind, coordinates = _radial(element, start, end)
    body = (
        f"<< /ShadingType {kind} /ColorSpace /DeviceRGB /Coords [{numbers(*coordinates)}]"
        f" /Function {function} /Extend [{extend}] >>"
    )
    return matrix, body


def _axial(start: Point, end: Point) -> tuple[Matrix, int, tuple[float, ...]]:
    return IDENTITY, 2, (*start, *end)


def _radial(element: _Element, start: Point, end: Point) -> tuple[Matrix, int, tuple[float, ...]]:
    """Return ellipses as circles, and the matrix that makes ellipses of circles: narrower across their axis, and turned."""
    first, last = abs(number(element, "StartRadius", 0.0)), abs(number(element, "EndRadius", 0.0))
    eccentricity = min(_ROUNDEST, max(0.0, number(element, "Eccentricity", 0.0)))
    narrow, turn = sqrt(1 - eccentricity**2), radians(number(element, "Angle", 0.0))
    c, s = cos(turn), sin(turn)

    def round_again(point: Point) -> Point:
        x, y = point
        return c * x + s * y, (c * y - s * x) / narrow

    matrix = Matrix(c, s, -s * narrow, c * narrow, 0.0, 0.0)
    return matrix, 3, (*round_again(start), first, *round_again(end), last)


def _point(element: _Element, name: str) -> Point:
    value = attribute(element, name) or attribute(element, name[0].lower() + name[1:])  # as one library writes it
    if value is None:
        raise Undrawable(Lack.GRADIENT, name)
    return read_point(value)


def _stops(element: _Element, resources: Resources, notes: Notes) -> list[tuple[float, Rgb]]:
    """Return places from 0 to 1, rising, and their colours."""
    segments = [each for _, each in zip(range(MAX_SEGMENT_STOPS), children(element, "Segment"), strict=False)]
    if not segments:
        raise Undrawable(Lack.GRADIENT, "Segment")
    stops: list[tuple[float, Rgb]] = []
    for index, segment in enumerate(segments):
        even = index / max(1, len(segments) - 1)
        place = min(1.0, max(0.0, number(segment, "Position", even)))
        stops.append((max(place, stops[-1][0] if stops else 0.0), gradient_colour(segment, resources, notes.add)))
    if stops[0][0] > 0:
        stops.insert(0, (0.0, stops[0][1]))
    if stops[-1][0] < 1 or len(stops) < _TWO:
        stops.append((1.0, stops[-1][1]))
    return stops


def _function(stops: list[tuple[float, Rgb]]) -> str:
    """Return a function of PDF that gives these colours at these places (ISO 32000-1 7.10)."""
    parts, bounds = [], []
    for (_, one), (place, other) in itertools.pairwise(stops):
        parts.append(f"<< /FunctionType 2 /Domain [0 1] /C0 [{numbers(*one)}] /C1 [{numbers(*other)}] /N 1 >>")
        bounds.append(place)
    encode = " ".join("0 1" for _ in parts)
    return (
        f"<< /FunctionType 3 /Domain [0 1] /Functions [{' '.join(parts)}] /Bounds [{numbers(*bounds[:-1])}]"
        f" /Encode [{encode}] >>"
    )
