"""``trustkit licence issue-many``: every row of a file checked, then each issued once, taken up where an earlier run was cut off."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, NoReturn

import typer

from trustkit.app.cli.licence_options import IssuedFormat, SealOption, formats_of
from trustkit.app.cli.licence_proposed import SeenOption, shown_digest, tell_proposed
from trustkit.app.cli.options import (
    HomeOption,
    PassphraseFdOption,
    PassphraseFileOption,
    chosen_home,
    read_passphrase,
)
from trustkit.app.cli.output import FormatOption, OutputFormat, emit, language, refusal, report, say
from trustkit.app.cli.progress import progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from esign.licence.bulk_check import RowFault
    from esign.licence.bulk_rows import BulkRow
    from trustkit.app.authority import Authority
    from trustkit.app.cli.progress import Bar
    from trustkit.app.licence_batch import LicenceBatch
    from trustkit.app.licence_rows import RowResult, RowsOrder

_WORDS: Final = {
    "en": {
        "row": "row {row}",
        "fits": "{count} rows, each fits the type {kind}; nothing was issued",
        "faulty": "{faulty} of {count} rows cannot be licences",
        "more": "… and {count} more",
        "issued": "{count} issued",
        "already-issued": "{count} issued by an earlier run",
        "failed": "{count} failed",
        "and": ", ",
        "sum": "{told}, in {out}; what became of each row is in summary.csv",
        "stopped": "Stopped. The same command goes on where this one was.",
    },
    "zh": {
        "row": "第 {row} 行",
        "fits": "共 {count} 行，均符合类型 {kind}；未颁发任何证照",
        "faulty": "共 {count} 行，其中 {faulty} 行不能颁发证照",
        "more": "…… 另有 {count} 行",
        "issued": "已颁发 {count} 份",
        "already-issued": "此前已颁发 {count} 份",
        "failed": "失败 {count} 份",
        "and": "，",
        "sum": "{told}，输出在 {out}；各行结果见 summary.csv",
        "stopped": "已中断。再次运行同一命令即可继续。",
    },
}
_MOST_SHOWN: Final = 100  # faults a person is shown; a program is told all
_SOME_FAILED: Final = 1


def issue_many(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="CSV (UTF-8, the type's field names on top) or one JSON object a line."),
    ],
    *,
    kind: Annotated[str, typer.Option("--type", help="Licence type, a folder of the home's policies/licences.")],
    out: Annotated[
        Path | None, typer.Option("--out-dir", help="Folder the documents and summary.csv go into; made if need be.")
    ] = None,
    formats: Annotated[IssuedFormat, typer.Option("--as", help="pdf, ofd or both.")] = IssuedFormat.PDF,
    esl: SealOption = None,
    only_check: Annotated[
        bool, typer.Option("--check", help="Look at every row and say what is wrong; open no key, issue nothing.")
    ] = False,
    name: Annotated[
        str,
        typer.Option(
            "--batch",
            metavar="NAME",
            help="A row that says what one did before is that licence; under another name it is a new one.",
        ),
    ] = "",
    approved: Annotated[
        str | None,
        typer.Option(
            "--approve",
            metavar="PROPOSAL",
            help="Approve what another official proposed with this file and these options, and issue it.",
        ),
    ] = None,
    seen: SeenOption = None,
    jobs: Annotated[
        int | None, typer.Option("--jobs", metavar="N", min=1, max=256, help="Processes.  [default: one a core]")
    ] = None,
    home: HomeOption = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Issue a licence for every row of a file, all rows looked at first; the same command again goes on where one was cut off."""
    from trustkit.app.wiring import open_authority
    from trustkit.errors import ErrorCode, TrustError

    order = _order(kind, formats, esl, approved)
    with open_authority(chosen_home(home)) as authority:
        proposing = _is_proposed(authority, order, name)
        if out is None and not (only_check or proposing):
            raise TrustError(ErrorCode.USAGE, "--out-dir names the folder the documents go into")
        rows = _checked(authority, kind, file, output)
        if only_check:
            words = _WORDS[language().value]["fits"]
            report(output, {"rows": len(rows), "faulty": 0}, words.format(count=len(rows), kind=kind))
            return
        if proposing or out is None:
            _propose(authority, order, rows, name, output)
        given = (passphrase_file, passphrase_fd)
        status = _issue_all(authority, order, rows, out, given, name=name, seen=seen, jobs=jobs, output=output)
    if status:
        raise typer.Exit(status)


def _order(kind: str, formats: IssuedFormat, esl: str | None, approved: str | None) -> RowsOrder:
    from trustkit.app.licence_rows import RowsOrder as Order
    from trustkit.errors import ErrorCode, TrustError

    if esl is not None and formats is IssuedFormat.PDF:
        raise TrustError(ErrorCode.USAGE, "--esl is the seal of an OFD: --as ofd or both")
    return Order(kind=kind, formats=formats_of(formats), seal=esl, proposal=approved)


def _is_proposed(authority: Authority, order: RowsOrder, name: str) -> bool:
    """Tell whether a file is only proposed for now. Raise USAGE for a batch's name that is too long, LICENCE_TYPE, LICENCE_POLICY."""
    from trustkit.app.licence_batch import MAX_NAME
    from trustkit.app.licence_proposing import proposals_of
    from trustkit.errors import ErrorCode, TrustError

    if len(name) > MAX_NAME:
        raise TrustError(ErrorCode.USAGE, "the name of a batch is short", limit=MAX_NAME)
    return order.proposal is None and proposals_of(authority).takes_two_to_issue(order.kind)


