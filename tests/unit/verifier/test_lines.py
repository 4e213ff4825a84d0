"""Lines of a body in pieces: cut wherever the network cuts, bounded in number and length."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trustkit.errors import ErrorCode, TrustError
from verifier.lines import PORTION_LINES, PORTION_OCTETS, LineReader, Portions, StreamLimits


@given(body=st.binary(max_size=60).map(lambda some: some.replace(b"a", b"\n")), cuts=st.lists(st.integers(0, 60)))
def test_lines_are_the_same_however_they_are_cut(body: bytes, cuts: list[int]) -> None:
    reader = LineReader(StreamLimits())
    places = [0, *sorted(cuts), len(body)]
    found = [line for start, end in itertools.pairwise(places) for line in reader.feed(body[start:end])]
    found += reader.end()
    assert found == [line for line in body.split(b"\n") if line.strip()]
    assert (reader.count, reader.held) == (len(found), 0)


def test_a_line_too_many_and_a_line_too_long() -> None:
    reader = LineReader(StreamLimits(lines=2, line_octets=5))
    assert reader.feed(b"1\n\n \n2\n12345") == [b"1", b"2"]
    assert reader.held == 5
    with pytest.raises(TrustError) as told:
        reader.feed(b"6")
    assert told.value.code is ErrorCode.INPUT_TOO_LARGE
    with pytest.raises(TrustError) as told:
        LineReader(StreamLimits(lines=1)).feed(b"1\n2\n")
    assert (told.value.code, told.value.facts["limit"]) == (ErrorCode.REQUEST_MALFORMED, 1)
    full = LineReader(StreamLimits(lines=1))
    full.feed(b"1\n2")
    with pytest.raises(TrustError):
        full.end()


def test_portions_are_numbered_and_bounded() -> None:
    portions = Portions()
    assert portions.take() is None
    full = [portion for number in range(PORTION_LINES + 2) if (portion := portions.add(b"%d" % number))]
    assert [(each.first, len(each.lines)) for each in full] == [(1, PORTION_LINES)]
    assert (portions.octets, portions.next_line) == (4, PORTION_LINES + 3)
    rest = portions.take()
    assert rest is not None
    assert (rest.first, rest.lines, rest.octets) == (
        PORTION_LINES + 1,
        (b"%d" % PORTION_LINES, b"%d" % (PORTION_LINES + 1)),
        4,
    )
    assert portions.add(b"x" * PORTION_OCTETS) is not None
