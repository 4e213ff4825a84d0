"""Letters that are drawings (Type 3, ISO 32000-1 9.6.5), and text in what is drawn through: patterns and masks.

A Type 3 letter lies where its procedure draws it, and text inside a pattern or a mask wherever that is painted. Of such letters it
is told how far they reach, or that it is not known.
"""

# pyHanko ships its types with gaps:
# mypy: untyped-calls-exclude="pyhanko"

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pyhanko.pdf_utils.generic import DictionaryObject, StreamObject

from esign.pdf.drawings import FAR, read_content
from esign.pdf.names import spelt
from esign.pdf.operators import SHOWING
from esign.pdf.pages import EDGES, ONE, matrix_of, times
from esign.pdf.reader import entry, name_of, numbers
from esign.pdf.resources import own_resources, resource

if TYPE_CHECKING:
    from esign.pdf.appearance import Box
    from esign.pdf.pages import Matrix

_MAX_PROCEDURES: Final = 1024  # of a font, whose codes are 256
_MAX_DEPTH: Final = 8  # forms inside forms
_PATHS: Final = frozenset((b"m", b"l", b"c", b"v", b"y", b"re"))
_OF_LETTERS: Final = frozenset(  # what draws nothing far away that is not told by paths
    b"d0 d1 q Q cm w J j M d i ri h n W W* f F f* B B* b b* S s g G rg RG k K BI ID EI BMC BDC EMC MP DP".split()
)
_STROKING: Final = frozenset((b"S", b"s", b"B", b"B*", b"b", b"b*"))
_MITRE: Final = 5.0  # of a line's width, how far its corners reach at a limit of ten (8.4.3.5)
_FEW: Final = 1024


def shows_text(drawing: StreamObject, resources: object = None, depth: int = 0) -> bool:
    """Return whether a drawing shows text, or may: what readers take in several ways, or look for elsewhere, counts as text.

    `resources` are those of a drawing that has none of its own. Raise PDF_MALFORMED or PDF_LIMIT for one that cannot be read.
    """
    known = own_resources(drawing, resources)
    for operation in read_content(drawing):
        if not operation.is_proper or operation.name in SHOWING:
            return True
        if operation.name == b"Do":
            shown = resource(known, "/XObject", spelt(operation.names[0]))
            if not isinstance(shown, StreamObject) or depth >= _MAX_DEPTH:
                return True
            if name_of(shown, "/Subtype") != "/Image" and shows_text(shown, known, depth + 1):
                return True
    return False


def drawn_box(font: DictionaryObject) -> Box | None:
    """Return the box that letters of a Type 3 font fill about where they stand, in sizes; None where that is not known.

    It is what the font says of itself (/FontBBox) and what its letters draw, whichever is more: readers clip to neither box told.
    """
    matrix = numbers(entry(font, "/FontMatrix"), len(ONE))
    procedures = entry(font, "/CharProcs")
    if matrix is None or matrix[4] or matrix[5]:
        return None
    if not isinstance(procedures, DictionaryObject) or len(procedures) > _MAX_PROCEDURES:
        return None
    told = [numbers(entry(font, "/FontBBox"), EDGES)]
    for procedure in (entry(procedures, name) for name in procedures):
        if not isinstance(procedure, StreamObject) or (drawn := _drawn(procedure)) is None:
            return None
        told += [drawn]
    boxes = [box for box in told if box is not None and box[0] != box[2] and box[1] != box[3]]
    if not boxes:
        return None
    across = [matrix[0] * each for box in boxes for each in box[0::2]]
    up = [matrix[3] * each for box in boxes for each in box[1::2]]
    return min(across), min(up), max(across), max(up)


def _drawn(procedure: StreamObject) -> Box | None:
    """Return the box around what a letter draws of paths and pictures in it; None where it draws anything else."""
    place, saved, width = ONE, list["tuple[Matrix, float]"](), 1.0
    xs, ys, reach, is_stroked = [0.0], [0.0], 0.0, False
    for operation in read_content(procedure):
        name, given = operation.name, operation.numbers
        if not operation.is_proper or name not in _OF_LETTERS | _PATHS or any(abs(each) > FAR for each in given):
            return None
        if name == b"q":
            saved.append((place, width))
        elif name == b"Q":
            place, width = saved.pop() if saved else (place, width)
        elif name == b"cm":
            place = times(matrix_of(given), place)
        elif name == b"w":
            width = given[0]
        for x, y in _points(name, given):
            reach = max(reach, _MITRE * abs(width) * max(map(abs, place[:4])))
            xs.append(place[0] * x + place[2] * y + place[4])
            ys.append(place[1] * x + place[3] * y + place[5])
        is_stroked = is_stroked or name in _STROKING
        if len(xs) > _FEW:
            xs, ys = [min(xs), max(xs)], [min(ys), max(ys)]
    far = reach if is_stroked else 0
    return min(xs) - far, min(ys) - far, max(xs) + far, max(ys) + far


def _points(name: bytes, given: tuple[float, ...]) -> list[tuple[float, float]]:
    if name == b"BI":
        return [(0, 0), (1, 0), (0, 1), (1, 1)]  # a picture fills the unit square (8.9.5)
    if name == b"re" and len(given) == EDGES:
        x, y, width, height = given
        return [(x, y), (x + width, y), (x, y + height), (x + width, y + height)]
    return list(zip(given[0::2], given[1::2], strict=False)) if name in _PATHS else []
