"""The ASGI application: every room's routes in one process, behind one frame, without a single private key."""

from __future__ import annotations

import logging
import secrets
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from trustkit.app.logs import configure_logs, say
from trustkit.app.parent import end_with_parent
from trustkit.app.publications_api import publications_router
from trustkit.app.settings import home_from_environment
from trustkit.app.wiring import load_authority
from trustkit.clock import SystemClock
from trustkit.errors import ErrorCode, TrustError
from trustkit.web.description import describe
from trustkit.web.middleware import RequestFrame
from trustkit.web.problem import problem
from trustkit.web.rates import RateLimiter
from verifier.api import verification_router

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp

    from trustkit.app.authority import Authority

_OVERHEAD = 64 * 1024  # boundaries and headers of a multipart body beside the files themselves
_log = logging.getLogger("trustkit.app")
_CODE_OF_STATUS = {404: ErrorCode.REQUEST_MISSING, 405: ErrorCode.REQUEST_METHOD}


def create() -> ASGIApp:
    """Return the application for the home named by the environment; the server's worker processes call this."""
    end_with_parent()
    clock = SystemClock()
    configure_logs(clock)
    return application(load_authority(home_from_environment()))


def application(authority: Authority) -> ASGIApp:
    """Return the application over an opened authority, closed with the application."""
    server = authority.settings.server

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        say(_log, "service.started", engine=authority.engine_name)
        yield
        authority.close()
        say(_log, "service.stopped")

    api = FastAPI(
        title="trustkit",
        version=authority.version,
        summary="Verification of electronic licences, signatures, time stamps and certificates with SM2/SM3",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # a redirect would be built from a header the client chooses
    )
    api.include_router(
        verification_router(
            lambda: authority.verification, max_files=server.max_batch_files, max_octets=server.max_upload_bytes
        )
    )
    api.include_router(publications_router(authority))
    api.add_exception_handler(TrustError, _on_trust_error)
    api.add_exception_handler(HTTPException, _on_http_exception)
    api.add_exception_handler(RequestValidationError, _on_validation_error)
    api.add_exception_handler(ClientDisconnect, _on_disconnect)
    api.add_exception_handler(Exception, _on_bug)
    describe(api)
    return RequestFrame(
        api,
        max_body=server.max_upload_bytes + _OVERHEAD,
        limiter=RateLimiter(server.anonymous_per_minute, authority.clock),
        clock=authority.clock,
        new_id=lambda: secrets.token_hex(8),
        say=say,
    )


async def _on_trust_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, TrustError)  # noqa: S101 - registered for nothing else
    return problem(error, request)


async def _on_http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for nothing else
    code = _CODE_OF_STATUS.get(error.status_code, ErrorCode.REQUEST_MALFORMED)
    answer = problem(TrustError(code), request)
    answer.headers.update(error.headers or {})  # which methods there are, RFC 9110 15.5.6
    return answer


async def _on_validation_error(request: Request, _: Exception) -> Response:
    return problem(TrustError(ErrorCode.REQUEST_MALFORMED, "a parameter is missing or of the wrong type"), request)


async def _on_disconnect(request: Request, _: Exception) -> Response:
    return problem(TrustError(ErrorCode.REQUEST_MALFORMED, "the client left before its request was whole"), request)


async def _on_bug(request: Request, error: Exception) -> Response:
    say(_log, "request.bug", logging.ERROR, request_id=str(request.scope.get("trustkit.request_id", "")))
    _log.debug("bug", exc_info=error)
    return problem(TrustError(ErrorCode.BUG), request)
