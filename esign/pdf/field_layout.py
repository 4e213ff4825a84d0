"""Whether the letters of a filled field are seen as they are written: in the field, of a size one reads, one behind the other.

That the codes of a drawing are its value says nothing of what is shown when a clip leaves some of them out, or gives one huge letter
any shape, when some stand beside the field or are too small to see, or are set from right to left; nor when the drawing as a
whole is shrunk into the field, or turned: 6666 is 9999 then.
"""

# pyHanko ships its types with gaps:
# mypy: untyped-calls-exclude="pyhanko"

from __future__ import annotations

from math import hypot
from typing import TYPE_CHECKING, Final

from pyhanko.pdf_utils.generic import DictionaryObject
from pyhanko.sign.diff_analysis import SuspiciousModification

from esign.pdf.font_widths import FontWidths
from esign.pdf.letters import SETTING, Pen, State, UnknownLettersError
from esign.pdf.operators import PAINTING, SHOWING, Operation
from esign.pdf.pages import EDGES, ONE, times
from esign.pdf.reader import entry, numbers
from esign.pdf.resources import own_resources

if TYPE_CHECKING:
    from pyhanko.pdf_utils.generic import StreamObject

    from esign.pdf.appearance import Box
    from esign.pdf.letter_areas import Run

_PATHS: Final = frozenset((b"m", b"l", b"h", b"re", b"c", b"v", b"y"))
_CLIPS: Final = frozenset((b"W", b"W*"))
_TURNS: Final = {0: (1, 0, 0, 1), 90: (0, 1, -1, 0), 180: (-1, 0, 0, -1), 270: (0, -1, 1, 0)}  # of /MK /R (table 189)
_UNEQUAL: Final = 1.0  # points that a drawing may be larger or smaller than its field, and
_STRETCHED: Final = 0.01  # of its sides
_SMALLEST: Final = 4.0  # points of a letter that is read
_LARGEST: Final = 1.25  # of the field's height
_OVER: Final = 0.25  # of a letter's size that may reach over an edge: less than hides a digit
_BACK: Final = 0.15  # of a size that a word may begin before the last one ended: more than letters are kerned by
_LINE: Final = 0.5  # of a size; letters closer in height are on one line
_CLOSE: Final = -0.2  # of a size between letters: closer they lie over each other
_SCALES: Final = (0.5, 2.0)
_STRAIGHT: Final = 1e-6


def require_legible(
    name: str, operations: tuple[Operation, ...], drawing: StreamObject, widget: DictionaryObject, *, in_order: bool
) -> None:
    """Raise SuspiciousModification for letters that are not seen as written; `in_order`: also for those not set as one reads."""
    bounds = numbers(entry(drawing, "/BBox"), EDGES)
    try:
        if (
            bounds is None
            or not _is_fitted(_ordered(bounds), drawing, widget)
            or not _Reading(drawing, _ordered(bounds), in_order=in_order).is_legible(operations)
        ):
            raise SuspiciousModification(f"letters of the field {name!r} are not seen as they are written")
    except UnknownLettersError as error:
        raise SuspiciousModification(f"it cannot be told where the letters of the field {name!r} are") from error


def _is_fitted(bounds: Box, drawing: StreamObject, widget: DictionaryObject) -> bool:
    """Return whether a drawing fills its field at its own size, turned as the field is (12.5.5: it is stretched to fit)."""
    rectangle = numbers(entry(widget, "/Rect"), EDGES)
    matrix = numbers(entry(drawing, "/Matrix"), len(ONE)) if "/Matrix" in drawing else ONE
    look = entry(widget, "/MK")
    turn = entry(look, "/R", 0) if isinstance(look, DictionaryObject) else 0
    if rectangle is None or matrix is None or not isinstance(turn, int):
        return False
    if matrix[:4] not in {_TURNS[0], _TURNS.get(int(turn) % 360)}:
        return False
    left, bottom, right, top = _ordered(rectangle)
    sides = bounds[2] - bounds[0], bounds[3] - bounds[1]
    wanted = (right - left, top - bottom) if matrix[0] else (top - bottom, right - left)
    return all(
        abs(side - want) <= _UNEQUAL + _STRETCHED * want and (side <= 0) is (want <= 0)
        for side, want in zip(sides, wanted, strict=True)
    )


