"""The bodies of calls to the sharing service, and for whom they are: read strictly, before anything is done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fastapi.responses import JSONResponse

from trustkit.app.sharing_forms import MAX_BODY, MAX_CODE
from trustkit.copy_codes import CopyCode
from trustkit.encoding.canonical_json import JsonValue, parse_json
from trustkit.errors import ErrorCode, TrustError
from trustkit.web.requires import caller_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi import Request, Response

    from trustkit.identity import AuthContext, Organisation

NO_STORE: Final = {"Cache-Control": "no-store"}


def answer_of(told: object) -> Response:
    """Return a JSON answer that nothing on the way keeps."""
    return JSONResponse(told, headers=NO_STORE)


def organisation_of(request: Request) -> tuple[Organisation, AuthContext]:
    """Return for which organisation whoever calls acts. Raise SHARING_ORGANISATION when for none."""
    caller = caller_of(request)
    if caller is None or caller.acting_for is None:
        raise TrustError(CopyCode.SHARING_ORGANISATION, "the token names no organisation (org)")
    return caller.acting_for, caller


def bearer_of(request: Request) -> str:
    """Return the access token of a call whose token was verified."""
    return request.headers["authorization"].partition(" ")[2].strip()


async def body_of(request: Request, known: set[str]) -> dict[str, JsonValue]:
    """Return the members of a body. Raise REQUEST_TYPE, REQUEST_MALFORMED for others than `known`, JSON_*."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise TrustError(ErrorCode.REQUEST_TYPE, "send application/json")
    value = parse_json(await request.body(), max_size=MAX_BODY)
    if not isinstance(value, dict) or set(value) - known:
        raise TrustError(ErrorCode.REQUEST_MALFORMED, f"an object with {', '.join(sorted(known))} is due")
    return value


def text_of(body: Mapping[str, JsonValue], key: str) -> str:
    """Return a text that must be there. Raise REQUEST_MALFORMED."""
    value = body.get(key)
    if not isinstance(value, str) or not value:
        raise TrustError(ErrorCode.REQUEST_MALFORMED, f"{key} is text", key=key)
    return value


def code_of(body: Mapping[str, JsonValue], key: str) -> str:
    """Return a holder's code. Raise REQUEST_MALFORMED, HOLDER_CODE."""
    value = text_of(body, key)
    if len(value) > MAX_CODE or not value.isascii() or not value.isalnum():
        raise TrustError(ErrorCode.HOLDER_CODE, "a holder's code is digits and capital letters")
    return value.upper()


def whole_of(body: Mapping[str, JsonValue], key: str, fallback: int, most: int) -> int:
    """Return a whole number from 1 on. Raise REQUEST_MALFORMED."""
    value = body.get(key, fallback)
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
        raise TrustError(ErrorCode.REQUEST_MALFORMED, f"{key} is a whole number from 1 to {most}", key=key)
    return value
