"""Whether what somebody has reached is enough for an act, and if not, what would do. The one place that decides it; pure.

    need = Need(level=AssuranceLevel(identity=3, authentication=2), max_age=timedelta(minutes=5), asked_at=request.asked_at)
    shortfall(need, reached, now)            # None when it is enough: for whoever only lets pass or refuses
    decide(need, reached, means, now)        # Satisfied, Step(kinds, connectors), or Impossible(reason): for the login

Where any of several names would do, `any_shortfall` judges, and `first_demand` chooses what the login works for.

It is asked after every login, a brokered one too, and again by whoever asked for the login: a page is never believed to have done
it. Nothing that was reached is lowered by stepping up. A login is fresh by its newest proof, and from level 2 on by the newest proof of
something held, so that a password said again makes no strong session fresh.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta  # noqa: TC003 - field types of public dataclasses
from enum import StrEnum, unique
from itertools import combinations
from typing import TYPE_CHECKING, Final, TypeAlias

from idp.factors.port import FactorKind
from idp.levels.prospects import Prospect  # noqa: TC001 - a field type of a public dataclass
from idp.levels.strength import Proof, authentication_of, proved_at
from trustkit.identity import (
    IN_HARDWARE,
    PHISHING_RESISTANT,
    AssuranceLevel,
    is_hardware_bound,
    is_phishing_resistant,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from idp.levels.assessment import Assessment
    from trustkit.identity import AcrDemand

MOST_STEPS: Final = 2  # factors proved one after the other in one step-up
_MOST_KINDS: Final = 16  # of different strength; a person has a few
_ORDER: Final = tuple(FactorKind)


@unique
class Shortfall(StrEnum):
    """What is not enough yet, the first of these that is not."""

    SIGN_IN = "sign-in"  # nobody is signed in
    IDENTITY = "identity"  # it is not known surely enough who it is
    AUTHENTICATION = "authentication"  # the login is not strong enough
    PHISHING = "phishing"  # it was not bound to this site, or its key is not shown to be in hardware
    AGE = "age"  # it was too long ago


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What an act needs.

    Attributes:
        max_age: how long ago somebody may have signed in; None for any time. What was proved since `asked_at` is fresh in any case,
            so that zero asks for a new login and not for the impossible.
        reauthenticate: only what was proved since `asked_at` counts as fresh (`prompt=login`).
        silent: nobody may be asked (`prompt=none`).
    """

    level: AssuranceLevel
    max_age: timedelta | None = None
    asked_at: datetime | None = None
    reauthenticate: bool = False
    silent: bool = False
    phishing_resistant: bool = False
    hardware: bool = False

    def with_demand(self, demand: AcrDemand) -> Need:
        """Return the need with what one `acr` name asks for on top."""
        return replace(
            self,
            level=self.level.raised_to(demand.level),
            phishing_resistant=self.phishing_resistant or demand.phishing_resistant,
            hardware=self.hardware or demand.hardware,
        )

    @property
    def name(self) -> str:
        """The `acr` name that asks for its level and for what it must promise."""
        if not self.phishing_resistant and not self.hardware:
            return self.level.acr
        return f"{self.level.acr}:{IN_HARDWARE if self.hardware else PHISHING_RESISTANT}"

    def with_any(self, demands: Iterable[AcrDemand]) -> tuple[Need, ...]:
        """Return the need with each of several names on top, any of which will do; without names itself."""
        return tuple(self.with_demand(demand) for demand in demands) or (self,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """What somebody has reached, as the session has it. `proofs` are what a step builds on; who only judges needs none."""

    level: AssuranceLevel
    methods: tuple[str, ...]
    authenticated_at: datetime | None
    proofs: tuple[Proof, ...] = ()

    @classmethod
    def by(cls, assessment: Assessment) -> Reached:
        """Return what an assessment reaches. One that a step was added to is never lower than without it."""
        return cls(
            level=assessment.level,
            methods=assessment.methods,
            authenticated_at=assessment.authenticated_at,
            proofs=assessment.proofs,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorProspect:
    """A connector the person could sign in by, and the most its ladders and this home's limit let it give."""

    name: str
    most: AssuranceLevel
    phishing_resistant: bool = False
    hardware: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What the person could do. Before anybody is known: what the login page offers to all."""

    factors: tuple[Prospect, ...] = ()
    connectors: tuple[ConnectorProspect, ...] = ()


@unique
class Obstacle(StrEnum):
    """Why no step would do."""

    SILENT = "silent"  # somebody would have to be asked, and may not be
    IDENTITY = "identity"  # no connector here can say surely enough who it is
    FACTOR = "factor"  # the person has no factors that would do: another must be enrolled first


@dataclass(frozen=True, slots=True, kw_only=True)
class Satisfied:
    """What was reached is enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What would do.

    Attributes:
        missing: what is not enough yet.
        kinds: factors any of which leads on, in the order pages offer them; empty when only connectors do.
        connectors: by name, likewise.
        aim: what is reached in the end; never below what is reached now.
        bound: something that cannot be phished must be among it.
    """

    missing: Shortfall
    kinds: tuple[FactorKind, ...]
    connectors: tuple[str, ...]
    aim: AssuranceLevel
    bound: bool = False

    @property
    def name(self) -> str:
        """The `acr` name of what is aimed at."""
        return Need(level=self.aim, phishing_resistant=self.bound).name


@dataclass(frozen=True, slots=True, kw_only=True)
class Impossible:
    """Nothing the person could do here would be enough."""

    missing: Shortfall
    reason: Obstacle


_NEARER: Final = tuple(Shortfall)
Decision: TypeAlias = Satisfied | Step | Impossible
_OBSTACLES: Final = {Shortfall.IDENTITY: Obstacle.IDENTITY}


def shortfall(need: Need, reached: Reached | None, now: datetime) -> Shortfall | None:
    """Return what is not enough yet, None when all is."""
    if reached is None or reached.authenticated_at is None:
        return Shortfall.SIGN_IN
    if reached.level.identity < need.level.identity:
        return Shortfall.IDENTITY
    if reached.level.authentication < need.level.authentication:
        return Shortfall.AUTHENTICATION
    if need.hardware and not is_hardware_bound(reached.methods):
        return Shortfall.PHISHING
    if need.phishing_resistant and not is_phishing_resistant(reached.methods):
        return Shortfall.PHISHING
    return None if _fresh(need, reached.authenticated_at, now) else Shortfall.AGE


def any_shortfall(needs: Iterable[Need], reached: Reached | None, now: datetime) -> Shortfall | None:
    """Return None when what any of several needs asks for is there; else what the one that is nearest to it lacks."""
    found = [shortfall(need, reached, now) for need in needs]
    return None if None in found else max((each for each in found if each is not None), key=_NEARER.index)


def decide(need: Need, reached: Reached | None, means: Means, now: datetime) -> Decision:
    """Return whether it is enough, what would do, or why nothing would. Nobody's level is lowered by any answer."""
    missing = shortfall(need, reached, now)
    if missing is None:
        return Satisfied()
    if need.silent:
        return Impossible(missing=missing, reason=Obstacle.SILENT)
    kinds: tuple[FactorKind, ...] = ()
    connectors = means.connectors
    if reached is None or missing is Shortfall.SIGN_IN:
        kinds = _in_order(each.kind for each in means.factors if each.most)
    else:
        connectors = tuple(each for each in connectors if _would_do(each, need, reached, missing))
        if missing is not Shortfall.IDENTITY:
            kinds = _leading_on(need, reached, means.factors, now)
    if not kinds and not connectors:
        return Impossible(missing=missing, reason=_OBSTACLES.get(missing, Obstacle.FACTOR))
    return Step(
        missing=missing,
        kinds=kinds,
        connectors=tuple(each.name for each in connectors),
        aim=need.level if reached is None else need.level.raised_to(reached.level),
        bound=need.phishing_resistant and (reached is None or not is_phishing_resistant(reached.methods)),
    )


def first_demand(
    need: Need, demands: Iterable[AcrDemand], reached: Reached | None, means: Means, now: datetime
) -> Need:
    """Return the need with that one of several `acr` names on top that asks least of the person.

    Any of them will do: the first that is reached, else the first in the client's order that could be, else the first. Without names it
    is the need itself.
    """
    needs = need.with_any(demands)
    answers = tuple(decide(each, reached, means, now) for each in needs)
    for kind in (Satisfied, Step):
        for each, answer in zip(needs, answers, strict=True):
            if isinstance(answer, kind):
                return each
    return needs[0]


def _fresh(need: Need, authenticated_at: datetime, now: datetime) -> bool:
    if authenticated_at > now:
        return False
    if need.asked_at is not None and authenticated_at >= need.asked_at:
        return True
    if need.reauthenticate:
        return False
    return need.max_age is None or now - authenticated_at <= need.max_age


def _would_do(connector: ConnectorProspect, need: Need, reached: Reached, missing: Shortfall) -> bool:
    """Tell whether signing in by a connector may be enough. What it really gave is judged afterwards."""
    if missing is Shortfall.IDENTITY:
        return connector.most.identity >= need.level.identity
    bound = is_phishing_resistant(reached.methods) or connector.phishing_resistant
    hard = is_hardware_bound(reached.methods) or (connector.phishing_resistant and connector.hardware)
    return (
        bool(connector.most.authentication)
        and connector.most.authentication >= need.level.authentication
        and (bound or not need.phishing_resistant)
        and (hard or not need.hardware)
    )


def _leading_on(need: Need, reached: Reached, prospects: tuple[Prospect, ...], now: datetime) -> tuple[FactorKind, ...]:
    """Return the kinds of the fewest factors that, proved now, would be enough: one if one is, any of two if two are needed."""
    different = tuple(dict.fromkeys(prospects))[:_MOST_KINDS]
    for count in range(1, MOST_STEPS + 1):
        enough = [chosen for chosen in combinations(different, count) if _enough(need, reached, chosen, now)]
        if enough:
            return _in_order(each.kind for chosen in enough for each in chosen)
    return ()


def _enough(need: Need, reached: Reached, chosen: tuple[Prospect, ...], now: datetime) -> bool:
    proofs = (*reached.proofs, *(_proof(each, now) for each in chosen))
    authentication = max(reached.level.authentication, authentication_of(proofs))
    at = proved_at(proofs, authentication) or reached.authenticated_at
    bound = is_phishing_resistant(reached.methods) or any(each.phishing_resistant for each in chosen)
    hard = is_hardware_bound(reached.methods) or any(each.phishing_resistant and each.hardware for each in chosen)
    return (
        authentication >= need.level.authentication
        and (bound or not need.phishing_resistant)
        and (hard or not need.hardware)
        and at is not None
        and _fresh(need, at, now)
    )


def _proof(prospect: Prospect, now: datetime) -> Proof:
    return Proof(
        classes=prospect.classes,
        phishing_resistant=prospect.phishing_resistant,
        hardware=prospect.hardware,
        at=now,
        most=prospect.most,
        least=1 if prospect.most else 0,
    )


def _in_order(kinds: Iterable[FactorKind]) -> tuple[FactorKind, ...]:
    return tuple(sorted(set(kinds), key=_ORDER.index))
