"""What all pages of a site share: its own style and scripts, and the choice of a language.

The language is the reader's: the one he chose here (a cookie), else his browser's.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from trustkit.errors import ErrorCode, TrustError
from trustkit.texts.catalogue import Language
from trustkit.web.problem import preferred_language
from trustkit.web.validators import holds_already

if TYPE_CHECKING:
    from starlette.requests import Request

LANGUAGE_COOKIE: Final = "trustkit-language"
MAX_BACK: Final = 512
YEAR: Final = 31_536_000  # seconds a reader's choice is remembered
_KINDS: Final = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8"}


def is_language(name: str) -> bool:
    """Tell whether pages are written in a language of this name."""
    return name in set(Language)


def language_of(request: Request) -> Language:
    """Return the language of a page: the reader's choice, else his browser's."""
    chosen = request.cookies.get(LANGUAGE_COOKIE, "")
    return Language(chosen) if is_language(chosen) else preferred_language(request.headers.get("accept-language", ""))


def own_path(text: str, home: str) -> str:
    """Return `text` when it is a path of this very site, else `home`: no form of ours leads elsewhere."""
    plain = text.isascii() and text.isprintable() and len(text) <= MAX_BACK
    return text if plain and text.startswith("/") and text[1:2] not in {"/", "\\"} and "\\" not in text else home


def remembered(request: Request, answer: Response, name: str, value: str) -> Response:
    """Return an answer that has a browser remember what its reader chose to see: nothing secret, and no script reads it."""
    secure = request.url.scheme == "https"
    answer.set_cookie(name, value, max_age=YEAR, path="/", secure=secure, httponly=True, samesite="lax")
    return answer


@cache
def _file(package: str, name: str) -> tuple[bytes, str]:
    content = files(package).joinpath("static", name).read_bytes()
    return content, f'"{hashlib.sha256(content).hexdigest()[:32]}"'


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSite:
    """The pages of a room: its package, the files of ``static`` browsers may have, and the path that forms lead back to by default."""

    package: str
    static: tuple[str, ...]
    home: str

    async def choose_language(self, request: Request) -> Response:
        """POST /language: remember the language and go back. It changes what is shown and nothing else, so it needs no token."""
        form = await request.form(max_files=0, max_fields=4)
        chosen = str(form.get("language", ""))
        if not is_language(chosen):
            raise TrustError(ErrorCode.REQUEST_MALFORMED, "no such language")
        back = own_path(str(form.get("back", "")), self.home)
        answer = RedirectResponse(back, status_code=HTTPStatus.SEE_OTHER)
        return remembered(request, answer, LANGUAGE_COOKIE, chosen)

    async def static_file(self, request: Request) -> Response:
        """GET /static/NAME: one of our few files, kept by browsers as long as it is the same."""
        name = request.path_params["name"]
        if name not in self.static:
            raise TrustError(ErrorCode.REQUEST_MISSING, "no such file")
        content, tag = _file(self.package, name)
        headers = {"etag": tag, "cache-control": "no-cache"}
        if holds_already(request.headers.get("if-none-match", ""), tag):
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
        return Response(content, media_type=_KINDS[name.rpartition(".")[2]], headers=headers)

    def routes(self) -> list[BaseRoute]:
        """Return the routes every page needs."""
        return [
            Route("/static/{name}", self.static_file, methods=["GET"]),
            Route("/language", self.choose_language, methods=["POST"]),
        ]
