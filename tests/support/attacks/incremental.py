"""Incremental saving attacks (ISA): octets are appended, every digest still matches, and the file shows something else.

Published by Mladenov, Mainka, Meyer zu Selhausen, Grothe, Schwenk, "1 Trillion Dollar Refund: How To Spoof PDF Signatures",
ACM CCS 2019, with variants that leave out the cross-reference table, or the trailer, or both.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from tests.support.attacks.documents import (
    CATALOGUE,
    CONTENT,
    FONT,
    FREE,
    PAGE,
    TREE,
    append,
    body_of,
    last_table,
    stream,
    table,
    text,
)
from tests.support.attacks.model import CHANGED, DIGEST, MALFORMED, PASSED, Row
from tests.support.attacks.surgery import signature_body, signature_number
from tests.support.signed_pdf import add_open_action, replace_attachment, replace_page_content, update

if TYPE_CHECKING:
    from tests.support.attacks.library import Library

FORGED: Final = stream(text("Contract No. 2026-001: the price is 9999999 yuan."))
_NOTE: Final = (
    b"<< /Type /Annot /Subtype /FreeText /Rect [60 740 540 790] /Contents (9999999 yuan) /DA (/F1 14 Tf) %s >>"
)
_SCRIPT: Final = b"<< /S /JavaScript /JS (app.alert\\(1\\)) >>"


def _with(body: bytes, entry: bytes) -> bytes:
    """Return a dictionary with one more entry at its end."""
    assert body.endswith(b">>")
    return body[:-2] + entry + b" >>"


def page_content(library: Library) -> bytes:
    return append(library.contract, {CONTENT: FORGED})


def page_dictionary(library: Library) -> bytes:
    page = re.sub(rb"/Contents \d+ 0 R", b"/Contents %d 0 R" % FREE, body_of(library.contract, PAGE))
    return append(library.contract, {PAGE: page, FREE: FORGED})


def annotation(library: Library) -> bytes:
    page = body_of(library.contract, PAGE).replace(b"]", b" %d 0 R ]" % FREE, 1)
    annots = re.search(rb"/Annots\s*\[", page) is not None
    page = page if annots else _with(body_of(library.contract, PAGE), b"/Annots [%d 0 R]" % FREE)
    return append(library.contract, {PAGE: page, FREE: _NOTE % b""})


def stamp_annotation(library: Library) -> bytes:
    page = re.sub(rb"/Annots\s*\[[^]]*\]", b"", body_of(library.contract, PAGE))
    note = _NOTE.replace(b"FreeText", b"Stamp") % (b"/AP << /N %d 0 R >>" % (FREE + 1))
    drawing = stream(b"1 1 1 rg 0 0 480 50 re f", b"/Type /XObject /Subtype /Form /BBox [0 0 480 50]")
    return append(library.contract, {PAGE: _with(page, b"/Annots [%d 0 R]" % FREE), FREE: note, FREE + 1: drawing})


def open_action(library: Library) -> bytes:
    return append(library.contract, {CATALOGUE: _with(body_of(library.contract, CATALOGUE), b"/OpenAction " + _SCRIPT)})


def page_action(library: Library) -> bytes:
    entry = b"/AA << /O %s >>" % _SCRIPT
    return append(library.contract, {PAGE: _with(body_of(library.contract, PAGE), entry)})


def named_script(library: Library) -> bytes:
    entry = b"/Names << /JavaScript << /Names [(a) %s] >> >>" % _SCRIPT
    return append(library.contract, {CATALOGUE: _with(body_of(library.contract, CATALOGUE), entry)})


def new_page(library: Library) -> bytes:
    tree = body_of(library.contract, TREE).replace(b"4 0 R", b"4 0 R %d 0 R" % FREE).replace(b"/Count 2", b"/Count 3")
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R /Resources << >> >>" % (FREE + 1)
    return append(library.contract, {TREE: tree, FREE: page, FREE + 1: FORGED})


def page_left_out(library: Library) -> bytes:
    tree = re.sub(rb"\s4 0 R", b"", body_of(library.contract, TREE)).replace(b"/Count 2", b"/Count 1")
    return append(library.contract, {TREE: tree})


def pages_swapped(library: Library) -> bytes:
    tree = body_of(library.contract, TREE).replace(b"3 0 R", b"@").replace(b"4 0 R", b"3 0 R").replace(b"@", b"4 0 R")
    return append(library.contract, {TREE: tree})


def catalogue_replaced(library: Library) -> bytes:
    """The trailer names a catalogue of the attacker's, with pages of his own and the same form."""
    form = re.search(rb"/AcroForm\s+\d+ 0 R", body_of(library.contract, CATALOGUE))
    entry = form[0] if form else b"/AcroForm " + _inline_form(library.contract)
    objects = {
        FREE: b"<< /Type /Catalog /Pages %d 0 R %s >>" % (FREE + 1, entry),
        FREE + 1: b"<< /Type /Pages /Kids [%d 0 R] /Count 1 >>" % (FREE + 2),
        FREE + 2: b"<< /Type /Page /Parent %d 0 R /MediaBox [0 0 595 842] /Contents %d 0 R /Resources << >> >>"
        % (FREE + 1, FREE + 3),
        FREE + 3: FORGED,
    }
    trailer = b"/Size 500 /Root %d 0 R /Prev %d /Info 8 0 R" % (FREE, last_table(library.contract))
    return append(library.contract, objects, trailer=trailer)


