"""``trustkit licence authorise``, ``copy`` and their like: copies for a purpose (加注件), and the holder's word they rest on (用证授权)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trustkit.app.cli.licence_options import IdentifierArgument, IssuedFormat, RepeatKeyOption, SealOption, formats_of
from trustkit.app.cli.options import (
    HomeOption,
    PassphraseFdOption,
    PassphraseFileOption,
    chosen_home,
    chosen_time,
    read_passphrase,
)
from trustkit.app.cli.output import FormatOption, OutputFormat, listing, next_step, report, wrote

if TYPE_CHECKING:
    from esign.copies.issuance import IssuedCopy
    from esign.licence.formats import LicenceDocument
    from trustkit.store.copy_authorisations import AuthorisationRow

_MAX_CODE = 64
_MAX_EVIDENCE = 64 * 1024 * 1024
NumberArgument = Annotated[str, typer.Argument(metavar="NUMBER", help="The copy's number, as its page shows it.")]


def authorise(
    identifier: IdentifierArgument,
    *,
    purpose: Annotated[
        str, typer.Option("--purpose", help="What the licence may be used for, in a line of 2 to 60 characters.")
    ],
    recipient: Annotated[str, typer.Option("--recipient", metavar="USCC", help="The organisation that may use it.")],
    recipient_name: Annotated[str, typer.Option("--recipient-name", help="Its registered name.")],
    holder_file: Annotated[
        Path,
        typer.Option(
            "--holder-file", help="A file with the code of the holder who consents; none in a command's words."
        ),
    ],
    evidence: Annotated[
        Path,
        typer.Option(
            "--evidence", help="What he signed, such as a scan: its digest is kept, the file is yours to keep."
        ),
    ],
    until: Annotated[str, typer.Option("--until", metavar="RFC3339", help="When it ends, at most 366 days ahead.")],
    copies: Annotated[int, typer.Option("--copies", min=1, max=100, help="How many copies it allows.")] = 1,
    home: HomeOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Record that the holder lets his licence be used (用证授权): for what, by whom, until when. Without it no copy is made."""
    from esign.copies.authorisation import AuthorisationOrder
    from esign.copies.model import purpose_of, recipient_of
    from trustkit.app.cli.asking import act_in_name
    from trustkit.app.copy_desk import copy_authorisations
    from trustkit.app.copy_lines import AuthorisationLine
    from trustkit.app.files import read_input
    from trustkit.app.official_acts import OfficialAct
    from trustkit.app.wiring import open_authority
    from trustkit.errors import ErrorCode, TrustError

    ends = chosen_time(until, "--until")
    if ends is None:
        raise TrustError(ErrorCode.USAGE, "--until is when it ends")
    order = AuthorisationOrder(
        holder_code=_holder_code(holder_file),
        purpose=purpose_of(purpose),
        recipient=recipient_of(recipient, recipient_name),
        valid_until=ends,
        evidence=read_input(evidence, limit=_MAX_EVIDENCE),
        most_copies=copies,
    )
    with open_authority(chosen_home(home)) as authority:
        act_in_name(authority, OfficialAct.LICENCE)
        row = copy_authorisations(authority).record(identifier, order, actor=authority.operator)
        line = AuthorisationLine(authorisation=row, now=authority.clock.now())
    report(
        output,
        line.to_json(),
        f"Recorded authorisation {row.number}, until {line.to_json()['valid_until']}",
        next_step(f"trustkit licence copy {identifier} --authorisation {row.number}"),
    )


