"""Later revisions that one reader reads as written, and another mends or reads otherwise: whole pages are replaced so, without a key.

What is to be shown lies in a stream, a string or an object nobody lists, where a reader that scans a broken file finds it; and something
is written so that this reader takes the file for broken. Or a value is spelt so that only some readers see it. Every row was found by
attacking this verifier, and passed once, of certified files too.
"""

# pyHanko ships its types with gaps:
# mypy: allow-untyped-calls

from __future__ import annotations

import re
import zlib
from io import BytesIO
from typing import TYPE_CHECKING, Final

from pyhanko.pdf_utils.generic import pdf_name, pdf_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import SigFieldSpec, append_signature_field

from esign.pdf.model import CertificationLevel
from tests.support.attacks.additions import with_field
from tests.support.attacks.documents import (
    CONTENT,
    FREE,
    PAGE,
    append,
    body_of,
    contract,
    end,
    last_table,
    root_of,
    stream,
    table,
    text,
    write,
)
from tests.support.attacks.model import CHANGED, PASSED, Row
from tests.support.attacks.surgery import listing
from tests.support.signed_pdf import add_evidence

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.support.attacks.library import Library

_FORGED: Final = stream(text("Contract No. 2026-001: the price is 9999999 yuan."))
_HIDDEN: Final = b"endstream\nendobj\n5 0 obj\n%s\nendobj\n" % _FORGED
_CARRIER: Final = {FREE: b"<< /Length 401 0 R >>\nstream\n%s\nendstream" % _HIDDEN, FREE + 1: b"%d" % len(_HIDDEN)}
_SHADOW: Final = {
    410: b"<< /Type /Catalog /Pages 411 0 R >>",
    411: b"<< /Type /Pages /Kids [412 0 R] /Count 1 >>",
    412: b"<< /Type /Page /Parent 411 0 R /MediaBox [0 0 595 842] /Contents 413 0 R"
    b" /Resources << /Font << /F1 7 0 R >> >> >>",
    413: _FORGED,
}
_Bend = tuple[bytes, bytes]  # an expression, and what stands in the place of its first match in the last revision


def _bent(octets: bytes, start: int, bend: _Bend) -> bytes:
    found, count = re.subn(*bend, octets[start:], count=1)
    assert count, bend
    return octets[:start] + found


def _revision(
    objects: Mapping[int, bytes], bend: _Bend | None = None, which: str = "contract"
) -> Callable[[Library], bytes]:
    def build(library: Library) -> bytes:
        octets = getattr(library, which)
        made = append(octets, objects)
        return made if bend is None else _bent(made, len(octets), bend)

    return build


def sealed_list(library: Library) -> bytes:
    """The carrier is a list in the document security store, which every level allows."""
    octets = library.certified
    number = int(root_of(octets).split()[0])
    catalogue = body_of(octets, number)
    store = re.search(rb"/DSS (\d+) 0 R", catalogue)
    if store is None:
        changed = {number: catalogue[:-2] + b"/DSS << /CRLs [400 0 R] >> >>"}
    else:
        held = body_of(octets, int(store[1]))
        listed = re.search(rb"/CRLs\s+(\d+) 0 R", held)
        place = int(store[1]) if listed is None else int(listed[1])
        changed = {place: re.sub(rb"(/CRLs\s*\[|^\[)", rb"\1 400 0 R ", body_of(octets, place), count=1)}
    return _bent(append(octets, {**changed, **_CARRIER}), len(octets), _UNDERSCORE)


_UNDERSCORE: Final = (rb"startxref\n(\d)(\d+)", rb"startxref\n\1_\2")
_FAULTS: Final[dict[str, _Bend]] = {
    "a-number-with-an-underscore": _UNDERSCORE,
    "another-word": (rb"startxref\n", b"startxrefs\n"),
    "a-vertical-tab": (rb"startxref\n", b"startxref\n \x0b"),
    "many-zeros": (rb"startxref\n", b"startxref\n" + b"0" * 30),
    "a-sign": (rb"startxref\n", b"startxref\n+"),
    "one-line": (rb"startxref\n", b"startxref "),
    "a-letter-behind-the-table's-word": (rb"\nxref\n", b"\nxrefZ"),
    "rows-of-19": (rb" 00000 n \n", b" 00000 n\n"),
    "rows-of-21": (rb" 00000 n \n", b" 00000 n \r\n"),
    "a-signed-section": (rb"\n400 1\n", b"\n+400 1\n"),
    "a-comment-behind-the-trailer's-word": (rb"trailer\n", b"trailer %x\n"),
    "words-behind-the-end": (rb"%%EOF\n$", b"%%EOFstartxref 0\n"),
}


