"""What a login shows and what becomes of each step: values alone, for pages and for machines.

Errors are `TrustError`s with codes; a page shows their sentences (`trustkit.texts`). Whatever a step at the beginning was refused for
(no such person, locked out, wrong password) has one code, IDP_LOGIN_REFUSED.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum, unique
from typing import TYPE_CHECKING, Final

from idp.interaction import InteractionPurpose
from trustkit.errors import TrustError
from trustkit.identity_codes import IdentityCode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from idp.factors.port import FactorKind
    from idp.interaction import Interaction
    from idp.stepup import Obstacle, Shortfall
    from trustkit.identity import AssuranceLevel

# Where the browser goes on, done or given up: whoever needed the login judges it anew there.
PATHS: Final = {
    InteractionPurpose.AUTHORIZATION: "/authorize/continue",
    InteractionPurpose.DEVICE: "/device/continue",
    InteractionPurpose.ACCOUNT: "/account",
}


@unique
class LoginStage(StrEnum):
    """Where a login stands."""

    START = "start"  # nobody is known: a login name and password, a passkey that says who it is of, a connector
    STEP = "step"  # somebody is known, and one of `kinds` or `connectors` leads on
    DONE = "done"  # go to `go_on`
    IMPOSSIBLE = "impossible"  # nothing he could do here would be enough; `go_on` tells whoever needed it


@dataclass(frozen=True, slots=True, kw_only=True)
class At:
    """Where a step comes from: the interaction, what the browser's cookies hold, and its address.

    `form` is the token of the form that was sent (`idp.csrf`, form ``login`` and the interaction's id); looking needs none.
    """

    interaction: str = field(repr=False)
    browser: str | None = field(repr=False)
    session: str | None = field(repr=False)
    address: str = field(default="", repr=False)
    form: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorChoice:
    """A connector's button; `title` by language."""

    name: str
    title: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginView:
    """What is to be shown.

    Attributes:
        form: the token every form of this login carries.
        kinds: factors any of which leads on, in the order they are offered.
        missing: what is not enough yet; `obstacle` why nothing leads on.
        aim: the level that is reached in the end, never below what is reached now; None where nothing leads on.
        go_on: our own path to go to when it is done or given up.
    """

    stage: LoginStage
    interaction: Interaction
    form: str = field(repr=False)
    kinds: tuple[FactorKind, ...] = ()
    connectors: tuple[ConnectorChoice, ...] = ()
    missing: Shortfall | None = None
    obstacle: Obstacle | None = None
    aim: AssuranceLevel | None = None

    @property
    def go_on(self) -> str:
        """The path, with the interaction's id."""
        return f"{PATHS[self.interaction.purpose]}?i={self.interaction.id}"

    @property
    def refusal(self) -> TrustError | None:
        """Why it cannot go on (IDP_LOGIN_IMPOSSIBLE), None where it can."""
        if self.obstacle is None:
            return None
        return TrustError(IdentityCode.IDP_LOGIN_IMPOSSIBLE, "nothing leads on", obstacle=self.obstacle.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a step; `session` is the secret of the session's cookie, when it has a new one to be set."""

    view: LoginView
    session: str | None = field(default=None, repr=False)
