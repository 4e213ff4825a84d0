"""``GET /v1/credential-status/{suite}/{number}``: the status lists of credentials, each signed in the suite of what it is about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from fastapi import APIRouter, Path, Request, Response

from trustkit.app.credential_issuing import STATUS_PATH
from trustkit.app.status_list_answer import FORMS, status_list_answer

if TYPE_CHECKING:
    from trustkit.app.opened import OpenedHome

_SUITE: Final = r"^[a-z0-9]{1,8}$"


def credential_status_router(home: OpenedHome) -> APIRouter:
    """Return the read-only route over the newest status lists of credentials."""
    router = APIRouter(tags=["publications"])
    base, max_age = home.settings.server.base_url, home.settings.publication.status_list_ttl_seconds

    @router.get(
        f"{STATUS_PATH}/{{suite}}/{{number}}",
        summary="A token status list of credentials, as JWT or by `Accept` as CWT",
        response_class=Response,
        responses=FORMS
        | {404: {"description": "No such list is published", "content": {"application/problem+json": {}}}},
    )
    def status_list(
        request: Request,
        suite: Annotated[str, Path(pattern=_SUITE)],
        number: Annotated[int, Path(ge=1, le=10**9)],
    ) -> Response:
        uri = f"{base}{STATUS_PATH}/{suite}/{number}"
        return status_list_answer(request, home.publications(), uri, max_age)

    return router
