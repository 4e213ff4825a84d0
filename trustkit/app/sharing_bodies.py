"""The bodies of calls to the sharing service, and for whom they are: read strictly, before anything is done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fastapi.responses import JSONResponse

from trustkit.app.sharing_forms import MAX_BODY, MAX_CODE
from trustkit.copy_codes import CopyCode
from trustkit.errors import ErrorCode, TrustError
from trustkit.web.json_body import read_object, text
from trustkit.web.requires import caller_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi import Request, Response

    from trustkit.encoding.canonical_json import JsonValue
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


async def body_of(request: Request, known: set[str]) -> dict[str, JsonValue]:
    """Return the members of a body. Raise as `trustkit.web.json_body.read_object`."""
    return await read_object(request, known, most=MAX_BODY)


def code_of(body: Mapping[str, JsonValue], key: str) -> str:
    """Return a holder's code. Raise REQUEST_MALFORMED, HOLDER_CODE."""
    value = text(body, key)
    if len(value) > MAX_CODE or not value.isascii() or not value.isalnum():
        raise TrustError(ErrorCode.HOLDER_CODE, "a holder's code is digits and capital letters")
    return value.upper()
