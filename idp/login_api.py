"""Signing in by JSON, for pages of others' making: the same steps as our own pages take, and a person's own sessions.

Translation only. What belongs to a login carries its interaction's id and, where it changes something, the form's token; both are
in the view. What belongs to a session carries the token that the list of sessions gives. No request of another site can read them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Final

from fastapi import APIRouter, Header, Path, Query, Request
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from idp.csrf import csrf_token, require_csrf
from idp.factors.port import FactorKind
from idp.group_commit import Written
from idp.handles import is_handle
from idp.interaction import InteractionPurpose
from idp.interactions import Wanted
from idp.levels.acr import MAX_ACR_VALUES, parse_acr_values
from idp.login_view import At
from trustkit.clock import format_rfc3339
from trustkit.encoding.canonical_json import parse_json
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import AssuranceLevel, Principal
from trustkit.identity_codes import IdentityCode
from trustkit.web.places import place_of_request
from trustkit.web.problem import preferred_language

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from idp.cookies import CookieRules
    from idp.login import Login
    from idp.login_confirmation import ConfirmedLogin
    from idp.login_password import PasswordStep
    from idp.login_view import LoginView, Outcome
    from idp.session_model import Session
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.store.unit_of_work import UnitOfWork
    from trustkit.texts.catalogue import Language
    from trustkit.web.rates import RateLimiter

MAX_BODY: Final = 64 * 1024  # a signed message of the largest size, each of its lines ended twice as long in JSON
MAX_TOKEN: Final = 64  # characters of an interaction's id, and of a form's token
FORM_HEADER: Final = "X-Trustkit-Form"
_ACCOUNT: Final = "account"
_SIGNED_IN: Final = AssuranceLevel(authentication=1)
_HEADERS: Final = {"cache-control": "no-store"}
_Id = Annotated[str, Query(alias="i", max_length=MAX_TOKEN, description="The interaction's id")]
_Form = Annotated[str, Header(alias=FORM_HEADER, max_length=MAX_TOKEN, description="The token of the view")]
_SessionId = Annotated[str, Path(pattern=r"^se-[a-z]{13}$", description="A session, as the list shows it")]


@dataclass(frozen=True, kw_only=True)
class LoginCalls:
    """What a login asks most, whichever way its parameters were read (`login_router`, `idp.login_direct`).

    `limiter` counts the logins that one address begins, and their steps.
    """

    login: Login
    passwords: PasswordStep
    confirmed: ConfirmedLogin
    cookies: CookieRules
    limiter: RateLimiter

    @cached_property
    def door(self) -> _Door:
        """What is done in threads."""
        return _Door(login=self.login, confirmed=self.confirmed, cookies=self.cookies)

    async def begin(self, request: Request, acr: str) -> JSONResponse:
        """Begin a login for one's own account. Raise REQUEST_RATE, REQUEST_MALFORMED."""
        self.limiter.spend(place_of_request(request))
        door, came, wanted = self.door, self.door.at(request, ""), _wanted(acr)
        now = self.login.clock.now()
        at, first = await self.passwords.writer.write(lambda uow: Written(door.begin(uow, came, wanted, now)))
        view = (await run_in_threadpool(self.login.look, at)).view if first is None else first
        answer = JSONResponse(_view(view), status_code=201, headers=_HEADERS)
        if at.browser is not None and at.browser != came.browser:
            answer.headers.append("set-cookie", self.cookies.set(self.cookies.browser, at.browser))
        return answer

    async def prove(self, request: Request, kind: FactorKind, identifier: str, form: str) -> JSONResponse:
        """Take a step of a login. Raise REQUEST_RATE, REQUEST_TYPE, REQUEST_MALFORMED, REQUEST_BUSY; what the step raises."""
        self.limiter.spend(place_of_request(request))
        members = await _members(request)
        door, at = self.door, self.door.at(request, identifier, form)
        if kind is FactorKind.PASSWORD:
            name = members.get("login_name", "")
            return door.outcome(await self.passwords.prove(at, members.get("answer", ""), login_name=name))
        return await run_in_threadpool(door.prove, at, kind, members)


