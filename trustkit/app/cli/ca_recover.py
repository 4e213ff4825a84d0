"""``trustkit ca recover``: escrowed keys, recovered or destroyed by request, approval and custodians."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trustkit.app.cli.operator_options import (
    ContributionOption,
    OperatorKeyOption,
    OperatorPassphraseOption,
    RequestArgument,
    YesOption,
    acting,
    read_contributions,
    read_public_key,
    tell_request,
)
from trustkit.app.cli.options import HomeOption, PassphraseFdOption, PassphraseFileOption, chosen_home, read_passphrase
from trustkit.app.cli.output import FormatOption, OutputFormat, ask, listing, report

app = typer.Typer(help="Keys in escrow: recovery and destruction.", no_args_is_help=True)

SerialArgument = Annotated[
    str, typer.Argument(metavar="SERIAL", help="Serial of the encryption certificate, in hexadecimal.")
]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why, as a code such as key-lost or court-order.")]
BasisOption = Annotated[str, typer.Option("--basis", help="The legal basis: a law and article, a file number.")]


@app.command("request")
def request(
    serial: SerialArgument,
    *,
    reason: ReasonOption,
    basis: BasisOption,
    recipient: Annotated[
        Path,
        typer.Option("--recipient", help="Whose SM2 key the recovered key is enveloped to: certificate or PUBLIC KEY."),
    ],
    operator: OperatorKeyOption,
    operator_passphrase: OperatorPassphraseOption = None,
    home: HomeOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Ask for the recovery of an escrowed key; others approve it with `ca request approve`, custodians open it."""
    from ca.submissions import RecoveryAsked
    from trustkit.app.registration import RegistrationDesk
    from trustkit.app.wiring import open_authority

    to = read_public_key(recipient)
    with open_authority(chosen_home(home)) as authority:
        desk = RegistrationDesk(home=authority)
        asked = RecoveryAsked(serial=desk.book.known_serial(serial), reason=reason, basis=basis, recipient=to)
        row = desk.submit(acting(desk, operator, operator_passphrase), asked)
    tell_request(row, output)


@app.command("destroy")
def destroy(
    serial: SerialArgument,
    *,
    reason: ReasonOption,
    basis: BasisOption,
    operator: OperatorKeyOption,
    operator_passphrase: OperatorPassphraseOption = None,
    home: HomeOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Ask for the destruction of an escrowed key after its retention; `ca request carry-out` does it once approved."""
    from ca.submissions import DestructionAsked
    from trustkit.app.registration import RegistrationDesk
    from trustkit.app.wiring import open_authority

    with open_authority(chosen_home(home)) as authority:
        desk = RegistrationDesk(home=authority)
        asked = DestructionAsked(serial=desk.book.known_serial(serial), reason=reason, basis=basis)
        row = desk.submit(acting(desk, operator, operator_passphrase), asked)
    tell_request(row, output)


@app.command("open")
def open_key(
    number: RequestArgument,
    *,
    contribution: ContributionOption = None,
    out: Annotated[Path, typer.Option("--out", help="Where the enveloped key goes (SM2EnvelopedKey, DER).")],
    yes: YesOption = False,
    home: HomeOption = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Open an approved recovery with the custodians' contributions; the key leaves in an envelope to its recipient."""
    from trustkit.app.ceremony import RECOVERY
    from trustkit.app.cli.asking import act_in_name
    from trustkit.app.files import require_place, write_output
    from trustkit.app.official_acts import OfficialAct
    from trustkit.app.registration import RegistrationDesk
    from trustkit.app.sittings import RECOVER, Sittings
    from trustkit.app.wiring import open_authority
    from trustkit.errors import ErrorCode, TrustError

    require_place(out)
    files = read_contributions(contribution)
    with open_authority(chosen_home(home)) as authority:
        desk = RegistrationDesk(home=authority)
        details = desk.book.details(number)
        if not yes:
            ask("This key is about to be recovered:", details.rows())
        act_in_name(authority, OfficialAct.RECOVERY)
        secret = read_passphrase(passphrase_file, passphrase_fd)
        with Sittings(authority).opened(files, secret, purpose=RECOVER) as (key_set, key):
            if key_set.name != RECOVERY:
                raise TrustError(ErrorCode.SHARE_FOREIGN, "the sitting is for another key", key=key_set.name)
            enveloped = desk.recovery.recover(number, key.decryptor(), authority.operator)
    write_output(out, enveloped, mode=0o600)
    report(output, {"request": number, "file": str(out)}, str(out))


@app.command("result")
def result(
    number: RequestArgument,
    *,
    out: Annotated[Path, typer.Option("--out", help="Where the enveloped key goes.")],
    home: HomeOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Write the enveloped key of a recovery that was opened, again and as it was."""
    from trustkit.app.files import write_output
    from trustkit.app.registration import RegistrationDesk
    from trustkit.app.wiring import open_authority

    with open_authority(chosen_home(home)) as authority:
        data = RegistrationDesk(home=authority).book.response(number)
    write_output(out, data, mode=0o600)
    report(output, {"request": number, "file": str(out)}, str(out))


@app.command("list")
def list_escrowed(
    *,
    operator: OperatorKeyOption,
    operator_passphrase: OperatorPassphraseOption = None,
    home: HomeOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """List keys in escrow, the newest first. For auditors and registrars, so many times an hour, and recorded."""
    from trustkit.app.registration import RegistrationDesk
    from trustkit.app.request_lines import ESCROW_COLUMNS, EscrowLine
    from trustkit.app.wiring import open_authority

    with open_authority(chosen_home(home)) as authority:
        desk = RegistrationDesk(home=authority)
        lines = [EscrowLine(kept=kept) for kept in desk.recovery.listed(acting(desk, operator, operator_passphrase))]
    listing(output, ESCROW_COLUMNS, lines)
