"""Where a page shows letters: the points at which its text begins, in the page's own units (ISO 32000-1 9.4).

For judging whether something later lies over text: widths are not computed, so a run of text is known by its first letter.
"""

# pyHanko ships its types with gaps:
# mypy: untyped-calls-exclude="pyhanko"

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from pyhanko.pdf_utils.decode_limits import DecodePurpose
from pyhanko.pdf_utils.generic import DictionaryObject, StreamObject

from esign.pdf.operators import Operation, read_operations
from esign.pdf.reader import entry, items

if TYPE_CHECKING:
    from collections.abc import Iterator

    from esign.pdf.pages import TreeNode

Box = tuple[float, float, float, float]
Point = tuple[float, float]
Matrix = tuple[float, float, float, float, float, float]
_ONE: Final[Matrix] = (1, 0, 0, 1, 0, 0)
_MATRIX: Final = 6
_MAX_DEPTH: Final = 8  # forms inside forms
_MAX_SAVED: Final = 256  # q without Q
_SHOWING: Final = frozenset((b"Tj", b"TJ", b"'", b'"'))


def _times(first: Matrix, second: Matrix) -> Matrix:
    a, b, c, d, e, f = first
    g, h, i, j, k, m = second
    return (a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m)


@dataclass
class _Pen:
    """The part of the graphics state that says where text goes."""

    place: Matrix
    saved: list[Matrix] = field(default_factory=list)
    line: Matrix = _ONE
    leading: float = 0

    def act(self, operation: Operation) -> None:
        numbers = operation.numbers
        match operation.name, len(numbers):
            case b"q", _ if len(self.saved) < _MAX_SAVED:
                self.saved.append(self.place)
            case b"Q", _ if self.saved:
                self.place = self.saved.pop()
            case b"cm", 6:
                self.place = _times(_matrix(numbers), self.place)
            case b"BT", _:
                self.line = _ONE
            case b"Tm", 6:
                self.line = _matrix(numbers)
            case b"TL", 1:
                self.leading = numbers[0]
            case ((b"Td" | b"TD"), 2):
                self.leading = -numbers[1] if operation.name == b"TD" else self.leading
                self.line = _times((1, 0, 0, 1, numbers[0], numbers[1]), self.line)
            case ((b"T*" | b"'" | b'"'), _):
                self.line = _times((1, 0, 0, 1, 0, -self.leading), self.line)
            case _:  # colours, lines, fonts
                pass

    def point(self) -> Point:
        where = _times(self.line, self.place)
        return where[4], where[5]


def _matrix(numbers: tuple[float, ...]) -> Matrix:
    a, b, c, d, e, f = numbers
    return a, b, c, d, e, f


def letters_of_page(page: TreeNode) -> Iterator[Point]:
    """Yield where each run of text on the page begins. Raise PDF_MALFORMED or PDF_LIMIT for a content that cannot be read."""
    contents = entry(page.dictionary, "/Contents")
    parts = [contents] if isinstance(contents, StreamObject) else items(contents)
    data = b"\n".join(part.read_data(DecodePurpose.GENERIC) for part in parts if isinstance(part, StreamObject))
    inherited = page.inherited.get("/Resources")
    resources = None if inherited is None else inherited.get_object()
    scope = resources if isinstance(resources, DictionaryObject) else DictionaryObject()
    yield from _letters(data, scope, _Pen(_ONE), 0)


def _letters(data: bytes, resources: DictionaryObject, pen: _Pen, depth: int) -> Iterator[Point]:
    for operation in read_operations(data):
        pen.act(operation)
        if operation.name in _SHOWING:
            yield pen.point()
        elif operation.name == b"Do" and operation.names and depth < _MAX_DEPTH:
            yield from _inside(resources, operation.names[0].decode("latin-1"), pen.place, depth)


def _inside(resources: DictionaryObject, name: str, place: Matrix, depth: int) -> Iterator[Point]:
    objects = entry(resources, "/XObject")
    shown = entry(objects, name) if isinstance(objects, DictionaryObject) else None
    if not isinstance(shown, StreamObject) or entry(shown, "/Subtype") != "/Form":
        return
    numbers = tuple(float(number) for number in items(entry(shown, "/Matrix")))
    inner = _matrix(numbers) if len(numbers) == _MATRIX else _ONE
    own = entry(shown, "/Resources")
    scope = own if isinstance(own, DictionaryObject) else resources
    yield from _letters(shown.read_data(DecodePurpose.GENERIC), scope, _Pen(_times(inner, place)), depth + 1)
