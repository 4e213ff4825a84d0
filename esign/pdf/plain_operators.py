"""Whether a content is written so that every program draws it alike: each operator with its own operands, where it belongs.

Programs differ in what they do with operands too many or too few, paths that are interrupted, colours beyond their range, clips to
nothing, lines of negative width, letters of no size (ISO 32000-1 8.2, figure 9, says where operators may stand; annex A, with what).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from esign.pdf.drawings import FAR
from esign.pdf.operators import PAINTING, SHOWING
from esign.pdf.pages import matrix_of

if TYPE_CHECKING:
    from esign.pdf.operators import Operation

NAMING: Final = frozenset((b"gs", b"Do", b"Tf"))
_SHAPES: Final = {  # what operators take: names, numbers and texts
    name: re.compile(shape)
    for shape, names in {
        "": b"q Q h W W* n f F f* B B* b b* S s BT ET T* EMC",
        "n": b"w J j M d g G Tc Tw TL",
        "nn": b"m l Td TD",
        "nnn": b"rg RG",
        "nnnn": b"re v y k K",
        "nnnnnn": b"cm c Tm",
        "t": b"Tj '",
        "[nt]+": b"TJ",
        "/": b"gs Do BMC",
        "/n": b"Tf",
    }.items()
    for name in names.split()
}
_COLOURS: Final = frozenset((b"g", b"G", b"rg", b"RG", b"k", b"K"))
_BEGIN: Final = frozenset((b"m", b"re"))
_GOING_ON: Final = frozenset((b"m", b"l", b"c", b"v", b"y", b"h", b"re"))
_END: Final = frozenset((b"n", b"f", b"F", b"f*", b"B", b"B*", b"b", b"b*", b"S", b"s"))
_CLIP: Final = frozenset((b"W", b"W*"))
_OF_TEXT: Final = frozenset((b"Td", b"TD", b"Tm", b"T*")) | SHOWING
_WITHIN_TEXT: Final = _OF_TEXT | _COLOURS | {b"Tf", b"Tc", b"Tw", b"TL", b"ET"}
_PRINTED: Final = re.compile(rb"[ -~]*")  # letters that mean the same in nearly all encodings
_LEAST: Final = 0.01  # units across what is clipped to or written, and of an area that a unit becomes
_MOST_SAVED: Final = 16


class PlainContent:
    """What was read of a content so far; `marks` are those it makes, letters by themselves."""

    def __init__(self) -> None:
        self.marks = 0
        self._saved = 0
        self._path: list[Operation] = []
        self._is_clip = False
        self._is_text = False

    @property
    def is_complete(self) -> bool:
        """Whether nothing was begun that has no end."""
        return not (self._saved or self._path or self._is_text)

    def takes(self, operation: Operation) -> bool:
        """Go on with an operator. Return whether every program takes it alike, what it names left aside."""
        name = operation.name
        if not operation.is_proper or not _has_operands(operation):
            return False
        if self._path or name in _GOING_ON | _CLIP | _END:
            return self._goes_on(operation)
        if self._is_text or name in _OF_TEXT:
            self.marks += sum(map(len, operation.texts))
            is_in_place = self._is_text and name in _WITHIN_TEXT
            self._is_text = self._is_text and name != b"ET"
            return is_in_place
        self._is_text = name == b"BT"
        self._saved += {b"q": 1, b"Q": -1}.get(name, 0)
        self.marks += name in PAINTING
        return 0 <= self._saved <= _MOST_SAVED and name != b"ET"

    def _goes_on(self, operation: Operation) -> bool:
        """Go on with a path: nothing stands between its first operator and the one that paints it, or clips to one rectangle."""
        name = operation.name
        if not self._path and name not in _BEGIN:
            return False
        if name in _END:
            was_clip, self._is_clip, self._path = self._is_clip, False, []
            self.marks += name != b"n"
            return name == b"n" if was_clip else True
        if name in _CLIP:
            self._is_clip = True
            return len(self._path) == 1 and self._path[0].name == b"re" and _has_area(self._path[0])
        self._path.append(operation)
        return name in _GOING_ON and not self._is_clip and (name != b"l" or len(self._path) > 1)


def _has_area(rectangle: Operation) -> bool:
    return min(rectangle.numbers[2:]) > _LEAST


def _has_operands(operation: Operation) -> bool:
    name, numbers = operation.name, operation.numbers
    if not all(abs(number) <= FAR for number in numbers) or not all(map(_PRINTED.fullmatch, operation.texts)):
        return False
    shape = "/" * len(operation.names) + "".join("n" if isinstance(each, float) else "t" for each in operation.pieces)
    return name in _SHAPES and _SHAPES[name].fullmatch(shape) is not None and _is_in_range(name, numbers)


def _is_in_range(name: bytes, numbers: tuple[float, ...]) -> bool:
    if name in _COLOURS:
        return all(0 <= number <= 1 for number in numbers)
    if name in {b"cm", b"Tm"}:
        a, b, c, d, _, _ = matrix_of(numbers)
        return abs(a * d - b * c) > _LEAST * _LEAST
    if name in {b"J", b"j"}:
        return numbers[0] in {0, 1, 2}
    if name == b"d":
        return numbers == (0,)  # a line without gaps
    return numbers[0] > _LEAST if name in {b"w", b"M", b"Tf"} else True
