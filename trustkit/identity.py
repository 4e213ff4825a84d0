"""Who acts, and for whom."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

# Letters alone, so that no identifier can have the form of a telephone or citizen number; i, l and o look like digits.
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz"
_LENGTH: Final = 13  # 58 random bits
MOST_IDENTITY: Final = 4
MOST_AUTHENTICATION: Final = 3
PHISHING_RESISTANT: Final = "phr"  # OpenID Connect EAP ACR Values 1.0
IN_HARDWARE: Final = "phrh"
# What a login showed (`amr`, RFC 8176) that keeps the promises of these two names.
BOUND: Final = "pop"  # proved with a key, bound to this origin or connection
HARDWARE: Final = "hwk"
# ``urn:trustkit:ial:2``, ``urn:trustkit:aal:2`` or both; one axis that is not named asks for nothing.
_ACR: Final = re.compile(r"urn:trustkit(?=:)(?::ial:([0-4]))?(?::aal:([0-3]))?", flags=re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """An organisation by its unified social credit code (GB 32100) and registered name."""

    uscc: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who acts. `id` is an opaque pseudonym such as ``operator:0``: never a name, number or address."""

    id: str
    roles: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class AssuranceLevel:
    """How surely it is known who somebody is (`identity`, 0 to 4), and how strongly he signed in (`authentication`, 1 to 3; 0 not at all).

    Two axes that nothing turns into one another: a strong login says nothing of the real name, and a real name nothing of the login.
    The numbers are trustkit's own; ladders of provinces and providers are mapped to them as data (``policies/assurance/``).

    Raises:
        TrustError: BUG for a number outside of its axis.
    """

    identity: int = 0
    authentication: int = 0

    def __post_init__(self) -> None:
        if not (0 <= self.identity <= MOST_IDENTITY and 0 <= self.authentication <= MOST_AUTHENTICATION):
            raise TrustError(ErrorCode.BUG, "no such level", identity=self.identity, authentication=self.authentication)

    def reaches(self, needed: AssuranceLevel) -> bool:
        """Tell whether both axes are at least as high as needed."""
        return self.identity >= needed.identity and self.authentication >= needed.authentication

    @property
    def acr(self) -> str:
        """How tokens and step-up challenges name the level (`acr` of OpenID Connect Core 2, `acr_values` of RFC 9470)."""
        return f"urn:trustkit:ial:{self.identity}:aal:{self.authentication}"

    def raised_to(self, other: AssuranceLevel) -> AssuranceLevel:
        """Return the higher of both on each axis: stepping up never lowers what was reached."""
        return AssuranceLevel(
            identity=max(self.identity, other.identity),
            authentication=max(self.authentication, other.authentication),
        )


NOT_SIGNED_IN = AssuranceLevel()


def level_of_acr(text: str) -> AssuranceLevel | None:
    """Return the level one of our `acr` names stands for, None for any other name. An axis it does not name is 0."""
    found = _ACR.fullmatch(text)
    return found and AssuranceLevel(identity=int(found[1] or 0), authentication=int(found[2] or 0))


@dataclass(frozen=True, slots=True, kw_only=True)
class AcrDemand:
    """What one `acr` name asks for: a level, and a phishing-resistant login, the key in hardware or not."""

    name: str
    level: AssuranceLevel = NOT_SIGNED_IN
    phishing_resistant: bool = False
    hardware: bool = False

    def met_by(self, level: AssuranceLevel, methods: Iterable[str]) -> bool:
        """Tell whether a login of this level and these methods has what is asked for."""
        found = frozenset(methods)
        return (
            level.reaches(self.level)
            and (not self.phishing_resistant or is_phishing_resistant(found))
            and (not self.hardware or is_hardware_bound(found))
        )


def acr_demand(name: str) -> AcrDemand | None:
    """Return what an `acr` name asks for, None for one we do not know.

    One of our names of a level, ``phr`` or ``phrh``, or both in one: ``urn:trustkit:ial:3:aal:2:phr``.
    """
    ours, _, promise = name.rpartition(":")
    if promise not in {PHISHING_RESISTANT, IN_HARDWARE}:
        level = level_of_acr(name)
        return None if level is None else AcrDemand(name=name, level=level)
    least = AssuranceLevel(authentication=1)
    level = level_of_acr(ours) if ":" in name else least
    if level is None:
        return None
    hardware = promise == IN_HARDWARE
    return AcrDemand(name=name, level=level.raised_to(least), phishing_resistant=True, hardware=hardware)


def is_phishing_resistant(methods: Iterable[str]) -> bool:
    """Tell whether a login's methods promise it (`phr`)."""
    return BOUND in methods


def is_hardware_bound(methods: Iterable[str]) -> bool:
    """Tell whether a login's methods promise a phishing-resistant key in hardware (`phrh`)."""
    found = frozenset(methods)
    return BOUND in found and HARDWARE in found


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthContext:
    """Who calls, how surely, since when, and for whom: what a handler is given instead of a token.

    Attributes:
        authenticated_at: when the newest factor was proved (`auth_time` of OpenID Connect Core 2).
        methods: names of RFC 8176 (`amr`), sorted.
        acting_for: the organisation, when `mandate` (its id) lets the principal act for it.
        matters: what the mandate is for, as far as whoever says so tells; ``*`` for all.
        client: the OAuth client that calls on the principal's behalf; empty where there is none.
        scopes: what the client was allowed.
    """

    principal: Principal
    assurance: AssuranceLevel
    authenticated_at: datetime | None = None
    methods: tuple[str, ...] = ()
    acting_for: Organisation | None = None
    mandate: str | None = None
    matters: frozenset[str] = frozenset()
    client: str = ""
    scopes: frozenset[str] = frozenset()

    def fresh(self, now: datetime, max_age: timedelta) -> bool:
        """Tell whether somebody signed in no longer than `max_age` ago; a moment in the future is not fresh."""
        return self.authenticated_at is not None and timedelta(0) <= now - self.authenticated_at <= max_age


ANONYMOUS = Principal(id="anonymous")
SYSTEM = Principal(id="system")


def fresh_identifier(prefix: str, *, choose: Callable[[Sequence[str]], str] = secrets.choice) -> str:
    """Return ``PREFIX-`` and 13 random letters: a number for a thing or a pseudonym for a person, that says nothing of either."""
    return f"{prefix}-" + "".join(choose(_LETTERS) for _ in range(_LENGTH))
