"""What the calls about webhooks look like in the description of the sharing service, and how a webhook is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from esign.copies.notices import CHANGES
from esign.copies.webhooks import ALGORITHMS, LONGEST, MOST_LICENCES
from trustkit.clock import format_rfc3339

if TYPE_CHECKING:
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.store.webhooks import WebhookFailure, WebhookRow

USUAL_DAYS: Final = 30
MAX_URL: Final = 2048
_DAYS: Final[dict[str, object]] = {"type": "integer", "minimum": 1, "maximum": LONGEST.days, "default": USUAL_DAYS}
_URL: Final = "https://bank.example/hooks/licences"
ORDER_BODY: Final[dict[str, object]] = {
    "schema": {
        "type": "object",
        "required": ["url"],
        "additionalProperties": False,
        "properties": {
            "url": {"type": "string", "format": "uri", "maxLength": MAX_URL},
            "changes": {"type": "array", "items": {"enum": sorted(CHANGES)}, "description": "all when left out"},
            "licences": {
                "type": "array",
                "items": {"type": "string", "minLength": 1, "maxLength": 160},
                "maxItems": MOST_LICENCES,
                "description": "those of all your copies when left out",
            },
            "days": _DAYS,
            "algorithm": {"enum": [each.value for each in ALGORITHMS], "default": ALGORITHMS[0].value},
        },
    },
    "example": {"url": _URL, "changes": ["licence-revoked", "licence-suspended"], "days": USUAL_DAYS},
}
RENEWAL_BODY: Final[dict[str, object]] = {
    "schema": {
        "type": "object",
        "additionalProperties": False,
        "properties": {"days": _DAYS, "from": {"enum": ["last", "now"], "default": "last"}},
    },
    "example": {"days": USUAL_DAYS, "from": "last"},
}
_EXAMPLE: Final[dict[str, object]] = {
    "id": "wh-k7qm2f3xwz5lt",
    "url": _URL,
    "changes": ["licence-revoked", "licence-suspended"],
    "licences": [],
    "algorithm": "ES256",
    "state": "active",
    "reason": None,
    "last_id": 4711,
    "attempts": 0,
    "failing_since": None,
    "created_at": "2026-12-01T00:00:00Z",
    "valid_until": "2026-12-31T00:00:00Z",
}
TOLD: Final[dict[str, object]] = {"schema": {"type": "object", "required": sorted(_EXAMPLE)}, "example": _EXAMPLE}
LISTED: Final[dict[str, object]] = {
    "schema": {"type": "object", "required": ["webhooks"]},
    "example": {"webhooks": [_EXAMPLE]},
}
WITH_FAILURES: Final[dict[str, object]] = {
    "schema": {"type": "object", "required": [*sorted(_EXAMPLE), "failures"]},
    "example": {
        **_EXAMPLE,
        "failures": [{"at": "2026-12-02T00:00:00Z", "id": 4712, "attempt": 1, "status": 503, "told": "http-503"}],
    },
}
JWKS: Final[dict[str, object]] = {
    "schema": {"type": "object", "required": ["keys"]},
    "example": {
        "keys": [
            {
                "kty": "EC",
                "crv": "P-256",
                "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
                "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
                "kid": "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U",
                "alg": "ES256",
                "use": "sig",
            }
        ]
    },
}


def answered(answer: dict[str, object], *, status: int = 200, body: dict[str, object] | None = None) -> dict[str, Any]:
    """Return what a route says of its answer, and of its body where it has one."""
    found: dict[str, Any] = {
        "responses": {status: {"description": "Done", "content": {"application/json": answer}}},
        "status_code": status,
    }
    if body is not None:
        found["openapi_extra"] = {"requestBody": {"required": True, "content": {"application/json": body}}}
    return found


def line(row: WebhookRow) -> dict[str, JsonValue]:
    """Return what its organisation and the operator are told of a webhook."""
    return {
        "id": row.identifier,
        "url": row.url,
        "changes": list(row.changes),
        "licences": list(row.licences),
        "algorithm": row.algorithm,
        "state": row.state.value,
        "reason": row.reason or None,
        "last_id": row.place,
        "attempts": row.attempts,
        "failing_since": None if row.failing_since is None else format_rfc3339(row.failing_since),
        "created_at": format_rfc3339(row.created_at),
        "valid_until": format_rfc3339(row.valid_until),
    }


def failure_line(failure: WebhookFailure) -> dict[str, JsonValue]:
    """Return what is told of an attempt in vain."""
    return {
        "at": format_rfc3339(failure.at),
        "id": failure.number,
        "attempt": failure.attempt,
        "status": failure.status or None,
        "told": failure.told,
    }
