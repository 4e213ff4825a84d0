"""Streams, numbers and places with two faces: one for this verifier, another for those who look at the file.

Every row was found by attacking this verifier, and passed once: predictors that pyHanko decoded otherwise, boxes behind references, numbers too
large for the arithmetic of readers, drafts linearized for the length the signed file has, generations and spellings that some readers do not tell apart.
"""

# pyHanko ships its types with gaps:
# mypy: allow-untyped-calls

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING, Final

from esign.pdf.model import CertificationLevel
from tests.support.attacks.additions import DRAWING, drawn, signed_over, with_field
from tests.support.attacks.certification import OPAQUE
from tests.support.attacks.documents import (
    CONTENT,
    COVER,
    FREE,
    NOTE,
    PAGE,
    RESOURCES,
    append,
    body_of,
    contract,
    form_x_object,
    text,
)
from tests.support.attacks.model import CHANGED, PASSED, Row
from tests.support.attacks.shadow import fill
from tests.support.attacks.surgery import listing

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.attacks.library import Library

_LINE: Final = text("Contract No. 2026-001: the price is 1000 yuan.")
_ENTRIES: Final = b"/Type /XObject /Subtype /Form /BBox [0 0 480 50] /Resources << /Font << /F1 7 0 R >> >>"
_BLANK: Final = b"[60 300 540 350]"


def _predicted(operators: bytes, entries: bytes, kind: int = 0) -> bytes:
    """Return a stream of one predicted row: of type 0 it is what it says, of type 2 as well, for there is none above."""
    packed = zlib.compress(bytes((kind,)) + operators)
    parameters = b"/Filter /FlateDecode /DecodeParms << /Predictor 12 /Columns %d >>" % len(operators)
    return b"<< /Length %d %s %s >>\nstream\n%s\nendstream" % (len(packed), parameters, entries, packed)


def filled_field(library: Library) -> bytes:
    return fill(library.approved_form, COVER, "9", appearance=_predicted(OPAQUE, _ENTRIES))


def _over(content: bytes) -> Callable[[Library], bytes]:
    def build(library: Library) -> bytes:
        octets = with_field(
            library.approve(contract({CONTENT: content})), b"/Subtype /Widget /F 4", more={DRAWING: drawn(OPAQUE)}
        )
        return library.sign_field(octets, "Sneaky", by=library.second_signer, drawing=DRAWING)

    return build


# --- drawings without bounds, or with ones that get lost ---

_VALUE: Final = b"BT /F1 14 Tf 0 g 1 0 0 1 248 210 Tm (9999999) Tj ET"


def _unbounded(box: bytes) -> Callable[[Library], bytes]:
    def build(library: Library) -> bytes:
        drawing = form_x_object(_VALUE).replace(b"/BBox [0 0 200 30]", box)
        return fill(library.approved_form, NOTE, "9999999", appearance=drawing)

    return build


def _lost(matrix: bytes) -> bytes:
    return drawn(OPAQUE).replace(b"/BBox [0 0 480 50]", b"/BBox [60 740 540 790] /Matrix " + matrix)


def strips(library: Library) -> bytes:
    """Each of two signatures hides less than a tenth of the first party's note, and both together more."""
    note = {
        11: b"<< /Type /Annot /Subtype /Square /Rect [100 300 300 400] /F 4 /AP << /N 12 0 R >> >>",
        12: form_x_object(b"1 0 0 rg 0 0 200 100 re f", size=(200, 100)),
    }
    octets = library.approve(contract(note, page=RESOURCES + b" /Annots [11 0 R]"))
    for number, box in enumerate((b"[100 300 300 309]", b"[100 391 300 400]")):
        name = b"S%d" % number
        octets = with_field(
            octets, b"/Subtype /Widget /F 4", box=box, name=name, more={DRAWING: form_x_object(b"1 g 0 0 200 30 re f")}
        )
        octets = library.sign_field(octets, name.decode(), by=library.second_signer, drawing=DRAWING)
    return octets


# --- what some readers do not tell apart ---


def _anew(octets: bytes, old: bytes, new: bytes) -> bytes:
    """Return the file with a field nobody signs, for which the page is written anew, in another spelling."""
    page, count = re.subn(old, new, body_of(octets, PAGE))
    assert count
    page = (
        re.sub(rb"/Annots\s*\[", b"/Annots [400 0 R ", page)
        if b"/Annots" in page
        else page[:-2] + b"/Annots [400 0 R] >>"
    )
    field = b"<< /Type /Annot /Subtype /Widget /FT /Sig /T (New) /Rect [0 0 0 0] /P 3 0 R >>"
    return append(octets, {PAGE: page, FREE: field, **listing(octets, FREE)})


def _signed_page(entries: bytes, library: Library) -> bytes:
    shown = contract(
        {26: form_x_object(b"BT /F1 9 Tf (within 14 days) Tj ET")},
        page=RESOURCES.replace(b"/Font", entries + b" /Font"),
    )
    return library.certify(shown, CertificationLevel.NO_CHANGES)


def name_in_another_encoding(library: Library) -> bytes:
    octets = _signed_page(b"/XObject << /#c3#a9 26 0 R >>", library)
    return _anew(octets, rb"/(?:#[cC]3#[aA]9|\xc3\xa9)", b"/#e9")


def integer_as_real(library: Library) -> bytes:
    octets = library.certify(contract(page=RESOURCES + b" /Rotate 180"), CertificationLevel.NO_CHANGES)
    return _anew(octets, rb"/Rotate 180", b"/Rotate 180.0")


ROWS: Final = (
    Row("two-faced-value", "approved_form", filled_field, CHANGED),
    Row("two-faced-page", "contract", _over(_predicted(_LINE, b"")), CHANGED),
    *(
        Row(f"filled-without-bounds-{what}", "approved_form", _unbounded(box), CHANGED)
        for what, box in {"at-all": b"", "but-a-text": b"/BBox (x)", "but-nothing": b"/BBox [0 0 0 0]"}.items()
    ),
    *(
        Row(f"signed-in-bounds-{what}", "contract", signed_over("contract", _BLANK, _lost(matrix)), CHANGED)
        for what, matrix in {
            "that-get-lost": b"[1 0 0 1 1" + b"0" * 30 + b" 1" + b"0" * 30 + b"]",
            "without-height": b"[1 0 0 0 0 0]",
        }.items()
    ),
    Row("signed-in-bounds-that-are-moved", "contract", signed_over("contract", _BLANK, _lost(b"[1 0 0 1 100 -100]")), PASSED),
    Row("note-hidden-in-strips", "contract", strips, CHANGED),
    Row("name-in-another-encoding", "contract", name_in_another_encoding, CHANGED),
    Row("integer-as-real", "contract", integer_as_real, CHANGED),
)  # fmt: skip
