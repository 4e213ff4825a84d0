"""Serving what holds keys: one process of its own (ADR 0006), over TLS or on this machine alone, ending when it is told.

One process: the keys are in one place, and the store orders what several would do anyway.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import ssl
import stat
import sys
import threading
from typing import TYPE_CHECKING, Final, Protocol

import uvicorn
import uvloop

from trustkit.app.home import require_home
from trustkit.app.keyed_process import forbid_core_dumps
from trustkit.app.listening import listening_socket
from trustkit.app.logs import configure_logs, say
from trustkit.app.settings import is_loopback, load_settings
from trustkit.app.shown_certificate import LARGEST_HEAD
from trustkit.clock import SystemClock
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path
    from types import FrameType

    from starlette.types import ASGIApp

    from trustkit.app.settings import Settings

_GRACEFUL_SECONDS: Final = 20
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_log = logging.getLogger("trustkit.app")


class Listening(Protocol):
    """Where a service listens: its section of the settings."""

    @property
    def host(self) -> str:
        """The address."""

    @property
    def port(self) -> int:
        """The port."""

    @property
    def tls(self) -> bool:
        """Whether the process itself speaks TLS."""

    @property
    def tls_certificate(self) -> str:
        """PEM file, the server's certificate first, then its chain."""

    @property
    def tls_key(self) -> str:
        """PEM file, readable by its owner only."""

    @property
    def max_connections(self) -> int:
        """Connections at a time."""


class Opened(Protocol):
    """A service that was opened: its application, which closes with itself what it stands on, and whose certificates clients may show."""

    @property
    def app(self) -> ASGIApp:
        """What answers."""

    def anchors(self) -> Sequence[bytes]:
        """Return the DER of the authorities whose certificates clients may show in TLS."""

    def close(self) -> None:
        """Let go of everything; harmless twice."""


def run_keyed_server(
    home: Path,
    section: str,
    settings_of: Callable[[Settings], Listening],
    opening: Callable[[], Opened],
    *,
    host: str | None,
    port: int | None,
    fast: bool = False,
    stop: Callable[[], None] | None = None,
) -> None:
    """Serve until told to stop (SIGTERM, SIGINT, or `stop` returning), finishing requests that have begun.

    `fast` parses HTTP in llhttp on uvloop, for many small requests. `section` names the part of the settings in refusals; `opening` opens keys and store, once the port is ours.

    Raises:
        TrustError: HOME_*, SETTINGS_*, PORT_IN_USE and what `opening` raises, before anything listens.
    """
    require_home(home)
    whole = load_settings(home)
    settings = settings_of(whole)
    address, number = host or settings.host, port or settings.port
    if whole.production and not settings.tls and not is_loopback(address):
        raise TrustError(ErrorCode.SETTINGS_INSECURE, "beyond this machine only with TLS", key=f"{section}.host")
    forbid_core_dumps()
    configure_logs(SystemClock())
    with contextlib.ExitStack() as stack:
        bound = stack.enter_context(listening_socket(address, number))
        opened = opening()
        stack.callback(opened.close)
        config = uvicorn.Config(
            opened.app,
            http=_connection(fast=fast),
            ws="none",
            loop="asyncio",
            lifespan="on",
            log_config=None,
            access_log=False,
            proxy_headers=False,  # no header says who the client is; what named proxies tell is read in `trustkit.web.places`
            server_header=False,
            limit_concurrency=settings.max_connections,
            h11_max_incomplete_event_size=LARGEST_HEAD,
            timeout_graceful_shutdown=_GRACEFUL_SECONDS,
            ssl_context_factory=(lambda *_: tls_context(home, settings, opened.anchors())) if settings.tls else None,
        )
        try:
            config.load()
        except (OSError, ssl.SSLError) as error:
            told = "the TLS certificate and key cannot be used together"
            raise TrustError(ErrorCode.SETTINGS_MALFORMED, told, key=f"{section}.tls_certificate") from error
        say(_log, "service.listening", port=number)
        server = _Server(config)
        if stop is not None:
            threading.Thread(target=server.stop_after, args=(stop,), daemon=True).start()
        if fast:
            uvloop.run(server.serve([bound]))
        else:
            asyncio.run(server.serve([bound]))


def tls_context(home: Path, settings: Listening, anchors: Sequence[bytes]) -> ssl.SSLContext:
    """Return TLS 1.2 and later; a client may show a certificate of this home's authorities, and no other.

    Who has shown which is judged again where it matters: against the register, and by our own path validation.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    certificate, key = home / settings.tls_certificate, home / settings.tls_key
    if key.stat().st_mode & _OTHERS:
        raise TrustError(ErrorCode.KEY_FILE_MODE, "others may read the TLS key; its mode must be 0600", part=key.name)
    context.load_cert_chain(certificate, key, password=b"")  # an encrypted key would ask at a terminal
    context.load_verify_locations(cadata=b"".join(anchors))
    context.verify_mode = ssl.CERT_OPTIONAL
    return context


def _connection(*, fast: bool) -> type[asyncio.Protocol]:
    """Return what reads HTTP: one parser is loaded, not both."""
    if fast:
        from trustkit.app.fast_connection import FastConnection  # noqa: PLC0415 - see above

        return FastConnection
    from trustkit.app.http_connection import CaConnection  # noqa: PLC0415 - see above

    return CaConnection


def end_of_input() -> None:
    """Wait until the parent that started this process closes the pipe, or is no more."""
    sys.stdin.read()


class _Server(uvicorn.Server):
    """uvicorn's server, ending with status 0 when it is told to end."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        earlier = {each: signal.signal(each, self._end) for each in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for each, handler in earlier.items():
                signal.signal(each, handler)

    def stop_after(self, stop: Callable[[], None]) -> None:
        stop()
        self.should_exit = True

    def _end(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self.should_exit = True
