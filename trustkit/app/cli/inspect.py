"""``trustkit inspect``: what is in a PDF, revision by revision, or in an OFD, signature by signature, and what it looks like."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trustkit.app.cli.output import FormatOption, OutputFormat, emit, language, refuse, say, table

if TYPE_CHECKING:
    from esign.ofd.inspection import OfdInspection
    from esign.pdf.inspection import PdfInspection
    from trustkit.app.cli.input_file import InputFile
    from trustkit.app.inspection import PageSeen
    from trustkit.app.ofd_inspection import OfdPageSeen
    from trustkit.errors import TrustError

Pictures = Annotated[
    Path | None,
    typer.Option(
        "--pictures",
        metavar="DIR",
        help="Draw the pages here: of a PDF the first revision's, and those a later one changed.",
    ),
]


def inspect(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A PDF or OFD; signed, unsigned, damaged or hostile.")],
    *,
    pictures: Pictures = None,
    output: FormatOption = OutputFormat.TEXT,
) -> int:
    """Show the signatures of a PDF or OFD: of PDF its revisions and what each changed, of OFD its seals and what each covers.

    Nothing is verified: `trustkit verify` does that. With --pictures the pages of a PDF are drawn as each revision showed them, with what
    looks different outlined; those of an OFD as they are, with the seals outlined. Exit: 0, or 65 when the file cannot be read in
    full; what was found is shown all the same.
    """
    from trustkit.app.cli.input_file import InputFile
    from verifier.format import Format

    source = InputFile(file)
    is_package = source.format in {Format.OFD, Format.ZIP}
    if not is_package and source.format is not Format.PDF:
        raise source.unlike("a PDF or OFD")
    if pictures is not None:
        _require_empty(pictures)
    trouble = (_inspect_ofd if is_package else _inspect_pdf)(source, pictures, output)
    return 0 if trouble is None else refuse(trouble)


def _inspect_pdf(source: InputFile, pictures: Path | None, output: OutputFormat) -> TrustError | None:
    from esign.pdf.inspection import inspect_pdf
    from trustkit.app.inspection_report import inspection_to_json

    found = inspect_pdf(source.data)
    seen = _draw(found, source.data, pictures) if pictures is not None else None
    if output is OutputFormat.JSON:
        emit(inspection_to_json(found, str(source.path), seen))
    else:
        _show(found, str(source.path), seen)
    return found.trouble


def _inspect_ofd(source: InputFile, pictures: Path | None, output: OutputFormat) -> TrustError | None:
    from esign.ofd.inspection import inspect_ofd
    from trustkit.app import ofd_inspection_report as told

    found = inspect_ofd(source.data)
    seen = _draw_ofd(found, source.data, pictures) if pictures is not None else None
    if output is OutputFormat.JSON:
        emit(told.inspection_to_json(found, str(source.path), seen))
        return found.trouble
    spoken = language()
    for line in told.heading(found, str(source.path), spoken):
        say(line)
    for columns, rows in told.tables(found, seen or (), spoken):
        say("")
        table(columns, rows)
    for line in told.footing(found, spoken):
        say(line)
    return found.trouble


def _draw_ofd(found: OfdInspection, data: bytes, folder: Path) -> list[tuple[OfdPageSeen, str]]:
    from trustkit.app.files import write_output
    from trustkit.app.ofd_drawer import OfdDrawer
    from trustkit.app.ofd_inspection import picture_pages
    from trustkit.app.page_reader import PageReader

    written = []
    with OfdDrawer() as drawer, PageReader() as reader:
        for seen in picture_pages(found, data, drawer, reader):
            name = ""
            if seen.png is not None:
                name = f"page-{seen.page}.png"
                write_output(folder / name, seen.png)
            written.append((seen, name))
    return written


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
