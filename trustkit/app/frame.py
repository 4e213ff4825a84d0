"""The frame around every application of ours: limits, request ids, one log line each, and what works as long as it lives."""

from __future__ import annotations

import logging
import secrets
from contextlib import ExitStack, asynccontextmanager
from typing import TYPE_CHECKING, TypeAlias

from trustkit.app.logs import say
from trustkit.app.memory import give_memory_back
from trustkit.app.refusals import refused
from trustkit.app.service_run import ServiceRun
from trustkit.web.bodies import BodyBudget
from trustkit.web.direct import DirectRoutes
from trustkit.web.middleware import RequestFrame
from trustkit.web.rates import RateLimiter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection, Iterable
    from contextlib import AbstractAsyncContextManager, AbstractContextManager

    from starlette.applications import Starlette
    from starlette.routing import BaseRoute
    from starlette.types import ASGIApp, Scope

    from trustkit.app.opening import ServedHome

Lifespan: TypeAlias = "Callable[[Starlette], AbstractAsyncContextManager[None]]"
_log = logging.getLogger("trustkit.app")


def framed(
    authority: ServedHome,
    make: Callable[[Lifespan], ASGIApp],
    *,
    name: str,
    max_body: int,
    bodies: int,
    per_minute: int,
    bearing_per_minute: int = 0,
    guarded: Collection[str] = (),
    direct: Iterable[BaseRoute] = (),
    background: Iterable[Callable[[], AbstractContextManager[None]]] = (),
    streamed: Callable[[Scope], int] = lambda _: 0,
) -> ASGIApp:
    """Return an application over an opened authority, which is closed with it.

    `make` returns what answers, living as it is told; `name` is what the trail calls this service; `max_body` is in octets, and as much as
    `bodies` of that size is held at once; `per_minute` counts the requests of one client address, `bearing_per_minute` those with a token at the paths `guarded` apart from them; those routes of `direct` that are direct
    are asked first; `background` is what works for as long as the application lives; `streamed` is as `RequestFrame` has it.
    """
    run = ServiceRun(authority, name)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        say(_log, "service.started", engine=authority.engine_name)
        with ExitStack() as stack:
            stack.callback(authority.close)
            stack.enter_context(run.recorded())
            for work in background:
                stack.enter_context(work())
            yield
        say(_log, "service.stopped")

    return RequestFrame(
        DirectRoutes(make(lifespan), direct, refused=refused),
        bodies=BodyBudget(most=bodies * max_body, max_body=max_body, clock=authority.clock, give_back=give_memory_back),
        limiter=RateLimiter(per_minute, authority.clock),
        bearing=RateLimiter(bearing_per_minute, authority.clock) if bearing_per_minute else None,
        guarded=guarded,
        clock=authority.clock,
        new_id=new_request_id,
        say=say,
        told=run.count,
        streamed=streamed,
    )


def new_request_id() -> str:
    """Return 32 hexadecimal digits. The trail does not look into so many; of 16 every two-thousandth looks like a telephone number."""
    return secrets.token_hex(16)
