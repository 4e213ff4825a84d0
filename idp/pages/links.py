"""By which other services somebody signs in: linked and removed on his own page, with a fresh login.

GET  /account/link             what is linked, and what can be
POST /account/link/at/NAME     to the service, or to what it asks here; back by the login's own return address, to /account
POST /account/link/remove      which tells him, and ends his other sessions
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from starlette.concurrency import run_in_threadpool
from starlette.routing import Router

from idp.connectors.port import Prompt
from idp.csrf import csrf_token
from idp.login_progress import FORM
from idp.login_view import At, LoginStage, LoginView
from idp.pages.asked import read_asked
from idp.pages.login_pages import going_page, prompt_page
from idp.pages.own import LINKS, see_other, told_by
from idp.pages.render import page
from idp.pages.told import told_as_pages
from idp.pages.views import Elsewhere, LinkLine, LinksPage, Problem
from trustkit.clock import CHINA
from trustkit.errors import TrustError
from trustkit.identity_codes import IdentityCode
from trustkit.web.problem import status_of

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from idp.connectors.port import Redirect
    from idp.interactions import Opened
    from idp.linking import Linking
    from idp.login_brokered import BrokeredLogin
    from idp.pages.asked import Asked
    from idp.pages.own import OwnDoor, Who
    from trustkit.store.unit_of_work import ReadUnit
    from trustkit.texts.catalogue import Language

PAGE: Final = LINKS
_NOT_FRESH = frozenset({IdentityCode.FACTOR_ENROLMENT_STALE, IdentityCode.FACTOR_ENROLMENT_WEAK})
_SHOWN = frozenset(
    {
        IdentityCode.FACTOR_LAST,
        IdentityCode.IDP_LINK_MISSING,
        IdentityCode.IDP_LINK_UNTIMED,
        IdentityCode.IDP_UPSTREAM_REFUSED,
        IdentityCode.IDP_UPSTREAM_UNREACHABLE,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkPages:
    """The page and its forms. `titles` are the connectors that are there, by name and language; `untimed` cannot be linked.

    These do not tell when somebody signed in there: whose login it is could be somebody else's of an hour ago.
    """

    door: OwnDoor
    linking: Linking
    brokered: BrokeredLogin
    titles: Mapping[str, Mapping[str, str]]
    untimed: Container[str] = ()

    def router(self) -> Router:
        """Return the routes."""
        made = Router()
        made.add_route(PAGE, self.door.answers(self.show, back=PAGE), methods=["GET"])
        made.add_route(f"{PAGE}/remove", self.door.answers(self._shows(self.remove), back=PAGE), methods=["POST"])
        made.add_route(f"{PAGE}/at/{{name}}", told_as_pages(self.begin), methods=["POST"])
        return made

    def titled(self, provider: str, language: Language) -> str:
        """Return what people call a connector; its name where it is there no more."""
        titles = self.titles.get(provider, {})
        return titles.get(language.value) or next(iter(titles.values()), provider)

    def lines(self, unit: ReadUnit, person: str, language: Language) -> tuple[LinkLine, ...]:
        """Return what a person is linked to, oldest first."""
        return tuple(
            LinkLine(
                id=each.link_mac,
                title=self.titled(each.provider, language),
                since=f"{each.created_at.astimezone(CHINA):%Y-%m-%d}",
                there=each.provider in self.titles,
            )
            for each in self.linking.links.listed(unit, person)
        )

    def show(self, who: Who, error: TrustError | None = None) -> Response:
        """GET /account/link: what is linked, and what can be."""
        self.door.enroller(who)
        language = who.asked.language
        with self.door.database.reading() as unit:
            lines = self.lines(unit, who.session.person, language)
        there = [Elsewhere(name=name, title=self.titled(name, language)) for name in sorted(self.titles)]
        view = LinksPage(
            csrf=who.form,
            links=lines,
            choices=tuple(each for each in there if each.name not in self.untimed),
            untimed=tuple(each.title for each in there if each.name in self.untimed),
        )
        values: dict[str, object] = {"view": view}
        if error is not None:
            values["problem"] = Problem.of(error, language)
        status = 200 if error is None else status_of(error.code)
        return page("links.html", values, language=language, status=status, here=PAGE)

    def remove(self, who: Who) -> Response:
        """POST /account/link/remove: remove a link, freshly signed in."""
        enroller = self.door.enroller(who)
        with self.door.database.unit_of_work() as uow:
            self.linking.remove(uow, enroller, who.asked.text("link"), now=who.now)
        return see_other(PAGE)

    async def begin(self, request: Request) -> Response:
        """POST /account/link/at/NAME: sign in at the service, for a link to it."""
        asked = await read_asked(request, self.door.cookies)
        begun = await run_in_threadpool(self._open, asked)
        if begun is None:  # nobody is signed in, or not freshly: the page sees to it
            return await run_in_threadpool(self.door.answered, asked, self.show, back=PAGE)
        who, opened = begun
        name, form = request.path_params["name"], self._form(opened)
        at = At(
            interaction=opened.interaction.id,
            browser=opened.browser,
            session=who.secret,
            address=asked.at.address,
            form=form,
        )
        try:
            if name in self.untimed:
                raise TrustError(IdentityCode.IDP_LINK_UNTIMED, "never says when")  # noqa: TRY301 - shown as what is refused there
            step = await self.brokered.begin(at, name, language=asked.language.value)
        except TrustError as error:
            if error.code not in _SHOWN:
                raise
            return await run_in_threadpool(self.show, who, error)
        answer = self._answer(asked, opened, name, step)
        if opened.browser != asked.at.browser:
            answer.headers.append("set-cookie", self.door.cookies.set(self.door.cookies.browser, opened.browser))
        return answer

    def _answer(self, asked: Asked, opened: Opened, name: str, step: Redirect | Prompt) -> Response:
        if not isinstance(step, Prompt):
            return going_page(asked.language, step.url)
        view = LoginView(stage=LoginStage.STEP, interaction=opened.interaction, form=self._form(opened))
        return prompt_page(asked, view, name, step, back=PAGE)

    def _open(self, asked: Asked) -> tuple[Who, Opened] | None:
        who = self.door.who(asked)
        if who is None:
            return None
        try:
            enroller = self.door.enroller(who)
        except TrustError as error:
            if error.code not in _NOT_FRESH:
                raise
            return None
        with self.door.database.unit_of_work() as uow:
            return who, self.linking.open(uow, enroller, browser=asked.at.browser, now=who.now)

    def _form(self, opened: Opened) -> str:
        return csrf_token(self.door.sealing, opened.browser, FORM, opened.interaction.id)

    def _shows(self, work: Callable[[Who], Response]) -> Callable[[Who], Response]:
        return told_by(self.show, work, _SHOWN)
