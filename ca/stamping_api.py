"""Time stamps over HTTP (RFC 3161 3.4): a query in, a reply out, also when it is a refusal."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from fastapi import APIRouter, Request, Response

from ca.stamping import StampQuery
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import ANONYMOUS
from trustkit.timestamp.request import MAX_REQUEST_SIZE
from trustkit.timestamp.response import Failure, make_refusal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from ca.stamp_queue import StampQueue

QUERY: Final = "application/timestamp-query"
REPLY: Final = "application/timestamp-reply"
_BINARY: Final = {"schema": {"type": "string", "format": "binary"}}
_RESPONSES: Final[dict[int | str, dict[str, object]]] = {
    200: {"description": "TimeStampResp, granting or refusing", "content": {REPLY: _BINARY}},
    400: {"description": "The body is not of type application/timestamp-query", "content": {}},
}
_BODY: Final[dict[str, object]] = {"requestBody": {"required": True, "content": {QUERY: _BINARY}}}


def tsa_router(queues: Mapping[str, StampQueue]) -> APIRouter:
    """Return the routes: ``/v1/tsa`` by the first queue, ``/v1/tsa/NAME`` by each under its names, such as ``sm2``."""

    @asynccontextmanager
    async def closing(_: object) -> AsyncIterator[None]:
        yield
        for queue in dict.fromkeys(queues.values()):
            await asyncio.to_thread(queue.close)

    router = APIRouter(tags=["time stamps"], responses=_RESPONSES, lifespan=closing)
    first = next(iter(queues.values()))

    @router.post("/v1/tsa", summary="A time stamp", response_class=Response, openapi_extra=_BODY)
    async def stamp(request: Request) -> Response:
        return await _reply(request, first)

    @router.post(
        "/v1/tsa/{name}",
        summary="A time stamp by one kind of key (sm2, rsa, ec-p256), or by an authority's unit",
        response_class=Response,
        openapi_extra=_BODY,
    )
    async def stamp_by(request: Request, name: str) -> Response:
        queue = queues.get(name)
        if queue is None:
            raise TrustError(ErrorCode.REQUEST_MISSING, "no time stamps are made by this kind of key or authority")
        return await _reply(request, queue)

    return router


async def _reply(request: Request, queue: StampQueue) -> Response:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != QUERY:
        raise TrustError(ErrorCode.REQUEST_MALFORMED, f"the body is of type {QUERY}")
    octets = await request.body()  # bounded by the frame around every application
    if len(octets) > MAX_REQUEST_SIZE:
        reply = make_refusal(Failure.BAD_DATA_FORMAT, "the request is too large")
    else:
        request_id = str(request.scope.get("trustkit.request_id", ""))
        query = StampQuery(octets=octets, actor=ANONYMOUS, request_id=request_id)
        reply = await asyncio.wrap_future(queue.submit(query))
    return Response(reply, media_type=REPLY, headers={"Cache-Control": "no-store"})
