"""``trustkit share serve``: organisations fetch copies of licences, in a process that holds keys."""

from __future__ import annotations

from typing import Annotated

import typer

from trustkit.app.cli.options import HomeOption, PassphraseFdOption, PassphraseFileOption, chosen_home, read_passphrase
from trustkit.app.cli.share_webhooks import app as webhooks

app = typer.Typer(help="Copies of licences for organisations their holders named (GB/T 36906).", no_args_is_help=True)
app.add_typer(webhooks, name="webhook")


@app.command("serve")
def serve(
    *,
    home: HomeOption = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on; default from settings.")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port; default from settings.")] = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
) -> None:
    """Serve queries and copies to organisations with tokens of `[sharing] issuer`. This process holds keys; `trustkit serve` is the one without."""
    from trustkit.app.sharing_server import run_sharing_server

    secret = read_passphrase(passphrase_file, passphrase_fd)
    run_sharing_server(chosen_home(home), host=host, port=port, passphrase=secret)
