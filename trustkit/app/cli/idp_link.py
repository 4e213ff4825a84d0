"""``trustkit idp link``: by which other services a person signs in, listed and removed."""

from __future__ import annotations

from typing import Annotated

import typer

from trustkit.app.cli.options import HomeOption, PassphraseFdOption, PassphraseFileOption, chosen_home, read_passphrase
from trustkit.app.cli.output import FormatOption, OutputFormat, listing, report

app = typer.Typer(help="Other services people sign in by.", no_args_is_help=True)
PersonArgument = Annotated[str, typer.Argument(metavar="PERSON", help="The pseudonym, np-…")]


@app.command("list")
def list_links(person: PersonArgument, *, home: HomeOption = None, output: FormatOption = OutputFormat.TEXT) -> None:
    """List what a person is linked to: services and times. Who he is there is not kept."""
    from trustkit.app import link_desk
    from trustkit.app.opening import open_store

    _, database = open_store(chosen_home(home))
    with database, database.reading() as unit:
        found = link_desk.list_links(unit, person)
    listing(output, link_desk.COLUMNS, found)


@app.command("remove")
def remove(
    person: PersonArgument,
    link: Annotated[str, typer.Argument(metavar="LINK", help="The link, 64 digits of 'idp link list'.")],
    *,
    home: HomeOption = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Remove a link that is not its owner's any more, be it his last way in. His sessions end, and he is told."""
    from trustkit.app.idp_home import open_identity
    from trustkit.app.link_desk import remove_link

    with open_identity(chosen_home(home), read_passphrase(passphrase_file, passphrase_fd)) as identity:
        remove_link(identity, person, link)
    report(output, {"person": person, "link": link}, f"Removed {link}")
