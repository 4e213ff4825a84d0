"""``trustkit audit``: the trail read, examined, exported, and what administrators did reviewed. Nothing here alters an entry."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trustkit.app.cli.options import HomeOption, chosen_home, chosen_time
from trustkit.app.cli.output import FormatOption, OutputFormat, listing, report, say, wrote

app = typer.Typer(help="The audit trail: who did what, when, with which outcome.", no_args_is_help=True)
COLUMNS = ("no.", "time", "event", "by", "object", "outcome", "facts")
SinceOption = Annotated[
    str | None, typer.Option("--since", metavar="RFC3339", help="Only entries of this time or later.")
]
UntilOption = Annotated[str | None, typer.Option("--until", metavar="RFC3339", help="Only entries before this time.")]


@app.command("list")
def list_trail(
    *,
    after: Annotated[int, typer.Option(min=0, help="Only entries after this sequence number.")] = 0,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many entries.")] = 200,
    event: Annotated[str | None, typer.Option("--type", help="Only this event type.")] = None,
    by: Annotated[str, typer.Option("--by", metavar="ACTOR", help="Only entries of this actor, such as np-….")] = "",
    act: Annotated[str, typer.Option("--act", help="Only sign-ins for this act, such as people or revocation.")] = "",
    since: SinceOption = None,
    until: UntilOption = None,
    home: HomeOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """List entries of the trail in order. Reading the trail is itself recorded."""
    from trustkit.app.trail import TrailWish, read_trail
    from trustkit.app.wiring import open_authority

    wish = TrailWish(
        after=after,
        limit=limit,
        event=event,
        by=by,
        act=act,
        since=chosen_time(since, "--since"),
        until=chosen_time(until, "--until"),
    )
    with open_authority(chosen_home(home)) as authority:
        entries = read_trail(authority, wish)
    listing(output, COLUMNS, entries)


@app.command("verify")
def verify(
    *,
    against: Annotated[
        list[Path] | None,
        typer.Option("--against", metavar="FILE", help="An export kept elsewhere, held against the trail; repeatable."),
    ] = None,
    home: HomeOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> int:
    """Say whether the trail is whole: numbers, forms, guards, reviews, and earlier exports. Ends with status 1 where it is not."""
    from trustkit.app.trail_desk import verify_trail
    from trustkit.app.wiring import open_authority

    with open_authority(chosen_home(home)) as authority:
        found = verify_trail(authority, tuple(against or ()))
    report(output, found.to_json(), *found.lines())
    return 1 if found.findings else 0


@app.command("export")
def export(
    target: Annotated[Path, typer.Argument(metavar="FILE", help="The new file, one JSON object a line.")],
    *,
    after: Annotated[int, typer.Option(min=0, help="Only entries after this sequence number.")] = 0,
    upto: Annotated[int | None, typer.Option(min=1, help="The last entry; else the newest.")] = None,
    home: HomeOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Write a range of the trail to a file, to be kept where nobody who runs this home reaches it."""
    from trustkit.app.trail_desk import export_trail
    from trustkit.app.wiring import open_authority

    with open_authority(chosen_home(home)) as authority:
        part = export_trail(authority, target, after=after, upto=upto)
    told = f"{part.events} entries, up to {part.upto}; SM3 of the file: {part.lines_sm3}"
    report(output, {**part.to_json(), "file": str(target)}, wrote(target), told)


@app.command("review")
def review(
    *,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many entries.")] = 1000,
    home: HomeOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """List what system and security administrators did since the last sign-off."""
    from trustkit.app.trail_desk import review_trail
    from trustkit.app.wiring import open_authority

    with open_authority(chosen_home(home)) as authority:
        part, entries = review_trail(authority, limit=limit)
    listing(output, COLUMNS, entries)
    if output is OutputFormat.TEXT:
        say(
            f"Entries {part.after + 1} to {part.upto}: `trustkit audit sign-off --upto {part.upto}` when they were looked at"
        )


@app.command("sign-off")
def sign_off_review(
    *,
    upto: Annotated[int, typer.Option("--upto", min=1, help="The last entry that was looked at.")],
    concern: Annotated[bool, typer.Option("--concern", help="Something in it is to be looked into.")] = False,
    home: HomeOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Record in the trail that what administrators did was reviewed up to an entry. Asks for a new sign-in each time."""
    from trustkit.app.trail_desk import sign_off
    from trustkit.app.wiring import open_authority

    with open_authority(chosen_home(home)) as authority:
        part = sign_off(authority, upto=upto, concern=concern)
    report(output, part.to_json(), f"Signed off entries {part.after + 1} to {part.upto}")
