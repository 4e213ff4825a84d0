"""The ASGI application of the identity service: every door of people and clients, behind the frame all services share.

What programs ask is there at once. What people come to is made a moment after the start, or when somebody comes before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from idp.op.token_api import PAR, REVOKE, TOKEN
from idp.op.userinfo import PATH as USERINFO
from trustkit.app.frame import framed
from trustkit.app.idp_doors import identity_doors
from trustkit.app.plain import plain, routes_of
from trustkit.web.cross_origin import CrossOrigin
from trustkit.web.places import PeerPlaces

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from trustkit.app.idp_home import IdentityHome

_LOGINS: Final = "/v1/login"  # no program's: a morning's logins are not looked for among routes that programs ask
# What a public client in a browser asks beside metadata and keys, which say so themselves; none of them looks at a cookie.
_OF_BROWSERS: Final = (PAR, TOKEN, REVOKE, USERINFO)
_BODIES_HELD: Final = 64  # of the largest size, many more of the usual


def identity_application(home: IdentityHome) -> ASGIApp:
    """Return the application over an opened home, which is closed with it."""
    settings = home.settings.idp
    doors = identity_doors(home)
    routes = routes_of(doors.routers)
    app = framed(
        home,
        lambda lifespan: _LoginsFirst(plain(routes, lifespan, then=doors.people), doors.people),
        direct=routes,
        background=doors.background,
        name="idp-serve",
        max_body=settings.max_body_bytes,
        bodies=_BODIES_HELD,
        per_minute=settings.anonymous_per_minute,
    )
    app = CrossOrigin(app, paths=_OF_BROWSERS)
    return PeerPlaces(app, trusted=settings.proxies(), certificates=bool(settings.client_certificates))


class _LoginsFirst:
    """Asks people's application for logins at once, and the programs' one, which hands on what is none of its own, for all else."""

    def __init__(self, programs: ASGIApp, people: ASGIApp) -> None:
        self._app = programs
        self._people = people

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        past = scope["type"] == "http" and scope["path"].startswith(_LOGINS)
        await (self._people if past else self._app)(scope, receive, send)