def _inline_form(octets: bytes) -> bytes:
    found = re.search(rb"/AcroForm\s*(<<.*?>>)", body_of(octets, CATALOGUE), re.DOTALL)
    assert found is not None
    return found[1]


def font_replaced(library: Library) -> bytes:
    return append(library.contract, {FONT: b"<< /Type /Font /Subtype /Type1 /BaseFont /ZapfDingbats >>"})


def page_turned(library: Library) -> bytes:
    return append(library.contract, {PAGE: _with(body_of(library.contract, PAGE), b"/Rotate 180")})


def page_cropped(library: Library) -> bytes:
    return append(library.contract, {PAGE: _with(body_of(library.contract, PAGE), b"/CropBox [0 0 595 700]")})


def without_table(library: Library) -> bytes:
    """Body and trailer, no cross-reference table: readers that mend files find the new object."""
    body = b"%d 0 obj\n%s\nendobj\n" % (CONTENT, FORGED)
    trailer = b"trailer\n<< /Size 500 /Root 1 0 R >>\n"
    return library.contract + body + trailer + b"startxref\n%d\n%%%%EOF\n" % last_table(library.contract)


def body_alone(library: Library) -> bytes:
    return library.contract + b"%d 0 obj\n%s\nendobj\n" % (CONTENT, FORGED)


def body_and_copied_end(library: Library) -> bytes:
    end = library.contract[library.contract.rindex(b"startxref") :]
    return body_alone(library) + end


def empty_trailer(library: Library) -> bytes:
    return append(library.contract, {CONTENT: FORGED}, trailer=b"")


def hidden_body_update(library: Library) -> bytes:
    """The table lists an identical copy of the object, the forged one stands behind it for readers that scan."""
    honest = library.contract
    at = honest.rindex(b"\n5 0 obj") + 1
    copy = honest[at : honest.index(b"endobj", at) + 7]
    base = len(honest)
    forged = b"5 0 obj\n%s\nendobj\n" % FORGED
    xref = table({CONTENT: base})
    trailer = b"trailer\n<< /Size 500 /Root 1 0 R /Info 8 0 R /Prev %d >>\nstartxref\n%d\n%%%%EOF\n"
    return honest + copy + forged + xref + trailer % (last_table(honest), base + len(copy) + len(forged))


def object_stream(library: Library) -> bytes:
    """The page dictionary once more, inside an object stream of a revision with a cross-reference stream."""
    honest = library.contract
    page = re.sub(rb"/Contents \d+ 0 R", b"/Contents %d 0 R" % (FREE + 1), body_of(honest, PAGE))
    head = b"%d 0 " % PAGE
    holder = b"%d 0 obj\n%s\nendobj\n" % (FREE, stream(head + page, b"/Type /ObjStm /N 1 /First %d" % len(head)))
    forged = b"%d 0 obj\n%s\nendobj\n" % (FREE + 1, FORGED)
    at = len(honest) + len(holder) + len(forged)
    rows = _row(2, FREE, 0) + _row(1, len(honest), 0) + _row(1, len(honest) + len(holder), 0) + _row(1, at, 0)
    entries = b"/Type /XRef /W [1 4 2] /Index [%d 1 %d 3] /Size 500 /Root 1 0 R /Info 8 0 R /Prev %d"
    xref = b"%d 0 obj\n%s\nendobj\n" % (FREE + 2, stream(rows, entries % (PAGE, FREE, last_table(honest))))
    return honest + holder + forged + xref + b"startxref\n%d\n%%%%EOF\n" % at


