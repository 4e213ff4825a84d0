"""The frame around every application of ours: refusals as problem documents, limits, request ids, one log line each."""

from __future__ import annotations

import logging
import secrets
from contextlib import ExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Final

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from trustkit.app.logs import say
from trustkit.app.memory import give_memory_back
from trustkit.app.service_run import ServiceRun
from trustkit.errors import ErrorCode, TrustError
from trustkit.web.bodies import BodyBudget
from trustkit.web.description import describe
from trustkit.web.direct import DirectRoutes
from trustkit.web.middleware import RequestFrame
from trustkit.web.problem import problem
from trustkit.web.rates import RateLimiter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable
    from contextlib import AbstractContextManager

    from fastapi import APIRouter
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp

    from trustkit.app.opening import ServedHome

_log = logging.getLogger("trustkit.app")
_CODE_OF_STATUS: Final = {404: ErrorCode.REQUEST_MISSING, 405: ErrorCode.REQUEST_METHOD}


def framed(
    authority: ServedHome,
    routers: Iterable[APIRouter],
    *,
    name: str,
    title: str,
    summary: str,
    max_body: int,
    bodies: int,
    per_minute: int,
    background: Iterable[Callable[[], AbstractContextManager[None]]] = (),
) -> ASGIApp:
    """Return an application of routers over an opened authority, which is closed with it.

    `name` is what the trail calls this service; `max_body` is in octets, and as much as `bodies` of that size is held at once;
    `per_minute` counts the requests of one client address; `background` is what works for as long as the application lives.
    """
    run = ServiceRun(authority, name)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        say(_log, "service.started", engine=authority.engine_name)
        with ExitStack() as stack:
            stack.callback(authority.close)
            stack.enter_context(run.recorded())
            for work in background:
                stack.enter_context(work())
            yield
        say(_log, "service.stopped")

    api = FastAPI(
        title=title,
        version=authority.version,
        summary=summary,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # a redirect would be built from a header the client chooses
    )
    routers = tuple(routers)
    for router in routers:
        api.include_router(router)
    api.add_exception_handler(TrustError, _on_trust_error)
    api.add_exception_handler(HTTPException, _on_http_exception)
    api.add_exception_handler(RequestValidationError, _on_validation_error)
    api.add_exception_handler(ClientDisconnect, _on_disconnect)
    api.add_exception_handler(Exception, _on_bug)
    describe(api)
    direct = (route for router in routers for route in router.routes)
    return RequestFrame(
        DirectRoutes(api, direct, refused=_refused),
        bodies=BodyBudget(most=bodies * max_body, max_body=max_body, clock=authority.clock, give_back=give_memory_back),
        limiter=RateLimiter(per_minute, authority.clock),
        clock=authority.clock,
        new_id=new_request_id,
        say=say,
        told=run.count,
    )


def new_request_id() -> str:
    """Return 32 hexadecimal digits. The trail does not look into so many; of 16 every two-thousandth looks like a telephone number."""
    return secrets.token_hex(16)


async def _refused(request: Request, error: Exception) -> Response:
    """Answer for what a direct route raised, as the handlers above answer for every other."""
    if isinstance(error, TrustError):
        return await _on_trust_error(request, error)
    return await (_on_disconnect if isinstance(error, ClientDisconnect) else _on_bug)(request, error)


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
