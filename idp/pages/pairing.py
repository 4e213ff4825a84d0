"""Pairing the app that confirms: its code on this page, six digits on both screens, and the person says whether they are the same.

GET  /account/app     a code, good for one app and five minutes
POST /account/app     whether an app came (a script of ours asks as JSON); then ``decision``: ``same``, with its ``label``, or ``differs``

It is for who signed in freshly, and with two factors once he has them, as every enrolment (`idp.factors.enroller`).
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from starlette.routing import Router

from idp.pages.enrolment import MAX_LABEL
from idp.pages.own import ACCOUNT, see_other, told_script
from idp.pages.render import page
from idp.pages.views import PairingPage
from trustkit.errors import TrustError
from trustkit.identity_codes import IdentityCode

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.responses import Response

    from idp.factors.apps import Apps
    from idp.factors.enroller import VerifiedEnroller
    from idp.pages.own import OwnDoor, Who

PAIRING: Final = f"{ACCOUNT}/app"


@dataclass(frozen=True, slots=True, kw_only=True)
class PairingPages:
    """The page and its forms.

    `picture` draws a text as a QR code, in SVG; `site` is the address people reach this service at, for apps without a camera; `told`
    wraps a handler so that what the account page can tell is told there.
    """

    door: OwnDoor
    apps: Apps
    picture: Callable[[str], str]
    site: str
    told: Callable[[Callable[[Who], Response]], Callable[[Who], Response]]

    def router(self) -> Router:
        """Return the routes."""
        made, answers = Router(), self.door.answers
        made.add_route(PAIRING, answers(self.told(self.begin), back=PAIRING), methods=["GET"])
        made.add_route(PAIRING, answers(self.told(self.go_on), back=PAIRING), methods=["POST"])
        return made

    def begin(self, who: Who) -> Response:
        """GET /account/app: a new code."""
        pairing = self.apps.begin(self.door.enroller(who), now=who.now)
        return self._code(who, pairing.handle)

    def go_on(self, who: Who) -> Response:
        """POST /account/app: the digits once an app came, and what the person says of them."""
        enroller, handle, decision = self.door.enroller(who), who.asked.text("handle"), who.asked.text("decision")
        try:
            if decision == "same":
                label = who.asked.text("label").strip()[:MAX_LABEL]
                self.apps.finish(enroller, handle, label=label, now=who.now)
                return see_other(ACCOUNT)
            if decision == "differs":
                self.apps.cancel(enroller, handle, now=who.now)
                return _page(who, PairingPage(csrf=who.form, differs=True))
            return self._digits(who, enroller, handle)
        except TrustError as error:
            if error.code is not IdentityCode.FACTOR_ENROLMENT_OVER:
                raise
            return (
                told_script("over") if who.asked.scripted else see_other(PAIRING)
            )  # it took too long: here is another

    def _digits(self, who: Who, enroller: VerifiedEnroller, handle: str) -> Response:
        digits = self.apps.digits(enroller, handle, now=who.now)
        if who.asked.scripted:
            return told_script("waiting" if digits is None else "came")
        if digits is None:
            return self._code(who, handle, waits=True)
        return _page(who, PairingPage(csrf=who.form, handle=handle, digits=digits))

    def _code(self, who: Who, handle: str, *, waits: bool = False) -> Response:
        drawn = base64.b64encode(self.picture(self.apps.uri(handle)).encode()).decode()
        picture = f"data:image/svg+xml;base64,{drawn}"
        return _page(who, PairingPage(csrf=who.form, handle=handle, picture=picture, site=self.site, waits=waits))


def _page(who: Who, view: PairingPage) -> Response:
    return page("pairing.html", {"view": view}, language=who.asked.language, here=PAIRING)
