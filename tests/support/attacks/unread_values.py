"""Fields filled in so that the codes are their value, and what is seen is not; and new signature fields that hold fields of text.

Clips, places, sizes and the order of letters decide what is read of them. Every row was found by attacking this verifier, and
passed once; the honest twins are how readers fill in, and what old Chinese writers write.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from esign.pdf.model import CertificationLevel
from tests.support.attacks.additions import DRAWING, with_field
from tests.support.attacks.covers import over
from tests.support.attacks.documents import (
    AMOUNT,
    BLANK,
    CONTENT,
    COVER,
    FONT,
    FORM,
    FREE,
    NOTE,
    PAGE,
    RESOURCES,
    append,
    body_of,
    contract,
    field_text,
    form_x_object,
    stream,
    text,
    widget,
)
from tests.support.attacks.model import CHANGED, HIDDEN, PASSED, Row, doubtful
from tests.support.attacks.shadow import fill
from tests.support.attacks.surgery import listing
from trustkit.verdict import CheckId, SubIndication

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.attacks.library import Library

UNREAD: Final = doubtful(SubIndication.SIG_CONSTRAINTS_FAILURE, CheckId.UNCHANGED_SINCE)
_KID: Final = FREE + 10
_SHAPE: Final = b"10 5 m 20 5 l 20 25 l 10 25 l h 30 5 m 40 5 l 40 25 l 30 25 l h W n "
_HOLES: Final = b"0 0 200 30 re 20 12 8 2 re 26 20 2 6 re W* n "
_UNREAD: Final[dict[str, tuple[str, bytes]]] = {
    "beside-the-field": ("1000", b"BT /F1 12 Tf 0 g 2 8 Td (1) Tj 1000 0 Td (000) Tj ET"),
    "above-the-field": ("1000", b"BT /F1 12 Tf 0 g 2 8 Td (1) Tj 8 40 Td (000) Tj ET"),
    "too-small-to-see": ("1000", b"BT /F1 12 Tf 0 g 2 8 Td (1) Tj /F1 0.001 Tf (000) Tj ET"),
    "squeezed": ("1000", b"BT /F1 12 Tf 0 g 2 8 Td (1) Tj 1 Tz (000) Tj ET"),
    "clipped": ("1000", b"q 0 0 9 30 re W n BT /F1 12 Tf 0 g 2 8 Td (1000) Tj ET Q"),
    "clipped-twice": ("1000", b"q 0 0 90 30 re W n 0 0 9 30 re W n BT /F1 12 Tf 0 g 2 8 Td (1000) Tj ET Q"),
    "clipped-to-a-shape": ("1", b"q " + _SHAPE + b"BT /F1 3000 Tf 0 g -800 -500 Td (1) Tj ET Q"),
    "clipped-to-holes": (".", b"q " + _HOLES + b"BT /F1 4000 Tf 0 g -350 -10 Td (.) Tj ET Q"),
    "from-right-to-left": (
        "1000",
        b"BT /F1 12 Tf 0 g 60 8 Td (1) Tj -20 0 Td (0) Tj -18 0 Td (0) Tj -18 0 Td (0) Tj ET",
    ),
    "over-each-other": ("1000", b"BT /F1 12 Tf 0 g 90 8 Td -20 Tc (1000) Tj ET"),
    "from-below-upwards": ("1000", b"BT /F1 8 Tf 0 g 2 3 Td (10) Tj 0 12 Td (00) Tj ET"),
    "turned": ("1000", b"BT /F1 12 Tf 0 g -1 0 0 -1 90 20 Tm (1000) Tj ET"),
    "as-one-block": (".", b"BT /F1 4000 Tf 0 g -200 -20 Td (.) Tj ET"),
}
_READ: Final[dict[str, tuple[str, bytes]]] = {
    "as-acrobat-does": ("1000", b"/Tx BMC q 1 1 198 28 re W n BT /F1 12 Tf 0 g 2 9.3 Td (1000) Tj ET Q EMC"),
    "in-cells": ("10", b"/Tx BMC q BT /F1 12 Tf 0 g 20 9 Td (1) Tj 50 0 Td (0) Tj ET Q EMC"),
    "in-two-lines": ("one two", b"/Tx BMC q 0 0 200 30 re W n BT /F1 11 Tf 0 g 2 17 Td (one) Tj 0 -12.7 Td (two) Tj ET Q EMC"),
    "kerned": ("AVA-", b"/Tx BMC q BT /F1 24 Tf 0 g 2 8 Td [(A) 80 (V) 80 (A-)] TJ ET Q EMC"),
}  # fmt: skip


def _filled(number: int, value: str, operators: bytes, size: tuple[int, int] = (200, 30)) -> Callable[[Library], bytes]:
    drawing = form_x_object(operators, size=size)
    return lambda library: fill(library.approved_form, number, value, appearance=drawing)


def _kids(kid: bytes) -> Callable[[Library], bytes]:
    """Return what adds a signature field nobody signs, shown in a kid of its own."""
    widget = b"<< /Type /Annot /Subtype /Widget /F 4 /P 3 0 R /Parent %d 0 R %s >>" % (FREE, kid)
    field = b"<< /FT /Sig /T (New) /Kids [%d 0 R] >>" % _KID

    def build(library: Library) -> bytes:
        octets = library.contract
        page = re.sub(rb"/Annots\s*\[", b"/Annots [%d 0 R " % _KID, body_of(octets, PAGE))
        return append(octets, {PAGE: page, FREE: field, _KID: widget, **listing(octets, FREE)})

    return build


def _in_font(font: bytes, words: bytes, value: str = "1000") -> Callable[[Library], bytes]:
    """Return what fills a field in with a font of the drawing's own."""
    drawing = form_x_object(b"BT /F1 12 Tf 0 g 2 8 Td %s Tj ET" % words).replace(b"/F1 7 0 R", b"/F1 402 0 R")
    return lambda library: fill(library.approved_form, NOTE, value, appearance=drawing, more={402: font})


