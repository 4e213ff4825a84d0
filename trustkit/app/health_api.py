"""The route of `trustkit.app.health`, described."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter
from fastapi.responses import JSONResponse  # noqa: TC002 - FastAPI reads the annotation

from trustkit.app.health import HEALTH, health_of

if TYPE_CHECKING:
    from trustkit.app.opening import ServedHome


def health_router(home: ServedHome) -> APIRouter:
    """Return the route that answers when the store does."""
    router = APIRouter(tags=["health"])

    @router.get(HEALTH, summary="Whether this process can do its work", responses={503: {}})
    def health() -> JSONResponse:
        return health_of(home)

    return router
