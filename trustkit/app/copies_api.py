"""What whoever has a copy for a purpose can ask: the status lists of copies, and the status of the one whose number the page shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import JSONResponse

from trustkit.app.copy_desk import STATUS_LISTS, copy_list_uri
from trustkit.app.copy_lines import copy_of_number
from trustkit.app.status_list_answer import FORMS, status_list_answer
from trustkit.errors import TrustError
from verifier.page.routes import refusal_page
from verifier.page.standing import copy_page, prefers_page

if TYPE_CHECKING:
    from trustkit.app.opened import OpenedHome

_NUMBER: Final = r"^[A-Z2-7]{16}$"
_MISSING: Final[dict[int | str, dict[str, object]]] = {
    404: {"description": "There is no such list or copy", "content": {"application/problem+json": {}}}
}
_STATUS: Final[dict[str, object]] = {
    "schema": {
        "type": "object",
        "required": ["number", "standing", "as_of", "effective_at", "expires_at", "revoked_at", "status_list"],
        "properties": {
            "number": {"type": "string", "pattern": _NUMBER},
            "standing": {
                "type": "string",
                "description": "in-force, issued (it has not begun), expired, revoked, or licence- and the standing of its licence",
            },
            "as_of": {"type": "string", "format": "date-time"},
            "effective_at": {"type": "string", "format": "date-time"},
            "expires_at": {"type": "string", "format": "date-time"},
            "revoked_at": {"type": ["string", "null"], "format": "date-time"},
            "status_list": {"type": "object"},
        },
    },
    "example": {
        "number": "K7QM2F3XWZ5LTA4D",
        "standing": "in-force",
        "as_of": "2026-12-01T00:00:00Z",
        "effective_at": "2026-11-28T00:00:00Z",
        "expires_at": "2026-12-28T00:00:00Z",
        "revoked_at": None,
        "status_list": {"uri": "https://trust.example/v1/copy-status-lists/1", "idx": 4711},
    },
}


def copies_router(home: OpenedHome, *, pages: bool = False) -> APIRouter:
    """Return the read-only routes over copies. With `pages` a browser that asks of one is answered by one."""
    router = APIRouter(tags=["publications"], responses=_MISSING)
    max_age = home.settings.publication.status_list_ttl_seconds
    content: dict[str, object] = {"application/json": _STATUS, **({"text/html": {}} if pages else {})}

    @router.get(
        f"{STATUS_LISTS}/{{number}}",
        summary="A token status list of copies for a purpose, as JWT or by `Accept` as CWT",
        response_class=Response,
        responses=FORMS,
    )
    def status_list(request: Request, number: Annotated[int, Path(ge=1, le=10**9)]) -> Response:
        return status_list_answer(request, home.publications(), copy_list_uri(home, number), max_age)

    @router.get(
        "/v1/licence-copies/{number}/status",
        summary="The status of one copy for a purpose, by the number on its page",
        response_class=JSONResponse,
        responses={200: {"description": "Its status, and nothing of what it is for", "content": content}},
    )
    def copy_status(request: Request, number: Annotated[str, Path(pattern=_NUMBER)]) -> Response:
        for_people = pages and prefers_page(request)
        try:
            told = copy_of_number(home.database, number, home.clock.now()).public()
        except TrustError as error:
            if not for_people:
                raise
            return refusal_page(request, error)
        if for_people:
            return copy_page(told, request)
        return JSONResponse(told, headers={"Cache-Control": "no-store", "Vary": "Accept"})

    return router