_HELVETICA: Final = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding %s >>"
_FONTS: Final = {
    "in-an-encoding-of-its-own": (_in_font(_HELVETICA % b"<< /BaseEncoding /WinAnsiEncoding >>", b"(9999999)"), CHANGED),
    "in-another-encoding": (_in_font(_HELVETICA % b"<< /Differences [49 /nine] >>", b"(1111)", "1111"), CHANGED),
    "in-adobe's-encoding": (_in_font(_HELVETICA % b"<< /Differences [39 /quotesingle 96 /grave] >>", b"(1000)"), PASSED),
    "in-codes-that-mean-another": (_in_font(_HELVETICA % b"<< /Differences [65 /one /zero] >>", b"(ABBB)"), PASSED),
    "in-names-nobody-knows": (_in_font(_HELVETICA % b"<< /Differences [49 /g1 /g2] >>", b"(12)"), UNREAD),
    "in-a-wide-font-of-its-own": (
        _in_font(b"<< /Type /Font /Subtype /Type0 /BaseFont /A /Encoding /Identity-H /DescendantFonts [<< /Type /Font"
                 b" /Subtype /CIDFontType2 /BaseFont /A /DW 500 >>] >>", b"<00110010>"),
        UNREAD,
    ),
    "in-a-font-it-brings": (
        _in_font(_HELVETICA % b"/WinAnsiEncoding /FontDescriptor << /Type /FontDescriptor /FontName /A /FontFile 403 0 R >>", b"(1000)"),
        UNREAD,
    ),
}  # fmt: skip
_MEANT: Final = (
    b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap 1 begincodespacerange <0000> <FFFF> endcodespacerange"
    b" 1 beginbfrange <0013> <001C> <0030> endbfrange endcmap end end"
)
_OF_THE_PAGE: Final = (
    b"<< /Type /Font /Subtype /Type0 /BaseFont /A /Encoding /Identity-H %s /DescendantFonts [<< /Type /Font"
    b" /Subtype /CIDFontType2 /BaseFont /A /DW 500 >>] >>"
)
_TOLD: Final = _OF_THE_PAGE % b"/ToUnicode 91 0 R"
_UNICODE: Final = _OF_THE_PAGE.replace(b"Identity-H", b"UniGB-UCS2-H") % b""


