"""What a client asks for by `acr_values` (OpenID Connect Core 3.1.2.1, RFC 9470 4), and what a token says was reached.

    demands = parse_acr_values("phrh urn:trustkit:ial:3:aal:2 urn:trustkit:ial:2:aal:1:phr")
    acr_claim(level, methods, demands)

Names we do not know are passed over, as the values are voluntary; who must have one of them asks for it by an essential claim, and is
refused when it is not reached. The order is the client's preference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from trustkit.errors import TrustError
from trustkit.identity import (
    IN_HARDWARE,
    PHISHING_RESISTANT,
    AssuranceLevel,
    acr_demand,
    is_hardware_bound,
    is_phishing_resistant,
)
from trustkit.identity_codes import IdentityCode

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from trustkit.identity import AcrDemand

MAX_ACR_VALUES: Final = 2048
MOST_ACR_VALUES: Final = 16


def parse_acr_values(text: str) -> tuple[AcrDemand, ...]:
    """Return what the names ask for, in the client's order, without repetition and without names we do not know.

    Raises:
        TrustError: IDP_ACR_VALUES for more than 2,048 characters or 16 names.
    """
    if len(text) > MAX_ACR_VALUES:
        raise TrustError(IdentityCode.IDP_ACR_VALUES, "too long", most=MAX_ACR_VALUES)
    names = tuple(dict.fromkeys(name for name in text.split(" ") if name))
    if len(names) > MOST_ACR_VALUES:
        raise TrustError(IdentityCode.IDP_ACR_VALUES, "too many names", most=MOST_ACR_VALUES)
    return tuple(demand for demand in map(acr_demand, names) if demand is not None)


def acr_claim(level: AssuranceLevel, methods: Sequence[str], demands: Iterable[AcrDemand] = ()) -> str:
    """Return the `acr` of a token: the first name asked for that was reached, else the level's own."""
    return next((demand.name for demand in demands if demand.met_by(level, methods)), level.acr)


def acr_names(level: AssuranceLevel, methods: Sequence[str]) -> tuple[str, ...]:
    """Return every name that a login has earned beside the lower levels: its level's own, and `phr`, `phrh`."""
    earned = (
        (PHISHING_RESISTANT, is_phishing_resistant(methods)),
        (IN_HARDWARE, is_hardware_bound(methods)),
    )
    return (level.acr, *(name for name, given in earned if given))


def supported_acr_values() -> tuple[str, ...]:
    """Return what a discovery document lists (`acr_values_supported`)."""
    promises = (PHISHING_RESISTANT, IN_HARDWARE)
    levels = tuple(AssuranceLevel(identity=i, authentication=a).acr for i in range(5) for a in range(1, 4))
    return (*levels, *promises, *(f"{level}:{promise}" for level in levels for promise in promises))
