"""``trustkit ca request``: submitted by one operator, decided on by others, carried out by the authority."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trustkit.app.cli.operator_options import (
    ContributionOption,
    OperatorKeyOption,
    OperatorPassphraseOption,
    RequestArgument,
    YesOption,
    acting,
    deciding,
    opened_keys,
    tell_request,
)
from trustkit.app.cli.options import (
    HomeOption,
    PassphraseFdOption,
    PassphraseFileOption,
    chosen_home,
    chosen_time,
    read_passphrase,
)
from trustkit.app.cli.output import FormatOption, OutputFormat, ask, emit, listing, report, say

if TYPE_CHECKING:
    from trustkit.store.registrations import Decision

app = typer.Typer(help="Requests: maker and checker.", no_args_is_help=True)


@app.command("submit")
def submit(
    request: Annotated[Path, typer.Argument(metavar="CSR", help="Certification request (PKCS#10), PEM or DER.")],
    *,
    profile: Annotated[str, typer.Option("--profile", help="A profile of policies/certificates.")],
    operator: OperatorKeyOption,
    operator_passphrase: OperatorPassphraseOption = None,
    dual: Annotated[
        bool, typer.Option("--dual", help="With an encryption certificate whose key the authority makes and escrows.")
    ] = False,
    yes: YesOption = False,
    home: HomeOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Ask for a certificate for the key of a request. The requester signs the request; others decide on it."""
    from ca.submissions import CertificateAsked
    from trustkit.app.files import read_input
    from trustkit.app.registration import RegistrationDesk
    from trustkit.app.wiring import open_authority
    from trustkit.x509.name import display_name
    from trustkit.x509.request import MAX_REQUEST_SIZE

    data = read_input(request, limit=2 * MAX_REQUEST_SIZE)
    with open_authority(chosen_home(home)) as authority:
        desk = RegistrationDesk(home=authority)
        twin = desk.policy.dual(profile) if dual else ""
        asked = CertificateAsked(request=data, profile=profile, encryption_profile=twin)
        asked = CertificateAsked(request=asked.proved().der, profile=profile, encryption_profile=twin)
        order = desk.signing_order(asked)
        if not yes:
            rows = [
                ("profile", profile),
                ("subject", display_name(order.subject_der)),
                ("names", order.shown_names or "none"),
                ("encryption", twin or "none"),
            ]
            ask("You are about to sign this request:", rows)
        row = desk.submit(acting(desk, operator, operator_passphrase), asked)
    tell_request(row, output)


