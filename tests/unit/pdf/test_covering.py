"""What drawings lie over, asked of the page as its signer saw it, and in a bounded time."""

from __future__ import annotations

import re
import time
from typing import Final

import pytest

from esign.pdf.model import ChangeKind
from esign.pdf.read import read_pdf
from tests.support.attacks.additions import OVER_TEXT, drawn
from tests.support.attacks.certification import OPAQUE
from tests.support.attacks.documents import CONTENT, PAGE, append, body_of, contract, stream, text
from tests.support.attacks.library import Library
from tests.support.attacks.surgery import form_number, listing
from tests.support.signed_pdf import sign_anyway
from trustkit.errors import ErrorCode, TrustError

_SECONDS: Final = 5.0  # of CPU
_BLANK: Final = b"[60 300 540 350]"
_WIDGET: Final = b"<< /Type /Annot /Subtype /Widget /F 4 /FT /Sig /T (%s) /Rect %s /P 3 0 R %s >>"
_OWN_BOX: Final = (440, 60, 540, 120)


@pytest.fixture(scope="module")
def library() -> Library:
    return Library()


def _covered(library: Library, octets: bytes, number: int, name: bytes, box: bytes) -> bytes:
    page = body_of(octets, PAGE)
    bent = re.sub(rb"/Annots\s*\[", b"/Annots [%d 0 R " % number, page)
    page = bent if bent != page else page[:-2] + b"/Annots [%d 0 R] >>" % number
    objects = {PAGE: page, number: _WIDGET % (name, box, b""), number + 1: drawn(OPAQUE), **listing(octets, number)}
    return library.sign_field(append(octets, objects), name.decode(), by=library.second_signer, drawing=number + 1)


@pytest.mark.parametrize("earlier", [False, True])
def test_a_page_is_read_anew_for_who_signed_it_later(library: Library, *, earlier: bool) -> None:
    """An empty page is signed; a drawing in its blank has it read; then it becomes the contract, and somebody signs that."""
    octets = library.approve(contract({CONTENT: stream(b" ")}), by=library.second_signer, field_name="A")
    if earlier:
        octets = _covered(library, octets, 400, b"Z", _BLANK)
    octets = append(octets, {CONTENT: stream(text("Contract No. 2026-001: the price is 1000 yuan."))})
    octets = sign_anyway(library.world, octets, name="B", box=_OWN_BOX)
    octets = _covered(library, octets, 900, b"C", OVER_TEXT)
    found = {each.field_name: each.later_changes.kind for each in read_pdf(octets).signatures}
    assert found["B"] is ChangeKind.FORBIDDEN


def test_many_drawings_over_many_letters_end_soon(library: Library) -> None:
    content = b"BT /F1 1 Tf 72 10 Td " + b"(a) Tj " * 20_000 + b"ET"
    octets = library.approve(contract({CONTENT: stream(content)}))
    fields = range(400, 490)
    references = b" ".join(b"%d 0 R" % number for number in fields)
    form = form_number(octets)
    objects = {
        PAGE: re.sub(rb"/Annots\s*\[", b"/Annots [%s " % references, body_of(octets, PAGE)),
        form: re.sub(rb"/Fields\s*\[", b"/Fields [%s " % references, body_of(octets, form)),
        490: drawn(OPAQUE),
        491: b"<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached /Contents <00> >>",
    }
    for number in fields:
        box = b"[60 %d 540 %d]" % (100 + number, 101 + number)
        objects[number] = _WIDGET % (b"N%d" % number, box, b"/V 491 0 R /AP << /N 490 0 R >>")
    octets = append(octets, objects)
    for number in range(5):
        octets = append(octets, {492 + number: b"<< /X 1 >>"})
    started = time.process_time()
    with pytest.raises(TrustError) as caught:
        read_pdf(octets)
    assert time.process_time() - started < _SECONDS
    assert caught.value.code is ErrorCode.PDF_LIMIT
