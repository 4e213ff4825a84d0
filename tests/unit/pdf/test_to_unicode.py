"""What /ToUnicode says of codes, where it says so plainly and once."""

# pyHanko ships its types with gaps:
# mypy: allow-untyped-calls

from __future__ import annotations

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyhanko.pdf_utils.generic import NameObject, StreamObject

from esign.pdf.to_unicode import read_to_unicode


def read(octets: bytes) -> dict[int, str] | None:
    return read_to_unicode(StreamObject(encoded_data=octets))


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        (b"", {}),
        (b"1 beginbfchar <0041> <0031> endbfchar", {0x41: "1"}),
        (b"2 beginbfchar\n<0041> <58F9>\n<0042> <D840DC00>\nendbfchar", {0x41: "壹", 0x42: "\U00020000"}),
        (b"2 beginbfchar\n<0041> <58F9>\n<0042> <8D30>\nendbfchar", {0x41: "壹", 0x42: "贰"}),
        (b"2 beginbfchar\n<0041> <58F9>\n<0041> <8D30>\nendbfchar", None),
        (b"2 beginbfchar\n<0041> <D840>\n<0042> <DC00>\nendbfchar", None),
        (b"1 beginbfrange <0041> <0043> <0030> endbfrange", {0x41: "0", 0x42: "1", 0x43: "2"}),
        (b"1 beginbfrange <0041> <0042> [<0030> <00660069>] endbfrange", {0x41: "0", 0x42: "fi"}),
        (b"1 beginbfchar <0041> <0031> endbfchar 1 beginbfchar <0041> <0031> endbfchar", {0x41: "1"}),
        (b"1 beginbfchar <0041> <0031> endbfchar 1 beginbfchar <0041> <0032> endbfchar", None),
        (b"1 beginbfchar <41> <0031> endbfchar", None),
        (b"1 beginbfchar <0041> <D800> endbfchar", None),
        (b"1 beginbfchar <0041> /one endbfchar", None),
        (b"1 beginbfrange <0041> <0042> [<0030>] endbfrange", None),
        (b"1 beginbfrange <00FF> <0100> <0030> endbfrange", None),
        (b"1 beginbfrange <0041> <0042> <00FF> endbfrange", None),
        (b"1 beginbfrange <0042> <0041> <0030> endbfrange", None),
        (b"/Other usecmap 1 beginbfchar <0041> <0031> endbfchar", None),
        (b"1 beginbfchar % <0041> <0031> endbfchar", None),
        (b"%!PS-Adobe-3.0 Resource-CMap\n%%Title: x\r1 beginbfchar <0041> <0031> endbfchar\n%%EOF", {0x41: "1"}),
        (b"1 beginbfchar <0041> %\n <0031> endbfchar", {0x41: "1"}),
    ],
)
def test_what_codes_mean(octets: bytes, expected: dict[int, str] | None) -> None:
    assert read(octets) == expected


def test_one_that_readers_decode_in_several_ways_tells_nothing() -> None:
    assert read_to_unicode(StreamObject({NameObject("/F"): NameObject("/x")}, encoded_data=b"")) is None


@pytest.mark.parametrize(
    "octets",
    [
        b"1 beginbfrange <0000> <0099> [" + b"<0041> " * 60_000,
        b"1 beginbfrange <0000> <0099> [" + b" " * 400_000,
        b"beginbfchar " * 30_000,
        b"beginbfrange " + b"<0000> <00FF> <0000>\n" * 20_000 + b" endbfrange",
    ],
)
def test_one_that_is_made_to_take_long_is_not_read_for_long(octets: bytes) -> None:
    started = process_time()
    assert read(octets) is None
    assert process_time() - started < 1


@given(
    st.lists(
        st.sampled_from(
            [b"beginbfchar ", b" endbfchar", b"beginbfrange ", b" endbfrange", b"<0041>", b"<D8>", b"[", b"]", b" "]
        )
    )
)
def test_whatever_stands_there_is_read_or_not(pieces: list[bytes]) -> None:
    read(b"".join(pieces))
