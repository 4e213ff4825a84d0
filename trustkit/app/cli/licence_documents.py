"""The documents of a licence on their way to a terminal: where they go, that they can, and what is told of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from trustkit.app.cli.licence_options import IssuedFormat
from trustkit.app.cli.output import OutputFormat, next_step, report

if TYPE_CHECKING:
    from esign.licence.formats import LicenceDocument
    from esign.licence.issued import IssuedLicence


def read_fields(data: Path, out: Path | None, formats: IssuedFormat, esl: str | None) -> bytes:
    """Return the licence's fields, once it is sure that its documents can be sealed and written as was asked. Raise USAGE, OUTPUT_*, INPUT_*."""
    from trustkit.app.files import read_input
    from trustkit.errors import ErrorCode, TrustError

    if esl is not None and formats is IssuedFormat.PDF:
        raise TrustError(ErrorCode.USAGE, "--esl is the seal of an OFD: --as ofd or both")
    require_places(out, formats)
    return read_input(data, limit=1024 * 1024)


def tell_issued(issued: IssuedLicence, targets: list[Path], output: OutputFormat, done: str) -> None:
    """Tell of a licence whose documents were written."""
    report(
        output,
        {**issued.to_json(), "file": str(targets[0]), "files": [str(each) for each in targets]},
        f"{done} {issued.identifier}",
        *(
            line
            for target, each in zip(targets, issued.documents, strict=True)
            for line in (f"  file    {target} ({len(each.octets)} octets)", f"  digest  sm3:{each.sm3}")
        ),
        next_step(f"trustkit verify {' '.join(map(str, targets))}"),
    )


def written(issued: IssuedLicence, out: Path | None) -> list[Path]:
    """Write every document of a licence just issued, and return where each went."""
    from trustkit.app.files import write_output
    from trustkit.errors import TrustError

    targets = [target_of(out, issued.identifier, each) for each in issued.documents]
    try:
        for target, each in zip(targets, issued.documents, strict=True):
            write_output(target, each.octets, mode=0o600)
    except TrustError as error:  # the licence exists all the same, and must not be issued a second time
        told = f"{error.detail}; {issued.identifier} is issued, `trustkit licence export` writes it"
        raise TrustError(error.code, told, **error.facts) from error
    return targets


def require_places(out: Path | None, formats: IssuedFormat) -> None:
    """Raise before anything is issued when a document could not be written where it was asked for: USAGE, OUTPUT_*."""
    from trustkit.app.files import require_place
    from trustkit.errors import ErrorCode, TrustError

    require_place(out or Path("licence.pdf.partial"))
    if out is None or formats is not IssuedFormat.BOTH:
        return
    if out.suffix.lower() != ".pdf":
        raise TrustError(ErrorCode.USAGE, "--out of both is the PDF and ends in .pdf; the OFD is written beside it")
    require_place(out.with_suffix(".ofd"))


def target_of(out: Path | None, identifier: str, document: LicenceDocument) -> Path:
    """Return where a document goes: by its identifier, or where it was asked for; an OFD beside the PDF there."""
    from esign.licence.formats import LicenceFormat

    ending = f".{document.format.value}"
    if out is None:
        return Path(f"{identifier}{ending}")
    beside = document.format is LicenceFormat.OFD and out.suffix.lower() == ".pdf"
    return out.with_suffix(ending) if beside else out
