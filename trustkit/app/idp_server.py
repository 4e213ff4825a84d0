"""``trustkit idp serve``: the service process people and clients sign in at; it holds the identity service's secret and keys.

Run by hand it is the command's own process; beside ``trustkit serve`` it is ``python -m trustkit.app.idp_server HOME``.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from trustkit.app.keyed_process import passphrase_from_parent
from trustkit.app.keyed_server import end_of_input, run_keyed_server
from trustkit.app.loading import loading
from trustkit.app.memory import give_large_blocks_back_at_once

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from starlette.types import ASGIApp

    from trustkit.app.idp_home import IdentityHome
    from trustkit.custody.passphrase import Passphrase

MODULE: Final = "trustkit.app.idp_server"


@dataclass(frozen=True, slots=True, kw_only=True)
class _OpenedIdentity:
    """The identity service's application with its secret."""

    home: IdentityHome
    app: ASGIApp

    def anchors(self) -> Sequence[bytes]:
        from trustkit.app.publications import StorePublications  # noqa: PLC0415 - for TLS of its own alone

        return StorePublications(database=self.home.database).certificates()

    def close(self) -> None:
        self.home.close()


def run_idp_server(
    home: Path,
    *,
    host: str | None,
    port: int | None,
    passphrase: Passphrase,
    stop: Callable[[], None] | None = None,
) -> None:
    """Serve until told to stop (SIGTERM, SIGINT, or `stop` returning), finishing requests that have begun.

    Raises:
        TrustError: HOME_*, SETTINGS_*, STORE_*, PORT_IN_USE; KEY_MISSING without ``trustkit idp init``; PASSPHRASE_WRONG; before
            anything listens.
    """

    def opening() -> _OpenedIdentity:
        with loading():
            from trustkit.app.idp_asgi import identity_application  # noqa: PLC0415 - what takes the most of a start
            from trustkit.app.idp_home import load_identity  # noqa: PLC0415 - as above
        opened = load_identity(home, passphrase)
        try:
            return _OpenedIdentity(home=opened, app=identity_application(opened))
        except BaseException:
            opened.close()
            raise

    give_large_blocks_back_at_once()
    run_keyed_server(home, "idp", lambda whole: whole.idp, opening, host=host, port=port, fast=True, stop=stop)


if __name__ == "__main__":
    secret = passphrase_from_parent()
    run_idp_server(Path(sys.argv[1]), host=None, port=None, passphrase=secret, stop=end_of_input)
