"""``trustkit audit``: read the trail."""

from __future__ import annotations

from typing import Annotated

import typer

from trustkit.app.cli.options import HomeOption, chosen_home
from trustkit.app.cli.output import FormatOption, OutputFormat, listing

app = typer.Typer(help="The audit trail: who did what, when, with which outcome.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Keep the group a group while it has one command."""


@app.command("list")
def list_trail(
    *,
    after: Annotated[int, typer.Option(min=0, help="Only entries after this sequence number.")] = 0,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many entries.")] = 200,
    event: Annotated[str | None, typer.Option("--type", help="Only this event type.")] = None,
    home: HomeOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """List entries of the trail in order. Reading the trail is itself recorded."""
    from trustkit.app.trail import read_trail
    from trustkit.app.wiring import open_authority

    with open_authority(chosen_home(home)) as authority:
        entries = read_trail(authority, after=after, limit=limit, event=event)
    listing(output, ("no.", "time", "event", "by", "object", "outcome", "facts"), entries)
