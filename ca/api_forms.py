"""How calls of the authority's API are read and answered, and how their description says so; what every router of the room shares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.concurrency import run_in_threadpool

from ca.clients import Client, ClientRegistry, Credential, Permission
from trustkit.clock import parse_rfc3339
from trustkit.encoding.text64 import decode_base64
from trustkit.errors import ErrorCode, TrustError
from trustkit.web.credentials import read_credential
from trustkit.web.json_body import read_object as read_body
from trustkit.web.json_body import text
from trustkit.web.problem import request_id

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from fastapi import Request

    from trustkit.encoding.canonical_json import JsonValue

MAX_BODY: Final = 128 * 1024
NO_STORE: Final = {"Cache-Control": "no-store"}
SERIAL: Final = r"^[0-9a-f]{1,40}$"
TEXT: Final[dict[str, object]] = {"type": "string"}
TIME: Final[dict[str, object]] = {"type": "string", "format": "date-time"}
_PROBLEM: Final[dict[str, object]] = {
    "content": {
        "application/problem+json": {
            "schema": {
                "type": "object",
                "description": "RFC 9457; `code` is stable, sentences are in English or 中文 by Accept-Language",
                "required": ["type", "title", "status", "code", "remedy", "instance"],
                "properties": {
                    "type": {"type": "string", "format": "uri"},
                    "title": {"type": "string", "description": "What happened, one sentence"},
                    "status": {"type": "integer"},
                    "code": {"type": "string", "description": "Such as ca:client:grant"},
                    "remedy": {"type": "string", "description": "What to do about it"},
                    "detail": {"type": "string"},
                    "instance": {"type": "string", "format": "uri", "description": "Finds the call in log and trail"},
                },
            },
            "example": {
                "type": "urn:trustkit:error:ca:client:role",
                "title": "The client's role does not allow this.",
                "status": 403,
                "code": "ca:client:role",
                "remedy": "Use a client of the role the call needs.",
                "instance": "urn:trustkit:request:6f0c2d",
            },
        }
    }
}
RESPONSES: Final[dict[int | str, dict[str, object]]] = {
    400: {"description": "A member or parameter is missing, unknown or of another form", **_PROBLEM},
    401: {"description": "No credential, or one that is not accepted", **_PROBLEM},
    403: {
        "description": "The client's role or grant does not include the act, profile, authority or name (ca:client:role, "
        "ca:client:grant), or the authority refuses it",
        **_PROBLEM,
    },
    404: {"description": "There is no such thing, or it is somebody else's", **_PROBLEM},
    409: {"description": "The present state does not allow it", **_PROBLEM},
    422: {"description": "What was sent cannot be read, or does not hold: a request, a key, a signature", **_PROBLEM},
    429: {"description": "Too many calls; Retry-After says when", **_PROBLEM},
}


async def admit(registry: ClientRegistry, request: Request, permission: Permission) -> Client:
    """Return the client whose credential a request shows. Raise as `ClientRegistry.admit`."""
    identifier, secret, means = read_credential(request)
    credential = Credential(identifier=identifier, secret=secret, means=means)
    return await run_in_threadpool(registry.admit, credential, permission, request_id=request_id(request))


async def read_object(request: Request, known: set[str]) -> dict[str, JsonValue]:
    """Return the members of a JSON body, of those that are known. Raise as `trustkit.web.json_body.read_object`."""
    return await read_body(request, known, most=MAX_BODY)


def optional_text(body: Mapping[str, JsonValue], name: str) -> str:
    """Return a member that must be text, or nothing when it is not there. Raise REQUEST_MALFORMED."""
    return text(body, name) if name in body else ""


def flag(body: Mapping[str, JsonValue], name: str) -> bool:
    """Return a member that must be true or false, and is false when it is not there. Raise REQUEST_MALFORMED."""
    value = body.get(name, False)
    if not isinstance(value, bool):
        raise TrustError(ErrorCode.REQUEST_MALFORMED, f"{name} is true or false", key=name)
    return value


def optional_moment(body: Mapping[str, JsonValue], name: str) -> datetime | None:
    """Return a member that must be a time (RFC 3339), or None when it is not there. Raise REQUEST_MALFORMED."""
    if name not in body:
        return None
    try:
        return parse_rfc3339(text(body, name))
    except ValueError as error:
        raise TrustError(
            ErrorCode.REQUEST_MALFORMED, f"{name} is a time such as 2026-12-01T00:00:00Z", key=name
        ) from error


def octets(body: Mapping[str, JsonValue], name: str) -> bytes:
    """Return a member that must be base64. Raise REQUEST_MALFORMED."""
    try:
        return decode_base64(text(body, name))
    except TrustError as error:
        raise TrustError(ErrorCode.REQUEST_MALFORMED, f"{name} is base64", key=name) from error


def json_body(
    required: tuple[str, ...], properties: dict[str, object], example: dict[str, object]
) -> dict[str, object]:
    """Return the description of a body."""
    schema = {"type": "object", "additionalProperties": False, "required": list(required), "properties": properties}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema, "example": example}}}}


def object_of(properties: dict[str, object]) -> dict[str, object]:
    """Return the schema of an object that has all of these members."""
    return {"type": "object", "required": sorted(properties), "properties": properties}


def list_of(schema: dict[str, object]) -> dict[str, object]:
    """Return the schema of an array."""
    return {"type": "array", "items": schema}


def nullable(schema: dict[str, object]) -> dict[str, object]:
    """Return the schema of what may be null."""
    return {"anyOf": [schema, {"type": "null"}]}


def answer(
    description: str, schema: dict[str, object], example: dict[str, object], status: int = 200
) -> dict[int | str, dict[str, object]]:
    """Return the description of an answer."""
    return {
        status: {"description": description, "content": {"application/json": {"schema": schema, "example": example}}}
    }