class _Reading:
    """What is seen of a drawing as its operators go by: where it is clipped to, and where the last word ended."""

    def __init__(self, drawing: StreamObject, bounds: Box, *, in_order: bool) -> None:
        self._pen = Pen(State(ONE, FontWidths(None)), own_resources(drawing))
        self._clip = bounds
        self._height = bounds[3] - bounds[1]
        self._saved: list[Box] = []
        self._path: list[Box | None] = []  # boxes, None for other lines
        self._next: Box | None = None  # what W clips to when the path ends
        self._last: Run | None = None
        self._in_order = in_order

    def is_legible(self, operations: tuple[Operation, ...]) -> bool:
        """Return whether all that is shown is seen. Raise UnknownLettersError where letters may be anywhere."""
        return all(map(self._take, operations))

    def _take(self, operation: Operation) -> bool:
        if operation.name in SETTING:
            self._pen.act(operation)
            self._save(operation.name)
        if operation.name in SHOWING:
            return self._is_shown(operation)
        if operation.name in _PATHS:
            self._path.append(self._rectangle(operation))
        elif operation.name in _CLIPS:
            self._next = self._path[0] if len(self._path) == 1 else None
            return self._next is not None
        elif operation.name == b"n" or operation.name in PAINTING:
            if self._next is not None:
                self._clip = _meeting(self._clip, self._next)
            self._path, self._next = [], None
        return True

    def _save(self, name: bytes) -> None:
        if name == b"q":
            self._saved.append(self._clip)
        elif name == b"Q" and self._saved:
            self._clip = self._saved.pop()

    def _rectangle(self, operation: Operation) -> Box | None:
        a, b, c, d, e, f = self._pen.now.place
        if operation.name != b"re" or len(operation.numbers) != EDGES or b or c:
            return None
        x, y, width, height = operation.numbers
        return _ordered((a * x + e, d * y + f, a * (x + width) + e, d * (y + height) + f))

    def _is_shown(self, operation: Operation) -> bool:
        now = self._pen.now
        a, b, c, d, _, _ = times(self._pen.line, now.place)
        size = now.size * d
        upright = a > 0 and d > 0 and now.size > 0 and hypot(b, c) <= _STRAIGHT * d
        if not upright or not _SMALLEST <= size <= _LARGEST * self._height:
            return False
        if min(now.spacing, now.word_spacing) < _CLOSE * now.size or not _SCALES[0] <= now.scale * a / d <= _SCALES[1]:
            return False
        return all(self._is_seen(run, size) for run in self._pen.runs(operation))

    def _is_seen(self, run: Run, size: float) -> bool:
        left, bottom, right, top = self._clip
        box = _ordered((run[0], run[1], run[2] + run[4], run[3] + run[5]))
        room = _OVER * size
        inside = box[0] >= left - room and box[1] >= bottom - room and box[2] <= right + room and box[3] <= top + room
        last, self._last = self._last, run
        if not inside or not self._in_order or last is None or not self._pen.now.font.is_placed:
            return inside
        if abs(run[1] - last[1]) < _LINE * size:
            return run[0] >= (last[2] if self._pen.now.font.is_exact else last[0]) - _BACK * size
        return run[1] < last[1]


def _ordered(edges: tuple[float, ...]) -> Box:
    x, y, end_x, end_y = edges
    return min(x, end_x), min(y, end_y), max(x, end_x), max(y, end_y)


def _meeting(box: Box, other: Box) -> Box:
    return max(box[0], other[0]), max(box[1], other[1]), min(box[2], other[2]), min(box[3], other[3])
