"""What is told where an act waits for a second person, and what is shown to him before he approves it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, NoReturn

import typer

from trustkit.app.cli.output import OutputFormat, ask, language, next_step, report

if TYPE_CHECKING:
    from trustkit.app.authority import Authority
    from trustkit.app.licence_proposal_lines import ProposalLine
    from trustkit.store.licence_proposals import ProposalRow

SeenOption = Annotated[
    str | None,
    typer.Option(
        "--seen",
        metavar="SM3",
        help="The digest of what you looked at, order_sm3 of `licence proposals PROPOSAL`; goes on without asking.",
    ),
]
_WORDS: Final = {
    "en": "NOT DONE YET: {act} takes two persons. {number} waits until {until} for another official to approve it",
    "zh": "尚未办理：{act} 须双人办理。申请 {number} 待另一名工作人员审核，截至 {until}",
}


def tell_proposed(row: ProposalRow, output: OutputFormat) -> NoReturn:
    """Tell of a proposal, and end the command with the status of what waits for a second person."""
    from trustkit.app.exit_status import PROPOSED
    from trustkit.app.rows import time_text

    until = time_text(row.expires_at)
    told = {
        "proposal": row.number,
        "act": row.act,
        "state": row.state.value,
        "done": False,
        "licence": row.identifier,
        "order_sm3": row.order_sm3,
        "expires_at": until,
    }
    words = _WORDS[language().value].format(act=row.act, number=row.number, until=until)
    report(output, told, words, f"  digest  sm3:{row.order_sm3}", next_step(_command(row)))
    raise typer.Exit(PROPOSED)


def line_of(authority: Authority, number: str) -> ProposalLine:
    """Return a proposal as it stands. Raise PROPOSAL_MISSING, PROPOSAL_OTHERWISE."""
    from trustkit.app.licence_proposal_lines import ProposalLine as Line
    from trustkit.app.licence_proposing import proposals_of

    row, order = proposals_of(authority).look(number)
    return Line(proposal=row, order=order, now=authority.clock.now())


def shown_digest(authority: Authority, number: str, seen: str | None) -> str:
    """Return the digest of what who approves has seen: `seen`, or that of what he is shown and agrees to here. Raise as `line_of`, USAGE."""
    from trustkit.app.licence_proposal_lines import rows_to_approve

    if seen is not None:
        return seen.removeprefix("sm3:")
    line = line_of(authority, number)
    unattended = "--seen SM3 goes on without asking"
    ask("You are about to approve this, and it is done at once:", rows_to_approve(line), unattended=unattended)
    return line.proposal.order_sm3


def _command(row: ProposalRow) -> str:
    from esign.licence.lifecycle_rules import ISSUE_MANY

    if row.act == ISSUE_MANY:
        return f"trustkit licence issue-many FILE --approve {row.number}"
    return f"trustkit licence approve {row.number}"