def login_router(calls: LoginCalls) -> APIRouter:
    """Return the routes of logins and of a person's own sessions."""
    router = APIRouter(prefix="/v1", tags=["login"])
    door = calls.door

    @router.post("/login", summary="Begin to sign in for one's own account", status_code=201)
    async def begin(request: Request, acr: Annotated[str, Query(max_length=MAX_ACR_VALUES)] = "") -> JSONResponse:
        return await calls.begin(request, acr)

    @router.get("/login", summary="Where a login stands")
    async def look(request: Request, identifier: _Id) -> JSONResponse:
        return await run_in_threadpool(door.look, door.at(request, identifier))

    @router.post(
        "/login/{kind}", summary="Take a step: a password, a code, a passkey; or ask whether the app confirmed"
    )
    async def prove(request: Request, kind: FactorKind, identifier: _Id, form: _Form) -> JSONResponse:
        return await calls.prove(request, kind, identifier, form)

    @router.post(
        "/login/confirmation/asked", summary="Ask the person's app, and get the number to show", status_code=201
    )
    async def ask(request: Request, identifier: _Id, form: _Form) -> JSONResponse:
        language = preferred_language(request.headers.get("accept-language", ""))
        return await run_in_threadpool(door.ask, door.at(request, identifier, form), language)

    @router.get("/login/passkey/options", summary="What a passkey is asked")
    async def options(request: Request, identifier: _Id) -> JSONResponse:
        told = await run_in_threadpool(calls.login.passkey_options, door.at(request, identifier))
        return JSONResponse(dict(told), headers=_HEADERS)

    @router.get("/sessions", summary="One's own sessions")
    async def sessions(request: Request) -> JSONResponse:
        return await run_in_threadpool(door.sessions, request)

    @router.delete("/sessions/{session}", summary="End one of one's own sessions")
    async def end(request: Request, session: _SessionId, form: _Form) -> JSONResponse:
        return await run_in_threadpool(door.end, request, form, session)

    @router.delete("/sessions", summary="End one's other sessions, and what clients were allowed in them")
    async def end_others(request: Request, form: _Form) -> JSONResponse:
        return await run_in_threadpool(door.end, request, form, None)

    return router


@dataclass(frozen=True, slots=True, kw_only=True)
class _Door:
    """What the routes do, in threads: each waits for the store."""

    login: Login
    confirmed: ConfirmedLogin
    cookies: CookieRules

    def at(self, request: Request, identifier: str, form: str = "") -> At:
        header = request.headers.get("cookie", "")
        return At(
            interaction=identifier,
            browser=self.cookies.read(header, self.cookies.browser),
            session=self.cookies.read(header, self.cookies.session),
            address="" if request.client is None else request.client.host,
            form=form,
        )

    def begin(self, uow: UnitOfWork, came: At, wanted: Wanted, now: datetime) -> tuple[At, LoginView | None]:
        """Open an interaction; return it at its browser, and what to show unless there is a session to look at."""
        opened = self.login.desk.interactions.open(uow, wanted, browser=came.browser, now=now)
        at = replace(came, interaction=opened.interaction.id, browser=opened.browser)
        return at, self.login.first(uow, at, now=now) if at.session is None else None

    def look(self, at: At) -> JSONResponse:
        return JSONResponse(_view(self.login.look(at).view), headers=_HEADERS)

    def prove(self, at: At, kind: FactorKind, members: Mapping[str, str]) -> JSONResponse:
        if kind is FactorKind.CONFIRMATION:
            return self.outcome(self.confirmed.poll(at))
        if kind is FactorKind.PASSKEY:
            return self.outcome(self.login.passkey(at, members.get("answer", "")))
        name = members.get("login_name", "")
        return self.outcome(self.login.prove(at, kind, members.get("answer", ""), login_name=name))

    def ask(self, at: At, language: Language) -> JSONResponse:
        asked = self.confirmed.ask(at, language=language)
        told = {
            "number": asked.number,
            "until": format_rfc3339(asked.expires_at),
            "interval": int(asked.interval.total_seconds()),
        }
        return JSONResponse(told, status_code=201, headers=_HEADERS)

    def sessions(self, request: Request) -> JSONResponse:
        secret, session = self._signed_in(request)
        now = self.login.clock.now()
        with self.login.database.reading() as unit:
            found = self.login.desk.sessions.list_of(unit, session.person, now=now)
        told: dict[str, JsonValue] = {
            "form": csrf_token(self.login.desk.sealing, secret, _ACCOUNT),
            "sessions": [_session(each, this=each.id == session.id) for each in found],
        }
        return JSONResponse(told, headers=_HEADERS)

    def end(self, request: Request, form: str, ending: str | None) -> JSONResponse:
        secret, session = self._signed_in(request)
        require_csrf(self.login.desk.sealing, secret, form, _ACCOUNT)
        now, actor, sessions = self.login.clock.now(), Principal(id=session.person), self.login.desk.sessions
        access = self.login.people.access
        with self.login.database.unit_of_work() as uow:
            if ending is None:
                access.end(uow, session.person, reason="owner", now=now, actor=actor, keep=session.id)
            else:
                sessions.end(uow, ending, reason="owner", now=now, actor=actor, owner=session.person)
        answer = JSONResponse({}, headers=_HEADERS)
        if ending == session.id:
            answer.headers.append("set-cookie", self.cookies.clear(self.cookies.session))
        return answer

    def _signed_in(self, request: Request) -> tuple[str, Session]:
        """Return the cookie's secret and its session, whose use is noted. Raise IDP_SESSION."""
        secret = self.at(request, "").session
        now, sessions = self.login.clock.now(), self.login.desk.sessions
        with self.login.database.reading() as unit:
            session = sessions.current(unit, secret, now=now)
        if session is None or secret is None or not is_handle(secret):
            raise TrustError(IdentityCode.IDP_SESSION, "nobody is signed in here")
        if sessions.is_stale(session, now):
            with self.login.database.unit_of_work() as uow:
                sessions.touch(uow, session, now=now)
        return secret, session

    def outcome(self, outcome: Outcome) -> JSONResponse:
        answer = JSONResponse(_view(outcome.view), headers=_HEADERS)
        if outcome.session is not None:
            answer.headers.append("set-cookie", self.cookies.set(self.cookies.session, outcome.session))
        return answer


