"""``trustkit ca serve``: the service process that holds the authority's keys, apart from the processes that verify.

Run by hand it is the command's own process; beside ``trustkit serve`` it is ``python -m trustkit.app.ca_server HOME``.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from trustkit.app.ca_asgi import ca_application
from trustkit.app.keyed_process import passphrase_from_parent
from trustkit.app.keyed_server import end_of_input, run_keyed_server
from trustkit.app.opened_application import OpenedApplication
from trustkit.app.wiring import load_authority

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustkit.custody.passphrase import Passphrase

MODULE: Final = "trustkit.app.ca_server"


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

    def opening() -> OpenedApplication:
        authority = load_authority(home)
        authority.asked = True  # a service answers for itself
        try:
            app = ca_application(authority, authority.unlock(passphrase))
        except BaseException:  # an interrupt, too: the home is not left open
            authority.close()
            raise
        return OpenedApplication(authority=authority, app=app)

    run_keyed_server(home, "ca_server", lambda whole: whole.ca_server, opening, host=host, port=port, stop=stop)


if __name__ == "__main__":
    secret = passphrase_from_parent()
    run_ca_server(Path(sys.argv[1]), host=None, port=None, passphrase=secret, stop=end_of_input)
