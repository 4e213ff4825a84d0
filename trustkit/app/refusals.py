"""What a service answers when a route raises: a problem document for each kind of exception, the same in every application of ours."""

from __future__ import annotations

import logging
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from trustkit.app.logs import say
from trustkit.errors import ErrorCode, TrustError
from trustkit.web.problem import problem

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    Answer = Callable[[Request, Exception], Awaitable[Response]]

_log = logging.getLogger("trustkit.app")
_TOLD: Final = "trustkit.bug"
_CODE_OF_STATUS: Final = {404: ErrorCode.REQUEST_MISSING, 405: ErrorCode.REQUEST_METHOD}


async def refused(request: Request, error: Exception) -> Response:
    """Answer for what a direct route raised, as `REFUSALS` answer for every other."""
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


async def _on_disconnect(request: Request, _: Exception) -> Response:
    return problem(TrustError(ErrorCode.REQUEST_MALFORMED, "the client left before its request was whole"), request)


async def _on_bug(request: Request, error: Exception) -> Response:
    if request.scope.get(_TOLD) is not error:  # an application within another raises what it answered
        request.scope[_TOLD] = error
        say(_log, "request.bug", logging.ERROR, request_id=str(request.scope.get("trustkit.request_id", "")))
        _log.debug("bug", exc_info=error)
    return problem(TrustError(ErrorCode.BUG), request)


REFUSALS: Final[Mapping[type[Exception], Answer]] = MappingProxyType(
    {
        TrustError: _on_trust_error,
        HTTPException: _on_http_exception,
        ClientDisconnect: _on_disconnect,
        Exception: _on_bug,
    }
)
