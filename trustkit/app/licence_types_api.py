"""``GET /v1/licence-types``: the catalogue of what this home issues, for platforms that ask what a licence holds (GB/T 36902, GB/T 36906)."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Annotated, Final, cast

from fastapi import APIRouter, Path, Request, Response

from trustkit.app.licence_type_lines import catalogue_of
from trustkit.encoding.canonical_json import JsonValue, canonical_json
from trustkit.web.validators import published

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path as Folder

_NAME: Final = r"^[a-z0-9][a-z0-9-]{0,63}$"
_MAX_AGE: Final = 3600  # seconds: types change with the home's policies, which are read when the service starts
_JSON: Final = "application/json"
_ALL: Final = ""  # the name of the list, which is no type's
_SUMMARY: Final = frozenset({"type", "code", "title", "issued", "unconfirmed"})
_TYPE: Final[dict[str, object]] = {
    "type": "object",
    "required": ["type", "code", "title", "issued", "unconfirmed"],
    "properties": {
        "type": {"type": "string"},
        "code": {"type": "string"},
        "title": {"type": "object", "required": ["zh", "en"]},
        "issued": {"type": "boolean", "description": "whether licences of this type are issued here"},
        "two_persons": {
            "type": "array",
            "items": {"type": "string"},
            "description": "acts that one official proposes and another approves, by the type's own rules",
        },
        "unconfirmed": {
            "type": "array",
            "items": {"type": "string"},
            "description": "what nobody compared with its source",
        },
    },
}


def licence_types_router(home: Folder) -> APIRouter:
    """Return the read-only routes over the types of a home, read when somebody asks first: one that cannot be read stops nothing else."""
    router = APIRouter(tags=["licence types"])

    @cache
    def catalogue() -> Mapping[str, bytes]:
        every = {line.kind.name: cast("dict[str, JsonValue]", line.to_json()) for line in catalogue_of(home)}
        listed: list[JsonValue] = [{key: each[key] for key in sorted(_SUMMARY)} for each in every.values()]
        return {_ALL: canonical_json({"types": listed})} | {name: canonical_json(each) for name, each in every.items()}

    @router.get("/v1/licence-types", summary="The catalogue of licence types", responses=_answers(_LIST))
    def types(request: Request) -> Response:
        return published(request, catalogue()[_ALL], _JSON, _MAX_AGE)

    @router.get(
        "/v1/licence-types/{name}",
        summary="One licence type: fields, holders, validity, legal basis",
        responses=_answers(_TYPE) | _MISSING,
    )
    def one(request: Request, name: Annotated[str, Path(pattern=_NAME)]) -> Response:
        return published(request, catalogue().get(name), _JSON, _MAX_AGE)

    return router


def _answers(schema: dict[str, object]) -> dict[int | str, dict[str, object]]:
    return {
        200: {"description": "As asked", "content": {"application/json": {"schema": schema}}},
        304: {"description": "As the caller has it already"},
    }


_LIST: Final[dict[str, object]] = {
    "type": "object",
    "required": ["types"],
    "properties": {"types": {"type": "array", "items": _TYPE}},
}
_MISSING: Final[dict[int | str, dict[str, object]]] = {
    404: {"description": "There is no type of this name", "content": {"application/problem+json": {}}}
}
