"""What clients ask for by `acr_values`: read or refused, and what is read asks for what its name says."""

from __future__ import annotations

from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from idp.levels.acr import MOST_ACR_VALUES, acr_claim, parse_acr_values, supported_acr_values
from trustkit.errors import TrustError
from trustkit.identity import AssuranceLevel, level_of_acr

NAMES = st.sampled_from(
    [*supported_acr_values(), "urn:trustkit:ial:3", "urn:trustkit:aal:9", "silver", "0", "\u0663", "urn:trustkit:"]
)


@given(text=st.text(max_size=200))
def test_any_text(text: str) -> None:
    with suppress(TrustError):
        assert all(demand.name in text.split(" ") for demand in parse_acr_values(text))
    found = level_of_acr(text)
    assert found is None or text in {
        found.acr,
        f"urn:trustkit:ial:{found.identity}",
        f"urn:trustkit:aal:{found.authentication}",
    }


@given(names=st.lists(NAMES, max_size=MOST_ACR_VALUES), space=st.sampled_from([" ", "  "]))
def test_names(names: list[str], space: str) -> None:
    demands = parse_acr_values(space.join(names))
    everything = AssuranceLevel(identity=4, authentication=3)
    assert [demand.name for demand in demands] == [
        name for name in dict.fromkeys(names) if name in supported_acr_values() or level_of_acr(name) is not None
    ]
    assert all(demand.met_by(everything, ("hwk", "pop")) for demand in demands)
    assert acr_claim(everything, ("hwk", "pop"), demands) == (demands[0].name if demands else everything.acr)
