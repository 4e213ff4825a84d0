"""What a later revision may bring is used for more: new fields that act, drawings that hide, and signatures that lie over others.

Ways beside those published by Rohlmann et al. (IEEE S&P 2021) and Mainka et al. (NDSS 2021): every one was found by attacking
this verifier, and passed once.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from esign.pdf.model import CertificationLevel
from tests.support.attacks.certification import OPAQUE
from tests.support.attacks.documents import (
    CATALOGUE,
    CONTENT,
    COVER,
    FORM,
    FREE,
    LAYER,
    PAGE,
    RESOURCES,
    append,
    body_of,
    contract,
    form_x_object,
    stream,
    text,
)
from tests.support.attacks.model import CHANGED, HIDDEN, PASSED, Row
from tests.support.attacks.shadow import fill
from tests.support.attacks.surgery import form_number, listing
from tests.support.signed_pdf import sign_sample

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.support.attacks.library import Library

OVER_TEXT: Final = b"[60 740 540 790]"
_BLANK: Final = b"[60 300 540 350]"
DRAWING: Final = FREE + 1
_SCRIPT: Final = b"/AA << /PV << /S /JavaScript /JS (this.getField\\('amount'\\).value='9') >> >>"
_RESOURCES: Final = b"/Resources << /ExtGState << /Ink << /BM /Multiply >> /Plain << /BM /Normal >> >> "


def with_field(
    octets: bytes,
    entries: bytes,
    *,
    box: bytes = OVER_TEXT,
    more: Mapping[int, bytes] | None = None,
    name: bytes = b"Sneaky",
) -> bytes:
    """Return the file with a new signature field that nobody signed yet."""
    page = re.sub(rb"/Annots\s*\[", b"/Annots [%d 0 R " % FREE, body_of(octets, PAGE))
    if b"/Annots" not in page:
        page = page[:-2] + b"/Annots [%d 0 R] >>" % FREE
    field = b"<< /Type /Annot /FT /Sig /T (%s) /Rect %s /P 3 0 R %s >>" % (name, box, entries)
    return append(octets, {PAGE: page, FREE: field, **(more or {}), **listing(octets, FREE)})


def drawn(operators: bytes, more: bytes = b"") -> bytes:
    return form_x_object(operators, size=(480, 50), more=more).replace(b"/Resources << ", _RESOURCES)


def signed_over(
    which: str, box: bytes, drawing: bytes, more: Mapping[int, bytes] | None = None
) -> Callable[[Library], bytes]:
    """Return what has the attacker, who has a trusted certificate, sign with a drawing of his own."""

    def build(library: Library) -> bytes:
        objects = {DRAWING: drawing, **(more or {})}
        octets = with_field(getattr(library, which), b"/Subtype /Widget /F 4", box=box, more=objects)
        return library.sign_field(octets, "Sneaky", by=library.second_signer, drawing=DRAWING)

    return build


def _prepared_field() -> bytes:
    """Return a contract with an empty signature field that lies over its first line."""
    field = b"<< /Type /Annot /Subtype /Widget /FT /Sig /T (Second) /Rect [60 740 540 790] /F 4 /P 3 0 R >>"
    objects = {FORM: b"<< /Fields [11 0 R] /SigFlags 3 >>", 11: field, 12: drawn(OPAQUE)}
    return contract(objects, catalogue=b"/AcroForm 10 0 R /Spare 12 0 R", page=RESOURCES + b" /Annots [11 0 R]")


def prepared_field_signed(library: Library) -> bytes:
    octets = library.approve(_prepared_field())
    return library.sign_field(octets, "Second", by=library.second_signer, drawing=12)


def prepared_field_signed_after_certification(library: Library) -> bytes:
    octets = sign_sample(
        library.world,
        _prepared_field(),
        certification=CertificationLevel.FORM_FILLING,
        box=None,
        appearance=None,
        field_name="First",
    )
    return library.sign_field(octets, "Second", by=library.second_signer, drawing=12)


def _layered(library: Library, level: CertificationLevel | None) -> bytes:
    """Return a signed contract with two notes in one place, of which the later one is seen."""
    note = b"<< /Type /Annot /Subtype /FreeText /Rect [60 650 540 700] /F 4 /DA (/F1 14 Tf 0 g) /AP << /N %d 0 R >> >>"
    objects = {11: note % 13, 12: note % 14, 13: drawn(OPAQUE), 14: drawn(OPAQUE.replace(b"9999999", b"1000"))}
    octets = contract(objects, page=RESOURCES + b" /Annots [11 0 R 12 0 R]")
    return library.approve(octets) if level is None else library.certify(octets, level)


def _relayered(octets: bytes, array: bytes) -> bytes:
    page = re.sub(rb"/Annots\s*\[([^]]*)\]", array, body_of(octets, PAGE))
    field = b"<< /Type /Annot /Subtype /Widget /FT /Sig /T (Sneaky) /Rect [0 0 0 0] /P 3 0 R >>"
    return append(octets, {PAGE: page, FREE: field, **listing(octets, FREE)})


def order_of_annotations(library: Library) -> bytes:
    octets = _layered(library, None)
    return _relayered(octets, _turned(octets))


def _turned(octets: bytes) -> bytes:
    found = re.search(rb"/Annots\s*\[([^]]*)\]", body_of(octets, PAGE))
    assert found is not None
    listed = found[1].replace(b"11 0 R", b"@").replace(b"12 0 R", b"11 0 R").replace(b"@", b"12 0 R")
    return b"/Annots [%s %d 0 R]" % (listed, FREE)


def order_of_annotations_certified(library: Library) -> bytes:
    octets = _layered(library, CertificationLevel.NO_CHANGES)
    return _relayered(octets, _turned(octets))


def annotation_twice(library: Library) -> bytes:
    return _relayered(_layered(library, CertificationLevel.NO_CHANGES), rb"/Annots [\1 400 0 R 11 0 R]")


def over_a_point(library: Library) -> bytes:
    """The drawing hides nothing but the point of an amount."""
    signed = library.approve(contract({CONTENT: stream(text("10.00 yuan", at=(100, 760)))}))
    box = b"[114 755 119 775]"  # two digits of half a size lie before it
    objects = {DRAWING: form_x_object(OPAQUE, size=(480, 50))}
    octets = with_field(signed, b"/Subtype /Widget /F 4", box=box, more=objects)
    return library.sign_field(octets, "Sneaky", by=library.second_signer, drawing=DRAWING)


def state_of_layers(library: Library) -> bytes:
    """The catalogue is written anew with the layers' state as a string: a reader ignores it and shows the hidden layer."""
    layers = b"/OCProperties << /OCGs [18 0 R] /D << /BaseState /OFF >> >>"
    objects = {
        CONTENT: stream(text("Contract No. 2026-001: 1000 yuan.") + b"/OC /OC1 BDC " + OPAQUE + b" EMC"),
        LAYER: b"<< /Type /OCG /Name (Cover) >>",
    }
    page = RESOURCES.replace(b"/Font", b"/Properties << /OC1 18 0 R >> /Font")
    signed = library.certify(contract(objects, catalogue=layers, page=page), CertificationLevel.NO_CHANGES)
    return append(signed, {CATALOGUE: re.sub(rb"/BaseState\s*/OFF", b"/BaseState (/OFF)", body_of(signed, CATALOGUE))})