@app.command("revoke")
def revoke(
    serial: Annotated[str, typer.Argument(metavar="SERIAL", help="Serial number in hexadecimal.")],
    *,
    reason: Annotated[str, typer.Option("--reason", help="RFC 5280 reason, e.g. keyCompromise, superseded.")],
    invalid_since: Annotated[
        str | None,
        typer.Option(
            "--invalid-since", metavar="RFC3339", help="When the key was lost or misused, as far as is known."
        ),
    ] = None,
    operator: OperatorKeyOption,
    operator_passphrase: OperatorPassphraseOption = None,
    home: HomeOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Ask for the revocation of a certificate."""
    from ca.submissions import RevocationAsked
    from trustkit.app.registration import RegistrationDesk
    from trustkit.app.wiring import open_authority

    since = chosen_time(invalid_since, "--invalid-since")
    with open_authority(chosen_home(home)) as authority:
        desk = RegistrationDesk(home=authority)
        asked = RevocationAsked(serial=desk.book.known_serial(serial), reason=reason, invalid_since=since)
        row = desk.submit(acting(desk, operator, operator_passphrase), asked)
    tell_request(row, output)


@app.command("list")
def list_requests(
    *,
    state: Annotated[str | None, typer.Option("--state", help="Only those in this state, e.g. submitted.")] = None,
    after: Annotated[str | None, typer.Option("--after", help="Go on after this request of the page before.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many.")] = 100,
    home: HomeOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """List requests, the newest first."""
    from trustkit.app.registration import RegistrationDesk
    from trustkit.app.request_lines import REQUEST_COLUMNS
    from trustkit.app.wiring import open_authority

    with open_authority(chosen_home(home)) as authority:
        desk = RegistrationDesk(home=authority)
        desk.requests.expire()
        lines = desk.book.listed(state=state, after=after, limit=limit)
    listing(output, REQUEST_COLUMNS, lines)


@app.command("show")
def show(number: RequestArgument, *, home: HomeOption = None, output: FormatOption = OutputFormat.TEXT) -> None:
    """Show a request as its requester signed it, and what was decided on it."""
    from trustkit.app.registration import RegistrationDesk
    from trustkit.app.wiring import open_authority

    with open_authority(chosen_home(home)) as authority:
        details = RegistrationDesk(home=authority).book.details(number)
    if output is OutputFormat.JSON:
        emit(details.to_json())
        return
    for name, value in details.rows():
        say(f"{name:<20} {value}")


@app.command("approve")
def approve(
    number: RequestArgument,
    *,
    operator: OperatorKeyOption,
    operator_passphrase: OperatorPassphraseOption = None,
    yes: YesOption = False,
    home: HomeOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Approve a request of somebody else; with the last approval needed it can be carried out."""
    from trustkit.store.registrations import Decision as Said

    _decide(number, Said.APPROVE, operator, operator_passphrase, yes=yes, home=home, output=output)


@app.command("reject")
def reject(
    number: RequestArgument,
    *,
    operator: OperatorKeyOption,
    reason: Annotated[str, typer.Option("--reason", help="Why, as a code such as wrong-organisation.")] = "",
    operator_passphrase: OperatorPassphraseOption = None,
    yes: YesOption = False,
    home: HomeOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Reject a request; it ends there. Whoever asked for it is told the reason."""
    from trustkit.store.registrations import Decision as Said

    _decide(number, Said.REJECT, operator, operator_passphrase, reason=reason, yes=yes, home=home, output=output)


@app.command("withdraw")
def withdraw(
    number: RequestArgument,
    *,
    operator: OperatorKeyOption,
    operator_passphrase: OperatorPassphraseOption = None,
    home: HomeOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Take back an open request of your own."""
    from trustkit.app.registration import RegistrationDesk
    from trustkit.app.wiring import open_authority

    with open_authority(chosen_home(home)) as authority:
        desk = RegistrationDesk(home=authority)
        row = desk.registration.withdraw(acting(desk, operator, operator_passphrase), number)
    tell_request(row, output)


@app.command("carry-out")
def carry_out(
    number: RequestArgument,
    *,
    out: Annotated[Path | None, typer.Option("--out", help="Where the response for the holder goes (PEM).")] = None,
    contribution: ContributionOption = None,
    yes: YesOption = False,
    home: HomeOption = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Do what an approved request asks for: issue, revoke, destroy. Run again after a crash, it does nothing twice."""
    from ca.response import PEM_LABEL
    from trustkit.app.cli.asking import act_in_name
    from trustkit.app.files import require_place, write_output
    from trustkit.app.official_registration import ACT_OF
    from trustkit.app.registration import RegistrationDesk
    from trustkit.app.wiring import open_authority
    from trustkit.encoding.pem import encode_pem

    if out is not None:
        require_place(out)
    with open_authority(chosen_home(home)) as authority:
        desk = RegistrationDesk(home=authority)
        if not yes:
            ask("The authority is about to carry this out:", desk.book.details(number).rows())
        act_in_name(authority, ACT_OF[desk.book.details(number).line.request.kind])
        with opened_keys(authority, read_passphrase(passphrase_file, passphrase_fd), contribution) as keys:
            response = desk.carry_out(number, keys)
        line = desk.book.details(number).line
    if out is not None and response:
        write_output(out, encode_pem(PEM_LABEL, response), mode=0o600)
    report(output, line.to_json(), f"Done: {number} ({line.request.kind.value})")


@app.command("response")
def response(
    number: RequestArgument,
    *,
    out: Annotated[Path, typer.Option("--out", help="Where the response for the holder goes (PEM).")],
    home: HomeOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Write the response of a request that was carried out, again and as it was."""
    from ca.response import PEM_LABEL
    from trustkit.app.files import write_output
    from trustkit.app.registration import RegistrationDesk
    from trustkit.app.wiring import open_authority
    from trustkit.encoding.pem import encode_pem

    with open_authority(chosen_home(home)) as authority:
        data = RegistrationDesk(home=authority).book.response(number)
    write_output(out, encode_pem(PEM_LABEL, data), mode=0o600)
    report(output, {"request": number, "file": str(out)}, str(out))


def _decide(
    number: str,
    decision: Decision,
    key: Path,
    passphrase_file: Path | None,
    *,
    reason: str = "",
    yes: bool,
    home: Path | None,
    output: OutputFormat,
) -> None:
    from trustkit.app.registration import RegistrationDesk
    from trustkit.app.seal_changes import carry_out_if_agreed
    from trustkit.app.wiring import open_authority

    with open_authority(chosen_home(home)) as authority:
        by, seen = deciding(authority, number, decision, key, passphrase_file, yes=yes)
        desk = RegistrationDesk(home=authority)
        registration = desk.registration  # which closes what has expired, in a unit of its own
        with authority.database.unit_of_work() as uow:
            row = registration.decide_within(uow, by, number, decision, seen=seen, reason=reason)
            row = carry_out_if_agreed(uow, authority, row, desk.policy, actor=by.principal)
    tell_request(row, output)
