"""Levels are two axes; stepping up never lowers either, and nobody is fresh by a clock that runs ahead."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import NOT_SIGNED_IN, AssuranceLevel, AuthContext, Principal, level_of_acr

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


@pytest.mark.parametrize("identity", range(5))
@pytest.mark.parametrize("authentication", range(4))
def test_a_level_is_the_one_its_name_stands_for(identity: int, authentication: int) -> None:
    assert level_of_acr(level(identity, authentication).acr) == level(identity, authentication)


@pytest.mark.parametrize(
    ("name", "found"),
    [("urn:trustkit:ial:3", (3, 0)), ("urn:trustkit:aal:2", (0, 2)), ("urn:trustkit:ial:4:aal:3", (4, 3))],
)
def test_an_axis_that_is_not_named_asks_for_nothing(name: str, found: tuple[int, int]) -> None:
    assert level_of_acr(name) == level(*found)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "2",
        "phr",
        "urn:trustkit",
        "urn:trustkit:",
        "urn:trustkit:ial:5",
        "urn:trustkit:aal:4",
        "urn:trustkit:ial:-1",
        "urn:trustkit:ial:03",
        "urn:trustkit:ial:\u0663",
        "urn:trustkit:aal:2:ial:3",
        "urn:trustkit:ial:3:ial:3",
        "URN:TRUSTKIT:IAL:3",
        "urn:trustkit:ial:3\n",
        " urn:trustkit:ial:3",
    ],
)
def test_any_other_name_stands_for_no_level(name: str) -> None:
    assert level_of_acr(name) is None
