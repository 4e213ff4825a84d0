"""``trustkit licence proposals``, ``approve``, ``refuse`` and ``withdraw``: what one person proposed and another decides on."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trustkit.app.cli.licence_act import tell_done
from trustkit.app.cli.licence_documents import require_places, tell_issued, written
from trustkit.app.cli.licence_options import IssuedFormat
from trustkit.app.cli.licence_proposed import SeenOption, line_of, shown_digest
from trustkit.app.cli.options import (
    HomeOption,
    PassphraseFdOption,
    PassphraseFileOption,
    chosen_home,
    read_passphrase,
)
from trustkit.app.cli.output import FormatOption, OutputFormat, listing, report, wrote

if TYPE_CHECKING:
    from trustkit.app.licence_proposal_lines import ProposalLine
    from trustkit.store.licence_proposals import ProposalRow

ProposalArgument = Annotated[
    str, typer.Argument(metavar="PROPOSAL", help="The proposal's number, as `proposals` shows it.")
]


class ListedProposals(StrEnum):
    """``--state`` of ``proposals``."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    DONE = "done"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


def proposals(
    number: Annotated[
        str | None, typer.Argument(metavar="[PROPOSAL]", help="Show this one alone, with what it asks for.")
    ] = None,
    *,
    state: Annotated[ListedProposals | None, typer.Option("--state", help="Only those in this state.")] = None,
    data_out: Annotated[
        Path | None,
        typer.Option("--data-out", help="Write the proposed fields of PROPOSAL there, as they were given."),
    ] = None,
    after: Annotated[
        str | None, typer.Option("--after", metavar="PROPOSAL", help="The last of the page before.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 100,
    home: HomeOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """List what was proposed and what became of it, the newest first; or show one proposal. Holders are not shown."""
    from trustkit.app.licence_proposal_lines import COLUMNS, ProposalLine
    from trustkit.app.wiring import open_authority
    from trustkit.errors import ErrorCode, TrustError
    from trustkit.store import licence_proposals
    from trustkit.store.licence_proposals import ProposalState

    if number is None and data_out is not None:
        raise TrustError(ErrorCode.USAGE, "--data-out is of one proposal: name it")
    with open_authority(chosen_home(home)) as authority:
        if number is not None:
            _show(line_of(authority, number), data_out, output)
            return
        wanted = () if state is None else (ProposalState(state.value),)
        with authority.database.reading() as unit:
            rows = licence_proposals.search(unit, states=wanted, after=after, limit=limit)
        now = authority.clock.now()
    listing(output, COLUMNS, [ProposalLine(proposal=row, now=now) for row in rows])


def approve(
    number: ProposalArgument,
    *,
    seen: SeenOption = None,
    out: Annotated[Path | None, typer.Option("--out", help="Where a document goes, as of `licence issue`.")] = None,
    home: HomeOption = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Approve what another official proposed, and do it at once; the same command again carries out what was cut off."""
    from esign.licence.changes import DoneAct
    from esign.licence.second_person import require_open
    from trustkit.app.cli.asking import act_in_name
    from trustkit.app.keys import LICENCE_KEYS, KeyName
    from trustkit.app.licence_proposing import approvals_of, official_act_of
    from trustkit.app.wiring import open_authority
    from trustkit.store.licence_proposals import ProposalState

    with open_authority(chosen_home(home)) as authority:
        line = line_of(authority, number)
        order = line.order
        require_open(line.proposal, ProposalState.PROPOSED, ProposalState.APPROVED, now=line.now)
        if order is not None and order.makes_document:
            require_places(out, IssuedFormat.BOTH if len(order.formats) > 1 else IssuedFormat(order.formats[0]))
            authority.require_fit_to_sign(*LICENCE_KEYS)
        authority.require_fit_to_sign(KeyName.STATUS)
        digest = shown_digest(authority, number, seen)
        act_in_name(authority, official_act_of(line.proposal.act))
        keys = authority.unlock(read_passphrase(passphrase_file, passphrase_fd))
        done = approvals_of(authority, keys).approve(number, actor=authority.operator, seen=digest)
    if isinstance(done, DoneAct):
        tell_done(done, output)
    else:
        tell_issued(done, written(done, out), output, "Issued")


def refuse(
    number: ProposalArgument,
    *,
    reason: Annotated[
        str, typer.Option("--reason", metavar="TEXT", help="Why, for who proposed it: one line, no names.")
    ],
    home: HomeOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Refuse what another official proposed: nothing comes of it, and what it asked for is forgotten."""
    from trustkit.app.cli.asking import act_in_name
    from trustkit.app.licence_proposing import official_act_of, proposals_of
    from trustkit.app.wiring import open_authority

    with open_authority(chosen_home(home)) as authority:
        act_in_name(authority, official_act_of(line_of(authority, number).proposal.act))
        row = proposals_of(authority).refuse(number, reason=reason, actor=authority.operator)
    _tell(row, output)


def withdraw(number: ProposalArgument, *, home: HomeOption = None, output: FormatOption = OutputFormat.TEXT) -> None:
    """Withdraw what you proposed yourself, unless it is done already."""
    from trustkit.app.cli.asking import act_in_name
    from trustkit.app.licence_proposing import official_act_of, proposals_of
    from trustkit.app.wiring import open_authority

    with open_authority(chosen_home(home)) as authority:
        act_in_name(authority, official_act_of(line_of(authority, number).proposal.act))
        row = proposals_of(authority).withdraw(number, actor=authority.operator)
    _tell(row, output)


def register(app: typer.Typer) -> None:
    """Add these commands to a group."""
    app.command("proposals")(proposals)
    app.command("approve")(approve)
    app.command("refuse")(refuse)
    app.command("withdraw")(withdraw)


def _show(line: ProposalLine, data_out: Path | None, output: OutputFormat) -> None:
    from trustkit.app.files import write_output
    from trustkit.errors import TrustError
    from trustkit.licence_codes import LicenceCode

    if data_out is None:
        report(output, line.to_json(), *line.lines())
        return
    if line.order is None or not line.order.data:
        raise TrustError(LicenceCode.PROPOSAL_STATE, "it has no fields, or they are forgotten")
    write_output(data_out, line.order.data.encode("utf-8"), mode=0o600)
    report(output, {**line.to_json(), "file": str(data_out)}, *line.lines(), wrote(data_out))


def _tell(row: ProposalRow, output: OutputFormat) -> None:
    report(output, {"proposal": row.number, "state": row.state.value}, f"{row.number} is {row.state.value}")
