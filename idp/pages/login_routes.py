"""The routes of a login. Each form is answered by the next page, or by going on to whoever needed the login.

A step that was proved is followed by a new page by GET, so that going back or reloading sends nothing again. Refusals are pages too.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, RedirectResponse
from starlette.routing import Router

from idp.connectors.port import Prompt
from idp.factors.port import FactorKind
from idp.interaction import InteractionPurpose
from idp.linking import is_for_a_link
from idp.login_view import LoginStage
from idp.pages.asked import read_asked
from idp.pages.login_pages import TYPED, confirmation_page, going_page, login_page, prompt_page
from idp.pages.own import LINKS
from idp.pages.told import error_page, told_as_pages
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity_codes import IdentityCode
from trustkit.web.places import place_of_request

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from idp.cookies import CookieRules
    from idp.login import Login
    from idp.login_brokered import BrokeredLogin
    from idp.login_confirmation import ConfirmedLogin
    from idp.login_password import PasswordStep
    from idp.login_view import LoginView, Outcome
    from idp.pages.asked import Asked
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.web.rates import RateLimiter

# Refusals that the same page shows again, for the person to try otherwise.
_AGAIN = frozenset(
    {
        IdentityCode.IDP_LOGIN_REFUSED,
        IdentityCode.FACTOR_REFUSED,
        IdentityCode.FACTOR_CODE_FORM,
        IdentityCode.FACTOR_CONFIRMATION_DENIED,
        IdentityCode.FACTOR_CONFIRMATION_OVER,
        IdentityCode.FACTOR_THROTTLED,
        IdentityCode.FACTOR_LOCKED,
        IdentityCode.IDP_UPSTREAM_DENIED,
        IdentityCode.IDP_UPSTREAM_UNREACHABLE,
        IdentityCode.IDP_LOGIN_UNKNOWN,
        IdentityCode.IDP_LOGIN_IMPOSSIBLE,
        IdentityCode.IDP_LOGIN_OTHER,
        IdentityCode.IDP_LOGIN_STEP,
    }
)
_WAITING = frozenset({IdentityCode.FACTOR_CONFIRMATION_PENDING, IdentityCode.FACTOR_CONFIRMATION_SLOWER})
_NO_STORE = {"cache-control": "no-store"}


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginRoutes:
    """The pages of logins at one home.

    `titled` says what a client is called in a language, empty for none that is registered;
    `limiter` counts the steps one address takes.
    """

    login: Login
    passwords: PasswordStep
    brokered: BrokeredLogin
    confirmed: ConfirmedLogin
    cookies: CookieRules
    titled: Callable[[str, str], str]
    limiter: RateLimiter

    def router(self) -> Router:
        """Return the routes, none of which is part of the API's description."""
        made = Router()
        made.add_route("/login", told_as_pages(self.show), methods=["GET"])
        for kind in TYPED:
            made.add_route(f"/login/{kind.value}", told_as_pages(partial(self.typed, kind)), methods=["POST"])
        made.add_route("/login/passkey", told_as_pages(self.passkey), methods=["POST"])
        made.add_route("/login/confirmation/ask", told_as_pages(self.ask_app), methods=["POST"])
        made.add_route("/login/confirmation", told_as_pages(self.confirmation), methods=["POST"])
        made.add_route("/login/at/{name}", told_as_pages(self.begin), methods=["POST"])
        made.add_route("/login/return/{name}", told_as_pages(self.came_back), methods=["GET"])
        made.add_route("/login/answer/{name}", told_as_pages(self.answered), methods=["POST"])
        return made

    async def show(self, request: Request) -> Response:
        """GET /login?i=ID[&means=KIND]: where the login stands."""
        asked = await read_asked(request, self.cookies)
        outcome = await run_in_threadpool(self.login.look, asked.at)
        return await self._shown(asked, outcome)

    async def typed(self, kind: FactorKind, request: Request) -> Response:
        """POST /login/KIND: a password, a one-time password, a recovery code."""
        self.limiter.spend(place_of_request(request))
        asked = await read_asked(request, self.cookies)
        if kind is FactorKind.PASSWORD:
            text, name = asked.text("password"), asked.text("login_name")
            return await self._step(asked, kind.value, lambda: self.passwords.prove(asked.at, text, login_name=name))
        prove = partial(self.login.prove, asked.at, kind, asked.text("code"))
        return await self._step(asked, kind.value, lambda: run_in_threadpool(prove))

    async def passkey(self, request: Request) -> Response:
        """POST /login/passkey: what the browser's authenticator answered."""
        asked = await read_asked(request, self.cookies)
        prove = partial(self.login.passkey, asked.at, asked.text("credential"))
        return await self._step(asked, FactorKind.PASSKEY.value, lambda: run_in_threadpool(prove))

    async def ask_app(self, request: Request) -> Response:
        """POST /login/confirmation/ask: ask the person's app, and show the number he is to tell it."""
        asked = await read_asked(request, self.cookies)
        try:
            asked, _ = await self._looked(asked)
            shown = await run_in_threadpool(partial(self.confirmed.ask, asked.at, language=asked.language))
        except TrustError as error:
            return await self._again(asked, error)
        return await self._waits(asked, shown.number)

    async def confirmation(self, request: Request) -> Response:
        """POST /login/confirmation: whether the app answered. A script asks for it as JSON, and goes on by itself."""
        asked = await read_asked(request, self.cookies)
        try:
            outcome = await run_in_threadpool(self.confirmed.poll, asked.at)
        except TrustError as error:
            waits = error.code in _WAITING
            if asked.scripted and error.code is not ErrorCode.BUG:
                return JSONResponse({"state": "waiting" if waits else "over"}, headers=_NO_STORE)
            return await (self._waits(asked, asked.text("number"), error) if waits else self._again(asked, error))
        if not asked.scripted:
            return self._went_on(asked, outcome)
        return self._with_session(
            JSONResponse({"state": "done", "go": _next(outcome.view)}, headers=_NO_STORE), outcome
        )

    async def begin(self, request: Request) -> Response:
        """POST /login/at/NAME: go to an identity provider, or show what it asks here."""
        self.limiter.spend(place_of_request(request))
        asked = await read_asked(request, self.cookies)
        name = request.path_params["name"]
        try:
            step = await self.brokered.begin(asked.at, name, language=asked.language.value)
        except TrustError as error:
            return await self._again(asked, error)
        if isinstance(step, Prompt):
            return prompt_page(*await self._looked(asked), name, step)
        return going_page(asked.language, step.url)

    async def came_back(self, request: Request) -> Response:
        """GET /login/return/NAME: what an identity provider sent the browser back with."""
        asked = await read_asked(request, self.cookies)
        for_link = await run_in_threadpool(self.brokered.serves_a_link, asked.at, asked.query.get("state", ""))
        try:
            outcome = await self.brokered.finish(asked.at, request.path_params["name"], asked.query)
        except TrustError as error:
            return _linked_nothing(request, error, for_link=for_link)
        return self._went_on(asked, outcome)

    async def answered(self, request: Request) -> Response:
        """POST /login/answer/NAME: what a connector asked for on our own page."""
        asked = await read_asked(request, self.cookies)
        name = request.path_params["name"]
        answer = {key: value for key, value in asked.fields.items() if key not in {"csrf", "i"}}
        for_link = await run_in_threadpool(self.brokered.serves_a_link, asked.at)
        try:
            return await self._step(asked, name, lambda: self.brokered.answer(asked.at, name, answer))
        except TrustError as error:
            return _linked_nothing(request, error, for_link=for_link)

    async def _step(self, asked: Asked, means: str, prove: Callable[[], Awaitable[Outcome]]) -> Response:
        try:
            return self._went_on(asked, await prove())
        except TrustError as error:
            return await self._again(asked, error, means)

    def _went_on(self, asked: Asked, outcome: Outcome) -> Response:
        """Answer a step that was proved: the next page by GET, or whoever needed the login."""
        view = outcome.view
        if view.stage is LoginStage.DONE:
            answer = _done(asked, view)
        else:
            answer = RedirectResponse(_next(view), status_code=HTTPStatus.SEE_OTHER)
        return self._with_session(answer, outcome)

    def _with_session(self, answer: Response, outcome: Outcome) -> Response:
        if outcome.session is not None:
            answer.headers.append("set-cookie", self.cookies.set(self.cookies.session, outcome.session))
        return answer

    async def _waits(self, asked: Asked, number: str, error: TrustError | None = None) -> Response:
        """Show the page that waits for an app. Only the page has the number: it comes back with the page's own form."""
        return confirmation_page(*await self._looked(asked), number, error)

    async def _looked(self, asked: Asked) -> tuple[Asked, LoginView]:
        view = (await run_in_threadpool(self.login.look, asked.at)).view
        return await self._spoken(asked, view)

    async def _spoken(self, asked: Asked, view: LoginView) -> tuple[Asked, LoginView]:
        """Return both in the reader's language: the page's, and what the client is called in it."""
        asked, wanted = asked.speaking(view.interaction.language), view.interaction
        if not wanted.client:
            return asked, view
        title = await run_in_threadpool(self.titled, wanted.client, asked.language.value)
        return asked, replace(view, interaction=replace(wanted, client_name=title or wanted.client_name))

    async def _shown(self, asked: Asked, outcome: Outcome, error: TrustError | None = None) -> Response:
        view = outcome.view
        if view.stage is LoginStage.DONE:
            return _done(asked, view)
        asked, view = await self._spoken(asked, view)
        return login_page(asked, view, options=await self._options(asked, view), error=error)

    async def _again(self, asked: Asked, error: TrustError, means: str = "") -> Response:
        """Show the page a step was refused on, with why; raise what no page mends."""
        if error.code not in _AGAIN and not error.code.name.startswith("FACTOR_PASSKEY"):
            raise error
        outcome = await run_in_threadpool(self.login.look, asked.at)
        if is_for_a_link(outcome.view.interaction):
            raise error  # begun on his own page, and begun again there
        return await self._shown(asked.choosing(means), outcome, error)

    async def _options(self, asked: Asked, view: LoginView) -> Mapping[str, JsonValue] | None:
        chosen = view.stage is LoginStage.START or asked.query.get("means") == FactorKind.PASSKEY.value
        if FactorKind.PASSKEY not in view.kinds or not chosen:
            return None
        return await run_in_threadpool(self.login.passkey_options, asked.at)


def _linked_nothing(request: Request, error: TrustError, *, for_link: bool) -> Response:
    """Return the page of a link that came to nothing, which leads back to the links; raise what was a login's."""
    if not for_link or error.code is ErrorCode.BUG:
        raise error
    return error_page(request, error, back=LINKS, say="links.failed")


def _next(view: LoginView) -> str:
    """Return our own path a step that was proved leads to."""
    return view.go_on if view.stage is LoginStage.DONE else f"/login?i={view.interaction.id}"


def _done(asked: Asked, view: LoginView) -> Response:
    """Answer a login that came to its end. Only an authorization goes on to another site."""
    if view.interaction.purpose is InteractionPurpose.AUTHORIZATION:
        return going_page(asked.speaking(view.interaction.language).language, view.go_on)
    return RedirectResponse(view.go_on, status_code=HTTPStatus.SEE_OTHER)
