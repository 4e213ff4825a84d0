"""What the login asks of every connector: to begin, and to finish with what came back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta

    from idp.evidence import BrokeredIdentity
    from trustkit.identity import AssuranceLevel


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginStart:
    """What a login hands a connector when it begins.

    Attributes:
        handle: names this login at this browser; the connector's `state` is bound to it and is used once.
        needed: what is to be reached in the end, never below what was reached, so that a connector can ask its provider for it
            (`acr_values`); `bound` when something that cannot be phished must be among it.
        max_age: how old the provider's own sign-in may be; None when any age will do.
    """

    handle: str = field(repr=False)
    needed: AssuranceLevel
    bound: bool = False
    max_age: timedelta | None
    language: str  # zh or en


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirect:
    """The browser goes to another site and comes back to ``/login/return/NAME``."""

    url: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """Our own page asks something of the browser or an app: what to show and what to hand to it, by the connector's kind."""

    kind: str
    parameters: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A login with a connector that has begun.

    `state` is what came back must show (the login finds itself by it), `kept` what the connector needs again at the end: it is
    stored sealed, for this login alone, and handed back once.
    """

    step: Redirect | Prompt
    state: str = field(repr=False)
    kept: Mapping[str, str] = field(repr=False)


class Connector(Protocol):
    """One identity provider, as configured. Safe to use from several threads; keeps nothing between calls."""

    @property
    def name(self) -> str:
        """Its name in the settings: lower case letters, digits and hyphens."""

    @property
    def title(self) -> Mapping[str, str]:
        """What people see on the button, by language (``zh``, ``en``)."""

    async def begin(self, start: LoginStart, *, now: datetime) -> Begun:
        """Return what the browser does next. Raise IDP_UPSTREAM_UNREACHABLE, IDP_UPSTREAM_REFUSED."""

    async def finish(
        self, start: LoginStart, kept: Mapping[str, str], answer: Mapping[str, str], *, now: datetime
    ) -> BrokeredIdentity:
        """Return who signed in. `answer` is what came back: query, form or JSON members, each a short text.

        Raises:
            TrustError: IDP_UPSTREAM_ANSWER (forged, replayed, mixed up, expired, of another client), IDP_UPSTREAM_DENIED (the
                person or the provider said no), IDP_UPSTREAM_UNREACHABLE.
        """


@runtime_checkable
class KnownToTell(Protocol):
    """A connector of which it is known beforehand whether its provider tells when somebody signed in there."""

    @property
    def tells_when(self) -> bool:
        """Whether it does; what a provider that does not vouches for is never fresh."""


def tells_when(connector: object) -> bool:
    """Tell whether a connector may say when somebody signed in: all do of which nothing else is known."""
    return not isinstance(connector, KnownToTell) or connector.tells_when


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamLogout:
    """A provider's word that a session there ended: of whom or which one, at least one of the two. `token_id` is good once, until `until`."""

    subject: str = field(repr=False)
    session: str = field(repr=False)
    token_id: str = field(repr=False)
    until: datetime


@runtime_checkable
class TellsLogouts(Protocol):
    """A connector whose provider tells of logouts by the back channel."""

    async def logged_out(self, token: str, *, now: datetime) -> UpstreamLogout:
        """Return what a logout token says. Raise IDP_UPSTREAM_ANSWER, IDP_UPSTREAM_UNREACHABLE, IDP_UPSTREAM_REFUSED."""
