"""What the holder's calls look like in the description (``/openapi.json``): bodies, answers, refusals, an example of each."""

from __future__ import annotations

from typing import Any, Final

from esign.copies.asking import HANDLE_LENGTH
from esign.copies.authorisation import MAX_COPIES
from esign.copies.model import LEAST_TEXT, MAX_TERM, MOST_TEXT

_LINE: Final[dict[str, object]] = {"type": "string", "minLength": LEAST_TEXT, "maxLength": MOST_TEXT}
_IDENTIFIED: Final[dict[str, object]] = {"type": "string", "minLength": 1, "maxLength": 160}
_HANDLE: Final[dict[str, object]] = {"type": "string", "minLength": HANDLE_LENGTH, "maxLength": HANDLE_LENGTH}
_IDENTIFIER: Final = "1.2.156.3005.2.11990100MB0A1B2C3D001.11990100MB0A1B2C3D.20261201000001.001.X"
_BANK: Final = {"uscc": "92990100MA7TRYQ1X6", "name": "示例银行股份有限公司"}


def _object(required: list[str], **properties: object) -> dict[str, object]:
    return {"type": "object", "required": required, "additionalProperties": False, "properties": properties}


AUTHORISE_BODY: Final[dict[str, object]] = {
    "schema": _object(
        ["identifier", "recipient", "purpose", "days"],
        identifier=_IDENTIFIED,
        recipient=_object(["uscc", "name"], uscc={"type": "string", "minLength": 18, "maxLength": 18}, name=_LINE),
        purpose=_LINE,
        days={"type": "integer", "minimum": 1, "maximum": MAX_TERM.days},
        copies={"type": "integer", "minimum": 1, "maximum": MAX_COPIES, "default": 1},
    ),
    "example": {"identifier": _IDENTIFIER, "recipient": _BANK, "purpose": "办理个人住房贷款", "days": 30, "copies": 1},
}
WITHDRAW_BODY: Final[dict[str, object]] = {
    "schema": _object(["authorisation"], authorisation={"type": "string", "pattern": r"^[A-Z2-7]{16}$"}),
    "example": {"authorisation": "K7QM2F3XWZ5LTA4D"},
}
ASK_BODY: Final[dict[str, object]] = {
    "schema": _object(["handle"], handle=_HANDLE),
    "example": {"handle": "h" * HANDLE_LENGTH},
}
ANSWER_BODY: Final[dict[str, object]] = {
    "schema": _object(
        ["handle", "decision"], handle=_HANDLE, decision={"enum": ["approve", "refuse"]}, identifier=_IDENTIFIED
    ),
    "example": {"handle": "h" * HANDLE_LENGTH, "decision": "refuse"},
}
CREATED: Final[dict[str, object]] = {
    "number": "K7QM2F3XWZ5LTA4D",
    "identifier": _IDENTIFIER,
    "purpose": "办理个人住房贷款",
    "recipient": _BANK,
    "source": "sign-in",
    "standing": "in-force",
    "recorded_at": "2026-12-01T01:00:00Z",
    "valid_until": "2026-12-31T01:00:00Z",
    "copies": 0,
    "most_copies": 1,
    "withdrawn_at": None,
}
_PROBLEM: Final[dict[str, object]] = {"content": {"application/problem+json": {}}}
REFUSALS: Final[dict[int | str, dict[str, object]]] = {
    status: {"description": told, **_PROBLEM}
    for status, told in (
        (400, "A member is missing, unknown or of another form"),
        (401, "No access token, or a sign-in that does not do (WWW-Authenticate says why and what to bring)"),
        (403, "The scope, the person or the authorisation does not allow it"),
        (404, "There is no such licence, authorisation or request, or it is somebody else's"),
        (409, "The present state does not allow it"),
        (415, "The body is no application/json"),
        (422, "What was sent does not hold"),
        (429, "Too many calls: Retry-After"),
    )
}


def answered(example: dict[str, object]) -> dict[str, Any]:
    """Return what a route says of its answer."""
    schema = {"type": "object", "required": [*example]}
    return {
        "responses": {
            200: {"description": "Done", "content": {"application/json": {"schema": schema, "example": example}}}
        }
    }


def taken(body: dict[str, object], example: dict[str, object]) -> dict[str, Any]:
    """Return what a route says of its body and of its answer."""
    return {
        "openapi_extra": {"requestBody": {"required": True, "content": {"application/json": body}}},
        **answered(example),
    }