def blend_mode(library: Library) -> bytes:
    """A new field is added to a page whose ink is no ink any more."""
    shown = text("Contract No. 2026-001: 1000 yuan.") + b"/Ink gs 1 1 0 rg 60 740 480 50 re f"
    page = RESOURCES.replace(b"/Font", b"/ExtGState << /Ink << /BM /Multiply >> >> /Font")
    signed = library.approve(contract({CONTENT: stream(shown)}, page=page))
    octets = with_field(signed, b"/Subtype /Widget", box=b"[0 0 0 0]")
    added = octets[len(signed) :]
    at = added.index(b"/Multiply")
    page = octets[: len(signed)] + added[:at].replace(b"/BM ", b"/BM(", 1) + b"/Multiply)" + added[at + 10 :]
    assert len(page) == len(octets)
    return page


# --- fields of a form ---


def _cover(appearance: bytes, more: Mapping[int, bytes]) -> Callable[[bytes], bytes]:
    """Return what fills the field that lies over the text, with an appearance dictionary of its own."""

    def bend(octets: bytes) -> bytes:
        body = re.sub(rb"/AP\s*<<\s*/N\s*\d+ 0 R\s*>>", appearance, body_of(octets, COVER))
        return append(octets, {COVER: body[:-2] + b"/V (9999999) >>", **more})

    return bend


def _white_letters(octets: bytes) -> bytes:
    """White blocks that are letters to the syntax hide the line."""
    drawing = form_x_object(b"BT /F1 60 Tf 1 g 0 0 Td (nnnnnnnnn) Tj ET", size=(480, 50)).replace(b"7 0 R", b"402 0 R")
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /ZapfDingbats >>"
    return fill(octets, COVER, "nnnnnnnnn", appearance=drawing, more={402: font})