def stray_trailer(library: Library) -> bytes:
    """The last trailer that a scan finds is no revision's; the objects it leads to are listed."""
    made = append(library.contract, _SHADOW)
    bend = (rb"startxref\n(\d)", rb"trailer\n<< /Size 700 /Root 410 0 R >>\nstartxref\n\1")
    return _bent(made, len(library.contract), bend)


def trailer_in_a_string(library: Library) -> bytes:
    words = b"(\ntrailer\n<< /Size 700 /Root 410 0 R >>\n)"
    return append(library.contract, {**_SHADOW, FREE: words})


def object_in_a_string(library: Library) -> bytes:
    return append(
        library.contract, {FREE: b"(\n5 0 obj\n%s\nendobj\n)" % text("x").replace(b"(", b"").replace(b")", b"")}
    )


def unused_object_stream(library: Library) -> bytes:
    """A stream that says it holds page 3, and that no cross-reference names as holding anything."""
    held = b"3 0 << /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 413 0 R >>"
    holder = stream(zlib.compress(held), b"/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode")
    return append(library.contract, {413: _FORGED, FREE: holder})


def unused_sections(library: Library) -> bytes:
    lists = stream(b"\0\0\0\0", b"/Type /XRef /Size 700 /W [1 2 1] /Index [0 1] /Root 410 0 R")
    return append(library.contract, {**_SHADOW, FREE: lists})


def listed_elsewhere(library: Library) -> bytes:
    """An object is listed under another number than its own."""
    octets = library.contract
    body = b"5 0 obj\n%s\nendobj\n" % _FORGED
    trailer = b"/Size 500 /Root %s /Prev %d /ID [<00112233> <00112233>] /Info 8 0 R" % (
        root_of(octets),
        last_table(octets),
    )
    return octets + body + table({FREE: len(octets)}) + end(trailer, len(octets) + len(body))


def mended_always(library: Library) -> bytes:
    """The signed table lists an unused number at another object's place, for which a reader mends the file in any case."""
    objects = {
        2: b"<< /Type /Catalog /Pages 3 0 R >>",
        3: b"<< /Type /Pages /Kids [4 0 R] /Count 1 >>",
        4: b"<< /Type /Page /Parent 3 0 R /MediaBox [0 0 595 842] /Contents 5 0 R /Resources << /Font << /F1 7 0 R >> >> >>",
        5: stream(text("Contract No. 2026-001: the price is 1000 yuan.")),
        7: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    }
    octets = write(objects).replace(b"/Root 1 0 R", b"/Root 2 0 R")
    place = octets.index(b"5 0 obj")
    bent = octets.replace(b"\n2 1\n", b"\n1 1\n%010d 00000 n \n2 1\n" % place)
    return append(library.sign_field(bent, "Signature1"), {FREE: b"<< >>"})


def _spelt(bend: Callable[[bytes], bytes], which: str) -> Callable[[Library], bytes]:
    """Return what adds a field nobody signs, which writes the page anew; `bend` spells it in another way."""

    def build(library: Library) -> bytes:
        octets = getattr(library, which)
        page = body_of(octets, PAGE)
        page = (
            re.sub(rb"/Annots\s*\[", b"/Annots [400 0 R ", page)
            if b"/Annots" in page
            else page[:-2] + b"/Annots [400 0 R] >>"
        )
        field = b"<< /Type /Annot /Subtype /Widget /FT /Sig /T (New) /Rect [0 0 0 0] /P 3 0 R >>"
        return append(octets, {PAGE: bend(page), FREE: field, **listing(octets, FREE)})

    return build


