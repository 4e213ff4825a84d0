from __future__ import annotations

from math import hypot

import pytest

from esign.ofd.draw.path_data import read_path


def test_lines_curves_and_closing() -> None:
    steps, complete = read_path("S 1 2 M 3 4 L 5 6 Q 8 9 11 6 B 1 2 3 4 5 6 C", 99)
    assert complete
    assert [name for name, _ in steps] == ["m", "m", "l", "c", "c", "h"]
    assert steps[3][1] == pytest.approx((7, 8, 9, 8, 11, 6))  # two thirds towards the control point
    assert steps[4][1] == (1, 2, 3, 4, 5, 6)


def test_numbers_may_stand_close_and_with_commas() -> None:
    assert read_path("M0,0L10,-5C", 9) == read_path(" M 0 0  L 10 -5 C ", 9)
    assert read_path("M 0 0 L 1e1 2E0", 9)[0][1] == ("l", (10.0, 2.0))


def test_a_path_without_a_beginning_begins_at_the_corner_or_where_the_last_one_closed() -> None:
    assert read_path("L 5 5", 9)[0] == (("m", (0, 0)), ("l", (5, 5)))
    steps, _ = read_path("M 1 1 L 5 5 C Q 7 7 9 1", 9)
    assert steps[-1][1][:2] == pytest.approx((1 + 2 * 6 / 3, 1 + 2 * 6 / 3))


@pytest.mark.parametrize(
    ("data", "curves", "middle"),
    [
        ("M 0 0 A 5 5 0 0 1 10 0", 2, (5, -5)),  # clockwise, y downwards: over the top
        ("M 0 0 A 5 5 0 0 0 10 0", 2, (5, 5)),
        ("M 0 0 A 5 5 0 1 1 5 5", 3, None),
        ("M 0 0 A 1 1 0 0 1 10 0", 2, (5, -5)),  # radii that do not reach are grown
        ("M 0 0 A 5 2.5 0 0 1 10 0", 2, (5, -2.5)),
        ("M 0 0 A 2.5 5 90 0 1 10 0", 2, (5, -2.5)),
    ],
)
def test_arcs_pass_where_they_should(data: str, curves: int, middle: tuple[float, float] | None) -> None:
    steps, complete = read_path(data, 99)
    assert complete
    assert [name for name, _ in steps] == ["m", *["c"] * curves]
    end = tuple(float(word) for word in data.split()[-2:])
    assert steps[-1][1][-2:] == pytest.approx(end)
    if middle is not None:
        assert steps[1][1][-2:] == pytest.approx(middle)


def test_a_circle_of_arcs_is_round() -> None:
    steps, _ = read_path("M 10 0 A 10 10 0 0 1 -10 0 A 10 10 0 0 1 10 0", 99)
    for _, values in steps:
        assert hypot(*values[-2:]) == pytest.approx(10)
        for x, y in zip(values[:-2:2], values[1:-2:2], strict=True):
            assert 10 <= hypot(x, y) < 11.5  # control points lie outside


def test_arcs_of_no_size_are_lines_or_nothing() -> None:
    assert read_path("M 0 0 A 0 5 0 0 1 10 0", 9)[0][1] == ("l", (10, 0))
    assert read_path("M 3 3 A 5 5 0 0 1 3 3", 9) == ((("m", (3, 3)),), True)


@pytest.mark.parametrize(
    "data",
    [
        "M 0 0 L 1",
        "M 0 0 X 1 2",
        "M 0 0 L nan 1",
        "M 0 0 L 1e9 1",
        "M 0 0 5 5",
        "M 0 0 A 1 1 0 0",
        "M 0 0 Z",
        "M 0 0 L 1 2 #",
    ],
)
def test_a_broken_path_is_kept_as_far_as_it_goes(data: str) -> None:
    steps, complete = read_path(data, 9)
    assert not complete
    assert steps[0] == ("m", (0, 0))


def test_a_path_is_so_long_and_no_longer() -> None:
    steps, complete = read_path("M 0 0 " + "L 1 1 " * 50, 10)
    assert (len(steps), complete) == (10, False)
    assert read_path("", 9) == ((), True)
