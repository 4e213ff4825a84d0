"""A page from a room's template: everything is escaped, nothing is kept by caches, and nothing runs but our own files.

page_answer("idp.pages", "login.html", {"view": LoginPage(…)}, language=Language.ZH)
"""

from __future__ import annotations

from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from starlette.responses import HTMLResponse

from trustkit.errors import ErrorCode, TrustError
from trustkit.web.page_words import other, words_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jinja2 import Environment

    from trustkit.texts.catalogue import Language

# No inline script or style can run, nothing is loaded from elsewhere, and no other site can frame a page (CSP Level 3).
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)


def page_answer(
    package: str,
    template: str,
    values: Mapping[str, object],
    *,
    language: Language,
    status: int = HTTPStatus.OK,
    here: str = "",
    goes_to: str = "",
    permissions: str,
) -> HTMLResponse:
    """Return a page in one language.

    Args:
        package: the room's pages: their words are its ``words.toml``, their templates its ``templates``.
        template: a file of the room's templates.
        values: what the template shows.
        language: of its words.
        status: the HTTP status.
        here: path and query this page is asked for again by, in the other language; empty when it cannot be asked for again.
        goes_to: a URL the browser opens by itself once it has the page. Where a form leads to another site it is answered so: browsers
            hold redirects after a form to its page's ``form-action``, and other sites are none of ours to name there.
        permissions: what the page may use of the browser (Permissions Policy).

    Raises:
        TrustError: BUG for a template that asks for a value it was not given, or a URL that is not escaped.
    """
    shown = {
        **values,
        "language": language.value,
        "here": here,
        "other": other(language).value,
        "t": words_in(package, language),
        "url": goes_to,
    }
    text = _rendered(package, template, shown)
    headers = {
        "content-security-policy": _POLICY,
        "cache-control": "no-store",
        "content-language": "zh-CN" if language.value == "zh" else "en",
        "vary": "accept-language, cookie",
        "x-frame-options": "DENY",
        "cross-origin-opener-policy": "same-origin",
        "permissions-policy": permissions,
    }
    if goes_to:
        headers["refresh"] = f"0; url={_plain(goes_to)}"
    return HTMLResponse(text, status_code=status, headers=headers)


def _rendered(package: str, template: str, shown: Mapping[str, object]) -> str:
    from jinja2 import TemplateError  # noqa: PLC0415 - loaded with the first page, not with the service

    try:
        return _environment(package).get_template(template).render(shown)
    except TemplateError as error:
        raise TrustError(ErrorCode.BUG, "a page could not be made", template=template) from error


@cache
def _environment(package: str) -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415 - as above

    return Environment(
        loader=PackageLoader(package),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _plain(url: str) -> str:
    """Return a URL that a header can hold as it is. Raise BUG for another: whoever made it has it escaped."""
    if not url.isascii() or not url.isprintable() or " " in url:
        raise TrustError(ErrorCode.BUG, "a URL that is not escaped")
    return url
