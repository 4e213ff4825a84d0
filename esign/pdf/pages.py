"""The pages of a PDF as a reader sees them: what part is shown, how it is turned, how large a unit is (ISO 32000-1 7.7.3).

for page in pages_of(reader.root):
    print(page.width, page.height)      # points, as shown
"""

# pyHanko ships its types with gaps:
# mypy: untyped-calls-exclude="pyhanko"

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, nan
from typing import TYPE_CHECKING, Final

from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject, FloatObject, IndirectObject

from esign.pdf.limits import MAX_PAGE_TREE_DEPTH, MAX_PAGES
from esign.pdf.reader import entry, numbers, raw_items
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pyhanko.pdf_utils.generic import PdfObject

    from esign.pdf.appearance import Box

Matrix = tuple[float, float, float, float, float, float]
MAX_SIDE: Final = 15_000_000 / 72  # points: 75 km; more is nonsense and loses the precision of coordinates
EDGES: Final = 4  # of a box
ONE: Final[Matrix] = (1, 0, 0, 1, 0, 0)  # the matrix that changes nothing
_INHERITED: Final = ("/MediaBox", "/CropBox", "/Rotate", "/Resources")  # table 30


def times(first: Matrix, second: Matrix) -> Matrix:
    """Return the matrix that goes through one and then through another (8.3.4)."""
    a, b, c, d, e, f = first
    g, h, i, j, k, m = second
    return (a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m)


def at(matrix: Matrix, x: float, y: float) -> tuple[float, float]:
    """Return where a place comes to through a matrix."""
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def matrix_of(numbers: tuple[float, ...]) -> Matrix:
    """Return six numbers as a matrix. Raise ValueError for more or fewer."""
    a, b, c, d, e, f = numbers
    return a, b, c, d, e, f


@dataclass(frozen=True, slots=True)
class PdfPage:
    """A page: `shown` is its visible part in its own units, `turn` how far it is shown turned clockwise, `unit` in points.

    A place "as shown" is in points from the lower left corner of what a reader sees.
    """

    number: int
    reference: IndirectObject
    shown: Box
    turn: int
    unit: float
    resources: DictionaryObject

    @property
    def width(self) -> float:
        """The width as shown, in points."""
        left, bottom, right, top = self.shown
        return self.unit * (right - left if self.turn in {0, 180} else top - bottom)

    @property
    def height(self) -> float:
        """The height as shown, in points."""
        left, bottom, right, top = self.shown
        return self.unit * (top - bottom if self.turn in {0, 180} else right - left)

    @property
    def from_shown(self) -> Matrix:
        """The matrix that takes a place as shown to the page's own coordinates."""
        left, bottom, right, top = self.shown
        one = 1 / self.unit
        return {
            0: (one, 0.0, 0.0, one, left, bottom),
            90: (0.0, one, -one, 0.0, right, bottom),
            180: (-one, 0.0, 0.0, -one, right, top),
            270: (0.0, -one, one, 0.0, left, top),
        }[self.turn]

    def own(self, box: Box) -> Box:
        """Return a box as shown in the page's own coordinates."""
        a, b, c, d, e, f = self.from_shown
        x1, y1, x2, y2 = box
        xs = sorted((a * x1 + c * y1 + e, a * x2 + c * y2 + e))
        ys = sorted((b * x1 + d * y1 + f, b * x2 + d * y2 + f))
        return xs[0], ys[0], xs[1], ys[1]

    def fractions(self, box: Box) -> Box:
        """Return a box of the page's own coordinates in fractions of the page as shown, from its upper left corner."""
        left, bottom, right, top = self.as_shown(box)
        return left / self.width, 1 - top / self.height, right / self.width, 1 - bottom / self.height

    def as_shown(self, box: Box) -> Box:
        """Return a box of the page's own coordinates as shown: the inverse of `own`."""
        a, b, c, d, e, f = self.from_shown
        area = a * d - b * c
        corners = [
            ((d * (x - e) - c * (y - f)) / area, (a * (y - f) - b * (x - e)) / area) for x, y in (box[:2], box[2:])
        ]
        xs, ys = sorted(x for x, _ in corners), sorted(y for _, y in corners)
        return xs[0], ys[0], xs[1], ys[1]


def pages_of(root: DictionaryObject) -> tuple[PdfPage, ...]:
    """Return the pages in their order. Raise PDF_MALFORMED for a tree or a box that is none, PDF_LIMIT, what pyHanko raises."""
    leaves = (node for node in page_tree(root) if node.is_page)
    return tuple(page_of(number, leaf) for number, leaf in enumerate(leaves))


