"""Whether a process can do its work, for whoever watches over it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from trustkit.store.meta import INSTANCE_ID, find_meta

if TYPE_CHECKING:
    from trustkit.app.opening import ServedHome


def health_router(home: ServedHome) -> APIRouter:
    """Return the route that answers when the store does."""
    router = APIRouter(tags=["health"])

    @router.get("/v1/health", summary="Whether this process can do its work", responses={503: {}})
    def health() -> JSONResponse:
        with home.database.reading() as unit:
            find_meta(unit, INSTANCE_ID)
        return JSONResponse({"status": "ok", "version": home.version, "engine": home.engine_name})

    return router
