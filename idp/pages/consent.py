"""The page on which a person lets a client have what it asks for, or does not.

GET  /consent?i=ID     who asks for what
POST /consent          yes or no; the browser goes on to the client by ``/authorize/continue``
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.routing import Router

from idp.interaction import InteractionPurpose
from idp.login_view import PATHS
from idp.op.authorization import CONSENT_PAGE
from idp.pages.login_pages import going_page
from idp.pages.own import see_other
from idp.pages.render import page
from idp.pages.views import ConsentPage
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from starlette.responses import Response

    from idp.op.consents import ConsentDesk
    from idp.pages.asked import Asked
    from idp.pages.own import OwnDoor
    from idp.subject.mandates import Mandates

_ANSWERS = {"allow": True, "deny": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentPages:
    """The page and its form."""

    door: OwnDoor
    desk: ConsentDesk
    mandates: Mandates

    def router(self) -> Router:
        """Return the routes."""
        made = Router()
        made.add_route(CONSENT_PAGE, self.door.asked(self.show), methods=["GET"])
        made.add_route(CONSENT_PAGE, self.door.asked(self.answer), methods=["POST"])
        return made

    def show(self, asked: Asked) -> Response:
        """GET /consent: who asks for what. Who is not signed in any more signs in first."""
        who = self.door.who(asked)
        if who is None:
            return see_other(f"/login?i={asked.at.interaction}")
        session = who.session
        with self.door.database.reading() as unit:
            interaction = self.door.interaction(unit, asked, InteractionPurpose.AUTHORIZATION)
            question = self.desk.question(unit, interaction, now=who.now)
            acting = None
            if session.mandate is not None:
                acting = self.mandates.require_live(unit, session.mandate, person=session.person, now=who.now)
        asked = asked.speaking(question.language)
        view = ConsentPage(
            csrf=who.form,
            interaction=interaction.id,
            client_name=question.client.title(asked.language.value),
            scopes=question.scopes,
            organisation="" if acting is None else acting.organisation.name,
        )
        return page("consent.html", {"view": view}, language=asked.language, here=asked.here)

    def answer(self, asked: Asked) -> Response:
        """POST /consent: note it, and go on."""
        who = self.door.who(asked)
        if who is None:
            return see_other(f"/login?i={asked.at.interaction}")
        allowed = _ANSWERS.get(asked.text("decision"))
        if allowed is None:
            raise TrustError(ErrorCode.REQUEST_MALFORMED, "a consent is allowed or denied")
        with self.door.database.unit_of_work() as uow:
            interaction = self.door.interaction(uow, asked, InteractionPurpose.AUTHORIZATION)
            if who.session.mandate is not None:  # nothing is agreed to for an organisation he may not act for any more
                self.mandates.require_live(uow, who.session.mandate, person=who.session.person, now=who.now)
            self.desk.answer(uow, interaction, who.session, allowed=allowed, now=who.now)
        language = asked.speaking(interaction.language).language
        return going_page(language, f"{PATHS[InteractionPurpose.AUTHORIZATION]}?i={interaction.id}")
