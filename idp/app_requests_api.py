"""What apps ask over HTTP about clients' requests. Translation only; who asks is in what he signed.

| | body | answer |
|---|---|---|
| ``POST /v1/app/requests`` | a JWT of the kind ``app-list+jwt`` | ``requests``, ``acting_for``, ``interval`` |
| ``POST /v1/app/requests/answers`` | a JWT of the kind ``app-request-answer+jwt`` | nothing (204) |

Names are in the language the app asks for (``Accept-Language``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from starlette.concurrency import run_in_threadpool

from idp.factors.app_api import read_message
from idp.pages.words import scopes_in
from trustkit.clock import format_rfc3339
from trustkit.web.problem import preferred_language

if TYPE_CHECKING:
    from idp.app_requests import AppRequest, AppRequests
    from idp.subject.mandates import ActingFor
    from trustkit.clock import Clock
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.texts.catalogue import Language

INTERVAL_SECONDS: Final = 5  # which apps are told to leave between two askings
_HEADERS: Final = {"cache-control": "no-store"}


def app_requests_router(requests: AppRequests, clock: Clock) -> APIRouter:
    """Return the routes of clients' requests in apps."""
    router = APIRouter(prefix="/v1/app/requests", tags=["app"])

    @router.post("", summary="What clients ask the person of an app")
    async def waiting(request: Request) -> JSONResponse:
        message = await read_message(request)
        found = await run_in_threadpool(requests.waiting, message, now=clock.now())
        language = preferred_language(request.headers.get("accept-language", ""))
        told = {
            "requests": [_request(each, language) for each in found.requests],
            "acting_for": [_acting(each) for each in found.acting],
            "interval": INTERVAL_SECONDS,
        }
        return JSONResponse(told, headers=_HEADERS | {"content-language": language.value, "vary": "accept-language"})

    @router.post("/answers", summary="Answer what a client asks", status_code=204)
    async def answers(request: Request) -> Response:
        message = await read_message(request)
        await run_in_threadpool(requests.answer, message, now=clock.now())
        return Response(status_code=204, headers=_HEADERS)

    return router


def _request(each: AppRequest, language: Language) -> dict[str, JsonValue]:
    question, scope = each.question, scopes_in(language)
    return {
        "id": question.reference,
        "client_id": question.client,
        "client_name": question.titled(language.value),
        "scope": " ".join(question.scopes),
        "scope_meanings": [scope(name) for name in question.scopes],
        "binding_message": question.message,
        "asked_at": format_rfc3339(question.asked_at),
        "expires_at": format_rfc3339(question.expires_at),
        "approvable": each.enough,
    }


def _acting(each: ActingFor) -> dict[str, JsonValue]:
    return {"mandate": each.mandate, "organisation": each.organisation.name, "role": each.role.value}
