"""What other programs write that is neither plain nor wrong, and what passes for it: choices by number, usage rights of forms.

Adobe Reader names the options of a choice by number beside their value, and forms that Acrobat opened to it hold a signature of usage
rights, which no field leads to.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from esign.pdf.model import CertificationLevel
from tests.support.attacks.additions import DRAWING, drawn
from tests.support.attacks.certification import OPAQUE
from tests.support.attacks.documents import (
    AMOUNT,
    BLANK,
    CATALOGUE,
    FORM,
    FREE,
    PAGE,
    RESOURCES,
    append,
    body_of,
    contract,
    field_text,
    form_x_object,
    stream,
    widget,
)
from tests.support.attacks.model import CHANGED, PASSED, UNREACHED, Row
from tests.support.attacks.surgery import listing, signature_number

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.attacks.library import Library

_SHOWN_BY: Final = {b"(Two)": "Second"}  # options may have two words
_METHOD: Final = b"/Reference [<< /Type /SigRef /TransformMethod /%s /TransformParams << /V /2.2 >> >>]"
_RIGHTS: Final = b"<< /Type /Sig /Filter /Adobe.PPKLite /ByteRange [0 10 20 30] /Contents <3000> %s >>"


def chosen(told: bytes, *, value: bytes = b"(Two)") -> Callable[[Library], bytes]:
    """Return what fills in a choice under P=2, its number told so."""

    def build(library: Library) -> bytes:
        options = b"/Ff 131072 /Opt [(One) [(Two) (Second)] (Three)] /AP << /N %d 0 R >>" % BLANK
        objects = {
            FORM: b"<< /Fields [11 0 R] /DR << /Font << /F1 7 0 R >> >> /DA (/F1 12 Tf 0 g) >>",
            AMOUNT: widget(b"Ch", b"town", b"72 600 272 630", options),
            BLANK: form_x_object(b"/Tx BMC EMC"),
        }
        octets = contract(objects, catalogue=b"/AcroForm 10 0 R", page=RESOURCES + b" /Annots [11 0 R]")
        signed = library.certify(octets, CertificationLevel.FORM_FILLING)
        field = re.sub(rb"/N\s+%d 0 R" % BLANK, b"/N %d 0 R" % FREE, body_of(signed, AMOUNT))
        filled = field[:-2] + b"/V %s %s >>" % (value, told)
        return append(signed, {AMOUNT: filled, FREE: field_text(_SHOWN_BY.get(value, value.strip(b"()").decode()))})

    return build


def rights(library: Library) -> bytes:
    """A form that Acrobat opened to Adobe Reader, signed."""
    opened = contract({FREE: _RIGHTS % (_METHOD % b"UR3")}, catalogue=b"/Perms << /UR3 %d 0 R >>" % FREE)
    return library.approve(opened)


def rights_of_another_kind(library: Library) -> bytes:
    """What stands there is no usage right by its method."""
    opened = contract({FREE: _RIGHTS % (_METHOD % b"DocMDP")}, catalogue=b"/Perms << /UR3 %d 0 R >>" % FREE)
    return library.sign_field(opened, "Signature1")


def withdrawn(library: Library) -> bytes:
    """A signature is taken out of its form and called a usage right."""
    octets = library.contract
    catalogue = re.sub(rb"/AcroForm\s+\d+ 0 R", b"", body_of(octets, CATALOGUE))
    called = b" /Perms << /UR3 %d 0 R >> >>" % signature_number(octets)
    return append(octets, {CATALOGUE: catalogue[:-2] + called})


_LINK: Final = b"<< /Type /Annot /Subtype /Link /Rect [72 500 100 520] >>"
_NOTE: Final = b"<< /Type /Annot /Subtype /Square /Rect [60 740 540 790] /C [1 0 0] /F 4 >>"


def in_place(library: Library) -> bytes:
    """A page whose annotations stand in its array, or are null or nowhere, signed by a second party too."""
    page = RESOURCES + b" /Annots [%s null 499 0 R %s]" % (_LINK, _NOTE)
    signed = library.approve(contract(page=page))
    return library.approve(signed, by=library.second_signer, number=2)


def dropped(library: Library) -> bytes:
    """A mark that stood in the page's array is no longer there."""
    octets = in_place(library)
    return append(
        octets, {PAGE: re.sub(rb"<<[^<]*?/Subtype\s*/Square.*?>>", b"", body_of(octets, PAGE), flags=re.DOTALL)}
    )


