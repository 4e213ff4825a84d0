"""``trustkit serve``: the HTTP service."""

from __future__ import annotations

from typing import Annotated

import typer

from trustkit.app.cli.options import HomeOption, PassphraseFdOption, PassphraseFileOption, chosen_home


def serve(
    *,
    home: HomeOption = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on; default from settings.")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port; default from settings.")] = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
) -> None:
    """Serve verification, licence status, CRLs and status lists. Without a passphrase no key is opened at all.

    With a passphrase, this process (never the ones that answer requests) renews CRLs and status lists when due.
    """
    from trustkit.app.cli.options import read_passphrase
    from trustkit.app.server import run_server

    passphrase = None
    if passphrase_file is not None or passphrase_fd is not None:
        passphrase = read_passphrase(passphrase_file, passphrase_fd)
    run_server(chosen_home(home), host=host, port=port, passphrase=passphrase)
