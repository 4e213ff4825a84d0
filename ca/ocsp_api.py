"""OCSP over HTTP: POST with the request as body, GET with the request in base64 in the path (RFC 6960 A.1, RFC 5019 5).

`OcspFront` answers before any other application of the process, without its routing and logging, because an answer costs less
than those; `ocsp_router` holds the same two routes for the description, and for an application without the front.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
from email.utils import format_datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote_to_bytes

from fastapi import APIRouter, Request, Response

from ca.ocsp_answers import MALFORMED, OcspAnswers, OcspHttpAnswer
from trustkit.errors import TrustError
from trustkit.x509.ocsp_request import MAX_REQUEST_SIZE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from starlette.types import ASGIApp, Receive, Scope, Send

    from trustkit.clock import Clock
    from trustkit.web.rates import RateLimiter

PATH: Final = "/v1/ocsp"
REQUEST_TYPE: Final = "application/ocsp-request"
RESPONSE_TYPE: Final = "application/ocsp-response"
MAX_PATH: Final = 4 * MAX_REQUEST_SIZE // 3  # base64 of the largest request; what is escaped beyond that is no request
BODY_SECONDS: Final = 10.0  # for the whole of a small body
_MAX_AGE: Final = 300  # seconds a cache may keep an answer: a revocation must not hide behind it for longer
_OK, _NOT_MODIFIED, _TIMEOUT, _METHOD, _TOO_LARGE, _MEDIA_TYPE, _RATE = 200, 304, 408, 405, 413, 415, 429
_SAFE: Final = (b"x-content-type-options", b"nosniff")


class OcspEndpoint:
    """Answers of one process. `max_age` in seconds; `limiter` where each answer costs a signature."""

    def __init__(
        self, answers: OcspAnswers, clock: Clock, *, limiter: RateLimiter | None = None, max_age: int = _MAX_AGE
    ) -> None:
        self._answers = answers
        self._clock = clock
        self._limiter = limiter
        self._max_age = max_age

    async def answer(self, request: bytes | None) -> OcspHttpAnswer:
        """Return the answer to a request, None being one that could not be decoded."""
        if not request or len(request) > MAX_REQUEST_SIZE:
            return MALFORMED
        found = self._answers.ready(request)
        return (
            found
            if found is not None
            else await asyncio.get_running_loop().run_in_executor(None, self._answers.answer, request)
        )

    def require_rate(self, client: str) -> None:
        """Raise REQUEST_RATE when the client asks too often."""
        if self._limiter is not None:
            self._limiter.spend(client)

    def headers(self, answer: OcspHttpAnswer, *, cacheable: bool) -> dict[str, str]:
        """Return the headers of an answer (RFC 5019 6.2); one to a POST, or an error, is not to be kept."""
        if answer.this_update is None or answer.next_update is None:
            return {"cache-control": "no-store"}
        if not cacheable:
            return {"cache-control": "no-cache"}
        left = int((answer.next_update - self._clock.now()).total_seconds())
        return {
            "last-modified": _date(answer.this_update),
            "expires": _date(answer.next_update),
            "etag": f'"{hashlib.sha256(answer.body).hexdigest()[:32]}"',
            "cache-control": f"max-age={max(0, min(left, self._max_age))}, public, no-transform, must-revalidate",
        }


def _date(moment: datetime) -> str:
    return format_datetime(moment, usegmt=True)


def decode_path(encoded: bytes) -> bytes | None:
    """Return the request in the last part of a path: base64, escaped or not; None when it is none (RFC 6960 A.1)."""
    if len(encoded) > MAX_PATH:
        return None
    try:
        return base64.b64decode(unquote_to_bytes(encoded), validate=True)
    except ValueError:
        return None


class OcspFront:
    """ASGI: answers under PATH, and hands everything else to the application behind."""

    def __init__(self, app: ASGIApp, endpoint: OcspEndpoint) -> None:
        self._app = app
        self._endpoint = endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection event."""
        if scope["type"] != "http" or not _is_ours(scope["path"]):
            await self._app(scope, receive, send)
            return
        try:
            self._endpoint.require_rate((scope.get("client") or ("unknown",))[0])
        except TrustError:
            await _send(send, _RATE, {"retry-after": "1"})
            return
        method = scope["method"]
        if method == "POST" and scope["path"] == PATH:
            await self._post(scope, receive, send)
        elif method in {"GET", "HEAD"} and scope["path"] != PATH:
            await self._get(scope, send, method)
        else:
            await _send(send, _METHOD, {"allow": "POST" if scope["path"] == PATH else "GET, HEAD"})

    async def _post(self, scope: Scope, receive: Receive, send: Send) -> None:
        if _header(scope, b"content-type").partition(b";")[0].strip().lower() != REQUEST_TYPE.encode():
            await _send(send, _MEDIA_TYPE, {"accept": REQUEST_TYPE})
            return
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await _body(receive)
        except TimeoutError:
            await _send(send, _TIMEOUT, {})
            return
        if body is None:
            await _send(send, _TOO_LARGE, {})
            return
        answer = await self._endpoint.answer(body)
        await _send(send, _OK, self._endpoint.headers(answer, cacheable=False), answer.body)

    async def _get(self, scope: Scope, send: Send, method: str) -> None:
        path = scope.get("raw_path") or scope["path"].encode("latin-1", "replace")
        answer = await self._endpoint.answer(decode_path(path.partition(b"?")[0][len(PATH) + 1 :]))
        headers = self._endpoint.headers(answer, cacheable=True)
        tag = headers.get("etag", "")
        if tag and tag in _header(scope, b"if-none-match").decode("latin-1"):
            await _send(send, _NOT_MODIFIED, headers)
            return
        await _send(send, _OK, headers, answer.body, bodiless=method == "HEAD")


