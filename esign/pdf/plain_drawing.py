"""What is known of a drawing's marks from its operators: whether every program draws them alike, and whether all are light.

    look = look_at(annotation)
    look.is_alike, look.is_light

What a drawing leaves on a page can be told by drawing the page only when every program draws it so: from operators and resources
that have one meaning, all of the drawing's own.
"""

# pyHanko ships its types with gaps:
# mypy: untyped-calls-exclude="pyhanko"

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from pyhanko.pdf_utils.generic import DictionaryObject, NumberObject, StreamObject

from esign.pdf.drawings import LETTER_FONTS, is_framed, normal_drawing, read_content
from esign.pdf.names import spelt
from esign.pdf.operators import PAINTING, SHOWING, Operation
from esign.pdf.paint import BLACK, FILLING, Paint
from esign.pdf.reader import entry, name_of
from esign.pdf.resources import own_resources, resource

_MAX_DEPTH: Final = 4  # forms inside forms
_PLAIN: Final = frozenset(
    b"q Q cm w J j M d i ri m l c v y h re W W* n f F f* B B* b b* S s BT ET Tf Td TD Tm T* Tc Tw Tz TL Ts Tr Tj TJ ' \""
    b" g G rg RG k K cs CS sc SC scn SCN BMC EMC MP".split()
)
_MARKS: Final = frozenset((b"BMC", b"MP", b"ri"))  # whose names are words of their own
_SPACES: Final = frozenset((b"cs", b"CS"))
_DEVICES: Final = frozenset((b"DeviceGray", b"DeviceRGB", b"DeviceCMYK"))
_LINES: Final = {b"G": b"g", b"RG": b"rg", b"K": b"k", b"CS": b"cs", b"SC": b"sc", b"SCN": b"scn"}
_LINED: Final = frozenset((b"S", b"s", b"B", b"B*", b"b", b"b*"))
_FILLED: Final = (PAINTING - {b"S", b"s"}) | SHOWING
_FLAGS: Final = (
    4 | 64 | 128 | 512
)  # Print, ReadOnly, Locked, LockedContents (table 165): none keeps it from anybody's sight
_STATES: Final = frozenset({"/Type", "/BM", "/ca", "/CA", "/LW", "/LC", "/LJ", "/ML", "/SA", "/AIS", "/SMask"})
_MODES: Final = frozenset({"/Normal", "/Compatible", "/Multiply", "/Darken"})
_FILTERS: Final = frozenset({"/FlateDecode", "/DCTDecode", "/CCITTFaxDecode", "/RunLengthDecode"})
_PICTURE: Final = frozenset(
    [
        "/Type",
        "/Subtype",
        "/Width",
        "/Height",
        "/ColorSpace",
        "/BitsPerComponent",
        "/Length",
        "/Filter",
        "/DecodeParms",
        "/SMask",
        "/Mask",
        "/ImageMask",
        "/Interpolate",
        "/Intent",
        "/Name",
        "/Decode",
        "/Metadata",
    ]
)


@dataclass(frozen=True, slots=True)
class Look:
    """`is_alike`: every program draws it alike, at rest and under the pointer; `is_light`: black can be told from all its marks."""

    is_alike: bool
    is_light: bool


@dataclass(frozen=True, slots=True)
class _Pen:
    """What fills and what draws lines."""

    fill: Paint = BLACK
    line: Paint = BLACK

    def after(self, operation: Operation) -> _Pen:
        if operation.name in FILLING:
            return replace(self, fill=self.fill.after(operation))
        if operation.name in _LINES:
            return replace(self, line=self.line.after(replace(operation, name=_LINES[operation.name])))
        return self

    def under(self, state: DictionaryObject) -> _Pen:
        return _Pen(self.fill.under(state), self.line.under(state))

    def marks_lightly(self, name: bytes) -> bool:
        filled = name not in _FILLED or self.fill.is_light
        return filled and (name not in _LINED or self.line.is_light)


