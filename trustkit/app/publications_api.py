"""What relying parties fetch: CRLs, CA certificates, status lists, trust lists, and the status of one licence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import JSONResponse

from trustkit.app.licence_lines import public_status
from trustkit.app.lists_api import lists_router
from trustkit.app.status_list_answer import FORMS, status_list_answer
from trustkit.app.trust_list_publishing import trust_lists_router
from trustkit.cms.bag import write_bag
from trustkit.errors import TrustError
from trustkit.web.validators import published
from verifier.page.routes import refusal_page
from verifier.page.standing import prefers_page, standing_page

if TYPE_CHECKING:
    from trustkit.app.authority import Authority

_CERTIFICATES_ONLY: Final = "application/pkcs7-mime; smime-type=certs-only"  # RFC 8551 3.2.2
_NAME: Final = r"^[a-z0-9-]{1,32}$"
_IDENTIFIER: Final = r"^[0-9A-Z.]{1,128}$"
_MISSING: Final[dict[int | str, dict[str, object]]] = {
    404: {"description": "Nothing is published under this name", "content": {"application/problem+json": {}}}
}


def publications_router(authority: Authority, *, pages: bool = False) -> APIRouter:
    """Return the read-only routes over an opened authority. With `pages` a browser that asks of a licence is answered by one."""
    router = APIRouter(tags=["publications"], responses=_MISSING)
    max_age = authority.settings.publication.status_list_ttl_seconds
    router.include_router(trust_lists_router(authority, max_age=max_age))
    router.include_router(lists_router(authority.publications(), authority.clock, max_age=max_age))

    @router.get(
        "/v1/certificates/{name}.cer", summary="The certificate of a CA, of each key it had", response_class=Response
    )
    def certificate(request: Request, name: Annotated[str, Path(pattern=_NAME)]) -> Response:
        found = authority.authorities.of_each_key(name)
        if len(found) > 1:  # what it certified by an earlier key names this address too (RFC 5280 4.2.2.1)
            bag = write_bag(found)
            return published(request, bag, _CERTIFICATES_ONLY, max_age)
        return published(request, found[0].der if found else None, "application/pkix-cert", max_age)

    @router.get(
        "/v1/status-lists/{number}",
        summary="A token status list of licences, as JWT or by `Accept` as CWT",
        response_class=Response,
        responses=FORMS,
    )
    def status_list(request: Request, number: Annotated[int, Path(ge=1, le=10**9)]) -> Response:
        uri = authority.status_list_uri(number)
        return status_list_answer(request, authority.publications(), uri, max_age)

    @router.get(
        "/v1/licences/{identifier}/status",
        summary="The status of one licence",
        response_class=JSONResponse,
        responses={200: {"content": {"text/html": {}}}} if pages else None,
    )
    def licence_status(request: Request, identifier: Annotated[str, Path(pattern=_IDENTIFIER)]) -> Response:
        register, now = authority.register, authority.clock.now()
        for_people = pages and prefers_page(request)
        try:
            told = public_status(register.licence_status(identifier), register.next_version, now)
        except TrustError as error:
            if not for_people:
                raise
            return refusal_page(request, error)
        if for_people:
            return standing_page(told, request)
        return JSONResponse(told, headers={"Cache-Control": "no-store", "Vary": "Accept"})

    return router
