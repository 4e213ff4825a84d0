"""Tricks with the file's structure: cross-references that lie, hybrid files, loops, generations, encryption, polyglots.

Readers that mend a file and readers that do not see different documents; what two readers may see differently is not passed.
"""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Final

from tests.support.attacks.documents import (
    CATALOGUE,
    CONTENT,
    FREE,
    INFORMATION,
    LAST_CONTENT,
    METADATA,
    PAGE,
    append,
    body_of,
    end,
    last_table,
    metadata,
    offset_of,
    root_of,
    stream,
    table,
)
from tests.support.attacks.incremental import FORGED
from tests.support.attacks.model import CHANGED, DIGEST, MALFORMED, PASSED, UNREACHED, Row, doubtful
from tests.support.attacks.surgery import cut
from tests.support.signed_pdf import change_title, update
from trustkit.errors import ErrorCode
from trustkit.verdict import CheckId, SubIndication

if TYPE_CHECKING:
    from tests.support.attacks.library import Library

_ENCRYPTED: Final = doubtful(SubIndication.FORMAT_NOT_SUPPORTED, ErrorCode.PDF_ENCRYPTED)
_NOT_JUDGED: Final = doubtful(SubIndication.FORMAT_NOT_SUPPORTED, CheckId.FORMAT)


def reference_to_another_object(library: Library) -> bytes:
    """The table says that the first page's content is where the second page's stands."""
    return append(library.contract, {}, more={CONTENT: offset_of(library.contract, LAST_CONTENT)})


def reference_into_nothing(library: Library) -> bytes:
    return append(library.contract, {}, more={CONTENT: 10**9})


def table_off_by_one(library: Library) -> bytes:
    return append(library.contract, {}, more={PAGE: offset_of(library.contract, PAGE) + 1})


def previous_loop(library: Library) -> bytes:
    """The newest table names itself as its predecessor."""
    base = library.contract
    return append(base, {}, previous=len(base))


def previous_skips(library: Library) -> bytes:
    """The newest table names the first one: the signed revision is left out."""
    first = int(library.contract.split(b"startxref\n")[1].split(b"\n")[0])
    return append(library.contract, {}, previous=first)


def without_previous(library: Library) -> bytes:
    trailer = b"/Size 500 /Root %s /Info 8 0 R" % root_of(library.contract)
    return append(library.contract, {CONTENT: FORGED}, trailer=trailer)


def next_generation(library: Library) -> bytes:
    """The object again, of generation 1."""
    return append(library.contract, {CONTENT: FORGED}, generation=1)


def same_number_twice(library: Library) -> bytes:
    """Two tables' worth of one object in one revision: the first is listed, the second stands behind it."""
    octets = append(library.contract, {FREE: b"<< /A 1 >>"})
    twin = b"%d 0 obj\n<< /A 2 >>\nendobj\n" % FREE
    at = octets.rindex(b"xref\n", 0, octets.rindex(b"startxref"))
    return (octets[:at] + twin + octets[at:]).replace(b"startxref\n%d\n" % at, b"startxref\n%d\n" % (at + len(twin)))


def hybrid(library: Library) -> bytes:
    """A table with /XRefStm: old readers see the table, new ones the stream beside it."""
    base = library.contract
    forged = b"%d 0 obj\n%s\nendobj\n" % (FREE, FORGED)
    row = bytes((1,)) + len(base).to_bytes(4, "big") + bytes(2)
    entries = b"/Type /XRef /W [1 4 2] /Index [%d 1] /Size 500 /Root 1 0 R" % FREE
    xref = b"%d 0 obj\n%s\nendobj\n" % (FREE + 1, stream(row, entries))
    at = len(base) + len(forged)
    trailer = b"/Size 500 /Root 1 0 R /Info 8 0 R /Prev %d /XRefStm %d" % (last_table(base), at)
    return base + forged + xref + table({PAGE: offset_of(base, PAGE)}) + end(trailer, at + len(xref))


def encrypted(library: Library) -> bytes:
    trailer = (
        b"/Size 500 /Root 1 0 R /Info 8 0 R /Prev %d /Encrypt << /Filter /Standard /V 1 /R 2 /O (%s) /U (%s) /P -4 >>"
    )
    return append(library.contract, {}, trailer=trailer % (last_table(library.contract), b"x" * 32, b"y" * 32))


