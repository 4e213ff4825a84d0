"""Whether a process can do its work, for whoever watches over it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter
from fastapi.responses import JSONResponse

if TYPE_CHECKING:
    from trustkit.app.authority import Authority


def health_router(authority: Authority) -> APIRouter:
    """Return the route that answers when the store does."""
    router = APIRouter(tags=["health"])

    @router.get("/v1/health", summary="Whether this process can do its work", responses={503: {}})
    def health() -> JSONResponse:
        authority.register.check_store()
        return JSONResponse({"status": "ok", "version": authority.version, "engine": authority.engine_name})

    return router
