"""The doors of the identity service, one line each: a room's router over what the opened home gives it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from idp.app_requests import APP_PER_MINUTE, AppRequests
from idp.app_requests_api import app_requests_router
from idp.factors.app_api import app_router
from idp.login_api import login_router
from idp.upstream_logout_api import upstream_logout_router
from trustkit.app.health_api import health_router
from trustkit.app.idp_login import HomeLogin
from trustkit.app.idp_pages import HomePages
from trustkit.app.idp_provider import HomeProvider
from trustkit.app.idp_upkeep import IdentityUpkeep
from trustkit.web.rates import RateLimiter

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from fastapi import APIRouter

    from trustkit.app.idp_home import IdentityHome


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityDoors:
    """Routers, and what works behind them for as long as the application lives."""

    routers: tuple[APIRouter, ...]
    background: tuple[Callable[[], AbstractContextManager[None]], ...]


def identity_doors(home: IdentityHome) -> IdentityDoors:
    """Return the doors of the identity service, as the settings open them."""
    upkeep = IdentityUpkeep(
        database=home.database,
        clock=home.clock,
        interactions=home.interactions,
        sessions=home.sessions,
        keys=home.keys,
    )
    provided, login = HomeProvider(home=home), HomeLogin(home=home)
    factors = login.factors
    routers = (
        health_router(home),
        login_router(login.login, login.confirmed, home.cookies, room=login.room, limiter=login.limiter),
        upstream_logout_router(login.logouts),
        app_router(factors.apps, factors.confirmations, home.clock),
        app_requests_router(_app_requests(home, provided), home.clock),
        *provided.routers(),
        *HomePages(home=home, login=login, provided=provided).routers(),
    )
    return IdentityDoors(
        routers=routers,
        background=(upkeep.running, provided.running, *_notices(home), login.room.running),
    )


def _app_requests(home: IdentityHome, provided: HomeProvider) -> AppRequests:
    return AppRequests(
        database=home.database,
        desk=provided.provider.backchannel,
        sessions=home.sessions,
        mandates=home.mandates,
        issuer=home.settings.idp.url(),
        asked=RateLimiter(APP_PER_MINUTE, home.clock),
    )


def _notices(home: IdentityHome) -> tuple[Callable[[], AbstractContextManager[None]], ...]:
    if not home.settings.idp.notices_url:
        return ()
    from trustkit.app.idp_notices import handing_on  # noqa: PLC0415 - httpx, which a home without a platform does without

    return (partial(handing_on, home),)
