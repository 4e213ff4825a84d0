"""The OpenAPI document, corrected where FastAPI's guess is not what this service answers, and what refusals look like, by their status."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Final

from trustkit.api_codes import ApiCode
from trustkit.errors import ErrorCode, TrustError
from trustkit.texts.catalogue import Language
from trustkit.web.problem import MEDIA_TYPE, problem_body, status_of

if TYPE_CHECKING:
    from fastapi import FastAPI

_GUESSED: Final = "HTTPValidationError"
_REFUSED: Final = {"description": "A parameter is missing or of the wrong form", "content": {MEDIA_TYPE: {}}}

_SCHEMA: Final = "Problem"
_MEMBERS: Final = ("type", "title", "status", "code", "remedy", "instance")
_PROBLEM: Final[dict[str, Any]] = {
    "type": "object",
    "description": "RFC 9457; `code` is for programs, `title` and `remedy` come in the language asked for, `fact_…` are particulars",
    "required": list(_MEMBERS),
    "properties": {name: {"type": "integer" if name == "status" else "string"} for name in (*_MEMBERS, "detail")},
}
_EXAMPLES: Final = {
    str(int(status_of(code))): code
    for code in (
        ErrorCode.REQUEST_MALFORMED,
        ErrorCode.TOKEN_MISSING,
        ErrorCode.TOKEN_SCOPE,
        ErrorCode.REQUEST_MISSING,
        ErrorCode.REQUEST_TIMEOUT,
        ApiCode.REPEAT_UNDER_WAY,
        ErrorCode.INPUT_TOO_LARGE,
        ErrorCode.REQUEST_TYPE,
        ErrorCode.JSON_MALFORMED,
        ErrorCode.REQUEST_RATE,
        ErrorCode.REQUEST_BUSY,
        ErrorCode.DISK_FULL,
    )
}


def describe(api: FastAPI) -> None:
    """Make the application's document say what its refusals are: a parameter of the wrong form is 400, a problem document."""
    guess = api.openapi

    def corrected() -> dict[str, Any]:
        document = guess()
        for operations in document["paths"].values():
            for operation in operations.values():
                answers = operation["responses"]
                if _GUESSED in str(answers.get("422")):
                    del answers["422"]
                    answers["400"] = copy.deepcopy(_REFUSED)
                for status, answer in answers.items():
                    if MEDIA_TYPE in answer.get("content", {}):
                        answer["content"][MEDIA_TYPE] = _told(status)
        for name in (_GUESSED, "ValidationError"):
            document.get("components", {}).get("schemas", {}).pop(name, None)
        document.setdefault("components", {}).setdefault("schemas", {})[_SCHEMA] = _PROBLEM
        return document

    api.openapi = corrected  # type: ignore[method-assign]  # how FastAPI is told


def _told(status: str) -> dict[str, Any]:
    """Return the form of a refusal, and what one of this status looks like."""
    told: dict[str, Any] = {"schema": {"$ref": f"#/components/schemas/{_SCHEMA}"}}
    if code := _EXAMPLES.get(status):
        instance = {"instance": "urn:trustkit:request:0f8fad5bd9cb469fa16570867728950e"}
        told["example"] = problem_body(TrustError(code), Language.EN) | instance
    return told
