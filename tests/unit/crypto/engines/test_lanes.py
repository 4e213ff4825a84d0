from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trustkit.crypto.engines.lanes import (
    HASHED,
    LANES,
    LEAST,
    MAX_GROUP,
    MAX_LANE_ID,
    MAX_LANE_MESSAGE,
    MAX_OCTETS,
    SLACK,
    block_class,
    group_lanes,
)

ID = 16


@pytest.mark.parametrize(
    ("one", "other"),
    [(31, 32), (1, 200), (20, 40), (0, 32), (95, 96), (23, 24), (87, 88)],
)
def test_lengths_that_must_not_meet(one: int, other: int) -> None:
    """The first pairs ended the process when they met in one call (wheel 2026.2); the rest differ in padded blocks."""
    assert block_class(ID, one) != block_class(ID, other)


@pytest.mark.parametrize(("one", "other"), [(32, 50), (0, 23), (24, 31), (96, 100), (200, 210), (40, 80)])
def test_lengths_that_may_meet(one: int, other: int) -> None:
    assert block_class(ID, one) == block_class(ID, other) is not None


def test_ids_of_other_lengths_do_not_meet() -> None:
    assert block_class(16, 100) != block_class(40, 100)


@pytest.mark.parametrize(("id_length", "message_length"), [(0, 1), (MAX_LANE_ID + 1, 1), (ID, MAX_LANE_MESSAGE + 1)])
def test_what_stays_out_of_lanes(id_length: int, message_length: int) -> None:
    assert block_class(id_length, message_length) is None
    assert group_lanes([(id_length, message_length)] * 3) == ((), (0, 1, 2))


@pytest.mark.parametrize(
    ("count", "sizes", "left"),
    [(1, [], 1), (2, [2], 0), (9, [8], 1), (17, [16], 1), (65, [64], 1), (66, [64, 2], 0), (130, [64, 64, 2], 0)],
)
def test_groups_and_a_rest_of_what_would_be_alone_in_a_call(count: int, sizes: list[int], left: int) -> None:
    groups, rest = group_lanes([(ID, 10)] * count)
    assert [len(group) for group in groups] == sizes
    assert len(rest) == left


def test_long_messages_stand_in_smaller_groups() -> None:
    groups, _ = group_lanes([(ID, MAX_LANE_MESSAGE)] * 40)
    assert [len(group) for group in groups] == [16, 16, 8]


def test_equal_lengths_stand_together() -> None:
    groups, rest = group_lanes([(ID, length) for length in (0, 22) * 8])
    assert rest == ()
    assert [[position % 2 for position in group] for group in groups] == [[0] * 8 + [1] * 8]


LENGTHS = st.lists(
    st.tuples(
        st.one_of(st.sampled_from([16, 16, 16, 0, 40]), st.integers(0, 300)),
        st.one_of(st.integers(0, 300), st.integers(0, 100_000)),
    ),
    max_size=80,
)


@given(LENGTHS)
def test_every_position_once_and_classes_kept(lengths: list[tuple[int, int]]) -> None:
    groups, rest = group_lanes(lengths)
    seen = [position for group in groups for position in group] + list(rest)
    assert sorted(seen) == list(range(len(lengths)))
    for group in groups:
        assert LEAST <= len(group) <= MAX_GROUP
        assert not 0 < len(group) % LANES < LEAST
        members = [lengths[position] for position in group]
        assert len({id_length for id_length, _ in members}) == 1
        assert len({(32 + length) // 64 for _, length in members}) == 1  # the rule the library was tried under
        padded = {-(-(32 + length + 9) // 64) for _, length in members}
        assert len(padded) == 1
        longest = max(32 + length for _, length in members)
        assert (SLACK + longest) * -(-len(group) // HASHED) * HASHED <= MAX_OCTETS
        assert all(1 <= i <= MAX_LANE_ID and m <= MAX_LANE_MESSAGE for i, m in members)
    for position in rest:
        own = block_class(*lengths[position])
        assert own is None or sum(own == block_class(*other) for other in lengths) % LANES == 1
