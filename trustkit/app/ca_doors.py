"""The doors of the CA service, one line each: a room's router over what the opened home gives it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ca.stamping_api import tsa_router
from trustkit.app.health_api import health_router
from trustkit.app.publications_api import publications_router
from trustkit.app.stamping import stamp_queues

if TYPE_CHECKING:
    from fastapi import APIRouter

    from trustkit.app.authority import Authority
    from trustkit.app.keys import Keys


def doors(authority: Authority, keys: Keys) -> tuple[APIRouter, ...]:
    """Return the routers of the CA service."""
    return (
        health_router(authority),
        publications_router(authority),
        tsa_router(stamp_queues(authority, keys)),
    )