_LETTERS: Final = form_x_object(b"BT /F1 14 Tf 0 g 12 20 Td (9999999) Tj ET", size=(480, 50))
_FORMS: Final = {
    "state": _cover(b"/AP << /N << /X 400 0 R >> >> /AS /X", {FREE: form_x_object(OPAQUE, size=(480, 50))}),
    "pointer": _cover(
        b"/AP << /N 400 0 R /R 401 0 R >>", {FREE: _LETTERS, DRAWING: form_x_object(OPAQUE, size=(480, 50))}
    ),
    "white-letters": _white_letters,
}


def _form(how: str, which: str) -> Row:
    return Row(
        f"field-filled-{how}-{which.replace('_', '-')}",
        which,
        lambda library: _FORMS[how](getattr(library, which)),
        CHANGED,
    )


def paint_of_another_kind(library: Library) -> bytes:
    """The empty field was painted with one point; filled in, it has one piece of paint again, as large as the line."""
    widget = b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (cover) /Rect [60 740 540 790] /F 4 /P 3 0 R /DA (/F1 12 Tf 0 g) %s >>"
    objects = {
        FORM: b"<< /Fields [11 0 R] >>",
        11: widget % b"/AP << /N 12 0 R >>",
        12: form_x_object(b"0 0 1 1 re f", size=(480, 50)),
    }
    octets = library.approve(contract(objects, catalogue=b"/AcroForm 10 0 R", page=RESOURCES + b" /Annots [11 0 R]"))
    return fill(octets, 11, "9999999 yuan", appearance=form_x_object(OPAQUE, size=(480, 50)))


def resources_of_the_form(library: Library) -> bytes:
    """The object behind /DR is written anew: a form drawn by the reader shows its values in another font."""
    widget = b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (amount) /Rect [72 600 272 630] /F 4 /P 3 0 R %s >>"
    objects = {
        FORM: b"<< /Fields [11 0 R] /DR 13 0 R /NeedAppearances true /DA (/F1 12 Tf 0 g) >>",
        11: widget % b"/DA (/F1 12 Tf 0 g) /V (1000)",
        13: b"<< /Font << /F1 7 0 R >> >>",
    }
    octets = library.approve(contract(objects, catalogue=b"/AcroForm 10 0 R", page=RESOURCES + b" /Annots [11 0 R]"))
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /ZapfDingbats >>"
    return append(octets, {13: b"<< /Font << /F1 400 0 R >> >>", FREE: font})


def resources_of_a_reader(library: Library) -> bytes:
    """Honest: who countersigns adds the fonts of his own program to a form that has signatures alone."""
    octets = library.contract
    form = form_number(octets)
    body = body_of(octets, form)[:-2] + b"/DR << /Font << /Helv 400 0 R >> >> /DA (/Helv 0 Tf 0 g) >>"
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
    return library.approve(append(octets, {form: body, FREE: font}), by=library.second_signer, number=2)


def beside_a_leader(library: Library) -> bytes:
    """Honest: a drawing over the dots where people are to sign, behind words in a font of two octets a letter."""
    shown = text("Signed: ______________________________ (seal)", at=(72, 300))
    wide = b"BT /F9 14 Tf 72 330 Td <004100420043004400450046> Tj ET"
    objects = {
        CONTENT: stream(shown + wide),
        20: b"<< /Type /Font /Subtype /Type0 /BaseFont /A /Encoding /Identity-H /DescendantFonts [21 0 R] >>",
        21: b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /A /DW 1000 /W [65 [250 250] 67 70 250] >>",
    }
    page = RESOURCES.replace(b"/F1 7 0 R", b"/F1 7 0 R /F9 20 0 R")
    signed = library.approve(contract(objects, page=page))
    octets = with_field(
        signed,
        b"/Subtype /Widget /F 4",
        box=b"[125 295 330 350]",
        more={DRAWING: form_x_object(OPAQUE, size=(480, 50))},
    )
    return library.sign_field(octets, "Sneaky", by=library.second_signer, drawing=DRAWING)


_NEW_FIELDS: Final = {
    "script": (b"/Subtype /Widget " + _SCRIPT, b"[0 0 0 0]"),
    "link": (b"/Subtype /Widget /A << /S /URI /URI (http://example.test) >>", b"[0 0 0 0]"),
    "square": (b"/Subtype /Square /IC [1 1 1] /C [1 1 1] /F 4", b"[60 740 540 790 0]"),
    "note": (b"/Subtype /FreeText /Contents (9999999 yuan) /DA (/Helv 14 Tf 0 g) /F 4", OVER_TEXT),
    "five-numbers": (b"/Subtype /Widget /F 4 /MK << /BG [1 1 1] >>", b"[60 740 540 790 0]"),
    "thick-frame": (b"/Subtype /Widget /F 4 /BS << /W 60 /S /S >> /C [1 1 1]", OVER_TEXT),
    "background": (b"/Subtype /Widget /F 4 /MK << /BG [1 1 1] >>", OVER_TEXT),
}


