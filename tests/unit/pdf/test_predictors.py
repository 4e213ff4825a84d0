"""Rows before prediction: all five kinds of PNG, held against Pillow's own reader."""

# pyHanko ships its types with gaps:
# mypy: allow-untyped-calls

from __future__ import annotations

import struct
import zlib
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pyhanko.pdf_utils.generic import DictionaryObject, NameObject, NumberObject, StreamObject

from esign.pdf import predictors
from esign.pdf.predictors import undo_png
from esign.pdf.reader import refusals
from trustkit.errors import ErrorCode, TrustError

WIDTH = 5


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(rows: bytes, height: int, colour: int) -> bytes:
    header = struct.pack(">IIBBBBB", WIDTH, height, 8, colour, 0, 0, 0)
    parts = _chunk(b"IHDR", header), _chunk(b"IDAT", zlib.compress(rows)), _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.mark.parametrize(("colours", "colour"), [(1, 0), (3, 2), (4, 6)])
@given(data=st.data())
def test_rows_are_as_pillow_reads_them(colours: int, colour: int, data: st.DataObject) -> None:
    row = st.binary(min_size=WIDTH * colours, max_size=WIDTH * colours)
    rows = data.draw(st.lists(st.tuples(st.integers(0, 4), row), min_size=1, max_size=6))
    octets = b"".join(bytes((kind,)) + each for kind, each in rows)
    with Image.open(BytesIO(png(octets, len(rows), colour))) as picture:
        expected = picture.tobytes()
    assert undo_png(octets, columns=WIDTH, colours=colours) == expected


def test_pixels_of_less_than_two_octets_count_as_two() -> None:
    # the left neighbour of the third octet is the first (RFC 2083 6.2: rounded up)
    assert undo_png(b"\1\1\2\3", columns=2, colours=3, bits=4) == b"\1\2\4"


@pytest.mark.parametrize("octets", [b"\0abc", b"\5abcde", b"\0abcde\0"])
def test_what_is_no_row_is_refused(octets: bytes) -> None:
    with pytest.raises(ValueError, match="row"):
        undo_png(octets, columns=5)


def stream(**parameters: object) -> StreamObject:
    entries = DictionaryObject({NameObject(f"/{key}"): value for key, value in parameters.items()})
    found = {NameObject("/Filter"): NameObject("/FlateDecode"), NameObject("/DecodeParms"): entries}
    return StreamObject(found, encoded_data=zlib.compress(b"\0abcde\2\1\1\1\1\1"))


def test_streams_are_read_so() -> None:
    predictors.install()
    assert stream(Predictor=NumberObject(12), Columns=NumberObject(5)).data == b"abcdebcdef"
    assert stream(Predictor=NumberObject(1)).data == b"\0abcde\2\1\1\1\1\1"


@pytest.mark.parametrize(
    "parameters",
    [
        {"Predictor": NumberObject(2), "Columns": NumberObject(5)},
        {"Predictor": NumberObject(12), "Columns": NumberObject(0)},
        {"Predictor": NumberObject(12), "Columns": NumberObject(5), "BitsPerComponent": NumberObject(3)},
        {"Predictor": NumberObject(12), "Columns": NumberObject(5), "Colors": NumberObject(99)},
        {"Predictor": NameObject("/12"), "Columns": NumberObject(5)},
        {"Predictor": NumberObject(12), "Columns": NumberObject(7)},
    ],
)
def test_parameters_that_are_not_known_are_refused(parameters: dict[str, object]) -> None:
    with pytest.raises(TrustError) as refused, refusals():
        _ = stream(**parameters).data
    assert refused.value.code is ErrorCode.PDF_MALFORMED
