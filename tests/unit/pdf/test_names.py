"""Names and strings as octets: what was read differs as its octets do, and is written as it was."""

# pyHanko ships its types with gaps:
# mypy: allow-untyped-calls

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyhanko.pdf_utils.generic import NameObject, TextStringObject, pdf_name, read_object
from pyhanko.pdf_utils.misc import PdfReadError, PdfWriteError

from esign.pdf.names import octets_of, spelt
from esign.pdf.reader import open_reader
from tests.support.attacks.documents import RESOURCES, contract
from tests.support.attacks.library import Library


def _written(value: NameObject | TextStringObject) -> bytes:
    out = BytesIO()
    value.write_to_stream(out)
    return out.getvalue()


def _read(octets: bytes) -> Any:
    nowhere: Any = None
    return read_object(BytesIO(octets + b" "), nowhere)


@given(st.binary(max_size=20))
def test_every_name_comes_back_as_its_octets(octets: bytes) -> None:
    assert octets_of(spelt(octets)) == octets


@pytest.mark.parametrize(
    ("one", "other"),
    [(b"/#c3#a9", b"/#e9"), (b"/#ef#9e#a9", b"/#e9"), (b"/#CB#CE", b"/#C3#8B#C3#8E"), (b"/A", b"/A#00")],
)
def test_names_of_other_octets_differ(one: bytes, other: bytes) -> None:
    assert _read(one) != _read(other)


@pytest.mark.parametrize(
    ("name", "told"),
    [(b"/Type", "/Type"), (b"/#54ype", "/Type"), (b"/#E5#AE#8B", "/宋"), (b"/A#20B", "/A B"), (b"/", "/")],
)
def test_names_are_read_as_ever(name: bytes, told: str) -> None:
    assert _read(name) == pdf_name(told)


@pytest.mark.parametrize("octets", [b"/#CB#CE#CC#E5", b"/#C3#A9", b"/A#09#0AB", b"/A#23", b"/Plain-1.0"])
def test_a_name_is_written_as_it_was_read(octets: bytes) -> None:
    assert _written(_read(octets)) == octets


@pytest.mark.parametrize("octets", [b"/#G0", b"/A#1", b"/\xe5\x01"])
def test_what_is_no_name_is_refused_as_ever(octets: bytes) -> None:
    with pytest.raises(PdfReadError):
        _read(octets)


def test_a_name_that_escapes_nothing_is_the_one_that_does() -> None:
    raw = _read(b"/\xcb\xce\xcc\xe5")
    assert raw == _read(b"/#CB#CE#CC#E5")
    assert _written(raw) == b"/#CB#CE#CC#E5"


def test_a_name_without_its_solidus_is_not_written() -> None:
    with pytest.raises(PdfWriteError):
        _written(NameObject("Type"))


@pytest.mark.parametrize("text", [b"<FEFF0041>", b"(A)", b"<EFBBBF41>"])
def test_a_text_keeps_its_encoding(text: bytes) -> None:
    once = _read(text)
    again = _read(_written(once))
    assert isinstance(once, TextStringObject)
    assert isinstance(again, TextStringObject)
    assert once.original_bytes == again.original_bytes


def test_a_page_whose_font_has_a_name_in_gbk_keeps_it_when_it_is_signed() -> None:
    page = RESOURCES.replace(b"/F1", b"/#CB#CE#CC#E5")
    signed = Library().approve(contract(page=page))
    fonts = open_reader(signed).root["/Pages"]["/Kids"][0]["/Resources"]["/Font"]
    assert [octets_of(name) for name in fonts] == ["/宋体".encode("gbk")]
