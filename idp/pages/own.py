"""Pages somebody sees signed in: whose session it is, the token of his forms, and a login where there is none or it is not fresh.

door = OwnDoor(database=…, …)
router.add_route("/account", door.answers(account.show), methods=["GET"])

A form changes nothing without the session's token. What wants a fresh or a stronger login sends the person to sign in, and back.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, RedirectResponse

from idp.csrf import csrf_token, require_csrf
from idp.factors.enroller import FRESH, Login, level_needed, verify_fresh_login
from idp.interaction import InteractionPurpose
from idp.interactions import Wanted
from idp.pages.asked import read_asked
from idp.pages.told import told_as_pages
from trustkit.errors import TrustError
from trustkit.identity import AssuranceLevel
from trustkit.identity_codes import IdentityCode

if TYPE_CHECKING:
    from collections.abc import Callable, Container
    from datetime import datetime

    from starlette.requests import Request
    from starlette.responses import Response

    from idp.cookies import CookieRules
    from idp.factors.enroller import Guarded, VerifiedEnroller
    from idp.interaction import Interaction
    from idp.interactions import Interactions
    from idp.pages.asked import Asked
    from idp.pages.told import Answer
    from idp.password_room import PasswordRoom
    from idp.sealing import Sealing
    from idp.session_model import Session
    from idp.sessions import Sessions
    from trustkit.clock import Clock
    from trustkit.error_family import Code
    from trustkit.store.database import Database
    from trustkit.store.unit_of_work import ReadUnit
    from trustkit.web.rates import RateLimiter

ACCOUNT: Final = "/account"
LINKS: Final = f"{ACCOUNT}/link"
FORM: Final = "account"  # one token for all forms of a session; `idp.login_api` gives the same
_SIGNED_IN: Final = AssuranceLevel(authentication=1)
_TIME_TO_FILL_IN: Final = timedelta(minutes=5)  # what a fresh login must last for yet when a form is shown
_FRESH: Final = frozenset({IdentityCode.FACTOR_ENROLMENT_STALE, IdentityCode.FACTOR_ENROLMENT_WEAK})


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """Somebody signed in, and what he asks. `form` is the token of his forms."""

    asked: Asked
    session: Session
    secret: str = field(repr=False)
    form: str = field(repr=False)
    now: datetime


def told_by(
    show: Callable[[Who, TrustError], Response], work: Callable[[Who], Response], codes: Container[Code]
) -> Callable[[Who], Response]:
    """Return the same work, with refusals by these codes told on the page that `show` makes."""

    def told(who: Who) -> Response:
        try:
            return work(who)
        except TrustError as error:
            if error.code not in codes:
                raise
            return show(who, error)

    return told


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnDoor:
    """Lets in who is signed in at one home.

    `guarded` are those whose factors no login with one factor changes; `limiter` counts the logins that one address is sent to.
    """

    database: Database
    clock: Clock
    sealing: Sealing
    sessions: Sessions
    interactions: Interactions
    cookies: CookieRules
    guarded: Guarded
    limiter: RateLimiter

    def answers(
        self, work: Callable[[Who], Response], *, back: str = ACCOUNT, room: PasswordRoom | None = None
    ) -> Answer:
        """Return the handler of a page for who is signed in; `back` is the page a login leads to first, `room` where it hashes passwords."""
        return self.asked(lambda asked: self.answered(asked, work, back=back), room=room)

    def answered(self, asked: Asked, work: Callable[[Who], Response], *, back: str) -> Response:
        """Return the answer of such a page."""
        who = self.who(asked)
        if who is None:
            if asked.scripted:
                return told_script("over")
            return self.to_login(asked, Wanted(purpose=InteractionPurpose.ACCOUNT, needed=_SIGNED_IN, reference=back))
        try:
            return work(who)
        except TrustError as error:
            if error.code not in _FRESH:
                raise
            return told_script("over") if asked.scripted else self._freshly(who, back)

    def asked(self, work: Callable[[Asked], Response], *, room: PasswordRoom | None = None) -> Answer:
        """Return the handler of a page, whoever asks: read, done in a thread, its refusals told as pages."""

        async def answer(request: Request) -> Response:
            act = partial(work, await read_asked(request, self.cookies))
            return await (run_in_threadpool(act) if room is None else room.run(act))

        return told_as_pages(answer)

    def who(self, asked: Asked) -> Who | None:
        """Return who is signed in, his use noted. Raise IDP_FORGED for a form without his token."""
        now, secret = self.clock.now(), asked.at.session
        with self.database.reading() as unit:
            session = self.sessions.current(unit, secret, now=now)
        if session is None or secret is None:
            return None
        if asked.posted:
            require_csrf(self.sealing, secret, asked.at.form, FORM)
        if self.sessions.is_stale(session, now):
            with self.database.unit_of_work() as uow:
                self.sessions.touch(uow, session, now=now)
        form = csrf_token(self.sealing, secret, FORM)
        return Who(asked=asked, session=session, secret=secret, form=form, now=now)

    def enroller(self, who: Who) -> VerifiedEnroller:
        """Return the person as one who may change his factors; before a form is shown, that lasts until it can be filled in.

        Raises:
            TrustError: FACTOR_ENROLMENT_STALE, FACTOR_ENROLMENT_WEAK, which `answers` sends to a login.
        """
        session = who.session
        login = Login(
            person=session.person,
            assurance=session.assurance,
            authenticated_at=session.authenticated_at,
            session=session.id,
        )
        with self.database.reading() as unit:
            if not who.asked.posted:
                verify_fresh_login(unit, login, now=who.now + _TIME_TO_FILL_IN, guarded=self.guarded)
            return verify_fresh_login(unit, login, now=who.now, guarded=self.guarded)

    def to_login(self, asked: Asked, wanted: Wanted) -> Response:
        """Return the answer that sends the browser to sign in. Raise REQUEST_RATE."""
        self.limiter.spend(asked.at.address)
        with self.database.unit_of_work() as uow:
            opened = self.interactions.open(uow, wanted, browser=asked.at.browser, now=self.clock.now())
        answer = see_other(f"/login?i={opened.interaction.id}")
        if opened.browser != asked.at.browser:
            answer.headers.append("set-cookie", self.cookies.set(self.cookies.browser, opened.browser))
        return answer

    def interaction(self, unit: ReadUnit, asked: Asked, purpose: InteractionPurpose) -> Interaction:
        """Return what the browser was sent here for, which stays open. Raise IDP_INTERACTION."""
        found = self.interactions.find(unit, asked.at.interaction, browser=asked.at.browser, now=self.clock.now())
        if found.purpose is not purpose:
            raise TrustError(IdentityCode.IDP_INTERACTION, "opened for something else")
        return found

    def reference(self, asked: Asked, purpose: InteractionPurpose) -> str | None:
        """Take up what the browser comes back from a login for, once; None where the login was given up. Raise IDP_INTERACTION."""
        with self.database.unit_of_work() as uow:
            found = self.interaction(uow, asked, purpose)
            taken = self.interactions.take(uow, found.id, browser=asked.at.browser, now=self.clock.now())
        return None if taken.session is None else taken.interaction.reference

    def _freshly(self, who: Who, back: str) -> Response:
        person = who.session.person
        with self.database.reading() as unit:
            needed = level_needed(unit, person, self.guarded)
        wanted = Wanted(
            purpose=InteractionPurpose.ACCOUNT,
            needed=needed,
            max_age=FRESH - _TIME_TO_FILL_IN,
            person=person,
            reference=back,
        )
        return self.to_login(who.asked, wanted)


def told_script(state: str) -> JSONResponse:
    """Return the answer to a script that waits: ``waiting``, or what makes it ask for the page."""
    return JSONResponse({"state": state}, headers={"cache-control": "no-store"})


def see_other(path: str) -> RedirectResponse:
    """Return the answer that sends a browser to a page of ours, by GET."""
    return RedirectResponse(path, status_code=HTTPStatus.SEE_OTHER, headers={"cache-control": "no-store"})
