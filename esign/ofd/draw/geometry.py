"""Numbers, points, boxes and matrices as OFD writes them: parts with white space between (GB/T 33190-2016, basic types).

Millimetres, y downwards. What is no finite number of a sensible size is Undrawable: NaN and infinity would reach every
coordinate after them.
"""

from __future__ import annotations

import re
from math import hypot, isfinite
from typing import TYPE_CHECKING, Final, NamedTuple

from esign.ofd.draw.limits import MAX_NUMBER
from esign.ofd.draw.notes import Lack, Undrawable

if TYPE_CHECKING:
    from collections.abc import Iterable

Point = tuple[float, float]
_NUMBER: Final = re.compile(r"[+-]?(?:\d{1,20}\.?\d{0,20}|\.\d{1,20})(?:[eE][+-]?\d{1,3})?", re.ASCII)
_BOX, _MATRIX, _POINT = 4, 6, 2


class Box(NamedTuple):
    """A rectangle: its top left corner, width and height."""

    x: float
    y: float
    width: float
    height: float


class Matrix(NamedTuple):
    """A transformation: x' = ax + cy + e, y' = bx + dy + f."""

    a: float
    b: float
    c: float
    d: float
    e: float
    f: float

    def then(self, outer: Matrix) -> Matrix:
        """Return the transformation that does this one first and the outer one after it."""
        a, b, c, d, e, f = self
        p, q, r, s, t, u = outer
        return Matrix(a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u)

    def apply(self, point: Point) -> Point:
        """Return where a point goes."""
        x, y = point
        return self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f

    @property
    def is_flat(self) -> bool:
        """Whether everything falls onto one line: nothing would be seen, and it has no inverse."""
        return abs(self.a * self.d - self.b * self.c) < 1e-12  # noqa: PLR2004 - a thousandth of a micrometre, squared

    @property
    def stretch(self) -> float:
        """By how much lengths grow at most, or nearly."""
        return max(hypot(self.a, self.b), hypot(self.c, self.d))


IDENTITY: Final = Matrix(1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


def shift(x: float, y: float) -> Matrix:
    """Return the matrix that moves."""
    return Matrix(1.0, 0.0, 0.0, 1.0, x, y)


def scaling(across: float, down: float) -> Matrix:
    """Return the matrix that stretches."""
    return Matrix(across, 0.0, 0.0, down, 0.0, 0.0)


def read_number(text: str) -> float:
    """Return one number. Raise Undrawable for what is none, or too large."""
    if not _NUMBER.fullmatch(text.strip()):
        raise Undrawable(Lack.NUMBER, text)
    value = float(text)
    if not isfinite(value) or abs(value) > MAX_NUMBER:
        raise Undrawable(Lack.NUMBER, text)
    return value


def read_numbers(text: str, most: int) -> tuple[float, ...]:
    """Return the numbers of an ST_Array. Raise Undrawable for what is no number, or more than `most`."""
    words = text.replace(",", " ").split(None, most)
    if len(words) > most:
        raise Undrawable(Lack.NUMBER, "too many numbers")
    return tuple(read_number(word) for word in words)


def read_box(text: str) -> Box:
    """Return an ST_Box; sides below zero are turned round. Raise Undrawable."""
    x, y, width, height = _exactly(text, _BOX)
    return Box(min(x, x + width), min(y, y + height), abs(width), abs(height))


def read_point(text: str) -> Point:
    """Return an ST_Pos. Raise Undrawable."""
    x, y = _exactly(text, _POINT)
    return x, y


def read_matrix(text: str | None) -> Matrix:
    """Return a CTM, which changes nothing where there is none. Raise Undrawable."""
    return IDENTITY if text is None else Matrix(*_exactly(text, _MATRIX))


def _exactly(text: str, count: int) -> tuple[float, ...]:
    found = read_numbers(text, count)
    if len(found) != count:
        raise Undrawable(Lack.NUMBER, text)
    return found


def reaches_beyond(points: Iterable[Point], box: Box, by: float) -> bool:
    """Tell whether a point lies outside a box of these sides, at the origin, by more than that."""
    return any(not (-by <= x <= box.width + by and -by <= y <= box.height + by) for x, y in points)


def within(points: Iterable[Point]) -> bool:
    """Tell whether all points are finite and within bounds, after a transformation."""
    return all(abs(x) <= MAX_NUMBER and abs(y) <= MAX_NUMBER for x, y in points)  # false for NaN
