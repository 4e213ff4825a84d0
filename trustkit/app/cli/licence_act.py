"""``trustkit licence suspend``, ``resume``, ``revoke``, ``cancel``, ``lose`` and ``check``: what is done to an issued licence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from trustkit.app.cli.licence_options import BasisOption, EffectiveOption, IdentifierArgument
from trustkit.app.cli.licence_proposed import tell_proposed
from trustkit.app.cli.options import (
    HomeOption,
    PassphraseFdOption,
    PassphraseFileOption,
    chosen_home,
    chosen_time,
    read_passphrase,
)
from trustkit.app.cli.output import FormatOption, OutputFormat, report

if TYPE_CHECKING:
    from collections.abc import Callable

    from esign.licence.changes import DoneAct

_DONE = {
    "check": "Checked",
    "lose": "Declared lost",
    "suspend": "Suspended",
    "resume": "Resumed",
    "revoke": "Revoked",
    "cancel": "Struck off",
}
_COMMANDS = (
    ("suspend", "Suspend a licence (暂扣): it is not to be accepted until it is resumed.", "penalty, under-review, holder-request, other."),
    ("resume", "Put a suspended licence back in force (恢复).", "cleared, served, error, other."),
    ("revoke", "Revoke a licence (撤销, 吊销); the new status list is published in the same act.", "cancelled, superseded, error, unlawful, other."),
    ("cancel", "Strike a licence off (注销): its holder gives it up, is no more, or its time is over.", "holder-request, holder-dissolved, holder-died, expired, other."),
    ("lose", "Declare a licence lost (挂失): it is invalid for good; `licence change` issues the next in its place.", "lost, stolen, destroyed, other."),
    ("check", "Record that a licence passed its check (年检); only of types that have one.", "annual, spot, other."),
)  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add these commands to a group."""
    for name, words, reasons in _COMMANDS:
        app.command(name, help=words)(_command(name, reasons))


def tell_done(done: DoneAct, output: OutputFormat) -> None:
    """Tell what was done to a licence, and what it is now."""
    told, what = done.to_json(), _DONE[done.act.value]
    standing = f"it is {done.standing.value}, from {told['effective_at']}"
    report(output, told, f"{what} {done.identifier} ({done.reason}); {standing}")


def _command(name: str, reasons: str) -> Callable[..., None]:
    def command(
        identifier: IdentifierArgument,
        *,
        reason: Annotated[str, typer.Option("--reason", help=reasons)],
        basis: BasisOption = "",
        effective: EffectiveOption = None,
        home: HomeOption = None,
        passphrase_file: PassphraseFileOption = None,
        passphrase_fd: PassphraseFdOption = None,
        output: FormatOption = OutputFormat.TEXT,
    ) -> None:
        from esign.licence.lifecycle import ActOrder, LicenceAct, require_words
        from trustkit.app.cli.asking import act_in_name
        from trustkit.app.keys import KeyName
        from trustkit.app.licence_proposing import official_act_of, proposals_of
        from trustkit.app.wiring import open_authority

        act = LicenceAct(name)
        order = ActOrder(act=act, reason=reason, basis=basis, effective_at=chosen_time(effective, "--effective"))
        require_words(order)
        with open_authority(chosen_home(home)) as authority:
            authority.require_fit_to_sign(KeyName.STATUS)  # a list nobody believes would tell nobody of it
            act_in_name(authority, official_act_of(act))
            desk = proposals_of(authority)
            if desk.takes_two(identifier, act):
                tell_proposed(desk.act(identifier, order, actor=authority.operator), output)
            keys = authority.unlock(read_passphrase(passphrase_file, passphrase_fd))
            done = authority.licences(keys).act(identifier, order, actor=authority.operator)
        tell_done(done, output)

    # What typer reads of a command stands in the module: each of the six has its own words for --reason alone.
    command.__annotations__["reason"] = Annotated[str, typer.Option("--reason", help=reasons)]
    return command