def _in_the_pages_font(font: bytes, codes: bytes, *, note: bytes = b"72 550 272 580") -> Callable[[Library], bytes]:
    """Return what fills a field in with letters of a font of the signed page."""

    def build(library: Library) -> bytes:
        objects = {
            FORM: b"<< /Fields [12 0 R] /DR << /Font << /F1 7 0 R >> >> /DA (/F1 12 Tf 0 g) >>",
            NOTE: widget(b"Tx", b"note", note, b"/AP << /N 16 0 R >>"),
            BLANK: form_x_object(b"/Tx BMC EMC"),
            90: font,
            91: stream(_MEANT),
        }
        page = RESOURCES.replace(b"/F1 7 0 R", b"/F1 7 0 R /F2 90 0 R") + b" /Annots [12 0 R]"
        signed = library.approve(contract(objects, catalogue=b"/AcroForm 10 0 R", page=page))
        drawing = form_x_object(b"BT /F1 12 Tf 0 g 2 8 Td %s Tj ET" % codes).replace(b"/F1 7 0 R", b"/F1 90 0 R")
        return fill(signed, NOTE, "1000", appearance=drawing)

    return build


_PAGES_FONTS: Final = {
    "that-nobody-reads": (_in_the_pages_font(_OF_THE_PAGE % b"", b"<0014001300130013>"), UNREAD),
    "that-is-told": (_in_the_pages_font(_TOLD, b"<0014001300130013>"), PASSED),
    "that-tells-of-another": (_in_the_pages_font(_TOLD, b"<001C001C001C001C>"), CHANGED),
    "of-unicode": (_in_the_pages_font(_UNICODE, b"<0031003000300030>"), PASSED),
    "of-unicode-and-another": (_in_the_pages_font(_UNICODE, b"<0039003900390039>"), CHANGED),
    "over-letters-of-the-page": (_in_the_pages_font(_TOLD, b"<0014001300130013>", note=b"72 755 272 785"), HIDDEN),
}
_INKS: Final = {
    "partly-in-white": b"BT /F1 12 Tf 0 g 2 8 Td (1) Tj 1 g (000) Tj ET",
    "in-white": b"BT /F1 12 Tf 1 g 2 8 Td (1000) Tj ET",
    "in-two-colours": b"BT /F1 12 Tf 0 g 2 8 Td (1) Tj 1 0 0 rg (000) Tj ET",
}
_OPTIONS: Final = b"/Ff 131072 /Opt [[(1) (Basic)] [(2) (Premium)]] /AP << /N %d 0 R >>" % BLANK


def _chosen(shown: str) -> Callable[[Library], bytes]:
    """Return what chooses an option that is named in another word than it is shown by."""

    def build(library: Library) -> bytes:
        objects = {
            FORM: b"<< /Fields [11 0 R] /DR << /Font << /F1 7 0 R >> >> /DA (/F1 12 Tf 0 g) >>",
            AMOUNT: widget(b"Ch", b"plan", b"72 600 272 630", _OPTIONS),
            BLANK: form_x_object(b"/Tx BMC EMC"),
        }
        octets = contract(objects, catalogue=b"/AcroForm 10 0 R", page=RESOURCES + b" /Annots [11 0 R]")
        signed = library.certify(octets, CertificationLevel.FORM_FILLING)
        return fill(signed, AMOUNT, "2", appearance=field_text(shown))

    return build