@dataclass(frozen=True, slots=True)
class TreeNode:
    """A node of the page tree: a page, or what holds pages; `inherited` has its own and inherited entries (table 30), raw.

    `is_tied` says whether it and those above name as their parent what lists them: some readers inherit upwards by that.
    """

    reference: IndirectObject
    dictionary: DictionaryObject
    is_page: bool
    inherited: Mapping[str, PdfObject]
    is_tied: bool = True


def page_tree(root: DictionaryObject) -> Iterator[TreeNode]:
    """Yield the nodes of the page tree, pages in their order. Raise PDF_MALFORMED or PDF_LIMIT, and what pyHanko raises."""
    seen: set[tuple[int, int]] = set()
    nothing: dict[str, PdfObject] = {}
    above_all: IndirectObject | None = None
    waiting = [(root.raw_get("/Pages"), nothing, 0, above_all, True)]
    while waiting:
        reference, above, depth, parent, was_tied = waiting.pop()
        node = reference.get_object()
        if not isinstance(reference, IndirectObject) or not isinstance(node, DictionaryObject):
            raise TrustError(ErrorCode.PDF_MALFORMED, "the page tree is none")
        key = (reference.idnum, reference.generation)
        if key in seen:
            raise TrustError(ErrorCode.PDF_MALFORMED, "the page tree is none")
        seen.add(key)
        inherited = above | {name: node.raw_get(name) for name in _INHERITED if name in node}
        kids = entry(node, "/Kids")
        is_page = not isinstance(kids, ArrayObject)
        named = node.raw_get("/Parent") if "/Parent" in node else None
        is_tied = was_tied and (named is None if parent is None else _is_same(named, parent))
        yield TreeNode(reference, node, is_page, inherited, is_tied)
        if is_page:
            continue
        if depth >= MAX_PAGE_TREE_DEPTH or len(seen) + len(kids) > 2 * MAX_PAGES:
            raise TrustError(ErrorCode.PDF_LIMIT, "page tree", pages=MAX_PAGES, depth=MAX_PAGE_TREE_DEPTH)
        waiting.extend((kid, inherited, depth + 1, reference, is_tied) for kid in reversed(raw_items(kids)))


def _is_same(named: object, parent: IndirectObject) -> bool:
    return isinstance(named, IndirectObject) and named.reference == parent.reference


def page_of(number: int, leaf: TreeNode) -> PdfPage:
    """Return a page of the tree, the how manieth from 0 it is told. Raise as `pages_of` does."""
    node = leaf.dictionary
    inherited = {name: value.get_object() for name, value in leaf.inherited.items()}
    media = _box(inherited.get("/MediaBox"))
    crop = _box(inherited["/CropBox"]) if "/CropBox" in inherited else media
    shown = max(media[0], crop[0]), max(media[1], crop[1]), min(media[2], crop[2]), min(media[3], crop[3])
    unit = _number(entry(node, "/UserUnit", 1))
    turn = _number(inherited.get("/Rotate", 0))
    resources = inherited.get("/Resources")
    sides = shown[2] - shown[0], shown[3] - shown[1]
    if min(sides) <= 0 or not 0 < unit <= MAX_SIDE or max(sides) * unit > MAX_SIDE or turn % 90:
        raise TrustError(ErrorCode.PDF_MALFORMED, "the size or turn of a page", page=number + 1)
    return PdfPage(
        number=number,
        reference=leaf.reference,
        shown=shown,
        turn=int(turn) % 360,
        unit=unit,
        resources=resources if isinstance(resources, DictionaryObject) else DictionaryObject(),
    )


def _box(value: object) -> Box:
    """Return a rectangle with its corners in order (ISO 32000-1 7.9.5)."""
    corners = numbers(value, EDGES)
    if corners is None:
        raise TrustError(ErrorCode.PDF_MALFORMED, "a page has no box")
    x1, y1, x2, y2 = corners
    return min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)


def _number(value: object) -> float:
    number = float(value) if isinstance(value, int | FloatObject) else nan
    if not isfinite(number):
        raise TrustError(ErrorCode.PDF_MALFORMED, "a page's turn or unit is no number")
    return number


def rectangle_of(value: object) -> Box:
    """Return the rectangle of an annotation. Raise PDF_MALFORMED for what is none."""
    return _box(value)
