"""``trustkit licence types``, ``licence type`` and ``licence credential-type``: the catalogue of what can be issued, and what nobody has confirmed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trustkit.app.cli.options import HomeOption, chosen_home
from trustkit.app.cli.output import FormatOption, OutputFormat, language, listing, report, wrote


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


def credential_type(
    name: Annotated[str, typer.Argument(metavar="TYPE", help="A folder of the home's policies/licences.")],
    *,
    out: Annotated[Path | None, typer.Option("--out", help="Where it goes; default ./TYPE.json.")] = None,
    home: HomeOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Write the type metadata of credentials of a licence type: what their `vct` leads to, octet by octet as the service publishes it."""
    from esign.credential.type_metadata import parse_type_metadata
    from trustkit.app.credential_types import HomeTypes
    from trustkit.app.files import write_output
    from trustkit.app.settings import load_settings
    from trustkit.errors import ErrorCode, TrustError

    octets = HomeTypes.of(load_settings(chosen_home(home))).document(name)
    if octets is None:
        raise TrustError(ErrorCode.LICENCE_TYPE, "no licences of this type are issued here", type=name[:64])
    found = parse_type_metadata(octets)
    target = out or Path(f"{name}.json")
    write_output(target, octets)
    told = {"type": name, "vct": found.vct, "integrity": found.integrity, "file": str(target)}
    report(output, told, wrote(target), f"  vct            {found.vct}", f"  vct#integrity  {found.integrity}")


def register(app: typer.Typer) -> None:
    """Add these commands to a group."""
    app.command("types")(types)
    app.command("type")(show_type)
    app.command("credential-type")(credential_type)
