"""The doors of the CA service, one line each: a room's router over what the opened home gives it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ca.acme.api import acme_router
from ca.api import ca_router
from ca.authority_api import authority_router
from ca.clients import ClientRegistry
from ca.est.api import EstService, est_router
from ca.machine_enrolment import MachineEnrolment
from ca.operator_api import operator_router
from ca.registration_api import registration_router
from ca.stamping_api import tsa_router
from trustkit.app.acme import acme_service
from trustkit.app.authority_chain import chain_to_root
from trustkit.app.ca_administration import AdministrationDesk
from trustkit.app.ca_checking import CheckingDesk
from trustkit.app.ca_desk import HomeDesk
from trustkit.app.ca_issuing import HomeIssues, requestable_profile
from trustkit.app.ca_people import PeopleDesk
from trustkit.app.ca_queue import HomeQueue
from trustkit.app.health_api import health_router
from trustkit.app.publications_api import publications_router
from trustkit.app.remote_credentials import remote_signing_router
from trustkit.app.stamping import stamp_queues
from trustkit.web.rates import RateLimiter

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from fastapi import APIRouter

    from trustkit.app.authority import Authority
    from trustkit.app.keys import Keys


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """Routers, and what works behind them for as long as the application lives."""

    routers: tuple[APIRouter, ...]
    background: tuple[Callable[[], AbstractContextManager[None]], ...]


def doors(home: Authority, keys: Keys) -> Doors:
    """Return the doors of the CA service, as the settings open them."""
    settings = home.settings
    desk = HomeDesk(home=home, keys=keys)
    registry = ClientRegistry(
        database=home.database,
        clock=home.clock,
        limiter=RateLimiter(settings.ca_server.client_per_minute, home.clock),
    )
    enrolment = _enrolment(home, keys, settings.ca_server.authority)
    routers = [health_router(home), publications_router(home), ca_router(registry, enrolment, desk)]
    routers.append(registration_router(registry, CheckingDesk(home=home)))
    routers.append(authority_router(registry, AdministrationDesk(home=home, keys=keys)))
    routers.append(operator_router(registry, PeopleDesk(home=home, desk=desk)))
    routers.append(tsa_router(stamp_queues(home, keys)))
    background: list[Callable[[], AbstractContextManager[None]]] = []
    if settings.acme.enabled:
        acme = acme_service(home, keys, desk)
        routers.append(acme_router(acme))
        background.append(acme.worker.running)
    if settings.est.enabled:
        for profile in settings.est.profiles:
            requestable_profile(home, profile)  # a label nothing can be issued under is told before anything listens
        est = EstService(
            registry=registry,
            enrolment=_enrolment(home, keys, settings.est.authority),
            holders=desk,
            cacerts=lambda: chain_to_root(home, settings.est.authority),
            profiles=settings.est.profiles,
        )
        routers.append(est_router(est))
    if settings.csc.enabled:
        routers.append(remote_signing_router(home, keys, registry))
    return Doors(routers=tuple(routers), background=tuple(background))


def _enrolment(home: Authority, keys: Keys, authority: str) -> MachineEnrolment:
    issues = HomeIssues(home=home, keys=keys, ca=authority)
    queue = HomeQueue(home=home, keys=keys, ca=authority)
    return MachineEnrolment(database=home.database, clock=home.clock, issues=issues, queue=queue)
