"""Attacks on a signed licence, each with the code it must be refused with (facts on attack results, and more)."""

# pyHanko ships its types with gaps:
# mypy: allow-untyped-calls

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from pyhanko.pdf_utils import generic
from pyhanko.sign.fields import SigFieldSpec, append_signature_field

from esign.pdf.read import read_pdf
from esign.pdf.verify import verify_pdf_signature
from tests.support.signed_pdf import (
    add_annotation,
    add_open_action,
    add_orphan,
    change_title,
    replace_attachment,
    replace_page_content,
    sign_anyway,
    sign_sample,
    update,
)
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    from tests.support.pki import PkiWorld
    from trustkit.error_family import Code

_BYTE_RANGE = re.compile(rb"\[(\d+) (\d+) (\d+) (\d+)\] *")


def refusal(octets: bytes) -> Code:
    """Return the code with which the file's first signature is refused; fail when it is accepted."""
    with pytest.raises(TrustError) as caught:
        _verify_first(octets)
    return caught.value.code


def _verify_first(octets: bytes) -> None:
    pdf = read_pdf(octets)
    assert pdf.signatures, "the attack left no signature"
    verify_pdf_signature(pdf, pdf.signatures[0])


def byte_range(octets: bytes) -> tuple[int, int, int]:
    """Return a, b and c of the only byte range."""
    match = _BYTE_RANGE.search(octets, octets.index(b"/ByteRange"))
    assert match is not None
    return int(match[2]), int(match[3]), int(match[4])


def with_byte_range(octets: bytes, text: bytes) -> bytes:
    """Write another byte range into the same room."""
    match = _BYTE_RANGE.search(octets, octets.index(b"/ByteRange"))
    assert match is not None
    assert len(text) <= len(match[0])
    return octets[: match.start()] + text.ljust(len(match[0])) + octets[match.end() :]


def flip_in_page(octets: bytes) -> bytes:
    at = octets.index(b"stream\n") + len(b"stream\n") + 40
    return octets[:at] + bytes((octets[at] ^ 1,)) + octets[at + 1 :]


def flip_in_trailer(octets: bytes) -> bytes:
    at = octets.rindex(b"/ID [ <") + 9
    return octets[:at] + (b"0" if octets[at : at + 1] != b"0" else b"1") + octets[at + 1 :]


def append_garbage(octets: bytes) -> bytes:
    return octets + b"% nothing to see here\n"


def append_end_mark(octets: bytes) -> bytes:
    return octets + b"%%EOF\n"


def append_newline(octets: bytes) -> bytes:
    return octets + b"\n"


def fill_padding(octets: bytes) -> bytes:
    _, end, _ = byte_range(octets)
    return octets[: end - 3] + b"01>" + octets[end:]


def widen_gap(octets: bytes) -> bytes:
    start, end, rest = byte_range(octets)
    return with_byte_range(octets, b"[0 %d %d %d]" % (start, end + 6, rest - 6))


def shrink_range(octets: bytes) -> bytes:
    start, end, rest = byte_range(octets)
    return with_byte_range(octets, b"[0 %d %d %d]" % (start, end, rest - 200))


def begin_late(octets: bytes) -> bytes:
    start, end, rest = byte_range(octets)
    return with_byte_range(octets, b"[9 %d %d %d]" % (start - 9, end, rest))


def cover_nothing(octets: bytes) -> bytes:
    return with_byte_range(octets, b"[0 0 0 0]")


def overlap(octets: bytes) -> bytes:
    start, end, rest = byte_range(octets)
    return with_byte_range(octets, b"[0 %d %d %d]" % (end, start, rest))


def overrun(octets: bytes) -> bytes:
    start, end, rest = byte_range(octets)
    return with_byte_range(octets, b"[0 %d %d %d]" % (start, end, rest + 1))


def six_numbers(octets: bytes) -> bytes:
    start, end, rest = byte_range(octets)
    return with_byte_range(octets, b"[0 %d %d %d 0 0]" % (start, end, rest))


def null_range(octets: bytes) -> bytes:
    return with_byte_range(octets, b"null")


def negative_range(octets: bytes) -> bytes:
    start, end, rest = byte_range(octets)
    return with_byte_range(octets, b"[0 %d %d -%d]" % (start, end, rest))


def rename_range(octets: bytes) -> bytes:
    return octets.replace(b"/ByteRange", b"/ByteRangf")


def rename_contents(octets: bytes) -> bytes:
    start, _, _ = byte_range(octets)
    at = octets.rindex(b"/Contents", 0, start)
    return octets[:at] + b"/Kontents" + octets[at + 9 :]


