"""Boxes that meet are one."""

from __future__ import annotations

import pytest

from esign.rendering.joined_boxes import Box, around, joined


@pytest.mark.parametrize(
    ("boxes", "expected"),
    [
        ({}, []),
        ({"a": (0, 0, 5, 5), "b": (5, 0, 9, 5)}, [((0, 0, 5, 5), ["a"]), ((5, 0, 9, 5), ["b"])]),
        ({"a": (0, 0, 5, 5), "b": (0, 0, 5, 5)}, [((0, 0, 5, 5), ["a", "b"])]),
        ({"a": (0, 0, 4, 4), "b": (6, 6, 9, 9), "c": (3, 3, 7, 7)}, [((0, 0, 9, 9), ["b", "a", "c"])]),
        ({"a": (0, 0, 9, 1), "b": (0, 0, 1, 9), "c": (5, 5, 6, 6)}, [((0, 0, 9, 9), ["a", "b", "c"])]),
    ],
    ids=["none", "beside each other", "twice the same", "by a third", "by the box around"],
)
def test_boxes_that_meet_are_joined(boxes: dict[str, Box], expected: list[tuple[Box, list[str]]]) -> None:
    assert [(box, sorted(names)) for box, names in joined(boxes)] == [(box, sorted(names)) for box, names in expected]


def test_around_none_there_is_nothing() -> None:
    assert around(()) == (0, 0, 0, 0)
