"""``/v1/sharing/requests``: an organisation asks a holder for an authorisation, and hears what he answered. Translation only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from esign.copies.asking import MOST_MINUTES, AskOrder
from esign.copies.authorisation import MAX_COPIES
from esign.copies.model import purpose_of, recipient_of
from esign.rendering.qr import MAX_SCREEN_OCTETS, qr_svg
from trustkit.app.sharing_bodies import answer_of, body_of, code_of, organisation_of
from trustkit.app.sharing_forms import ASK_BODY, ASKED, MAX_DAYS, NUMBER, REFUSALS, STATE_OF_ASK, described
from trustkit.app.sharing_scopes import ASK
from trustkit.clock import format_rfc3339
from trustkit.copy_codes import CopyCode
from trustkit.errors import TrustError
from trustkit.web.json_body import text, whole
from trustkit.web.requires import requires

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from esign.copies.asking import AuthorisationRequests
    from trustkit.clock import Clock
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.store.authorisation_requests import AskRow
    from trustkit.web.calls import Calls
    from trustkit.web.requires import TokenGuard

ASK_PATH: Final = "/ask"
HANDLE_PARAMETER: Final = "r"
Number = Annotated[str, Path(pattern=NUMBER)]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestCalls:
    """The calls of requests. `door` returns where holders answer, empty where that is not set up; `require_type` raises for no licence type of a code."""

    requests: AuthorisationRequests
    counted: Calls
    clock: Clock
    door: Callable[[], str]
    require_type: Callable[[str], object]

    async def ask(self, request: Request) -> Response:
        """Make a request, and return its link."""
        asker, caller = organisation_of(request)
        body = await body_of(request, {"type", "purpose", "days", "copies", "minutes", "holder_code"})
        order = AskOrder(
            type_code=text(body, "type"),
            purpose=purpose_of(text(body, "purpose")),
            days=whole(body, "days", MAX_DAYS, fallback=30),
            copies=whole(body, "copies", MAX_COPIES, fallback=1),
            minutes=whole(body, "minutes", MOST_MINUTES, fallback=30),
            holder_code=code_of(body, "holder_code") if "holder_code" in body else None,
        )

        def act() -> dict[str, JsonValue]:
            self.require_type(order.type_code)
            door = self.door()
            if not door:
                raise TrustError(CopyCode.HOLDER_CLOSED, "no door of holders is set up here")
            asked = self.requests.ask(order, asker=recipient_of(asker.uscc, asker.name), actor=caller.principal)
            link = f"{door}{ASK_PATH}?{urlencode({HANDLE_PARAMETER: asked.handle})}"
            return told(asked.row, self.clock.now()) | {"link": link, "qr": qr_svg(link, most=MAX_SCREEN_OCTETS)}

        async def made() -> Response:
            return answer_of(await run_in_threadpool(act))

        return await self.counted.answered(request, None, 1, made)

    async def look(self, request: Request, number: Number) -> Response:
        """Return what became of a request."""
        asker, _ = organisation_of(request)

        def act() -> dict[str, JsonValue]:
            row = self.requests.of(number, asker=recipient_of(asker.uscc, asker.name))
            return told(row, self.clock.now())

        return answer_of(await run_in_threadpool(act))


def requests_router(calls: RequestCalls, guard: TokenGuard) -> APIRouter:
    """Return the routes."""
    router = APIRouter(tags=["sharing"], responses=REFUSALS)
    router.add_api_route(
        "/v1/sharing/requests",
        requires(guard, ASK)(calls.ask),
        methods=["POST"],
        response_class=JSONResponse,
        response_model=None,
        summary="Ask a holder to let your organisation use a licence",
        **described(ASK_BODY, ASKED),
    )
    router.add_api_route(
        "/v1/sharing/requests/{number}",
        requires(guard, ASK)(calls.look),
        methods=["GET"],
        response_class=JSONResponse,
        response_model=None,
        summary="What the holder answered",
        **STATE_OF_ASK,
    )
    return router


def told(row: AskRow, now: datetime) -> dict[str, JsonValue]:
    """Return what an organisation is told of its request: nothing of who answered but what he allowed."""
    return {
        "request": row.number,
        "state": row.state_at(now).value,
        "type": row.type_code,
        "purpose": row.purpose,
        "days": row.days,
        "copies": row.most_copies,
        "expires_at": format_rfc3339(row.expires_at),
        "answered_at": None if row.answered_at is None else format_rfc3339(row.answered_at),
        "authorisation": row.authorisation,
    }
