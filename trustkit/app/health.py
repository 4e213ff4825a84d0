"""Whether a process can do its work, for whoever watches over it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.responses import JSONResponse
from starlette.routing import Route

from trustkit.store.meta import INSTANCE_ID, find_meta

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from trustkit.app.opening import ServedHome

HEALTH: Final = "/v1/health"


def health_of(home: ServedHome) -> JSONResponse:
    """Return the answer of a process whose store answers. Raise STORE_*."""
    with home.database.reading() as unit:
        find_meta(unit, INSTANCE_ID)
    return JSONResponse({"status": "ok", "version": home.version, "engine": home.engine_name})


def health_route(home: ServedHome, has_failed: Callable[[], bool]) -> Route:
    """Return the route, without FastAPI's description of it. `has_failed` tells that a part of the service cannot be had."""

    def health(_: Request) -> JSONResponse:
        return JSONResponse({"status": "failing"}, status_code=503) if has_failed() else health_of(home)

    return Route(HEALTH, health, methods=["GET"])
