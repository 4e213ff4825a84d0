"""``trustkit share serve``: the service process organisations fetch copies at, with the keys that seal them, apart from the processes that verify."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from esign.copies.sharing import Sharing
from esign.copies.webhooks import Webhooks
from trustkit.app.client_calls import ClientCalls
from trustkit.app.copy_desk import authorisation_requests, copy_authorisations, copy_service, require_type
from trustkit.app.described import described
from trustkit.app.event_keys import EventKeys
from trustkit.app.frame import framed
from trustkit.app.health_api import health_router
from trustkit.app.holder_client import door_of
from trustkit.app.keyed_server import run_keyed_server
from trustkit.app.keys import LICENCE_KEYS
from trustkit.app.licence_holders import holder_index
from trustkit.app.licence_types_api import licence_types_router
from trustkit.app.opened_application import OpenedApplication
from trustkit.app.quota_policy import quota_policy
from trustkit.app.sharing_api import sharing_router
from trustkit.app.sharing_mandate import HolderMandates
from trustkit.app.sharing_requests_api import RequestCalls, requests_router
from trustkit.app.sharing_stream import USUAL, ChangeStreams, Pace
from trustkit.app.token_guard import guard_of
from trustkit.app.webhook_api import event_keys_router, webhook_router
from trustkit.app.webhook_courier import Courier
from trustkit.app.webhook_sending import webhook_sender
from trustkit.app.wiring import load_authority

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from fastapi import APIRouter
    from starlette.types import ASGIApp

    from esign.copies.issuance import CopyService
    from trustkit.app.authority import Authority
    from trustkit.app.frame import Lifespan
    from trustkit.app.keys import Keys
    from trustkit.custody.passphrase import Passphrase
    from trustkit.web.requires import TokenGuard

_BODIES_HELD: Final = 64


def sharing_application(authority: Authority, keys: Keys, *, pace: Pace = USUAL) -> ASGIApp:
    """Return the application over an opened home and its keys; the home is closed with it. Raise SETTINGS_MALFORMED, and as `open_upstream`."""
    settings = authority.settings.sharing
    settings.require_issuer()
    guard = guard_of(
        authority,
        issuer=settings.issuer,
        resource=settings.resource or settings.url(),
        authorities=settings.authorities,
    )

    def copies() -> CopyService:
        authority.require_fit_to_sign(*LICENCE_KEYS)
        return copy_service(authority, keys)  # with the certificates of the day, each time

    sharing = Sharing(
        database=authority.database,
        clock=authority.clock,
        copies=copies,
        authorisations=copy_authorisations(authority),
        holder_of=lambda code: holder_index(authority.settings.home, make=True)(code),  # noqa: PLW0108 - a home without licences has none
    )
    calls = ClientCalls(authority.database, authority.clock, quota_policy(authority.settings.home))
    mandates = HolderMandates(
        home=authority,
        level=settings.authorise_level,
        max_age=settings.max_age,
        own=settings.issuer.rstrip("/") == authority.settings.idp.url(),
    )
    streams = ChangeStreams(database=authority.database, pace=pace)
    hooks, courier = _webhooks(authority, keys)
    routers = (
        sharing_router(sharing, guard, calls, clock=authority.clock, streams=streams, mandates=mandates),
        webhook_router(hooks, guard, calls, home=authority, own=mandates.own),
        event_keys_router(authority),
        _requests(authority, guard, calls, own=mandates.own),
        licence_types_router(authority.settings.home),
        health_router(authority),
    )

    def made(lifespan: Lifespan) -> ASGIApp:
        return described(
            routers,
            version=authority.version,
            title="trustkit sharing",
            summary="Copies of licences for a purpose, for organisations their holders named",
            lifespan=lifespan,
        )

    return framed(
        authority,
        made,
        name="share-serve",
        max_body=settings.max_body_bytes,
        bodies=_BODIES_HELD,
        per_minute=settings.anonymous_per_minute,
        background=(courier.running,),
    )


def _webhooks(authority: Authority, keys: Keys) -> tuple[Webhooks, Courier]:
    """Return what organisations ask for, and who tells them."""
    event_keys = EventKeys(authority, keys)
    event_keys.tend()
    sender = webhook_sender(authority, event_keys)
    hooks = Webhooks(database=authority.database, clock=authority.clock, challenge=sender.challenge)
    return hooks, Courier(database=authority.database, clock=authority.clock, sender=sender)


def _requests(authority: Authority, guard: TokenGuard, counted: ClientCalls, *, own: bool) -> APIRouter:
    """Return the routes organisations ask holders by, who answer where they sign in at this home's own provider."""
    calls = RequestCalls(
        requests=authorisation_requests(authority),
        counted=counted,
        clock=authority.clock,
        door=lambda: door_of(authority) if own else "",
        require_type=partial(require_type, authority),
    )
    return requests_router(calls, guard)


def run_sharing_server(
    home: Path,
    *,
    host: str | None,
    port: int | None,
    passphrase: Passphrase,
    stop: Callable[[], None] | None = None,
) -> None:
    """Serve until told to stop (SIGTERM, SIGINT, or `stop` returning), finishing requests that have begun.

    Raises:
        TrustError: HOME_*, SETTINGS_*, STORE_*, PASSPHRASE_WRONG, PORT_IN_USE, before anything listens.
    """

    def opening() -> OpenedApplication:
        authority = load_authority(home)
        authority.asked = True  # a service answers for itself
        try:
            app = sharing_application(authority, authority.unlock(passphrase))
        except BaseException:  # an interrupt, too: the home is not left open
            authority.close()
            raise
        return OpenedApplication(authority=authority, app=app)

    run_keyed_server(home, "sharing", lambda whole: whole.sharing, opening, host=host, port=port, stop=stop)
