"""``trustkit share``: organisations fetch copies of licences, in a process that holds keys; holders let them, in one that holds none."""

from __future__ import annotations

from typing import Annotated

import typer

from trustkit.app.cli.options import HomeOption, PassphraseFdOption, PassphraseFileOption, chosen_home, read_passphrase
from trustkit.app.cli.output import FormatOption, OutputFormat, next_step, report
from trustkit.app.cli.share_webhooks import app as webhooks

app = typer.Typer(help="Copies of licences for organisations their holders named (GB/T 36906).", no_args_is_help=True)
app.add_typer(webhooks, name="webhook")
HostOption = Annotated[str | None, typer.Option(help="Address to listen on; default from settings.")]
PortOption = Annotated[int | None, typer.Option(min=1, max=65535, help="Port; default from settings.")]


@app.command("serve")
def serve(
    *,
    home: HomeOption = None,
    host: HostOption = None,
    port: PortOption = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
) -> None:
    """Serve queries and copies to organisations with tokens of `[sharing] issuer`. This process holds keys; `trustkit serve` is the one without."""
    from trustkit.app.sharing_server import run_sharing_server

    secret = read_passphrase(passphrase_file, passphrase_fd)
    run_sharing_server(chosen_home(home), host=host, port=port, passphrase=secret)


@app.command("holder-setup")
def holder_setup(*, home: HomeOption = None, output: FormatOption = OutputFormat.TEXT) -> None:
    """Register the holders' door, at the address of `[holder]`, as a client of this home's identity service; again when it moves."""
    from trustkit.app.holder_client import register_door
    from trustkit.app.wiring import open_authority

    with open_authority(chosen_home(home)) as authority:
        done = register_door(authority, actor=authority.operator)
        url = authority.settings.holder.url()
    told = f"Registered the door at {url}" if done else f"The door at {url} was registered before"
    report(output, {"url": url, "changed": done}, told, next_step("trustkit share holder-serve"))


@app.command("holder-serve")
def holder_serve(*, home: HomeOption = None, host: HostOption = None, port: PortOption = None) -> None:
    """Serve people who hold licences: they sign in, let organisations use them, and take it back. No key that signs, no passphrase."""
    from trustkit.app.holder_server import run_holder_server

    run_holder_server(chosen_home(home), host=host, port=port)
