"""What apps that confirm ask over HTTP: to be paired, what waits, and to answer. Translation only; who asks is in what he signed.

| | body | answer |
|---|---|---|
| ``POST /v1/app/keys`` | JSON: ``jwk``, ``proof`` | ``digits`` to be shown |
| ``POST /v1/app/pairing`` | the same, signed anew | ``state``: ``comparing`` or ``paired``, then with ``app``, what it signs as |
| ``POST /v1/app/waiting`` | a JWT of the kind ``app-list+jwt`` | ``waiting``: ``id``, ``wanted_for``, ``asked_at``, ``expires_at`` |
| ``POST /v1/app/answers`` | a JWT of the kind ``app-answer+jwt`` | nothing (204) |
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from starlette.concurrency import run_in_threadpool

from idp.factors.app_messages import MAX_MESSAGE
from trustkit.clock import format_rfc3339
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity_codes import IdentityCode

if TYPE_CHECKING:
    from idp.factors.apps import Apps
    from idp.factors.confirmations import Confirmations
    from trustkit.clock import Clock

_HEADERS: Final = {"cache-control": "no-store"}


def app_router(apps: Apps, confirmations: Confirmations, clock: Clock) -> APIRouter:
    """Return the routes of apps that confirm."""
    router = APIRouter(prefix="/v1/app", tags=["app"])

    @router.post("/keys", summary="Bring an app's key for a pairing")
    async def keys(request: Request) -> JSONResponse:
        body = await _body(request)
        digits = await run_in_threadpool(apps.bring, body, now=clock.now())
        return JSONResponse({"digits": digits}, headers=_HEADERS)

    @router.post("/pairing", summary="What became of a pairing")
    async def pairing(request: Request) -> JSONResponse:
        body = await _body(request)
        app = await run_in_threadpool(apps.outcome, body, now=clock.now())
        told = {"state": "comparing"} if app is None else {"state": "paired", "app": app}
        return JSONResponse(told, headers=_HEADERS)

    @router.post("/waiting", summary="What waits for the person of an app")
    async def waiting(request: Request) -> JSONResponse:
        message = await read_message(request)
        found = await run_in_threadpool(confirmations.waiting, message, now=clock.now())
        rows = [
            {
                "id": row.id,
                "wanted_for": row.wanted_for,
                "asked_at": format_rfc3339(row.asked_at),
                "expires_at": format_rfc3339(row.expires_at),
            }
            for row in found
        ]
        return JSONResponse({"waiting": rows}, headers=_HEADERS)

    @router.post("/answers", summary="Answer what waits", status_code=204)
    async def answers(request: Request) -> Response:
        message = await read_message(request)
        await run_in_threadpool(confirmations.answer, message, now=clock.now())
        return Response(status_code=204, headers=_HEADERS)

    return router


async def read_message(request: Request) -> str:
    """Return the body as the message it is. Raise FACTOR_APP_MESSAGE, INPUT_TOO_LARGE."""
    try:
        return (await _body(request)).decode("ascii")
    except UnicodeDecodeError as error:
        raise TrustError(IdentityCode.FACTOR_APP_MESSAGE, "a message is ASCII") from error


async def _body(request: Request) -> bytes:
    """Return the body, looked at no further than a message is long."""
    found = bytearray()
    async for piece in request.stream():
        found += piece
        if len(found) > MAX_MESSAGE:
            raise TrustError(ErrorCode.INPUT_TOO_LARGE, "longer than any message", limit=MAX_MESSAGE)
    return bytes(found)
