"""``trustkit licence credential-serve``: the service process wallets fetch licences at; it holds the keys credentials are signed with.

Run by hand it is the command's own process; beside ``trustkit serve`` it is ``python -m trustkit.app.wallet_server HOME``.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from trustkit.app.keyed_process import passphrase_from_parent
from trustkit.app.keyed_server import end_of_input, run_keyed_server
from trustkit.app.opened_application import OpenedApplication
from trustkit.app.wallet_asgi import wallet_application
from trustkit.app.wiring import load_authority

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustkit.custody.passphrase import Passphrase

MODULE: Final = "trustkit.app.wallet_server"


def run_wallet_server(
    home: Path,
    *,
    host: str | None,
    port: int | None,
    passphrase: Passphrase,
    stop: Callable[[], None] | None = None,
) -> None:
    """Serve until told to stop (SIGTERM, SIGINT, or `stop` returning), finishing requests that have begun.

    Raises:
        TrustError: HOME_*, SETTINGS_*, STORE_*, PASSPHRASE_WRONG, PORT_IN_USE; CREDENTIAL_KEYS without ``licence credential-setup``; before
            anything listens.
    """

    def opening() -> OpenedApplication:
        authority = load_authority(home)
        authority.asked = True  # a service answers for itself
        try:
            app = wallet_application(authority, authority.unlock(passphrase))
        except BaseException:  # an interrupt, too: the home is not left open
            authority.close()
            raise
        return OpenedApplication(authority=authority, app=app)

    run_keyed_server(home, "wallet", lambda whole: whole.wallet, opening, host=host, port=port, stop=stop)


if __name__ == "__main__":
    secret = passphrase_from_parent()
    run_wallet_server(Path(sys.argv[1]), host=None, port=None, passphrase=secret, stop=end_of_input)
