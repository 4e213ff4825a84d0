"""How strong a login is: what each kind of factor is worth at most, and what proofs give together.

One factor is level 1. Two of different classes are level 2; two of one class are still one. Level 3 is level 2 with a proof among
them that was bound to this origin and made by a key that is shown not to leave its hardware. ``policies/factors.toml`` says for each
kind up to which level it may be built on, and for how long a proof counts; a kind it does not name counts for nothing.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from idp.factors.port import FactorClass, FactorKind
from idp.levels.ladder import MAX_LADDER_SIZE, MOST_HOURS, require_keys, whole_number
from trustkit.errors import TrustError
from trustkit.identity import MOST_AUTHENTICATION
from trustkit.identity_codes import IdentityCode

if TYPE_CHECKING:
    from collections.abc import Iterable

_ONE, _TWO, _THREE = 1, 2, MOST_AUTHENTICATION
_RULE_KEYS: Final = frozenset({"most", "good_hours"})
# What somebody has or is. Something known can be read over a shoulder or phished, and so makes no strong login fresh again.
_HELD: Final = frozenset({FactorClass.POSSESSION, FactorClass.INHERENCE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """One thing that was proved, of a factor or by a provider, as far as it bears on the strength of a login.

    `most` is the highest level that may be built on it; `least` what a provider's word gives by itself, 1 for a factor.
    """

    classes: frozenset[FactorClass]
    phishing_resistant: bool
    hardware: bool
    at: datetime
    most: int
    least: int = _ONE

    @property
    def held(self) -> bool:
        """Tell whether something held was among it, or a provider vouches for more than one factor."""
        return bool(self.classes & _HELD) or self.least >= _TWO


def authentication_of(proofs: Iterable[Proof]) -> int:
    """Return the level proofs give together, 0 for none."""
    found = tuple(proofs)
    return next((level for level in (_THREE, _TWO, _ONE) if _gives(found, level)), 0)


def _gives(proofs: tuple[Proof, ...], level: int) -> bool:
    able = tuple(proof for proof in proofs if proof.most >= level and proof.least)
    if any(proof.least >= level for proof in able):
        return True
    if level == _ONE:
        return bool(able)
    classes = frozenset[FactorClass]().union(*(proof.classes for proof in able))
    two = len(classes) >= _TWO or any(proof.least >= _TWO for proof in able)
    return two and (level == _TWO or any(proof.phishing_resistant and proof.hardware for proof in able))


def proved_at(proofs: Iterable[Proof], level: int) -> datetime | None:
    """Return since when a login of this level is as fresh as it is: the newest proof, from level 2 on of something held.

    A password said again does not renew what a passkey proved in the morning.
    """
    able = (proof for proof in proofs if proof.most >= level)
    return max((proof.at for proof in able if level < _TWO or proof.held), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorRule:
    """Up to which level a kind of factor may be built on, and how long a proof of it counts."""

    most: int
    good_for: timedelta


def parse_factor_rules(data: bytes) -> Mapping[FactorKind, FactorRule]:
    """Return the rules in the octets of ``policies/factors.toml``. Raise IDP_LADDER naming the key that is wrong."""
    if len(data) > MAX_LADDER_SIZE:
        raise TrustError(IdentityCode.IDP_LADDER, "too large", key="file")
    try:
        table = tomllib.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise TrustError(IdentityCode.IDP_LADDER, "not TOML", key="file") from error
    require_keys(table, needed=(), known=tuple(FactorKind), within="factors")
    return {FactorKind(kind): _rule(kind, entry) for kind, entry in table.items()}


def _rule(kind: str, entry: object) -> FactorRule:
    if not isinstance(entry, Mapping):
        raise TrustError(IdentityCode.IDP_LADDER, "a kind of factor is a table", key=kind)
    require_keys(entry, needed=_RULE_KEYS, known=_RULE_KEYS, within=kind)
    hours = whole_number(entry["good_hours"], f"{kind}.good_hours", 1, MOST_HOURS)
    return FactorRule(
        most=whole_number(entry["most"], f"{kind}.most", 0, MOST_AUTHENTICATION), good_for=timedelta(hours=hours)
    )
