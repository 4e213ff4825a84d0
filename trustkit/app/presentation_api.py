"""``/v1/presentations``: a platform asks a citizen's wallet, and fetches the verdict (OpenID4VP 1.0, `direct_post.jwt`).

What the asker calls needs an access token, also where verification needs none: citizens are asked in the name of this service, and it has to be known by whom.
What the wallet calls (`…/answers/{place}`) needs to know its address alone.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from trustkit.app import presentation_described as told
from trustkit.app.presentation_bodies import (
    posted_of,
    read_form,
    read_question,
    read_result_call,
    require_secret_key,
)
from trustkit.app.presentation_desk import ANSWERS
from trustkit.app.verification import asker_of
from trustkit.clock import format_rfc3339
from trustkit.errors import ErrorCode, TrustError
from trustkit.web.problem import preferred_language, request_id
from trustkit.web.requires import caller_of
from trustkit.web.validators import holds_already
from verifier.presentation import VerifiesMany, judge_answer
from verifier.presentation_report import presentation_to_json

if TYPE_CHECKING:
    from trustkit.app.presentation_bodies import Question
    from trustkit.app.presentation_desk import MadeRequest, PresentationDesk
    from trustkit.app.verification import Asker
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.store.presentations import PresentationRow
    from trustkit.web.calls import Calls
    from verifier.judgement.presentation import PresentationVerdict
    from verifier.presentation import PresentedAnswer

_Handler: TypeAlias = Callable[..., Coroutine[Any, Any, Response]]
QUESTIONS = "/v1/presentations"
_Number: TypeAlias = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]
_Place: TypeAlias = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{43}$")]
_NO_STORE = {"Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PresentationDoor:
    """What the routes need: the desk, who judges for a request, what stands before the asker's calls, and who counts them."""

    desk: PresentationDesk
    service: Callable[[Request], VerifiesMany]
    admit: Callable[[_Handler], _Handler]
    calls: Calls


def questions_router(door: PresentationDoor) -> APIRouter:
    """Return the asker's routes."""
    router = APIRouter(tags=["presentations"])
    desk = door.desk

    @router.post(QUESTIONS, **told.ASK, status_code=201)
    @door.admit
    async def ask(request: Request) -> Response:
        asker = _asker(request)
        question = await read_question(request)
        require_secret_key(request)

        async def made() -> Response:
            return _asked(await run_in_threadpool(_ask, desk, question, asker))

        return await door.calls.answered(request, question.digest, 0, made)

    @router.get(f"{QUESTIONS}/{{number}}", **told.LOOK)
    @door.admit
    async def look(request: Request, number: _Number) -> Response:
        asker = _asker(request)
        return _told(request, await run_in_threadpool(lambda: desk.look(number, asker=asker)))

    @router.post(f"{QUESTIONS}/{{number}}/result", **told.RESULT)
    @door.admit
    async def result(request: Request, number: _Number) -> Response:
        asker = _asker(request)
        call = await read_result_call(request)
        answer = await run_in_threadpool(
            lambda: desk.opened(number, call.key, response_code=call.response_code, asker=asker)
        )

        async def made() -> Response:
            verdict = await run_in_threadpool(_judged, door, request, number, answer, asker)
            language = preferred_language(request.headers.get("accept-language", ""))
            return JSONResponse(presentation_to_json(verdict, language), headers=_NO_STORE)

        told_apart = partial(call.digest, number)
        return await door.calls.answered(request, told_apart, max(1, len(answer.shown)), made)

    @router.delete(f"{QUESTIONS}/{{number}}", **told.FORGET, status_code=204)
    @door.admit
    async def forget(request: Request, number: _Number) -> Response:
        asker = _asker(request)
        await run_in_threadpool(lambda: desk.forget(number, asker=asker))
        return Response(status_code=204)

    return router


def answers_router(desk: PresentationDesk) -> APIRouter:
    """Return the wallet's route."""
    router = APIRouter(tags=["presentations"])

    @router.post(f"{ANSWERS}/{{place}}", **told.ANSWER)
    async def answer(request: Request, place: _Place) -> Response:
        body = await read_form(request)

        def taken() -> str:
            desk.require_open(place)
            posted = posted_of(body)
            return desk.answered(place, answer=posted.answer, refused=posted.refused, request_id=request_id(request))

        way_back = await run_in_threadpool(taken)
        return JSONResponse({"redirect_uri": way_back} if way_back else {}, headers=_NO_STORE)

    return router


def _ask(desk: PresentationDesk, question: Question, asker: Asker) -> MadeRequest:
    return desk.ask(
        question.dcql,
        question.query,
        suite=question.suite,
        same_holder=question.same_holder,
        way_back=question.way_back,
        lasting=timedelta(minutes=question.minutes),
        asker=asker,
    )


def _asked(made: MadeRequest) -> Response:
    answer = {"id": made.number, "request": made.link, "key": made.key, "expires_at": format_rfc3339(made.expires_at)}
    headers = {"Location": f"{QUESTIONS}/{made.number}"} | _NO_STORE
    return JSONResponse(answer, status_code=201, headers=headers)


def _told(request: Request, row: PresentationRow) -> Response:
    """Return how a question stands, or that the caller knows it already."""
    status = "waiting" if row.answered_at is None else "refused" if row.answer is None else "answered"
    headers = {"ETag": f'"{status}"', "Cache-Control": "private, no-cache"}
    if holds_already(request.headers.get("if-none-match", ""), headers["ETag"]):
        return Response(status_code=304, headers=headers)
    answer: dict[str, JsonValue] = {
        "id": row.presentation_id,
        "status": status,
        "error": row.refused or None,
        "expires_at": format_rfc3339(row.expires_at),
    }
    return JSONResponse(answer, headers=headers)


def _judged(
    door: PresentationDoor, request: Request, number: str, answer: PresentedAnswer, asker: Asker
) -> PresentationVerdict:
    verdict = judge_answer(door.service(request), answer, at=door.desk.clock.now())
    door.desk.judged(number, verdict, asker=asker)
    return verdict


def _asker(request: Request) -> Asker:
    """Return who asks. Raise TOKEN_MISSING for anybody."""
    caller = caller_of(request)
    if caller is None:
        raise TrustError(ErrorCode.TOKEN_MISSING, "only who has a token of the issuer in [tokens] asks wallets")
    return asker_of(caller, request_id(request))
