"""Letters that are drawings (Type 3, ISO 32000-1 9.6.5), and text in what is drawn through: patterns and masks.

A Type 3 letter lies where its procedure draws it, and text inside a pattern or a mask wherever that is painted. Of such letters it
is told how far they reach, or that it is not known.
"""

# pyHanko ships its types with gaps:
# mypy: untyped-calls-exclude="pyhanko"

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pyhanko.pdf_utils.generic import DictionaryObject, StreamObject

from esign.pdf.drawings import read_content
from esign.pdf.names import spelt
from esign.pdf.operators import SHOWING
from esign.pdf.pages import EDGES, ONE
from esign.pdf.reader import entry, name_of, numbers
from esign.pdf.resources import own_resources, resource

if TYPE_CHECKING:
    from esign.pdf.appearance import Box

_MAX_PROCEDURES: Final = 1024  # of a font, whose codes are 256
_MAX_DEPTH: Final = 8  # forms inside forms
_GLYPH_BOX: Final = 6  # numbers of d1: widths and the letter's box (table 113)


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

    It is what the font and its letters say of themselves (/FontBBox, d1), whichever is more.
    """
    matrix = numbers(entry(font, "/FontMatrix"), len(ONE))
    procedures = entry(font, "/CharProcs")
    if matrix is None or not isinstance(procedures, DictionaryObject) or len(procedures) > _MAX_PROCEDURES:
        return None
    told = [numbers(entry(font, "/FontBBox"), EDGES)]
    for procedure in (entry(procedures, name) for name in procedures):
        if not isinstance(procedure, StreamObject) or shows_text(procedure, entry(font, "/Resources")):
            return None
        told.append(_own_box(procedure))
    boxes = [box for box in told if box is not None and box[0] != box[2] and box[1] != box[3]]
    if not boxes:
        return None
    across = [matrix[0] * each for box in boxes for each in box[0::2]]
    up = [matrix[3] * each for box in boxes for each in box[1::2]]
    return min(across), min(up), max(across), max(up)


def _own_box(procedure: StreamObject) -> Box | None:
    first = next(read_content(procedure), None)
    if first is None or first.name != b"d1" or len(first.numbers) != _GLYPH_BOX:
        return None
    left, bottom, right, top = first.numbers[2:]
    return left, bottom, right, top