def space_in_gap(octets: bytes) -> bytes:
    _, end, _ = byte_range(octets)
    return octets[: end - 3] + b" 0>" + octets[end:]


def short_string_in_gap(octets: bytes) -> bytes:
    """End the string early and hide dictionary entries behind it (signature wrapping in place)."""
    _, end, _ = byte_range(octets)
    hidden = b">/Hidden (entry) /Foo <00"
    return octets[: end - 1 - len(hidden)] + hidden + octets[end - 1 :]


def wrap_signature(octets: bytes) -> bytes:
    """Signature wrapping: the second signed range moves to the end, and its startxref now meets the attacker's table."""
    start, end, rest = byte_range(octets)
    table = int(octets[octets.rindex(b"startxref") + 9 : octets.rindex(b"%%EOF")])
    own_table = octets[table : octets.rindex(b"startxref")]
    own_end = octets[end : octets.index(b"endobj", end) + len(b"endobj\n")]
    room = table - end + len(own_table)
    wrapped = with_byte_range(own_end, b"[0 %d %d %d]" % (start, end + room, rest))
    injected = wrapped.ljust(table - end) + own_table
    return octets[:end] + injected + octets[end:]


def break_signature_value(octets: bytes) -> bytes:
    """Change the CMS near its beginning of the signer info, past certificates: find the signature's INTEGER."""
    start, end, _ = byte_range(octets)
    contents = bytes.fromhex(octets[start + 1 : end - 1].decode())
    pdf = read_pdf(octets)
    value = verify_pdf_signature(pdf, pdf.signatures[0]).octets.signature_value
    at = contents.index(value) + 20
    broken = contents[:at] + bytes((contents[at] ^ 1,)) + contents[at + 1 :]
    return octets[: start + 1] + broken.hex().upper().encode() + octets[end - 1 :]


def empty_contents(octets: bytes) -> bytes:
    start, end, _ = byte_range(octets)
    return octets[: start + 1] + b"0" * (end - start - 2) + octets[end - 1 :]


def indefinite_length(octets: bytes) -> bytes:
    start, end, _ = byte_range(octets)
    contents = octets[start + 1 : end - 1]
    return octets[: start + 1] + b"3080" + contents[8:] + b"0000" + octets[end - 1 :]


IN_PLACE: list[tuple[Callable[[bytes], bytes], Code]] = [
    (flip_in_page, ErrorCode.CMS_DIGEST_MISMATCH),
    (flip_in_trailer, ErrorCode.CMS_DIGEST_MISMATCH),
    (append_garbage, ErrorCode.PDF_CHANGED),
    (append_end_mark, ErrorCode.PDF_MALFORMED),
    (append_newline, ErrorCode.PDF_CHANGED),
    (fill_padding, ErrorCode.PDF_BYTE_RANGE),
    (widen_gap, ErrorCode.PDF_BYTE_RANGE),
    (shrink_range, ErrorCode.CMS_DIGEST_MISMATCH),
    (begin_late, ErrorCode.PDF_BYTE_RANGE),
    (cover_nothing, ErrorCode.PDF_BYTE_RANGE),
    (overlap, ErrorCode.PDF_BYTE_RANGE),
    (overrun, ErrorCode.PDF_BYTE_RANGE),
    (six_numbers, ErrorCode.PDF_BYTE_RANGE),
    (null_range, ErrorCode.PDF_BYTE_RANGE),
    (negative_range, ErrorCode.PDF_BYTE_RANGE),
    (rename_range, ErrorCode.PDF_BYTE_RANGE),
    (rename_contents, ErrorCode.PDF_SIGNATURE_FORM),
    (space_in_gap, ErrorCode.PDF_BYTE_RANGE),
    (short_string_in_gap, ErrorCode.PDF_BYTE_RANGE),
    (wrap_signature, ErrorCode.PDF_BYTE_RANGE),
    (break_signature_value, ErrorCode.SIGNATURE_WRONG),
    (empty_contents, ErrorCode.PDF_SIGNATURE_FORM),
    (indefinite_length, ErrorCode.DER_NOT_DER),
]


@pytest.mark.parametrize(("attack", "code"), IN_PLACE, ids=[attack.__name__ for attack, _ in IN_PLACE])
def test_attacks_in_place(signed: bytes, attack: Callable[[bytes], bytes], code: Code) -> None:
    assert refusal(attack(signed)) is code


def visible_field(writer: IncrementalPdfFileWriter) -> None:
    append_signature_field(writer, SigFieldSpec("Another", box=(50, 50, 300, 300), empty_field_appearance=True))


