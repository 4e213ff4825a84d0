"""Where a page shows letters: points along its lines of text, in the page's own units (ISO 32000-1 9.4).

For judging whether something later lies over text. Widths are not read but estimated: half the size of the font for each octet,
which is right for wide characters in two octets and for the average of narrow ones in one. A long line may end elsewhere.
"""

# pyHanko ships its types with gaps:
# mypy: untyped-calls-exclude="pyhanko"

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from pyhanko.pdf_utils.decode_limits import DecodePurpose
from pyhanko.pdf_utils.generic import DictionaryObject, StreamObject

from esign.pdf.operators import SHOWING, Operation, read_operations
from esign.pdf.reader import entry, items

if TYPE_CHECKING:
    from collections.abc import Iterator

    from esign.pdf.pages import Matrix, TreeNode

Point = tuple[float, float]
_ONE: Final[Matrix] = (1, 0, 0, 1, 0, 0)
_MATRIX: Final = 6
_MAX_DEPTH: Final = 8  # forms inside forms
_MAX_SAVED: Final = 256  # q without Q
_EM: Final = 0.5  # of the font's size, for an octet
_HEIGHTS: Final = (0.0, 0.35)  # on the line, and in the middle of a small letter, in sizes of the font
_MAX_POINTS: Final = 4096  # along one run


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
    size: float = 1
    gone: float = 0  # along the line since it began

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

    def begin(self, operation: Operation) -> None:
        """Take a font's size, and the beginning of a line."""
        if operation.name in _NEW_LINE:
            self.gone = 0
        elif operation.name == b"Tf" and operation.numbers:
            self.size = operation.numbers[-1]

    def run(self, operation: Operation) -> Iterator[Point]:
        """Yield points of the letters an operation shows, and go on behind them."""
        where = _times(self.line, self.place)
        size = abs(self.size) or 1
        shift = sum(operation.numbers) / 1000 * size if operation.name == b"TJ" else 0
        length = sum(len(text) for text in operation.texts) * _EM * size - min(shift, 0)
        steps = min(int(length / (_EM * size)) + 1, _MAX_POINTS)
        for step in range(steps):
            along = self.gone + step * _EM * size
            yield from ((_at(where, along, height * size)) for height in _HEIGHTS)
        self.gone += length


def _at(matrix: Matrix, x: float, y: float) -> Point:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


_NEW_LINE: Final = frozenset((b"BT", b"Tm", b"Td", b"TD", b"T*", b"'", b'"'))


def _matrix(numbers: tuple[float, ...]) -> Matrix:
    a, b, c, d, e, f = numbers
    return a, b, c, d, e, f


def letters_of_page(page: TreeNode) -> Iterator[Point]:
    """Yield points along each run of text on the page. Raise PDF_MALFORMED or PDF_LIMIT for a content that cannot be read."""
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
        pen.begin(operation)
        if operation.name in SHOWING:
            yield from pen.run(operation)
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
