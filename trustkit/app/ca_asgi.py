"""The ASGI application of the CA service: every door behind which something is signed, behind the frame all share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ca.ocsp_api import OcspEndpoint, OcspFront, ocsp_router
from trustkit.app.ca_doors import doors
from trustkit.app.described import described
from trustkit.app.frame import framed
from trustkit.app.ocsp import live_answers
from trustkit.web.rates import RateLimiter

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from trustkit.app.authority import Authority
    from trustkit.app.frame import Lifespan
    from trustkit.app.keys import Keys

_BODIES_HELD: Final = 64  # of the largest size, many more of the usual


def ca_application(authority: Authority, keys: Keys) -> ASGIApp:
    """Return the application over an opened authority and its keys; the authority is closed with it."""
    settings = authority.settings.ca_server
    limiter = RateLimiter(settings.anonymous_per_minute, authority.clock)
    ocsp = OcspEndpoint(live_answers(authority, keys), authority.clock, limiter=limiter)
    opened = doors(authority, keys)

    def made(lifespan: Lifespan) -> ASGIApp:
        return described(
            (*opened.routers, ocsp_router(ocsp)),
            version=authority.version,
            title="trustkit CA",
            summary="The certificate authority's machine doors: what must be signed to be answered",
            lifespan=lifespan,
        )

    behind = framed(
        authority,
        made,
        background=opened.background,
        name="ca-serve",
        max_body=settings.max_body_bytes,
        bodies=_BODIES_HELD,
        per_minute=settings.anonymous_per_minute,
    )
    return OcspFront(behind, ocsp)