def _wanted(acr: str) -> Wanted:
    """Return a login for one's own account. Raise REQUEST_MALFORMED."""
    demands = parse_acr_values(acr)
    if acr and not demands:
        raise TrustError(ErrorCode.REQUEST_MALFORMED, "acr is names of levels, such as urn:trustkit:aal:2, or phr")
    return Wanted(purpose=InteractionPurpose.ACCOUNT, needed=_SIGNED_IN, demands=demands)


def _view(view: LoginView) -> dict[str, JsonValue]:
    return {
        "stage": view.stage.value,
        "i": view.interaction.id,
        "form": view.form,
        "kinds": [each.value for each in view.kinds],
        "connectors": [{"name": each.name, "title": dict(each.title)} for each in view.connectors],
        "missing": None if view.missing is None else view.missing.value,
        "aim": None if view.aim is None else view.aim.acr,
        "obstacle": None if view.obstacle is None else view.obstacle.value,
        "code": None if view.refusal is None else view.refusal.code.value,
        "go_on": view.go_on,
    }


def _session(session: Session, *, this: bool) -> dict[str, JsonValue]:
    return {
        "id": session.id,
        "this": this,
        "acr": session.assurance.acr,
        "since": format_rfc3339(session.created_at),
        "seen": format_rfc3339(session.seen_at),
        "until": format_rfc3339(session.expires_at),
    }


async def _members(request: Request) -> dict[str, str]:
    """Return the members of a JSON object of texts. Raise REQUEST_TYPE, REQUEST_MALFORMED."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise TrustError(ErrorCode.REQUEST_TYPE, "application/json alone: forms of other sites cannot send it")
    try:
        tree = parse_json(await request.body(), max_size=MAX_BODY)
    except TrustError as error:
        raise TrustError(ErrorCode.REQUEST_MALFORMED, "no JSON object") from error
    found = {name: value for name, value in tree.items() if isinstance(value, str)} if isinstance(tree, dict) else None
    if found is None or not isinstance(tree, dict) or len(found) != len(tree):
        raise TrustError(ErrorCode.REQUEST_MALFORMED, "an object whose members are texts")
    return found
