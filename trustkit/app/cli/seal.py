"""``trustkit seal``: electronic seals (电子印章): applied for, approved by others, made, shown, stopped and revoked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trustkit.app.cli import seal_change
from trustkit.app.cli.operator_options import (
    ContributionOption,
    OperatorKeyOption,
    OperatorPassphraseOption,
    RequestArgument,
    YesOption,
    acting,
    deciding,
    opened_keys,
)
from trustkit.app.cli.options import HomeOption, PassphraseFdOption, PassphraseFileOption, chosen_home, read_passphrase
from trustkit.app.cli.output import FormatOption, OutputFormat, ask, emit, listing, next_step, report, say, wrote
from trustkit.app.cli.seal_picture_options import (
    CodeOption,
    InscriptionOption,
    LineOption,
    PictureFileOption,
    ShapeOption,
    SizeOption,
    StyleOption,
    picture_words,
)
from trustkit.app.cli.seal_words import line, named, reason_word, told, word
from trustkit.app.seal_shape import DrawnShape
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from esign.seal.model import SealVersion, UnverifiedSeal
    from trustkit.app.authority import Authority
    from trustkit.store.registrations import Decision, RegistrationRow
    from trustkit.x509.certificate import Certificate

app = typer.Typer(help="Electronic seals (电子印章): the registry, and seals in files.", no_args_is_help=True)

EditionOption = Annotated[
    int,
    typer.Option(
        "--edition",
        help="4 GB/T 38540-2020, 5 GM/T 0031-2025, 1 GM/T 0031-2014 (no place for a time stamp).",
    ),
]


@app.command("apply")
def apply(
    *,
    kind: Annotated[str, typer.Option("--kind", help="A kind of policies/seals.toml, e.g. statutory-name, contract.")],
    name: Annotated[str, typer.Option("--name", help="The seal's name, e.g. 示例公司合同专用章.")],
    holder: Annotated[
        str | None, typer.Option("--holder", metavar="USCC", help="Whose seal it is.  [default: the authority]")
    ] = None,
    user: Annotated[
        list[Path] | None, typer.Option("--user", metavar="CERT", help="Who may use it, once for each certificate.")
    ] = None,
    own: Annotated[bool, typer.Option("--own", help="The authority's own seal certificate may use it.")] = False,
    days: Annotated[int | None, typer.Option(min=1, help="For how long.  [default: as long as its kind may]")] = None,
    edition: EditionOption = 4,
    by_digest: Annotated[bool, typer.Option("--by-digest", help="List certificates by their SM3.")] = False,
    shape: ShapeOption = DrawnShape.ROUND,
    inscription: InscriptionOption = None,
    line: LineOption = "",
    code: CodeOption = "",
    style: StyleOption = None,
    size: SizeOption = None,
    picture: PictureFileOption = None,
    operator: OperatorKeyOption,
    operator_passphrase: OperatorPassphraseOption = None,
    yes: YesOption = False,
    home: HomeOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Apply for an electronic seal. The applicant signs what is asked for, picture and all; others decide on it."""
    from esign.seal.application import PictureNamed, SealApplication
    from trustkit.app.registration import RegistrationDesk
    from trustkit.app.seal_desk import SealDesk
    from trustkit.app.wiring import open_authority

    version = _edition(edition)
    wish = picture_words(name, inscription, shape=shape, line=line, code=code, style=style, size=size, picture=picture)
    with open_authority(chosen_home(home)) as authority:
        desk = SealDesk(home=authority)
        drawn = desk.picture(wish)
        application = SealApplication(
            kind=kind,
            name=name,
            holder=holder or authority.settings.authority.uscc,
            users=tuple(each.der for each in _users(authority, user, own=own)),
            days=days or desk.kinds.get(kind).days,
            version=version,
            by_digest=by_digest,
            picture=PictureNamed.of(drawn),
        )
        if not yes:
            ask("You are about to sign this application:", desk.shown(application))
        by = acting(RegistrationDesk(home=authority), operator, operator_passphrase)
        row = desk.apply(by, application, drawn.data)
    _tell_request(row, output)


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
    """Approve somebody else's application, or what he asks to be done about a made seal; the latter is done at once."""
    from trustkit.store.registrations import Decision as Said

    _decide(number, Said.APPROVE, operator, operator_passphrase, yes=yes, home=home, output=output)


