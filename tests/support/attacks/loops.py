"""Small files that keep a parser busy: cycles, trees that double at every step, nesting, bombs, numbers too large.

Each makes one thing wrong in a file, signed or not; judging it must end soon, and pass nothing.
"""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING, Final

from tests.support.attacks.documents import (
    CATALOGUE,
    CONTENT,
    FREE,
    PAGE,
    TREE,
    append,
    body_of,
    end,
    form_x_object,
    last_table,
    stream,
    table,
)

if TYPE_CHECKING:
    from collections.abc import Callable

_MIB: Final = 1024 * 1024
_EMPTY: Final = b"<< /Type /Pages /Kids [] /Count 0 >>"


def previous_to_itself(octets: bytes) -> bytes:
    return append(octets, {}, previous=len(octets))


def previous_in_a_ring(octets: bytes) -> bytes:
    """Three tables, each naming the next as its predecessor."""
    size = len(append(octets, {}, previous=10**6)) - len(octets)
    start = len(octets)
    for turn in range(3):
        octets = append(octets, {}, previous=10**6 + start + size * ((turn + 1) % 3))
    return octets.replace(b"/Prev 100", b"/Prev 000")


def previous_many_times(octets: bytes) -> bytes:
    for _ in range(1000):
        octets = append(octets, {})
    return octets


