"""The page on which a person answers what clients ask for behind his back (CIBA): who asks, the client's message, yes or no.

GET  /account/requests                what waits
POST /account/requests/decide         yes or no to one; a login or a step-up first where the client needs more
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from starlette.routing import Router

from idp.interaction import InteractionPurpose
from idp.interactions import Wanted
from idp.pages.acting import acting_organisation
from idp.pages.render import page
from idp.pages.views import Problem, RequestLine, RequestsPage
from trustkit.clock import CHINA
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity_codes import IdentityCode
from trustkit.web.problem import status_of

if TYPE_CHECKING:
    from datetime import datetime

    from starlette.responses import Response

    from idp.op.backchannel import BackchannelDesk, BackchannelQuestion
    from idp.pages.own import OwnDoor, Who
    from idp.subject.mandates import Mandates

PATH: Final = "/account/requests"
_ANSWERS: Final = {"allow": True, "deny": False}
_TOLD: Final = frozenset(
    {
        IdentityCode.OP_REQUEST_OVER,
        IdentityCode.OP_LEVEL_UNMET,
        IdentityCode.IDP_MANDATE_MISSING,
        IdentityCode.IDP_MANDATE_OVER,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestPages:
    """The page and its form."""

    door: OwnDoor
    desk: BackchannelDesk
    mandates: Mandates

    def router(self) -> Router:
        """Return the routes."""
        made = Router()
        made.add_route(PATH, self.door.answers(self.shown, back=PATH), methods=["GET"])
        made.add_route(f"{PATH}/decide", self.door.answers(self.decide, back=PATH), methods=["POST"])
        return made

    def shown(self, who: Who, outcome: str = "", error: TrustError | None = None) -> Response:
        """GET /account/requests: what waits for the person."""
        language = who.asked.language
        with self.door.database.reading() as unit:
            waiting = self.desk.waiting(unit, who.session.person, now=who.now)
            organisation = acting_organisation(unit, self.mandates, who)
        view = RequestsPage(
            csrf=who.form,
            requests=tuple(_line(each, language.value) for each in waiting),
            organisation=organisation,
            outcome=outcome,
        )
        values = {"view": view, "problem": None if error is None else Problem.of(error, language)}
        status = 200 if error is None else status_of(error.code)
        return page("requests.html", values, language=language, status=status, here=PATH)

    def decide(self, who: Who) -> Response:
        """POST /account/requests/decide: note what was said, by a sign-in as strong as the client asks for."""
        allowed, reference = _ANSWERS.get(who.asked.text("decision")), who.asked.text("request")
        if allowed is None:
            raise TrustError(ErrorCode.REQUEST_MALFORMED, "a request is allowed or denied")
        try:
            if allowed:
                with self.door.database.reading() as unit:
                    needed = self.desk.question(unit, who.session.person, reference, now=who.now).need
                if not needed.is_enough(who.session, who.now):
                    wanted = Wanted(
                        purpose=InteractionPurpose.ACCOUNT,
                        needed=needed.need.level,
                        max_age=needed.need.max_age,
                        demands=needed.demands,
                        reference=PATH,
                        person=who.session.person,
                    )
                    return self.door.to_login(who.asked, wanted)
            with self.door.database.unit_of_work() as uow:
                if allowed:
                    self.desk.allow(uow, who.session, reference, now=who.now)
                else:
                    self.desk.refuse(uow, who.session.person, reference, now=who.now)
        except TrustError as error:
            if error.code not in _TOLD:
                raise
            return self.shown(who, error=error)
        return self.shown(who, outcome="allowed" if allowed else "denied")


def _line(each: BackchannelQuestion, language: str) -> RequestLine:
    return RequestLine(
        id=each.reference,
        client_name=each.titled(language),
        scopes=each.scopes,
        message=each.message,
        asked=_moment(each.asked_at),
        until=_moment(each.expires_at),
    )


def _moment(at: datetime) -> str:
    return f"{at.astimezone(CHINA):%H:%M:%S}"