def look_at(annotation: DictionaryObject) -> Look:
    """Return what is known of an annotation's drawing. Raise PDF_MALFORMED or PDF_LIMIT for one that cannot be read."""
    appearance, drawing = entry(annotation, "/AP"), normal_drawing(annotation)
    flags = entry(annotation, "/F", NumberObject(0))
    alone = isinstance(appearance, DictionaryObject) and set(appearance) == {"/N"}
    if (
        drawing is None
        or not alone
        or "/OC" in annotation
        or is_framed(annotation)
        or not isinstance(flags, NumberObject)
        or flags & ~_FLAGS
    ):
        return Look(is_alike=False, is_light=False)
    return _look_inside(drawing, _Pen(), 0)


def _look_inside(drawing: StreamObject, pen: _Pen, depth: int) -> Look:
    alike = depth <= _MAX_DEPTH and "/OC" not in drawing and "/Ref" not in drawing
    light, saved, resources = alike, list[_Pen](), own_resources(drawing)
    for operation in read_content(drawing) if alike else ():
        inside = Look(is_alike=True, is_light=True)
        if operation.name in {b"gs", b"Do", b"Tf"}:
            inside, pen = _named(operation, resources, pen, depth)
        elif not operation.is_proper or operation.name not in _PLAIN or not _has_plain_names(operation):
            inside = Look(is_alike=False, is_light=False)
        elif operation.name == b"q":
            saved.append(pen)
        elif operation.name == b"Q":
            pen = saved.pop() if saved else _Pen()
        else:
            pen = pen.after(operation)
            inside = Look(is_alike=True, is_light=pen.marks_lightly(operation.name))
        alike, light = alike and inside.is_alike, light and inside.is_light
    return Look(is_alike=alike, is_light=light)


def _has_plain_names(operation: Operation) -> bool:
    """Return whether an operator names nothing, or nothing that stands in resources."""
    if operation.name in _SPACES:
        return bool(operation.names) and operation.names[0].lstrip(b"/") in _DEVICES
    return not operation.names or operation.name in _MARKS


def _named(operation: Operation, resources: DictionaryObject, pen: _Pen, depth: int) -> tuple[Look, _Pen]:
    """Return what is known of what an operator names, and the pen behind it."""
    kind = {b"gs": "/ExtGState", b"Do": "/XObject", b"Tf": "/Font"}[operation.name]
    found = resource(resources, kind, spelt(operation.names[0])) if operation.is_proper else None
    known = Look(is_alike=False, is_light=False)
    if operation.name == b"gs" and isinstance(found, DictionaryObject):
        return replace(known, is_alike=_is_plain_state(found), is_light=True), pen.under(found)
    if operation.name == b"Tf" and isinstance(found, DictionaryObject):
        return replace(known, is_alike=name_of(found, "/Subtype") in LETTER_FONTS, is_light=True), pen
    if isinstance(found, StreamObject):
        subtype = name_of(found, "/Subtype")
        if subtype == "/Form":
            return _look_inside(found, pen, depth + 1), pen
        return Look(is_alike=subtype == "/Image" and _is_plain_picture(found), is_light=False), pen
    return known, pen


def _is_plain_state(state: DictionaryObject) -> bool:
    modes = name_of(state, "/BM") in _MODES if "/BM" in state else True
    return (
        set(state) <= _STATES
        and modes
        and name_of(state, "/SMask") in {None, "/None"}
        and not (isinstance(entry(state, "/SMask"), DictionaryObject))
    )


def _is_plain_picture(picture: StreamObject) -> bool:
    parts = [picture, *(each for key in ("/SMask", "/Mask") if isinstance(each := entry(picture, key), StreamObject))]
    for part in parts:
        told = entry(part, "/Filter")
        filters = {str(each) for each in told} if isinstance(told, list) else set() if told is None else {str(told)}
        if not set(part) <= _PICTURE or not filters <= _FILTERS:
            return False
    return True