def _propose(
    authority: Authority, order: RowsOrder, rows: Sequence[BulkRow], name: str, output: OutputFormat
) -> NoReturn:
    from trustkit.app.cli.asking import act_in_name
    from trustkit.app.keys import LICENCE_KEYS
    from trustkit.app.licence_file_proposing import propose_file
    from trustkit.app.official_acts import OfficialAct

    authority.require_fit_to_sign(*LICENCE_KEYS)
    act_in_name(authority, OfficialAct.LICENCES)
    tell_proposed(propose_file(authority, order, rows, name), output)


def _issue_all(
    authority: Authority,
    order: RowsOrder,
    rows: Sequence[BulkRow],
    out: Path,
    given: tuple[Path | None, int | None],
    *,
    name: str,
    seen: str | None,
    jobs: int | None,
    output: OutputFormat,
) -> int:
    """Issue rows, once the proposal they are of is approved, where they are of one; return the status the command ends with."""
    from trustkit.app.cli.asking import act_in_name
    from trustkit.app.cores import cores
    from trustkit.app.keys import LICENCE_KEYS
    from trustkit.app.licence_batch import open_licence_batch
    from trustkit.app.licence_file_proposing import approve_file
    from trustkit.app.official_acts import OfficialAct

    authority.require_fit_to_sign(*LICENCE_KEYS)
    number = order.proposal
    digest = shown_digest(authority, number, seen) if number else ""
    act_in_name(authority, OfficialAct.LICENCES)
    passphrase = read_passphrase(*given)
    with open_licence_batch(authority, order, rows, out, passphrase, name=name, processes=jobs or cores()) as batch:
        if number:
            approve_file(authority, number, order, rows, name, seen=digest)
        return _issue(batch, output)


def _checked(authority: Authority, kind: str, file: Path, output: OutputFormat) -> tuple[BulkRow, ...]:
    """Return the rows of a file, each of which can be a licence; else tell of each that cannot, and raise ROWS_FAULTY."""
    from esign.licence.bulk_check import check_rows
    from esign.licence.bulk_rows import MAX_ROWS_SIZE, parse_bulk_rows
    from esign.licence.metadata import issue_date
    from esign.licence.types import load_licence_type
    from esign.rendering.fonts import find_fonts
    from trustkit.app.files import read_input
    from trustkit.app.home import POLICIES
    from trustkit.errors import TrustError
    from trustkit.identity import Organisation
    from trustkit.licence_codes import LicenceCode

    licence_type = load_licence_type(authority.settings.home / POLICIES / "licences" / kind)
    rows = parse_bulk_rows(read_input(file, limit=MAX_ROWS_SIZE))
    office = authority.settings.authority
    faults = check_rows(
        licence_type,
        rows,
        issuer=Organisation(uscc=office.uscc, name=office.name),
        fonts=find_fonts(),
        today=issue_date(authority.clock.now()),
    )
    if faults:
        _tell_faults(faults, len(rows), output)
        raise TrustError(LicenceCode.ROWS_FAULTY, "see above", rows=len(rows), faulty=len(faults))
    return rows


def _tell_faults(faults: tuple[RowFault, ...], count: int, output: OutputFormat) -> None:
    """Tell of each row that is wrong: where, what, and what can be done; to a program in both languages."""
    from trustkit.texts.catalogue import Language, error_text

    if output is OutputFormat.JSON:
        for fault in faults:
            texts = {each.value: error_text(fault.code, each) for each in (Language.ZH, Language.EN)}
            emit(
                {
                    "row": fault.row,
                    "field": fault.field or None,
                    "code": fault.code.value,
                    "detail": fault.detail,
                    "message": {name: text.sentence for name, text in texts.items()},
                    "remedy": {name: text.remedy for name, text in texts.items()},
                }
            )
        return
    words = _WORDS[language().value]
    for fault in faults[:_MOST_SHOWN]:
        first, *more = refusal(fault.code, f"{fault.code.value}: {fault.detail}")
        say(f"{words['row'].format(row=fault.row)}: {first}", *more)
    if len(faults) > _MOST_SHOWN:
        say(words["more"].format(count=len(faults) - _MOST_SHOWN))
    say(words["faulty"].format(faulty=len(faults), count=count))


def _issue(batch: LicenceBatch, output: OutputFormat) -> int:
    """Issue all rows, telling of each; return 0 when every one is issued, else 1."""
    from trustkit.app.licence_rows import ALREADY, FAILED, ISSUED

    counts = dict.fromkeys((ISSUED, ALREADY, FAILED), 0)
    words = _WORDS[language().value]
    try:
        with progress("issue", len(batch.rows), output) as bar:
            for result in batch.results():
                counts[result.status] += 1
                _tell(result, output, bar)
                bar.advance()
    except KeyboardInterrupt:
        typer.echo(words["stopped"], err=True)
        raise
    if output is OutputFormat.TEXT:
        told = [words[status].format(count=count) for status, count in counts.items() if count]
        say(words["sum"].format(told=words["and"].join(told), out=batch.out))
    return _SOME_FAILED if counts[FAILED] else 0


def _tell(result: RowResult, output: OutputFormat, bar: Bar) -> None:
    """Tell of one row: everything to a program, to a person what was not issued and why."""
    if output is OutputFormat.JSON:
        emit(result.to_json())
    elif result.code:
        first, *more = refusal(result.refusal, f"{result.code}: {result.detail}")
        bar.tell(f"{_WORDS[language().value]['row'].format(row=result.row)}: {first}", *more)


def register(app: typer.Typer) -> None:
    """Add the command to a group."""
    app.command("issue-many")(issue_many)
