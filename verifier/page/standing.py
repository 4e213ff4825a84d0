"""The page somebody comes to who scans the code printed on a licence: whether it is in force, in one sentence, and that this is not all.

A status says nothing of the paper or file in the reader's hand: the page says so, and where that is verified.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from trustkit.clock import format_rfc3339, parse_rfc3339
from trustkit.texts.printable import printable
from trustkit.web.page_site import language_of
from trustkit.web.page_words import all_words, words_in
from verifier.page.routes import PACKAGE, shown_page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response

_TONES: Final = {  # every other is bad
    "effective": "good",
    "in-force": "good",
    "issued": "doubt",
    "suspended": "doubt",
    "licence-suspended": "doubt",
}
_TIMES: Final = ("issued_at", "effective_at", "expires_at", "revoked_at", "as_of")
_NUMBERS: Final = ("number", "identifier", "supersedes", "superseded_by")


def prefers_page(request: Request) -> bool:
    """Tell whether a browser asks: it names HTML, before JSON if it names that too. Programs that take anything get JSON."""
    kinds = [each.partition(";")[0].strip().lower() for each in request.headers.get("accept", "").split(",")]
    ranked = [each for each in kinds if each in {"text/html", "application/json"}]
    return ranked[:1] == ["text/html"]


def standing_page(told: Mapping[str, object], request: Request) -> Response:
    """Return the page of what `GET /v1/licences/{identifier}/status` tells."""
    return _page(told, request, "standing")


def copy_page(told: Mapping[str, object], request: Request) -> Response:
    """Return the page of what `GET /v1/licence-copies/{number}/status` tells."""
    return _page(told, request, "copy")


def _page(told: Mapping[str, object], request: Request, what: str) -> Response:
    say = words_in(PACKAGE, language_of(request))
    standing = str(told["standing"])
    name = f"{what}.{standing}"
    facts = [(each, str(told[each])) for each in _NUMBERS if told.get(each)]
    facts += [(each, _second(str(told[each]))) for each in _TIMES if told.get(each)]
    values = {
        "told": what,
        "tone": _TONES.get(standing, "bad"),
        "sentence": say(name if name in all_words(PACKAGE) else f"{what}.other"),
        "facts": [(say(f"fact.{key}"), printable(value)) for key, value in facts],
    }
    return shown_page("standing.html", values, request, here=request.url.path)


def _second(text: str) -> str:
    """Return a time to the second: nobody reads more."""
    return format_rfc3339(parse_rfc3339(text).replace(microsecond=0))
