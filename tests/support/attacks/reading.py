"""What a person reads is painted over by what the verifier took for harmless: parts of lines, boxes that turn, notes, fields.

Every row was found by attacking this verifier, and passed once; each family ends with its genuine twins. The attacker has a
trusted certificate and signs with a drawing of his own, fills in a field, or has prepared the file before it was signed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from esign.pdf.model import CertificationLevel
from tests.support.attacks.additions import DRAWING, OVER_TEXT, signed_over, with_field
from tests.support.attacks.certification import OPAQUE
from tests.support.attacks.documents import (
    AGREED,
    AMOUNT,
    BLANK,
    CONTENT,
    COVER,
    FORM,
    FREE,
    RESOURCES,
    TICK,
    append,
    body_of,
    contract,
    field_text,
    form_x_object,
    stream,
    text,
    widget,
)
from tests.support.attacks.model import CHANGED, PASSED, Row
from tests.support.attacks.shadow import fill

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.support.attacks.library import Library

_LINE: Final = b"BT /F1 14 Tf 0 g 12 20 Td (9999999 yuan) Tj ET"
_WHITE: Final = b"1 g 0 0 480 50 re f "
_NOTE: Final = b"[60 685 540 735]"


def _drawing(operators: bytes, resources: bytes = b"") -> bytes:
    return form_x_object(operators, size=(480, 50)).replace(b"/Resources << ", b"/Resources << " + resources)


# --- parts of a line, by several signatures or one ---

_STRIPS: Final = (b"[60 764.9 540 775]", b"[60 760 540 764.9]", b"[60 750 540 760]")


def _strip(library: Library, octets: bytes, number: int, box: bytes) -> bytes:
    """Return the file signed once more, with what that box shows of another line."""
    line = b"1 g 0 700 595 100 re f BT /F1 14 Tf 0 g 72 760 Td (Contract No. 2026-001: the price is 7000 yuan.) Tj ET"
    drawing = form_x_object(line).replace(b"[0 0 200 30]", box)
    octets = with_field(octets, b"/Subtype /Widget /F 4", box=box, more={DRAWING: drawing}, name=b"S%d" % number)
    return library.sign_field(octets, f"S{number}", by=library.second_signer, drawing=DRAWING)


def upper_half(library: Library) -> bytes:
    return _strip(library, library.contract, 1, _STRIPS[0])


def lower_half(library: Library) -> bytes:
    return _strip(library, library.contract, 1, _STRIPS[1])


def below_the_line(library: Library) -> bytes:
    """What is left of a comma is a point."""
    return _strip(library, library.contract, 1, _STRIPS[2])


# --- drawings that do not stay in their box, and what readers draw of themselves ---


def turned_about_its_corner(library: Library) -> bytes:
    """The page is turned; the new drawing is not (NoRotate), and lies on the line instead of in its box."""
    line = b"BT /F1 14 Tf 0 1 -1 0 100 72 Tm (Contract No. 2026-001: the price is 1000 yuan.) Tj ET"
    signed = library.approve(contract({CONTENT: stream(line)}, page=RESOURCES + b" /Rotate 90"))
    octets = with_field(
        signed, b"/Subtype /Widget /F 20", box=b"[82 20 422 60]", more={DRAWING: _drawing(_WHITE + _LINE)}
    )
    return library.sign_field(octets, "Sneaky", by=library.second_signer, drawing=DRAWING)


def _over(
    objects: Mapping[int, bytes], page: bytes, box: bytes = _NOTE, catalogue: bytes = b""
) -> Callable[[Library], bytes]:
    """Return what has the attacker sign, with an opaque drawing, over a page that was signed."""

    def build(library: Library) -> bytes:
        signed = library.approve(contract(objects, page=page, catalogue=catalogue))
        octets = with_field(signed, b"/Subtype /Widget /F 4", box=box, more={DRAWING: _drawing(_WHITE + _LINE)})
        return library.sign_field(octets, "Sneaky", by=library.second_signer, drawing=DRAWING)

    return build


def _note(entries: bytes, box: bytes = _NOTE) -> Callable[[Library], bytes]:
    return _over(
        {AMOUNT: b"<< /Type /Annot %s >>" % (entries if b"/F " in entries else entries + b" /F 4")},
        RESOURCES + b" /Annots [11 0 R]",
        box,
    )


def _field(field: bytes, box: bytes = _NOTE, more: Mapping[int, bytes] | None = None) -> Callable[[Library], bytes]:
    form = b"<< /Fields [11 0 R] /DR << /Font << /F1 7 0 R >> >> /DA (/F1 12 Tf 0 g) >>"
    objects = {FORM: form, AMOUNT: field, **(more or {})}
    return _over(objects, RESOURCES + b" /Annots [11 0 R]", box, b"/AcroForm 10 0 R")


_AT: Final = b"/Rect [72 690 372 730]"
_CORNERS: Final = b"/QuadPoints [72 730 372 730 72 690 372 690]"
_NOTES: Final = {
    "free-text": b"/Subtype /FreeText /Contents (The price is 1000 yuan) /DA (/Helv 14 Tf 0 g) " + _AT,
    "a-square": b"/Subtype /Square /C [1 0 0] " + _AT,
    "what-was-struck-out": b"/Subtype /StrikeOut /C [1 0 0] " + _AT + _CORNERS,
    "a-highlight": b"/Subtype /Highlight /C [1 1 0] " + _AT + _CORNERS,
    "a-stamp": b"/Subtype /Stamp /Name /NotApproved " + _AT,
    "ink-of-a-pen": b"/Subtype /Ink /InkList [[80 692 360 718]] " + _AT,
    "a-note-that-does-not-turn": b"/Subtype /Text /Contents (no) /Rect [542 700 560 720] /F 28",
}
_FILLED: Final = widget(b"Tx", b"amount", b"72 690 372 730", b"/V (The price is 1000 yuan)")
_EMPTY: Final = widget(b"Tx", b"amount", b"72 690 372 730", b"")
_STATES: Final = widget(b"Btn", b"amount", b"60 690 540 730", b"/V /Yes /AS /Yes /AP << /N << /Yes 14 0 R >> >>")
_STATE: Final = {TICK: _drawing(b"BT /F1 14 Tf 12 20 Td (The price is 1000 yuan, and not 5000) Tj ET")}

# --- fields that are filled in over the line ---


def _filled(
    before: bytes,
    after: bytes,
    more: Mapping[int, bytes] | None = None,
    *,
    value: str = "9999999 yuan",
    page: bytes = RESOURCES,
) -> Callable[[Library], bytes]:
    """Return what fills in an empty field that lies over the line; `before` and `after` are its drawings."""

    def build(library: Library) -> bytes:
        objects = {
            FORM: b"<< /Fields [17 0 R] /DR << /Font << /F1 7 0 R >> >> /DA (/F1 12 Tf 0 g) >>",
            COVER: widget(b"Tx", b"cover", b"60 740 540 790", b"/AP << /N 16 0 R >> /MK << /BG [1 1 1] >>"),
            BLANK: before,
            **(more or {}),
        }
        octets = contract(objects, catalogue=b"/AcroForm 10 0 R", page=page + b" /Annots [17 0 R]")
        return fill(library.approve(octets), COVER, value, appearance=after)

    return build


_NOTHING: Final = _drawing(b"/Tx BMC EMC")
_PAINTED: Final = _drawing(_WHITE + _LINE)
_SHADE: Final = (
    b"/Shading << /S << /ShadingType 2 /ColorSpace /DeviceGray /Coords [0 0 480 0] /Extend [true true]"
    b" /Function << /FunctionType 2 /Domain [0 1] /C0 [1] /C1 [1] /N 1 >> >> >> "
)
_UNSEEN_PAINT: Final = {
    "clipped-away": (_drawing(b"q 0 0 0 0 re W n " + _WHITE + b"Q"), _PAINTED),
    "dashed-away": (
        _drawing(b"[0 9999] 5000 d 1 G 50 w 0 25 m 480 25 l S"),
        _drawing(b"1 G 50 w 0 25 m 480 25 l S " + _LINE),
    ),
    "outside-its-bounds": (_drawing(_WHITE).replace(b"[0 0 480 50]", b"[500 60 501 61]"), _PAINTED),
    "transparent": (_drawing(b"/Z gs " + _WHITE, b"/ExtGState << /Z << /ca 0 >> >> "), _PAINTED),
    "shaded": (_drawing(b"q 0 0 0 0 re W n /S sh Q", _SHADE), _drawing(b"/S sh " + _LINE, _SHADE)),
}
_TWO_TONES: Final = _drawing(b"BT /Z 60 Tf .4 g 0 0 Td (nnnnnnnnn) Tj ET " + _LINE).replace(
    b"/F1 7 0 R", b"/Z 26 0 R /F1 7 0 R"
)
_DINGBATS: Final = {26: b"<< /Type /Font /Subtype /Type1 /BaseFont /ZapfDingbats >>"}
_LETTER: Final = {
    26: b"<< /Type /Font /Subtype /Type3 /FontBBox [0 0 480 50] /FontMatrix [1 0 0 1 0 0] /FirstChar 97 /LastChar 97"
    b" /Widths [480] /Encoding << /Differences [97 /a] >> /CharProcs << /a 27 0 R >> /Resources << /Font << /F1 7 0 R >> >> >>",
    27: stream(b"480 0 d0 " + OPAQUE),
}
_WITH_LETTER: Final = RESOURCES.replace(b"/F1 7 0 R", b"/F1 7 0 R /T3 26 0 R")
_OF_THE_PAGE: Final = stream(
    b"BT /T3 1 Tf 0 g 0 0 Td (a) Tj ET", b"/Type /XObject /Subtype /Form /BBox [0 0 480 50] /Resources << >>"
)
_OF_BOTH: Final = _drawing(b"BT /T3 1 Tf 0 g 0 0 Td (a) Tj ET")


def no_drawing_any_more(library: Library) -> bytes:
    """The field has a value and an appearance of nothing: some readers show nothing, some draw it anew with its ground."""
    signed = library.approve(
        contract(
            {
                FORM: b"<< /Fields [17 0 R] /DR << /Font << /F1 7 0 R >> >> /DA (/F1 12 Tf 0 g) >>",
                COVER: widget(b"Tx", b"cover", b"60 740 540 790", b"/AP << /N 16 0 R >> /MK << /BG [1 1 1] >>"),
                BLANK: _NOTHING,
            },
            catalogue=b"/AcroForm 10 0 R",
            page=RESOURCES + b" /Annots [17 0 R]",
        )
    )
    body = re.sub(rb"/AP\s*<<\s*/N\s*\d+ 0 R\s*>>", b"/AP << >>", body_of(signed, COVER))
    return append(signed, {COVER: body[:-2] + b"/V (9999999 yuan) >>"})


# --- buttons, and fields of several widgets ---


def _button(box: bytes, drawing: bytes, bend: bytes) -> Callable[[Library], bytes]:
    """Return what ticks a box of a file certified for filling in; `bend` are its value and state then."""

    def build(library: Library) -> bytes:
        entries = b"/V /Off /AS /Off /AP << /N << /Off 16 0 R /Yes 14 0 R >> >>"
        objects = {FORM: b"<< /Fields [13 0 R] >>", AGREED: widget(b"Btn", b"agreed", box, entries)}
        octets = contract(
            {**objects, BLANK: _drawing(b""), TICK: drawing},
            catalogue=b"/AcroForm 10 0 R",
            page=RESOURCES + b" /Annots [13 0 R]",
        )
        signed = library.certify(octets, CertificationLevel.FORM_FILLING)
        return append(signed, {AGREED: re.sub(rb"/V\s*/Off\s*/AS\s*/Off", bend, body_of(signed, AGREED))})

    return build


_KID: Final = b"<< /Type /Annot /Subtype /Widget /Parent 11 0 R /Rect [72 %d 272 %d] /F 4 /P 3 0 R %s >>"
_TEXT: Final = b"<< /FT /Tx /T (amount) %s /Kids [12 0 R 13 0 R] /DA (/F1 12 Tf 0 g) >>"
_RADIO: Final = b"<< /FT /Btn /Ff 49152 /T (choice) /V /Off /Kids [12 0 R 13 0 R] >>"


def _of_two(field: bytes, kids: tuple[bytes, bytes], shown: bytes) -> bytes:
    objects = {
        FORM: b"<< /Fields [11 0 R] /DR << /Font << /F1 7 0 R >> >> /DA (/F1 12 Tf 0 g) >>",
        11: field,
        12: _KID % (700, 730, kids[0]),
        13: _KID % (600, 630, kids[1]),
        15: shown,
    }
    return contract(objects, catalogue=b"/AcroForm 10 0 R", page=RESOURCES + b" /Annots [12 0 R 13 0 R]")


def _with_texts(library: Library, value: bytes) -> bytes:
    shown = field_text(value.decode()) if value else form_x_object(b"")
    entry = b"/V (%s)" % value if value else b""
    octets = _of_two(_TEXT % entry, (b"/AP << /N 15 0 R >>",) * 2, shown)
    return library.certify(octets, CertificationLevel.FORM_FILLING) if value else library.approve(octets)


def _with_radio(library: Library) -> bytes:
    states = tuple(b"/AS /Off /AP << /N << /%s 15 0 R >> >>" % name for name in (b"A", b"B"))
    octets = _of_two(_RADIO, (states[0], states[1]), form_x_object(b"0 0 m 20 20 l S", size=(20, 20)))
    return library.certify(octets, CertificationLevel.FORM_FILLING)


def value_of_two(library: Library) -> bytes:
    octets = _with_texts(library, b"1000")
    return append(octets, {11: body_of(octets, 11).replace(b"(1000)", b"(9999999)")})


def first_value_of_two(library: Library) -> bytes:
    """Nobody has certified the file; the field gets a value, and shows nothing of it."""
    octets = _with_texts(library, b"")
    return append(octets, {11: body_of(octets, 11)[:-2] + b" /V (9999999) >>"})


def one_of_two(library: Library) -> bytes:
    """One place shows the new value, the other the old one."""
    octets = _with_texts(library, b"1000")
    kid = body_of(octets, 12).replace(b"15 0 R", b"%d 0 R" % FREE)
    field = body_of(octets, 11).replace(b"(1000)", b"(9999999)")
    return append(octets, {11: field, 12: kid, FREE: field_text("9999999")})


def both_of_two(library: Library) -> bytes:
    octets = _with_texts(library, b"")
    kids = {number: body_of(octets, number).replace(b"15 0 R", b"%d 0 R" % FREE) for number in (12, 13)}
    return append(octets, {11: body_of(octets, 11)[:-2] + b" /V (900) >>", **kids, FREE: field_text("900")})


def kid_moved(library: Library) -> bytes:
    octets = _with_texts(library, b"1000")
    return append(octets, {12: body_of(octets, 12).replace(b"[72 700 272 730]", b"[72 740 540 790]")})


def chosen(library: Library) -> bytes:
    octets = _with_radio(library)
    return append(
        octets,
        {11: body_of(octets, 11).replace(b"/Off", b"/A"), 12: body_of(octets, 12).replace(b"/AS /Off", b"/AS /A")},
    )


def value_of_a_choice(library: Library) -> bytes:
    octets = _with_radio(library)
    return append(octets, {11: body_of(octets, 11).replace(b"/Off", b"/A")})


def another_choice_shown(library: Library) -> bytes:
    octets = _with_radio(library)
    return append(
        octets,
        {11: body_of(octets, 11).replace(b"/Off", b"/A"), 13: body_of(octets, 13).replace(b"/AS /Off", b"/AS /B")},
    )


# --- lines written through letters that are drawings, patterns and masks ---

_WORDS: Final = text("Contract No. 2026-001: the price is 1000 yuan.")
_DISPLACED: Final = {
    26: _LETTER[26].replace(b"/Widths [480]", b"/Widths [10]"),
    27: stream(b"10 0 d0 " + _WORDS),
    CONTENT: stream(b"BT /T3 1 Tf 0 0 Td (a) Tj ET"),
}
_TALL: Final = {  # of a size of 1, and drawn as high as a line
    26: _LETTER[26].replace(b"[0 0 480 50]", b"[0 0 480 12]"),
    27: stream(b"480 0 0 0 480 12 d1 0 0 480 12 re f"),
    CONTENT: stream(b"BT /T3 1 Tf 72 755 Td (a) Tj ET"),
}
_TILE: Final = stream(
    _WORDS,
    b"/Type /Pattern /PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 595 842] /XStep 595 /YStep 842"
    b" /Resources << /Font << /F1 7 0 R >> >>",
)
_PATTERN: Final = {26: _TILE, CONTENT: stream(b"/Pattern cs /P scn 0 0 595 842 re f")}
_MASK: Final = {
    26: form_x_object(b"1 g " + _WORDS, size=(595, 842), more=b"/Group << /S /Transparency /CS /DeviceGray >>"),
    CONTENT: stream(b"/M gs 0 g 0 0 595 842 re f"),
}
_WITH_PATTERN: Final = RESOURCES.replace(b"/Font", b"/Pattern << /P 26 0 R >> /Font")
_WITH_MASK: Final = RESOURCES.replace(
    b"/Font", b"/ExtGState << /M << /SMask << /S /Luminosity /G 26 0 R >> >> >> /Font"
)
_PLAIN_PATTERN: Final = {**_PATTERN, 26: _TILE.replace(_WORDS, b"0 0 9 9 re f".ljust(len(_WORDS)))}
_SMALL: Final = (b"72 500 92 520", _drawing(b"0 0 m 480 50 l S"))

ROWS: Final = (
    Row("signed-over-upper-halves", "contract", upper_half, CHANGED),
    Row("signed-over-lower-halves", "contract", lower_half, CHANGED),
    Row("signed-below-the-line-of-letters", "contract", below_the_line, CHANGED),
    Row("signed-close-below-a-line", "contract", signed_over("contract", b"[60 700 540 757]", _PAINTED), PASSED),
    Row("signed-close-above-a-line", "contract", signed_over("contract", b"[60 771 540 800]", _PAINTED), PASSED),
    Row("signed-turned-about-its-corner", "contract", turned_about_its_corner, CHANGED),
    *(Row(f"signed-over-{what}", "contract", _note(entries), CHANGED) for what, entries in _NOTES.items()),
    Row("signed-beside-what-was-struck-out", "contract", _note(_NOTES["what-was-struck-out"], b"[60 600 540 690]"), PASSED),
    Row("signed-over-a-value-without-drawing", "contract", _field(_FILLED), CHANGED),
    Row("signed-over-an-empty-field", "contract", _field(_EMPTY), PASSED),
    Row("signed-over-letters-of-a-state", "contract", _field(_STATES, b"[60 690 107 730]", _STATE), CHANGED),
    *(
        Row(f"filled-with-paint-{how}-before", "contract", _filled(*drawings), CHANGED)
        for how, drawings in _UNSEEN_PAINT.items()
    ),
    Row("filled-in-two-tones", "contract", _filled(_NOTHING, _TWO_TONES, _DINGBATS, value="n" * 9 + "9999999 yuan"), CHANGED),
    Row("filled-in-a-font-of-the-page", "contract", _filled(_NOTHING, _OF_THE_PAGE, _LETTER, value="a", page=_WITH_LETTER), CHANGED),
    Row("filled-in-a-font-it-does-not-name", "contract", _filled(_NOTHING, _OF_BOTH, _LETTER, value="a", page=_WITH_LETTER), CHANGED),
    Row("filled-with-nothing", "contract", _filled(_NOTHING, _drawing(b" ")), CHANGED),
    Row("filled-without-drawing", "contract", no_drawing_any_more, CHANGED),
    Row("filled-in-dark-letters", "contract", _filled(_NOTHING, _drawing(b"BT /F1 9 Tf .1 .1 .6 rg 300 2 Td (9999999 yuan) Tj ET")), PASSED),
    Row("ticked-over-a-line", "contract", _button(b"60 740 540 790", _PAINTED, b"/V /Yes /AS /Yes"), CHANGED),
    Row("ticked-without-value", "contract", _button(*_SMALL, b"/V /Off /AS /Yes"), CHANGED),
    Row("ticked-by-value-alone", "contract", _button(*_SMALL, b"/V /Yes /AS /Off"), CHANGED),
    Row("ticked-to-a-state-without-drawing", "contract", _button(*_SMALL, b"/V /No /AS /No"), CHANGED),
    Row("ticked-as-it-should-be", "contract", _button(*_SMALL, b"/V /Yes /AS /Yes"), PASSED),
    Row("value-of-two-widgets-alone", "contract", value_of_two, CHANGED),
    Row("value-of-two-widgets-for-the-first-time", "contract", first_value_of_two, CHANGED),
    Row("value-shown-by-one-of-two-widgets", "contract", one_of_two, CHANGED),
    Row("value-shown-by-both-widgets", "contract", both_of_two, PASSED),
    Row("widget-of-a-field-moved", "contract", kid_moved, CHANGED),
    Row("choice-by-value-alone", "contract", value_of_a_choice, CHANGED),
    Row("choice-shown-as-another", "contract", another_choice_shown, CHANGED),
    Row("choice-as-it-should-be", "contract", chosen, PASSED),
    Row("signed-over-a-line-in-displaced-letters", "contract", _over(_DISPLACED, _WITH_LETTER, OVER_TEXT), CHANGED),
    Row("signed-over-the-top-of-tall-letters", "contract", _over(_TALL, _WITH_LETTER, b"[60 760 540 790]"), CHANGED),
    Row("signed-beside-tall-letters", "contract", _over(_TALL, _WITH_LETTER, b"[60 770 540 800]"), PASSED),
    Row("signed-over-a-line-in-a-pattern", "contract", _over(_PATTERN, _WITH_PATTERN, OVER_TEXT), CHANGED),
    Row("signed-over-a-pattern", "contract", _over(_PLAIN_PATTERN, _WITH_PATTERN, OVER_TEXT), PASSED),
    Row("signed-over-a-line-in-a-mask", "contract", _over(_MASK, _WITH_MASK, OVER_TEXT), CHANGED),
)  # fmt: skip
