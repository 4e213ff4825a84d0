"""Options of commands that operators and custodians give with keys of their own, and how they become values."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trustkit.app.cli.options import read_passphrase
from trustkit.app.cli.output import OutputFormat, ask, report

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ca.operators import ActingOperator
    from trustkit.app.authority import Authority
    from trustkit.app.keys import Keys
    from trustkit.app.registration import RegistrationDesk
    from trustkit.crypto.public_key import PublicKey
    from trustkit.custody.passphrase import Passphrase
    from trustkit.custody.private_key import PrivateKey
    from trustkit.store.registrations import Decision, RegistrationRow

OperatorKeyOption = Annotated[
    Path, typer.Option("--as", metavar="KEY", help="Your operator key: an encrypted container, readable by you only.")
]
OperatorPassphraseOption = Annotated[
    Path | None, typer.Option("--as-passphrase-file", help="File with the passphrase of your operator key.")
]
ContributionOption = Annotated[
    list[Path] | None,
    typer.Option("--contribution", help="A custodian's contribution to the open sitting; once for each custodian."),
]
YesOption = Annotated[bool, typer.Option("--yes", help="Do not ask before signing.")]
RequestArgument = Annotated[str, typer.Argument(metavar="REQUEST", help="The request's number, as `list` shows it.")]


def read_key(path: Path, passphrase_file: Path | None, whose: str) -> PrivateKey:
    """Return the key in a person's own container. Raise KEY_*, PASSPHRASE_*."""
    from trustkit.custody.key_files import read_private_file
    from trustkit.custody.pkcs8 import MAX_CONTAINER
    from trustkit.custody.software import open_container

    data = read_private_file(path, limit=2 * MAX_CONTAINER)
    return open_container(data, passphrase_of(whose, passphrase_file))


def passphrase_of(whose: str, file: Path | None, *, confirm: bool = False) -> Passphrase:
    """Return a passphrase from a file or a prompt that says whose it is, since one command may need two."""
    if file is None and sys.stdin.isatty():
        typer.echo(f"For {whose}:", err=True)
    return read_passphrase(file, None, confirm=confirm)


def acting(desk: RegistrationDesk, path: Path, passphrase_file: Path | None) -> ActingOperator:
    """Return the operator whose key this is. Raise KEY_*, PASSPHRASE_*, OPERATOR_MISSING, OPERATOR_REVOKED."""
    return desk.operators.acting(read_key(path, passphrase_file, f"the operator key {path.name}").signer())


def deciding(
    authority: Authority, number: str, decision: Decision, key: Path, passphrase_file: Path | None, *, yes: bool
) -> tuple[ActingOperator, str | None]:
    """Return who is about to sign a decision, and the digest of what he was shown; None where he asked for nothing to be shown.

    Raises:
        TrustError: as `RequestBook.details`, `acting` and `act_in_name`; USAGE without a terminal to ask on.
    """
    from trustkit.app.cli.asking import act_in_name
    from trustkit.app.official_registration import act_of_approval
    from trustkit.app.registration import RegistrationDesk as Requests
    from trustkit.store.registrations import Decision as Said

    desk, seen = Requests(home=authority), None
    if not yes:
        details = desk.book.details(number)
        seen = details.digest
        ask(f"You are about to sign that you {decision.value} this:", details.rows())
    by = acting(desk, key, passphrase_file)
    if decision is Said.APPROVE:  # who refuses was asked before
        act_in_name(authority, act_of_approval(authority, number))
    return by, seen


@contextmanager
def opened_keys(authority: Authority, passphrase: Passphrase, contributions: list[Path] | None) -> Iterator[Keys]:
    """Give the home's keys, and with contributions the shared key they open; the sitting ends with the block's success."""
    from trustkit.app.sittings import Sittings

    keys = authority.unlock(passphrase)
    if not contributions:
        yield keys
        return
    with Sittings(authority).opened(read_contributions(contributions), passphrase) as (key_set, key):
        keys.admit(key_set.name, key)
        yield keys


def read_contributions(paths: list[Path] | None) -> list[bytes]:
    """Return the octets of custodians' contributions. Raise SHARES_MISSING for none, INPUT_*."""
    from trustkit.app.files import read_input
    from trustkit.custody.share_files import MAX_SHARE_FILE
    from trustkit.errors import ErrorCode, TrustError

    if not paths:
        raise TrustError(ErrorCode.SHARES_MISSING, "no contribution was given")
    return [read_input(path, limit=MAX_SHARE_FILE) for path in paths]


def tell_request(row: RegistrationRow, output: OutputFormat) -> None:
    """Print what became of a request."""
    told = {"request": row.id, "kind": row.kind.value, "state": row.state.value, "needed": row.needed}
    report(output, told, f"{row.id} is {row.state.value}")


def read_public_key(path: Path) -> PublicKey:
    """Return the public key in a file: PEM PUBLIC KEY, or a certificate's. Raise KEY_MALFORMED, CERTIFICATE_MALFORMED."""
    from trustkit.app.files import read_input
    from trustkit.crypto.public_key import parse_public_key
    from trustkit.encoding.pem import parse_pem
    from trustkit.errors import ErrorCode, TrustError
    from trustkit.x509.certificate import parse_certificate

    blocks = parse_pem(read_input(path, limit=64 * 1024))
    match [(block.label, block.der) for block in blocks]:
        case [("PUBLIC KEY", der)]:
            return parse_public_key(der)
        case [("CERTIFICATE", der)]:
            return parse_certificate(der).public_key
        case _:
            raise TrustError(ErrorCode.KEY_MALFORMED, "the file must hold one PUBLIC KEY or CERTIFICATE in PEM")