def title(library: Library) -> bytes:
    return append(library.contract, {INFORMATION: b"<< /Title (Contract 2026-999) /Producer (tests) >>"})


def moment(library: Library) -> bytes:
    """What others' software writes at each saving: when, and by what."""
    entries = b"<< /Title (Contract 2026-001) /Producer (another) /ModDate (D:20261202000000Z) >>"
    return append(library.contract, {INFORMATION: entries})


def packet(library: Library) -> bytes:
    return append(library.contract, {METADATA: metadata("Contract 2026-999")})


def packet_of_nonsense(library: Library) -> bytes:
    return append(library.contract, {METADATA: stream(b"no XML", b"/Type /Metadata /Subtype /XML")})


def other_version(library: Library) -> bytes:
    body = body_of(library.contract, CATALOGUE)
    return append(library.contract, {CATALOGUE: body[:-2] + b"/Version /2.0 >>"})


def header_junk(library: Library) -> bytes:
    return b"junk before the header\n" + library.contract


def header_changed(library: Library) -> bytes:
    return library.contract.replace(b"%PDF-1.7", b"%PDF-1.4", 1)


def behind(tail: bytes) -> Row:
    """Return a row with octets behind the file."""
    name = {b"\n": "a-line-end", b"\0": "a-zero", b"%%EOF\n": "another-end", b"% hello\n": "a-comment"}[tail]
    told = MALFORMED if tail == b"%%EOF\n" else CHANGED
    return Row(f"trailing-{name}", "contract", lambda lib: lib.contract + tail, told)


def archive_behind(library: Library) -> bytes:
    """A PDF that is a ZIP archive too: the archive's directory stands at the end."""
    return library.contract + _archive(b"a.txt", b"another document")


def archive_before(library: Library) -> bytes:
    """An archive whose first member is the PDF, stored: its header is within the first kilobyte."""
    return _archive(b"contract.pdf", library.contract)


def _archive(name: bytes, octets: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(zipfile.ZipInfo(name.decode(), (2026, 1, 1, 0, 0, 0)), octets)
    return target.getvalue()


def archive_deflated(library: Library) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("x" * 1024, (2026, 1, 1, 0, 0, 0)), library.contract, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def web_page_before(library: Library) -> bytes:
    return b"<html><script>alert(1)</script><!--\n" + library.contract


def cut_off(library: Library) -> bytes:
    return library.contract[: cut(library.contract).end + 40]


ROWS: Final = (
    Row("xref-to-another-object", "contract", reference_to_another_object, CHANGED),
    Row("xref-into-nothing", "contract", reference_into_nothing, CHANGED),
    Row("xref-off-by-one", "contract", table_off_by_one, MALFORMED),
    Row("xref-previous-loop", "contract", previous_loop, MALFORMED),
    Row("xref-previous-skips", "contract", previous_skips, UNREACHED),
    Row("xref-without-previous", "contract", without_previous, MALFORMED),
    Row("xref-next-generation", "contract", next_generation, MALFORMED),
    Row("xref-same-number-twice", "contract", same_number_twice, CHANGED),
    Row("xref-hybrid", "contract", hybrid, CHANGED),
    Row("encrypted-later", "contract", encrypted, _ENCRYPTED),
    Row("information-title", "contract", title, CHANGED),
    Row("information-moment", "contract", moment, PASSED),
    Row("information-title-of-licence", "licence", lambda lib: update(lib.licence, change_title), CHANGED),
    Row("metadata-title", "contract", packet, CHANGED),
    Row("metadata-nonsense", "contract", packet_of_nonsense, CHANGED),
    Row("version-raised", "contract", other_version, PASSED),
    Row("header-junk", "contract", header_junk, MALFORMED),
    Row("header-changed", "contract", header_changed, DIGEST),
    *(behind(tail) for tail in (b"\n", b"\0", b"%%EOF\n", b"% hello\n")),
    Row("polyglot-archive-behind", "contract", archive_behind, CHANGED),
    Row("polyglot-archive-before", "contract", archive_before, _NOT_JUDGED),
    Row("polyglot-archive-deflated", "contract", archive_deflated, _NOT_JUDGED),
    Row("polyglot-web-page-before", "contract", web_page_before, MALFORMED),
    Row("cut-off", "contract", cut_off, MALFORMED),
)
