"""``trustkit ca show``, ``suspend`` and ``resume``: one certificate and what becomes of it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from trustkit.app.cli.operator_options import YesOption
from trustkit.app.cli.options import HomeOption, PassphraseFdOption, PassphraseFileOption, chosen_home, read_passphrase
from trustkit.app.cli.output import FormatOption, OutputFormat, ask, emit, report, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustkit.app.authority import Authority
    from trustkit.store.certificates import CertificateRow

app = typer.Typer()
_SerialArgument = Annotated[
    str, typer.Argument(metavar="SERIAL", help="Serial number in hexadecimal, as `ca list` shows it.")
]


@app.command("show")
def show(serial: _SerialArgument, *, home: HomeOption = None, output: FormatOption = OutputFormat.TEXT) -> None:
    """Show one certificate of the register: what it says and what became of it."""
    from trustkit.app.wiring import open_authority

    with open_authority(chosen_home(home)) as authority:
        line = authority.register.show_certificate(serial)
    if output is OutputFormat.JSON:
        emit(line.to_json())
        return
    for name, value in line.rows():
        say(f"{name:<14} {value}")


@app.command("suspend")
def suspend(
    serial: _SerialArgument,
    *,
    yes: YesOption = False,
    home: HomeOption = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Suspend a certificate (certificateHold) and publish the list that says so; `resume` ends it, `revoke` makes it final."""
    from trustkit.app import revocations
    from trustkit.app.cli.asking import act_in_name
    from trustkit.app.official_acts import OfficialAct
    from trustkit.app.wiring import open_authority

    with open_authority(chosen_home(home)) as authority:
        confirm(authority, serial, "suspended", yes=yes)
        act_in_name(authority, OfficialAct.REVOCATION)
        keys = authority.unlock(read_passphrase(passphrase_file, passphrase_fd))
        revocations.suspend(authority, keys, serial, actor=authority.operator)
    report(output, {"serial": serial, "state": "suspended"}, f"Suspended certificate {serial}")


@app.command("resume")
def resume(
    serial: _SerialArgument,
    *,
    yes: YesOption = False,
    home: HomeOption = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """End a suspension and publish the list that says so. A revocation is final and is not ended."""
    from trustkit.app import revocations
    from trustkit.app.cli.asking import act_in_name
    from trustkit.app.official_acts import OfficialAct
    from trustkit.app.wiring import open_authority

    with open_authority(chosen_home(home)) as authority:
        confirm(authority, serial, "good again", yes=yes)
        act_in_name(authority, OfficialAct.REVOCATION)
        keys = authority.unlock(read_passphrase(passphrase_file, passphrase_fd))
        revocations.resume(authority, keys, serial, actor=authority.operator)
    report(output, {"serial": serial, "state": "issued"}, f"Resumed certificate {serial}")


def confirm(
    authority: Authority, serial: str, becomes: str, *, yes: bool, others: Sequence[CertificateRow] = ()
) -> None:
    """Show a person at a terminal which certificate it is, and go on when he agrees. What runs unattended is not held up.

    `others` are certificates of the same key that go with it.
    """
    if sys.stdin.isatty() and not yes:
        also = (("same key", f"{each.serial} ({each.issuer}, {each.profile})") for each in others)
        rows = (*authority.register.show_certificate(serial).rows(), *also)
        ask(f"This certificate is about to be {becomes}{', and all others of its key' if others else ''}:", rows)
