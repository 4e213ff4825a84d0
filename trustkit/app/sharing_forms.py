"""What the calls of the sharing interface look like in its description (``/openapi.json``): bodies, answers, refusals, an example of each."""

from __future__ import annotations

from typing import Any, Final

from esign.copies.asking import MOST_MINUTES
from esign.copies.authorisation import MAX_COPIES, REASONS
from esign.copies.model import LEAST_TEXT, MOST_TEXT
from esign.licence.formats import LicenceFormat

MAX_BODY: Final = 16 * 1024
MAX_CODE: Final = 64
MAX_DAYS: Final = 366
FORMATS: Final = {"pdf": (LicenceFormat.PDF,), "ofd": (LicenceFormat.OFD,), "both": tuple(LicenceFormat)}
NUMBER: Final = r"^[A-Z2-7]{16}$"
_TEXT: Final[dict[str, object]] = {"type": "string"}
_TIME: Final[dict[str, object]] = {"type": "string", "format": "date-time"}
_CODE: Final[dict[str, object]] = {"type": "string", "pattern": NUMBER}
_LINE: Final[dict[str, object]] = {"type": "string", "minLength": LEAST_TEXT, "maxLength": MOST_TEXT}
_PARTY: Final[dict[str, object]] = {
    "type": "object",
    "required": ["uscc", "name"],
    "additionalProperties": False,
    "properties": {"uscc": {"type": "string", "minLength": 18, "maxLength": 18}, "name": _LINE},
}
_BANK: Final = {"uscc": "92990100MA7TRYQ1X6", "name": "示例银行股份有限公司"}
_IDENTIFIER: Final = "1.2.156.3005.2.11990100MB0A1B2C3D001.11990100MB0A1B2C3D.20261201000001.001.X"


def _object(required: list[str], **properties: object) -> dict[str, object]:
    return {"type": "object", "required": required, "additionalProperties": False, "properties": properties}


QUERY_BODY: Final[dict[str, object]] = {
    "schema": _object(
        ["holder_code", "reason"],
        holder_code={
            "type": "string",
            "minLength": 1,
            "maxLength": MAX_CODE,
            "description": "USCC, or citizen number",
        },
        reason={**_LINE, "description": "What it is asked for; the trail keeps its digest"},
    ),
    "example": {"holder_code": "91990100MA7TRYQ01H", "reason": "办理对公账户开户"},
}
FOUND: Final[dict[str, object]] = {
    "schema": {
        "type": "object",
        "required": ["licences"],
        "properties": {
            "licences": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": [
                        "identifier", "type", "standing", "expires_at", "authorisation", "purpose", "valid_until", "copies_left",
                    ],
                },
            }
        },
    },
    "example": {
        "licences": [
            {
                "identifier": _IDENTIFIER,
                "type": "11990100MB0A1B2C3D001",
                "standing": "effective",
                "expires_at": None,
                "authorisation": "K7QM2F3XWZ5LTA4D",
                "purpose": "办理对公账户开户",
                "valid_until": "2027-03-31T16:00:00Z",
                "copies_left": 2,
            }
        ]
    },
}  # fmt: skip
COPY_BODY: Final[dict[str, object]] = {
    "schema": _object(
        ["authorisation"],
        authorisation=_CODE,
        days={"type": "integer", "minimum": 1, "maximum": MAX_DAYS, "default": 30},
        format={"enum": sorted(FORMATS), "default": "pdf"},
        key={
            "type": "string",
            "minLength": 1,
            "description": "of your own, for this one copy: asked for again with it, the copy made before is answered while it stands",
        },
    ),
    "example": {"authorisation": "K7QM2F3XWZ5LTA4D", "days": 30, "format": "pdf", "key": "case-4711"},
}
MADE: Final[dict[str, object]] = {
    "schema": {
        "type": "object",
        "required": [
            "number", "identifier", "authorisation", "purpose", "recipient", "valid_from", "valid_until", "documents",
        ],
        "properties": {
            "documents": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["format", "sm3", "data"],
                    "properties": {"format": _TEXT, "sm3": _TEXT, "data": {"type": "string", "format": "byte"}},
                },
            }
        },
    },
    "example": {
        "number": "ZT5QM2F3XWK7LA4D",
        "identifier": _IDENTIFIER,
        "authorisation": "K7QM2F3XWZ5LTA4D",
        "purpose": "办理对公账户开户",
        "recipient": _BANK,
        "valid_from": "2026-12-01T00:00:00Z",
        "valid_until": "2026-12-31T00:00:00Z",
        "documents": [{"format": "pdf", "sm3": "ab" * 32, "data": "JVBERi0xLjcK"}],
    },
}  # fmt: skip
AUTHORISATION_BODY: Final[dict[str, object]] = {
    "schema": _object(
        ["identifier", "purpose", "recipient", "valid_until"],
        identifier={"type": "string", "minLength": 1, "maxLength": 160},
        purpose=_LINE,
        recipient=_PARTY,
        valid_until=_TIME,
        copies={"type": "integer", "minimum": 1, "maximum": MAX_COPIES, "default": 1},
    ),
    "example": {
        "identifier": _IDENTIFIER,
        "purpose": "办理对公账户开户",
        "recipient": _BANK,
        "valid_until": "2027-03-31T16:00:00Z",
        "copies": 2,
    },
}
WITHDRAWAL_BODY: Final[dict[str, object]] = {
    "schema": _object(["authorisation", "reason"], authorisation=_CODE, reason={"enum": list(REASONS)}),
    "example": {"authorisation": "K7QM2F3XWZ5LTA4D", "reason": "holder-request"},
}
RECORDED: Final[dict[str, object]] = {
    "schema": {
        "type": "object",
        "required": ["number", "identifier", "purpose", "recipient", "standing", "valid_until"],
    },
    "example": {
        "number": "K7QM2F3XWZ5LTA4D",
        "identifier": _IDENTIFIER,
        "purpose": "办理对公账户开户",
        "recipient": _BANK,
        "standing": "in-force",
        "valid_until": "2027-03-31T16:00:00Z",
    },
}


