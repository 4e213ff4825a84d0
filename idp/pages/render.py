"""A page of signing in, from its template.

page("login.html", {"view": LoginPage(…)}, language=Language.ZH)
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from idp.pages.words import PACKAGE, scopes_in
from trustkit.web.page_answer import page_answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.responses import HTMLResponse

    from trustkit.texts.catalogue import Language

_PERMISSIONS: Final = "publickey-credentials-get=(self), publickey-credentials-create=(self), camera=(), geolocation=()"


def page(
    template: str,
    values: Mapping[str, object],
    *,
    language: Language,
    status: int = HTTPStatus.OK,
    here: str = "",
    goes_to: str = "",
) -> HTMLResponse:
    """Return a page in one language, as `trustkit.web.page_answer.page_answer` does; `problem`, a `Problem` or None, is none of its own."""
    shown = {"problem": None, "request_id": "", **values, "scope": scopes_in(language)}
    return page_answer(
        PACKAGE,
        template,
        shown,
        language=language,
        status=status,
        here=here,
        goes_to=goes_to,
        permissions=_PERMISSIONS,
    )
