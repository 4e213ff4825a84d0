"""The endpoints a browser comes to, and those anybody may read. Translation only.

Whoever is sent on gets 303 (RFC 9700 4.12): no browser repeats a form at the next address. What is wrong with a request that no client
can be told of is shown to the person by `show`, which the pages give.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route, Router

from idp.op.authorization import Browser
from idp.op.discovery import AUTHORIZE, GM_JWKS, JWKS, OAUTH_CONFIGURATION, OPENID_CONFIGURATION, discovery_document
from idp.op.door import NONCE_HEADER
from idp.op.oauth_error import NO_STORE, oauth_problem
from idp.op.parameters import malformed, read_form, read_query
from idp.op.userinfo import PATH as USERINFO
from idp.op.userinfo import ShownToken
from trustkit.errors import TrustError
from trustkit.web.peer import certificate_thumbprint
from trustkit.web.places import place_of_request
from trustkit.web.validators import published

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.requests import Request

    from idp.cookies import CookieRules
    from idp.op.authorization import AuthorizationDesk, Going
    from idp.op.parameters import Parameters
    from idp.op.rules import ProviderRules
    from idp.op.userinfo import UserInfo
    from trustkit.clock import Clock
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.web.rates import RateLimiter

CONTINUE: Final = "/authorize/continue"
_SEE_OTHER: Final = 303
_PUBLIC_SECONDS: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserDoor:
    """Reads what browsers show, and sends them on. `show` returns the page of an error; `limiter` counts what one address asks."""

    cookies: CookieRules
    show: Callable[[Request, TrustError], Response]
    limiter: RateLimiter | None = None

    def spend(self, request: Request) -> None:
        """Count a request of an address. Raise REQUEST_RATE."""
        if self.limiter is not None:
            self.limiter.spend(place_of_request(request))

    def browser(self, request: Request) -> Browser:
        """Return the secrets of a browser's cookies."""
        header = request.headers.get("cookie", "")
        return Browser(
            session=self.cookies.read(header, self.cookies.session),
            binding=self.cookies.read(header, self.cookies.browser),
        )

    def send(self, going: Going) -> Response:
        """Return the answer that sends a browser on."""
        answer = RedirectResponse(going.location, status_code=_SEE_OTHER, headers=dict(NO_STORE))
        if going.binding:
            answer.headers.append("set-cookie", self.cookies.set(self.cookies.browser, going.binding))
        return answer


def authorize_router(door: BrowserDoor, desk: AuthorizationDesk, clock: Clock) -> Router:
    """Return the authorization endpoint (GET and POST, OpenID Connect Core 3.1.2.1) and where our pages come back to."""

    async def authorize(request: Request) -> Response:
        try:
            door.spend(request)
            parameters = await read_parameters(request)
            return door.send(await desk.begin(parameters, door.browser(request), now=clock.now()))
        except TrustError as error:
            return door.show(request, error)

    async def go_on(request: Request) -> Response:
        try:
            door.spend(request)
            identifier = read_query(request.url.query.encode()).need("i")
            return door.send(await desk.go_on(identifier, door.browser(request), now=clock.now()))
        except TrustError as error:
            return door.show(request, error)

    routes: list[BaseRoute] = [
        Route(AUTHORIZE, authorize, methods=["GET", "POST"]),
        Route(CONTINUE, go_on, methods=["GET"]),
    ]
    return Router(routes=routes)


def userinfo_router(info: UserInfo, clock: Clock) -> Router:
    """Return the UserInfo endpoint."""

    async def userinfo(request: Request) -> Response:
        now = clock.now()
        headers = dict(NO_STORE)
        if nonce := info.proofs.fresh_nonce(now):
            headers[NONCE_HEADER] = nonce
        shown = ShownToken(
            authorization=tuple(request.headers.getlist("authorization")),
            proofs=tuple(request.headers.getlist("dpop")),
            certificate=certificate_thumbprint(request),
            method=request.method,
        )
        try:
            return JSONResponse(await info.of(shown, now=now), headers=headers)
        except TrustError as error:
            scheme = "DPoP" if any(each[:5].lower() == "dpop " for each in shown.authorization) else "Bearer"
            return oauth_problem(error, challenge=scheme, headers=headers)

    routes: list[BaseRoute] = [Route(USERINFO, userinfo, methods=["GET", "POST"])]
    return Router(routes=routes)


def discovery_router(
    rules: ProviderRules,
    *,
    jwks: Callable[[], Mapping[str, JsonValue]],
    gm_jwks: Callable[[], Mapping[str, JsonValue]],
) -> Router:
    """Return what anybody may read: the metadata, and the keys as they are now."""
    document = discovery_document(rules)

    async def metadata(request: Request) -> Response:
        return _public(request, document)

    async def keys(request: Request) -> Response:
        return _public(request, jwks())

    async def gm_keys(request: Request) -> Response:
        return _public(request, gm_jwks())

    routes: list[BaseRoute] = [
        Route(OPENID_CONFIGURATION, metadata, methods=["GET"]),
        Route(OAUTH_CONFIGURATION, metadata, methods=["GET"]),
        Route(JWKS, keys, methods=["GET"]),
        Route(GM_JWKS, gm_keys, methods=["GET"]),
    ]
    return Router(routes=routes)


async def read_parameters(request: Request) -> Parameters:
    """Return the parameters of a browser's request, in its query or its form. Raise REQUEST_TYPE, INPUT_TOO_LARGE, OP_REQUEST_FORM."""
    if request.method == "POST":
        return read_form(await request.body(), request.headers.get("content-type", ""))
    try:
        query = request.scope["query_string"]
        return read_query(query if isinstance(query, bytes) else b"")
    except UnicodeError as error:
        raise malformed("not parameters of a form") from error


def _public(request: Request, document: Mapping[str, JsonValue]) -> Response:
    """Return what scripts of any origin may read, or that the caller holds it already."""
    answer = published(request, bytes(JSONResponse(document).body), "application/json", _PUBLIC_SECONDS)
    answer.headers["Access-Control-Allow-Origin"] = "*"
    return answer
