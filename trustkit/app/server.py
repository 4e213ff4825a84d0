"""``trustkit serve``: granian with our ASGI application; no process that answers requests opens a key.

When a passphrase was given, `trustkit.app.renewal` renews CRLs and status lists in a process of its own, through the same
store the workers read; and `trustkit.app.ca_server`, `trustkit.app.idp_server` and `trustkit.app.wallet_server` answer in others, when the settings ask for it.
"""

from __future__ import annotations

import logging
import multiprocessing
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.server import Server

from trustkit.app import renewal
from trustkit.app.home import require_home
from trustkit.app.idp_secrets import open_identity_secret
from trustkit.app.keyed_process import forbid_core_dumps, keyed_process
from trustkit.app.listening import listening_socket
from trustkit.app.logs import configure_logs, say
from trustkit.app.settings import hand_home_to_workers, load_settings
from trustkit.app.verification import home_verification
from trustkit.app.wiring import open_authority
from trustkit.clock import SystemClock

if TYPE_CHECKING:
    from pathlib import Path

    from trustkit.custody.passphrase import Passphrase

CA_SERVER: Final = "trustkit.app.ca_server"  # by name, as the next: this process never loads them
IDP_SERVER: Final = "trustkit.app.idp_server"
WALLET_SERVER: Final = "trustkit.app.wallet_server"
_GRACEFUL_SECONDS: Final = 20
_HEADER_MILLISECONDS: Final = 15_000  # as granian takes it: a client that sends no headers is let go
_log = logging.getLogger("trustkit.app")


def run_server(home: Path, *, host: str | None, port: int | None, passphrase: Passphrase | None) -> None:
    """Serve until told to stop (SIGTERM, SIGINT), finishing requests that have begun.

    Raises:
        TrustError: HOME_*, SETTINGS_*, PASSPHRASE_WRONG, PORT_IN_USE, and what is wrong with anchors and policy of the home, before
            anything listens.
    """
    require_home(home)
    settings = load_settings(home)
    address, number = host or settings.server.host, port or settings.server.port
    listening_socket(address, number).close()  # a taken port is told now, in our words
    hand_home_to_workers(home)
    # Workers start afresh and inherit neither memory nor descriptors: nothing of a passphrase can be in them.
    multiprocessing.set_start_method("spawn", force=True)
    forbid_core_dumps()
    clock = SystemClock()
    configure_logs(clock)
    with ExitStack() as stack:
        with open_authority(home) as authority:
            home_verification(authority)  # what cannot be read is told now, not to each who sends a file
            if passphrase is not None:
                authority.asked = True  # a service answers for itself
                authority.unlock(passphrase)  # a wrong passphrase is told now, not at the first renewal
        if passphrase is not None:
            stack.enter_context(keyed_process(renewal.MODULE, home, passphrase))
            if settings.ca_server.beside_serve:
                stack.enter_context(keyed_process(CA_SERVER, home, passphrase))
            if settings.idp.beside_serve:
                open_identity_secret(home, passphrase)  # one that was never made is told now
                stack.enter_context(keyed_process(IDP_SERVER, home, passphrase))
            if settings.wallet.beside_serve:
                stack.enter_context(keyed_process(WALLET_SERVER, home, passphrase))
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
