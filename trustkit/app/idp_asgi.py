"""The ASGI application of the identity service: every door of people and clients, behind the frame all services share.

What programs ask is there at once. What people come to is made a moment after the start, or when somebody comes before.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from trustkit.app.frame import framed
from trustkit.app.idp_doors import identity_doors
from trustkit.app.plain import plain, routes_of
from trustkit.web.places import PeerPlaces

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from trustkit.app.idp_home import IdentityHome

_BODIES_HELD: Final = 64  # of the largest size, many more of the usual


def identity_application(home: IdentityHome) -> ASGIApp:
    """Return the application over an opened home, which is closed with it."""
    settings = home.settings.idp
    doors = identity_doors(home)
    routes = routes_of(doors.routers)
    app = framed(
        home,
        partial(plain, routes, then=doors.people),
        direct=routes,
        background=doors.background,
        name="idp-serve",
        max_body=settings.max_body_bytes,
        bodies=_BODIES_HELD,
        per_minute=settings.anonymous_per_minute,
    )
    return PeerPlaces(app, trusted=settings.proxies(), certificates=bool(settings.client_certificates))
