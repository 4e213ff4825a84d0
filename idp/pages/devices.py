"""The pages on which a person connects a device that has no browser (RFC 8628 3.3): he types its code, compares, and says yes or no.

GET  /device[?user_code=CODE]      the code is asked for, or what came in a link is to be compared
POST /device                       what is asked by the code
POST /device/decide                yes or no
GET  /device/continue?i=ID         back from a login, to the code it was for
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from starlette.routing import Router

from idp.interaction import InteractionPurpose
from idp.interactions import Wanted
from idp.login_view import PATHS
from idp.op.devices import PAGE
from idp.op.poll_answers import PollNeed
from idp.pages.acting import acting_organisation
from idp.pages.own import see_other
from idp.pages.render import page
from idp.pages.views import DevicePage, Problem
from idp.stepup import Need
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import AssuranceLevel
from trustkit.identity_codes import IdentityCode
from trustkit.web.problem import status_of

if TYPE_CHECKING:
    from starlette.responses import Response

    from idp.op.devices import DeviceDesk
    from idp.pages.asked import Asked
    from idp.pages.own import OwnDoor, Who
    from idp.subject.mandates import Mandates

MAX_CODE: Final = 16  # characters: eight letters, and what people put between them
_SIGNED_IN: Final = PollNeed(need=Need(level=AssuranceLevel(authentication=1)))
_ANSWERS: Final = {"allow": True, "deny": False}
_AGAIN: Final = frozenset({IdentityCode.OP_USER_CODE, IdentityCode.OP_REQUEST_OVER, ErrorCode.REQUEST_RATE})


@dataclass(frozen=True, slots=True, kw_only=True)
class DevicePages:
    """The pages and their forms."""

    door: OwnDoor
    desk: DeviceDesk
    mandates: Mandates

    def router(self) -> Router:
        """Return the routes."""
        made = Router()
        made.add_route(PAGE, self.door.asked(self.ask), methods=["GET"])
        made.add_route(PAGE, self.door.asked(self.ask), methods=["POST"])
        made.add_route(f"{PAGE}/decide", self.door.asked(self.decide), methods=["POST"])
        made.add_route(PATHS[InteractionPurpose.DEVICE], self.door.asked(self.came_back), methods=["GET"])
        return made

    def ask(self, asked: Asked) -> Response:
        """GET and POST /device: the form for a code, or what is asked by one; a login first where it takes one."""
        code = _code(asked)
        who = self.door.who(asked)
        if who is None:
            return self._to_login(asked, code)
        if not code:
            return _page(who, DevicePage(csrf=who.form))
        try:
            return self._compared(who, code)
        except TrustError as error:
            return _refused(who, code, error)

    def decide(self, asked: Asked) -> Response:
        """POST /device/decide: note what was said."""
        code, allowed = _code(asked), _ANSWERS.get(asked.text("decision"))
        if allowed is None:
            raise TrustError(ErrorCode.REQUEST_MALFORMED, "a device is allowed or denied")
        who = self.door.who(asked)
        if who is None:
            return self._to_login(asked, code)
        try:
            with self.door.database.unit_of_work() as uow:
                self.desk.answer(uow, who.session, code, allowed=allowed, now=who.now)
        except TrustError as error:
            return _refused(who, code, error)
        return _page(who, DevicePage(csrf=who.form, outcome="done" if allowed else "denied"))

    def came_back(self, asked: Asked) -> Response:
        """GET /device/continue: back from a login."""
        code = self.door.reference(asked, InteractionPurpose.DEVICE)
        return see_other(f"{PAGE}?{urlencode({'user_code': code})}" if code else PAGE)

    def _compared(self, who: Who, code: str) -> Response:
        with self.door.database.reading() as unit:
            question = self.desk.question(unit, who.session, code, now=who.now)
            need = self.desk.need(unit, who.session, code, now=who.now)
            organisation = acting_organisation(unit, self.mandates, who)
        if need is not None:
            return self._to_login(who.asked, code, need, person=who.session.person)
        title = question.title.get(who.asked.language.value) or next(iter(question.title.values()), question.client)
        view = DevicePage(
            csrf=who.form, user_code=code, client_name=title, scopes=question.scopes, organisation=organisation
        )
        return _page(who, view)

    def _to_login(
        self, asked: Asked, code: str, needed: PollNeed = _SIGNED_IN, *, person: str | None = None
    ) -> Response:
        wanted = Wanted(
            purpose=InteractionPurpose.DEVICE,
            needed=needed.need.level,
            max_age=needed.need.max_age,
            demands=needed.demands,
            reference=code,
            person=person,
        )
        return self.door.to_login(asked, wanted)


def _code(asked: Asked) -> str:
    return (asked.text("user_code") or asked.query.get("user_code", ""))[:MAX_CODE].strip().upper()


def _refused(who: Who, code: str, error: TrustError) -> Response:
    """Return the form again with why a code was refused; raise what it does not mend."""
    if error.code not in _AGAIN:
        raise error
    values = {"view": DevicePage(csrf=who.form, user_code=code), "problem": Problem.of(error, who.asked.language)}
    return page("device.html", values, language=who.asked.language, status=status_of(error.code), here=PAGE)


def _page(who: Who, view: DevicePage) -> Response:
    return page("device.html", {"view": view}, language=who.asked.language, here=who.asked.here or PAGE)