def _new_field(how: str, which: str) -> Row:
    entries, box = _NEW_FIELDS[how]
    return Row(
        f"new-field-{how}-{which}",
        which,
        lambda library: with_field(getattr(library, which), entries, box=box),
        CHANGED,
    )


def shown_by_nobody(library: Library) -> bytes:
    """A new field that nobody signed shows a clause in the blank part of the page."""
    drawing = {DRAWING: form_x_object(OPAQUE, size=(480, 50))}
    return with_field(library.contract, b"/Subtype /Widget /F 4 /AP << /N 401 0 R >>", box=_BLANK, more=drawing)


_PLAIN: Final = drawn(OPAQUE)
_PICTURE: Final = b"q /Ink gs BI /W 30 /H 1 /CS /G /BPC 8 ID  EI Q /Ink gs q aaaaaaaaaaaaa EI Q " + OPAQUE

ROWS: Final = (
    *(_new_field(how, which) for how in _NEW_FIELDS for which in ("contract", "certified", "form")),
    Row("new-field-shown-by-nobody", "contract", shown_by_nobody, CHANGED),
    Row("signed-over-text", "contract", signed_over("contract", OVER_TEXT, _PLAIN), CHANGED),
    Row(
        "signed-over-text-in-an-isolated-group",
        "contract",
        signed_over("contract", OVER_TEXT, drawn(b"/Ink gs " + OPAQUE, b"/Group << /S /Transparency /I true >>")),
        CHANGED,
    ),
    Row(
        "signed-over-text-in-a-form-of-a-form",
        "contract",
        signed_over(
            "contract",
            OVER_TEXT,
            drawn(b"/Ink gs /Fm Do").replace(b"/Font", b"/XObject << /Fm 402 0 R >> /Font"),
            {402: drawn(b"/Plain gs " + OPAQUE)},
        ),
        CHANGED,
    ),
    Row("signed-over-text-behind-a-picture", "contract", signed_over("contract", OVER_TEXT, drawn(_PICTURE)), CHANGED),
    Row(
        "signed-over-text-in-ink",
        "contract",
        signed_over("contract", OVER_TEXT, drawn(b"/Ink gs " + OPAQUE)),
        HIDDEN,  # in black, which makes other letters of them
    ),
    Row(
        "signed-over-text-in-red-ink",
        "contract",
        signed_over("contract", OVER_TEXT, drawn(b"/Ink gs 1 0 0 rg 0 0 60 40 re f")),
        PASSED,
    ),
    Row("signed-over-a-value", "approved_form", signed_over("approved_form", b"[72 604 82 620]", _PLAIN), CHANGED),
    Row("signed-over-a-seal", "contract", signed_over("contract", b"[330 60 420 120]", _PLAIN), CHANGED),
    Row("signed-beside-a-seal", "contract", signed_over("contract", b"[419 60 520 120]", _PLAIN), PASSED),
    Row("signed-in-the-blank", "contract", signed_over("contract", _BLANK, _PLAIN), PASSED),
    Row("signed-over-a-leader", "contract", beside_a_leader, PASSED),
    Row("signed-in-a-prepared-field", "contract", prepared_field_signed, CHANGED),
    Row("signed-in-a-prepared-field-certified", "form", prepared_field_signed_after_certification, CHANGED),
    Row("signed-over-a-point", "approved_form", over_a_point, CHANGED),
    Row("kind-of-a-state", "certified", state_of_layers, CHANGED),
    Row("kind-of-a-blend-mode", "contract", blend_mode, CHANGED),
    Row("order-of-annotations", "contract", order_of_annotations, CHANGED),
    Row("order-of-annotations-certified", "certified", order_of_annotations_certified, CHANGED),
    Row("order-of-annotations-twice", "certified", annotation_twice, CHANGED),
    *(_form(how, which) for how in _FORMS for which in ("form", "approved_form")),
    Row("field-filled-with-other-paint", "approved_form", paint_of_another_kind, CHANGED),
    Row("form-resources-of-a-reader", "contract", resources_of_a_reader, PASSED),
    Row("form-resources-replaced", "approved_form", resources_of_the_form, CHANGED),
)
