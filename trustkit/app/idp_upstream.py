"""The network of connectors: an identity provider asked without becoming its hand inside our network.

The provider is the operator's own choice, so its own origin may have a private address; what its documents name besides (endpoints, keys) is the
provider's word, and must be public or stand under a base the settings name. The rules of addresses are those of `verifier.address`: resolved
once, the connection goes to the judged address, no redirects, no proxies, no compression, bounded size and time. Everything is https; http
goes to a loopback address alone, written as such, outside production.
"""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import httpcore

from idp.connectors.upstream import MAX_ANSWER, Answer, Call
from trustkit.app.settings import is_loopback
from trustkit.app.tls_trust import trusting
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity_codes import IdentityCode
from verifier.address import parse_target, system_resolver
from verifier.connection import FAILURES, GuardedBackend

if TYPE_CHECKING:
    import ssl
    from pathlib import Path

    from trustkit.clock import Clock
    from verifier.address import Resolver, Target

CALL_SECONDS: Final = 10.0  # of one call, from resolving to the last octet; somebody waits for it
AT_ONCE: Final = 16  # calls of one provider; further ones are told that it cannot be reached, so that a slow one does not hold all logins
_KEPT_HEADERS: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpUpstream:
    """See the module. `bases` are URL prefixes whose addresses may be private."""

    clock: Clock
    bases: tuple[str, ...]
    plain: bool
    tls: ssl.SSLContext = field(repr=False)
    resolver: Resolver = system_resolver
    seconds: float = CALL_SECONDS
    _pool: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(AT_ONCE, thread_name_prefix="trustkit-idp"), repr=False
    )
    _room: threading.BoundedSemaphore = field(default_factory=lambda: threading.BoundedSemaphore(AT_ONCE), repr=False)

    async def ask(self, call: Call) -> Answer:
        """See `Upstream.ask`."""
        target = self._target(call.url)
        if not self._room.acquire(blocking=False):
            raise TrustError(IdentityCode.IDP_UPSTREAM_UNREACHABLE, "too many calls at once", host=target.host)
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._asked, call, target)

    def _asked(self, call: Call, target: Target) -> Answer:
        try:
            return self._exchange(call, target)
        except FAILURES as error:
            told = f"no answer: {type(error).__name__}"
            raise TrustError(IdentityCode.IDP_UPSTREAM_UNREACHABLE, told, host=target.host) from error
        except TrustError as error:
            if error.code is ErrorCode.EVIDENCE_UNREACHABLE:  # the name service
                raise TrustError(IdentityCode.IDP_UPSTREAM_UNREACHABLE, error.detail, host=target.host) from error
            if error.code is ErrorCode.EVIDENCE_REFUSED:
                raise _refused(error.detail, "address") from error
            raise
        finally:
            self._room.release()

    def _target(self, url: str) -> Target:
        try:
            target = parse_target(url, allowed_bases=self.bases)
        except TrustError as error:
            raise _refused(error.detail, "address") from error
        if urlsplit(target.url).scheme != "https" and not (self.plain and is_loopback(target.host)):
            raise _refused("not https", "address")
        return target

    def _exchange(self, call: Call, target: Target) -> Answer:
        backend = GuardedBackend(
            private_allowed=target.private_allowed,
            resolver=self.resolver,
            clock=self.clock,
            deadline=self.clock.monotonic() + self.seconds,
        )
        headers = [
            (b"Host", urlsplit(target.url).netloc.encode("ascii")),
            (b"Accept-Encoding", b"identity"),
            (b"User-Agent", b"trustkit-idp"),
            *((name.encode("ascii"), value.encode("ascii")) for name, value in call.headers.items()),
        ]
        if call.media_type:
            headers.append((b"Content-Type", call.media_type.encode("ascii")))
        content = call.body if call.method == "POST" else None
        with (
            httpcore.ConnectionPool(max_connections=1, network_backend=backend, ssl_context=self.tls) as pool,
            pool.stream(call.method, target.url, headers=headers, content=content) as response,
        ):
            found = {
                name.decode("latin-1").lower(): value.decode("latin-1")
                for name, value in response.headers[:_KEPT_HEADERS]
            }
            media_type = found.get("content-type", "").partition(";")[0].strip().lower()
            return Answer(status=response.status, media_type=media_type, body=_bounded(response, found), headers=found)


def open_upstream(
    clock: Clock, *, bases: tuple[str, ...], authorities: Path | None, production: bool, seconds: float = CALL_SECONDS
) -> HttpUpstream:
    """Return the network of one connector; `authorities` is a file of the CA certificates to trust alone.

    Raises:
        TrustError: SETTINGS_MALFORMED for a file without a certificate TLS can use; what reading the file raises.
    """
    return HttpUpstream(clock=clock, bases=bases, plain=not production, tls=_tls(authorities), seconds=seconds)


def _tls(authorities: Path | None) -> ssl.SSLContext:
    told = "authorities hold no certificate TLS can use"
    return trusting(authorities, TrustError(ErrorCode.SETTINGS_MALFORMED, told, key="idp.connector.authorities"))


def _bounded(response: httpcore.Response, headers: dict[str, str]) -> bytes:
    if headers.get("content-encoding", "identity") != "identity":
        raise _refused("compressed answer to a request for none", "compressed")
    octets = bytearray()
    for chunk in response.iter_stream():
        octets += chunk
        if len(octets) > MAX_ANSWER:
            raise _refused("the answer is too large", "size")
    return bytes(octets)


def _refused(detail: str, rule: str) -> TrustError:
    return TrustError(IdentityCode.IDP_UPSTREAM_ANSWER, detail, rule=rule)
