"""``GET /v1/credential-types/{name}``: what the ``vct`` of a credential leads to (draft-ietf-oauth-sd-jwt-vc, Type Metadata)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from fastapi import APIRouter, Path, Request, Response

from trustkit.web.validators import published

if TYPE_CHECKING:
    from trustkit.app.credential_types import HomeTypes

_NAME: Final = r"^[a-z0-9][a-z0-9-]{0,63}$"
_MAX_AGE: Final = 3600  # seconds, as of the licence types they are made of
_JSON: Final = "application/json"
_SCHEMA: Final[dict[str, object]] = {
    "type": "object",
    "required": ["vct", "name", "display", "claims"],
    "properties": {
        "vct": {"type": "string", "description": "this address"},
        "name": {"type": "string"},
        "display": {"type": "array", "items": {"type": "object", "required": ["locale", "name"]}},
        "claims": {"type": "array", "items": {"type": "object", "required": ["path", "display", "mandatory", "sd"]}},
    },
}


def credential_types_router(types: HomeTypes) -> APIRouter:
    """Return the read-only route over the types of a home, each read when somebody asks for it first, and anew when its file changed."""
    router = APIRouter(tags=["credential types"])
    kept: dict[str, tuple[object, bytes]] = {}  # as many as there are types: what is not there is not kept

    def document(name: str) -> bytes | None:
        state = types.state(name)  # looked at before the file is read: what is written meanwhile is read next time
        held = kept.get(name)
        if held is not None and held[0] == state:
            return held[1]
        octets = types.document(name)
        if octets is None:
            kept.pop(name, None)
        else:
            kept[name] = (state, octets)
        return octets

    @router.get(
        "/v1/credential-types/{name}",
        summary="The type metadata of credentials of a licence type",
        responses={
            200: {"description": "As asked", "content": {_JSON: {"schema": _SCHEMA}}},
            304: {"description": "As the caller has it already"},
            404: {"description": "No credentials of this name are issued", "content": {"application/problem+json": {}}},
        },
    )
    def one(request: Request, name: Annotated[str, Path(pattern=_NAME)]) -> Response:
        return published(request, document(name), _JSON, _MAX_AGE)

    return router
