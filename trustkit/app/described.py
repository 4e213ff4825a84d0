"""Routes whose parameters FastAPI reads, and which it describes (``/openapi.json``), as one application."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError

from trustkit.app.refusals import REFUSALS
from trustkit.errors import ErrorCode, TrustError
from trustkit.web.description import describe
from trustkit.web.problem import problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fastapi import APIRouter
    from starlette.requests import Request
    from starlette.responses import Response

    from trustkit.app.frame import Lifespan


def described(
    routers: Iterable[APIRouter], *, version: str, title: str, summary: str, lifespan: Lifespan | None = None
) -> FastAPI:
    """Return the application of some routers; refusals are problem documents."""
    api = FastAPI(
        title=title,
        version=version,
        summary=summary,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # a redirect would be built from a header the client chooses
    )
    for router in routers:
        api.include_router(router)
    for kind, answer in REFUSALS.items():
        api.add_exception_handler(kind, answer)
    api.add_exception_handler(RequestValidationError, _on_validation_error)
    describe(api)
    return api


async def _on_validation_error(request: Request, _: Exception) -> Response:
    return problem(TrustError(ErrorCode.REQUEST_MALFORMED, "a parameter is missing or of the wrong type"), request)
