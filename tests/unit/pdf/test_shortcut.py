"""The short way shortens work and changes no verdict: what takes it, what does not, and that both ways agree."""

# pyHanko ships its types with gaps:
# mypy: allow-untyped-calls

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from pyhanko.pdf_utils import generic

from esign.pdf.read import _read
from esign.pdf.reader import open_reader
from esign.pdf.shortcut import preload_signatures
from tests.support.signed_pdf import add_annotation, add_document_stamp, sign_sample, update

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    from tests.support.pki import PkiWorld


def taken(octets: bytes) -> int:
    return preload_signatures(open_reader(octets), octets)


def test_the_usual_file_takes_it(world: PkiWorld, signed: bytes, approved: bytes) -> None:
    assert taken(signed) == 1
    assert taken(update(signed, add_annotation)) == 1
    assert taken(sign_sample(world, approved, certification=None, field_name="Second")) == 2


def test_both_ways_agree(world: PkiWorld, signed: bytes, approved: bytes, page: bytes) -> None:
    files = [page, signed, approved, update(signed, add_annotation), add_document_stamp(world, signed)]
    files.append(sign_sample(world, approved, certification=None, field_name="Second"))
    for octets in files:
        assert _read(octets, shortcut=True) == _read(octets, shortcut=False)


def _gap(octets: bytes) -> tuple[int, int]:
    match = re.search(rb"/ByteRange \[0 (\d+) (\d+)", octets)
    assert match is not None
    return int(match[1]), int(match[2])


def space_in_gap(octets: bytes) -> bytes:
    _, end = _gap(octets)
    return octets[: end - 3] + b"0 >" + octets[end:]


def odd_digit(octets: bytes) -> bytes:
    _, end = _gap(octets)
    return octets[: end - 2] + b"z>" + octets[end:]


def replaced_dictionary(octets: bytes) -> bytes:
    """A later revision holds the dictionary: the one around the gap is not listed any more."""
    return update(octets, _rewrite)


def _rewrite(writer: IncrementalPdfFileWriter) -> None:
    value = writer.root["/AcroForm"]["/Fields"][0]["/V"]
    value["/Contents"] = generic.pdf_string("short")
    writer.update_container(value)


def string_for_gap(octets: bytes) -> bytes:
    start, end = _gap(octets)
    return octets[:start] + b"(" + octets[start + 1 : end - 1] + b")" + octets[end:]


def other_key_holds_the_gap(octets: bytes) -> bytes:
    start, _ = _gap(octets)
    at = octets.rindex(b"/Contents", 0, start)
    return octets[:at] + b"/Kontents" + octets[at + 9 :]


def comment_before_the_gap(octets: bytes) -> bytes:
    """Comment out the string: the dictionary's value is then what follows on the next line."""
    start, _ = _gap(octets)
    return octets[: start - 1] + b"%" + octets[start:]


ODD = [
    space_in_gap,
    odd_digit,
    replaced_dictionary,
    string_for_gap,
    other_key_holds_the_gap,
    comment_before_the_gap,
]


@pytest.mark.parametrize("change", ODD, ids=[change.__name__ for change in ODD])
def test_odd_files_take_the_long_way(signed: bytes, change: Callable[[bytes], bytes]) -> None:
    assert not taken(change(signed))


def test_an_unsigned_file_takes_the_long_way(page: bytes) -> None:
    assert not taken(page)
