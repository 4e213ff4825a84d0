"""``trustkit share holder-serve``: the process natural persons let their licences be used at. It takes no passphrase: no key that signs is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustkit.app.holder_asgi import holder_application
from trustkit.app.keyed_server import run_keyed_server
from trustkit.app.opened_application import OpenedApplication
from trustkit.app.wiring import load_authority

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def run_holder_server(
    home: Path, *, host: str | None, port: int | None, stop: Callable[[], None] | None = None
) -> None:
    """Serve until told to stop (SIGTERM, SIGINT, or `stop` returning), finishing requests that have begun.

    Raises:
        TrustError: HOME_*, SETTINGS_*, STORE_*, PORT_IN_USE; HOLDER_CLOSED before ``share holder-setup``; before anything listens.
    """

    def opening() -> OpenedApplication:
        authority = load_authority(home)
        try:
            if authority.settings.production:
                authority.settings.holder.require_secure()
            return OpenedApplication(authority=authority, app=holder_application(authority))
        except BaseException:  # an interrupt, too: the home is not left open
            authority.close()
            raise

    run_keyed_server(home, "holder", lambda whole: whole.holder, opening, host=host, port=port, stop=stop)
