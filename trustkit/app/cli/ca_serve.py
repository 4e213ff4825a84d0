"""``trustkit ca serve``: the CA's machine doors, in a process that holds keys."""

from __future__ import annotations

from typing import Annotated

import typer

from trustkit.app.cli.options import HomeOption, PassphraseFdOption, PassphraseFileOption, chosen_home, read_passphrase


def serve(
    *,
    home: HomeOption = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on; default from settings.")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port; default from settings.")] = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
) -> None:
    """Serve what must be signed to be answered. This process holds keys; `trustkit serve` is the one without."""
    from trustkit.app.ca_server import run_ca_server

    run_ca_server(chosen_home(home), host=host, port=port, passphrase=read_passphrase(passphrase_file, passphrase_fd))
