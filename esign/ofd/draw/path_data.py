"""Abbreviated path data as lines and cubic curves (GB/T 33190-2016 clause on PathObject, AbbreviatedData).

    steps, complete = read_path("M 0 0 L 10 0 C")

S and M begin a figure, L is a line, Q and B curves of Bézier, A an arc of an ellipse, C closes. What stands before something
that cannot be read is kept, and `complete` is false then.
"""

from __future__ import annotations

import re
from math import acos, ceil, cos, hypot, isfinite, pi, radians, sin, sqrt, tan
from typing import TYPE_CHECKING, Final, Literal

from esign.ofd.draw.geometry import read_number, within
from esign.ofd.draw.notes import Undrawable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from esign.ofd.draw.geometry import Point

Step = tuple[Literal["m", "l", "c", "h"], tuple[float, ...]]  # as PDF names its path operators

_TOKEN: Final = re.compile(r"\s*,?\s*([A-Za-z]|[^\sA-Za-z,]+(?:[eE][+-]?\d+)?)")
_COUNTS: Final = {"S": 2, "M": 2, "L": 2, "Q": 4, "B": 6, "A": 7, "C": 0}
_QUARTER: Final = pi / 2
_TINY: Final = 1e-9


class _Broken(Exception):  # noqa: N818 - the path ends here
    pass


def read_path(data: str, most: int) -> tuple[tuple[Step, ...], bool]:
    """Return the steps of a path, and whether all of it could be read and was at most so many steps long."""
    steps: list[Step] = []
    at: Point = (0.0, 0.0)
    start = at
    try:
        for command, values in _commands(data):
            if command == "C":
                steps.append(("h", ()))
                at = start
                continue
            if not steps and command not in "SM":
                steps.append(("m", at))
            steps += _within(_steps(command, at, values))
            at = (values[-2], values[-1])
            if command in "SM":
                start = at
            if len(steps) > most:
                return tuple(steps[:most]), False
    except _Broken:
        return tuple(steps), False
    return tuple(steps), True


def points_of(steps: Iterable[Step]) -> Iterator[Point]:
    """Yield the points of a path, those that its curves are drawn towards among them."""
    for _, values in steps:
        yield from zip(values[::2], values[1::2], strict=True)


def length_of(steps: Iterable[Step]) -> float:
    """Return how long a path is at most: that of lines through all its points, which no curve exceeds."""
    length, at = 0.0, (0.0, 0.0)
    for name, values in steps:
        for point in zip(values[::2], values[1::2], strict=True):
            length += hypot(point[0] - at[0], point[1] - at[1]) if name != "m" else 0.0
            at = point
    return length


def _commands(data: str) -> Iterator[tuple[str, tuple[float, ...]]]:
    """Yield commands with their numbers."""
    tokens = (match[1] for match in _TOKEN.finditer(data))
    for token in tokens:
        count = _COUNTS.get(token)
        if count is None:
            raise _Broken
        try:
            values = tuple(read_number(next(tokens)) for _ in range(count))
        except (StopIteration, RuntimeError, Undrawable) as error:
            raise _Broken from error
        yield token, values


def _steps(command: str, at: Point, values: tuple[float, ...]) -> Iterator[Step]:
    match command:
        case "S" | "M":
            yield "m", values
        case "L":
            yield "l", values
        case "B":
            yield "c", values
        case "Q":
            yield "c", _raised(at, values)
        case _:
            yield from _arc(at, values)


def _within(steps: Iterable[Step]) -> Iterator[Step]:
    """Yield steps whose points all lie within bounds: an arc may pass them where its numbers do not."""
    for step in steps:
        if not within(zip(step[1][::2], step[1][1::2], strict=True)):
            raise _Broken
        yield step


def _raised(at: Point, values: tuple[float, ...]) -> tuple[float, ...]:
    """Return a quadratic curve as a cubic one."""
    (x0, y0), (x1, y1, x, y) = at, values
    return (x0 + 2 * (x1 - x0) / 3, y0 + 2 * (y1 - y0) / 3, x + 2 * (x1 - x) / 3, y + 2 * (y1 - y) / 3, x, y)


def _arc(at: Point, values: tuple[float, ...]) -> Iterator[Step]:
    """Yield an arc as curves of at most a quarter turn: rx ry angle large sweep x y, as SVG 1.1 F.6.5 computes its centre."""
    rx, ry, turn, large, sweep, x, y = values
    rx, ry = abs(rx), abs(ry)
    x0, y0 = at
    if rx < _TINY or ry < _TINY:
        yield "l", (x, y)
        return
    if abs(x - x0) < _TINY and abs(y - y0) < _TINY:
        return
    c, s = cos(radians(turn)), sin(radians(turn))
    half_x, half_y = (x0 - x) / 2, (y0 - y) / 2
    u, v = (c * half_x + s * half_y) / rx, (-s * half_x + c * half_y) / ry
    grown = sqrt(max(1.0, u * u + v * v))  # radii that do not reach are grown until they do
    rx, ry, u, v = rx * grown, ry * grown, u / grown, v / grown
    length = u * u + v * v
    aside = sqrt(max(0.0, 1.0 / length - 1.0)) if length > _TINY**2 else 0.0
    if bool(large) == bool(sweep):
        aside = -aside
    cu, cv = aside * v, -aside * u
    first, last = _angle(u - cu, v - cv), _angle(-u - cu, -v - cv)
    span = last - first
    if sweep and span < 0:
        span += 2 * pi
    elif not sweep and span > 0:
        span -= 2 * pi
    centre_x = c * rx * cu - s * ry * cv + (x0 + x) / 2
    centre_y = s * rx * cu + c * ry * cv + (y0 + y) / 2
    yield from _curves((first, span), (rx, ry), (c, s), (centre_x, centre_y))


def _angle(u: float, v: float) -> float:
    from_x = max(-1.0, min(1.0, u / max(sqrt(u * u + v * v), _TINY)))
    turn = acos(from_x)
    return -turn if v < 0 else turn


def _curves(arc: Point, radii: Point, turn: Point, centre: Point) -> Iterator[Step]:
    (first, span), (rx, ry), (c, s) = arc, radii, turn
    count = max(1, ceil(abs(span) / _QUARTER - _TINY))
    part = span / count
    if not isfinite(part):
        raise _Broken
    reach = 4 / 3 * tan(part / 4)

    def place(u: float, v: float) -> Point:
        return c * rx * u - s * ry * v + centre[0], s * rx * u + c * ry * v + centre[1]

    for index in range(count):
        begin, end = first + index * part, first + (index + 1) * part
        cb, sb, ce, se = cos(begin), sin(begin), cos(end), sin(end)
        yield (
            "c",
            (*place(cb - reach * sb, sb + reach * cb), *place(ce + reach * se, se - reach * ce), *place(ce, se)),
        )
