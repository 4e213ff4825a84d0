"""``trustkit idp user``: people who sign in with a login name, made, listed, locked out and let in again."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from trustkit.app.cli.options import HomeOption, PassphraseFdOption, PassphraseFileOption, chosen_home, read_passphrase
from trustkit.app.cli.output import FormatOption, OutputFormat, listing, report
from trustkit.errors import ErrorCode, TrustError


class DocumentName(StrEnum):
    """What ``--document`` takes."""

    CITIZEN_ID = "citizen-id"
    RESIDENCE_CARD = "residence-card"
    HONG_KONG_MACAO_PASS = "hong-kong-macao-pass"  # noqa: S105 - the name of a document
    TAIWAN_PASS = "taiwan-pass"  # noqa: S105 - as above
    RETURN_PERMIT = "return-permit"
    PASSPORT = "passport"


app = typer.Typer(help="People who sign in with a login name.", no_args_is_help=True)
PersonArgument = Annotated[str, typer.Argument(metavar="PERSON", help="The pseudonym, np-…")]
LoginNameFileOption = Annotated[
    Path | None,
    typer.Option(
        "--login-name-file", help="File with the login name, readable by its owner only; else it is asked for."
    ),
]

PasswordFileOption = Annotated[
    Path | None,
    typer.Option("--password-file", help="File with the password, readable by its owner only; else it is asked for."),
]


@app.command("add")
def add(
    *,
    login_name_file: LoginNameFileOption = None,
    password_file: PasswordFileOption = None,
    home: HomeOption = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Make a person under a pseudonym, with a login name and a first password. Of the name a keyed digest is kept: note the pseudonym."""
    from trustkit.app.idp_home import open_identity
    from trustkit.app.new_people import make_person

    with open_identity(chosen_home(home), read_passphrase(passphrase_file, passphrase_fd)) as identity:
        name = _login_name(login_name_file)
        person = make_person(identity, name, _password(password_file))
    report(output, {"person": person}, f"Made {person}")


@app.command("password")
def password(
    person: PersonArgument,
    *,
    password_file: PasswordFileOption = None,
    home: HomeOption = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Give a person another password; his sessions and his waits after wrong ones end, and he is told on his page."""
    from trustkit.app.idp_home import open_identity
    from trustkit.app.new_people import put_password

    with open_identity(chosen_home(home), read_passphrase(passphrase_file, passphrase_fd)) as identity:
        put_password(identity, person, _password(password_file))
    report(output, {"person": person}, f"{person} has another password")


@app.command("list")
def list_people(
    *,
    after: Annotated[str, typer.Option("--after", metavar="PERSON", help="Those behind this one.")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="At most so many.")] = 500,
    home: HomeOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """List people by pseudonym, and who is locked out."""
    from trustkit.app.opening import open_store
    from trustkit.app.people_lines import COLUMNS, PersonLine
    from trustkit.store import people

    _, database = open_store(chosen_home(home))
    with database, database.reading() as unit:
        rows = people.list_people(unit, after=after, limit=limit)
    listing(output, COLUMNS, [PersonLine.of(row) for row in rows])


@app.command("sessions")
def list_sessions(person: PersonArgument, *, home: HomeOption = None, output: FormatOption = OutputFormat.TEXT) -> None:
    """List where a person is signed in, how surely he is known there, and how that comes about."""
    from trustkit.app.cli.output import language
    from trustkit.app.opening import open_store
    from trustkit.app.session_lines import COLUMNS, session_lines
    from trustkit.clock import SystemClock

    settings, database = open_store(chosen_home(home))
    with database, database.reading() as unit:
        lines = session_lines(unit, settings, person, language(), now=SystemClock().now())
    listing(output, COLUMNS, lines)


@app.command("lock")
def lock(
    person: PersonArgument,
    *,
    reason: Annotated[str, typer.Option("--reason", help="A code for the trail, such as lost-device.")],
    home: HomeOption = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Lock a person out at once: sessions and what clients were allowed end for good, and nothing signs him in until he is let in."""
    from trustkit.app.idp_home import open_identity

    passphrase = read_passphrase(passphrase_file, passphrase_fd)
    with open_identity(chosen_home(home), passphrase) as identity, identity.database.unit_of_work() as uow:
        identity.people.lock(uow, person, reason=reason, now=identity.clock.now(), actor=identity.operator)
    report(output, {"person": person, "locked": reason}, f"Locked {person} out")


@app.command("unlock")
def unlock(
    person: PersonArgument,
    *,
    home: HomeOption = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Let a person in again, to sign in anew."""
    from trustkit.app.idp_home import open_identity

    passphrase = read_passphrase(passphrase_file, passphrase_fd)
    with open_identity(chosen_home(home), passphrase) as identity, identity.database.unit_of_work() as uow:
        identity.people.unlock(uow, person, now=identity.clock.now(), actor=identity.operator)
    report(output, {"person": person}, f"{person} may sign in again")


@app.command("identify")
def identify(
    person: PersonArgument,
    *,
    kind: Annotated[DocumentName, typer.Option("--document", help="What he showed.")] = DocumentName.CITIZEN_ID,
    number_file: Annotated[
        Path | None,
        typer.Option("--number-file", help="File with its number, readable by its owner only; else it is asked for."),
    ] = None,
    home: HomeOption = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Record that a person showed an identity document. Of its number keyed digests are kept: nobody is two people here, and his licences are found."""
    from idp.subject.documents import parse_document
    from trustkit.app.holder_links import record_document
    from trustkit.app.idp_home import open_identity
    from trustkit.clock import CHINA

    with open_identity(chosen_home(home), read_passphrase(passphrase_file, passphrase_fd)) as identity:
        now = identity.clock.now()
        typed = _typed(number_file, what="Number of the document", option="--number-file", hidden=True)
        document = parse_document(kind.value, typed, today=now.astimezone(CHINA).date())
        record_document(identity, person, document)
    report(output, {"person": person, "document": kind.value}, f"Recorded that {person} showed a {kind.value}")


def _login_name(file: Path | None) -> str:
    return _typed(file, what="Login name", option="--login-name-file")


def _typed(file: Path | None, *, what: str, option: str, hidden: bool = False) -> str:
    """Return a text from its file or a prompt: never from arguments, which everybody on the machine may read."""
    from trustkit.custody.passphrase import passphrase_from_file

    if file is not None:
        try:
            return passphrase_from_file(file).reveal().decode("utf-8")
        except TrustError as error:
            if error.code is ErrorCode.PASSPHRASE_MISSING:
                raise TrustError(ErrorCode.USAGE, f"there is no file for {option}", file=file.name) from error
            raise
        except ValueError as error:
            raise TrustError(ErrorCode.INPUT_UNREADABLE, f"what {option} names is no UTF-8", file=file.name) from error
    if not sys.stdin.isatty():
        raise TrustError(ErrorCode.USAGE, f"no terminal to ask on; give {option}")
    return str(typer.prompt(what, err=True, hide_input=hidden))


def _password(file: Path | None) -> str:
    """Return a password from its file or a prompt, in which it is typed twice."""
    try:
        return read_passphrase(file, None, confirm=True, what="Password of the person").reveal().decode("utf-8")
    except UnicodeDecodeError as error:
        raise TrustError(ErrorCode.USAGE, "the password is no text") from error
