"""Whether the drawing of a form field may hide what is under it, or only adds letters to it.

Letters that are outlines in one dark colour add to what they lie on. Anything else may hide it: paint, white letters if their
font has a block for one, grey ones under black ones, what a graphics state makes of them, letters that are drawings.
"""

# pyHanko ships its types with gaps:
# mypy: untyped-calls-exclude="pyhanko"

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pyhanko.pdf_utils.generic import DictionaryObject

from esign.pdf.drawings import LETTER_FONTS, read_content
from esign.pdf.names import spelt
from esign.pdf.operators import PAINTING, SHOWING
from esign.pdf.reader import entry, name_of
from esign.pdf.resources import own_resources, resources_of

if TYPE_CHECKING:
    from pyhanko.pdf_utils.generic import StreamObject

    from esign.pdf.operators import Operation

_FILL: Final = frozenset((b"g", b"rg", b"k", b"cs", b"sc", b"scn"))
_DARK: Final = 0.4  # a luminance up to which letters are ink: black, blue, red
_WEIGHTS: Final = (0.30, 0.59, 0.11)  # of red, green and blue (10.3.2)
PLAIN: Final = frozenset(  # text, and the state it is written in; clipping makes less visible, never more
    b"q Q cm BT ET Tc Tw Tz TL Tf Tr Ts Td TD Tm T* Tj TJ ' \" g G rg RG k K cs CS sc SC w J j M d i ri "
    b"BMC BDC EMC MP DP re m l h W W* n".split()
)

_RESOURCES: Final = frozenset(("/Font", "/ProcSet", "/Encoding"))  # the last is old readers', and stands for nothing
_IN_TEXT: Final = SHOWING | frozenset((b"Td", b"TD", b"Tm", b"T*"))
_OUT_OF_TEXT: Final = frozenset((b"BT", b"q", b"Q", b"cm", b"re", b"m", b"l", b"h", b"W", b"W*", b"n")) | PAINTING

_Step = tuple[bytes, tuple[float, ...]]  # an operator with its numbers
_BLACK: Final[_Step] = (b"g", (0.0,))  # at the beginning of a content


def may_hide(drawing: StreamObject) -> bool:
    """Return whether a drawing is anything but letters in one dark colour. Raise as `esign.pdf.drawings.read_content` does."""
    return hides(tuple(read_content(drawing)), drawing)


def hides(operations: tuple[Operation, ...], drawing: StreamObject) -> bool:
    """Return `may_hide` of the operations of a drawing."""
    for operation in operations:
        if not operation.is_proper or operation.name in PAINTING or operation.name not in PLAIN:
            return True
        if operation.name == b"Tr" and operation.numbers != (0.0,):
            return True
    return not is_of_one_ink(operations) or not writes_outlines(operations, drawing)


def is_of_one_ink(operations: tuple[Operation, ...]) -> bool:
    """Return whether all letters are written in one colour, and a dark one: on paper all of them are seen."""
    fill, saved, colours = _BLACK, list[_Step](), set[_Step]()
    for operation in operations:
        name = operation.name
        if name == b"q":
            saved.append(fill)
        elif name == b"Q":
            fill = saved.pop() if saved else _BLACK
        elif name in _FILL:
            fill = name, operation.numbers
        elif name in SHOWING:
            colours.add(fill)
    return len(colours) <= 1 and all(map(_is_dark, colours))


def is_well_nested(operations: tuple[Operation, ...], drawing: StreamObject) -> bool:
    """Return whether letters stand in text objects, states outside of them and each undone once, and all is named by fonts.

    Readers take the other ways apart: some show letters outside of BT and ET, and some what a colour space of the drawing's own makes of black.
    """
    if not own_resources(drawing).keys() <= _RESOURCES:
        return False
    is_text, saved = False, 0
    for operation in operations:
        name = operation.name
        if (name in _IN_TEXT and not is_text) or (name in _OUT_OF_TEXT and is_text) or (name == b"ET" and not is_text):
            return False
        is_text = (is_text or name == b"BT") and name != b"ET"
        saved += (name == b"q") - (name == b"Q")
        if saved < 0:
            return False
    return not is_text and not saved


def writes_outlines(operations: tuple[Operation, ...], drawing: StreamObject) -> bool:
    """Return whether all letters are of fonts that the drawing's own resources name, and that hold outlines.

    For a name that stands nowhere, and for letters before any font, readers look on in the page's resources.
    """
    fonts, is_set, saved = fonts_in(drawing), False, list[bool]()
    for operation in operations:
        if operation.name == b"q":
            saved.append(is_set)
        elif operation.name == b"Q":
            is_set = bool(saved) and saved.pop()
        elif operation.name == b"Tf":
            font = entry(fonts, spelt(operation.names[0])) if operation.names else None
            is_set = isinstance(font, DictionaryObject) and name_of(font, "/Subtype") in LETTER_FONTS
        if (operation.name in SHOWING or operation.name == b"Tf") and not is_set:
            return False
    return True


def fonts_in(drawing: StreamObject) -> DictionaryObject:
    """Return the fonts that a drawing's own resources name."""
    return resources_of(own_resources(drawing), "/Font")


def _is_dark(fill: _Step) -> bool:
    """Return whether a colour is known to be dark."""
    match fill:
        case (b"g", (grey,)):
            return grey <= _DARK
        case (b"rg", (red, green, blue)):
            return sum(weight * part for weight, part in zip(_WEIGHTS, (red, green, blue), strict=True)) <= _DARK
        case (b"k", (cyan, magenta, yellow, black)):
            rest = (max(0.0, 1 - part - black) for part in (cyan, magenta, yellow))
            return sum(weight * part for weight, part in zip(_WEIGHTS, rest, strict=True)) <= _DARK
        case _:
            return False