def described(body: dict[str, object], answer: dict[str, object]) -> dict[str, Any]:
    """Return what a route says of its body and of its answer."""
    return {
        "openapi_extra": {"requestBody": {"required": True, "content": {"application/json": body}}},
        "responses": {200: {"description": "Done", "content": {"application/json": answer}}},
    }


_STATE: Final[dict[str, object]] = {
    "request": "ZT5QM2F3XWK7LA4D",
    "state": "waiting",
    "type": "11990100MB0A1B2C3D001",
    "purpose": "办理个人住房贷款",
    "days": 30,
    "copies": 1,
    "expires_at": "2026-12-01T01:30:00Z",
    "answered_at": None,
    "authorisation": None,
}
ASK_BODY: Final[dict[str, object]] = {
    "schema": _object(
        ["type", "purpose"],
        type={"type": "string", "minLength": 1, "maxLength": MAX_CODE, "description": "code of the licence type"},
        purpose=_LINE,
        days={"type": "integer", "minimum": 1, "maximum": MAX_DAYS, "default": 30},
        copies={"type": "integer", "minimum": 1, "maximum": MAX_COPIES, "default": 1},
        minutes={
            "type": "integer",
            "minimum": 1,
            "maximum": MOST_MINUTES,
            "default": 30,
            "description": "How long the link waits for an answer",
        },
        holder_code={
            "type": "string",
            "minLength": 1,
            "maxLength": MAX_CODE,
            "description": "of whoever alone may answer; without it, whoever opens the link",
        },
    ),
    "example": {"type": "11990100MB0A1B2C3D001", "purpose": "办理个人住房贷款", "days": 30, "minutes": 30},
}
ASKED: Final[dict[str, object]] = {
    "schema": {"type": "object", "required": [*_STATE, "link", "qr"]},
    "example": {**_STATE, "link": "https://holder.example.gov.cn/ask?r=…", "qr": "<svg …>"},
}
_PROBLEM: Final[dict[str, object]] = {"content": {"application/problem+json": {}}}
REFUSALS: Final[dict[int | str, dict[str, object]]] = {
    status: {"description": told, **_PROBLEM}
    for status, told in (
        (400, "A member is missing, unknown or of another form"),
        (401, "No access token, or one that does not do (WWW-Authenticate says why)"),
        (403, "The scope, the organisation, the holder or the authorisation does not allow it"),
        (404, "There is no such licence or authorisation, or it is somebody else's"),
        (409, "The present state does not allow it"),
        (415, "The body is no application/json"),
        (422, "What was sent does not hold"),
        (429, "Too many calls, or the quota is used up: Retry-After"),
    )
}

STATE_OF_ASK: Final[dict[str, Any]] = {
    "responses": {
        200: {
            "description": "waiting, approved (with its authorisation), refused or expired",
            "content": {"application/json": {"schema": {"type": "object", "required": [*_STATE]}, "example": _STATE}},
        }
    }
}
CHANGES: Final[dict[str, Any]] = {
    "openapi_extra": {
        "parameters": [
            {
                "name": "Last-Event-ID",
                "in": "header",
                "required": False,
                "schema": {"type": "string", "pattern": "^[0-9]{1,10}$"},
                "description": "The last event that was seen: what came after it is told first",
                "example": "4711",
            }
        ]
    },
    "responses": {
        200: {
            "description": "Server-sent events, for some minutes; then come back with the last id",
            "content": {
                "text/event-stream": {
                    "schema": {"type": "string"},
                    "example": 'id: 4712\nevent: licence-suspended\ndata: {"change":"licence-suspended", …}\n\n',
                }
            },
        },
        503: {"description": "As many streams as there may be are open: Retry-After", **_PROBLEM},
    },
}
