"""Small PDFs written by hand, object by object, so that an attack can name the object it turns round.

    octets = write({1: b"<< /Type /Catalog /Pages 2 0 R >>", …})
    later = append(octets, {5: stream(b"…")})              # an incremental update in the classic form

Numbers of a contract: 1 catalogue, 2 page tree, 3 and 4 pages, 5 and 6 their contents, 7 font, 8 information, 9 metadata.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

CATALOGUE, TREE, PAGE, LAST_PAGE, CONTENT, LAST_CONTENT, FONT, INFORMATION, METADATA = range(1, 10)
FORM, AMOUNT, NOTE, AGREED, TICK, SHOWN, BLANK, COVER, LAYER = range(10, 19)
HIDDEN_TREE, HIDDEN_PAGE, HIDDEN_CONTENT, IMAGE, COVERING, MISSING = range(20, 26)
FREE: Final = 400  # object numbers from here on are used by nobody
_SIZE: Final = re.compile(rb"/Size (\d+)")
_START: Final = re.compile(rb"startxref\s+(\d+)\s+%%EOF")
_XMP: Final = (
    b'<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""'
    b' xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title><rdf:Alt><rdf:li xml:lang="x-default">%s</rdf:li>'
    b'</rdf:Alt></dc:title></rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
)


def stream(data: bytes, entries: bytes = b"") -> bytes:
    """Return the body of a stream object."""
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(data), entries, data)


def text(words: str, *, at: tuple[int, int] = (72, 760)) -> bytes:
    """Return operators that write a line."""
    return b"BT /F1 14 Tf %d %d Td (%s) Tj ET\n" % (*at, words.encode())


def form_x_object(operators: bytes, *, size: tuple[int, int] = (200, 30), more: bytes = b"") -> bytes:
    """Return the body of a form XObject, as appearances are."""
    entries = b"/Type /XObject /Subtype /Form /BBox [0 0 %d %d] /Resources << /Font << /F1 7 0 R >> >> %s" % (
        *size,
        more,
    )
    return stream(operators, entries)


def metadata(title: str) -> bytes:
    """Return the body of an XMP packet."""
    return stream(_XMP % title.encode(), b"/Type /Metadata /Subtype /XML")


def _objects(objects: Mapping[int, bytes], start: int, generation: int = 0) -> tuple[bytes, dict[int, int]]:
    parts: list[bytes] = []
    offsets: dict[int, int] = {}
    at = start
    for number, body in objects.items():
        part = b"%d %d obj\n%s\nendobj\n" % (number, generation, body)
        offsets[number] = at
        parts.append(part)
        at += len(part)
    return b"".join(parts), offsets


def table(offsets: Mapping[int, int | None], generation: int = 0) -> bytes:
    """Return a cross-reference table with one subsection an object; None frees it."""
    lines = [b"xref\n" if offsets else b"xref\n0 0\n"]
    for number, offset in sorted(offsets.items()):
        if offset is None:
            lines.append(b"%d 1\n%010d %05d f \n" % (number, 0, 65535 if number == 0 else 1))
        else:
            lines.append(b"%d 1\n%010d %05d n \n" % (number, offset, generation))
    return b"".join(lines)


def end(trailer: bytes, at: int) -> bytes:
    """Return trailer, startxref and end-of-file mark."""
    return b"trailer\n<< %s >>\nstartxref\n%d\n%%%%EOF\n" % (trailer, at)


def write(
    objects: Mapping[int, bytes], trailer: bytes = b"", *, header: bytes = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
) -> bytes:
    """Return a whole file with catalogue 1 and a classic cross-reference table."""
    body, offsets = _objects(objects, len(header))
    at = len(header) + len(body)
    entries = b"/Size %d /Root 1 0 R /ID [<00112233> <00112233>] %s" % (max(objects) + 1, trailer)
    return header + body + table({0: None, **offsets}) + end(entries, at)


def last_table(octets: bytes) -> int:
    """Return the offset the last startxref names."""
    return int(_START.findall(octets)[-1])


def root_of(octets: bytes) -> bytes:
    """Return the catalogue's reference as the last trailer names it."""
    return bytes(re.findall(rb"/Root\s+(\d+ \d+ R)", octets)[-1])


def _information_of(octets: bytes) -> bytes:
    found = re.findall(rb"/Info\s+\d+ \d+ R", octets)
    return b"" if not found else found[-1]


def offset_of(octets: bytes, number: int, generation: int = 0) -> int:
    """Return where the newest object of that number stands."""
    return [match.start(1) for match in re.finditer(rb"[\r\n](%d %d obj\b)" % (number, generation), octets)][-1]


def body_of(octets: bytes, number: int) -> bytes:
    """Return the newest body of an object that is no stream."""
    at = octets.index(b"obj", offset_of(octets, number)) + 3
    return octets[at : octets.index(b"endobj", at)].strip()


def append(
    octets: bytes,
    objects: Mapping[int, bytes],
    *,
    trailer: bytes | None = None,
    more: Mapping[int, int | None] | None = None,
    generation: int = 0,
    previous: int | None = None,
) -> bytes:
    """Return the file with one more revision. `more` adds cross-references to places already there, or frees numbers."""
    base = octets if octets.endswith(b"\n") else octets + b"\n"
    body, offsets = _objects(objects, len(base), generation)
    at = len(base) + len(body)
    if trailer is None:
        prev = last_table(octets) if previous is None else previous
        size = max(500, *map(int, _SIZE.findall(octets)), *(number + 1 for number in objects))
        words = (size, root_of(octets), prev, _information_of(octets))
        trailer = b"/Size %d /Root %s /Prev %d /ID [<00112233> <00112233>] %s" % words
    return base + body + table({**offsets, **(more or {})}, generation) + end(trailer, at)


