"""``trustkit idp role``: system, security and audit administrators (三员), who never meet in one person."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from trustkit.app.cli.options import HomeOption, PassphraseFdOption, PassphraseFileOption, chosen_home, read_passphrase
from trustkit.app.cli.output import FormatOption, OutputFormat, listing, report

app = typer.Typer(help="Administrators: system, security, audit; one office each.", no_args_is_help=True)
PersonArgument = Annotated[str, typer.Argument(metavar="PERSON", help="The pseudonym, np-…")]


class OfficeName(StrEnum):
    """The three offices."""

    SYSTEM = "system"
    SECURITY = "security"
    AUDIT = "audit"


OfficeArgument = Annotated[OfficeName, typer.Argument(metavar="OFFICE", help="system, security or audit.")]


@app.command("assign")
def assign(
    person: PersonArgument,
    office: OfficeArgument,
    *,
    home: HomeOption = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Put a person into an office. He has shown a document (`idp user identify`), and is in no other office."""
    from idp.subject import administrators
    from trustkit.app.idp_home import open_identity
    from trustkit.store.administrators import Office

    passphrase = read_passphrase(passphrase_file, passphrase_fd)
    with open_identity(chosen_home(home), passphrase) as identity, identity.database.unit_of_work() as uow:
        chosen, now = Office(office.value), identity.clock.now()
        administrators.assign(uow, person, chosen, now=now, actor=identity.operator)
    report(output, {"person": person, "office": office.value}, f"{person} is {office.value} administrator")


@app.command("remove")
def remove(
    person: PersonArgument,
    office: OfficeArgument,
    *,
    home: HomeOption = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Take a person out of an office, at once."""
    from idp.subject import administrators
    from trustkit.app.idp_home import open_identity
    from trustkit.store.administrators import Office

    passphrase = read_passphrase(passphrase_file, passphrase_fd)
    with open_identity(chosen_home(home), passphrase) as identity, identity.database.unit_of_work() as uow:
        chosen, now = Office(office.value), identity.clock.now()
        administrators.remove(uow, person, chosen, now=now, actor=identity.operator)
    report(output, {"person": person, "office": None}, f"{person} is {office.value} administrator no more")


@app.command("list")
def list_offices(*, home: HomeOption = None, output: FormatOption = OutputFormat.TEXT) -> None:
    """List who is in which office."""
    from trustkit.app.opening import open_store
    from trustkit.app.subject_lines import OFFICE_COLUMNS, OfficeLine
    from trustkit.store import administrators

    _, database = open_store(chosen_home(home))
    with database, database.reading() as unit:
        rows = administrators.list_administrators(unit)
    listing(output, OFFICE_COLUMNS, [OfficeLine(administrator=row) for row in rows])
