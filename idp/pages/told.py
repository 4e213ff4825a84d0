"""Refusals as pages: what a person is told, in his language, where a machine would get a problem document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from idp.pages.render import page
from idp.pages.views import Problem
from trustkit.errors import ErrorCode, TrustError
from trustkit.web.page_site import language_of
from trustkit.web.problem import COME_AGAIN, request_id, status_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response

    Answer = Callable[[Request], Awaitable[Response]]


def error_page(request: Request, error: TrustError, *, back: str = "", say: str = "") -> Response:
    """Return the page of a refusal that nothing on a page mends: the error's own sentence, and the request's number.

    `back` is our own path it leads back to, where that is known, with the words `say` of what became of it.
    """
    language = language_of(request)
    values = {"problem": Problem.of(error, language), "request_id": request_id(request), "back": back, "say": say}
    answer = page("error.html", values, language=language, status=status_of(error.code))
    if error.code in COME_AGAIN:
        answer.headers["Retry-After"] = str(error.facts.get("retry_after", 1))
    return answer


def told_as_pages(answer: Answer) -> Answer:
    """Return a handler whose refusals are pages. What is our own fault goes on, to be told and logged as such."""

    async def told(request: Request) -> Response:
        try:
            return await answer(request)
        except TrustError as error:
            if error.code is ErrorCode.BUG:
                raise
            return error_page(request, error)

    return told
