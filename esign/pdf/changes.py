"""What happened to a file after a signature: coverage of its revision, then the difference analysis of later ones.

Incremental updates let anyone add to a signed PDF while every digest still matches, so a digest alone says nothing of
what a reader sees. Two questions are asked here. Does the signature cover its own revision to the last octet, cross-
reference section included (ISO 32000-1 12.8.1)? And does every later revision hold only what the signature's level
permits (12.8.2.2)? The second is answered by pyHanko's difference policies.
"""

# pyHanko ships its types with gaps:
# mypy: untyped-calls-exclude="pyhanko"

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from pyhanko.pdf_utils.misc import PdfReadError
from pyhanko.pdf_utils.reader import process_data_at_eof
from pyhanko.sign.diff_analysis import ModificationLevel, StandardDiffPolicy, SuspiciousModification
from pyhanko.sign.fields import FieldMDPSpec, MDPPerm

from esign.pdf.added_octets import ambiguous_octets
from esign.pdf.model import CertificationLevel, ChangeKind, Changes, Overlay
from esign.pdf.policies import APPROVED, CERTIFIED, SEALED
from esign.pdf.reader import told
from esign.pdf.signed_objects import leaning_object

if TYPE_CHECKING:
    from esign.pdf.reader import BoundedReader

_MAX_DETAIL: Final = 300
_PARTS: Final = 4
_WORDS: Final = {
    ModificationLevel.NONE: "later revisions change nothing",
    ModificationLevel.LTA_UPDATES: "later revisions add validation material or document time stamps",
    ModificationLevel.FORM_FILLING: "later revisions fill form fields or add signatures",
    ModificationLevel.ANNOTATIONS: "later revisions change annotations",
}


def _forbidden(detail: str) -> Changes:
    return Changes(kind=ChangeKind.FORBIDDEN, detail=detail[:_MAX_DETAIL])


def changes_after(
    reader: BoundedReader,
    data: bytes,
    *,
    byte_range: tuple[int, ...],
    revision: int,
    level: CertificationLevel | None,
    locked_fields: FieldMDPSpec | None,
) -> Changes:
    """Return what followed the signature of `byte_range` that was made in `revision`. Raise PDF_LIMIT or PDF_MALFORMED.

    The byte range is taken at its word here; that its gap is the signature is for `esign.pdf.verify` to prove.
    """
    if len(byte_range) == _PARTS and byte_range[0] == 0 and byte_range[2] + byte_range[3] == len(data):
        return Changes(kind=ChangeKind.NONE)
    refusal = _coverage_refusal(reader, data, byte_range, revision)
    if refusal:
        return _forbidden(refusal)
    found = _compared(reader, revision, level, locked_fields)
    # asked last: comparing has read the signed revision whole
    end = byte_range[2] + byte_range[3]
    refusal = leaning_object(reader, end, revision)
    return (
        _forbidden(refusal)
        if refusal
        else replace(
            found, overlays=_overlays(reader, end, revision), unread=tuple(sorted(reader.unread.get(revision, ())))
        )
    )


def _coverage_refusal(reader: BoundedReader, data: bytes, byte_range: tuple[int, ...], revision: int) -> str:
    """Return why the byte range is not revisions 0 to `revision`, whole and followed by whole revisions; else nothing."""
    if len(byte_range) != _PARTS or byte_range[0] != 0:
        return "the byte range is not of the form [0 a b c]"
    end = byte_range[2] + byte_range[3]
    if end > len(data):
        return "the byte range runs past the end of the file"
    if reader.xrefs.hybrid_xrefs_present:
        return "hybrid cross-references: readers may disagree about what the file shows"
    return _uncovered_revision(reader, end, revision) or _loose_octets(reader, data, end, revision)


def _loose_octets(reader: BoundedReader, data: bytes, end: int, revision: int) -> str:
    """Return what stands behind the signed octets and belongs to no revision, or an empty text."""
    if reader.xrefs.total_revisions == revision + 1:
        return "octets follow the signed revision that belong to no revision"
    return ambiguous_octets(reader, data, end, revision)


def _uncovered_revision(reader: BoundedReader, end: int, revision: int) -> str:
    """Return why octets up to `end` are not revisions 0 to `revision` in full, or an empty text."""
    stream = reader.stream
    stream.seek(end)
    try:
        found = process_data_at_eof(stream)
    except PdfReadError:
        return "the signed octets do not end with a revision"
    if found != reader.xrefs.get_startxref_for_revision(revision):
        return "the signed octets end with another revision than the signature's"
    if any(reader.xrefs.get_xref_container_info(number).end_location > end for number in range(revision + 1)):
        return "a cross-reference section of the signed revision lies outside the signed octets"
    return ""


def _policy(level: CertificationLevel | None) -> StandardDiffPolicy:
    if level is CertificationLevel.NO_CHANGES:
        return SEALED
    return APPROVED if level is None else CERTIFIED


def _compared(
    reader: BoundedReader, revision: int, level: CertificationLevel | None, locked_fields: FieldMDPSpec | None
) -> Changes:
    policy = _policy(level)
    permission = None if level is None else MDPPerm(int(level))
    signed = reader.get_historical_resolver(revision)
    found = ModificationLevel.NONE
    for later in range(revision + 1, reader.xrefs.total_revisions):
        # each revision by itself: what one adds and the next hides would escape a single comparison
        try:
            step = policy.apply(signed, reader.get_historical_resolver(later), locked_fields, permission)
        except SuspiciousModification as suspicion:
            return _forbidden(f"revision {later} changes what was signed: {told(suspicion)}")
        found = max(found, step.modification_level)
    if found is ModificationLevel.OTHER or (level is not None and found.value > level.value):
        return _forbidden(f"{_WORDS.get(found, 'later revisions change the document')}, which this signature forbids")
    return Changes(kind=ChangeKind.ALLOWED, detail=_WORDS[found])


def _overlays(reader: BoundedReader, end: int, revision: int) -> tuple[Overlay, ...]:
    """Return what comparing with a revision, signed up to octet `end`, noted of drawings over what they may hide."""
    noted = reader.overlaid.get(revision, {})
    return tuple(
        Overlay(signed=end, page=page, part=part, is_alike=alike, is_placed=placed)
        for (page, part), (alike, placed) in noted.items()
    )
