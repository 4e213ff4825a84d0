"""Refusals as the API writes them: ``{"error": …, "error_description": …}`` (CSC API v2, 10)."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from fastapi.responses import JSONResponse

from trustkit.error_family import Code, Family
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Mapping

_E: Final = ErrorCode
INVALID: Final = "invalid_request"
# Error code → error and HTTP status; the description is the error's detail unless one stands here.
_KNOWN: Final[Mapping[Code, tuple[str, int, str]]] = MappingProxyType(
    {
        _E.ALGORITHM_SUNSET: ("access_denied", 400, "The algorithm rules no longer let this key sign"),
        _E.CA_ACTIVATION: (INVALID, 400, ""),
        _E.CA_CLIENT_ALTERED: ("unauthorized_client", 403, "The client's registration is not what was recorded"),
        _E.CA_CLIENT_GRANT: ("unauthorized_client", 403, "The client was not granted to sign"),
        _E.CA_CLIENT_REFUSED: ("invalid_token", 401, "The client's credentials are not accepted"),
        _E.CA_CLIENT_ROLE: ("unauthorized_client", 403, "The client's role does not include signing"),
        _E.CA_CREDENTIAL_MISSING: (INVALID, 400, ""),
        _E.CA_CREDENTIAL_STATE: (INVALID, 400, ""),
        _E.CA_HASHES: (INVALID, 400, ""),
        _E.INPUT_TOO_LARGE: (INVALID, 413, "The body is too large"),
        _E.REQUEST_RATE: ("temporarily_unavailable", 429, "Too many requests"),
        _E.REQUEST_TYPE: (INVALID, 415, ""),
    }
)
_CHALLENGE: Final = 'Bearer realm="trustkit", error="invalid_token", Basic realm="trustkit", charset="UTF-8"'


def csc_problem(error: TrustError) -> JSONResponse:
    """Return the answer of an error. Our own faults are told as such, and no more."""
    if error.code in _KNOWN:
        name, status, told = _KNOWN[error.code]
    elif error.code.family is Family.MALFORMED:
        name, status, told = INVALID, 400, ""
    elif error.code.family in {Family.UNREACHABLE, Family.RESOURCE}:
        name, status, told = "temporarily_unavailable", 503, "The service cannot sign at present"
    else:
        name, status, told = "server_error", 500, "The service could not carry this out"
    headers = {"Cache-Control": "no-store"}
    if error.code is ErrorCode.CA_CLIENT_REFUSED:
        headers["WWW-Authenticate"] = _CHALLENGE
    if error.code is ErrorCode.REQUEST_RATE:
        headers["Retry-After"] = str(error.facts.get("retry_after", 1))
    return JSONResponse({"error": name, "error_description": told or error.detail}, status_code=status, headers=headers)
