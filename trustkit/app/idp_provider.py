"""The OpenID provider of a home: its rules from the settings, its people and sessions, and what works behind it."""

from __future__ import annotations

import logging
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property, partial
from typing import TYPE_CHECKING, Final

from idp.group_commit import GroupWriter
from idp.op.authorize_api import BrowserDoor
from idp.op.client_limits import ClientLimits
from idp.op.logout_outbox import LogoutOutbox
from idp.op.provider import Provider
from idp.op.standing import HomeNames, HomePeople
from trustkit.app.forgetting import forget_by_pages
from trustkit.app.idp_backchannel import BackChannel
from trustkit.app.idp_certificates import RegisteredCertificates
from trustkit.app.now_and_then import now_and_then
from trustkit.store import op_clients, op_grants, op_logouts, op_once, op_polls, op_requests
from trustkit.web.rates import RateLimiter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Router

    from trustkit.app.idp_home import IdentityHome
    from trustkit.errors import TrustError

EVERY_SECONDS: Final = 300.0
TELL_SECONDS: Final = 5.0
_KEPT: Final = timedelta(days=1)  # what is over stays for a day, so that who uses it again is told why it is not good
_ASKED: Final = timedelta(
    minutes=10
)  # requests anybody can make, signed in or not: kept no longer than for telling why
_log = logging.getLogger("trustkit.app")


@dataclass(frozen=True, kw_only=True)
class HomeProvider:
    """The provider of an opened home."""

    home: IdentityHome

    @cached_property
    def writer(self) -> GroupWriter:
        """What all token events of this process are written by."""
        return GroupWriter(self.home.database)

    @cached_property
    def provider(self) -> Provider:
        """The services and routes."""
        home, settings = self.home, self.home.settings.idp
        return Provider(
            rules=settings.provider_rules(settings.url(), tls=settings.tls),
            database=home.database,
            clock=home.clock,
            keys=home.keys,
            sealing=home.secrets,
            people=HomePeople(mandates=home.mandates),
            names=HomeNames(people=home.people),
            sessions=home.sessions,
            interactions=home.interactions,
            writer=self.writer,
            judge=RegisteredCertificates(),
            limits=ClientLimits.a_minute(
                home.clock,
                client=settings.client_per_minute,
                public=settings.login_per_minute,
                failures=settings.failures_per_minute,
            ),
        )

    @cached_property
    def outbox(self) -> LogoutOutbox:
        """What clients are to be told of sessions that ended."""
        home = self.home
        return LogoutOutbox(database=home.database, clock=home.clock, tokens=self.provider.tokens, teller=BackChannel())

    def routers(self) -> tuple[Router, ...]:
        """Return every route of the provider."""
        home = self.home
        limiter = RateLimiter(home.settings.idp.login_per_minute, home.clock)
        return self.provider.routers(BrowserDoor(cookies=home.cookies, show=_error_page, limiter=limiter))

    @contextmanager
    def running(self) -> Iterator[None]:
        """Remove what is over, and tell clients of sessions that ended, for as long as the block lasts."""
        with ExitStack() as stack:
            stack.callback(self.writer.close)
            stack.enter_context(now_and_then(self.once, every=EVERY_SECONDS, name="provider-upkeep"))
            stack.enter_context(now_and_then(self.outbox.work, every=TELL_SECONDS, name="provider-logouts"))
            yield

    def once(self) -> None:
        """Remove what is over."""
        now = self.home.clock.now()
        for forget, before in (
            (op_once.forget, now),
            (op_logouts.forget, now - _KEPT),
            (op_requests.forget, now - _ASKED),
            (op_polls.forget, now - _ASKED),
            (op_grants.forget, now - _KEPT),
            (op_clients.forget_registrations, now),
        ):
            forget_by_pages(self.home.database, partial(forget, before=before))


def _error_page(request: Request, error: TrustError) -> Response:
    from idp.pages.told import error_page  # noqa: PLC0415 - pages' views and words, for who comes with a wrong request

    return error_page(request, error)