RESOURCES: Final = b"/Resources << /Font << /F1 7 0 R >> >> /MediaBox [0 0 595 842] /Parent 2 0 R"


def contract(more: Mapping[int, bytes] | None = None, *, catalogue: bytes = b"", page: bytes = RESOURCES) -> bytes:
    """Return two pages of a contract; `catalogue` has further entries, `page` those of page 1, `more` further objects."""
    objects = {
        CATALOGUE: b"<< /Type /Catalog /Pages 2 0 R /Metadata 9 0 R %s >>" % catalogue,
        TREE: b"<< /Type /Pages /Kids [3 0 R 4 0 R] /Count 2 >>",
        PAGE: b"<< /Type /Page %s /Contents 5 0 R >>" % page,
        LAST_PAGE: b"<< /Type /Page %s /Contents 6 0 R >>" % RESOURCES,
        CONTENT: stream(text("Contract No. 2026-001: the price is 1000 yuan.")),
        LAST_CONTENT: stream(text("Second page: both parties agree.")),
        FONT: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        INFORMATION: b"<< /Title (Contract 2026-001) /Producer (tests) >>",
        METADATA: metadata("Contract 2026-001"),
        **(more or {}),
    }
    return write(objects, b"/Info 8 0 R")


def widget(kind: bytes, name: bytes, box: bytes, entries: bytes) -> bytes:
    """Return the body of a form field on page 1."""
    return b"<< /Type /Annot /Subtype /Widget /FT /%s /T (%s) /Rect [%s] /F 4 /P 3 0 R /DA (/F1 12 Tf 0 g) %s >>" % (
        kind,
        name,
        box,
        entries,
    )


def field_text(value: str) -> bytes:
    """Return what a text field shows."""
    return form_x_object(b"/Tx BMC q BT /F1 12 Tf 0 g 2 8 Td (%s) Tj ET Q EMC" % value.encode())


def form() -> bytes:
    """Return a contract with a filled text field, an empty one, a box to tick, and a field whose blank lies over text."""
    objects = {
        FORM: b"<< /Fields [11 0 R 12 0 R 13 0 R 17 0 R] /DR << /Font << /F1 7 0 R >> >> /DA (/F1 12 Tf 0 g) >>",
        AMOUNT: widget(b"Tx", b"amount", b"72 600 272 630", b"/V (1000) /AP << /N 15 0 R >>"),
        NOTE: widget(b"Tx", b"note", b"72 550 272 580", b"/AP << /N 16 0 R >>"),
        AGREED: widget(b"Btn", b"agreed", b"72 500 92 520", b"/V /Off /AS /Off /AP << /N << /Yes 14 0 R >> >>"),
        TICK: form_x_object(b"0 0 m 20 20 l S", size=(20, 20)),
        SHOWN: field_text("1000"),
        BLANK: form_x_object(b"/Tx BMC EMC"),
        COVER: widget(b"Tx", b"cover", b"60 740 540 790", b"/AP << /N 16 0 R >>"),
    }
    return contract(
        objects,
        catalogue=b"/AcroForm 10 0 R",
        page=RESOURCES + b" /Annots [11 0 R 12 0 R 13 0 R 17 0 R]",
    )


_SHADOW: Final = text("The price is 9999999 yuan.", at=(72, 700))
_RESOURCES: Final = (
    b"/Resources << /Font << /F1 7 0 R >> /XObject << /Cover 23 0 R >> /Properties << /OC1 18 0 R >> >>"
    b" /MediaBox [0 0 595 842] /Parent 2 0 R /Annots [24 0 R]"
)
SQUARE: Final = b"<< /Type /Annot /Subtype /Square /Rect [60 690 540 720] /IC [1 1 1] /C [1 1 1] /F %d >>"


def prepared_contract() -> bytes:
    """Return a contract whose shadow is in it: under a drawing, an annotation and a layer, and on pages nobody refers to."""
    white = form_x_object(b"1 1 1 rg 0 0 480 40 re f", size=(480, 40))
    layer = b"/OC /OC1 BDC 1 1 1 rg 60 690 480 30 re f EMC "
    shown = text("Contract No. 2026-001: the price is 1000 yuan.") + _SHADOW
    objects = {
        CONTENT: stream(shown + layer + b"q 1 0 0 1 60 690 cm /Cover Do Q"),
        LAYER: b"<< /Type /OCG /Name (Cover) >>",
        HIDDEN_TREE: b"<< /Type /Pages /Kids [21 0 R] /Count 1 >>",
        HIDDEN_PAGE: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 22 0 R"
        b" /Resources << /Font << /F1 7 0 R >> >> >>",
        HIDDEN_CONTENT: stream(_SHADOW),
        IMAGE: white,
        COVERING: SQUARE % 4,
    }
    layers = b"/OCProperties << /OCGs [18 0 R] /D << /ON [18 0 R] /Order [18 0 R] >> >> /Spare 20 0 R"
    return contract(objects, catalogue=layers, page=_RESOURCES)


def pages(count: int, size: int) -> bytes:
    """Return a file of so many pages with contents of `size` octets each, which nobody draws."""
    kids = b" ".join(b"%d 0 R" % (10 + 2 * number) for number in range(count))
    octets = (b"%d" % size) * (size // len(b"%d" % size))
    objects = {
        CATALOGUE: b"<< /Type /Catalog /Pages 2 0 R >>",
        TREE: b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, count),
        FONT: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    }
    for number in range(10, 10 + 2 * count, 2):
        objects[number] = b"<< /Type /Page %s /Contents %d 0 R >>" % (RESOURCES, number + 1)
        objects[number + 1] = stream(octets)
    return write(objects)
