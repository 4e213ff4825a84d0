"""Plain objects read at once are what pyHanko reads octet by octet."""

# pyHanko ships its types with gaps:
# mypy: allow-untyped-calls

from __future__ import annotations

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyhanko.pdf_utils.generic import (
    ArrayObject,
    BooleanObject,
    ByteStringObject,
    DictionaryObject,
    FloatObject,
    IndirectObject,
    NameObject,
    NullObject,
    NumberObject,
    PdfObject,
    Reference,
    pdf_string,
    read_object,
)
from pyhanko.pdf_utils.rw_common import PdfHandler

from esign.pdf.fast import DOUBTS
from esign.pdf.quick_objects import MAX_DEPTH, Plain

HANDLER = PdfHandler()
HOLDER = Reference(1, 0, HANDLER)
NOWHERE = (-1, -1)  # no signature in what is read here

names = st.text("AZaz09_.-# é(", min_size=1, max_size=8).map(lambda text: NameObject("/" + text))
numbers = st.integers(-(10**9), 10**9).map(NumberObject)
fractions = st.decimals(-1000, 1000, places=3).map(FloatObject)
strings = st.binary(max_size=24).map(pdf_string) | st.text(" -~()\\\n07中", max_size=24).map(pdf_string)
references = st.integers(1, 9_999_999).map(lambda number: IndirectObject(number, 0, HANDLER))
words = st.sampled_from((BooleanObject(True), BooleanObject(False), NullObject()))  # noqa: FBT003 - pyHanko's own
values = st.recursive(
    names | numbers | fractions | strings | references | words,
    lambda inner: (
        st.lists(inner, max_size=4).map(ArrayObject) | st.dictionaries(names, inner, max_size=4).map(DictionaryObject)
    ),
    max_leaves=12,
)


def _read(octets: bytes) -> PdfObject:
    return Plain(octets, 0, HOLDER, NOWHERE, b"").read()


def _shape(value: PdfObject) -> object:
    """Return a value with the kinds of all its parts, which equality does not tell."""
    if isinstance(value, DictionaryObject):
        return dict, {str(key): _shape(value.raw_get(key)) for key in value}
    if isinstance(value, ArrayObject):
        return list, [_shape(value.raw_get(index)) for index in range(len(value))]
    return type(value), value, getattr(value, "original_bytes", None)


@given(values)
def test_a_value_is_what_pyhanko_reads(value: PdfObject) -> None:
    out = BytesIO()
    value.write_to_stream(out)
    octets = out.getvalue()
    expected = read_object(BytesIO(octets + b"\nendobj"), HOLDER)
    found = _read(octets + b"\nendobj")
    assert _shape(found) == _shape(expected)


@pytest.mark.parametrize("octet", range(256))
def test_every_octet_of_a_string_is_read_as_by_pyhanko(octet: int) -> None:
    for octets in (bytes((octet,)), bytes((octet, 0x41))):
        assert _shape(_read(b"<%s>\nendobj" % octets.hex().encode())) == _shape(pdf_string(octets))


def test_an_odd_digit_counts_as_followed_by_nought() -> None:
    assert _read(b"<414>\nendobj") == pdf_string(b"A@")


def test_the_gap_of_a_signature_is_not_read_again() -> None:
    octets = b"<< /Contents <4142> /M (x) >>\nendobj"
    gap = octets.index(b"<4142>"), octets.index(b"<4142>") + len(b"<4142>")
    found = Plain(octets, 0, HOLDER, gap, b"AB").read()
    assert isinstance(found, DictionaryObject)
    assert _shape(found.raw_get("/Contents")) == _shape(ByteStringObject(b"AB"))


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"<< /A 1 /A 2 >>\nendobj",
        b"<< /A 1 /B >>\nendobj",
        b"<< /A 1",
        b"<< 1 2 >>\nendobj",
        b"<< /A 1 % comment\n>>\nendobj",
        b"<< /A /B",
        b"[ 1 2",
        b"[ 1 >>\nendobj",
        b"<< /A [ 1 >> ]\nendobj",
        b"12 0 R",
        b"0 0 R\nendobj",
        b"1 1 R\nendobj",
        b"1234567890123\nendobj",
        b"(text\nendobj",
        b"truer\nendobj",
        b"1 obj",
        b"<< /Length 9 >>\nstream\nabc\nendstream\nendobj",
        b"<< /Length 4 0 R >>\nstream\nabcd\nendstream\nendobj",
        b"[" * (MAX_DEPTH + 2) + b"]" * (MAX_DEPTH + 2) + b"\nendobj",
    ],
)
def test_what_is_not_plain_is_left_to_the_full_reader(octets: bytes) -> None:
    with pytest.raises(DOUBTS):
        _read(octets)
