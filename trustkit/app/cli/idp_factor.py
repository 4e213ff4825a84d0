"""``trustkit idp factor``: what a person proves himself with, listed, removed, released from waits, an app enrolled at the terminal."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from trustkit.app.cli.options import HomeOption, PassphraseFdOption, PassphraseFileOption, chosen_home, read_passphrase
from trustkit.app.cli.output import FormatOption, OutputFormat, listing, report
from trustkit.errors import ErrorCode, TrustError

app = typer.Typer(help="What people prove themselves with.", no_args_is_help=True)
PersonArgument = Annotated[str, typer.Argument(metavar="PERSON", help="The pseudonym, np-…")]


@app.command("list")
def list_factors(person: PersonArgument, *, home: HomeOption = None, output: FormatOption = OutputFormat.TEXT) -> None:
    """List what a person has: kinds and times. What he calls them is for his own page."""
    from idp.factors.standing import StandingFactors
    from trustkit.app.factor_lines import COLUMNS, FactorLine
    from trustkit.app.opening import open_store
    from trustkit.store import people

    _, database = open_store(chosen_home(home))
    with database, database.reading() as unit:
        people.get(unit, person)
        found = StandingFactors.lines(unit, person)
    listing(output, COLUMNS, [FactorLine.of(each) for each in found])


@app.command("remove")
def remove(
    person: PersonArgument,
    factor: Annotated[str, typer.Argument(metavar="FACTOR", help="The factor, fa-…, of 'idp factor list'.")],
    *,
    home: HomeOption = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Remove a factor that was lost or stolen. Its owner's sessions end, and he is told by the message platform."""
    from trustkit.app.factor_desk import remove_factor
    from trustkit.app.idp_home import open_identity

    with open_identity(chosen_home(home), read_passphrase(passphrase_file, passphrase_fd)) as identity:
        remove_factor(identity, person, factor)
    report(output, {"person": person, "factor": factor}, f"Removed {factor}")


@app.command("release")
def release(
    person: PersonArgument,
    *,
    home: HomeOption = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """End a person's waits and locks after wrong tries."""
    from trustkit.app.factor_desk import release_factors
    from trustkit.app.idp_home import open_identity

    with open_identity(chosen_home(home), read_passphrase(passphrase_file, passphrase_fd)) as identity:
        keys = release_factors(identity, person)
    report(output, {"person": person, "counts": keys}, f"{person} need not wait any more")


@app.command("enrol-totp")
def enrol_totp(
    person: PersonArgument,
    *,
    home: HomeOption = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Enrol an authenticator app of a person who is at this terminal: it reads the QR code, and its first code is typed in."""
    from esign.rendering.qr import qr_lines
    from trustkit.app.factor_desk import begin_totp, confirm_totp
    from trustkit.app.idp_home import open_identity

    if not sys.stdin.isatty():
        raise TrustError(ErrorCode.USAGE, "an app is enrolled at a terminal: its first code is asked for")
    with open_identity(chosen_home(home), read_passphrase(passphrase_file, passphrase_fd)) as identity:
        offer = begin_totp(identity, person)
        # Shown, and in no stream a machine takes: standard output may be a file.
        for line in qr_lines(offer.uri):
            typer.echo(line, err=True)
        typer.echo(offer.typed, err=True)
        factor = confirm_totp(identity, person, offer, str(typer.prompt("Code", err=True)))
    report(output, {"person": person, "factor": factor}, f"Enrolled {factor}")