def page_tree_cycle(octets: bytes) -> bytes:
    return append(octets, {TREE: b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 2 >>"})


def page_tree_long_cycle(octets: bytes) -> bytes:
    nodes = {FREE + n: b"<< /Type /Pages /Kids [%d 0 R] /Count 1 >>" % (FREE + (n + 1) % 90) for n in range(90)}
    return append(octets, {TREE: b"<< /Type /Pages /Kids [400 0 R] /Count 1 >>", **nodes})


def page_tree_doubling(octets: bytes) -> bytes:
    """Thirty levels, each node naming the next one twice: a thousand million pages."""
    nodes = {
        FREE + n: b"<< /Type /Pages /Kids [%d 0 R %d 0 R] /Count 9 >>" % (FREE + n + 1, FREE + n + 1) for n in range(30)
    }
    return append(octets, {TREE: b"<< /Type /Pages /Kids [400 0 R] /Count 1 >>", **nodes, FREE + 30: _EMPTY})


def page_tree_wide(octets: bytes) -> bytes:
    kids = b" ".join(b"3 0 R" for _ in range(200_000))
    return append(octets, {TREE: b"<< /Type /Pages /Kids [%s] /Count 200000 >>" % kids})


def parent_cycle(octets: bytes) -> bytes:
    page = b"<< /Type /Page /Parent 400 0 R /Contents 5 0 R /MediaBox [0 0 595 842] >>"
    return append(octets, {PAGE: page, FREE: b"<< /Type /Pages /Parent 400 0 R /Kids [3 0 R] /Count 1 >>"})


def field_cycle(octets: bytes) -> bytes:
    form = b"<< /Fields [400 0 R] >>"
    field = b"<< /T (a) /FT /Sig /Kids [400 0 R] >>"
    return append(octets, {1: b"<< /Type /Catalog /Pages 2 0 R /AcroForm %s >>" % form, FREE: field})


def fields_doubling(octets: bytes) -> bytes:
    fields = {
        FREE + n: b"<< /T (a) /FT /Sig /Kids [%d 0 R %d 0 R] >>" % (FREE + 2 * (n // 2) + 2, FREE + 2 * (n // 2) + 3)
        for n in range(60)
    }
    fields |= {FREE + n: b"<< /T (b%d) /FT /Sig >>" % n for n in (60, 61)}
    catalogue = b"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [400 0 R 401 0 R] >> >>"
    return append(octets, {1: catalogue, **fields})


def length_of_itself(octets: bytes) -> bytes:
    return append(octets, {CONTENT: b"<< /Length 5 0 R >>\nstream\nabc\nendstream"})


def lengths_in_a_ring(octets: bytes) -> bytes:
    ring = {FREE + n: b"<< /Length %d 0 R >>\nstream\nabc\nendstream" % (FREE + (n + 1) % 50) for n in range(50)}
    catalogue = b"<< /Type /Catalog /Pages 2 0 R /DSS 400 0 R >>"
    return append(octets, {1: catalogue, **ring})


def reference_to_itself(octets: bytes) -> bytes:
    return append(octets, {TREE: b"2 0 R"})


def reference_ring(octets: bytes) -> bytes:
    ring = {FREE + n: b"%d 0 R" % (FREE + (n + 1) % 40) for n in range(40)}
    return append(octets, {1: b"<< /Type /Catalog /Pages 400 0 R >>", **ring})


def nested(opening: bytes, depth: int) -> Callable[[bytes], bytes]:
    closing = {b"[": b"]", b"<< /A ": b">>", b"(": b")"}[opening]

    def build(octets: bytes) -> bytes:
        inner = opening * depth + closing * depth
        return append(octets, {1: b"<< /Type /Catalog /Pages 2 0 R /Extra %s >>" % inner})

    return build


def huge_number(octets: bytes) -> bytes:
    digits = b"9" * 1_000_000
    return append(octets, {1: b"<< /Type /Catalog /Pages 2 0 R /Extra %s >>" % digits})


def huge_count(octets: bytes) -> bytes:
    return append(octets, {TREE: b"<< /Type /Pages /Kids [3 0 R] /Count 99999999999999999999 >>"})


def huge_size(octets: bytes) -> bytes:
    return append(octets, {}, trailer=b"/Size 99999999999 /Root 1 0 R /Prev %d" % last_table(octets))


def huge_subsection(octets: bytes) -> bytes:
    return octets + b"xref\n0 4000000000\n" + end(b"/Size 500 /Root 1 0 R", len(octets))


def many_subsections(octets: bytes) -> bytes:
    offsets = {2 * number: 1000 for number in range(100_000)}
    return octets + table(dict(offsets)) + end(b"/Size 500 /Root 1 0 R", len(octets))


def _with_stream(octets: bytes, entries: bytes, data: bytes) -> bytes:
    """Return a file whose cross-reference is a stream with these entries."""
    body = stream(data, b"/Type /XRef /Root 1 0 R %s" % entries)
    return octets + b"400 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n" % (body, len(octets))


def wide_fields(octets: bytes) -> bytes:
    return _with_stream(octets, b"/W [1000000 1000000 1000000] /Size 4000000000", b"x")


def fields_of_nothing(octets: bytes) -> bytes:
    return _with_stream(octets, b"/W [0 0 0] /Size 4000000000", b"")


def long_index(octets: bytes) -> bytes:
    return _with_stream(octets, b"/W [1 0 0] /Index [0 100000000] /Size 100000001", b"\0")


def deflated_table(octets: bytes) -> bytes:
    return _with_stream(octets, b"/W [1 4 2] /Size 200000 /Filter /FlateDecode", zlib.compress(bytes(7 * 200_000)))


def extended_stream(octets: bytes) -> bytes:
    """An object stream that extends itself, and holds the catalogue."""
    head = b"1 0 "
    holder = stream(head + b"<< /Type /Catalog /Pages 2 0 R >>", b"/Type /ObjStm /N 1 /First 4 /Extends 400 0 R")
    at = len(octets)
    body = b"400 0 obj\n%s\nendobj\n" % holder
    rows = bytes((2,)) + (400).to_bytes(4, "big") + bytes(2) + bytes((1,)) + at.to_bytes(4, "big") + bytes(2)
    entries = b"/Type /XRef /W [1 4 2] /Index [1 1 400 1] /Size 500 /Root 1 0 R /Prev %d" % last_table(octets)
    xref = b"401 0 obj\n%s\nendobj\n" % stream(rows, entries)
    return octets + body + xref + b"startxref\n%d\n%%%%EOF\n" % (at + len(body))


def stream_in_itself(octets: bytes) -> bytes:
    """An object stream said to lie in itself."""
    at = len(octets)
    rows = bytes((2,)) + (400).to_bytes(4, "big") + bytes(2)
    entries = b"/Type /XRef /W [1 4 2] /Index [400 1] /Size 500 /Root 400 0 R /Prev %d" % last_table(octets)
    xref = b"401 0 obj\n%s\nendobj\n" % stream(rows, entries)
    return octets + xref + b"startxref\n%d\n%%%%EOF\n" % at


def many_in_stream(octets: bytes) -> bytes:
    """An object stream that says it holds a thousand million objects."""
    holder = b"400 0 obj\n%s\nendobj\n" % stream(b"1 0 null", b"/Type /ObjStm /N 1000000000 /First 4")
    at = len(octets) + len(holder)
    rows = bytes((2,)) + (400).to_bytes(4, "big") + bytes(2) + bytes((1,)) + len(octets).to_bytes(4, "big") + bytes(2)
    entries = b"/Type /XRef /W [1 4 2] /Index [1 1 400 1] /Size 500 /Root 1 0 R /Prev %d" % last_table(octets)
    xref = b"401 0 obj\n%s\nendobj\n" % stream(rows, entries)
    return octets + holder + xref + b"startxref\n%d\n%%%%EOF\n" % at


def _evidence(octets: bytes, data: bytes, entries: bytes) -> bytes:
    """Return a file with a stream where a reader of signatures looks: a certificate of the security store."""
    catalogue = b"<< /Type /Catalog /Pages 2 0 R /DSS << /Certs [400 0 R] >> >>"
    return append(octets, {1: catalogue, FREE: stream(data, entries)})


def inflating(octets: bytes) -> bytes:
    return _evidence(octets, zlib.compress(bytes(400 * _MIB), 9), b"/Filter /FlateDecode")


def inflating_twice(octets: bytes) -> bytes:
    return _evidence(
        octets, zlib.compress(zlib.compress(bytes(300 * _MIB), 9), 9), b"/Filter [/FlateDecode /FlateDecode]"
    )


def many_filters(octets: bytes) -> bytes:
    return _evidence(octets, b"00>" * 10, b"/Filter [%s]" % (b"/ASCIIHexDecode " * 5000))


def predicted(octets: bytes) -> bytes:
    parameters = b"/DecodeParms << /Predictor 15 /Columns 1 /Colors 1 /BitsPerComponent 8 >>"
    return _evidence(octets, zlib.compress(bytes(30 * _MIB), 9), b"/Filter /FlateDecode %s" % parameters)


def predicted_wide(octets: bytes) -> bytes:
    parameters = b"/DecodeParms << /Predictor 15 /Columns 2000000000 /Colors 2000000000 /BitsPerComponent 16 >>"
    return _evidence(octets, zlib.compress(b"\0\0"), b"/Filter /FlateDecode %s" % parameters)


def run_lengths(octets: bytes) -> bytes:
    return _evidence(octets, b"\x81\0" * 2_000_000, b"/Filter /RunLengthDecode")


def deep_names(octets: bytes) -> bytes:
    """A tree of names that doubles at every level."""
    nodes = {FREE + n: b"<< /Kids [%d 0 R %d 0 R] >>" % (FREE + n + 1, FREE + n + 1) for n in range(40)}
    catalogue = b"<< /Type /Catalog /Pages 2 0 R /Names << /EmbeddedFiles 400 0 R >> >>"
    return append(octets, {1: catalogue, **nodes, FREE + 40: b"<< /Names [] >>"})


def many_objects(octets: bytes) -> bytes:
    return append(octets, dict.fromkeys(range(FREE, 100_000), b"null"))


def one_number(octets: bytes) -> bytes:
    return append(octets, {1: b"<< /Type /Catalog /Pages 2 0 R /Extra 1.%s >>" % (b"9" * 20_000_000)})


def one_name(octets: bytes) -> bytes:
    return append(octets, {1: b"<< /Type /Catalog /Pages 2 0 R /%s 1 >>" % (b"A" * 20_000_000)})


def many_numbers(octets: bytes) -> bytes:
    return append(octets, {1: b"<< /Type /Catalog /Pages 2 0 R /Extra [%s] >>" % (b"1 " * 10_000_000)})


def many_references(octets: bytes) -> bytes:
    return append(octets, {1: b"<< /Type /Catalog /Pages 2 0 R /Extra [%s] >>" % (b"3 0 R " * 3_000_000)})


def letters_at_the_end(octets: bytes) -> bytes:
    return octets + b"a" * 50_000_000


def unfinished_strings(octets: bytes) -> bytes:
    return append(octets, {1: b"<< /Type /Catalog /Pages 2 0 R /Extra %s >>" % (b"(" * 500_000)})


def names_of_escapes(octets: bytes) -> bytes:
    return append(octets, {1: b"<< /Type /Catalog /Pages 2 0 R /%s 1 >>" % (b"#41" * 300_000)})


def white_space(octets: bytes) -> bytes:
    return octets.replace(b"endobj\n", b"endobj\n" + b" " * 3_000_000, 3)


def header_lookalikes(octets: bytes) -> bytes:
    return octets + b"1 1 1 " * 1_000_000


def end_marks(octets: bytes) -> bytes:
    return octets + b"startxref\n0\n%%EOF\n" * 200_000


def predicted_evidence(octets: bytes) -> bytes:
    """Six lists in the security store, each of small octets that are four million behind a predictor of the slow kind."""
    data = zlib.compress((b"\4" + bytes(99_999)) * 40, 9)
    carrier = stream(data, b"/Filter /FlateDecode /DecodeParms << /Predictor 15 /Columns 99999 >>")
    lists = {FREE + number: carrier for number in range(6)}
    named = b" ".join(b"%d 0 R" % number for number in lists)
    catalogue = re.sub(rb"/DSS\s+\d+ 0 R", b"", body_of(octets, CATALOGUE))[:-2]
    return append(octets, {CATALOGUE: catalogue + b" /DSS << /CRLs [%s] >> >>" % named, **lists})


def inflated_drawings(octets: bytes) -> bytes:
    """Signature fields that all show one drawing, which inflates to more than anything may."""
    drawing = form_x_object(zlib.compress(b" " * (17 * _MIB), 9), more=b"/Filter /FlateDecode")
    numbers = range(FREE + 1, FREE + 61)
    field = b"<< /Type /Annot /Subtype /Widget /FT /Sig /T (f%d) /Rect [60 300 90 310] /F 4 /P 3 0 R /AP << /N 400 0 R >> >>"
    page = body_of(octets, PAGE)[:-2] + b"/Annots [%s] >>" % b" ".join(b"%d 0 R" % each for each in numbers)
    return append(octets, {FREE: drawing, PAGE: page, **{each: field % each for each in numbers}})


def lengths_in_a_comment(octets: bytes) -> bytes:
    """A file that may be linearized says in many places how long it is, each followed by one long comment."""
    return octets.replace(b"endobj\n", b"%%/Linearized \n%s\nendobj\n" % (b"/L%" * 300_000), 1)


def numbers_in_a_stream(octets: bytes) -> bytes:
    """An object stream of a few octets that holds one array of a million numbers."""
    held = b"401 0 [" + b"0 " * 1_000_000 + b"]"
    holder = stream(zlib.compress(held, 9), b"/Type /ObjStm /N 1 /First 6 /Filter /FlateDecode")
    page = body_of(octets, PAGE)[:-2] + b"/Extra 401 0 R >>"
    base = append(octets, {FREE: holder, PAGE: page})
    rows = b"\2" + FREE.to_bytes(4, "big") + b"\0\0"
    entries = b"/Type /XRef /Size 500 /W [1 4 2] /Index [401 1] /Root 1 0 R /Prev %d" % last_table(base)
    return base + b"402 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n" % (stream(rows, entries), len(base))


def byte_ranges(octets: bytes) -> bytes:
    return octets + b"/ByteRange [0 1 2 3]\n" * 200_000


LOOPS: Final[dict[str, Callable[[bytes], bytes]]] = {
    build.__name__: build
    for build in (
        previous_to_itself,
        previous_in_a_ring,
        previous_many_times,
        page_tree_cycle,
        page_tree_long_cycle,
        page_tree_doubling,
        page_tree_wide,
        parent_cycle,
        field_cycle,
        fields_doubling,
        length_of_itself,
        lengths_in_a_ring,
        reference_to_itself,
        reference_ring,
        huge_number,
        huge_count,
        huge_size,
        huge_subsection,
        many_subsections,
        wide_fields,
        fields_of_nothing,
        long_index,
        deflated_table,
        extended_stream,
        stream_in_itself,
        many_in_stream,
        inflating,
        inflating_twice,
        many_filters,
        predicted,
        predicted_wide,
        run_lengths,
        deep_names,
        many_objects,
        one_number,
        one_name,
        many_numbers,
        many_references,
        letters_at_the_end,
        unfinished_strings,
        names_of_escapes,
        white_space,
        header_lookalikes,
        end_marks,
        byte_ranges,
        inflated_drawings,
        lengths_in_a_comment,
        numbers_in_a_stream,
    )
} | {
    "nested_arrays": nested(b"[", 20_000),
    "nested_dictionaries": nested(b"<< /A ", 20_000),
    "nested_parentheses": nested(b"(", 200_000),
}
