"""Validators of conditional requests (RFC 9110 13), and what is published under them."""

from __future__ import annotations

import hashlib
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.responses import Response

from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from starlette.requests import Request


def published(request: Request, data: bytes | None, media_type: str, max_age: int) -> Response:
    """Return what is published, or that the caller holds it already; caches keep it for so many seconds. Raise REQUEST_MISSING for None."""
    if data is None:
        raise TrustError(ErrorCode.REQUEST_MISSING, "nothing is published under this name")
    tag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": f"public, max-age={max_age}"}
    if holds_already(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Response(data, media_type=media_type, headers=headers)


def holds_already(if_none_match: str, tag: str) -> bool:
    """Say whether the caller holds what is published: a list of tags or ``*``, compared weakly (RFC 9110 13.1.2)."""
    held = (each.strip().removeprefix("W/") for each in if_none_match.split(","))
    return any(each in {tag, "*"} for each in held)