def replace_signature(writer: IncrementalPdfFileWriter) -> None:
    field = writer.root["/AcroForm"]["/Fields"][0]
    field["/V"]["/Reason"] = generic.pdf_string("another reason")
    writer.update_container(field["/V"])


def move_seal(writer: IncrementalPdfFileWriter) -> None:
    field = writer.root["/AcroForm"]["/Fields"][0]
    field["/Rect"] = generic.ArrayObject(generic.NumberObject(n) for n in (0, 0, 10, 10))
    writer.update_container(field)


def replace_seal_drawing(writer: IncrementalPdfFileWriter) -> None:
    field = writer.root["/AcroForm"]["/Fields"][0]
    drawing = field["/AP"]["/N"]
    field["/AP"]["/N"] = writer.add_object(generic.StreamObject(dict(drawing), stream_data=b"0 0 120 120 re f"))
    writer.update_container(field)


def loosen_certification(writer: IncrementalPdfFileWriter) -> None:
    del writer.root["/Perms"]
    writer.update_root()
    add_annotation(writer)


def add_page(writer: IncrementalPdfFileWriter) -> None:
    pages = writer.root["/Pages"]
    copy = writer.add_object(generic.DictionaryObject(pages["/Kids"][0]))
    pages["/Kids"] = generic.ArrayObject([pages["/Kids"].raw_get(0), copy])
    writer.update_container(pages)


LATER = [
    replace_page_content,
    add_annotation,
    add_open_action,
    replace_attachment,
    change_title,
    add_orphan,
    visible_field,
    move_seal,
    replace_seal_drawing,
    loosen_certification,
    add_page,
]


@pytest.mark.parametrize("change", LATER, ids=[change.__name__ for change in LATER])
def test_later_revisions_of_a_certified_file(signed: bytes, change: Callable[[IncrementalPdfFileWriter], None]) -> None:
    assert refusal(update(signed, change)) is ErrorCode.PDF_CHANGED


def test_a_rewritten_signature_dictionary_is_refused(signed: bytes) -> None:
    assert refusal(update(signed, replace_signature)) is ErrorCode.PDF_CHANGED


@pytest.mark.parametrize("change", [replace_page_content, add_annotation, add_open_action, replace_attachment])
def test_later_revisions_of_an_approved_file(
    approved: bytes, change: Callable[[IncrementalPdfFileWriter], None]
) -> None:
    assert refusal(update(approved, change)) is ErrorCode.PDF_CHANGED


def test_a_change_hidden_by_a_further_revision_is_refused(signed: bytes, page: bytes) -> None:
    shown = update(signed, replace_page_content)

    def restore(writer: IncrementalPdfFileWriter) -> None:
        first = writer.root["/Pages"]["/Kids"][0]
        first["/Contents"] = generic.IndirectObject(_content_of(page), 0, writer)
        writer.update_container(first)

    assert refusal(update(shown, restore)) is ErrorCode.PDF_CHANGED


def _content_of(page: bytes) -> int:
    match = re.search(rb"/Type ?/Page\b[^>]*?/Contents (\d+) 0 R", page) or re.search(rb"/Contents (\d+) 0 R", page)
    assert match is not None
    return int(match[1])


def test_the_signature_of_another_file_is_refused(world: PkiWorld, page: bytes, signed: bytes) -> None:
    other = sign_sample(world, page, reason="另一份文件原因")
    start, end, _ = byte_range(other)
    own_start, own_end, _ = byte_range(signed)
    foreign = other[start + 1 : end - 1].ljust(own_end - own_start - 2, b"0")[: own_end - own_start - 2]
    swapped = signed[: own_start + 1] + foreign + signed[own_end - 1 :]
    assert refusal(swapped) is ErrorCode.CMS_DIGEST_MISMATCH


def test_a_second_signature_breaks_a_certified_file(world: PkiWorld, signed: bytes) -> None:
    both = sign_anyway(world, signed, name="Second", box=(50, 50, 150, 150))
    pdf = read_pdf(both)
    assert [signature.field_name for signature in pdf.signatures] == ["Signature1", "Second"]
    assert refusal(both) is ErrorCode.PDF_CHANGED
    verify_pdf_signature(pdf, pdf.signatures[1])


def test_a_cut_file_is_refused(signed: bytes) -> None:
    for length in (0, 1, 8, 100, len(signed) // 3, len(signed) - 1200, len(signed) - 30, len(signed) - 8):
        with pytest.raises(TrustError) as caught:
            read_pdf(signed[:length])
        assert caught.value.code is ErrorCode.PDF_MALFORMED
