"""Where a page shows anything but black letters: pictures, paths, letters of other colours, and what is painted through patterns.

Words may be drawn as lines, and a scan may be a tile. What such marks say cannot be told here, only where they are. Long straight
rules, as of tables and of lines to write on, are no marks, and neither is a ground as light as paper.
"""

from __future__ import annotations

from math import hypot
from typing import TYPE_CHECKING, Final

from esign.pdf.drawings import FAR
from esign.pdf.pages import EDGES, at

if TYPE_CHECKING:
    from esign.pdf.appearance import Box
    from esign.pdf.letter_areas import Run
    from esign.pdf.operators import Operation
    from esign.pdf.pages import Matrix
    from esign.pdf.paint import Paint

MAKING: Final = frozenset((b"m", b"l", b"c", b"v", b"y", b"h", b"re"))
ENDING: Final = frozenset((b"f", b"F", b"f*", b"B", b"B*", b"b", b"b*", b"S", b"s", b"n"))
_LINED: Final = frozenset((b"S", b"s"))
_FILLED: Final = frozenset((b"f", b"F", b"f*"))
_EVERYWHERE: Final = (-FAR, -FAR, FAR, -FAR, 0.0, 2 * FAR)
_MANY: Final = 4_000  # marks of a page, beyond which they count as one that is everywhere
_THIN: Final = 1.5  # units across of a rule
_LONG: Final = 72.0  # along it: longer than letters, and than the bars of codes
_PAPER: Final = 0.8  # the least part of a colour that on paper nobody sees


class Marks:
    """The marks of one page; beyond what a page may have they are everywhere."""

    def __init__(self) -> None:
        self._runs: list[Run] = []
        self._is_full = False

    @property
    def runs(self) -> list[Run]:
        """Where they are."""
        return [_EVERYWHERE] if self._is_full else self._runs

    def add(self, run: Run) -> None:
        """Take in one mark."""
        if len(self._runs) >= _MANY:
            self.fill_page()
        else:
            self._runs.append(run)

    def fill_page(self) -> None:
        """Take in what may be anywhere."""
        self._is_full = True


class Path:
    """A path as it is made, in the page's own units: parts that are filled each by itself, of pieces between two points."""

    def __init__(self) -> None:
        self._parts: list[list[Box]] = []
        self._begin = self._at = (0.0, 0.0)
        self._is_near = True

    def make(self, operation: Operation, place: Matrix) -> None:
        """Take an operator of `MAKING` in."""
        given = operation.numbers
        self._is_near = self._is_near and all(abs(number) <= FAR for number in given)
        if operation.name == b"re" and len(given) == EDGES:
            x, y, width, height = given
            corners = [at(place, *each) for each in ((x, y), (x + width, y), (x + width, y + height), (x, y + height))]
            self._parts.append([_around(corners[at - 1], corners[at]) for at in range(len(corners))])
            self._begin = self._at = corners[0]
            return
        points = [at(place, x, y) for x, y in zip(given[0::2], given[1::2], strict=False)] or [self._begin]
        if operation.name == b"m" or not self._parts:
            self._parts.append([])
            self._begin = self._at = points[0]
        self._parts[-1].append(_around(self._at, *points))
        self._at = points[-1]

    def paint(self, operation: Operation, marks: Marks, paint: Paint, width: float, place: Matrix) -> None:
        """Put into `marks` what an operator of `ENDING` shows of the path, its lines so wide in units of `place`, and begin anew."""
        parts, self._parts = self._parts, []
        is_near, self._is_near = self._is_near, True
        if operation.name == b"n" or (operation.name in _FILLED and _is_paper(paint)):
            return
        if not is_near:
            marks.fill_page()
            return
        beside = 0.0 if operation.name in _FILLED else abs(width) * max(hypot(*place[:2]), hypot(*place[2:4]))
        for part in parts:
            for box in (
                part
                if operation.name in _LINED
                else [_around(*(corner for each in part for corner in (each[:2], each[2:])))]
            ):
                if not _is_rule(box):
                    left, bottom, right, top = box
                    marks.add(
                        (
                            left - beside,
                            bottom - beside,
                            right + beside,
                            bottom - beside,
                            0.0,
                            top - bottom + 2 * beside,
                        )
                    )


def _around(*points: tuple[float, float]) -> Box:
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return min(xs), min(ys), max(xs), max(ys)


def _is_rule(box: Box) -> bool:
    sides = box[2] - box[0], box[3] - box[1]
    return min(sides) <= _THIN and max(sides) >= _LONG


def _is_paper(paint: Paint) -> bool:
    return paint.colour is not None and not paint.is_veiled and min(paint.colour) >= _PAPER
