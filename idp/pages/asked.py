"""What a browser asks, as far as every page needs it: which login, its cookies, its form, its language. Bounded before it is read.

asked = await read_asked(request, desk.cookies)
asked.at, asked.text("password"), asked.language
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from starlette.exceptions import HTTPException

from idp.login_view import At
from trustkit.errors import ErrorCode, TrustError
from trustkit.web.page_site import LANGUAGE_COOKIE, is_language, language_of
from trustkit.web.problem import preferred_language

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.datastructures import FormData
    from starlette.requests import Request

    from idp.cookies import CookieRules
    from trustkit.texts.catalogue import Language

MAX_FIELDS: Final = 16
MAX_FIELD: Final = 64 * 1024  # characters: a signed message of a certificate is the longest
_MAX_ID: Final = 128
JSON: Final = "application/json"
_FORM_TYPE: Final = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request of a browser for a page, its fields read; `chosen` when the reader chose its language here.

    `scripted`: a script of ours asks, which is answered as JSON.
    """

    at: At
    language: Language
    chosen: bool
    fields: Mapping[str, str] = field(repr=False)
    query: Mapping[str, str] = field(repr=False)
    here: str
    posted: bool
    scripted: bool = False

    def choosing(self, means: str) -> Asked:
        """Return the same with a means that was chosen, as if the page had been asked for with it."""
        return replace(self, query={**self.query, "means": means})

    def speaking(self, asked: str) -> Asked:
        """Return the same in a language a client asks for by name, such as ``zh-CN``, unless the reader chose one."""
        return self if self.chosen or not asked else replace(self, language=preferred_language(asked.replace(" ", ",")))

    def text(self, name: str) -> str:
        """Return a field of the form, empty when it is not there."""
        return self.fields.get(name, "")


async def read_asked(request: Request, cookies: CookieRules) -> Asked:
    """Return what a browser asks. The login it belongs to is named by ``i``, in the form or the query.

    Raises:
        TrustError: REQUEST_TYPE for a form of another type; REQUEST_MALFORMED for one that cannot be read, a field twice or too long; and
            for a parameter of the query that stands twice, which none may that a provider sends back (RFC 6749 3.1).
    """
    fields = await _fields(request)
    query = dict(request.query_params)
    if len(query) != len(request.query_params.multi_items()):
        raise TrustError(ErrorCode.REQUEST_MALFORMED, "a parameter of the query stands twice")
    header = request.headers.get("cookie", "")
    interaction = fields.get("i") or query.get("i", "")
    at = At(
        interaction=interaction[:_MAX_ID],
        browser=cookies.read(header, cookies.browser),
        session=cookies.read(header, cookies.session),
        address=request.client.host if request.client is not None else "",
        form=fields.get("csrf", ""),
    )
    asked_path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return Asked(
        at=at,
        language=language_of(request),
        chosen=is_language(request.cookies.get(LANGUAGE_COOKIE, "")),
        fields=fields,
        query=query,
        here="" if request.method == "POST" else asked_path,
        posted=request.method == "POST",
        scripted=request.headers.get("accept", "") == JSON,
    )


async def _fields(request: Request) -> dict[str, str]:
    if request.method != "POST":
        return {}
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM_TYPE:
        raise TrustError(ErrorCode.REQUEST_TYPE, "a form is urlencoded", needed=_FORM_TYPE)
    try:
        form = await request.form(max_files=0, max_fields=MAX_FIELDS, max_part_size=MAX_FIELD)
    except (HTTPException, ValueError) as error:
        raise TrustError(ErrorCode.REQUEST_MALFORMED, "the form cannot be read") from error
    return _once(form)


def _once(form: FormData) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in form.multi_items():
        if name in found or not isinstance(value, str) or len(value) > MAX_FIELD or len(found) >= MAX_FIELDS:
            raise TrustError(ErrorCode.REQUEST_MALFORMED, "a field is there twice, or too long", field=name[:40])
        found[name] = value
    return found
