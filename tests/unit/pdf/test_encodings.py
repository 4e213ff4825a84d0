"""Which encodings every reader undoes alike."""

# pyHanko ships its types with gaps:
# mypy: allow-untyped-calls

from __future__ import annotations

import base64
import zlib

import pytest
from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject, NameObject, NullObject, NumberObject, StreamObject

from esign.pdf.encodings import is_plainly_encoded

_FLATE, _LZW, _A85 = NameObject("/FlateDecode"), NameObject("/LZWDecode"), NameObject("/ASCII85Decode")
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
        (NumberObject(1), None, b"q Q", False),
    ],
)
def test_which_encodings_are_plain(filters: object, parameters: object, octets: bytes, *, expected: bool) -> None:
    told = {"/Filter": filters, "/DecodeParms": parameters}
    entries = {NameObject(key): value for key, value in told.items() if value is not None}
    assert is_plainly_encoded(StreamObject(entries, encoded_data=octets)) is expected


def test_a_file_elsewhere_is_never_plain() -> None:
    assert not is_plainly_encoded(StreamObject({NameObject("/F"): NullObject()}, encoded_data=b""))
