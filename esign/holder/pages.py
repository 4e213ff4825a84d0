"""The pages on which a holder sees his licences, lets them be used, answers a request, sees what came of it, and takes it back (用证授权).

Forms without script. What was done is answered by a redirect to a page, so that reloading sends nothing again.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from starlette.responses import RedirectResponse
from starlette.routing import Route

from esign.copies.authorisation import MAX_COPIES
from esign.copies.holding import HolderOrder
from esign.copies.model import LEAST_TEXT, MAX_TERM, MOST_TEXT, purpose_of, recipient_of
from esign.holder.door import Door, Who, page_for
from esign.holder.rendering import PACKAGE, SITE, choose_print, shown
from esign.holder.views import asked_page, given_line, licence_line
from trustkit.copy_codes import CopyCode
from trustkit.error_family import Family
from trustkit.errors import ErrorCode, TrustError
from trustkit.texts.catalogue import error_text
from trustkit.web.page_site import language_of
from trustkit.web.page_words import words_in
from trustkit.web.problem import status_of

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from esign.copies.holding import HolderDesk
    from esign.holder.views import TypeTitles

ASK: Final = "/ask"
AUTHORISE: Final = "/authorise"
GIVEN: Final = "/authorisations"
WITHDRAW: Final = "/withdraw"
DAYS: Final = 30
_TYPED: Final = ("licence", "recipient", "recipient_name", "purpose", "days", "copies")
# What whoever fills in the form can put right in it.
_MENDED: Final = frozenset(
    {
        CopyCode.AUTHORISATION_MANY,
        CopyCode.AUTHORISATION_TERM,
        CopyCode.COPY_PURPOSE,
        CopyCode.COPY_RECIPIENT,
        ErrorCode.HOLDER_CODE,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderPages:
    """The pages over a desk; `titles` names licence types."""

    desk: HolderDesk
    door: Door
    titles: TypeTitles

    def routes(self) -> list[BaseRoute]:
        """Return the routes."""
        door = self.door

        def to_form(who: Who) -> str:
            return f"{AUTHORISE}?{urlencode({'licence': who.text('licence')})}"

        def to_request(who: Who) -> str:
            return f"{ASK}?{urlencode({'r': who.text('r')})}"

        def to_withdrawal(who: Who) -> str:
            return f"{WITHDRAW}?{urlencode({'authorisation': who.text('authorisation')})}"

        def route(path: str, method: str, handler: Any) -> Route:  # noqa: ANN401 - Starlette's own type of handlers
            return Route(path, handler, methods=[method])

        return [
            route("/", "GET", page_for(door, self.licences)),
            route(GIVEN, "GET", page_for(door, self.given)),
            route(AUTHORISE, "GET", page_for(door, self.form, fresh=True)),
            route(AUTHORISE, "POST", page_for(door, self.authorise, fresh=True, back=to_form)),
            route(ASK, "GET", page_for(door, self.asked, fresh=True)),
            route(ASK, "POST", page_for(door, self.answer, fresh=True, back=to_request)),
            route(WITHDRAW, "GET", page_for(door, self.ask_withdrawal, fresh=True)),
            route(WITHDRAW, "POST", page_for(door, self.withdraw, fresh=True, back=to_withdrawal)),
            Route("/print", choose_print, methods=["POST"]),
            *SITE.routes(),
        ]

    def licences(self, who: Who) -> Response:
        """GET /: his licences."""
        language = language_of(who.request)
        lines = tuple(licence_line(each, self.titles, language) for each in self.desk.licences(who.stands))
        return shown(who.request, "licences.html", {"lines": lines, "csrf": who.csrf})

    def given(self, who: Who) -> Response:
        """GET /authorisations: what he let be used, and what was made of it."""
        language, now = language_of(who.request), self.desk.clock.now()
        found = self.desk.given(who.stands)
        lines = tuple(given_line(each, self.titles, language, now) for each in found)
        said = who.text("done")
        outcome = said if said in {"authorised", "approved", "refused", "withdrawn"} else ""
        return shown(who.request, "given.html", {"lines": lines, "csrf": who.csrf, "outcome": outcome})

    def form(self, who: Who, problem: TrustError | None = None) -> Response:
        """GET /authorise: the form for one licence, with what was typed where it is shown again."""
        language = language_of(who.request)
        wanted = who.text("licence")
        held = next((each for each in self.desk.licences(who.stands) if each.licence.identifier == wanted), None)
        if held is None:
            raise TrustError(ErrorCode.LICENCE_MISSING, "no licence of this identifier is yours")
        typed = {"days": str(DAYS), "copies": "1", **{name: who.text(name) for name in _TYPED if who.text(name)}}
        said = None
        if problem is not None:
            of_code = problem.code is ErrorCode.HOLDER_CODE  # here it is the organisation's that was typed
            said = (
                words_in(PACKAGE, language)("authorise.recipient_wrong")
                if of_code
                else error_text(problem.code, language).sentence
            )
        values = {
            "line": licence_line(held, self.titles, language),
            "csrf": who.csrf,
            "typed": {name: typed.get(name, "") for name in _TYPED},
            "problem": said,
            "most_days": MAX_TERM.days,
            "most_copies": MAX_COPIES,
            "least": LEAST_TEXT,
            "most": MOST_TEXT,
        }
        status = HTTPStatus.OK if problem is None else status_of(problem.code)
        return shown(who.request, "authorise.html", values, status=status)

    def authorise(self, who: Who) -> Response:
        """POST /authorise: an organisation may use one licence."""
        try:
            order = HolderOrder(
                purpose=purpose_of(who.text("purpose")),
                recipient=recipient_of(who.text("recipient").upper(), who.text("recipient_name")),
                days=_whole(who, "days"),
                copies=_whole(who, "copies"),
            )
            self.desk.authorise(who.stands, who.text("licence"), order)
        except TrustError as error:
            if error.code not in _MENDED and error.code.family is not Family.USAGE:
                raise
            return self.form(who, error)
        return _then("authorised")

    def asked(self, who: Who) -> Response:
        """GET /ask: what an organisation asks for."""
        handle = who.text("r")
        row, fit = self.desk.asked(who.stands, handle)
        view = asked_page(row, handle, fit, self.titles, language_of(who.request))
        return shown(who.request, "ask.html", {"view": view, "csrf": who.csrf})

    def answer(self, who: Who) -> Response:
        """POST /ask: yes with one licence, or no."""
        handle, decision = who.text("r"), who.text("decision")
        if decision == "approve":
            self.desk.approve(who.stands, handle, who.text("licence"))
            return _then("approved")
        if decision != "refuse":
            raise TrustError(ErrorCode.REQUEST_MALFORMED, "neither yes nor no")
        self.desk.refuse(who.stands, handle)
        return _then("refused")

    def ask_withdrawal(self, who: Who) -> Response:
        """GET /withdraw: whether he means it, and what it does."""
        number, language, now = who.text("authorisation"), language_of(who.request), self.desk.clock.now()
        found = next((each for each in self.desk.given(who.stands) if each.authorisation.number == number), None)
        if found is None:
            raise TrustError(CopyCode.AUTHORISATION_MISSING, "no authorisation of this number is yours")
        values = {"line": given_line(found, self.titles, language, now), "csrf": who.csrf}
        return shown(who.request, "withdraw.html", values)

    def withdraw(self, who: Who) -> Response:
        """POST /withdraw: no further copy."""
        self.desk.withdraw(who.stands, who.text("authorisation"))
        return _then("withdrawn")


def _then(done: str) -> Response:
    return RedirectResponse(f"{GIVEN}?{urlencode({'done': done})}", status_code=HTTPStatus.SEE_OTHER)


def _whole(who: Who, name: str) -> int:
    """Return a number that was typed. Raise AUTHORISATION_TERM for what is none."""
    typed = who.text(name)
    if not typed.isascii() or not typed.isdecimal() or len(typed) > len(str(MAX_TERM.days)):
        raise TrustError(CopyCode.AUTHORISATION_TERM, f"{name} is a number")
    return int(typed)
