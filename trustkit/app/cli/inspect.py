"""``trustkit inspect``: what is in a PDF, revision by revision, and what each looked like."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trustkit.app.cli.output import FormatOption, OutputFormat, emit, language, refuse, say, table

if TYPE_CHECKING:
    from esign.pdf.inspection import PdfInspection
    from trustkit.app.inspection import PageSeen

Pictures = Annotated[
    Path | None,
    typer.Option(
        "--pictures", metavar="DIR", help="Draw the pages here: the first revision's, and those a later one changed."
    ),
]


def inspect(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A PDF; signed, unsigned, damaged or hostile.")],
    *,
    pictures: Pictures = None,
    output: FormatOption = OutputFormat.TEXT,
) -> int:
    """Show the signatures of a PDF, its revisions and what each changed. Nothing is verified: `trustkit verify` does that.

    With --pictures the pages are drawn as each revision showed them, with what looks different outlined. Exit: 0, or 65 when
    the file cannot be read as a PDF in full; what was found is shown all the same.
    """
    from esign.pdf.inspection import inspect_pdf
    from trustkit.app.files import read_input
    from trustkit.app.inspection_report import inspection_to_json

    data = read_input(file)
    if pictures is not None:
        _require_empty(pictures)
    found = inspect_pdf(data)
    seen = _draw(found, data, pictures) if pictures is not None else None
    if output is OutputFormat.JSON:
        emit(inspection_to_json(found, str(file), seen))
    else:
        _show(found, str(file), seen)
    return 0 if found.trouble is None else refuse(found.trouble)


def _require_empty(folder: Path) -> None:
    from trustkit.app.files import disk_error
    from trustkit.errors import ErrorCode, TrustError

    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise TrustError(ErrorCode.OUTPUT_EXISTS, "the folder for pictures is not empty", file=folder.name)
    except OSError as error:
        raise disk_error(error) from error


def _draw(found: PdfInspection, data: bytes, folder: Path) -> list[tuple[PageSeen, str]]:
    from trustkit.app.files import write_output
    from trustkit.app.inspection import picture_revisions
    from trustkit.app.page_reader import PageReader

    written = []
    with PageReader() as reader:
        for seen in picture_revisions(found, data, reader):
            name = ""
            if seen.png is not None:
                name = f"revision-{seen.revision}-page-{seen.page}.png"
                write_output(folder / name, seen.png)
            written.append((seen, name))
    return written


def _show(found: PdfInspection, file: str, seen: list[tuple[PageSeen, str]] | None) -> None:
    from trustkit.app import inspection_report as told

    spoken = language()
    for line in told.heading(found, file, spoken):
        say(line)
    for name, rows in (
        ("revisions", told.revision_rows(found, spoken)),
        ("signatures", told.signature_rows(found, spoken)),
        ("pictures", told.picture_rows(seen or (), spoken)),
    ):
        if rows:
            say("")
            table(told.columns(name, spoken), rows)
    for line in told.footing(found, spoken):
        say(line)
