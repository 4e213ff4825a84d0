"""Long streams of a file are read without a copy of them, in every revision, and say what they said."""

from __future__ import annotations

import os

import pytest
from pyhanko.pdf_utils.generic import Reference, StreamObject

from esign.pdf.lent_streams import LentStream, held_payload
from esign.pdf.reader import open_reader
from tests.support.attacks.documents import FREE, append, contract, stream

_LONG = 1 << 20


@pytest.mark.parametrize(("length", "is_lent"), [(_LONG, True), (_LONG - 1, False)])
def test_a_long_stream_is_lent_and_a_short_one_is_not(length: int, is_lent: bool) -> None:  # noqa: FBT001
    payload = os.urandom(length)
    reader = open_reader(append(contract({FREE: stream(payload)}), {FREE + 1: b"<< >>"}))
    for number in (0, 1):
        found = reader.get_historical_resolver(number).get_object(Reference(FREE, 0, reader))
        assert isinstance(found, StreamObject)
        assert isinstance(found, LentStream) is is_lent
        assert found.encoded_data == found.data == payload
        assert isinstance(held_payload(found), memoryview) is is_lent


def test_a_lent_stream_may_get_other_octets() -> None:
    reader = open_reader(contract({FREE: stream(bytes(_LONG))}))
    found = reader.get_object(Reference(FREE, 0, reader))
    assert isinstance(found, LentStream)
    found._data = b"short"
    found._encoded_data = None
    assert found.encoded_data == b"short"