def withdraw(
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="As `licence authorisations` shows it.")],
    *,
    reason: Annotated[str, typer.Option("--reason", help="holder-request, error, misuse, other.")],
    home: HomeOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Withdraw an authorisation: no further copy is made under it. Copies there are stay until `copy-revoke`."""
    from esign.copies.authorisation import REASONS, require_reason
    from trustkit.app.cli.asking import act_in_name
    from trustkit.app.copy_desk import copy_authorisations
    from trustkit.app.copy_lines import AuthorisationLine
    from trustkit.app.official_acts import OfficialAct
    from trustkit.app.wiring import open_authority

    require_reason(reason, REASONS)
    with open_authority(chosen_home(home)) as authority:
        act_in_name(authority, OfficialAct.REVOCATION)
        row = copy_authorisations(authority).withdraw(number, reason=reason, actor=authority.operator)
        line = AuthorisationLine(authorisation=row, now=authority.clock.now())
    report(output, line.to_json(), f"Withdrawn {number} ({reason}); {row.copies} copies were made under it")


def authorisations(
    identifier: IdentifierArgument, *, home: HomeOption = None, output: FormatOption = OutputFormat.TEXT
) -> None:
    """List the authorisations of a licence, the newest first. Holders are not shown."""
    from trustkit.app.copy_lines import AUTHORISATION_COLUMNS, authorisations_of
    from trustkit.app.wiring import open_authority

    with open_authority(chosen_home(home)) as authority:
        found = authorisations_of(authority.database, identifier, authority.clock.now())
    listing(output, AUTHORISATION_COLUMNS, found)


def copy(
    identifier: IdentifierArgument,
    *,
    authorisation: Annotated[
        str,
        typer.Option(
            "--authorisation", metavar="NUMBER", help="The holder's authorisation; purpose and recipient are its."
        ),
    ],
    days: Annotated[
        int, typer.Option("--days", min=1, max=366, help="How long, at most as long as authorisation and licence.")
    ] = 30,
    begins: Annotated[
        str | None, typer.Option("--from", metavar="RFC3339", help="When it begins.  [default: now]")
    ] = None,
    formats: Annotated[IssuedFormat, typer.Option("--as", help="pdf, ofd or both.")] = IssuedFormat.PDF,
    esl: SealOption = None,
    out: Annotated[Path, typer.Option("--out", help="A folder for the files.")] = Path(),
    repeat_key: RepeatKeyOption = None,
    home: HomeOption = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Make a copy of a licence for a purpose (加注件): marked, sealed anew, for one recipient and a time, revocable alone."""
    from datetime import timedelta

    from esign.copies.issuance import CopyOrder
    from trustkit.app.cli.asking import act_in_name
    from trustkit.app.copy_desk import copy_service
    from trustkit.app.files import require_place
    from trustkit.app.keys import LICENCE_KEYS, KeyName
    from trustkit.app.official_acts import OfficialAct
    from trustkit.app.wiring import open_authority
    from trustkit.errors import ErrorCode, TrustError

    if esl is not None and formats is IssuedFormat.PDF:
        raise TrustError(ErrorCode.USAGE, "--esl is the seal of an OFD: --as ofd or both")
    order = CopyOrder(
        authorisation=authorisation,
        lifetime=timedelta(days=days),
        valid_from=chosen_time(begins, "--from"),
        formats=formats_of(formats),
        seal=esl,
        repeat_key=repeat_key,
    )
    require_place(out / "copy.pdf.partial")
    with open_authority(chosen_home(home)) as authority:
        authority.require_fit_to_sign(*LICENCE_KEYS, KeyName.STATUS)
        act_in_name(authority, OfficialAct.LICENCE)
        keys = authority.unlock(read_passphrase(passphrase_file, passphrase_fd))
        made = copy_service(authority, keys).issue(identifier, order, actor=authority.operator)
    _tell(made, out, output, "Made before:" if made.repeated else "Made copy")


def copies(
    identifier: IdentifierArgument, *, home: HomeOption = None, output: FormatOption = OutputFormat.TEXT
) -> None:
    """List the copies of a licence, the newest first: for what, for whom, until when, and what became of them."""
    from trustkit.app.copy_lines import COPY_COLUMNS, copies_of
    from trustkit.app.wiring import open_authority

    with open_authority(chosen_home(home)) as authority:
        found = copies_of(authority.database, identifier, authority.clock.now())
    listing(output, COPY_COLUMNS, found)


