"""How ``/openapi.json`` describes the calls of ``/v1/presentations``."""

from __future__ import annotations

from typing import Any, Final

from trustkit.app.presentation_bodies import MAX_MINUTES, MAX_WAY_BACK, USUAL_MINUTES
from trustkit.app.presentation_desk import MAX_KEY
from verifier.api import REFUSALS, REPEAT_REFUSALS, REPEATABLE
from verifier.presentation_api import QUERY, QUERY_EXAMPLE, REPORT, REPORT_EXAMPLE
from verifier.presentation_request import SUITES

_PROBLEM: Final[dict[str, Any]] = {"application/problem+json": {}}
_ASKERS: Final[dict[int | str, dict[str, Any]]] = {
    **REFUSALS,
    401: {
        "description": "There is no access token, or one that does not do (WWW-Authenticate says why)",
        "content": _PROBLEM,
    },
}
_REPEATED: Final = {409: REPEAT_REFUSALS[409]}
_MISSING: Final[dict[int | str, dict[str, Any]]] = {
    404: {"description": "No such question, or it is over", "content": _PROBLEM}
}
_NUMBER: Final = "0f8fad5bd9cb469fa16570867728950e"


def _body(media_type: str, schema: dict[str, Any], example: dict[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {media_type: {"schema": schema, "example": example}}}}


def _answer(
    description: str, properties: dict[str, Any], example: dict[str, Any], *, needed: list[str]
) -> dict[str, Any]:
    schema = {"type": "object", "required": needed, "properties": properties}
    return {"description": description, "content": {"application/json": {"schema": schema, "example": example}}}


ASK: Final[dict[str, Any]] = {
    "summary": "Ask a wallet for credentials",
    "openapi_extra": _body(
        "application/json",
        {
            "type": "object",
            "required": ["dcql_query"],
            "additionalProperties": False,
            "properties": {
                "dcql_query": QUERY,
                "suite": {"enum": list(SUITES), "description": "what issuers and holders sign with; es256 by default"},
                "same_holder": {"type": "boolean", "description": "all were issued to one key"},
                "redirect_uri": {
                    "type": "string",
                    "maxLength": MAX_WAY_BACK,
                    "description": "https address the wallet sends the person to; the result then needs its response_code",
                },
                "minutes": {"type": "integer", "minimum": 1, "maximum": MAX_MINUTES, "default": USUAL_MINUTES},
            },
        },
        {"dcql_query": QUERY_EXAMPLE, "suite": "sm2", "redirect_uri": "https://platform.example/after"},
    )
    | REPEATABLE,
    "responses": _ASKERS
    | _REPEATED
    | {
        201: _answer(
            "The question: `request` is for the wallet, `key` for nobody but the asker, and kept nowhere else",
            {
                "id": {"type": "string"},
                "request": {"type": "string", "description": "link, for a button or a QR code"},
                "key": {"type": "string", "description": "opens the answer"},
                "expires_at": {"type": "string", "format": "date-time"},
            },
            {
                "id": _NUMBER,
                "request": "openid4vp://?client_id=redirect_uri%3Ahttps%3A%2F%2Flicences.example%2F…",
                "key": "MHcCAQEEI…",
                "expires_at": "2026-12-01T00:10:00Z",
            },
            needed=["id", "request", "key", "expires_at"],
        )
    },
}
LOOK: Final[dict[str, Any]] = {
    "summary": "Whether the wallet has answered",
    "responses": _ASKERS
    | _MISSING
    | {
        200: _answer(
            "How the question stands",
            {
                "id": {"type": "string"},
                "status": {"enum": ["waiting", "answered", "refused"]},
                "error": {
                    "type": ["string", "null"],
                    "description": "the wallet's code for a refusal, `other` for one of no standard",
                },
                "expires_at": {"type": "string", "format": "date-time"},
            },
            {"id": _NUMBER, "status": "answered", "error": None, "expires_at": "2026-12-01T00:10:00Z"},
            needed=["id", "status", "error", "expires_at"],
        ),
        304: {"description": "As the caller knows it already"},
    },
}
RESULT: Final[dict[str, Any]] = {
    "summary": "Open the answer and judge it",
    "openapi_extra": _body(
        "application/json",
        {
            "type": "object",
            "required": ["key"],
            "additionalProperties": False,
            "properties": {
                "key": {"type": "string", "maxLength": MAX_KEY},
                "response_code": {
                    "type": "string",
                    "description": "what the person brought back, where there is a way back",
                },
            },
        },
        {"key": "MHcCAQEEI…"},
    )
    | REPEATABLE,
    "responses": _ASKERS
    | _MISSING
    | {
        200: {
            "description": "One verdict on all, and that of each credential",
            "content": {"application/json": {"schema": REPORT, "example": REPORT_EXAMPLE}},
        },
        409: {
            "description": "The wallet has not answered yet, or refused; or the call with this Idempotency-Key is not answered yet",
            "content": _PROBLEM,
        },
    },
}
FORGET: Final[dict[str, Any]] = {
    "summary": "Forget a question and its answer now",
    "responses": _ASKERS | _MISSING | {204: {"description": "Forgotten"}},
}
ANSWER: Final[dict[str, Any]] = {
    "summary": "A wallet's answer (direct_post.jwt)",
    "openapi_extra": _body(
        "application/x-www-form-urlencoded",
        {
            "type": "object",
            "properties": {
                "response": {"type": "string", "description": "encrypted JWT (ECDH-ES, A256GCM or A128GCM)"},
                "error": {"type": "string", "description": "in place of it: why the wallet does not answer"},
                "error_description": {"type": "string"},
                "state": {"type": "string"},
            },
        },
        {"error": "access_denied"},
    ),
    "responses": REFUSALS
    | _MISSING
    | {
        200: _answer(
            "Taken",
            {"redirect_uri": {"type": "string", "description": "where to send the person"}},
            {"redirect_uri": "https://platform.example/after#response_code=…"},
            needed=[],
        ),
        409: {"description": "An answer came before", "content": _PROBLEM},
    },
}
