"""The ASGI application of the CA service: every door behind which something is signed, behind the frame all share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustkit.app.ca_doors import doors
from trustkit.app.frame import framed

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from trustkit.app.authority import Authority
    from trustkit.app.keys import Keys


def ca_application(authority: Authority, keys: Keys) -> ASGIApp:
    """Return the application over an opened authority and its keys; the authority is closed with it."""
    settings = authority.settings.ca_server
    return framed(
        authority,
        doors(authority, keys),
        title="trustkit CA",
        summary="The certificate authority's machine doors: what must be signed to be answered",
        max_body=settings.max_body_bytes,
        per_minute=settings.anonymous_per_minute,
    )