def show(number: NumberArgument, *, home: HomeOption = None, output: FormatOption = OutputFormat.TEXT) -> None:
    """Show which copy has a number, such as that on a page somebody found: of which licence, for whom, under which authorisation."""
    from trustkit.app.copy_lines import copy_of_number
    from trustkit.app.wiring import open_authority

    with open_authority(chosen_home(home)) as authority:
        line = copy_of_number(authority.database, number, authority.clock.now())
    told = line.to_json()
    shown = [*((key, value) for key, value in told.items() if isinstance(value, str)), *_recipient(line.authorisation)]
    report(output, told, *(f"{key:<14}  {value}" for key, value in shown))


def export(
    number: NumberArgument,
    *,
    out: Annotated[Path, typer.Option("--out", help="A folder for the files.")] = Path(),
    home: HomeOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Write the stored documents of a copy again."""
    from trustkit.app.copy_lines import documents_of_copy
    from trustkit.app.wiring import open_authority

    with open_authority(chosen_home(home)) as authority:
        made = documents_of_copy(authority.database, number)
    _tell(made, out, output, "Copy")


def revoke(
    number: NumberArgument,
    *,
    reason: Annotated[
        str, typer.Option("--reason", help="authorisation-withdrawn, holder-request, leaked, misuse, error, other.")
    ],
    home: HomeOption = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Revoke a copy alone; its licence and other copies stay. The new status list is published in the same act."""
    from esign.copies.authorisation import require_reason
    from esign.copies.changes import REASONS
    from trustkit.app.cli.asking import act_in_name
    from trustkit.app.copy_desk import copy_changes
    from trustkit.app.copy_lines import copy_of_number
    from trustkit.app.keys import KeyName
    from trustkit.app.official_acts import OfficialAct
    from trustkit.app.wiring import open_authority

    require_reason(reason, REASONS)
    with open_authority(chosen_home(home)) as authority:
        authority.require_fit_to_sign(KeyName.STATUS)
        act_in_name(authority, OfficialAct.REVOCATION)
        keys = authority.unlock(read_passphrase(passphrase_file, passphrase_fd))
        copy_changes(authority, keys).revoke(number, reason=reason, actor=authority.operator)
        line = copy_of_number(authority.database, number, authority.clock.now())
    report(output, line.to_json(), f"Revoked copy {number} ({reason})")


def register(app: typer.Typer) -> None:
    """Add these commands to a group."""
    app.command("authorise")(authorise)
    app.command("authorisations")(authorisations)
    app.command("authorise-withdraw")(withdraw)
    app.command("copy")(copy)
    app.command("copies")(copies)
    app.command("copy-show")(show)
    app.command("copy-export")(export)
    app.command("copy-revoke")(revoke)


def _holder_code(path: Path) -> str:
    from trustkit.app.files import read_input
    from trustkit.errors import ErrorCode, TrustError

    try:
        return read_input(path, limit=_MAX_CODE).decode("ascii").strip().upper()
    except UnicodeDecodeError as error:
        raise TrustError(ErrorCode.HOLDER_CODE, "a holder's code is digits and capital letters") from error


def _recipient(allowed: AuthorisationRow) -> tuple[tuple[str, str], ...]:
    return (("recipient", f"{allowed.recipient_name} ({allowed.recipient})"),)


def _tell(made: IssuedCopy, out: Path, output: OutputFormat, done: str) -> None:
    """Write the documents of a copy and tell where."""
    from trustkit.app.files import write_output
    from trustkit.errors import TrustError

    targets = [_target(out, made.row.number, each) for each in made.documents]
    try:
        for target, each in zip(targets, made.documents, strict=True):
            write_output(target, each.octets, mode=0o600)
    except TrustError as error:  # the copy exists all the same, and must not be made a second time
        detail = f"{error.detail}; copy {made.row.number} is made, `trustkit licence copy-export` writes it"
        raise TrustError(error.code, detail, **error.facts) from error
    told = made.to_json()
    report(
        output,
        {**told, "files": [str(each) for each in targets]},
        f"{done} {made.row.number}, until {told['valid_until']}",
        *(f"  {wrote(target)}" for target in targets),
        next_step(f"trustkit verify {' '.join(map(str, targets))} --recipient {made.authorisation.recipient}"),
    )


def _target(out: Path, number: str, document: LicenceDocument) -> Path:
    return out / f"copy-{number}.{document.format.value}"