def swapped(library: Library) -> bytes:
    """The second party's page lists the annotations that stand in its array in another order."""
    octets = in_place(library)
    page = body_of(octets, PAGE)
    notes = [re.search(rb"<<[^<]*?/Subtype\s*/%s.*?>>" % kind, page, re.DOTALL) for kind in (b"Link", b"Square")]
    assert notes[0] is not None
    assert notes[1] is not None
    link, square = notes[0][0], notes[1][0]
    changed = page.replace(link, b"@").replace(square, link).replace(b"@", square)
    return append(octets, {PAGE: changed})


def over_one_in_place(library: Library) -> bytes:
    """An opaque drawing lies over a mark that stands in the page's array."""
    page = RESOURCES + b" /Annots [%s]" % _NOTE.replace(b"740 540 790", b"300 540 350")
    octets = library.approve(contract(page=page))
    written = body_of(octets, PAGE)
    begin = written.index(b"[", written.index(b"/Annots")) + 1
    field = b"<< /Type /Annot /Subtype /Widget /F 4 /FT /Sig /T (Sneaky) /Rect [60 300 540 350] /P 3 0 R >>"
    objects = {FREE: field, DRAWING: drawn(OPAQUE), **listing(octets, FREE)}
    prepared = append(octets, {PAGE: written[:begin] + b"%d 0 R " % FREE + written[begin:], **objects})
    return library.sign_field(prepared, "Sneaky", by=library.second_signer, drawing=DRAWING)


def attached_as_it_is(library: Library) -> bytes:
    """A signed file is attached, and not deflated: what signed it is no signature of the file it is attached to."""
    objects = {
        30: stream(library.contract, b"/Type /EmbeddedFile"),
        31: b"<< /Type /Filespec /F (a.pdf) /UF (a.pdf) /EF << /F 30 0 R >> >>",
    }
    return library.approve(contract(objects, catalogue=b"/Names << /EmbeddedFiles << /Names [(a.pdf) 31 0 R] >> >>"))


def many_fields(library: Library) -> bytes:
    """Three hundred lines to fill in, and six who sign."""
    fields = {
        100 + number: widget(
            b"Tx", b"f%d" % number, b"72 %d 272 %d" % (100 + number, 110 + number), b"/AP << /N 20 0 R >>"
        )
        for number in range(300)
    }
    named = b" ".join(b"%d 0 R" % number for number in fields)
    form = b"<< /Fields [%s] /DR << /Font << /F1 7 0 R >> >> /DA (/F1 12 Tf 0 g) >>" % named
    objects = {FORM: form, 20: form_x_object(b"/Tx BMC EMC"), **fields}
    octets = contract(objects, catalogue=b"/AcroForm 10 0 R", page=RESOURCES + b" /Annots [%s]" % named)
    for number in range(6):
        octets = library.sign_field(octets, f"Party{number}")
    return octets


ROWS: Final = (
    Row("signed-with-a-signed-file-attached", "contract", attached_as_it_is, PASSED),
    Row("choice-by-number", "form", chosen(b"/I [1]"), PASSED),
    Row("choice-by-value", "form", chosen(b""), PASSED),
    Row("choice-by-another-number", "form", chosen(b"/I [0]"), CHANGED),
    Row("choice-by-no-number", "form", chosen(b"/I [(Two)]"), CHANGED),
    Row("choice-beyond-the-options", "form", chosen(b"/I [7]"), CHANGED),
    Row("annotations-in-place", "contract", in_place, PASSED),
    Row("annotations-in-place-swapped", "contract", swapped, CHANGED),
    Row("annotations-in-place-dropped", "contract", dropped, CHANGED),
    Row("annotations-in-place-covered", "contract", over_one_in_place, CHANGED),
    Row("usage-rights", "contract", rights, PASSED),
    Row("usage-rights-of-another-kind", "contract", rights_of_another_kind, UNREACHED),
    Row("usage-rights-a-signature", "contract", withdrawn, UNREACHED),
)
