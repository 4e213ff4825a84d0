"""Files with two faces: updates that a strict parser and a forgiving one, or one that mends, read as different documents.

After Mladenov et al. (CCS 2019), whose incremental saving attacks rest on readers that mend cross-references. Each row was seen to
show the forged page in a common reader. The honest rows are how Acrobat, iText and PDFBox write their updates.
"""

from __future__ import annotations

import re
import struct
import zlib
from typing import TYPE_CHECKING, Final

from tests.support.attacks.documents import (
    CATALOGUE,
    CONTENT,
    FONT,
    FREE,
    PAGE,
    append,
    body_of,
    contract,
    last_table,
    offset_of,
    root_of,
    stream,
)
from tests.support.attacks.incremental import FORGED
from tests.support.attacks.model import CHANGED, MALFORMED, PASSED, Row
from tests.support.attacks.surgery import cut

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.attacks.library import Library

_PAYLOAD: Final = b"1 g 0 0 480 50 re f BT /F1 14 Tf 0 g 12 20 Td (The price is 9999999 yuan.) Tj ET"
_OTHER_DOCUMENT: Final = {  # from FREE on: a page tree nobody honest leads to
    FREE: b"<< /Type /Pages /Kids [%d 0 R] /Count 1 >>" % (FREE + 1),
    FREE + 1: b"<< /Type /Page /Parent %d 0 R /MediaBox [0 0 595 842] /Contents %d 0 R"
    b" /Resources << /Font << /F1 %d 0 R >> >> >>" % (FREE, FREE + 2, FONT),
    FREE + 2: FORGED,
}
_CARRIER: Final = FREE + 10


def _tail(octets: bytes, written: Callable[[int], bytes]) -> bytes:
    return octets[: octets.rindex(b"startxref")] + written(last_table(octets))


def octet_before(library: Library) -> bytes:
    """An update whose end names the place before its cross-reference table."""
    return _tail(append(library.contract, {FREE: b"<< >>"}), lambda at: b"startxref\n%d\n%%%%EOF\n" % (at - 1))


def hidden_header(between: bytes) -> Callable[[Library], bytes]:
    """Return what hides an object in a stream, the words of its header set apart so."""

    def build(library: Library) -> bytes:
        inside = b"endstream endobj %d%s0%sobj %s endobj" % (CONTENT, between, between, FORGED)
        return append(library.contract, {FREE: stream(inside)})

    return build


def trailer_in_a_stream(library: Library) -> bytes:
    return append(library.contract, {FREE: stream(b"endstream endobj trailer << /Root 1 0 R >>")})


def two_faced_drawing(library: Library) -> bytes:
    """A drawing whose only row is of the kind None: zeros to a careless decoder, white and words to readers."""
    packed = zlib.compress(b"\0" + _PAYLOAD)
    entries = (
        b"/Type /XObject /Subtype /Form /BBox [0 0 480 50] /Resources << /Font << /F1 %d 0 R >> >>"
        b" /Filter /FlateDecode /DecodeParms << /Predictor 12 /Columns %d >>" % (FONT, len(_PAYLOAD))
    )
    field = (
        b"<< /Type /Annot /Subtype /Widget /F 4 /FT /Sig /T (S) /Rect [60 740 540 790] /P %d 0 R /AP << /N %d 0 R >> >>"
        % (PAGE, FREE + 1)
    )
    page = re.sub(rb"/Annots\s*\[", b"/Annots [%d 0 R " % FREE, body_of(library.contract, PAGE))
    return append(library.contract, {PAGE: page, FREE: field, FREE + 1: stream(packed, entries)})


def _reference_stream(library: Library, rows: Callable[[int, int], bytes]) -> bytes:
    """Return an update whose section is a stream; `rows` gives its data from where the catalogue stands and its own place."""
    base = library.contract
    catalogue = b"%d 0 obj\n%s\nendobj\n" % (CATALOGUE, body_of(base, CATALOGUE))
    section = len(base) + len(catalogue)
    packed = zlib.compress(rows(len(base), section))
    entries = (
        b"/Type /XRef /Size 500 /W [1 4 2] /Index [%d 1 %d 1] /Root %s /Prev %d /ID [<00> <00>] /Info 8 0 R"
        b" /Filter /FlateDecode /DecodeParms << /Predictor 12 /Columns 7 >>"
        % (CATALOGUE, FREE, root_of(base), last_table(base))
    )
    made = b"%d 0 obj\n%s\nendobj\n" % (FREE, stream(packed, entries))
    return base + catalogue + made + b"startxref\n%d\n%%%%EOF\n" % section


