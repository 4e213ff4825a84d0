"""``trustkit ca serve``: the service process that holds keys, apart from the processes that verify.

Run by hand it is the command's own process; beside ``trustkit serve`` it is ``python -m trustkit.app.ca_server HOME``. One process:
the keys are in one place, and the register orders what several would do anyway.
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
from pathlib import Path
from typing import TYPE_CHECKING, Final

import uvicorn

from trustkit.app.ca_asgi import ca_application
from trustkit.app.home import require_home
from trustkit.app.http_connection import CaConnection
from trustkit.app.keyed_process import forbid_core_dumps, passphrase_from_parent
from trustkit.app.listening import listening_socket
from trustkit.app.logs import configure_logs, say
from trustkit.app.settings import is_loopback, load_settings
from trustkit.app.wiring import load_authority
from trustkit.clock import SystemClock
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from trustkit.app.authority import Authority
    from trustkit.custody.passphrase import Passphrase

MODULE: Final = "trustkit.app.ca_server"
_GRACEFUL_SECONDS: Final = 20
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_LARGEST_HEADERS: Final = 16 * 1024  # octets of a request's head; a signed token in one takes a few thousand
_log = logging.getLogger("trustkit.app")


def run_ca_server(
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
    require_home(home)
    whole = load_settings(home)
    settings = whole.ca_server
    address, number = host or settings.host, port or settings.port
    if whole.production and not settings.tls and not is_loopback(address):
        raise TrustError(ErrorCode.SETTINGS_INSECURE, "beyond this machine only with TLS", key="ca_server.host")
    forbid_core_dumps()
    configure_logs(SystemClock())
    with contextlib.ExitStack() as stack:
        bound = stack.enter_context(listening_socket(address, number))
        authority = load_authority(home)
        stack.callback(authority.close)
        app = ca_application(authority, authority.unlock(passphrase))
        config = uvicorn.Config(
            app,
            http=CaConnection,
            ws="none",
            loop="asyncio",
            lifespan="on",
            log_config=None,
            access_log=False,
            proxy_headers=False,  # no header says who the client is
            server_header=False,
            limit_concurrency=settings.max_connections,
            h11_max_incomplete_event_size=_LARGEST_HEADERS,
            timeout_graceful_shutdown=_GRACEFUL_SECONDS,
            ssl_context_factory=(lambda *_: tls_context(authority)) if settings.tls else None,
        )
        try:
            config.load()
        except (OSError, ssl.SSLError) as error:
            told = "the TLS certificate and key cannot be used together"
            raise TrustError(ErrorCode.SETTINGS_MALFORMED, told, key="ca_server.tls_certificate") from error
        say(_log, "service.listening", port=number)
        server = _Server(config)
        if stop is not None:
            threading.Thread(target=server.stop_after, args=(stop,), daemon=True).start()
        asyncio.run(server.serve([bound]))


def tls_context(authority: Authority) -> ssl.SSLContext:
    """Return TLS 1.2 and later; a client may show a certificate of this authority, and no other.

    Who has shown which is judged again where it matters: against the register, and by our own path validation.
    """
    settings = authority.settings.ca_server
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    home = authority.settings.home
    certificate, key = home / settings.tls_certificate, home / settings.tls_key
    if key.stat().st_mode & _OTHERS:
        raise TrustError(ErrorCode.KEY_FILE_MODE, "others may read the TLS key; its mode must be 0600", part=key.name)
    context.load_cert_chain(certificate, key, password=b"")  # an encrypted key would ask at a terminal
    anchors = authority.publications().certificates()
    context.load_verify_locations(cadata=b"".join(anchors))
    context.verify_mode = ssl.CERT_OPTIONAL
    return context


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


def _end_of_input() -> None:
    sys.stdin.read()


if __name__ == "__main__":
    secret = passphrase_from_parent()
    run_ca_server(Path(sys.argv[1]), host=None, port=None, passphrase=secret, stop=_end_of_input)
