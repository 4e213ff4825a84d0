"""Which encodings every reader undoes alike."""

# pyHanko ships its types with gaps:
# mypy: allow-untyped-calls

from __future__ import annotations

import base64
import zlib

import pytest
from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject, NameObject, NullObject, NumberObject, StreamObject

from esign.pdf.encodings import plain_octets
from tests.support.attacks.packed import lzw

_FLATE, _LZW, _A85 = NameObject("/FlateDecode"), NameObject("/LZWDecode"), NameObject("/ASCII85Decode")
_RUNS, _HEX = NameObject("/RunLengthDecode"), NameObject("/ASCIIHexDecode")
_PACKED = zlib.compress(b"q Q")
_PREDICTED = DictionaryObject({NameObject("/Predictor"): NumberObject(12)})


@pytest.mark.parametrize(
    ("filters", "parameters", "octets", "expected"),
    [
        (None, None, b"q Q", True),
        (_FLATE, None, _PACKED, True),
        (_FLATE, NullObject(), _PACKED + b"\r\n", True),
        (ArrayObject([_FLATE]), ArrayObject([NullObject()]), _PACKED, True),
        (ArrayObject([_A85, _FLATE]), None, base64.a85encode(_PACKED) + b"~>", True),
        (ArrayObject([_A85, _FLATE]), None, base64.a85encode(_PACKED) + b"~> q", False),
        (ArrayObject([_FLATE, _FLATE]), None, zlib.compress(_PACKED), False),
        (_FLATE, None, _PACKED + b"q", False),
        (_FLATE, None, _PACKED[:-5], False),
        (_FLATE, None, b"q Q", False),
        (_FLATE, _PREDICTED, _PACKED, False),
        (_FLATE, ArrayObject([NullObject(), NullObject()]), _PACKED, False),
        (_LZW, None, b"q Q", False),
        (_LZW, None, lzw(b"q Q"), True),
        (_LZW, DictionaryObject({NameObject("/EarlyChange"): NumberObject(1)}), lzw(b"q Q"), True),
        (_LZW, DictionaryObject({NameObject("/EarlyChange"): NumberObject(0)}), lzw(b"q Q"), False),
        (_LZW, _PREDICTED, lzw(b"q Q"), False),
        (_RUNS, None, b"\x02q Q\x80", True),
        (_A85, None, base64.a85encode(b"q Q") + b"~>", True),
        (ArrayObject([_HEX]), None, b"71 20 51>", True),
        (ArrayObject([_HEX, _RUNS]), None, b"0271205180>", True),
        (ArrayObject([_RUNS, _HEX]), None, b"\x06712051>\x80", False),
        (ArrayObject([_HEX, _HEX, _HEX]), None, b"333733313e>", False),
        (NameObject("/DCTDecode"), None, b"q Q", False),
        (NumberObject(1), None, b"q Q", False),
    ],
)
def test_which_encodings_are_plain(filters: object, parameters: object, octets: bytes, *, expected: bool) -> None:
    told = {"/Filter": filters, "/DecodeParms": parameters}
    entries = {NameObject(key): value for key, value in told.items() if value is not None}
    assert (plain_octets(StreamObject(entries, encoded_data=octets)) == b"q Q") is expected


def test_a_file_elsewhere_is_never_plain() -> None:
    assert plain_octets(StreamObject({NameObject("/F"): NullObject()}, encoded_data=b"")) is None
