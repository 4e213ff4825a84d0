"""Objects written anew with values that pyHanko takes for equal and readers do not: a new field that nobody signs is reason enough.

The honest rows write the same values otherwise as well, as Acrobat does, and in a way that all readers take alike.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Final

from esign.pdf.model import CertificationLevel
from tests.support.attacks.additions import DRAWING, drawn, with_field
from tests.support.attacks.certification import OPAQUE
from tests.support.attacks.documents import (
    AMOUNT,
    CATALOGUE,
    CONTENT,
    FORM,
    FREE,
    IMAGE,
    PAGE,
    RESOURCES,
    append,
    body_of,
    contract,
    form_x_object,
    stream,
    text,
)
from tests.support.attacks.model import CHANGED, PASSED, Row
from tests.support.attacks.surgery import form_number, listing

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.attacks.library import Library

_CLAUSE: Final = form_x_object(text("The buyer may withdraw within 14 days.", at=(12, 20)), size=(480, 50))
_FIELD: Final = b"<< /Type /Annot /Subtype /Widget /FT /Sig /T (Sneaky) /Rect [0 0 0 0] /F 132 /P 3 0 R >>"
_OPERATORS: Final = "/F1 12 Tf 0 g"


def _named(name: bytes) -> bytes:
    """Return a contract with a clause in a form that has this name."""
    page = RESOURCES.replace(b"/Font", b"/XObject << /%s %d 0 R >> /Font" % (name, IMAGE))
    shown = text("Contract No. 2026-001: the price is 1000 yuan.") + b"q 1 0 0 1 60 690 cm /%s Do Q" % name
    return contract({CONTENT: stream(shown), IMAGE: _CLAUSE}, page=page)


def _with_value() -> bytes:
    """Return a contract with a text field that readers draw of themselves."""
    field = b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (amount) /Rect [72 600 372 630] /F 4 /P 3 0 R /V (1000) >>"
    form = b"<< /Fields [11 0 R] /DR << /Font << /F1 7 0 R >> >> /DA (%s) >>" % _OPERATORS.encode()
    return contract({FORM: form, AMOUNT: field}, catalogue=b"/AcroForm 10 0 R", page=RESOURCES + b" /Annots [11 0 R]")


def page_anew(base: Callable[[], bytes], old: bytes, new: bytes) -> Callable[[Library], bytes]:
    """Return what adds a field to a certified file, and writes the page anew with `new` in the place of the expression `old`."""

    def build(library: Library) -> bytes:
        signed = library.certify(base(), CertificationLevel.NO_CHANGES)
        page = re.sub(rb"/Annots\s*\[", b"/Annots [%d 0 R " % FREE, body_of(signed, PAGE))
        changed = re.sub(old, new, page, flags=re.IGNORECASE)
        assert changed != page
        return append(signed, {PAGE: changed, FREE: _FIELD, **listing(signed, FREE)})

    return build


def form_anew(library: Library, *, within: bool = False) -> bytes:
    """The operators that fields are drawn with become a text in UTF-16; `within` moves the form into the catalogue."""
    signed = library.certify(_with_value(), CertificationLevel.NO_CHANGES)
    number = form_number(signed)
    spelt = b"/DA <FEFF%s>" % _OPERATORS.encode("utf-16-be").hex().encode()
    changed = re.sub(rb"/DA\s*\([^)]*\)", spelt, body_of(signed, number))
    assert spelt in changed
    if not within:
        return append(signed, {number: changed})
    catalogue = re.sub(rb"/AcroForm\s+\d+ 0 R", lambda _: b"/AcroForm " + changed, body_of(signed, CATALOGUE))
    return append(signed, {CATALOGUE: catalogue})


def countersigned(base: Callable[[], bytes]) -> Callable[[Library], bytes]:
    """Return what two parties sign with drawings of their own."""
    return lambda library: library.approve(library.approve(base()), by=library.second_signer, number=2)


def nulls() -> bytes:
    """Return a contract with entries that are null, or lead nowhere, which is as if they were not there (7.3.7)."""
    link = b"<< /Type /Annot /Subtype /Link /Rect [72 500 100 520] /AP null /BS null /Border null /F null >>"
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding null /FontDescriptor null >>"
    page = RESOURCES.replace(b"/Font", b"/ExtGState null /XObject 499 0 R /Font").replace(b"7 0 R", font)
    return contract({AMOUNT: link}, page=page + b" /Rotate null /CropBox 499 0 R /Annots [11 0 R]")


def filtered(library: Library) -> bytes:
    """The page is written by a filter that is not known here, and a second party signs over it."""
    packed = stream(b"BT ET", b"/Filter /BrotliDecode")
    signed = library.approve(contract({CONTENT: packed}), number=3)
    octets = with_field(signed, b"/Subtype /Widget /F 4", box=b"[60 300 540 350]", more={DRAWING: drawn(OPAQUE)})
    return library.sign_field(octets, "Sneaky", by=library.second_signer, drawing=DRAWING)


ROWS: Final = (
    Row("equal-names", "certified", page_anew(partial(_named, b"#c3#a9"), b"#c3#a9", b"#e9"), CHANGED),
    Row(
        "equal-turns",
        "certified",
        page_anew(partial(contract, page=RESOURCES + b" /Rotate 180 /Annots []"), b"/Rotate 180", b"/Rotate 180.0"),
        CHANGED,
    ),
    Row("equal-operators", "certified", form_anew, CHANGED),
    Row("equal-operators-in-the-catalogue", "certified", partial(form_anew, within=True), CHANGED),
    Row("null-entries", "contract", countersigned(nulls), PASSED),
    Row("page-filter-unknown", "contract", filtered, CHANGED),
    Row("names-that-are-no-text", "contract", countersigned(partial(_named, b"#CB#CE#CC#E5")), PASSED),
    Row(
        "boxes-as-reals",
        "certified",
        page_anew(contract, rb"\[\s*0 0 595 842\s*\]", b"[0.0 0.0 595.0 842.0]"),
        PASSED,
    ),
)
