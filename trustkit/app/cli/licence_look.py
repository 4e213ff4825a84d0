"""``trustkit licence list``, ``show`` and ``history``: licences found by what they are, or by whose they are; holders are not shown."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trustkit.app.cli.licence_options import IdentifierArgument
from trustkit.app.cli.options import HomeOption, chosen_home, chosen_time
from trustkit.app.cli.output import FormatOption, OutputFormat, listing, report

if TYPE_CHECKING:
    from trustkit.app.authority import Authority
    from trustkit.store.licence_search import LicenceSearch

_MAX_CODE = 64


class ListedState(StrEnum):
    """``--state`` of ``list``."""

    INTENT = "intent"
    ISSUED = "issued"
    SUSPENDED = "suspended"
    SUPERSEDED = "superseded"
    LOST = "lost"
    REVOKED = "revoked"
    CANCELLED = "cancelled"
    ABANDONED = "abandoned"
    EXPIRED = "expired"


def list_licences(
    *,
    kind: Annotated[str | None, typer.Option("--type", help="Of this type, a folder of policies/licences.")] = None,
    state: Annotated[
        ListedState | None, typer.Option("--state", help="Where the last act led; expired: whose time is over.")
    ] = None,
    issuer: Annotated[str | None, typer.Option("--issuer", help="Of the issuer with this credit code.")] = None,
    holder_file: Annotated[
        Path | None,
        typer.Option(
            "--holder-file",
            help="Of the holder whose code is in this file (/dev/stdin for what is piped): none in a command's words, "
            "alone or with others.",
        ),
    ] = None,
    since: Annotated[str | None, typer.Option("--since", metavar="RFC3339", help="Asked for from then on.")] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="RFC3339", help="Asked for before then.")] = None,
    after: Annotated[
        str | None, typer.Option("--after", metavar="IDENTIFIER", help="The last of the page before.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 100,
    home: HomeOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """List licences, the newest first, by type, state, issuer, holder and time. Holders are not shown."""
    from trustkit.app.licence_lines import COLUMNS
    from trustkit.app.wiring import open_authority
    from trustkit.store.licence_search import LicenceSearch as Search
    from trustkit.store.licences import LicenceState

    expired = state is ListedState.EXPIRED
    wanted = Search(
        state=None if state is None or expired else LicenceState(state.value),
        issuer=issuer,
        since=chosen_time(since, "--since"),
        until=chosen_time(until, "--until"),
        after=after,
        limit=limit,
    )
    with open_authority(chosen_home(home)) as authority:
        wanted = _of_type_and_holder(authority, wanted, kind, holder_file)
        rows = authority.register.list_licences(wanted, now=authority.clock.now(), expired=expired)
    listing(output, COLUMNS, rows)


def show(identifier: IdentifierArgument, *, home: HomeOption = None, output: FormatOption = OutputFormat.TEXT) -> None:
    """Show where a licence stands, and the other versions of it."""
    from trustkit.app.wiring import open_authority

    with open_authority(chosen_home(home)) as authority:
        found = authority.register.show_licence(identifier, now=authority.clock.now())
    report(output, found.to_json(), *found.lines())


def history(
    identifier: IdentifierArgument, *, home: HomeOption = None, output: FormatOption = OutputFormat.TEXT
) -> None:
    """List what was done to a licence since it was issued, why, on which legal basis, and by whom."""
    from trustkit.app.licence_lines import CHANGE_COLUMNS, ChangeLine
    from trustkit.app.wiring import open_authority

    with open_authority(chosen_home(home)) as authority:
        found = authority.register.show_licence(identifier, now=authority.clock.now())
    listing(output, CHANGE_COLUMNS, [ChangeLine(change=each) for each in found.changes])


def register(app: typer.Typer) -> None:
    """Add these commands to a group."""
    app.command("list")(list_licences)
    app.command("show")(show)
    app.command("history")(history)


def _of_type_and_holder(
    authority: Authority, wanted: LicenceSearch, kind: str | None, holder_file: Path | None
) -> LicenceSearch:
    from dataclasses import replace

    from esign.licence.types import load_licence_type
    from trustkit.app.files import read_input
    from trustkit.app.home import POLICIES
    from trustkit.app.licence_holders import holder_index
    from trustkit.errors import ErrorCode, TrustError

    place = authority.settings.home
    code = None if kind is None else load_licence_type(place / POLICIES / "licences" / kind).code
    if holder_file is None:
        return replace(wanted, type_code=code)
    try:
        holder = read_input(holder_file, limit=_MAX_CODE).decode("ascii").strip()
    except UnicodeDecodeError as error:
        raise TrustError(ErrorCode.HOLDER_CODE, "a holder's code is digits and capital letters") from error
    return replace(wanted, type_code=code, holder=holder_index(place)(holder.upper()))
