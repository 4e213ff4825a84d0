"""``trustkit render``: what an OFD looks like, as pictures or as a PDF, and what of it could not be drawn."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from trustkit.app.cli.output import emit, language, say, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from esign.ofd.draw.draw import DrawnDocument
    from trustkit.app.drawing_report import WrittenPage

PARTIAL: Final = 2  # the exit status of a picture that leaves something out
_LEAST_DPI, _MOST_DPI = 10.0, 1200.0


class RenderFormat(StrEnum):
    """``--format``: what is made, and how it is reported."""

    PNG = "png"
    PDF = "pdf"
    TEXT = "text"
    JSON = "json"


def render(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An OFD; signed, unsigned, damaged or hostile.")],
    *,
    page: Annotated[
        list[int] | None,
        typer.Option("--page", metavar="N", help="Draw this page, from 1; may be given again. Default: all."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="DIR|FILE", help="A folder, made where there is none, or a file. Default: this folder."
        ),
    ] = None,
    formats: Annotated[
        list[RenderFormat] | None,
        typer.Option(
            "--format",
            help="png: a picture for each page; pdf: one file. Given again: text reports for people (default), json for machines.",
        ),
    ] = None,
    dpi: Annotated[
        float, typer.Option("--dpi", help="Dots per inch of pictures; huge pages come out coarser, which is told.")
    ] = 150.0,
) -> int:
    """Draw the pages of an OFD as pictures or as a PDF. Nothing is verified: `trustkit verify` does that.

    What could not be drawn, or was drawn otherwise, is listed. Exit: 0 when nothing is missing, 2 when something is.
    """
    from trustkit.app import drawing_report as told
    from trustkit.app.cli.input_file import InputFile
    from trustkit.app.ofd_drawer import OfdDrawer
    from trustkit.errors import ErrorCode, TrustError
    from verifier.format import Format

    if not _LEAST_DPI <= dpi <= _MOST_DPI:
        raise TrustError(ErrorCode.USAGE, f"--dpi takes {_LEAST_DPI:g} to {_MOST_DPI:g}")
    kind, report = _chosen(formats or [], out)
    source = InputFile(file)
    if source.format is Format.PDF:
        raise source.unlike("an OFD (trustkit inspect --pictures draws the pages of a PDF)")
    if source.format not in {Format.OFD, Format.ZIP}:
        raise source.unlike("an OFD")
    with OfdDrawer() as drawer:
        drawn = drawer.draw(source.data, pages=page)
    targets = _targets(file, out, kind, [each.number for each in drawn.pages])
    if kind is RenderFormat.PDF:
        written = _write_pdf(drawn, targets[0])
    else:
        written, drawn = _write(drawn, targets, dpi)
    if report is RenderFormat.JSON:
        emit(told.drawing_to_json(str(file), drawn, written, language()))
    else:
        _show(str(file), drawn, written)
    return 0 if told.is_whole(drawn) else PARTIAL


def _chosen(formats: Sequence[RenderFormat], out: Path | None) -> tuple[RenderFormat, RenderFormat]:
    """Return what is made and how it is reported. Raise USAGE for two of a kind."""
    from trustkit.errors import ErrorCode, TrustError

    pictures = (RenderFormat.PNG, RenderFormat.PDF)
    made = [each for each in formats if each in pictures]
    reports = [each for each in formats if each not in made]
    if len(made) > 1 or len(reports) > 1:
        raise TrustError(ErrorCode.USAGE, "--format takes png or pdf, and once more text or json")
    by_name = RenderFormat.PDF if out is not None and out.suffix.lower() == ".pdf" else RenderFormat.PNG
    return next(iter(made), by_name), next(iter(reports), RenderFormat.TEXT)


def _targets(file: Path, out: Path | None, kind: RenderFormat, pages: Sequence[int]) -> list[Path]:
    """Return the files to write, their folder made. Raise USAGE, OUTPUT_EXISTS, or as the disk has it."""
    from trustkit.app.files import disk_error, require_place
    from trustkit.errors import ErrorCode, TrustError

    suffix = f".{kind.value}"
    if out is not None and out.suffix.lower() == suffix and not out.is_dir():
        if kind is RenderFormat.PNG and len(pages) > 1:
            raise TrustError(ErrorCode.USAGE, "several pages need a folder in --out", pages=len(pages))
        targets = [out]
    else:
        folder = out if out is not None else Path()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise disk_error(error) from error
        names = [f"{file.stem}{suffix}"] if kind is RenderFormat.PDF else [f"{file.stem}-page-{n}.png" for n in pages]
        targets = [folder / name for name in names]
    for target in targets:
        require_place(target)
    return targets


def _write_pdf(drawn: DrawnDocument, target: Path) -> list[WrittenPage]:
    from trustkit.app.drawing_report import WrittenPage
    from trustkit.app.files import write_output

    write_output(target, drawn.pdf)
    return [WrittenPage(page=page, file=str(target), dots_per_inch=None) for page in drawn.pages]


def _write(drawn: DrawnDocument, targets: Sequence[Path], dpi: float) -> tuple[list[WrittenPage], DrawnDocument]:
    """Write a picture of each page; one that the renderer fails over is left out, and the drawing says so."""
    from dataclasses import replace

    from esign.ofd.draw.notes import Lack, Note
    from esign.rendering.page_difference import outlined
    from trustkit.app.drawing_report import WrittenPage
    from trustkit.app.files import write_output
    from trustkit.app.page_reader import PageReader
    from trustkit.errors import ErrorCode, TrustError

    written: list[WrittenPage] = []
    with PageReader() as reader:
        for index, (page, target) in enumerate(zip(drawn.pages, targets, strict=True)):
            try:
                picture = reader.draw(drawn.pdf, page=index, dots_per_inch=dpi)
            except TrustError as error:
                if error.code is not ErrorCode.PAGE_RENDERER:
                    raise
                note = Note(lack=Lack.PICTURE, page=page.number, detail=error.detail, object_id="", count=1)
                drawn = replace(drawn, notes=(*drawn.notes, note))
                continue
            write_output(target, outlined(picture, ()))
            written.append(WrittenPage(page=page, file=str(target), dots_per_inch=picture.dots_per_inch))
    return written, drawn


def _show(file: str, drawn: DrawnDocument, written: Sequence[WrittenPage]) -> None:
    from trustkit.app import drawing_report as told

    spoken = language()
    for line in told.heading(file, drawn, spoken):
        say(line)
    for name, rows in (("pages", told.page_rows(written, spoken)), ("notes", told.note_rows(drawn, spoken))):
        if rows:
            say("")
            table(told.columns(name, spoken), rows)
    say(told.footing(drawn, spoken))
