"""``/v1/holder/…``: what the holder's pages do, for an app of his that shows his access token. Translation only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from esign.copies.asking import HANDLE_LENGTH
from esign.copies.authorisation import MAX_COPIES
from esign.copies.holding import HolderOrder
from esign.copies.model import MAX_TERM, purpose_of, recipient_of
from esign.holder.forms import ANSWER_BODY, ASK_BODY, AUTHORISE_BODY, CREATED, REFUSALS, WITHDRAW_BODY, answered, taken
from esign.holder.views import authorisation_json, licence_json, request_json
from trustkit.errors import ErrorCode, TrustError
from trustkit.web.json_body import read_object, text, whole
from trustkit.web.page_site import language_of
from trustkit.web.requires import requires

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import timedelta

    from esign.copies.holding import HolderDesk, Stands
    from esign.holder.views import TypeTitles
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.web.requires import TokenGuard

MAX_BODY: Final = 8 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderScopes:
    """What a token must be for, and how surely and lately somebody must have signed in to act by it."""

    look: str
    decide: str
    level: str
    max_age: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderCalls:
    """The calls; `stands` says of a request whose token was verified who is signed in, `fresh` to act."""

    desk: HolderDesk
    titles: TypeTitles
    stands: Callable[[Request, bool], Stands]

    async def licences(self, request: Request) -> Response:
        """His licences."""
        language, stands = language_of(request), self.stands(request, False)  # noqa: FBT003 - to look

        def act() -> dict[str, JsonValue]:
            return {"licences": [licence_json(each, self.titles, language) for each in self.desk.licences(stands)]}

        return await _told(act)

    async def given(self, request: Request) -> Response:
        """What he let be used, and what was fetched under it."""
        stands = self.stands(request, False)  # noqa: FBT003 - to look

        def act() -> dict[str, JsonValue]:
            now = self.desk.clock.now()
            found = self.desk.given(stands)
            return {"authorisations": [authorisation_json(each.authorisation, now, each.copies) for each in found]}

        return await _told(act)

    async def authorise(self, request: Request) -> Response:
        """Let an organisation use a licence."""
        stands = self.stands(request, True)  # noqa: FBT003 - to act
        body = await _body(request, {"identifier", "recipient", "purpose", "days", "copies"})
        party = body.get("recipient")
        if not isinstance(party, dict) or party.keys() != {"uscc", "name"}:
            raise TrustError(ErrorCode.REQUEST_MALFORMED, "recipient is an object with uscc and name", key="recipient")
        identifier = text(body, "identifier")
        order = HolderOrder(
            purpose=purpose_of(text(body, "purpose")),
            recipient=recipient_of(text(party, "uscc"), text(party, "name")),
            days=whole(body, "days", MAX_TERM.days),
            copies=whole(body, "copies", MAX_COPIES, fallback=1),
        )
        return await _told(
            lambda: authorisation_json(self.desk.authorise(stands, identifier, order), self.desk.clock.now())
        )

    async def withdraw(self, request: Request) -> Response:
        """Take an authorisation back."""
        stands = self.stands(request, True)  # noqa: FBT003 - to act
        number = text(await _body(request, {"authorisation"}), "authorisation")
        return await _told(lambda: authorisation_json(self.desk.withdraw(stands, number), self.desk.clock.now()))

    async def asked(self, request: Request) -> Response:
        """What an organisation asks for, by the handle of its link."""
        language, stands = language_of(request), self.stands(request, False)  # noqa: FBT003 - to look
        handle = _handle(await _body(request, {"handle"}))

        def act() -> dict[str, JsonValue]:
            row, fit = self.desk.asked(stands, handle)
            return request_json(row, fit, self.titles, language)

        return await _told(act)

    async def answer(self, request: Request) -> Response:
        """Say yes with a licence, or no."""
        stands = self.stands(request, True)  # noqa: FBT003 - to act
        body = await _body(request, {"handle", "decision", "identifier"})
        handle, decision = _handle(body), text(body, "decision")
        if decision == "approve":
            identifier = text(body, "identifier")
            return await _told(
                lambda: {
                    "state": "approved",
                    "authorisation": authorisation_json(
                        self.desk.approve(stands, handle, identifier), self.desk.clock.now()
                    ),
                }
            )
        if decision != "refuse" or "identifier" in body:
            raise TrustError(ErrorCode.REQUEST_MALFORMED, "decision is approve, with identifier, or refuse")

        def refuse() -> dict[str, JsonValue]:
            self.desk.refuse(stands, handle)
            return {"state": "refused", "authorisation": None}

        return await _told(refuse)


def holder_router(calls: HolderCalls, guard: TokenGuard, scopes: HolderScopes) -> APIRouter:
    """Return the routes, each behind its scope and sign-in."""
    router = APIRouter(tags=["holder"], responses=REFUSALS)
    look = requires(guard, scopes.look, acr=scopes.level)
    decide = requires(guard, scopes.decide, acr=scopes.level, max_age=scopes.max_age)

    def add(path: str, method: str, handler: Any, summary: str, forms: dict[str, Any]) -> None:  # noqa: ANN401 - FastAPI's own
        router.add_api_route(
            f"/v1/holder/{path}",
            handler,
            methods=[method],
            response_class=JSONResponse,
            response_model=None,
            summary=summary,
            **forms,
        )

    add("licences", "GET", look(calls.licences), "Your licences", answered({"licences": []}))
    add("authorisations", "GET", look(calls.given), "What you let be used", answered({"authorisations": []}))
    add(
        "authorisations", "POST", decide(calls.authorise), "Let an organisation use a licence",
        taken(AUTHORISE_BODY, CREATED),
    )  # fmt: skip
    add(
        "authorisations/withdraw", "POST", decide(calls.withdraw), "Take an authorisation back",
        taken(WITHDRAW_BODY, CREATED),
    )  # fmt: skip
    add("requests/look", "POST", look(calls.asked), "What an organisation asks for", taken(ASK_BODY, {"licences": []}))
    add(
        "requests/answer", "POST", decide(calls.answer), "Say yes or no",
        taken(ANSWER_BODY, {"state": "refused", "authorisation": None}),
    )  # fmt: skip
    return router


async def _told(act: Callable[[], dict[str, JsonValue]]) -> Response:
    return JSONResponse(await run_in_threadpool(act), headers={"Cache-Control": "no-store"})


async def _body(request: Request, known: set[str]) -> dict[str, JsonValue]:
    return await read_object(request, known, most=MAX_BODY)


def _handle(body: Mapping[str, JsonValue]) -> str:
    value = text(body, "handle")
    if len(value) != HANDLE_LENGTH or not value.isascii():
        raise TrustError(
            ErrorCode.REQUEST_MALFORMED, f"handle is {HANDLE_LENGTH} characters, as in the link", key="handle"
        )
    return value