def _behind(tail: bytes, *, level: CertificationLevel | None) -> Callable[[Library], bytes]:
    """Return what adds a list and then octets behind the end, in which %d is where the table of an earlier draft stands."""

    def build(library: Library) -> bytes:
        draft = contract({CONTENT: _FORGED})
        amended = append(draft, {CONTENT: stream(text("Contract No. 2026-001: the price is 1000 yuan."))})
        signed = library.approve(amended) if level is None else library.certify(amended, level)
        return add_evidence(signed, library.world.crl(number=7).der) + tail.replace(b"%d", b"%d" % last_table(draft))

    return build


_TAILS: Final = {
    "a-comment-that-says-where-to-begin": (b"%% startxref %d startxref %d \n", CHANGED),
    "a-comment": (b"% startxref %d\n", CHANGED),
    "many-blanks": (b"\n" * 990, CHANGED),
    "a-blank-line": (b"\r\n", PASSED),
}


def _objects_in_a_list(blank: bytes, which: str) -> Callable[[Library], bytes]:
    """Return what adds a list to the security store that is another document, spelt with what is white space to PDFium alone."""

    def build(library: Library) -> bytes:
        octets = getattr(library, which)
        store = int(re.findall(rb"/DSS\s+(\d+) 0 R", body_of(octets, int(root_of(octets).split()[0])))[0])
        held = re.sub(rb"/CRLs\s*\[", b"/CRLs [%d 0 R " % FREE, body_of(octets, store))
        shadow = b"".join(
            b"%d%b0%bobj\n%b\nendobj\n" % (number, blank, blank, body) for number, body in _SHADOW.items()
        )
        return append(octets, {FREE: stream(shadow), store: held})

    return build


def _related(entries: bytes, which: str, more: Mapping[int, bytes]) -> Callable[[Library], bytes]:
    """Return what adds to the security store which material is of which signature."""

    def build(library: Library) -> bytes:
        octets = getattr(library, which)
        store = int(re.findall(rb"/DSS\s+(\d+) 0 R", body_of(octets, int(root_of(octets).split()[0])))[0])
        held = re.sub(rb"/VRI\s+\d+ 0 R", b"", body_of(octets, store))
        key = b"0123456789ABCDEF0123456789ABCDEF01234567"
        return append(octets, {store: held[:-2] + b"/VRI << /%s << %s >> >> >>" % (key, entries), **more})

    return build


def _asks_for(seed: bytes, more: Mapping[int, bytes]) -> Callable[[Library], bytes]:
    """Return what adds a field nobody signs, with what its signer is to heed."""
    return lambda library: with_field(library.contract, b"/Subtype /Widget /SV " + seed, box=b"[0 0 0 0]", more=more)


_UNTYPED: Final = stream(b"\0\0\0\0", b"/Size 700 /W [1 2 1] /Index [0 1] /Root 410 0 R")

_SPELLINGS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "a-vertical-tab": lambda page: re.sub(rb"/Contents\s+5 0 R", b"/Contents 5\x0b0 R", page),
    "one-bracket": lambda page: re.sub(rb"/F1 7 0 R\s*>>\s*>>", b"/F1 7 0 R >> >x", page),
    "many-zeros": lambda page: page.replace(b"842", b"0" * 300 + b"842"),
    "many-places": lambda page: page.replace(b"842", b"842." + b"0" * 300),
    "a-comment": lambda page: re.sub(rb"/Contents\s+5 0 R", b"/Contents 5 0 R%\r", page),
    "an-empty-name": lambda page: page[:-2] + b"/ /X >>",
}


def smuggled_pages(library: Library) -> bytes:
    """Inside the extensions: some end the dictionary earlier, and read what others take for a string."""
    octets = library.contract
    number = int(root_of(octets).split()[0])
    inner = re.sub(rb"/Extensions\s*<<(?:[^<>]|<<[^<>]*>>)*>>", b"", body_of(octets, number)[2:-2])
    form = re.search(rb"/AcroForm\s+\d+ 0 R", inner)
    assert form is not None
    bent = b"<< /Extensions << /A << >/ /K1 (>> >> %s /Pages 411 0 R) >> %s >>" % (form[0], inner)
    return append(octets, {number: bent, **_SHADOW})