def _row(kind: int, second: int, third: int) -> bytes:
    return bytes((kind,)) + second.to_bytes(4, "big") + third.to_bytes(2, "big")


def nothing_new(library: Library) -> bytes:
    """A further revision without any object."""
    return append(library.contract, {})


def identical_copy(library: Library) -> bytes:
    """A further revision that holds an object as it was."""
    return append(library.contract, {PAGE: body_of(library.contract, PAGE)})


def signature_rewritten(library: Library) -> bytes:
    body = signature_body(library.contract).replace(
        b"/Filter /Adobe.PPKLite", b"/Filter /Adobe.PPKLite /Location (Mars)"
    )
    return append(library.contract, {signature_number(library.contract): body})


def hidden_by_a_further_revision(library: Library) -> bytes:
    """Shown, then taken back: the last revision is as the first."""
    return append(page_content(library), {CONTENT: stream(text("Contract No. 2026-001: the price is 1000 yuan."))})


def in_place(library: Library) -> bytes:
    return library.contract.replace(b"1000 yuan", b"9000 yuan", 1)


ROWS: Final = (
    Row("isa-page-content", "contract", page_content, CHANGED),
    Row("isa-page-content-rsa", "rsa_contract", lambda lib: append(lib.rsa_contract, {CONTENT: FORGED}), CHANGED),
    Row("isa-page-content-ecdsa", "ec_contract", lambda lib: append(lib.ec_contract, {CONTENT: FORGED}), CHANGED),
    Row("isa-page-content-of-licence", "licence", lambda lib: update(lib.licence, replace_page_content), CHANGED),
    Row("isa-page-content-after-three", "thrice", lambda lib: append(lib.thrice, {CONTENT: FORGED}), CHANGED),
    Row("isa-attachment-of-licence", "licence", lambda lib: update(lib.licence, replace_attachment), CHANGED),
    Row("isa-action-of-licence", "licence", lambda lib: update(lib.licence, add_open_action), CHANGED),
    Row("isa-page-dictionary", "contract", page_dictionary, CHANGED),
    Row("isa-annotation", "contract", annotation, CHANGED),
    Row("isa-stamp-annotation", "contract", stamp_annotation, CHANGED),
    Row("isa-open-action", "contract", open_action, CHANGED),
    Row("isa-page-action", "contract", page_action, CHANGED),
    Row("isa-named-script", "contract", named_script, CHANGED),
    Row("isa-new-page", "contract", new_page, CHANGED),
    Row("isa-page-left-out", "contract", page_left_out, CHANGED),
    Row("isa-pages-swapped", "contract", pages_swapped, CHANGED),
    Row("isa-catalogue-replaced", "contract", catalogue_replaced, CHANGED),
    Row("isa-font-replaced", "contract", font_replaced, CHANGED),
    Row("isa-page-turned", "contract", page_turned, CHANGED),
    Row("isa-page-cropped", "contract", page_cropped, CHANGED),
    Row("isa-without-table", "contract", without_table, CHANGED),
    Row("isa-body-alone", "contract", body_alone, CHANGED),
    Row("isa-body-and-copied-end", "contract", body_and_copied_end, CHANGED),
    Row("isa-empty-trailer", "contract", empty_trailer, MALFORMED),
    Row("isa-hidden-body-update", "contract", hidden_body_update, CHANGED),
    Row("isa-object-stream", "contract", object_stream, CHANGED),
    Row("isa-signature-rewritten", "contract", signature_rewritten, CHANGED),
    Row("isa-hidden-by-a-further-revision", "contract", hidden_by_a_further_revision, CHANGED),
    Row("isa-nothing-new", "contract", nothing_new, PASSED),
    Row("isa-identical-copy", "contract", identical_copy, PASSED),
    Row("changed-in-place", "contract", in_place, DIGEST),
)
