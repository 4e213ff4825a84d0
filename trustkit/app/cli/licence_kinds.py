"""``trustkit licence types`` and ``licence type``: the catalogue of what can be issued, and what of it nobody has confirmed."""

from __future__ import annotations

from typing import Annotated

import typer

from trustkit.app.cli.options import HomeOption, chosen_home
from trustkit.app.cli.output import FormatOption, OutputFormat, language, listing, report


def types(*, home: HomeOption = None, output: FormatOption = OutputFormat.TEXT) -> None:
    """List the licence types of the home, or those of the installation where there is no home."""
    from trustkit.app.licence_type_lines import COLUMNS, catalogue_of

    listing(output, COLUMNS, catalogue_of(chosen_home(home)))


def show_type(
    name: Annotated[str, typer.Argument(metavar="TYPE", help="A folder of policies/licences.")],
    *,
    home: HomeOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Show one licence type: fields, holders, validity, legal basis, and the marks of what is not confirmed."""
    from trustkit.app.licence_type_lines import catalogued

    found = catalogued(chosen_home(home), name)
    report(output, found.to_json(), *found.lines(language()))


def register(app: typer.Typer) -> None:
    """Add these commands to a group."""
    app.command("types")(types)
    app.command("type")(show_type)
