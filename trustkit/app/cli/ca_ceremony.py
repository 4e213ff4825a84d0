"""``trustkit ca ceremony``: keys shared among custodians, and the sittings in which they open them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trustkit.app.cli.operator_options import (
    ContributionOption,
    OperatorKeyOption,
    OperatorPassphraseOption,
    YesOption,
    read_contributions,
    read_key,
)
from trustkit.app.cli.options import HomeOption, PassphraseFdOption, PassphraseFileOption, chosen_home, read_passphrase
from trustkit.app.cli.output import FormatOption, OutputFormat, Whose, ask, listing, next_step, report

if TYPE_CHECKING:
    from trustkit.app.ceremony import Shares
    from trustkit.custody.key_set import KeySet

app = typer.Typer(help="Keys that M of N custodians open together.", no_args_is_help=True)

CustodianOption = Annotated[
    list[str], typer.Option("--custodian", help="Pseudonym of an operator with role custodian; once for each share.")
]
ThresholdOption = Annotated[int, typer.Option("--threshold", min=2, max=16, help="How many of them are needed.")]
FolderOption = Annotated[
    Path,
    typer.Option("--out", metavar="FOLDER", help="Where the share files go, one for each custodian, sealed to him."),
]


@app.command("split")
def split(
    key: Annotated[
        str, typer.Argument(metavar="KEY", help="root-ca, issuing-ca, or the name of another authority of the home.")
    ],
    *,
    custodian: CustodianOption,
    threshold: ThresholdOption,
    out: FolderOption,
    yes: YesOption = False,
    home: HomeOption = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Share a CA key among custodians; the home's passphrase alone opens it no more. Destroy old backups of it."""
    from trustkit.app.ceremony import Ceremony
    from trustkit.app.keys import authority_of_key
    from trustkit.app.wiring import open_authority

    shares = _shares(custodian, threshold, out)
    with open_authority(chosen_home(home)) as authority:
        name = authority_of_key(key)
        authority.authorities.certificate(name)  # there is one, before anybody is asked
        if not yes:
            _ask(key, shares)
        keys = authority.unlock(read_passphrase(passphrase_file, passphrase_fd))
        made = Ceremony(home=authority).share(name, keys, shares)
    _tell(made, output)


