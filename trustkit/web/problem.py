"""RFC 9457 problem details: the one place where an error becomes an HTTP answer."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from starlette.responses import JSONResponse

from trustkit.api_codes import ApiCode
from trustkit.error_family import Code, Family
from trustkit.errors import ErrorCode, TrustError
from trustkit.texts.catalogue import Language, error_text
from trustkit.web.challenge import challenge_of

if TYPE_CHECKING:
    from starlette.requests import Request

    from trustkit.encoding.canonical_json import JsonValue

MEDIA_TYPE: Final = "application/problem+json"
_STATUS_OF_FAMILY: Final[dict[Family, HTTPStatus]] = {
    Family.MALFORMED: HTTPStatus.UNPROCESSABLE_ENTITY,
    Family.UNTRUSTED: HTTPStatus.UNPROCESSABLE_ENTITY,
    Family.FORBIDDEN: HTTPStatus.FORBIDDEN,
    Family.MISSING: HTTPStatus.NOT_FOUND,
    Family.CONFLICT: HTTPStatus.CONFLICT,
    Family.UNREACHABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    Family.RESOURCE: HTTPStatus.INSUFFICIENT_STORAGE,
    Family.CONFIG: HTTPStatus.INTERNAL_SERVER_ERROR,
    Family.USAGE: HTTPStatus.BAD_REQUEST,
    Family.BUG: HTTPStatus.INTERNAL_SERVER_ERROR,
}
_STATUS_OF_CODE: Final[dict[Code, HTTPStatus]] = {
    ErrorCode.INPUT_TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    ErrorCode.REQUEST_BUSY: HTTPStatus.SERVICE_UNAVAILABLE,
    ErrorCode.REQUEST_MALFORMED: HTTPStatus.BAD_REQUEST,
    ErrorCode.REQUEST_METHOD: HTTPStatus.METHOD_NOT_ALLOWED,
    ErrorCode.REQUEST_RATE: HTTPStatus.TOO_MANY_REQUESTS,
    ErrorCode.REQUEST_TIMEOUT: HTTPStatus.REQUEST_TIMEOUT,
    ErrorCode.REQUEST_TYPE: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    ErrorCode.INPUT_EMPTY: HTTPStatus.BAD_REQUEST,
    ErrorCode.CA_CLIENT_REFUSED: HTTPStatus.UNAUTHORIZED,
    ErrorCode.TOKEN_LEVEL: HTTPStatus.UNAUTHORIZED,
    ErrorCode.TOKEN_MISSING: HTTPStatus.UNAUTHORIZED,
    ErrorCode.TOKEN_PROOF: HTTPStatus.UNAUTHORIZED,
    ErrorCode.TOKEN_REFUSED: HTTPStatus.UNAUTHORIZED,
    ApiCode.QUOTA_SPENT: HTTPStatus.TOO_MANY_REQUESTS,
}
COME_AGAIN: Final = frozenset(
    {ErrorCode.REQUEST_RATE, ErrorCode.REQUEST_BUSY, ApiCode.QUOTA_SPENT, ApiCode.REPEAT_UNDER_WAY}
)  # answered with Retry-After, in seconds
# RFC 9110 11.6.1: the schemes of the doors that ask for credentials. EST clients know Basic (RFC 7030 3.2.3).
_CHALLENGE: Final = 'Bearer realm="trustkit", Basic realm="trustkit", charset="UTF-8"'


def status_of(code: Code) -> HTTPStatus:
    """Return the HTTP status an error code answers with."""
    return _STATUS_OF_CODE.get(code, _STATUS_OF_FAMILY[code.family])


def preferred_language(accept_language: str) -> Language:
    """Return 中文 when the header's first known language is Chinese, English otherwise (RFC 9110 12.5.4, simplified)."""
    for part in accept_language.split(",")[:8]:
        tag = part.split(";")[0].strip().lower()
        if tag.startswith("zh"):
            return Language.ZH
        if tag.startswith("en"):
            return Language.EN
    return Language.EN


def problem(error: TrustError, request: Request) -> JSONResponse:
    """Return the problem document of an error.

    Our own faults (family BUG or CONFIG) answer with the sentence alone: the detail stays in the log, found again by
    the request id.
    """
    language = preferred_language(request.headers.get("accept-language", ""))
    status = status_of(error.code)
    body = problem_body(error, language) | {"instance": f"urn:trustkit:request:{request_id(request)}"}
    headers = {"Content-Language": language.value, "Cache-Control": "no-store"}
    if error.code in COME_AGAIN:
        headers["Retry-After"] = str(error.facts.get("retry_after", 1))
    asked = challenge_of(error) or (_CHALLENGE if status is HTTPStatus.UNAUTHORIZED else None)
    if asked is not None:
        headers["WWW-Authenticate"] = asked
    return JSONResponse(body, status_code=int(status), media_type=MEDIA_TYPE, headers=headers)


def problem_body(error: TrustError, language: Language) -> dict[str, JsonValue]:
    """Return the members of a problem document but its instance; of our own faults (500 and above) without the detail."""
    text = error_text(error.code, language)
    status = status_of(error.code)
    body: dict[str, JsonValue] = {
        "type": f"urn:trustkit:error:{error.code.value}",
        "title": text.sentence,
        "status": int(status),
        "code": error.code.value,
        "remedy": text.remedy,
    }
    if status < HTTPStatus.INTERNAL_SERVER_ERROR and error.detail:
        body["detail"] = error.detail
        body.update({f"fact_{key}": value for key, value in error.facts.items()})
    return body


def request_id(request: Request) -> str:
    """Return the request's id, set by `trustkit.web.middleware`."""
    return str(request.scope.get("trustkit.request_id", ""))