_KIDS: Final = {
    "text": b"/FT /Tx /Rect [60 700 400 730] /V (9999999 yuan payable to Mallory) /DA (/F1 14 Tf 0 g)",
    "a-choice": b"/FT /Ch /Rect [60 700 400 730] /V (9999999) /DA (/F1 14 Tf 0 g)",
    "a-value": b"/Rect [60 700 400 730] /V (9999999)",
    "further-kids": b"/Rect [60 700 400 730] /Kids [410 0 R]",
}


def _written_in(matrix: bytes, procedure: bytes, box: bytes = b"0 0 10 10") -> Callable[[Library], bytes]:
    """Return what is signed over a line of Type 3 letters that are said to be elsewhere."""
    font = (
        b"<< /Type /Font /Subtype /Type3 /FontBBox [%s] /FontMatrix [%s] /FirstChar 97 /LastChar 97 /Widths [1000]"
        b" /Encoding << /Type /Encoding /Differences [97 /a] >> /CharProcs << /a 61 0 R >> /Resources << >> >>"
    )
    page = RESOURCES.replace(b"/F1 7 0 R", b"/F1 7 0 R /T3 60 0 R")
    more = {60: font % (box, matrix), 61: stream(procedure)}
    return over(b"BT /T3 20 Tf 72 560 Td (aaaaaa) Tj ET", more, page=page)


_STRAIGHT: Final = b"0.001 0 0 0.001 0 0"
_BLOCK: Final = b"0 0 700 700 re f"
_FAR: Final = b"1 0 0 1 0 10000 cm " + _BLOCK


def names_in_gbk(library: Library) -> bytes:
    """Honest: a font's name in raw GBK, countersigned."""
    font = b"<< /Type /Font /Subtype /TrueType /BaseFont /%s /Encoding /WinAnsiEncoding >>" % "宋体".encode("gbk")
    signed = library.approve(contract({FONT: font}))
    return library.approve(signed, by=library.second_signer, number=2)


def _named(entries: bytes) -> Callable[[Library], bytes]:
    """Return what adds a signature field nobody signs, named so that it is one more place of a field of text, or is not."""
    widget = (
        b"<< /Type /Annot /Subtype /Widget /F 4 /FT /Sig /Rect [200 745 330 785] /P 3 0 R /DA (/F1 60 Tf 1 g) %s >>"
    )

    def build(library: Library) -> bytes:
        octets = library.approved_form
        page = re.sub(rb"/Annots\s*\[", b"/Annots [%d 0 R " % FREE, body_of(octets, PAGE))
        return append(octets, {PAGE: page, FREE: widget % entries, **listing(octets, FREE)})

    return build


_NAMES: Final = {
    "no-name-below-a-field": b"/T () /Parent 11 0 R",
    "no-name": b"/T ()",
    "a-mark-for-a-name": b"/T <FEFF>",
    "a-name-of-two": b"/T (amount.x)",
}
_STAMP: Final = b"<< /Type /Annot /Subtype /Stamp /F %s /Rect [60 740 540 790] /AP << /N 31 0 R >> >>"


def _before_a_stamp(flags: bytes) -> Callable[[Library], bytes]:
    """Return what lists a new field before a stamp that stands in the array and is hidden, whose flags are written so."""

    def build(library: Library) -> bytes:
        more = {31: form_x_object(b"1 g 0 0 480 50 re f", size=(480, 50))}
        signed = library.approve(contract(more, page=RESOURCES + b" /Annots [%s]" % (_STAMP % b"2")), number=1)
        page = body_of(signed, PAGE)
        listed = re.sub(
            rb"/Annots\s*\[(.*?>>\s*>>)",
            lambda _: b"/Annots [%d 0 R %s" % (FREE, _STAMP % flags),
            page,
            flags=re.DOTALL,
        )
        field = b"<< /Type /Annot /Subtype /Widget /F 4 /FT /Sig /T (z) /Rect [0 0 0 0] /P 3 0 R >>"
        return append(signed, {PAGE: listed, FREE: field, **listing(signed, FREE)})

    return build


