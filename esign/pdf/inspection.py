"""What is in a PDF and how it came to be: its revisions, what each changed, and its signatures. Nothing is verified here.

    found = inspect_pdf(octets)
    for revision in found.revisions:
        print(revision.number, revision.end, revision.changes)

Made for looking at files that may be hostile: one that cannot be read gets an answer too, with `trouble` and the marks found in it.
"""

# pyHanko ships its types with gaps:
# mypy: untyped-calls-exclude="pyhanko"

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, TypeVar

from esign.pdf.read import read_pdf
from esign.pdf.reader import open_reader, refusals
from esign.pdf.revision_parts import PartChange, RevisionParts, changed_parts, parts_of
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from esign.pdf.model import UnverifiedPdfSignature
    from esign.pdf.reader import BoundedReader

_T = TypeVar("_T")
_EOF: Final = re.compile(rb"%%EOF(?:\r\n|\r|\n)?")
_HEADER: Final = re.compile(rb"%PDF-(\d\.\d)")
_HEADER_ROOM: Final = 1024  # ISO 32000-1 annex H.3, note 13: readers look that far
_MARKS: Final = {"%%EOF": b"%%EOF", "startxref": b"startxref", "/ByteRange": b"/ByteRange", "/Encrypt": b"/Encrypt"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """One revision: octets `start` to `end`, what it changed against the one before, the fields signed in it.

    `number` counts from 1. `changes` is None when they could not be told, and `note` says why. `end` is None where the octets
    after its cross-references name no end.
    """

    number: int
    start: int
    end: int | None
    changes: tuple[PartChange, ...] | None
    signed_fields: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PdfInspection:
    """All that was seen. `marks` counts words of the syntax in the octets, whether or not anything leads there."""

    octets: int
    version: str
    marks: tuple[tuple[str, int], ...]
    pages: int | None = None
    revisions: tuple[Revision, ...] = ()
    signatures: tuple[UnverifiedPdfSignature, ...] = ()
    uncovered: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    trailing: int = 0
    trouble: TrustError | None = field(default=None, compare=False)


def inspect_pdf(data: bytes) -> PdfInspection:
    """Return what is in a file; it never raises for what the file holds."""
    version = _HEADER.search(data, 0, _HEADER_ROOM)
    seen = PdfInspection(
        octets=len(data),
        version=version[1].decode("ascii") if version else "",
        marks=tuple((name, data.count(mark)) for name, mark in _MARKS.items()),
    )
    pdf, trouble = _attempt(lambda: read_pdf(data))
    if trouble is not None and trouble.code is ErrorCode.PDF_LIMIT:
        return replace(seen, trouble=trouble)  # it would only take as long again
    revisions, unread = _attempt(lambda: tuple(_revisions(open_reader(data), data, pdf.signatures if pdf else ())))
    last = revisions[-1].end if revisions else None
    seen = replace(
        seen, revisions=revisions or (), trailing=0 if last is None else len(data) - last, trouble=trouble or unread
    )
    if pdf is None:
        return seen
    return replace(seen, pages=pdf.pages, signatures=pdf.signatures, uncovered=pdf.uncovered, notes=pdf.notes)


def _attempt(act: Callable[[], _T]) -> tuple[_T | None, TrustError | None]:
    try:
        return act(), None
    except TrustError as error:
        return None, error


def _revisions(
    reader: BoundedReader, data: bytes, signatures: tuple[UnverifiedPdfSignature, ...]
) -> Iterator[Revision]:
    """Yield the revisions, oldest first. Raise PDF_MALFORMED for cross-references that lead nowhere."""
    start = 0
    before: RevisionParts | None = None
    for number in range(reader.xrefs.total_revisions):
        end = _end(reader, data, number)
        view: RevisionParts | None = None
        changes: tuple[PartChange, ...] | None = None
        note = ""
        try:
            with refusals():
                view = parts_of(reader, number)
                changes = () if number == 0 else None if before is None else changed_parts(before, view)
        except TrustError as error:
            note = error.detail
        if changes is None and not note:
            note = f"not compared: revision {number} before it cannot be read"
        before = view
        yield Revision(
            number=number + 1,
            start=start,
            end=end,
            changes=changes,
            signed_fields=tuple(each.field_name for each in signatures if each.revision == number),
            note=note,
        )
        start = end if end is not None else start


def _end(reader: BoundedReader, data: bytes, number: int) -> int | None:
    """Return where a revision ends: after the end-of-file mark that follows its cross-references."""
    with refusals():
        info = reader.xrefs.get_xref_container_info(number)
    found = _EOF.search(data, info.end_location)
    return found.end() if found else None
