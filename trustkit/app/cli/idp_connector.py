"""``trustkit idp connector``: the ways to sign in by somebody else: listed, tried, their secrets kept."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trustkit.app.cli.options import HomeOption, PassphraseFdOption, PassphraseFileOption, chosen_home, read_passphrase
from trustkit.app.cli.output import FormatOption, OutputFormat, listing, report

app = typer.Typer(help="Ways to sign in by somebody else.", no_args_is_help=True)
NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The connector, by its name in the settings.")]


@app.command("list")
def list_connectors(*, home: HomeOption = None, output: FormatOption = OutputFormat.TEXT) -> None:
    """List the connectors of the settings; for OpenID providers with the address they are to tell logouts to."""
    from trustkit.app.idp_connector_lines import COLUMNS, ConnectorLine
    from trustkit.app.idp_connector_settings import parse_connectors
    from trustkit.app.settings import load_settings

    settings = load_settings(chosen_home(home))
    base = settings.idp.url()
    listing(output, COLUMNS, [ConnectorLine.of(each, base=base) for each in parse_connectors(settings.connectors)])


@app.command("secret")
def secret(
    name: NameArgument,
    *,
    secret_file: Annotated[
        Path | None,
        typer.Option("--secret-file", help="File with the secret, readable by its owner only; else it is asked for."),
    ] = None,
    home: HomeOption = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Keep what a provider knows us by, sealed in the home, in place of an earlier one."""
    from trustkit.app.idp_connector_secrets import keep_secret, secret_place
    from trustkit.app.idp_connector_settings import require_named
    from trustkit.app.idp_home import open_identity

    folder = chosen_home(home)
    with open_identity(folder, read_passphrase(passphrase_file, passphrase_fd)) as identity:
        require_named(identity.settings.connectors, name)
        given = read_passphrase(secret_file, None, what=f"Secret of {name}")
        keep_secret(folder, name, given.reveal(), identity.secrets)
    place = secret_place(folder, name).name
    report(output, {"connector": name, "secret": place}, f"Kept the secret of {name} in keys/{place}")


@app.command("check")
def check(
    name: NameArgument,
    *,
    home: HomeOption = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Begin a login by a connector as people would, and let it go: tells whether settings, secret and provider go together."""
    import asyncio

    from trustkit.app.idp_connector_lines import begun_words
    from trustkit.app.idp_connector_settings import require_named
    from trustkit.app.idp_home import open_identity
    from trustkit.app.idp_login import HomeLogin

    with open_identity(chosen_home(home), read_passphrase(passphrase_file, passphrase_fd)) as identity:
        require_named(identity.settings.connectors, name)
        words = asyncio.run(begun_words(HomeLogin(home=identity).connectors[name].connector, now=identity.clock.now()))
    report(output, {"connector": name, "begins": words}, f"{name}: begins with {words}")


@app.command("simulated")
def simulated(
    word: Annotated[str, typer.Argument(metavar="WORD", help="A made-up word for a made-up person, such as li-lei.")],
    sequence: Annotated[str, typer.Argument(metavar="BUSINESS", help="The business number the page shows.")],
    *,
    home: HomeOption = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Answer as the app of a simulated network identity would. No production home has it."""
    from idp.connectors.national_simulator import NationalSimulator
    from trustkit.app.idp_home import open_identity

    with open_identity(chosen_home(home), read_passphrase(passphrase_file, passphrase_fd)) as identity:
        simulator = NationalSimulator(sealing=identity.secrets, production=identity.settings.production)
        answer = simulator.app_answer(word, sequence)
    report(output, {"idCardAuthData": answer}, answer)
