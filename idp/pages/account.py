"""A person's own page: where he is signed in, what he proves himself with, whom he allowed what, for whom he acts.

GET  /account                          all of it; after a login, on to what the login was for
POST /account/session/end              one other session; /account/session/end-others all of them
POST /account/factor/remove            with a fresh login
POST /account/consent/withdraw         and what came of it ends
POST /account/grant/end                what a client can do now; it may ask again
POST /account/notices/read             up to the newest that was shown
POST /account/act                      for an organisation, or for himself again
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from starlette.routing import Router

from idp.app_requests import BY_APP
from idp.interaction import InteractionPurpose
from idp.pages.happenings import notice_lines
from idp.pages.own import ACCOUNT, see_other, told_by
from idp.pages.render import page
from idp.pages.views import AccountPage, ConsentLine, FactorLine, GrantLine, MandateLine, Problem, SessionLine
from idp.session_grounds import explained
from trustkit.clock import CHINA
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import Principal
from trustkit.identity_codes import IdentityCode
from trustkit.store import notices
from trustkit.web.problem import status_of

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable
    from datetime import datetime

    from starlette.responses import Response

    from idp.factors.changes import Access
    from idp.factors.standing import StandingFactors
    from idp.levels.assessment import Levels
    from idp.op.backchannel import BackchannelDesk
    from idp.op.consents import ConsentDesk
    from idp.op.own_grants import OwnGrants
    from idp.pages.asked import Asked
    from idp.pages.links import LinkPages
    from idp.pages.own import OwnDoor, Who
    from idp.session_model import Session
    from idp.subject.mandates import ActingFor, Mandates
    from trustkit.store.unit_of_work import ReadUnit

OWNER: Final = "owner"
# Refusals the page shows again with why; what else is refused is a page of its own.
_SHOWN: Final = frozenset(
    {
        IdentityCode.FACTOR_EXISTS,
        IdentityCode.FACTOR_LAST,
        IdentityCode.FACTOR_MISSING,
        IdentityCode.IDP_MANDATE_MISSING,
        IdentityCode.IDP_MANDATE_OVER,
        IdentityCode.IDP_SESSION,
        IdentityCode.OP_CLIENT_MISSING,
        IdentityCode.OP_GRANT_MISSING,
        ErrorCode.STORE_CONFLICT,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountPages:
    """The page and its forms. `returns` are pages a login may lead on to."""

    door: OwnDoor
    standing: StandingFactors
    levels: Levels
    access: Access
    consents: ConsentDesk
    grants: OwnGrants
    requests: BackchannelDesk
    mandates: Mandates
    links: LinkPages
    returns: Container[str]

    def router(self) -> Router:
        """Return the routes."""
        made, answers = Router(), self.door.answers
        made.add_route(ACCOUNT, self.door.asked(self.arrive), methods=["GET"])
        for path, act in {
            "act": self.act,
            "session/end": self.end,
            "session/end-others": self.end_others,
            "factor/remove": self.remove,
            "consent/withdraw": self.withdraw,
            "grant/end": self.end_grant,
            "notices/read": self.read,
        }.items():
            made.add_route(f"{ACCOUNT}/{path}", answers(self.shows_refusals(act)), methods=["POST"])
        return made

    def arrive(self, asked: Asked) -> Response:
        """GET /account: the page, or on to the page a login was for."""
        if not asked.at.interaction:
            return self.door.answered(asked, self.shown, back=ACCOUNT)
        try:
            path = self.door.reference(asked, InteractionPurpose.ACCOUNT)
        except TrustError as error:
            if error.code is not IdentityCode.IDP_INTERACTION:
                raise
            path = None  # gone on from before: what is here is shown, or asked for anew
        return see_other(path if path is not None and path in self.returns else ACCOUNT)

    def shown(self, who: Who, error: TrustError | None = None) -> Response:
        """Return the page, with why something was refused."""
        session, now, language = who.session, who.now, who.asked.language
        with self.door.database.reading() as unit:
            acting = self.mandates.choices(unit, session.person, now=now)
            person = session.person
            told, newest = notice_lines(unit, person, language=language, titled=self.links.titled)
            view = AccountPage(
                csrf=who.form,
                identity=session.assurance.identity,
                authentication=session.assurance.authentication,
                explained=explained(unit, self.door.sessions, self.levels, session, language, now=now)[1:],
                sessions=tuple(
                    _session(each, this=each.id == session.id)
                    for each in self.door.sessions.list_of(unit, session.person, now=now)
                ),
                factors=self._factors(unit, session.person),
                consents=self._consents(unit, who, acting),
                grants=self._grants(unit, who),
                mandates=tuple(_mandate(each, session.mandate) for each in acting),
                acting=session.mandate is not None,
                links=self.links.lines(unit, person, language),
                linkable=bool(self.links.titles),
                notices=told,
                newest=newest,
                asked=len(self.requests.waiting(unit, person, now=now)),
            )
        values = {"view": view, "problem": None if error is None else Problem.of(error, language)}
        status = 200 if error is None else status_of(error.code)
        return page("account.html", values, language=language, status=status, here=ACCOUNT)

    def shows_refusals(self, work: Callable[[Who], Response]) -> Callable[[Who], Response]:
        """Return the same, with what the page can tell told on it."""
        return told_by(self.shown, work, _SHOWN)

    def act(self, who: Who) -> Response:
        """POST /account/act: act under another mandate, or for oneself; the session goes on under a new secret."""
        mandate = who.asked.text("mandate") or None
        with self.door.database.unit_of_work() as uow:
            if mandate is not None:
                self.mandates.require_live(uow, mandate, person=who.session.person, now=who.now)
            signed_in = self.door.sessions.act_for(uow, who.secret, mandate, now=who.now)
        answer = see_other(ACCOUNT)
        cookies = self.door.cookies
        answer.headers.append("set-cookie", cookies.set(cookies.session, signed_in.secret))
        return answer

    def end(self, who: Who) -> Response:
        """POST /account/session/end: end one of his sessions at another browser."""
        session, actor = who.session, Principal(id=who.session.person)
        with self.door.database.unit_of_work() as uow:
            ended = who.asked.text("session")
            self.door.sessions.end(uow, ended, reason=OWNER, now=who.now, actor=actor, owner=session.person)
        return see_other(ACCOUNT)

    def end_others(self, who: Who) -> Response:
        """POST /account/session/end-others: end every other session of one's own, and what clients were allowed in them."""
        session, actor = who.session, Principal(id=who.session.person)
        with self.door.database.unit_of_work() as uow:
            self.access.end(uow, session.person, reason=OWNER, now=who.now, actor=actor, keep=session.id)
        return see_other(ACCOUNT)

    def remove(self, who: Who) -> Response:
        """POST /account/factor/remove: remove a factor, freshly signed in."""
        enroller = self.door.enroller(who)
        elsewhere = partial(self.links.linking.leads_in, person=who.session.person)
        self.standing.remove(enroller, who.asked.text("factor"), elsewhere=elsewhere, now=who.now)
        return see_other(ACCOUNT)

    def withdraw(self, who: Who) -> Response:
        """POST /account/consent/withdraw: take back what a client was allowed."""
        with self.door.database.unit_of_work() as uow:
            self.consents.withdraw(uow, who.session.person, who.asked.text("client"), now=who.now)
        return see_other(ACCOUNT)

    def end_grant(self, who: Who) -> Response:
        """POST /account/grant/end: end what a client can do now."""
        with self.door.database.unit_of_work() as uow:
            self.grants.end(uow, who.session.person, who.asked.text("grant"), now=who.now)
        return see_other(ACCOUNT)

    def read(self, who: Who) -> Response:
        """POST /account/notices/read: he has read what was shown."""
        with self.door.database.unit_of_work() as uow:
            notices.mark_seen(uow, who.session.person, newest=who.asked.text("newest"), at=who.now)
        return see_other(ACCOUNT)

    def _consents(self, unit: ReadUnit, who: Who, acting: Iterable[ActingFor]) -> tuple[ConsentLine, ...]:
        names = {each.mandate: each.organisation.name for each in acting}
        return tuple(
            ConsentLine(
                client=each.client,
                client_name=each.title,
                scopes=each.scopes,
                since=_day(each.given_at),
                acting=tuple(names[mandate] for mandate in each.mandates if mandate in names),
                own="" in each.mandates,
            )
            for each in self.consents.list_of(unit, who.session.person, language=who.asked.language.value)
        )

    def _grants(self, unit: ReadUnit, who: Who) -> tuple[GrantLine, ...]:
        return tuple(
            GrantLine(
                id=each.id,
                client_name=each.title,
                scopes=each.scopes,
                since=_minute(each.since),
                until=_day(each.until),
                organisation="" if each.acting is None else each.acting.organisation.name,
                offline=each.offline,
            )
            for each in self.grants.list_of(unit, who.session.person, language=who.asked.language.value, now=who.now)
        )

    def _factors(self, unit: ReadUnit, person: str) -> tuple[FactorLine, ...]:
        return tuple(
            FactorLine(
                id=each.id,
                kind=each.kind.value,
                label=each.label,
                added=_day(each.created_at),
                left=each.left,
            )
            for each in self.standing.lines(unit, person)
        )


def _session(session: Session, *, this: bool) -> SessionLine:
    return SessionLine(
        id=session.id,
        this=this,
        app=session.provider == BY_APP,
        since=_minute(session.created_at),
        seen=_minute(session.seen_at),
    )


def _mandate(each: ActingFor, now_acting: str | None) -> MandateLine:
    return MandateLine(
        id=each.mandate,
        organisation=each.organisation.name,
        role=each.role.value.replace("-", "_"),
        until="" if each.valid_until is None else _day(each.valid_until),
        acting=each.mandate == now_acting,
    )


def _minute(at: datetime) -> str:
    return f"{at.astimezone(CHINA):%Y-%m-%d %H:%M}"


def _day(at: datetime) -> str:
    return f"{at.astimezone(CHINA):%Y-%m-%d}"
