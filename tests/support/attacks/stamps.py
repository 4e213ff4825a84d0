"""Document time stamps that show something: every file may get one, and anybody can have one.

pyHanko clears them at the level of validation material when nothing they bring is a drawing. So the drawing is one that the signed
file has already, its box is said in a way that pyHanko takes for no area, or what was signed out of sight comes into it.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from esign.pdf.model import CertificationLevel
from tests.support.attacks.additions import OVER_TEXT, with_field
from tests.support.attacks.certification import OPAQUE
from tests.support.attacks.documents import FORM, FREE, IMAGE, RESOURCES, append, contract, form_x_object
from tests.support.attacks.model import CHANGED, PASSED, Row

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.attacks.library import Library

_WORDS: Final = b"1 g 0 0 480 50 re f BT /F1 14 Tf 0 g 12 20 Td (The price is 9999999 yuan.) Tj ET"
_EDGE: Final = 30  # numbers of objects: the edges of a box
_NOWHERE: Final = b"[0 0 0 0]"
_FIELD: Final = FREE - 1


def _drawing(operators: bytes = _WORDS) -> bytes:
    return form_x_object(operators, size=(480, 50))


def _certified(library: Library, field: bytes | None = None) -> bytes:
    """Return a contract certified against any change that holds a drawing nobody shows, and maybe an empty field."""
    edges = {_EDGE + at: b"%d" % edge for at, edge in enumerate((60, 740, 540, 790))}
    objects = {IMAGE: _drawing(), **edges}
    if field is None:
        octets = contract(objects, catalogue=b"/Spare [23 0 R 30 0 R 31 0 R 32 0 R 33 0 R]")
    else:
        empty = b"<< /Type /Annot /Subtype /Widget /FT /Sig /T (Later) /P 3 0 R %s >>" % field
        form = b"<< /Fields [%d 0 R] >>" % _FIELD
        page = RESOURCES + b" /Annots [%d 0 R]" % _FIELD
        more = {FORM: form, _FIELD: empty}
        octets = contract({**objects, **more}, catalogue=b"/AcroForm 10 0 R /Spare 23 0 R", page=page)
    return library.certify(octets, CertificationLevel.NO_CHANGES, field_name="Certified")


def _stamped(library: Library, box: bytes, drawing: int | None) -> bytes:
    octets = with_field(_certified(library), b"/Subtype /Widget /F 4", box=box)
    return library.stamp_field(octets, "Sneaky", drawing=drawing)


def over_the_line(box: bytes, drawing: int | None = IMAGE) -> Callable[[Library], bytes]:
    """Return what stamps in a new field whose box is written so."""
    return partial(_stamped, box=box, drawing=drawing)


def brought_along(library: Library) -> bytes:
    """The drawing is new, and named by what should be a revocation list."""
    more = {FREE + 1: _drawing(OPAQUE)}
    octets = with_field(_certified(library), b"/Subtype /Widget /F 4", box=b"[(60) (740) (540) (790)]", more=more)
    return library.stamp_field(octets, "Sneaky", drawing=FREE + 1)


def in_an_empty_field(library: Library) -> bytes:
    """The field was there, laid over the line by who prepared the file."""
    return library.stamp_field(_certified(library, b"/F 4 /Rect " + OVER_TEXT), "Later", drawing=IMAGE)


def out_of_hiding(library: Library) -> bytes:
    """A hidden field, signed with its drawing, is no longer hidden."""
    field = b"/F 2 /Rect %s /AP << /N %d 0 R >>" % (OVER_TEXT, IMAGE)
    octets = _certified(library, field)
    shown = b"<< /Type /Annot /Subtype /Widget /FT /Sig /T (Later) /P 3 0 R %s >>" % field.replace(b"/F 2", b"/F 4")
    return library.stamp_field(append(octets, {_FIELD: shown}), "Later")


def undrawn(library: Library) -> bytes:
    """An empty field that was there gets a stamp and shows nothing."""
    return library.stamp_field(_certified(library, b"/F 132 /Rect " + _NOWHERE), "Later")


ROWS: Final = (
    Row("stamp-box-of-references", "certified", over_the_line(b"[30 0 R 31 0 R 32 0 R 33 0 R]"), CHANGED),
    Row("stamp-box-of-strings", "certified", over_the_line(b"[(60) (740) (540) (790)]"), CHANGED),
    Row("stamp-box-without-area", "certified", over_the_line(_NOWHERE), CHANGED),
    Row("stamp-drawing-brought-along", "certified", brought_along, CHANGED),
    Row("stamp-in-an-empty-field", "certified", in_an_empty_field, CHANGED),
    Row("stamp-out-of-hiding", "certified", out_of_hiding, CHANGED),
    Row("stamp-undrawn", "certified", over_the_line(_NOWHERE, None), PASSED),
    Row("stamp-undrawn-in-an-empty-field", "certified", undrawn, PASSED),
)