@app.command("recovery-key")
def recovery_key(
    *,
    custodian: CustodianOption,
    threshold: ThresholdOption,
    out: FolderOption,
    yes: YesOption = False,
    home: HomeOption = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Make the key that escrowed keys are sealed to; its private half exists as shares alone, from the beginning."""
    from trustkit.app.ceremony import RECOVERY, Ceremony
    from trustkit.app.wiring import open_authority

    shares = _shares(custodian, threshold, out)
    with open_authority(chosen_home(home)) as authority:
        if not yes:
            _ask(RECOVERY, shares)
        authority.unlock(read_passphrase(passphrase_file, passphrase_fd))
        made = Ceremony(home=authority).make_recovery_key(shares)
    _tell(made, output)


@app.command("reshare")
def reshare(
    *,
    contribution: ContributionOption = None,
    custodian: CustodianOption,
    threshold: ThresholdOption,
    out: FolderOption,
    yes: YesOption = False,
    home: HomeOption = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Share a key anew, by a sitting with the purpose reshare; the old shares fit no sitting any more."""
    from trustkit.app.ceremony import Ceremony
    from trustkit.app.sittings import RESHARE, Sittings
    from trustkit.app.wiring import open_authority

    shares = _shares(custodian, threshold, out)
    with open_authority(chosen_home(home)) as authority:
        if not yes:
            _ask("the key of the sitting", shares)
        secret = read_passphrase(passphrase_file, passphrase_fd)
        with Sittings(authority).opened(read_contributions(contribution), secret, purpose=RESHARE) as (key_set, key):
            made = Ceremony(home=authority).share_anew(key_set, key, shares)
    _tell(made, output)


@app.command("list")
def list_shared(*, home: HomeOption = None, output: FormatOption = OutputFormat.TEXT) -> None:
    """List the shared keys, and who holds their shares."""
    from trustkit.app.ceremony import Ceremony
    from trustkit.app.request_lines import SHARED_COLUMNS, SharedLine
    from trustkit.app.wiring import open_authority

    with open_authority(chosen_home(home)) as authority:
        lines = [SharedLine(key_set=each) for each in Ceremony(home=authority).shared()]
    listing(output, SHARED_COLUMNS, lines)


@app.command("begin")
def begin(
    key: Annotated[str, typer.Argument(metavar="KEY", help="A shared key, as `list` shows it.")],
    *,
    purpose: Annotated[
        str, typer.Option("--purpose", help="What for, as a code: recover-key and reshare for these acts.")
    ],
    out: Annotated[Path, typer.Option("--out", help="Where the sitting's file for the custodians goes.")],
    home: HomeOption = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Begin a sitting: custodians contribute to it for a day, and it serves one act."""
    from trustkit.app.files import require_place, write_output
    from trustkit.app.sittings import Sittings, encode_sitting
    from trustkit.app.wiring import open_authority
    from trustkit.clock import format_rfc3339

    require_place(out)
    with open_authority(chosen_home(home)) as authority:
        secret = read_passphrase(passphrase_file, passphrase_fd)
        authority.unlock(secret)
        sitting = Sittings(authority).begin(key, purpose, secret)
    write_output(out, encode_sitting(sitting))
    expires = format_rfc3339(sitting.expires_at)
    told = {"sitting": sitting.id, "key": key, "fingerprint": sitting.fingerprint, "expires_at": expires}
    report(
        output,
        told,
        f"Sitting {sitting.id} for {key}, until {expires}",
        f"  fingerprint {sitting.fingerprint}",
        next_step(f"trustkit ca ceremony contribute {out} --share FILE --as KEY --out FILE", Whose.CUSTODIANS),
    )


@app.command("contribute")
def contribute(
    sitting_file: Annotated[Path, typer.Argument(metavar="SITTING", help="The sitting's file.")],
    *,
    share: Annotated[Path, typer.Option("--share", help="Your share file.")],
    operator: OperatorKeyOption,
    operator_passphrase: OperatorPassphraseOption = None,
    fingerprint: Annotated[
        str | None, typer.Option("--fingerprint", help="What whoever began the sitting told you, by another way.")
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="Where your contribution goes.")],
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Seal your share to a sitting. Needs no home: it runs on a custodian's own machine. Your share is shown to nobody."""
    from trustkit.app.files import read_input, require_place, write_output
    from trustkit.app.sittings import MAX_SITTING, contribute_to, parse_sitting
    from trustkit.clock import SystemClock, format_rfc3339
    from trustkit.custody.share_files import MAX_SHARE_FILE
    from trustkit.errors import ErrorCode, TrustError

    require_place(out)
    sitting = parse_sitting(read_input(sitting_file, limit=MAX_SITTING))
    if fingerprint is None:
        rows = (
            ("key", sitting.key),
            ("purpose", sitting.purpose),
            ("until", format_rfc3339(sitting.expires_at)),
            ("fingerprint", sitting.fingerprint),
        )
        told = "give what you were told by another way with --fingerprint"
        ask("Compare the fingerprint by telephone with whoever began the sitting:", rows, unattended=told)
    elif fingerprint.strip().lower() != sitting.fingerprint:
        raise TrustError(ErrorCode.SHARE_FOREIGN, "the sitting's file is not the one that was begun")
    key = read_key(operator, operator_passphrase, f"your key {operator.name}")
    data = contribute_to(sitting, read_input(share, limit=MAX_SHARE_FILE), key.decryptor(), SystemClock().now())
    write_output(out, data, mode=0o600)
    report(output, {"sitting": sitting.id, "key": sitting.key, "file": str(out)}, str(out))


@app.command("rehearse")
def rehearse(
    *,
    contribution: ContributionOption = None,
    home: HomeOption = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Try whether the contributions open the key, and do nothing with it; the sitting is over then."""
    from trustkit.app.sittings import Sittings
    from trustkit.app.wiring import open_authority

    with open_authority(chosen_home(home)) as authority:
        secret = read_passphrase(passphrase_file, passphrase_fd)
        with Sittings(authority).opened(read_contributions(contribution), secret) as (key_set, _):
            told = {"key": key_set.name, "set": key_set.set_id, "opened": True}
    report(output, told, f"The contributions open {told['key']}")


@app.command("end")
def end(
    sitting: Annotated[str, typer.Argument(metavar="SITTING", help="The sitting's number.")],
    *,
    home: HomeOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """End a sitting without an act; its contributions open nothing any more."""
    from trustkit.app.sittings import Sittings
    from trustkit.app.wiring import open_authority

    with open_authority(chosen_home(home)) as authority:
        Sittings(authority).end(sitting)
    report(output, {"sitting": sitting, "state": "over"}, f"{sitting} is over")


def _shares(custodians: list[str], threshold: int, folder: Path) -> Shares:
    from trustkit.app.ceremony import Shares as Made

    return Made(custodians=tuple(custodians), threshold=threshold, folder=folder)


def _ask(key: str, shares: Shares) -> None:
    needed = f"{shares.threshold} of {len(shares.custodians)}"
    ask(
        "This key is about to be shared:",
        [("key", key), ("needed", needed), *(("custodian", c) for c in shares.custodians)],
    )


def _tell(made: KeySet, output: OutputFormat) -> None:
    from trustkit.app.request_lines import SharedLine

    lines = [f"  share {member.index}  {member.custodian}" for member in made.members]
    head = f"Shared {made.name}: {made.threshold} of {len(made.members)} open it (set {made.set_id})"
    report(output, SharedLine(key_set=made).to_json(), head, *lines)
