"""The doors of the identity service: those of programs, and those of people, over what the opened home gives them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from starlette.routing import Router

from trustkit.app.health import health_route
from trustkit.app.idp_provider import HomeProvider
from trustkit.app.idp_upkeep import IdentityUpkeep
from trustkit.app.later import Later

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager, ExitStack

    from starlette.types import ASGIApp

    from trustkit.app.idp_home import IdentityHome
    from trustkit.app.idp_login import HomeLogin


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityDoors:
    """Routers of programs, the application of people, and what works behind them for as long as the application lives."""

    routers: tuple[Router, ...]
    people: Later
    background: tuple[Callable[[], AbstractContextManager[None]], ...]


def identity_doors(home: IdentityHome) -> IdentityDoors:
    """Return the doors of the identity service, as the settings open them. Raise SETTINGS_*, IDP_CONNECTOR for what connectors cannot be."""
    upkeep = IdentityUpkeep(
        database=home.database,
        clock=home.clock,
        interactions=home.interactions,
        sessions=home.sessions,
        keys=home.keys,
    )
    provided = HomeProvider(home=home)
    people = Later(partial(_people, home, provided, _login(home) if _may_be_refused(home) else None))
    return IdentityDoors(
        routers=(Router(routes=[health_route(home, lambda: people.has_failed)]), *provided.routers()),
        people=people,
        background=(upkeep.running, provided.running, *_notices(home), people.made_soon),
    )


def _people(home: IdentityHome, provided: HomeProvider, login: HomeLogin | None, over: ExitStack) -> ASGIApp:
    # Half of a start: FastAPI, pages, factors. A client that redeems a code does not wait for them.
    from trustkit.app.idp_people import people_application  # noqa: PLC0415

    login = login or _login(home)
    over.enter_context(login.passwords.running())
    return people_application(home, login, provided)


def _may_be_refused(home: IdentityHome) -> bool:
    """Whether the settings name files or services that logins are made of: what is wrong with those is told before anything listens."""
    told = home.settings.idp
    return bool(home.connector_settings or told.breached_passwords or told.passkey_makers)


def _login(home: IdentityHome) -> HomeLogin:
    """Return the logins of a home, made whole."""
    from trustkit.app.idp_login import HomeLogin  # noqa: PLC0415 - with people's doors, where the settings name nothing

    login = HomeLogin(home=home)
    login.passwords  # noqa: B018 - looking is making, of all that the settings name files for
    return login


def _notices(home: IdentityHome) -> tuple[Callable[[], AbstractContextManager[None]], ...]:
    if not home.settings.idp.notices_url:
        return ()
    from trustkit.app.idp_notices import handing_on  # noqa: PLC0415 - httpx, which a home without a platform does without

    return (partial(handing_on, home),)
