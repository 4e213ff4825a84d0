"""``trustkit ca operator``: who may submit, decide, audit or hold shares."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trustkit.app.cli.operator_options import acting, passphrase_of, read_public_key
from trustkit.app.cli.options import HomeOption, PassphraseFdOption, PassphraseFileOption, chosen_home, read_passphrase
from trustkit.app.cli.output import FormatOption, OutputFormat, listing, report

if TYPE_CHECKING:
    from trustkit.app.keys import Keys
    from trustkit.crypto.public_key import PublicKey

app = typer.Typer(help="Operators: requesters, registrars, auditors, custodians.", no_args_is_help=True)


class RoleName(StrEnum):
    """What ``--role`` takes."""

    REQUESTER = "requester"
    REGISTRAR = "registrar"
    AUDITOR = "auditor"
    CUSTODIAN = "custodian"


@app.command("add")
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Tells colleagues who it is; never in the trail.")],
    *,
    role: Annotated[RoleName, typer.Option("--role", help="One each: nobody both makes and checks.")],
    key: Annotated[
        Path | None, typer.Option("--key", help="Make a key pair and write its encrypted container here.")
    ] = None,
    key_passphrase_file: Annotated[
        Path | None, typer.Option("--key-passphrase-file", help="File with the new key's passphrase.")
    ] = None,
    public_key: Annotated[
        Path | None, typer.Option("--public-key", help="Take this SM2 public key: PEM PUBLIC KEY or certificate.")
    ] = None,
    machines: Annotated[
        bool,
        typer.Option(
            "--machines", help="Make a key that stays in this home: the service signs what API clients ask for."
        ),
    ] = False,
    by: Annotated[
        Path | None, typer.Option("--by", help="Key of a registrar who agrees; needed once there is a registrar.")
    ] = None,
    by_passphrase_file: Annotated[
        Path | None, typer.Option("--by-passphrase-file", help="File with the passphrase of the registrar's key.")
    ] = None,
    home: HomeOption = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Enrol an operator under a pseudonym. His key's container is his alone: hand it over and keep no copy."""
    from ca.operators import Enrolment
    from trustkit.app.registration import RegistrationDesk
    from trustkit.app.wiring import open_authority
    from trustkit.errors import ErrorCode, TrustError
    from trustkit.store.operators import Role

    if (key is not None) + (public_key is not None) + machines != 1:
        raise TrustError(ErrorCode.USAGE, "one of --key (makes a key pair), --public-key (takes one), --machines")
    if machines and role is not RoleName.REQUESTER:
        raise TrustError(ErrorCode.USAGE, "who speaks for machines asks, and decides nothing: --role requester")
    with open_authority(chosen_home(home)) as authority:
        desk = RegistrationDesk(home=authority)
        keys = authority.unlock(read_passphrase(passphrase_file, passphrase_fd))
        sponsor = acting(desk, by, by_passphrase_file) if by is not None else None
        desk.operators.require_enrollable(name, sponsor)  # a refusal leaves no key behind
        if key is not None:
            taken = _make_key(key, key_passphrase_file)
        elif public_key is not None:
            taken = read_public_key(public_key)
        else:
            taken = _make_machines_key(keys)
        enrolment = Enrolment(label=name, role=Role(role.value), key=taken)
        row = desk.operators.enrol(enrolment, actor=authority.operator, sponsor=sponsor)
    told = {"operator": row.id, "role": row.role.value, "public_key_sm3": row.public_key_sm3}
    report(output, told, f"Enrolled {row.id} ({row.role.value})")


@app.command("list")
def list_operators(*, home: HomeOption = None, output: FormatOption = OutputFormat.TEXT) -> None:
    """List the operators."""
    from trustkit.app.registration import RegistrationDesk
    from trustkit.app.request_lines import OPERATOR_COLUMNS, OperatorLine
    from trustkit.app.wiring import open_authority

    with open_authority(chosen_home(home)) as authority:
        lines = [OperatorLine(operator=row) for row in RegistrationDesk(home=authority).operators.listed()]
    listing(output, OPERATOR_COLUMNS, lines)


@app.command("revoke")
def revoke(
    operator: Annotated[str, typer.Argument(metavar="OPERATOR", help="The pseudonym, as `list` shows it.")],
    *,
    home: HomeOption = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Withdraw an operator's powers, at once and for good; what he approved and is not done counts no more."""
    from trustkit.app.registration import RegistrationDesk
    from trustkit.app.wiring import open_authority

    with open_authority(chosen_home(home)) as authority:
        authority.unlock(read_passphrase(passphrase_file, passphrase_fd))
        RegistrationDesk(home=authority).operators.revoke(operator, actor=authority.operator)
    report(output, {"operator": operator, "state": "revoked"}, f"Revoked {operator}")


def _make_machines_key(keys: Keys) -> PublicKey:
    from trustkit.app.keys import MACHINES
    from trustkit.crypto.public_key import KeyKind
    from trustkit.custody.private_key import generate_key

    made = generate_key(KeyKind.SM2)
    keys.add(MACHINES, made)
    return made.public_key


def _make_key(path: Path, passphrase_file: Path | None) -> PublicKey:
    from trustkit.crypto.public_key import KeyKind
    from trustkit.custody.key_files import write_new_private_file
    from trustkit.custody.private_key import generate_key
    from trustkit.custody.software import seal_container

    made = generate_key(KeyKind.SM2)
    secret = passphrase_of(f"the new key {path.name}", passphrase_file, confirm=True)
    write_new_private_file(path, seal_container(made, secret))
    return made.public_key
