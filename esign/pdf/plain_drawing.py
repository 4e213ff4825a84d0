"""Whether every program draws a drawing alike, as far as its operators tell.

What a drawing leaves on a page can be told by drawing the page only when every program draws it so: from operators and resources
that have one meaning, all of the drawing's own. Letters are alike in the standard fonts alone: programs find those of a font that
the file brings by tables of it that may contradict each other.
"""

# pyHanko ships its types with gaps:
# mypy: untyped-calls-exclude="pyhanko"

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pyhanko.pdf_utils.generic import DictionaryObject, FloatObject, NumberObject, StreamObject

from esign.pdf.drawings import is_framed, normal_drawing, read_content
from esign.pdf.names import spelt
from esign.pdf.pages import EDGES
from esign.pdf.plain_operators import NAMING, PlainContent
from esign.pdf.plain_pictures import is_plain_picture
from esign.pdf.reader import entry, name_of, numbers
from esign.pdf.resources import own_resources, resource
from esign.pdf.standard_fonts import is_standard_font

if TYPE_CHECKING:
    from esign.pdf.operators import Operation

_MAX_DEPTH: Final = 4  # forms inside forms
_KINDS: Final = {b"gs": "/ExtGState", b"Do": "/XObject", b"Tf": "/Font"}
_RESOURCES: Final = frozenset({"/Font", "/XObject", "/ExtGState", "/ProcSet"})  # no colour spaces that stand for others
_MOST_MARKS: Final = 64  # upon each other through a blend mode or an alpha: what each rounds adds up
_LEAST_ALPHA: Final = 0.1
_ENCODINGS: Final = frozenset({"/WinAnsiEncoding", "/MacRomanEncoding", "/StandardEncoding"})
_FLAGS: Final = (
    4 | 64 | 128 | 512
)  # Print, ReadOnly, Locked, LockedContents (table 165): none keeps it from anybody's sight
_BLENDING: Final = frozenset({"/BM", "/ca", "/CA"})
_STATES: Final = _BLENDING | {"/Type", "/LW", "/LC", "/LJ", "/ML", "/SA", "/SMask"}
_MODES: Final = frozenset({"/Normal", "/Compatible", "/Multiply", "/Darken"})


def is_drawn_alike(annotation: DictionaryObject) -> bool:
    """Return whether every program draws an annotation alike. Raise PDF_MALFORMED or PDF_LIMIT for one that cannot be read."""
    appearance, drawing = entry(annotation, "/AP"), normal_drawing(annotation)
    flags = entry(annotation, "/F", NumberObject(0))
    alone = isinstance(appearance, DictionaryObject) and set(appearance) == {"/N"}
    return (
        drawing is not None
        and alone
        and "/OC" not in annotation
        and not is_framed(annotation)
        and isinstance(flags, NumberObject)
        and not flags & ~_FLAGS
        and _is_alike(drawing, 0)
    )


def _is_alike(drawing: StreamObject, depth: int) -> bool:
    """Return whether programs draw a form alike; one inside another has no part in blending, which some apply to it as a whole."""
    resources = own_resources(drawing)
    box = numbers(entry(drawing, "/BBox"), EDGES)
    if depth > _MAX_DEPTH or not set(resources) <= _RESOURCES or not {"/OC", "/Ref"}.isdisjoint(drawing) or box is None:
        return False
    content, blends, holds = PlainContent(), False, False
    for operation in read_content(drawing):
        if not content.takes(operation):
            return False
        if operation.name not in NAMING:
            continue
        found = resource(resources, _KINDS[operation.name], spelt(operation.names[0]))
        if not _is_known(operation, found, depth):
            return False
        if isinstance(found, StreamObject):
            holds = holds or name_of(found, "/Subtype") == "/Form"
        elif isinstance(found, DictionaryObject):
            blends = blends or not _BLENDING.isdisjoint(found)
    return content.is_complete and not (blends and (holds or depth or content.marks > _MOST_MARKS))


def _is_known(operation: Operation, found: object, depth: int) -> bool:
    if isinstance(found, StreamObject):
        is_form = name_of(found, "/Subtype") == "/Form"
        return operation.name == b"Do" and (_is_alike(found, depth + 1) if is_form else is_plain_picture(found))
    if not isinstance(found, DictionaryObject) or operation.name == b"Do":
        return False
    return _is_plain_state(found) if operation.name == b"gs" else _is_standard(found)


def _is_plain_state(state: DictionaryObject) -> bool:
    values = {key: entry(state, key) for key in state}
    return (
        set(values) <= _STATES
        and ("/BM" not in values or name_of(state, "/BM") in _MODES)
        and ("/SMask" not in values or name_of(state, "/SMask") == "/None")
        and all(_is_alpha(values[key]) for key in ("/ca", "/CA") if key in values)
        and all(
            isinstance(values[key], NumberObject | FloatObject) and values[key] > 0
            for key in ("/LW", "/ML")
            if key in values
        )
    )


def _is_alpha(value: object) -> bool:
    return isinstance(value, NumberObject | FloatObject) and _LEAST_ALPHA <= float(value) <= 1


def _is_standard(font: DictionaryObject) -> bool:
    return is_standard_font(font) and ("/Encoding" not in font or name_of(font, "/Encoding") in _ENCODINGS)