@app.command("refuse")
def refuse(
    number: RequestArgument,
    *,
    operator: OperatorKeyOption,
    reason: Annotated[str, typer.Option("--reason", help="Why, as a code such as wrong-name.")] = "",
    operator_passphrase: OperatorPassphraseOption = None,
    yes: YesOption = False,
    home: HomeOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Refuse an application, or what is asked to be done about a seal; it ends there."""
    from trustkit.store.registrations import Decision as Said

    _decide(number, Said.REJECT, operator, operator_passphrase, reason=reason, yes=yes, home=home, output=output)


@app.command("make")
def make(
    number: RequestArgument,
    *,
    out: Annotated[Path | None, typer.Option("--out", help="Where the seal goes; default ./NUMBER.esl.")] = None,
    contribution: ContributionOption = None,
    yes: YesOption = False,
    home: HomeOption = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Make the seal of an approved application with the seal maker's key. Run again, it writes the same seal again."""
    from trustkit.app.cli.asking import act_in_name
    from trustkit.app.files import require_place, write_output
    from trustkit.app.official_acts import OfficialAct
    from trustkit.app.registration import RegistrationDesk
    from trustkit.app.rows import time_text
    from trustkit.app.seal_desk import SealDesk
    from trustkit.app.wiring import open_authority

    require_place(out or Path("seal.esl.partial"))
    with open_authority(chosen_home(home)) as authority:
        desk = SealDesk(home=authority)
        before = desk.asked(number).request.serial
        if not yes:
            ask("The seal maker is about to make this:", RegistrationDesk(home=authority).book.details(number).rows())
        act_in_name(authority, OfficialAct.SEAL)
        with opened_keys(authority, read_passphrase(passphrase_file, passphrase_fd), contribution) as keys:
            made, document = desk.make(number, keys)
    target = out or Path(f"{made.number}.esl")
    try:
        write_output(target, document)
    except TrustError as error:  # the seal exists all the same, and must not be applied for a second time
        told_how = f"{error.detail}; {made.number} is made, `trustkit seal show {made.number} --out FILE` writes it"
        raise TrustError(error.code, told_how, **error.facts) from error
    first = before != made.number
    sentence = told("made", seal=made.number, name=made.name, until=time_text(made.valid_until))
    report(
        output,
        {"seal": made.number, "request": number, "document_sm3": made.document_sm3, "file": str(target)},
        sentence if first else told("again", seal=made.number),
        wrote(target),
        next_step(f"trustkit verify {target}"),
    )


@app.command("list")
def list_seals(
    *,
    state: Annotated[str | None, typer.Option("--state", help="Only those in this state, e.g. in-force.")] = None,
    after: Annotated[str | None, typer.Option("--after", help="Go on after this seal of the page before.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many.")] = 100,
    home: HomeOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """List the seals made here, the newest first. That they were read is recorded."""
    from trustkit.app.seal_desk import SealDesk
    from trustkit.app.seal_lines import SEAL_COLUMNS
    from trustkit.app.wiring import open_authority
    from trustkit.store.seals import SealState

    if state is not None and state not in {each.value for each in SealState}:
        raise TrustError(ErrorCode.USAGE, f"a state is one of {', '.join(SealState)}")
    with open_authority(chosen_home(home)) as authority:
        wanted = SealState(state) if state is not None else None
        lines = SealDesk(home=authority).listed(state=wanted, after=after, limit=limit)
    states = SEAL_COLUMNS.index("state")
    listing(
        output,
        [word(each) for each in SEAL_COLUMNS],
        lines,
        said=lambda row: tuple(word(cell) if place == states else cell for place, cell in enumerate(row)),
    )


@app.command("show")
def show(
    what: Annotated[
        str, typer.Argument(metavar="SEAL|REQUEST|FILE", help="A seal's number, an application's, or any seal file.")
    ],
    *,
    picture: Annotated[
        Path | None, typer.Option("--picture", metavar="PNG", help="Write the seal's picture here.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Write the seal itself here, again and as it was.")] = None,
    home: HomeOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Show a seal of the registry with what became of it, an application, or whatever a seal file says of itself.

    Nothing of a file is verified: `trustkit verify` does that.
    """
    from esign.seal.standing import NUMBER
    from trustkit.app.files import require_place

    for place in (picture, out):
        if place is not None:
            require_place(place)
    if NUMBER.fullmatch(what):
        _show_made(what, picture, out, home, output)
    elif what.startswith("rq-") and not Path(what).exists():
        _show_asked(what, picture, out, home, output)
    else:
        _show_file(Path(what), picture, out, home, output)


def _show_made(number: str, picture: Path | None, out: Path | None, home: Path | None, output: OutputFormat) -> None:
    from trustkit.app.files import write_output
    from trustkit.app.seal_desk import SealDesk
    from trustkit.app.seal_file import picture_png, read_seal_file
    from trustkit.app.wiring import open_authority

    with open_authority(chosen_home(home)) as authority:
        desk = SealDesk(home=authority)
        details, document = desk.show(number), desk.document(number)
    if picture is not None:
        write_output(picture, picture_png(read_seal_file(document).picture))
    if out is not None:
        write_output(out, document)
    _tell(details.to_json(), details.rows(told, reason_word), (picture, out), output)


def _show_asked(number: str, picture: Path | None, out: Path | None, home: Path | None, output: OutputFormat) -> None:
    from trustkit.app.files import write_output
    from trustkit.app.registration import RegistrationDesk
    from trustkit.app.seal_desk import SealDesk, require_about_seal
    from trustkit.app.seal_file import picture_png
    from trustkit.app.wiring import open_authority

    if out is not None:
        raise TrustError(ErrorCode.USAGE, "an application is no seal yet; --picture writes what it will show")
    with open_authority(chosen_home(home)) as authority:
        desk = SealDesk(home=authority)
        require_about_seal(authority, number)
        asked = desk.asked(number) if picture is not None else None
        details = RegistrationDesk(home=authority).book.details(number)
    if picture is not None and asked is not None:
        if asked.picture is None:
            raise TrustError(ErrorCode.SEAL_PICTURE, "the request has ended, and its picture is gone")
        write_output(picture, picture_png(asked.application.picture.with_octets(asked.picture)))
    asking = details.line
    state = told(
        "decisions",
        state=asking.request.state.value,
        approvals=str(asking.approvals),
        needed=str(asking.request.needed),
    )
    rows = tuple((name, state if name == "state" else text) for name, text in details.rows())
    _tell(details.to_json(), rows, (picture,), output)


def _show_file(path: Path, picture: Path | None, out: Path | None, home: Path | None, output: OutputFormat) -> None:
    from esign.seal.read import MAX_SEAL_OCTETS
    from trustkit.app.files import read_input, write_output
    from trustkit.app.seal_file import SealShown, picture_png, read_seal_file

    seal = read_seal_file(read_input(path, limit=MAX_SEAL_OCTETS))
    shown = SealShown(seal=seal, standing=_standing(seal, home))
    if picture is not None:
        write_output(picture, picture_png(seal.picture))
    if out is not None:
        write_output(out, seal.raw)
    _tell(shown.to_json(), shown.rows(told, word), (picture, out), output)


def _standing(seal: UnverifiedSeal, home: Path | None) -> str:
    """Return what the home's registry says of a seal, where there is a home and it knows it."""
    from trustkit.app.store_seals import standing_word
    from trustkit.app.wiring import open_if_home

    with open_if_home(chosen_home(home), required=home is not None) as opened:
        return "" if opened is None else standing_word(opened, seal)


def _tell(
    value: dict[str, object], rows: tuple[tuple[str, str], ...], files: tuple[Path | None, ...], output: OutputFormat
) -> None:
    written = [str(each) for each in files if each is not None]
    if output is OutputFormat.JSON:
        emit({**value, "files": written} if written else value)
        return
    for name, text in named(rows):
        say(line(name, text))
    for each in written:
        say(wrote(each))


def _edition(number: int) -> SealVersion:
    from esign.seal.model import SealVersion as Version

    editions = sorted(version.value for version in Version)
    if number not in editions:
        raise TrustError(ErrorCode.USAGE, f"--edition is one of {', '.join(map(str, editions))}")
    return Version(number)


def _users(authority: Authority, paths: list[Path] | None, *, own: bool) -> tuple[Certificate, ...]:
    """Return the certificates of those who may use a seal. Raise USAGE when nobody was named, CERTIFICATE_*."""
    from trustkit.app.certificate_files import read_certificates
    from trustkit.app.keys import KeyName

    found = [read_certificates(path)[0] for path in paths or ()]
    if own:
        found.append(authority.certificate(KeyName.SEAL))
    if not found:
        raise TrustError(ErrorCode.USAGE, "who may use the seal: --user CERT, or --own")
    return tuple(found)


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
    from trustkit.app.seal_desk import SealDesk
    from trustkit.app.wiring import open_authority

    with open_authority(chosen_home(home)) as authority:
        by, seen = deciding(authority, number, decision, key, passphrase_file, yes=yes)
        row = SealDesk(home=authority).decide(by, number, decision, seen=seen, reason=reason)
    _tell_request(row, output)


def _tell_request(row: RegistrationRow, output: OutputFormat) -> None:
    from trustkit.app.cli.seal_change import tell_change
    from trustkit.store.registrations import Kind

    if row.kind is Kind.SEAL:
        key = {"submitted": "asked", "approved": "approved"}.get(row.state.value, "decided")
        sentence = told(key, request=row.id, state=row.state.value)
        report(output, {"request": row.id, "kind": row.kind.value, "state": row.state.value}, sentence)
    else:
        tell_change(row, output)


seal_change.register(app)
