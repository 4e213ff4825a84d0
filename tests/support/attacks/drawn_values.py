"""Fields filled in with the letters of their value, which are not what is seen: turned, shrunk, in fonts that draw another letter.

Every row was found by attacking this verifier, and passed once; the honest twins are how forms are filled in, Chinese ones too.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from tests.support.attacks.documents import (
    BLANK,
    FORM,
    FREE,
    NOTE,
    RESOURCES,
    append,
    body_of,
    contract,
    form_x_object,
    stream,
    widget,
)
from tests.support.attacks.model import CHANGED, PASSED, Row, doubtful
from tests.support.attacks.shadow import fill
from trustkit.verdict import CheckId, SubIndication

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.attacks.library import Library

_UNREAD: Final = doubtful(SubIndication.SIG_CONSTRAINTS_FAILURE, CheckId.UNCHANGED_SINCE)
_FILE: Final = 403  # of a font that whoever fills in brings
_WIDE: Final = 60  # a composite font that was signed
_VALUE: Final = "1000"
_TEXT: Final = b"BT /F1 12 Tf 0 g 2 8 Td (1000) Tj ET"


def _filled(
    value: str = _VALUE, operators: bytes = _TEXT, *, more: bytes = b"", was: tuple[bytes, bytes] = (b"", b"")
) -> Callable[[Library], bytes]:
    """Return what fills in the empty field by a drawing with further entries, and with one of its parts written otherwise."""
    drawing = form_x_object(operators, more=more).replace(*was, 1) if was[0] else form_x_object(operators, more=more)
    return lambda library: fill(library.approved_form, NOTE, value, appearance=drawing)


def _bounds(box: bytes) -> tuple[bytes, bytes]:
    return b"[0 0 200 30]", b"[%s]" % box


_SHAPES: Final = {
    "upside-down": _filled("6666", _TEXT.replace(b"1000", b"6666"), more=b"/Matrix [-1 0 0 -1 0 0]"),
    "mirrored": _filled(more=b"/Matrix [-1 0 0 1 0 0]"),
    "on-its-side": _filled(more=b"/Matrix [0 1 -1 0 0 0]"),
    "slanted": _filled(more=b"/Matrix [1 0 50 1 0 0]"),
    "shrunk-to-nothing": _filled(was=_bounds(b"0 0 20000 3000")),
    "narrowed-to-nothing": _filled(was=_bounds(b"0 0 90000 30")),
    "flattened-to-nothing": _filled(was=_bounds(b"0 0 200 90000")),
    "in-two-points": _filled(operators=_TEXT.replace(b"12 Tf", b"2 Tf")),
    "with-noughts-upon-noughts": _filled(operators=_TEXT.replace(b"(1000) Tj", b"[(1) 340 (0) 340 (0) 340 (0)] TJ")),
    "outside-of-text": _filled(operators=b"/F1 12 Tf 2 8 Td (1000) Tj"),
    "with-a-state-undone-twice": _filled(operators=b"q BT /F1 12 Tf ET Q Q 0 g " + _TEXT),
    "with-a-grey-of-its-own": _filled(
        was=(b"/Resources <<", b"/Resources << /ColorSpace << /DefaultGray [/CalGray << >>] >>")
    ),
}
_FONTS: Final = {
    "in-signs": b"<< /Type /Font /Subtype /Type1 /BaseFont /ZapfDingbats >>",
    "in-a-font-brought-along": b"<< /Type /Font /Subtype /TrueType /BaseFont /ABCDEF+A /Encoding /WinAnsiEncoding /FirstChar 48 /LastChar 57"
    b" /Widths [600 600 600 600 600 600 600 600 600 600] /FontDescriptor << /Type /FontDescriptor /FontName /ABCDEF+A /Flags 32"
    b" /FontBBox [0 0 1000 1000] /ItalicAngle 0 /Ascent 900 /Descent -200 /CapHeight 700 /StemV 80 /FontFile2 403 0 R >> >>",
    "in-a-standard-font-of-other-widths": b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /FirstChar 48 /LastChar 57"
    b" /Widths [1 1 1 1 1 1 1 1 1 1] >>",
}  # fmt: skip


def _in_font(font: bytes) -> Callable[[Library], bytes]:
    drawing = form_x_object(_TEXT).replace(b"/F1 7 0 R", b"/F1 402 0 R")
    more = {402: font, _FILE: stream(b"a font whose 1 is drawn as a 9")}
    return lambda library: fill(library.approved_form, NOTE, _VALUE, appearance=drawing, more=more)


_MAP: Final = b"1 beginbfrange <0010> <0019> <0030> endbfrange 2 beginbfchar <0020> <5F20> <0021> <4E09> endbfchar"
_NO_MAP: Final = b"1 begincodespacerange <0000> <ffff> endcodespacerange"


def _wide(
    codes: bytes, value: str, *, encoding: bytes = b"/Identity-H", told: bytes = _MAP
) -> Callable[[Library], bytes]:
    """Return what fills in a field in a composite font that was signed: the form's own, or one of the page's."""
    descendant = b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /A /DW 500 /CIDToGIDMap /Identity >>"
    font = b"<< /Type /Font /Subtype /Type0 /BaseFont /A /Encoding %s /ToUnicode 61 0 R /DescendantFonts [%s] >>"
    objects = {
        FORM: b"<< /Fields [12 0 R] /DR << /Font << /W 60 0 R >> >> /DA (/W 12 Tf 0 g) >>",
        NOTE: widget(b"Tx", b"note", b"72 550 272 580", b"/AP << /N 16 0 R >>"),
        BLANK: form_x_object(b"/Tx BMC EMC"),
        _WIDE: font % (encoding, descendant),
        61: stream(told),
    }
    page = RESOURCES.replace(b"/F1 7 0 R", b"/F1 7 0 R /W 60 0 R") + b" /Annots [12 0 R]"
    drawing = form_x_object(b"BT /W 12 Tf 0 g 2 8 Td <%s> Tj ET" % codes).replace(b"/F1 7 0 R", b"/W 60 0 R")

    def build(library: Library) -> bytes:
        signed = library.approve(contract(objects, catalogue=b"/AcroForm 10 0 R", page=page))
        words = "".join(f"\\{octet:03o}" for octet in b"\xfe\xff" + value.encode("utf-16-be"))
        return fill(signed, NOTE, words, appearance=drawing)

    return build


def _in_a_subset(library: Library) -> bytes:
    """Fill in a field in a font of the page whose codes are its own: a subset of one octet a letter without an encoding."""
    subset = b"<< /Type /Font /Subtype /TrueType /BaseFont /ABCDEF+A /FirstChar 48 /LastChar 57 /Widths [%s] >>" % (
        b"600 " * 10
    )
    objects = {
        FORM: b"<< /Fields [12 0 R] /DR << /Font << /F1 7 0 R >> >> /DA (/F1 12 Tf 0 g) >>",
        NOTE: widget(b"Tx", b"note", b"72 550 272 580", b"/AP << /N 16 0 R >>"),
        BLANK: form_x_object(b"/Tx BMC EMC"),
        _WIDE: subset,
    }
    page = RESOURCES.replace(b"/F1 7 0 R", b"/F1 7 0 R /W 60 0 R") + b" /Annots [12 0 R]"
    signed = library.approve(contract(objects, catalogue=b"/AcroForm 10 0 R", page=page))
    return fill(signed, NOTE, _VALUE, appearance=form_x_object(_TEXT).replace(b"/F1 7 0 R", b"/F1 60 0 R"))


def _turned(matrix: bytes, size: tuple[int, int]) -> Callable[[Library], bytes]:
    """Return what fills in a field that was signed as one to be read from below, in a drawing that is turned so."""

    def build(library: Library) -> bytes:
        objects = {
            FORM: b"<< /Fields [12 0 R] /DR << /Font << /F1 7 0 R >> >> /DA (/F1 12 Tf 0 g) >>",
            NOTE: widget(b"Tx", b"note", b"72 400 102 580", b"/MK << /R 90 >>"),
        }
        octets = contract(objects, catalogue=b"/AcroForm 10 0 R", page=RESOURCES + b" /Annots [12 0 R]")
        signed = library.approve(octets)
        body = re.sub(rb">>$", b"/V (1000) /AP << /N %d 0 R >> >>" % FREE, body_of(signed, NOTE))
        return append(signed, {NOTE: body, FREE: form_x_object(_TEXT, size=size, more=b"/Matrix [%s]" % matrix)})

    return build


ROWS: Final = (
    *(Row(f"value-drawn-{how}", "approved_form", build, CHANGED) for how, build in _SHAPES.items()),
    *(Row(f"value-drawn-{how}", "approved_form", _in_font(font), _UNREAD) for how, font in _FONTS.items()),
    Row("value-drawn-moved-in-its-box", "approved_form", _filled(more=b"/Matrix [1 0 0 1 5 5]"), PASSED),
    Row("value-drawn-a-point-smaller", "approved_form", _filled(was=_bounds(b"0 0 199.5 29.5")), PASSED),
    Row("value-drawn-turned-as-its-field-is", "contract", _turned(b"0 1 -1 0 30 0", (180, 30)), PASSED),
    Row("value-drawn-turned-the-other-way", "contract", _turned(b"0 -1 1 0 0 180", (180, 30)), CHANGED),
    Row("value-drawn-in-the-form's-chinese-font", "contract", _wide(b"002000210011", "张三1"), PASSED),
    Row("value-drawn-as-another-in-the-form's-font", "contract", _wide(b"0019001900190019", _VALUE), CHANGED),
    Row("value-drawn-in-a-font-that-tells-no-letters", "contract", _wide(b"0011", "1", told=_NO_MAP), _UNREAD),
    Row("value-drawn-in-a-font-that-tells-two-letters", "contract", _wide(b"0011", "1", told=_MAP + b" 1 beginbfchar <0011> <0039> endbfchar"), _UNREAD),
    Row("value-drawn-in-a-font-of-the-page", "contract", _in_a_subset, _UNREAD),
    Row("value-drawn-in-a-character-set", "contract", _wide(b"5F204E090031", "张三1", encoding=b"/UniGB-UCS2-H"), PASSED),
    Row("value-drawn-in-gbk", "contract", _wide(b"D5C5C8FD31", "张三1", encoding=b"/GBK-EUC-H"), PASSED),
    Row("value-drawn-as-another-in-gbk", "contract", _wide(b"39393939", _VALUE, encoding=b"/GBK-EUC-H"), CHANGED),
)  # fmt: skip
