"""The page on which a person signs out: asked first, since any site can send a browser here.

GET  /logout     whether to sign out, or that it was done
POST /logout     the session ends, and clients are told
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.routing import Router

from idp.op.logout import LOGOUT_PAGE
from idp.pages.own import see_other
from idp.pages.render import page
from idp.pages.views import LogoutPage
from trustkit.identity import Principal

if TYPE_CHECKING:
    from starlette.responses import Response

    from idp.pages.asked import Asked
    from idp.pages.own import OwnDoor


@dataclass(frozen=True, slots=True, kw_only=True)
class LogoutPages:
    """The page and its form."""

    door: OwnDoor

    def router(self) -> Router:
        """Return the routes."""
        made = Router()
        made.add_route(LOGOUT_PAGE, self.door.asked(self.show), methods=["GET"])
        made.add_route(LOGOUT_PAGE, self.door.asked(self.sign_out), methods=["POST"])
        return made

    def show(self, asked: Asked) -> Response:
        """GET /logout."""
        who = self.door.who(asked)
        view = LogoutPage(done=True) if who is None else LogoutPage(csrf=who.form)
        return page("logout.html", {"view": view}, language=asked.language, here=LOGOUT_PAGE)

    def sign_out(self, asked: Asked) -> Response:
        """POST /logout: end this browser's session and take its cookie away."""
        who = self.door.who(asked)
        answer = see_other(LOGOUT_PAGE)
        if who is not None:
            actor = Principal(id=who.session.person)
            with self.door.database.unit_of_work() as uow:
                self.door.sessions.end(uow, who.session.id, reason="logout", now=who.now, actor=actor)
            answer.headers.append("set-cookie", self.door.cookies.clear(self.door.cookies.session))
        return answer
