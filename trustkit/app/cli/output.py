"""How commands speak: JSON lines for machines, tables and sentences for people, in the language of the terminal."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Protocol

import typer

from trustkit.texts.printable import is_shown, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from trustkit.error_family import Code
    from trustkit.errors import TrustError
    from trustkit.texts.catalogue import Language


class OutputFormat(StrEnum):
    """``--format``: for people or for machines."""

    TEXT = "text"
    JSON = "json"


CERTIFICATE_COLUMNS = ("profile", "subject", "serial", "state", "in use", "valid until")
_WIDE = 400  # columns, and more where a row has more: rows are never cut, a terminal may wrap them
_BETWEEN = 2  # columns between two of a table
_CLAUSE = {"en": "clause: {}", "zh": "依据：{}"}
_TOLD = {"en": ("Wrote {}", "Next: {}"), "zh": ("已写入 {}", "下一步：{}")}
FormatOption = Annotated[OutputFormat, typer.Option("--format", help="text for people, json for machines.")]


def language() -> Language:
    """Return 中文 when the terminal's locale is Chinese, English otherwise."""
    from trustkit.app.settings import locale_from_environment
    from trustkit.texts.catalogue import Language as Known

    return Known.ZH if locale_from_environment().lower().startswith("zh") else Known.EN


def say(*lines: str) -> None:
    """Print lines for a person; whatever names and texts out of files are among them, none begins a line of its own."""
    typer.echo("\n".join(map(printable, lines)))


def emit(value: Mapping[str, object]) -> None:
    r"""Print one JSON object on one line: what a terminal would obey is escaped, what is no UTF-8 in a name written as ``\udcXX``."""
    text = json.dumps(value, ensure_ascii=False)
    typer.echo(text if text.isprintable() else "".join(each if is_shown(each) else _escaped(each) for each in text))


def _escaped(character: str) -> str:
    """Return JSON's escape; that of half a surrogate pair is text, since strict readers take no such escape."""
    escape = json.dumps(character)[1:-1]
    return f"\\{escape}" if "\ud800" <= character <= "\udfff" else escape


def report(output: OutputFormat, value: Mapping[str, object], *lines: str) -> None:
    """Print what was done: one JSON object for a machine, or lines for a person."""
    if output is OutputFormat.JSON:
        emit(value)
        return
    say(*lines)


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table for a person; the columns never wrap a code or an identifier, and what is in them is no markup."""
    from rich.cells import cell_len
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        drawn.add_column(Text(printable(column)), no_wrap=True, overflow="fold")
    shown = [tuple(map(printable, row)) for row in rows]
    for row in shown:
        drawn.add_row(*map(Text, row))
    cells = (*shown, tuple(map(printable, columns)))
    wide = sum(max(map(cell_len, column)) + _BETWEEN for column in zip(*cells, strict=True))
    console = Console(soft_wrap=True, highlight=False, width=max(_WIDE, wide))
    with console.capture() as captured:
        console.print(drawn)
    for line in captured.get().splitlines():
        # One long cell would fill every other line with blanks, which terminals wrap.
        console.file.write(f"{line.rstrip()}\n")


def wrote(target: object) -> str:
    """Return the line that tells of a file written."""
    return _TOLD[language().value][0].format(target)


class Whose(StrEnum):
    """By whom, or when, the next command is run."""

    OTHER_SIDE = "other-side"
    RECIPIENT = "recipient"
    CUSTODIANS = "custodians"
    UNUSED = "unused"
    TRUSTING = "trusting"
    MAKING_SEALS = "making-seals"


_WHOSE = {
    "en": {
        Whose.OTHER_SIDE: "Next, for the other side: {}",
        Whose.RECIPIENT: "Next, for a recipient: {}",
        Whose.CUSTODIANS: "Next, each custodian: {}",
        Whose.UNUSED: "Next, if nothing more is to be signed with it: {}",
        Whose.TRUSTING: "Next, for whoever trusts this root, to be handed over: {}",
        Whose.MAKING_SEALS: "Next, if electronic seals are to be made here: {}",
    },
    "zh": {
        Whose.OTHER_SIDE: "下一步，由对方执行：{}",
        Whose.RECIPIENT: "下一步，由接收方执行：{}",
        Whose.CUSTODIANS: "下一步，由每位保管人执行：{}",
        Whose.UNUSED: "下一步，若不再用它签名：{}",
        Whose.TRUSTING: "下一步，导出并交给信任该根证书的各方：{}",
        Whose.MAKING_SEALS: "下一步，若要在此制作电子印章：{}",
    },
}


def next_step(command: str, whose: Whose | None = None) -> str:
    """Return the line that tells what to run next, and who does or when."""
    spoken = language().value
    return (_TOLD[spoken][1] if whose is None else _WHOSE[spoken][whose]).format(command)


class Line(Protocol):
    """One of many things found, for a machine and for a person."""

    def to_json(self) -> Mapping[str, object]:
        """Return the JSON object."""

    def row(self) -> Sequence[str]:
        """Return the cells of a table."""


def listing(
    output: OutputFormat,
    columns: Sequence[str],
    lines: Sequence[Line],
    *,
    said: Callable[[Sequence[str]], Sequence[str]] = tuple,
) -> None:
    """Print what was found: one JSON object a line for a machine, or a table for a person, its rows as `said` gives them."""
    if output is OutputFormat.JSON:
        for line in lines:
            emit(line.to_json())
        return
    table(columns, [said(line.row()) for line in lines])


def ask(heading: str, rows: Iterable[tuple[str, str]], *, unattended: str = "--yes goes on without asking") -> None:
    """Show what is about to happen on standard error and go on only when the person at the terminal agrees.

    `unattended` tells how the command is run where nobody sits at a terminal.

    Raises:
        TrustError: USAGE when nobody sits there; typer's Abort when the answer is no.
    """
    from trustkit.errors import ErrorCode as Code
    from trustkit.errors import TrustError as Refusal

    if not sys.stdin.isatty():
        raise Refusal(Code.USAGE, f"no terminal to ask on; {unattended}")
    typer.echo(heading, err=True)
    for name, value in rows:
        typer.echo(printable(f"  {name:<12} {value}"), err=True)
    typer.confirm("Go on?", abort=True, err=True)


def refusal(code: Code, told: str) -> tuple[str, ...]:
    """Return the lines of a refusal: its sentence; code and details, for whoever is asked for help; the clause behind it; what can be done."""
    from trustkit.texts.catalogue import error_text

    spoken = language()
    text = error_text(code, spoken)
    clause = (f"  {_CLAUSE[spoken.value].format(text.clause)}",) if text.clause else ()
    return (text.sentence, f"  {printable(told)}", *clause, *((f"  → {text.remedy}",) if text.remedy else ()))


def refuse(error: TrustError) -> int:
    """Print a refusal on standard error and return the exit status it ends a command with."""
    from trustkit.app import exit_status

    lines = refusal(error.code, str(error))
    print("trustkit: " + "\n".join(lines), file=sys.stderr)  # noqa: T201 - stderr is where refusals go
    return exit_status.of_error(error.code)
