"""What people come to, as one application: logins, pages, and the JSON of pages and apps of others' making."""

from __future__ import annotations

from typing import TYPE_CHECKING

from idp.app_requests import APP_PER_MINUTE, AppRequests
from idp.app_requests_api import app_requests_router
from idp.factors.app_api import app_router
from idp.login_api import LoginCalls, login_router
from idp.login_direct import direct_login_routes
from idp.upstream_logout_api import upstream_logout_router
from trustkit.app.described import described
from trustkit.app.health_api import health_router
from trustkit.app.idp_pages import HomePages
from trustkit.app.plain import plain, routes_of
from trustkit.app.refusals import refused
from trustkit.web.direct import DirectRoutes
from trustkit.web.rates import RateLimiter

if TYPE_CHECKING:
    from fastapi import APIRouter
    from starlette.types import ASGIApp

    from trustkit.app.idp_home import IdentityHome
    from trustkit.app.idp_login import HomeLogin
    from trustkit.app.idp_provider import HomeProvider


def people_application(home: IdentityHome, login: HomeLogin, provided: HomeProvider) -> ASGIApp:
    """Return the application of an opened home."""
    calls = LoginCalls(
        login=login.login,
        passwords=login.passwords,
        confirmed=login.confirmed,
        cookies=home.cookies,
        limiter=login.limiter,
    )
    api = described(
        _routers(home, login, provided, calls),
        version=home.version,
        title="trustkit identity",
        summary="One sign-on: people sign in, are stepped up, and clients get tokens that say how surely",
    )
    pages = HomePages(home=home, login=login, provided=provided)
    whole = plain(routes_of((upstream_logout_router(login.logouts), *pages.routers())), then=api)
    return DirectRoutes(whole, direct_login_routes(calls), refused=refused)


def _routers(home: IdentityHome, login: HomeLogin, provided: HomeProvider, calls: LoginCalls) -> tuple[APIRouter, ...]:
    factors = login.factors
    return (
        health_router(home),
        login_router(calls),
        app_router(factors.apps, factors.confirmations, home.clock),
        app_requests_router(_app_requests(home, provided), home.clock),
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