def _row(place: int) -> bytes:
    return struct.pack(">BIH", 1, place, 0)


def _less(row: bytes, above: bytes) -> bytes:
    return bytes((x - y) % 256 for x, y in zip(row, above, strict=True))


def predicted_sections(library: Library) -> bytes:
    """A cross-reference stream as Acrobat writes it: each row less the one above."""
    return _reference_stream(library, lambda at, own: b"\2" + _row(at) + b"\2" + _less(_row(own), _row(at)))


def two_faced_sections(library: Library) -> bytes:
    """The first row is of the kind None: to a decoder that takes it for zeros the second stands elsewhere."""
    return _reference_stream(library, lambda at, own: b"\0" + _row(at) + b"\2" + _row(own))


def bent_signed_table(library: Library) -> bytes:
    """The signed table lists an object nobody needs where another stands: some readers mend such a file, always."""
    honest = library.approve(contract({FREE: b"(unused)"}))
    row = b"%d 1\n%010d" % (FREE, offset_of(honest, FREE))
    bent = honest.replace(row, b"%d 1\n%010d" % (FREE, offset_of(honest, CONTENT)))
    assert bent != honest
    found = cut(bent)
    resigned = library._signed_anew(bent, found, (0, found.start, found.end, found.rest))
    return append(resigned, {FREE + 1: b"<< >>"})


def material_that_leads_on(library: Library) -> bytes:
    catalogue = re.sub(rb"/DSS\s+\d+ 0 R", b"", body_of(library.certified, CATALOGUE))
    store = b" /DSS << /CRLs [%d 0 R] >> >>" % _CARRIER
    carrier = stream(b"abc", b"/X %d 0 R" % FREE)
    return append(library.certified, {CATALOGUE: catalogue[:-2] + store, **_OTHER_DOCUMENT, _CARRIER: carrier})


def as_itext(library: Library) -> bytes:
    octets = append(library.contract, {FREE: b"<< >>"})
    return _tail(octets, lambda at: b"%%iText-5.5.13\nstartxref\n%d\n%%%%EOF\n" % at)


def as_acrobat(library: Library) -> bytes:
    """Carriage returns for line ends, and a string in UTF-16 with raw and escaped octets."""
    base = library.contract
    part = b"%d 0 obj\r<</A(\xfe\xff\x00S\\000i\\))/B[0.0 .5 -1]/C<</D#20E null>>>>\rendobj\r" % FREE
    at = len(base)
    rows = b"xref\r\n%d 1\r\n%010d 00000 n\r\n" % (FREE, at)
    words = (root_of(base), last_table(base), at + len(part))
    tail = b"trailer\r\n<</Size 500/Root %s/Prev %d/ID[<00><00>]/Info 8 0 R>>\r\nstartxref\r\n%d\r\n%%%%EOF\r\n" % words
    return base + part + rows + tail


ROWS: Final = (
    Row("two-faces-octet-before", "contract", octet_before, CHANGED),
    Row("two-faces-comment-in-header", "contract", hidden_header(b" % and\n"), CHANGED),
    Row("two-faces-wide-header", "contract", hidden_header(b" " * 5000), CHANGED),
    Row("two-faces-trailer-in-stream", "contract", trailer_in_a_stream, CHANGED),
    Row("two-faces-drawing", "contract", two_faced_drawing, CHANGED),
    Row("two-faces-sections", "contract", two_faced_sections, MALFORMED),
    Row("two-faces-signed-table", "contract", bent_signed_table, CHANGED),
    Row("two-faces-material", "certified", material_that_leads_on, CHANGED),
    Row("update-with-predicted-sections", "contract", predicted_sections, PASSED),
    Row("update-as-itext", "contract", as_itext, PASSED),
    Row("update-as-acrobat", "contract", as_acrobat, PASSED),
)
