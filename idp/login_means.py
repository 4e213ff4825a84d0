"""What a login asks of factors and connectors: to prove, and to tell what a person could prove."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Protocol

from idp.factors.port import FactorKind, nothing_more
from idp.levels.prospects import prospect_of
from idp.stepup import ConnectorProspect, Means
from trustkit.store import factors

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from idp.connectors.port import Connector
    from idp.evidence import AssuranceEvidence, BrokeredIdentity
    from idp.factors.port import ProvedFactor, Then
    from idp.factors.throttle import Attempt
    from idp.levels.assessment import Levels
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.identity import AssuranceLevel
    from trustkit.store.person_links import LinkRow
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

# What can be offered before anybody is known: the others would tell a name's factors to whoever types it.
_OPENING: Final = (FactorKind.PASSKEY, FactorKind.PASSWORD)


class CodeFactor(Protocol):
    """A factor proved by a text somebody types who is known by then: one-time password, recovery code."""

    def prove(self, attempt: Attempt, text: str, /, *, then: Then = nothing_more) -> ProvedFactor:
        """Return the proof, written together with what `then` does: both or neither.

        Raises:
            TrustError: FACTOR_REFUSED, FACTOR_THROTTLED, FACTOR_LOCKED, FACTOR_CODE_FORM; REQUEST_BUSY; what `then` raises: the try stays
                counted then.
        """


class PasskeyFactor(Protocol):
    """Passkeys (`idp.factors.passkeys`)."""

    def ask(self, person: str | None, *, bound_to: str, now: datetime, alone: bool = True) -> Mapping[str, JsonValue]:
        """Return the options of `navigator.credentials.get`, for anybody's passkey where the person is None."""

    def prove(self, attempt: Attempt, body: bytes, *, bound_to: str) -> ProvedFactor:
        """Return the proof. Raise FACTOR_PASSKEY_*, FACTOR_REFUSED, FACTOR_THROTTLED."""


class LinkBook(Protocol):
    """Who somebody is at a provider (`idp.subject.links`)."""

    def find(self, unit: ReadUnit, identity: BrokeredIdentity) -> str | None:
        """Return whose identity it is, None for nobody's."""

    def listed(self, unit: ReadUnit, person: str) -> tuple[LinkRow, ...]:
        """Return what a person is linked to."""

    def link(self, uow: UnitOfWork, person: str, identity: BrokeredIdentity, *, now: datetime) -> None:
        """Let a person be found by it, told in the trail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginConnector:
    """A connector as this home uses it.

    Attributes:
        most: the most its ladders and the home's limit let it give; `phishing_resistant`, `hardware` whether a rung of them promises it.
        admits: somebody whom nobody here knows becomes a new person by it.
    """

    connector: Connector
    most: AssuranceLevel
    phishing_resistant: bool = False
    hardware: bool = False
    admits: bool = False


def _nothing_known(unit: ReadUnit, person: str) -> tuple[AssuranceEvidence, ...]:
    del unit, person
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginMeans:
    """Everything this home lets people sign in with; a kind that is not served is not offered.

    `codes` are what is typed as a further step; `passwords` says that passwords are served (`idp.login_password`).
    `confirmed` says that confirmations are served (`idp.login_confirmation`); `on_brokered` are told whom a provider vouched for.
    `known` says what this home itself knows of who a person is.
    """

    levels: Levels
    codes: Mapping[FactorKind, CodeFactor]
    passwords: bool = False
    passkeys: PasskeyFactor | None = None
    connectors: Mapping[str, LoginConnector] = field(default_factory=lambda: MappingProxyType({}))
    confirmed: bool = False
    links: LinkBook | None = None
    on_brokered: tuple[Callable[[UnitOfWork, str, BrokeredIdentity, datetime], object], ...] = ()
    known: Callable[[ReadUnit, str], tuple[AssuranceEvidence, ...]] = _nothing_known

    def of(self, unit: ReadUnit, person: str | None) -> Means:
        """Return what a person could do; of nobody, what the first page offers to all, whoever comes.

        A connector he is not linked to leads nowhere: what it vouches for is nobody's, or another person's.
        """
        connectors = tuple(
            ConnectorProspect(
                name=name, most=each.most, phishing_resistant=each.phishing_resistant, hardware=each.hardware
            )
            for name, each in sorted(self.connectors.items())
        )
        if person is None:
            opening = (prospect_of(kind, self.levels.factor_rules) for kind in _OPENING if self.serves(kind))
            return Means(factors=tuple(opening), connectors=connectors)
        rows = [(FactorKind(row.kind), row.hardware) for row in factors.list_live(unit, person)]
        prospects = (
            prospect_of(kind, self.levels.factor_rules, hardware=hardware)
            for kind, hardware in rows
            if self.serves(kind)
        )
        linked = {each.provider for each in self.links.listed(unit, person)} if self.links is not None else set()
        return Means(factors=tuple(prospects), connectors=tuple(each for each in connectors if each.name in linked))

    def serves(self, kind: FactorKind) -> bool:
        """Tell whether there is what proves a kind."""
        if kind is FactorKind.CONFIRMATION:
            return self.confirmed
        if kind is FactorKind.PASSWORD:
            return self.passwords
        return kind in self.codes or (kind is FactorKind.PASSKEY and self.passkeys is not None)
