"""Connections of the fetcher: to the address that was judged, and never past the deadline.

httpcore asks its network backend for every connect, read and write. This backend resolves and judges the address itself and
gives each operation only what is left of one deadline, so that a peer that sends an octet every few seconds gains nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import httpcore

from verifier.address import Resolver, resolve_address

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable

    from trustkit.clock import Clock

# What an exchange over such a connection raises when there is no answer to be had.
FAILURES: Final = (
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.UnsupportedProtocol,
    httpcore.ConnectionNotAvailable,
    OSError,
    ValueError,
)
_LEAST_SECONDS = 0.001  # a timeout of zero would mean non-blocking


@dataclass(slots=True, kw_only=True)
class GuardedBackend(httpcore.NetworkBackend):
    """A backend for one fetch. `deadline` is in the clock's monotonic seconds."""

    private_allowed: bool
    resolver: Resolver
    clock: Clock
    deadline: float
    _inner: httpcore.NetworkBackend = field(default_factory=httpcore.SyncBackend)

    def left(self) -> float:
        """Return the seconds left. Raise `httpcore.ReadTimeout` when there are none."""
        seconds = self.deadline - self.clock.monotonic()
        if seconds <= 0:
            raise httpcore.ReadTimeout
        return max(seconds, _LEAST_SECONDS)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - the deadline rules
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the address judged for `host`. Raise TrustError EVIDENCE_REFUSED, EVIDENCE_UNREACHABLE."""
        address = resolve_address(
            host, port, private_allowed=self.private_allowed, resolver=self.resolver, seconds=self.left()
        )
        stream = self._inner.connect_tcp(
            address, port, timeout=self.left(), local_address=local_address, socket_options=socket_options
        )
        return _TimedStream(inner=stream, backend=self)


@dataclass(slots=True, kw_only=True)
class _TimedStream(httpcore.NetworkStream):
    inner: httpcore.NetworkStream
    backend: GuardedBackend

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 - the deadline rules
        return self.inner.read(max_bytes, timeout=self.backend.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002 - the deadline rules
        self.inner.write(buffer, timeout=self.backend.left())

    def close(self) -> None:
        self.inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002 - the deadline rules
    ) -> httpcore.NetworkStream:
        inner = self.inner.start_tls(ssl_context, server_hostname, timeout=self.backend.left())
        return _TimedStream(inner=inner, backend=self.backend)

    def get_extra_info(self, info: str) -> object:
        return self.inner.get_extra_info(info)
