"""Posting to an address an organisation named, without becoming its hand inside our network.

The rules of addresses are those of `verifier.address`: resolved once, the connection goes to the judged address, public ones alone unless the
operator allowed others, no redirects, no proxies, no compression, bounded size and time. Everything is https; http goes to a loopback address
alone that the settings name, outside production.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import httpcore

from trustkit.app.settings import is_loopback
from trustkit.app.tls_trust import trusting
from trustkit.copy_codes import CopyCode
from trustkit.errors import ErrorCode, TrustError
from verifier.address import parse_target, system_resolver
from verifier.connection import FAILURES, GuardedBackend

if TYPE_CHECKING:
    import ssl

    from trustkit.app.opened import OpenedHome
    from trustkit.clock import Clock
    from verifier.address import Resolver, Target

CALL_SECONDS: Final = 10.0  # of one call, from resolving to the last octet
MAX_ANSWER: Final = 4096
_MOST_WAIT: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Reply:
    """What an address answered; `wait` is what it asks for in Retry-After (RFC 9110 10.2.3)."""

    status: int
    body: bytes = field(repr=False)
    wait: timedelta | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookNetwork:
    """See the module. `bases` are beginnings of URLs whose addresses may be private."""

    clock: Clock
    tls: ssl.SSLContext = field(repr=False)
    bases: tuple[str, ...] = ()
    plain: bool = False
    resolver: Resolver = system_resolver
    seconds: float = CALL_SECONDS

    def post(self, url: str, body: bytes, *, media_type: str) -> Reply:
        """Return what an address answers.

        Raises:
            TrustError: WEBHOOK_ADDRESS for one that is not asked; WEBHOOK_UNANSWERED.
        """
        target = self.target(url)
        try:
            return self._exchange(target, body, media_type)
        except FAILURES as error:
            raise TrustError(CopyCode.WEBHOOK_UNANSWERED, f"no answer: {type(error).__name__}") from error
        except TrustError as error:
            if error.code is ErrorCode.EVIDENCE_REFUSED:
                raise TrustError(CopyCode.WEBHOOK_ADDRESS, error.detail) from error
            if error.code is ErrorCode.EVIDENCE_UNREACHABLE:  # the name service
                raise TrustError(CopyCode.WEBHOOK_UNANSWERED, error.detail) from error
            raise

    def target(self, url: str) -> Target:
        """Return what may be asked of a URL, by its text alone. Raise WEBHOOK_ADDRESS."""
        try:
            target = parse_target(url, allowed_bases=self.bases)
        except TrustError as error:
            raise TrustError(CopyCode.WEBHOOK_ADDRESS, error.detail) from error
        secure = urlsplit(target.url).scheme == "https"
        if not secure and not (self.plain and target.private_allowed and is_loopback(target.host)):
            raise TrustError(CopyCode.WEBHOOK_ADDRESS, "not https")
        if "#" in url:
            raise TrustError(CopyCode.WEBHOOK_ADDRESS, "a fragment in the URL")
        return target

    def _exchange(self, target: Target, body: bytes, media_type: str) -> Reply:
        backend = GuardedBackend(
            private_allowed=target.private_allowed,
            resolver=self.resolver,
            clock=self.clock,
            deadline=self.clock.monotonic() + self.seconds,
        )
        headers = [
            (b"Host", urlsplit(target.url).netloc.encode("ascii")),
            (b"Accept", b"application/json"),  # RFC 8935 2.1
            (b"Accept-Encoding", b"identity"),
            (b"Content-Type", media_type.encode("ascii")),
            (b"User-Agent", b"trustkit-sharing"),
        ]
        with (
            httpcore.ConnectionPool(max_connections=1, network_backend=backend, ssl_context=self.tls) as pool,
            pool.stream("POST", target.url, headers=headers, content=body) as response,
        ):
            octets = bytearray()
            for chunk in response.iter_stream():
                octets += chunk
                if len(octets) > MAX_ANSWER:
                    raise TrustError(CopyCode.WEBHOOK_UNANSWERED, "the answer is too large", limit=MAX_ANSWER)
            asked = next((value for name, value in response.headers if name.lower() == b"retry-after"), b"")
            return Reply(response.status, bytes(octets), retry_after(asked.decode("latin-1"), self.clock.now()))


def open_webhook_network(home: OpenedHome) -> WebhookNetwork:
    """Return the network of a home's settings. Raise SETTINGS_MALFORMED for authorities TLS cannot use; what reading the file raises."""
    settings = home.settings.sharing
    path = home.settings.home / settings.webhook_authorities if settings.webhook_authorities else None
    told = "webhook_authorities hold no certificate TLS can use"
    refusal = TrustError(ErrorCode.SETTINGS_MALFORMED, told, key="sharing.webhook_authorities")
    plain = not home.settings.production
    return WebhookNetwork(clock=home.clock, tls=trusting(path, refusal), bases=settings.webhook_bases, plain=plain)


def retry_after(text: str, now: datetime) -> timedelta | None:
    """Return what Retry-After asks for (RFC 9110 10.2.3), a day at most; None for what is no such value."""
    text = text.strip()
    if text.isascii() and text.isdecimal():
        return min(timedelta(seconds=int(text[:9])), _MOST_WAIT)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):  # the second for numbers beyond any date
        return None
    wait = moment.replace(tzinfo=moment.tzinfo or UTC) - now
    return min(max(wait, timedelta(0)), _MOST_WAIT)
