"""The JSON object a call sends: of the members that are known, each of its kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustkit.encoding.canonical_json import JsonValue, parse_json
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

_DEPTH = 4  # of what calls send


async def read_object(request: Request, known: set[str], *, most: int) -> dict[str, JsonValue]:
    """Return the members of a body of at most `most` octets.

    Raises:
        TrustError: REQUEST_TYPE for another media type; REQUEST_MALFORMED for no object, or other members than `known`; INPUT_TOO_LARGE; JSON_*.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise TrustError(ErrorCode.REQUEST_TYPE, "the body is application/json")
    body = parse_json(await request.body(), max_size=most, max_depth=_DEPTH)
    if not isinstance(body, dict) or set(body) - known:
        raise TrustError(ErrorCode.REQUEST_MALFORMED, f"the body is an object with {', '.join(sorted(known))}")
    return body


def text(body: Mapping[str, JsonValue], name: str) -> str:
    """Return a member that must be text. Raise REQUEST_MALFORMED."""
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise TrustError(ErrorCode.REQUEST_MALFORMED, f"{name} is text", key=name)
    return value


def whole(body: Mapping[str, JsonValue], name: str, most: int, *, fallback: int | None = None) -> int:
    """Return a member that must be a whole number from 1 on, `fallback` where it is not there. Raise REQUEST_MALFORMED."""
    value = body.get(name, fallback)
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
        raise TrustError(ErrorCode.REQUEST_MALFORMED, f"{name} is a whole number from 1 to {most}", key=name)
    return value
