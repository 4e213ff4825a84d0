"""``trustkit serve``: granian with our ASGI application; no process that answers requests opens a key.

When a passphrase was given, `trustkit.app.renewal` renews CRLs and status lists in a process of its own, through the same
store the workers read.
"""

from __future__ import annotations

import logging
import multiprocessing
import resource
import socket
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.server import Server

from trustkit.app.home import require_home
from trustkit.app.logs import configure_logs, say
from trustkit.app.renewal import renewing
from trustkit.app.settings import hand_home_to_workers, load_settings
from trustkit.app.wiring import open_authority
from trustkit.clock import SystemClock
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from pathlib import Path

    from trustkit.custody.passphrase import Passphrase

_GRACEFUL_SECONDS: Final = 20
_HEADER_MILLISECONDS: Final = 15_000  # as granian takes it: a client that sends no headers is let go
_log = logging.getLogger("trustkit.app")


def run_server(home: Path, *, host: str | None, port: int | None, passphrase: Passphrase | None) -> None:
    """Serve until told to stop (SIGTERM, SIGINT), finishing requests that have begun.

    Raises:
        TrustError: HOME_*, SETTINGS_*, PASSPHRASE_WRONG, PORT_IN_USE, before anything listens.
    """
    require_home(home)
    settings = load_settings(home)
    address, number = host or settings.server.host, port or settings.server.port
    _require_free(address, number)
    hand_home_to_workers(home)
    # Workers start afresh and inherit neither memory nor descriptors: nothing of a passphrase can be in them.
    multiprocessing.set_start_method("spawn", force=True)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    clock = SystemClock()
    configure_logs(clock)
    with ExitStack() as stack:
        if passphrase is not None:
            with open_authority(home) as authority:
                authority.unlock(passphrase)  # a wrong passphrase is told now, not at the first renewal
            stack.enter_context(renewing(home, passphrase))
        say(_log, "service.listening", port=number)
        Server(
            "trustkit.app.asgi:create",
            address=address,
            port=number,
            interface=Interfaces.ASGI,
            factory=True,
            workers=settings.server.workers,
            workers_kill_timeout=_GRACEFUL_SECONDS,
            respawn_failed_workers=True,
            websockets=False,
            log_enabled=False,
            http1_settings=HTTP1Settings(header_read_timeout=_HEADER_MILLISECONDS),
        ).serve()


def _require_free(address: str, port: int) -> None:
    """Refuse a port that is taken, with our own words instead of the server's stack trace."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((address, port))
    except OSError as error:
        raise TrustError(ErrorCode.PORT_IN_USE, error.strerror or "cannot listen", port=port) from error
