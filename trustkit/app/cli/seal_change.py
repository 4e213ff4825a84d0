"""``trustkit seal suspend``, ``resume``, ``lost`` and ``revoke``: what is done about a made seal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trustkit.app.cli.operator_options import OperatorKeyOption, OperatorPassphraseOption, acting
from trustkit.app.cli.options import HomeOption, chosen_home, chosen_time
from trustkit.app.cli.output import FormatOption, OutputFormat, report
from trustkit.app.cli.seal_words import told

if TYPE_CHECKING:
    from datetime import datetime

    from esign.seal.standing import SealAct
    from trustkit.store.registrations import RegistrationRow

SealArgument = Annotated[str, typer.Argument(metavar="SEAL", help="The seal's number, as `seal list` shows it.")]
SinceOption = Annotated[
    str | None, typer.Option("--since", metavar="RFC3339", help="When it was lost or misused, as far as is known.")
]


def _reason(words: str) -> typer.models.OptionInfo:
    found: typer.models.OptionInfo = typer.Option("--reason", help=words)
    return found


def suspend(
    seal: SealArgument,
    *,
    reason: Annotated[str, _reason("holder-request, misuse-suspected, under-review or other.")],
    operator: OperatorKeyOption,
    operator_passphrase: OperatorPassphraseOption = None,
    home: HomeOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Suspend a seal (停用): it is not used until it is resumed."""
    from esign.seal.standing import SealAct as Act

    _change(seal, Act.SUSPEND, reason, None, operator, operator_passphrase, home, output)


def resume(
    seal: SealArgument,
    *,
    reason: Annotated[str, _reason("cleared, found (of a lost one), error or other.")],
    operator: OperatorKeyOption,
    operator_passphrase: OperatorPassphraseOption = None,
    home: HomeOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Put a suspended seal, or one that was found again, back in force. Always approved by somebody else."""
    from esign.seal.standing import SealAct as Act

    _change(seal, Act.RESUME, reason, None, operator, operator_passphrase, home, output)


def lost(
    seal: SealArgument,
    *,
    reason: Annotated[str, _reason("lost, stolen or key-compromise.")] = "lost",
    since: SinceOption = None,
    operator: OperatorKeyOption,
    operator_passphrase: OperatorPassphraseOption = None,
    home: HomeOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Report a seal lost (挂失): it stops at once, and is found and resumed, or revoked."""
    from esign.seal.standing import SealAct as Act

    when = chosen_time(since, "--since")
    _change(seal, Act.LOSE, reason, when, operator, operator_passphrase, home, output)


def revoke(
    seal: SealArgument,
    *,
    reason: Annotated[
        str,
        _reason(
            "holder-dissolved, holder-request, name-changed, superseded, lost, key-compromise, misused, error or other."
        ),
    ],
    since: SinceOption = None,
    operator: OperatorKeyOption,
    operator_passphrase: OperatorPassphraseOption = None,
    home: HomeOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Ask for a seal's revocation (注销): once approved it is over for good."""
    from esign.seal.standing import SealAct as Act

    when = chosen_time(since, "--since")
    _change(seal, Act.REVOKE, reason, when, operator, operator_passphrase, home, output)


def register(app: typer.Typer) -> None:
    """Add these commands to a group."""
    for command in (suspend, resume, lost, revoke):
        app.command(command.__name__)(command)


def tell_change(row: RegistrationRow, output: OutputFormat) -> None:
    """Print what became of a request about a made seal: what the seal is now, once it was carried out."""
    from esign.seal.standing import SealAct as Act
    from esign.seal.standing import standing_after
    from trustkit.app.seal_changes import ACTS
    from trustkit.store.registrations import State

    act, done = ACTS[row.kind], row.state is State.DONE
    seal = row.serial or ""
    after = standing_after(act).value
    told_to = {"request": row.id, "kind": row.kind.value, "state": row.state.value, "seal": seal}
    if not done:
        key = "asked" if row.state is State.SUBMITTED else "decided"
        report(output, told_to, told(key, request=row.id, state=row.state.value))
        return
    lines = [told("done", seal=seal, state=after)]
    if act in {Act.LOSE, Act.REVOKE}:
        lines += [told("next"), told("key")]
    report(output, {**told_to, "standing": after}, *lines)


def _change(  # noqa: PLR0917 - four commands, one body
    seal: str,
    act: SealAct,
    reason: str,
    since: datetime | None,
    key: Path,
    passphrase_file: Path | None,
    home: Path | None,
    output: OutputFormat,
) -> None:
    from trustkit.app.registration import RegistrationDesk
    from trustkit.app.seal_desk import SealDesk
    from trustkit.app.wiring import open_authority

    with open_authority(chosen_home(home)) as authority:
        by = acting(RegistrationDesk(home=authority), key, passphrase_file)
        row = SealDesk(home=authority).ask_change(by, seal, act, reason=reason, since=since)
    tell_change(row, output)
