"""A page of the holder's door, from its template, as its reader wants it: language and size of print."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from starlette.responses import RedirectResponse

from trustkit.errors import ErrorCode, TrustError
from trustkit.texts.catalogue import error_text, remedy_for_people
from trustkit.web.page_answer import page_answer
from trustkit.web.page_site import PageSite, language_of, own_path, remembered
from trustkit.web.page_words import words_in
from trustkit.web.problem import request_id, status_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response

PACKAGE: Final = "esign.holder"
SITE: Final = PageSite(package=PACKAGE, static=("holder.css",), home="/")
PRINT_COOKIE: Final = "trustkit-print"
_LARGE: Final = "large"
_PRINTS: Final = frozenset({_LARGE, "normal"})
_PERMISSIONS: Final = "camera=(), geolocation=(), microphone=()"


def shown(
    request: Request, template: str, values: Mapping[str, object], *, status: int = HTTPStatus.OK, goes_to: str = ""
) -> Response:
    """Return a page. Raise BUG as `page_answer`."""
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return page_answer(
        PACKAGE,
        template,
        {
            "problem": None,
            "csrf": "",
            "large": request.cookies.get(PRINT_COOKIE, "") == _LARGE,
            **values,
        },
        language=language_of(request),
        status=status,
        here="" if request.method == "POST" else here,
        goes_to=goes_to,
        permissions=_PERMISSIONS,
    )


def refusal_page(request: Request, error: TrustError) -> Response:
    """Return the page of a refusal: the sentence of its code, and a remedy where that is for a person and not an operator."""
    language = language_of(request)
    text = error_text(error.code, language)
    remedy = remedy_for_people(text.remedy)
    if text.remedy and not remedy:
        remedy = words_in(PACKAGE, language)("error.ask")
    values = {
        "sentence": text.sentence,
        "remedy": remedy,
        "code": error.code.value,
        "request_id": request_id(request),
    }
    return shown(request, "error.html", values, status=status_of(error.code))


async def choose_print(request: Request) -> Response:
    """POST /print: remember how large the reader wants the letters. It changes what is shown and nothing else, so it needs no token."""
    form = await request.form(max_files=0, max_fields=4)
    chosen = str(form.get("print", ""))
    if chosen not in _PRINTS:
        raise TrustError(ErrorCode.REQUEST_MALFORMED, "no such print")
    back = own_path(str(form.get("back", "")), SITE.home)
    return remembered(request, RedirectResponse(back, status_code=HTTPStatus.SEE_OTHER), PRINT_COOKIE, chosen)
