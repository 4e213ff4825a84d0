"""What clients ask for by `acr_values`, and what tokens say was reached."""

from __future__ import annotations

import pytest

from idp.levels.acr import MAX_ACR_VALUES, acr_claim, acr_names, parse_acr_values, supported_acr_values
from trustkit.errors import TrustError
from trustkit.identity import AssuranceLevel, acr_demand
from trustkit.identity_codes import IdentityCode

STRONG = AssuranceLevel(identity=3, authentication=2)


def test_names_are_read_in_order_and_unknown_ones_passed_over() -> None:
    found = parse_acr_values("urn:trustkit:ial:3:aal:2  urn:mace:incommon:iap:silver phr phr urn:trustkit:aal:1 ")
    assert [each.name for each in found] == ["urn:trustkit:ial:3:aal:2", "phr", "urn:trustkit:aal:1"]
    assert found[0].level == STRONG
    assert parse_acr_values("") == ()
    assert parse_acr_values("0 1 silver urn:trustkit:ial:9") == ()


@pytest.mark.parametrize("text", ["x" * (MAX_ACR_VALUES + 1), " ".join(f"n{number}" for number in range(17))])
def test_too_much_is_refused(text: str) -> None:
    with pytest.raises(TrustError) as caught:
        parse_acr_values(text)
    assert caught.value.code is IdentityCode.IDP_ACR_VALUES


@pytest.mark.parametrize(
    ("name", "methods", "met"),
    [
        ("urn:trustkit:ial:3:aal:2", (), True),
        ("urn:trustkit:ial:4", (), False),
        ("urn:trustkit:aal:3", (), False),
        ("phr", ("pop",), True),
        ("phr", ("hwk", "mfa"), False),
        ("phrh", ("pop",), False),
        ("phrh", ("hwk",), False),
        ("phrh", ("hwk", "pop"), True),
        ("urn:trustkit:ial:3:aal:2:phr", ("pop",), True),
        ("urn:trustkit:ial:3:aal:2:phr", ("mfa",), False),
        ("urn:trustkit:ial:4:phr", ("pop",), False),
        ("urn:trustkit:aal:2:phrh", ("pop",), False),
        ("urn:trustkit:aal:2:phrh", ("hwk", "pop"), True),
    ],
)
def test_a_name_is_met_by_what_was_earned(name: str, methods: tuple[str, ...], *, met: bool) -> None:
    demand = acr_demand(name)
    assert demand is not None
    assert demand.met_by(STRONG, methods) is met
    assert (acr_claim(STRONG, methods, [demand]) == name) is met


def test_a_token_says_the_first_name_that_was_reached_else_its_own_level() -> None:
    demands = parse_acr_values("phrh urn:trustkit:aal:2 urn:trustkit:aal:1")
    assert acr_claim(STRONG, ("mfa",), demands) == "urn:trustkit:aal:2"
    assert acr_claim(STRONG, ("mfa",)) == "urn:trustkit:ial:3:aal:2"
    assert acr_claim(AssuranceLevel(), (), demands) == "urn:trustkit:ial:0:aal:0"


def test_what_is_earned_is_named_and_what_is_named_is_supported() -> None:
    assert acr_names(STRONG, ("hwk", "pop")) == ("urn:trustkit:ial:3:aal:2", "phr", "phrh")
    assert acr_names(STRONG, ("hwk",)) == ("urn:trustkit:ial:3:aal:2",)
    assert all(acr_demand(name) is not None for name in supported_acr_values())


def test_a_level_and_a_promise_may_be_one_name() -> None:
    demand = acr_demand("urn:trustkit:ial:2:phr")
    assert demand is not None
    assert demand.level == AssuranceLevel(
        identity=2, authentication=1
    )  # nobody is bound to this site without signing in
    for other in (
        ":phr",
        "x:phr",
        "urn:trustkit:phr",
        "urn:trustkit:ial:9:phr",
        "urn:trustkit:ial:2:phr:phr",
        "phr:phrh",
    ):
        assert acr_demand(other) is None, other