def in_streams(library: Library, *, name: str = "New") -> bytes:
    """A field nobody signs, written as Acrobat does: cross-references and objects in streams."""
    octets = library.approve(_with_streams())
    writer = IncrementalPdfFileWriter.from_reader(PdfFileReader(BytesIO(octets)))
    holder = writer.prepare_object_stream()
    append_signature_field(writer, SigFieldSpec(name))
    for number in range(3):
        writer.add_object(pdf_string(f"{number}"), obj_stream=holder)
    writer.root[pdf_name("/Extensions")] = writer.root.raw_get("/Extensions")
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def _with_streams() -> bytes:
    writer = IncrementalPdfFileWriter.from_reader(PdfFileReader(BytesIO(contract())))
    writer.stream_xrefs = True
    writer.update_root()
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


ROWS: Final = (
    Row("carrier-of-a-page", "contract", _revision(_CARRIER), CHANGED),
    *(
        Row(f"update-with-{what}", "contract", _revision({FREE: b"<< >>"}, bend), CHANGED)
        for what, bend in _FAULTS.items()
    ),
    Row("carrier-of-a-page-certified", "certified", sealed_list, CHANGED),
    Row("written-plainly", "contract", _revision({FREE: stream(b"a stream")}), PASSED),
    Row("trailer-of-no-revision", "contract", stray_trailer, CHANGED),
    Row("trailer-in-a-string", "contract", trailer_in_a_string, CHANGED),
    Row("object-in-a-string", "contract", object_in_a_string, CHANGED),
    Row("object-stream-unused", "contract", unused_object_stream, CHANGED),
    Row("cross-reference-stream-unused", "contract", unused_sections, CHANGED),
    Row("object-listed-elsewhere", "contract", listed_elsewhere, CHANGED),
    Row("mended-in-any-case", "contract", mended_always, CHANGED),
    *(
        Row(f"page-anew-with-{what}-{which}", which, _spelt(bend, which), CHANGED)
        for what, bend in _SPELLINGS.items()
        for which in ("contract", "certified")
    ),
    *(
        Row(f"amended-and-{what}-{who}", "contract", _behind(tail, level=level), told)
        for what, (tail, told) in _TAILS.items()
        for who, level in (("approved", None), ("certified", CertificationLevel.NO_CHANGES))
    ),
    *(
        Row(f"update-with-the-end-in-{what}", "contract", _revision({FREE: body}), CHANGED)
        for what, body in {"a-string": b"(startxref 9 )", "a-stream": stream(b"\n%%EOF\n")}.items()
    ),
    *(
        Row(f"list-of-objects-with-{blank.hex()}-{which}", which, _objects_in_a_list(blank, which), CHANGED)
        for blank in (b"\x80", b"\xff")
        for which in ("certified", "licence")
    ),
    *(
        Row(f"material-{what}-{which}", which, _related(entries, which, more), told)
        for what, entries, more, told in (
            ("that-is-pages", b"/TS 411 0 R", _SHADOW, CHANGED),
            ("in-a-list-that-is-pages", b"/CRL [411 0 R]", _SHADOW, CHANGED),
            ("at-a-time-that-is-pages", b"/TU 411 0 R", _SHADOW, CHANGED),
            ("of-a-signature", b"/TU (D:20261201010000Z) /TS 400 0 R", {FREE: stream(b"0")}, PASSED),
        )
        for which in ("certified", "licence")
    ),
    Row("cross-reference-stream-untyped", "contract", _revision({**_SHADOW, FREE: _UNTYPED}), CHANGED),
    Row("field-that-asks-for-other-pages", "contract", _asks_for(b"<< /A 410 0 R >>", _SHADOW), CHANGED),
    Row("field-that-asks-for-a-reason", "contract", _asks_for(b"<< /Ff 8 /Reasons [(Agreed)] >>", {}), PASSED),
    Row("page-anew-spelt-plainly", "contract", _spelt(lambda page: page, "contract"), PASSED),
    Row("pages-in-the-extensions", "contract", smuggled_pages, CHANGED),
    Row("field-anew-in-streams", "contract", in_streams, PASSED),
)  # fmt: skip
