"""Levels are two axes; stepping up never lowers either, and nobody is fresh by a clock that runs ahead."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import NOT_SIGNED_IN, AssuranceLevel, AuthContext, Principal

NOW = datetime(2026, 11, 26, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)


def level(identity: int, authentication: int) -> AssuranceLevel:
    return AssuranceLevel(identity=identity, authentication=authentication)


@pytest.mark.parametrize(("identity", "authentication"), [(5, 1), (-1, 1), (0, 4), (0, -1)])
def test_there_is_no_level_outside_of_its_axis(identity: int, authentication: int) -> None:
    with pytest.raises(TrustError) as caught:
        level(identity, authentication)
    assert caught.value.code is ErrorCode.BUG


@pytest.mark.parametrize(
    ("reached", "needed", "enough"),
    [
        ((3, 2), (3, 2), True),
        ((4, 3), (3, 2), True),
        ((4, 1), (3, 2), False),  # a real name is no second factor
        ((2, 3), (3, 2), False),  # a strong login is no real name
    ],
)
def test_both_axes_must_be_reached(reached: tuple[int, int], needed: tuple[int, int], *, enough: bool) -> None:
    assert level(*reached).reaches(level(*needed)) is enough


def test_stepping_up_never_lowers() -> None:
    assert level(3, 1).raised_to(level(1, 2)) == level(3, 2)
    assert level(3, 2).raised_to(NOT_SIGNED_IN) == level(3, 2)


@pytest.mark.parametrize(
    ("at", "fresh"),
    [
        (NOW - HOUR, True),
        (NOW - HOUR - timedelta(seconds=1), False),
        (NOW + timedelta(seconds=1), False),
        (None, False),
    ],
)
def test_who_signed_in_lately_is_fresh(at: datetime | None, *, fresh: bool) -> None:
    context = AuthContext(principal=Principal(id="np-a"), assurance=level(1, 1), authenticated_at=at)
    assert context.fresh(NOW, HOUR) is fresh
