"""The ASGI application: every room's routes in one process, behind one frame, without a single private key of the home's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.routing import Route

from ca.ocsp_api import OcspEndpoint, OcspFront, ocsp_router
from trustkit.app.client_upkeep import ClientUpkeep
from trustkit.app.copies_api import copies_router
from trustkit.app.cores import cores
from trustkit.app.credential_status_api import credential_status_router
from trustkit.app.credential_types import HomeTypes
from trustkit.app.credential_types_api import credential_types_router
from trustkit.app.described import described
from trustkit.app.document_pictures import DocumentPictures
from trustkit.app.frame import framed
from trustkit.app.health_api import health_router
from trustkit.app.licence_types_api import licence_types_router
from trustkit.app.logs import configure_logs
from trustkit.app.ocsp import prepared_answers
from trustkit.app.parent import end_with_parent
from trustkit.app.presentation_api import answers_router
from trustkit.app.publications_api import publications_router
from trustkit.app.settings import home_from_environment
from trustkit.app.store_seals import StoreSeals
from trustkit.app.verification import verification_asked_by
from trustkit.app.verification_routes import OVERHEAD, presentation_desk, verification_routers
from trustkit.app.verify_pool import VerifyPool
from trustkit.app.wiring import load_authority
from trustkit.clock import SystemClock
from trustkit.web.direct import directly
from trustkit.web.places import PeerPlaces
from trustkit.web.problem import request_id
from verifier.api import ONE
from verifier.batch_stream import streams
from verifier.page.routes import VerifyPage
from verifier.seal_api import seals_router

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from trustkit.app.authority import Authority
    from trustkit.app.frame import Lifespan


def create() -> ASGIApp:
    """Return the application for the home named by the environment; the server's worker processes call this."""
    end_with_parent()
    clock = SystemClock()
    configure_logs(clock)
    return application(load_authority(home_from_environment()))


def application(authority: Authority) -> ASGIApp:
    """Return the application over an opened authority, closed with the application."""
    server = authority.settings.server
    tokens = authority.settings.tokens
    pages = tokens.page or not tokens.verify
    pool = VerifyPool(authority.settings.home, count=cores())
    page = VerifyPage(
        service=lambda request: verification_asked_by(authority, authority.verification, None, request_id(request)),
        draw=DocumentPictures(),
        max_octets=server.max_upload_bytes,
    )
    seals = seals_router(lambda: StoreSeals(database=authority.database), authority.clock.now)
    ocsp = OcspEndpoint(prepared_answers(authority), authority.clock)
    verification = verification_routers(authority, pool)
    routers = [
        *verification,
        seals,
        publications_router(authority, pages=pages),
        ocsp_router(ocsp),
        health_router(authority),
    ]
    routers.append(answers_router(presentation_desk(authority)))
    routers.append(licence_types_router(authority.settings.home))
    routers.append(copies_router(authority, pages=pages))
    routers.append(credential_status_router(authority))
    routers.append(credential_types_router(HomeTypes.of(authority.settings)))
    if pages:
        routers.append(APIRouter(routes=page.routes()))

    def made(lifespan: Lifespan) -> ASGIApp:
        return described(
            routers,
            version=authority.version,
            title="trustkit",
            summary="Verification of electronic licences, signatures, time stamps and certificates with SM2/SM3",
            lifespan=lifespan,
        )

    behind = framed(
        authority,
        made,
        name="serve",
        max_body=server.max_upload_bytes + OVERHEAD,
        bodies=server.max_uploads_held,
        per_minute=server.anonymous_per_minute,
        bearing_per_minute=tokens.per_minute if tokens.verify else 0,
        guarded=[route.path for router in verification for route in router.routes if isinstance(route, Route)],
        direct=[each for router in verification for each in directly(router.routes, ONE)],
        background=[pool.running, ClientUpkeep(authority.database, authority.clock).running],
        streamed=lambda scope: server.max_batch_bytes if streams(scope) else 0,
    )
    front = OcspFront(behind, ocsp)
    return PeerPlaces(front, trusted=server.proxies()) if server.trusted_proxies else front
