"""The revocation lists over HTTP: complete, delta and partitioned, with validators, from memory once read.

A list of a million entries has some 55 million octets: whether the caller holds the newest is answered from what the store
knows of it, without reading it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.utils import format_datetime, parsedate_to_datetime
from typing import TYPE_CHECKING, Annotated, Final

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import StreamingResponse

from trustkit.errors import ErrorCode, TrustError
from trustkit.store.crls import WHOLE, ListKind
from trustkit.web.validators import holds_already

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime

    from trustkit.app.publications import StorePublications
    from trustkit.clock import Clock
    from trustkit.store.crls import CrlHead

_NAME: Final = r"^[a-z0-9-]{1,32}$"
_SCOPE: Final = re.compile(r"[1-9][0-9]{0,2}-[0-9]{1,3}(-delta)?")
_DELTA: Final = "-delta"
_CHUNK: Final = 256 * 1024
_MISSING: Final[dict[int | str, dict[str, object]]] = {
    404: {"description": "No such list is published", "content": {"application/problem+json": {}}}
}


def lists_router(publications: StorePublications, clock: Clock, *, max_age: int) -> APIRouter:
    """Return the routes of the lists; `max_age` in seconds bounds how long a cache may keep one unasked."""
    router = APIRouter(tags=["publications"], responses=_MISSING)
    shelf = _Shelf(publications=publications, clock=clock, max_age=max_age)

    @router.get("/v1/crls/{name}.crl", summary="The latest CRL of a certificate authority", response_class=Response)
    def crl(request: Request, name: Annotated[str, Path(pattern=_NAME)]) -> Response:
        return shelf.hand_out(request, publications.crl_head(name))

    @router.get("/v1/crls/{name}/delta.crl", summary="What changed since a complete CRL", response_class=Response)
    def delta(request: Request, name: Annotated[str, Path(pattern=_NAME)]) -> Response:
        return shelf.hand_out(request, publications.crl_head(name, scope=WHOLE, kind=ListKind.DELTA))

    @router.get(
        "/v1/crls/{name}/{part}.crl", summary="The latest CRL of some of the certificates", response_class=Response
    )
    def partitioned(request: Request, name: str, part: str) -> Response:
        if _SCOPE.fullmatch(part) is None:
            raise TrustError(ErrorCode.REQUEST_MISSING, "no such list is published")
        kind = ListKind.DELTA if part.endswith(_DELTA) else ListKind.FULL
        return shelf.hand_out(request, publications.crl_head(name, scope=part.removesuffix(_DELTA), kind=kind))

    return router


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shelf:
    publications: StorePublications
    clock: Clock
    max_age: int

    def hand_out(self, request: Request, head: CrlHead | None) -> Response:
        """Answer with a list, or that the caller holds it. Raise REQUEST_MISSING."""
        if head is None:
            raise TrustError(ErrorCode.REQUEST_MISSING, "no such list is published")
        left = int((head.next_update - self.clock.now()).total_seconds())
        headers = {
            "ETag": f'"{head.sha256[:32]}"',
            "Last-Modified": format_datetime(head.this_update, usegmt=True),
            "Cache-Control": f"public, max-age={max(0, min(self.max_age, left))}",
        }
        if _is_current(request, headers["ETag"], head.this_update):
            return Response(status_code=304, headers=headers)
        der = self.publications.crl_octets(head)
        if der is None:
            raise TrustError(ErrorCode.REQUEST_MISSING, "no such list is published")
        headers["Content-Length"] = str(len(der))
        return StreamingResponse(_chunks(der), media_type="application/pkix-crl", headers=headers)


async def _chunks(data: bytes) -> AsyncIterator[memoryview]:
    """Hand out a long list piece by piece, as the client takes it, without copying it."""
    view = memoryview(data)
    for offset in range(0, len(view), _CHUNK):
        yield view[offset : offset + _CHUNK]


def _is_current(request: Request, tag: str, modified: datetime) -> bool:
    """Say whether the caller holds this version; If-None-Match goes before If-Modified-Since (RFC 9110 13.2.2)."""
    tags = request.headers.get("if-none-match")
    if tags is not None:
        return holds_already(tags, tag)
    try:
        since = parsedate_to_datetime(request.headers.get("if-modified-since", ""))
    except ValueError:
        return False
    return since.tzinfo is not None and modified <= since
