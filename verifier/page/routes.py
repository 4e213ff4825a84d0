"""``GET /`` and ``POST /``: the page where anybody hands in a file or pastes a code and reads the verdict. It works without a script.

A file is held in memory and in no place that outlives the request; the trail is told what it is told of every verification.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, TypeAlias

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.responses import RedirectResponse
from starlette.routing import BaseRoute, Route

from esign.copies.model import demand_of
from trustkit.errors import ErrorCode, TrustError, disk_code
from trustkit.texts.catalogue import error_text, remedy_for_people
from trustkit.web.page_answer import page_answer
from trustkit.web.page_site import PageSite, language_of, own_path, remembered
from trustkit.web.page_words import words_in
from trustkit.web.problem import request_id, status_of
from verifier.api import Verifies
from verifier.asked import MAX_NAME, form_closing
from verifier.page.pictures import DrawnPages, Draws
from verifier.page.view import verdict_page
from verifier.submission import Submission, identify

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.datastructures import FormData
    from starlette.requests import Request
    from starlette.responses import Response

PACKAGE: Final = "verifier.page"
SITE: Final = PageSite(package=PACKAGE, static=("verify.css", "verify.js", "scan.js"), home="/")
PRINT_COOKIE: Final = "trustkit-print"
LARGE: Final = "large"
_PRINTS: Final = frozenset({LARGE, "normal"})
_PERMISSIONS: Final = "camera=(self), geolocation=(), microphone=()"
_MEGABYTE: Final = 1024 * 1024
_FIELDS: Final = 4
_Service: TypeAlias = Callable[["Request"], Verifies]


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyPage:
    """The page: `service` gives the verification service of a request, `draw` draws documents, files have at most `max_octets`."""

    service: _Service
    draw: Draws
    max_octets: int

    def routes(self) -> list[BaseRoute]:
        """Return the routes of the page and of what belongs to it."""
        return [
            Route("/", self.serve, methods=["GET", "POST"]),
            Route("/print", choose_print, methods=["POST"]),
            *SITE.routes(),
        ]

    async def serve(self, request: Request) -> Response:
        """GET /: the form. POST /: the verdict of a file (part ``file``) or a text (part ``code``), for ``recipient`` and ``purpose`` where a copy is meant."""
        return await self._answer(request) if request.method == "POST" else self._form(request)

    async def _answer(self, request: Request) -> Response:
        try:
            submission = await _handed_in(request, self.max_octets)
            if submission is None:
                return self._form(request, problem="nothing", status=HTTPStatus.BAD_REQUEST)
            return await run_in_threadpool(self._judged, request, submission)
        except TrustError as error:
            return refusal_page(request, error)

    def _judged(self, request: Request, submission: Submission) -> Response:
        """Return the page of a verdict, made in a thread: pictures take long, also to be written."""
        verdict = self.service(request).verify(submission)
        drawn = self.draw(submission.data, identify(submission.data)) if submission.data else DrawnPages()
        view = verdict_page(verdict, submission.name, drawn, language_of(request))
        return shown_page("verdict.html", {"view": view}, request)

    def _form(self, request: Request, *, problem: str = "", status: int = HTTPStatus.OK) -> Response:
        language = language_of(request)
        said = words_in(PACKAGE, language)(f"ask.{problem}") if problem else ""
        values = {"problem": said, "megabytes": self.max_octets // _MEGABYTE, "most": self.max_octets}
        return shown_page("ask.html", values, request, status=status)


async def choose_print(request: Request) -> Response:
    """POST /print: remember how large the reader wants the letters. It changes what is shown and nothing else, so it needs no token."""
    form = await request.form(max_files=0, max_fields=_FIELDS)
    chosen = str(form.get("print", ""))
    if chosen not in _PRINTS:
        raise TrustError(ErrorCode.REQUEST_MALFORMED, "no such print")
    back = own_path(str(form.get("back", "")), SITE.home)
    return remembered(request, RedirectResponse(back, status_code=HTTPStatus.SEE_OTHER), PRINT_COOKIE, chosen)


async def _handed_in(request: Request, max_octets: int) -> Submission | None:
    """Return what was handed in, None when nothing was.

    Raises:
        TrustError: REQUEST_MALFORMED, INPUT_TOO_LARGE, HOLDER_CODE, COPY_PURPOSE, or as the disk has it.
    """
    try:
        form = await request.form(max_files=1, max_fields=_FIELDS, max_part_size=max_octets)
    except (
        HTTPException,
        MultiPartException,
        AssertionError,
        ValueError,
    ) as error:  # within an application it is the first
        raise TrustError(ErrorCode.REQUEST_MALFORMED, "the form cannot be read") from error
    except OSError as error:  # larger parts are kept in files while they come
        raise TrustError(disk_code(error), "the file cannot be held") from error
    async with form_closing(form):
        file, code = form.get("file"), form.get("code")
        demand = demand_of(_line(form, "recipient"), _line(form, "purpose"))
        if isinstance(file, UploadFile) and (file.filename or file.size):
            return Submission(name=(file.filename or "")[:MAX_NAME], data=await file.read(), copy_demand=demand)
        if isinstance(code, str) and code.strip():
            return Submission(name="", data=code.strip().encode("utf-8", "replace"), copy_demand=demand)
    return None


def _line(form: FormData, name: str) -> str:
    """Return what somebody typed into a line, empty for nothing. Raise REQUEST_MALFORMED for several, and for a file in its place."""
    typed = form.getlist(name)
    if len(typed) > 1 or any(not isinstance(each, str) for each in typed):
        raise TrustError(ErrorCode.REQUEST_MALFORMED, f"{name} is a text and stands once")
    return "".join(map(str, typed)).strip()


def refusal_page(request: Request, error: TrustError) -> Response:
    """Return a page for a refusal: the sentence of its code, and the remedy where that is for a citizen."""
    text = error_text(error.code, language_of(request))
    values = {
        "sentence": text.sentence,
        "remedy": remedy_for_people(text.remedy),
        "request_id": request_id(request),
    }
    return shown_page("error.html", values, request, status=status_of(error.code))


def shown_page(
    template: str, values: Mapping[str, object], request: Request, *, status: int = HTTPStatus.OK, here: str = "/"
) -> Response:
    """Return a page as its reader wants it. `here` is the path it is asked for again by, in another language or print."""
    large = request.cookies.get(PRINT_COOKIE, "") == LARGE
    return page_answer(
        PACKAGE,
        template,
        {"problem": "", "large": large, **values},
        language=language_of(request),
        status=status,
        here=here,
        permissions=_PERMISSIONS,
    )
