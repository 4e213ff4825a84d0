"""``trustkit idp mandate``: who may act for which organisation, for which matters, from when until when."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from trustkit.app.cli.options import (
    HomeOption,
    PassphraseFdOption,
    PassphraseFileOption,
    chosen_home,
    chosen_time,
    read_passphrase,
)
from trustkit.app.cli.output import FormatOption, OutputFormat, listing, report

app = typer.Typer(help="Mandates to act for organisations.", no_args_is_help=True)


class MandateRoleName(StrEnum):
    """What ``--role`` takes."""

    LEGAL_REPRESENTATIVE = "legal-representative"
    HANDLER = "handler"
    ADMINISTRATOR = "administrator"


UsccOption = Annotated[str, typer.Option("--uscc", help="The organisation's unified social credit code (GB 32100).")]
EvidenceOption = Annotated[
    Path, typer.Option("--evidence", help="The paper or register extract it rests on; its SM3 is kept, not the file.")
]
ScopeOption = Annotated[
    list[str] | None,
    typer.Option("--scope", help="Code of a matter; may be given several times. Default: all matters."),
]
UnderOption = Annotated[
    str | None, typer.Option("--under", metavar="MANDATE", help="The mandate of who appoints him; it bounds this one.")
]


@app.command("add")
def add(
    person: Annotated[str, typer.Argument(metavar="PERSON", help="The pseudonym, np-…")],
    *,
    uscc: UsccOption,
    name: Annotated[str, typer.Option("--name", help="The organisation's registered name.")],
    role: Annotated[MandateRoleName, typer.Option("--role", help="As what he acts.")],
    evidence: EvidenceOption,
    scope: ScopeOption = None,
    valid_from: Annotated[
        str | None, typer.Option("--from", metavar="RFC3339", help="When it begins; now by default.")
    ] = None,
    valid_until: Annotated[
        str | None, typer.Option("--until", metavar="RFC3339", help="When it ends; without, when it is ended.")
    ] = None,
    under: UnderOption = None,
    home: HomeOption = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Add a mandate. It is never edited: end it, and add another."""
    from idp.subject.mandates import ALL_MATTERS, NewMandate
    from trustkit.app.files import read_input
    from trustkit.app.idp_home import open_identity
    from trustkit.app.subject_lines import MandateLine
    from trustkit.crypto.digest import DigestAlgorithm, digest
    from trustkit.store.mandates import MandateRole

    begins, ends = chosen_time(valid_from, "--from"), chosen_time(valid_until, "--until")
    rests_on = digest(DigestAlgorithm.SM3, read_input(evidence)).hex()
    with open_identity(chosen_home(home), read_passphrase(passphrase_file, passphrase_fd)) as identity:
        now = identity.clock.now()
        new = NewMandate(
            person=person,
            uscc=uscc,
            name=name,
            role=MandateRole(role.value),
            scope=tuple(scope or (ALL_MATTERS,)),
            valid_from=begins or now,
            valid_until=ends,
            evidence_sm3=rests_on,
            under=under,
        )
        with identity.database.unit_of_work() as uow:
            row = identity.mandates.add(uow, new, now=now, actor=identity.operator)
    report(output, MandateLine(mandate=row, now=now).to_json(), f"Added {row.id}: {person} may act for {uscc}")


@app.command("list")
def list_mandates(
    *,
    person: Annotated[str | None, typer.Option("--person", help="Of this person only.")] = None,
    uscc: Annotated[str | None, typer.Option("--uscc", help="Of this organisation only.")] = None,
    ended: Annotated[bool, typer.Option("--all", help="Those that were ended as well.")] = False,
    home: HomeOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """List mandates, newest first."""
    from trustkit.app.opening import open_store
    from trustkit.app.subject_lines import MANDATE_COLUMNS, MandateLine
    from trustkit.clock import SystemClock
    from trustkit.store import mandates

    _, database = open_store(chosen_home(home))
    with database, database.reading() as unit:
        rows = mandates.list_mandates(unit, person=person, uscc=uscc, ended=ended)
    now = SystemClock().now()
    listing(output, MANDATE_COLUMNS, [MandateLine(mandate=row, now=now) for row in rows])


@app.command("end")
def end(
    mandate: Annotated[str, typer.Argument(metavar="MANDATE", help="Its number, md-…")],
    *,
    reason: Annotated[str, typer.Option("--reason", help="A code for the trail, such as left-the-company.")],
    home: HomeOption = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """End a mandate at once, and all that were given under it: their tokens are refreshed no more."""
    from trustkit.app.idp_home import open_identity

    passphrase = read_passphrase(passphrase_file, passphrase_fd)
    with open_identity(chosen_home(home), passphrase) as identity, identity.database.unit_of_work() as uow:
        ended = identity.mandates.end(uow, mandate, reason=reason, now=identity.clock.now(), actor=identity.operator)
    report(output, {"ended": list(ended)}, f"Ended {', '.join(ended)}")
