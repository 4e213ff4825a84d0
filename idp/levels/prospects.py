"""What a factor of each kind would be worth at least, before it is proved: what a plan may count on, and a rehearsal is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from idp.factors.port import FactorClass, FactorKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from idp.levels.strength import FactorRule

_HELD: Final = frozenset({FactorClass.POSSESSION})
# A passkey asks for a PIN or the body: which of them it does not say, and either is a second class.
_CLASSES: Final = {
    FactorKind.PASSKEY: _HELD | {FactorClass.INHERENCE},
    FactorKind.CERTIFICATE: _HELD | {FactorClass.KNOWLEDGE},
    FactorKind.CONFIRMATION: _HELD,
    FactorKind.TOTP: _HELD,
    FactorKind.PASSWORD: frozenset({FactorClass.KNOWLEDGE}),
    FactorKind.RECOVERY: _HELD,
}
_BOUND: Final = frozenset({FactorKind.PASSKEY})  # a certificate signs what any page shows (ADR 0034)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prospect:
    """A factor the person has and could prove: what the proof would be worth. `most` as ``policies/factors.toml`` says."""

    kind: FactorKind
    classes: frozenset[FactorClass]
    most: int
    phishing_resistant: bool = False
    hardware: bool = False


def prospect_of(kind: FactorKind, rules: Mapping[FactorKind, FactorRule], *, hardware: bool = False) -> Prospect:
    """Return what a proof of a kind would be worth by this home's rules; `hardware` where this very factor was shown to be in it."""
    rule = rules.get(kind)
    return Prospect(
        kind=kind,
        classes=_CLASSES[kind],
        most=rule.most if rule is not None else 0,
        phishing_resistant=kind in _BOUND,
        hardware=hardware and kind in _BOUND,
    )
