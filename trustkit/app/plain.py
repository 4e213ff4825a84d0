"""An application of routes that read their requests themselves, without what FastAPI does for those it describes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette

from trustkit.app.refusals import REFUSALS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.routing import BaseRoute, Router
    from starlette.types import ASGIApp

    from trustkit.app.frame import Lifespan


def plain(routes: list[BaseRoute], lifespan: Lifespan | None = None, *, then: ASGIApp) -> Starlette:
    """Return the application; `then` is asked for every path that is none of its own. Refusals are problem documents."""
    app = Starlette(routes=routes, exception_handlers=REFUSALS, lifespan=lifespan)
    app.router.redirect_slashes = False  # a redirect would be built from a header the client chooses
    app.router.default = then
    return app


def routes_of(routers: Iterable[Router]) -> list[BaseRoute]:
    """Return the routes of routers, in their order."""
    return [route for router in routers for route in router.routes]
