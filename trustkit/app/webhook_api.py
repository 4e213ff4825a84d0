"""``/v1/sharing/webhooks``: where an organisation has itself told of changes. Translation only.

Each call is for the organisation of its token (claim ``org``); of another's webhooks it learns nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from esign.copies.webhooks import LONGEST, MOST_LICENCES, Subscriber, WebhookOrder
from trustkit.app.event_keys import published_keys
from trustkit.app.sharing_bodies import NO_STORE, body_of, organisation_of
from trustkit.app.sharing_forms import REFUSALS
from trustkit.app.sharing_scopes import WATCH
from trustkit.app.webhook_forms import (
    JWKS,
    LISTED,
    ORDER_BODY,
    RENEWAL_BODY,
    TOLD,
    USUAL_DAYS,
    WITH_FAILURES,
    answered,
    failure_line,
    line,
)
from trustkit.app.webhook_standing import rests_on
from trustkit.errors import ErrorCode, TrustError
from trustkit.jose.model import JwsAlgorithm
from trustkit.store import webhooks
from trustkit.web.json_body import text, whole
from trustkit.web.requires import requires, token_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from esign.copies.webhooks import Webhooks
    from trustkit.app.opened import OpenedHome
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.web.calls import Calls
    from trustkit.web.requires import TokenGuard

_BASE: Final = "/v1/sharing/webhooks"
_ONE: Final = f"{_BASE}/{{identifier}}"
_IDENTIFIER: Final = r"^wh-[a-z0-9]{1,24}$"
_MAX_LICENCE: Final = 160
_Identifier = Annotated[str, Path(pattern=_IDENTIFIER)]


def webhook_router(hooks: Webhooks, guard: TokenGuard, counted: Calls, *, home: OpenedHome, own: bool) -> APIRouter:
    """Return the routes; with `own` the tokens are of this home's provider, and what they stand for is looked up as long as a webhook lasts."""
    router = APIRouter(tags=["webhooks"], responses=REFUSALS)
    calls = _Calls(hooks, counted, home, own=own)
    made = answered(TOLD, status=201, body=ORDER_BODY)
    renewed = answered(TOLD, body=RENEWAL_BODY)
    for method, path, call, told, forms in (
        ("POST", _BASE, calls.add, "Have your organisation told of changes at an address of its own", made),
        ("GET", _BASE, calls.listed, "Your organisation's webhooks", answered(LISTED)),
        ("GET", _ONE, calls.shown, "A webhook, and the last things that went wrong", answered(WITH_FAILURES)),
        ("POST", f"{_ONE}/renew", calls.renew, "Let a webhook last longer, or go on", renewed),
        ("DELETE", _ONE, calls.remove, "End a webhook", answered(TOLD)),
    ):
        router.add_api_route(
            path,
            requires(guard, WATCH)(call),
            methods=[method],
            response_class=JSONResponse,
            response_model=None,
            summary=told,
            **forms,
        )
    return router


def event_keys_router(home: OpenedHome) -> APIRouter:
    """Return the routes of the public keys that events are signed with."""
    router = APIRouter(tags=["webhooks"])

    @router.get("/v1/sharing/keys", summary="The keys that events are signed with", **answered(JWKS))
    def keys() -> Response:
        return _keys(home, sm2=False)

    @router.get("/v1/sharing/gm-keys", summary="The SM2 keys that events are signed with", **answered(JWKS))
    def gm_keys() -> Response:
        return _keys(home, sm2=True)

    return router


def _keys(home: OpenedHome, *, sm2: bool) -> Response:
    return JSONResponse(published_keys(home, sm2=sm2), headers={"Cache-Control": "public, max-age=300"})


@dataclass(frozen=True, slots=True)
class _Calls:
    hooks: Webhooks
    counted: Calls
    home: OpenedHome
    own: bool

    async def add(self, request: Request) -> Response:
        body = await body_of(request, {"url", "changes", "licences", "days", "algorithm"})
        order = WebhookOrder(
            url=text(body, "url"),
            lifetime=_lifetime(body),
            changes=_texts(body, "changes", 16),
            licences=_texts(body, "licences", MOST_LICENCES),
            algorithm=_algorithm(body),
        )
        return await self._counted(request, lambda: line(self.hooks.add(order, self._by(request))), status=201)

    async def listed(self, request: Request) -> Response:
        def act() -> dict[str, JsonValue]:
            return {"webhooks": [line(row) for row in self.hooks.of(self._by(request).organisation)]}

        return await self._counted(request, act)

    async def shown(self, request: Request, identifier: _Identifier) -> Response:
        def act() -> dict[str, JsonValue]:
            row = self.hooks.get(identifier, self._by(request).organisation)
            with self.home.database.reading() as unit:
                failures = webhooks.list_failures(unit, identifier)
            return {**line(row), "failures": [failure_line(each) for each in failures]}

        return await self._counted(request, act)

    async def renew(self, request: Request, identifier: _Identifier) -> Response:
        body = await body_of(request, {"days", "from"})
        begin = body.get("from", "last")
        if begin not in {"last", "now"}:
            raise TrustError(ErrorCode.REQUEST_MALFORMED, "from is last or now", key="from")

        def act() -> dict[str, JsonValue]:
            by = self._by(request)
            return line(self.hooks.renew(identifier, by, lifetime=_lifetime(body), anew=begin == "now"))

        return await self._counted(request, act)

    async def remove(self, request: Request, identifier: _Identifier) -> Response:
        def act() -> dict[str, JsonValue]:
            by = self._by(request)
            return line(self.hooks.remove(identifier, by.actor, by.organisation))

        return await self._counted(request, act)

    def _by(self, request: Request) -> Subscriber:
        organisation, caller = organisation_of(request)
        rests: dict[str, str] = {"client": caller.client}
        if self.own:
            with self.home.database.reading() as unit:
                rests = rests_on(unit, token_of(request), organisation.uscc, now=self.home.clock.now())
        return Subscriber(organisation=organisation.uscc, actor=caller.principal, **rests)

    async def _counted(
        self, request: Request, act: Callable[[], Mapping[str, JsonValue]], *, status: int = 200
    ) -> Response:
        organisation_of(request)  # before anything is counted or asked

        async def made() -> Response:
            return JSONResponse(await run_in_threadpool(act), status_code=status, headers=NO_STORE)

        return await self.counted.answered(request, None, 1, made)


def _lifetime(body: Mapping[str, JsonValue]) -> timedelta:
    return timedelta(days=whole(body, "days", LONGEST.days, fallback=USUAL_DAYS))


def _texts(body: Mapping[str, Any], key: str, most: int) -> tuple[str, ...]:
    value = body.get(key, [])
    fit = isinstance(value, list) and len(value) <= most
    if not fit or not all(isinstance(each, str) and 0 < len(each) <= _MAX_LICENCE for each in value):
        raise TrustError(ErrorCode.REQUEST_MALFORMED, f"{key} is a list of texts, {most} at most", key=key)
    return tuple(value)


def _algorithm(body: Mapping[str, JsonValue]) -> JwsAlgorithm:
    try:
        return JwsAlgorithm(str(body.get("algorithm", JwsAlgorithm.ES256.value)))
    except ValueError as error:
        raise TrustError(ErrorCode.REQUEST_MALFORMED, "no such algorithm", key="algorithm") from error
