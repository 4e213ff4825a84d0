from __future__ import annotations

import pytest

from esign.ofd.draw.deltas import delta, read_deltas
from esign.ofd.draw.geometry import (
    Matrix,
    read_box,
    read_matrix,
    read_number,
    read_numbers,
    read_point,
    scaling,
    shift,
    within,
)
from esign.ofd.draw.notes import Lack, Undrawable


@pytest.mark.parametrize(("text", "value"), [("1", 1.0), (" -2.50 ", -2.5), ("+.5", 0.5), ("3.", 3.0), ("1e2", 100.0)])
def test_a_number_is_read(text: str, value: float) -> None:
    assert read_number(text) == value


@pytest.mark.parametrize(
    "text", ["", "nan", "inf", "-Infinity", "1e400", "1000001", "1_0", "0x10", "１", "1" * 40, "1 2", "--1"]
)
def test_no_number_is_refused(text: str) -> None:
    with pytest.raises(Undrawable) as caught:
        read_number(text)
    assert caught.value.lack is Lack.NUMBER


def test_boxes_points_and_matrices() -> None:
    assert read_box("1 2 3 4") == (1, 2, 3, 4)
    assert read_box("1,2,-3,4") == (-2, 2, 3, 4)  # turned round
    assert read_point("1 2") == (1, 2)
    assert read_matrix("1 0 0 1 5 6").apply((1, 1)) == (6, 7)
    for wrong in ("", "1 2 3", "1 2 3 4 5", "1 2 3 x"):
        with pytest.raises(Undrawable):
            read_box(wrong)
    with pytest.raises(Undrawable):
        read_numbers("1 2 3", 2)


def test_the_inner_matrix_comes_first() -> None:
    both = scaling(2, 3).then(shift(10, 20))
    assert both.apply((1, 1)) == (12, 23)
    assert shift(10, 20).then(scaling(2, 3)).apply((1, 1)) == (22, 63)
    turned = Matrix(0, 1, -1, 0, 0, 0)
    assert turned.then(both).apply((1, 2)) == both.apply(turned.apply((1, 2)))


def test_what_a_matrix_does_to_lengths() -> None:
    assert scaling(2, 3).stretch == 3
    assert Matrix(1, 0, 1, 0, 0, 0).is_flat
    assert not scaling(0.001, 0.001).is_flat
    assert not within([(float("nan"), 0)])
    assert not within([(0, 2e6)])
    assert within([(0, 1e6)])


@pytest.mark.parametrize(
    ("text", "most", "distances"),
    [
        ("", 5, ()),
        ("1 2.5", 5, (1, 2.5)),
        ("g 3 2", 5, (2, 2, 2)),
        ("1 g 2 3 4", 9, (1, 3, 3, 4)),
        ("g 999999999999 1", 4, (1, 1, 1, 1)),
        ("g 0 5 1", 4, (1,)),
        ("1 2 3", 2, (1, 2)),
    ],
)
def test_distances(text: str, most: int, distances: tuple[float, ...]) -> None:
    assert read_deltas(text, most) == distances


@pytest.mark.parametrize("text", ["g", "g 3", "g x 1", "g -1 2", "g 1.5 2", "one", "g 2 nan", "1 inf"])
def test_distances_that_make_no_sense(text: str) -> None:
    with pytest.raises(Undrawable) as caught:
        read_deltas(text, 9)
    assert caught.value.lack is Lack.NUMBER


def test_a_short_queue_goes_on_with_its_last_distance() -> None:
    assert [delta((1, 2), index) for index in range(4)] == [1, 2, 2, 2]
    assert delta((), 3) == 0
