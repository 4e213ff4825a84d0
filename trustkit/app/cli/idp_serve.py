"""``trustkit idp init`` and ``trustkit idp serve``: the identity service's secret, and its process."""

from __future__ import annotations

from typing import Annotated

import typer

from trustkit.app.cli.options import HomeOption, PassphraseFdOption, PassphraseFileOption, chosen_home, read_passphrase
from trustkit.app.cli.output import FormatOption, OutputFormat, report

app = typer.Typer()


@app.command("init")
def initialise(
    *,
    home: HomeOption = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Make the identity service's secret in a home, under the home's passphrase, and the provider's keys. Back the secret up: it is made once."""
    from trustkit.app.idp_secrets import SECRET_FILE
    from trustkit.app.initialise_identity import initialise_identity

    place = chosen_home(home)
    initialise_identity(place, read_passphrase(passphrase_file, passphrase_fd))
    report(output, {"secret": SECRET_FILE}, f"Made keys/{SECRET_FILE}; `trustkit idp serve` can start")


@app.command("serve")
def serve(
    *,
    home: HomeOption = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on; default from settings.")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port; default from settings.")] = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
) -> None:
    """Serve sign-on for people and clients. This process holds the identity service's secret, and none of the authority's keys."""
    from trustkit.app.loading import loading

    with loading():
        from trustkit.app.idp_server import run_idp_server

    run_idp_server(chosen_home(home), host=host, port=port, passphrase=read_passphrase(passphrase_file, passphrase_fd))