def spelt_ahead(library: Library) -> bytes:
    """The signed resources name an object that comes later, in what is a string to one reader and live to another."""
    resources = b"<< /Font << /F1 7 0 R >> /Q << >/ /K (>> /XObject << /Late 401 0 R >> ) >>"
    content = stream(text("Contract No. 2026-001: the price is 1000 yuan.") + b" q /Late Do Q")
    page = b"/Resources 40 0 R /MediaBox [0 0 595 842] /Parent 2 0 R"
    signed = library.approve(contract({40: resources, CONTENT: content}, page=page))
    late = form_x_object(b"1 g 60 740 480 50 re f", size=(595, 842))
    return library.sign_field(
        with_field(signed, b"/Subtype /Widget", box=b"[0 0 90 30]", more={DRAWING: late}),
        "Sneaky",
        by=library.second_signer,
        drawing=DRAWING,
    )


ROWS: Final = (
    *(Row(f"field-filled-{how}", "approved_form", build, told) for how, (build, told) in _FONTS.items()),
    *(Row(f"field-filled-in-a-font-of-the-page-{how}", "form", build, told) for how, (build, told) in _PAGES_FONTS.items()),
    *(Row(f"field-filled-{how}", "approved_form", _filled(NOTE, "1000", ops), CHANGED) for how, ops in _INKS.items()),
    Row("choice-shown-by-its-words", "form", _chosen("Premium"), PASSED),
    Row("choice-shown-by-its-number", "form", _chosen("2"), CHANGED),
    *(Row(f"new-field-with-{what}", "approved_form", _named(entries), CHANGED) for what, entries in _NAMES.items()),
    Row("new-field-with-a-name", "approved_form", _named(b"/T (other)"), PASSED),
    Row("hidden-stamp-with-other-flags", "contract", _before_a_stamp(b"2.0"), CHANGED),
    Row("hidden-stamp-with-flags-and-a-point", "contract", _before_a_stamp(b"2."), CHANGED),
    Row("hidden-stamp-as-it-was", "contract", _before_a_stamp(b"2"), PASSED),
    Row("late-object-spelt-in-a-string", "contract", spelt_ahead, CHANGED),
    *(
        Row(f"field-filled-{how}", "approved_form", _filled(NOTE, value, operators), CHANGED)
        for how, (value, operators) in _UNREAD.items()
    ),
    Row(
        "field-filled-over-a-line-with-holes",
        "approved_form",
        _filled(COVER, ".", b"q " + _HOLES + b"BT /F1 4000 Tf 0 g -350 -10 Td (.) Tj ET Q"),
        CHANGED,
    ),
    *(
        Row(f"field-filled-{how}", "approved_form", _filled(NOTE, value, operators), PASSED)
        for how, (value, operators) in _READ.items()
    ),
    *(Row(f"new-field-with-kids-of-{what}", "contract", _kids(kid), CHANGED) for what, kid in _KIDS.items()),
    Row("new-field-with-kids", "contract", _kids(b"/Rect [0 0 0 0]"), PASSED),
    Row("signed-over-letters-moved-by-their-font", "contract", _written_in(_STRAIGHT[:-1] + b"10", b"1000 0 d0 " + _BLOCK), CHANGED),
    Row("signed-over-letters-that-say-no-box", "contract", _written_in(_STRAIGHT, b"1000 0 d0 " + _FAR), CHANGED),
    Row("signed-over-letters-that-say-a-false-box", "contract", _written_in(_STRAIGHT, b"1000 0 0 0 10 10 d1 " + _FAR), CHANGED),
    Row("signed-beside-drawn-letters", "contract", _written_in(_STRAIGHT, b"1000 0 0 0 700 700 d1 " + _BLOCK), PASSED),
    Row("countersigned-with-names-in-gbk", "contract", names_in_gbk, PASSED),
)  # fmt: skip