def _is_ours(path: str) -> bool:
    return path == PATH or path.startswith(f"{PATH}/")


def _header(scope: Scope, name: bytes) -> bytes:
    for key, value in scope["headers"]:
        if key == name:
            return bytes(value)
    return b""


async def _body(receive: Receive) -> bytes | None:
    """Return the body, None when it is larger than any request or the client has left."""
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        part = message.get("body", b"")
        size += len(part)
        if size > MAX_REQUEST_SIZE:
            return None
        parts.append(part)
        if not message.get("more_body", False):
            return parts[0] if len(parts) == 1 else b"".join(parts)


async def _send(
    send: Send, status: int, headers: Mapping[str, str], body: bytes = b"", *, bodiless: bool = False
) -> None:
    listed = [(name.encode("ascii"), value.encode("ascii")) for name, value in headers.items()]
    listed.append(_SAFE)
    if status == _OK:
        listed.append((b"content-type", RESPONSE_TYPE.encode()))
    if status != _NOT_MODIFIED:
        listed.append((b"content-length", b"%d" % len(body)))
    await send({"type": "http.response.start", "status": status, "headers": listed})
    await send({"type": "http.response.body", "body": b"" if bodiless else body})


_BINARY: Final = {"schema": {"type": "string", "format": "binary"}}
_RESPONSES: Final[dict[int | str, dict[str, object]]] = {
    200: {"description": "An OCSPResponse (RFC 6960 4.2.1), errors included", "content": {RESPONSE_TYPE: _BINARY}},
    413: {"description": "The request is larger than any OCSP request"},
    415: {"description": f"The body is not {REQUEST_TYPE}"},
    429: {"description": "Too many requests of one client"},
}


def ocsp_router(endpoint: OcspEndpoint) -> APIRouter:
    """Return the two routes."""
    router = APIRouter(tags=["ocsp"])
    body = {"requestBody": {"required": True, "content": {REQUEST_TYPE: _BINARY}}}

    @router.post(
        PATH,
        summary="The status of certificates (OCSP)",
        response_class=Response,
        responses=_RESPONSES,
        openapi_extra=body,
    )
    async def post(request: Request) -> Response:
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != REQUEST_TYPE:
            return Response(status_code=_MEDIA_TYPE, headers={"accept": REQUEST_TYPE})
        octets = await _body(request.receive)
        if octets is None:
            return Response(status_code=_TOO_LARGE)
        answer = await endpoint.answer(octets)
        return Response(answer.body, media_type=RESPONSE_TYPE, headers=endpoint.headers(answer, cacheable=False))

    @router.get(
        PATH + "/{request_base64:path}",
        summary="The status of certificates (OCSP), request in base64; answers may be cached",
        response_class=Response,
        responses={200: _RESPONSES[200]},
    )
    async def get(request_base64: str) -> Response:
        answer = await endpoint.answer(decode_path(request_base64.encode("utf-8", "replace")))
        return Response(answer.body, media_type=RESPONSE_TYPE, headers=endpoint.headers(answer, cacheable=True))

    return router
