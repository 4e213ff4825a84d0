"""Readers that remember: small octets once, large ones and refusals each time, no more than so many results."""

from __future__ import annotations

import pytest

from trustkit.encoding import der
from trustkit.encoding.der_write import integer, octet_string, sequence
from trustkit.encoding.remembered import remembering, remembering_elements
from trustkit.errors import ErrorCode, TrustError


def test_small_octets_are_read_once_and_large_ones_each_time() -> None:
    read: list[bytes] = []

    def reader(octets: bytes) -> int:
        read.append(octets)
        return len(octets)

    remembered = remembering(reader, entries=2, largest=3)
    for octets in (b"abc", b"abc", b"abcd", b"abcd"):
        assert remembered(octets) == len(octets)
    assert read == [b"abc", b"abcd", b"abcd"]
    for octets in (b"x", b"y", b"abc"):  # the third pushes the first out
        remembered(octets)
    assert read[3:] == [b"x", b"y", b"abc"]
    remembered.cache_clear()
    remembered(b"abc")
    assert read[-1] == b"abc"


def test_a_refusal_is_not_kept() -> None:
    asked: list[bytes] = []

    def reader(octets: bytes) -> int:
        asked.append(octets)
        raise TrustError(ErrorCode.DER_MALFORMED)

    remembered = remembering(reader, entries=2, largest=3)
    for _ in range(2):
        with pytest.raises(TrustError):
            remembered(b"a")
    assert len(asked) == 2


def test_elements_are_remembered_by_their_octets_and_refused_where_they_stand() -> None:
    places: list[int] = []

    def reader(data: bytes, element: der.Tlv) -> int:
        places.append(element.start)
        der.expect(data, element, der.INTEGER, "number")
        return der.decode_integer(der.content(data, element))

    remembered = remembering_elements(reader, entries=4, largest=8)
    whole = sequence(integer(7), integer(7), octet_string(b"x"), integer(1 << 80))
    first, second, text, large = der.children(whole, der.read_tlv(whole, 0, len(whole)))
    assert (remembered(whole, first), remembered(whole, second)) == (7, 7)
    assert places == [0]
    with pytest.raises(TrustError):
        remembered(whole, text)
    assert places[1:] == [0, text.start]
    assert [remembered(whole, large) for _ in range(2)] == [1 << 80] * 2
    assert places[3:] == [large.start] * 2
