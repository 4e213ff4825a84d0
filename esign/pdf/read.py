"""Reading a signed PDF: every signature in it, what followed each, the files attached and the evidence inside.

    pdf = read_pdf(octets)
    for signature in pdf.signatures:
        print(signature.field_name, signature.form, signature.later_changes.kind)

A signature is never dropped. A field with a value makes a signature whatever its filter, sub-filter or syntax, and a
``/ByteRange`` in the file that no field leads to is named in `UnverifiedPdf.uncovered`, but for usage rights: with those a maker of
software unlocked features of Adobe Reader, and signed nothing (ISO 32000-1 12.8.2.3; ISO 32000-2 has dropped them). Nothing
here is believed: see `esign.pdf.verify`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, cast

from pyhanko.pdf_utils.generic import DictionaryObject, IndirectObject
from pyhanko.sign.fields import enumerate_sig_fields

from esign.pdf.attachments import read_attachments
from esign.pdf.dss import read_evidence
from esign.pdf.fast import DOUBTS, open_fast
from esign.pdf.fields import read_signature
from esign.pdf.limits import MAX_SIGNATURES
from esign.pdf.model import EmbeddedEvidence, PdfAttachment, UnverifiedPdf
from esign.pdf.pages import page_tree
from esign.pdf.reader import entry, items, name_of, open_reader, refusals
from esign.pdf.shortcut import preload_signatures
from esign.pdf.shown_otherwise import shown_otherwise
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from esign.pdf.fields import PlacedSignature
    from esign.pdf.reader import BoundedReader

_BYTE_RANGE: Final = b"/ByteRange"
_ESCAPE: Final = re.compile(rb"#[4-7][0-9A-Fa-f]")
_ESCAPED_ROOM: Final = 30  # octets of the key with each letter escaped
_ESCAPED: Final = re.compile(rb"/" + b"".join(rb"(?:%c|#%02x|#%02X)" % (c, c, c) for c in b"ByteRange"))
_RIGHTS: Final = ("/UR3", "/UR")  # of /Perms (table 258), and so are the methods called
_STREAM: Final = (b"stream\n", b"stream\r\n")
_PDF: Final = b"%PDF-"
_HEADER: Final = re.compile(rb"(\d{1,10})\s{1,8}(\d{1,5})\s{1,8}obj")
_HEADER_ROOM: Final = 40
_MAX_BYTE_RANGES: Final = 4 * MAX_SIGNATURES  # superseded signature dictionaries stay in the file


def read_pdf(data: bytes) -> UnverifiedPdf:
    """Return the PDF's signatures (oldest first), attachments, embedded evidence and notes.

    Raises:
        TrustError: PDF_MALFORMED, PDF_ENCRYPTED, or PDF_LIMIT for a file beyond the bounds of `esign.pdf.limits`.
    """
    return read_quickly(data) or _read(data, shortcut=True)


def read_quickly(data: bytes) -> UnverifiedPdf | None:
    """Return what `read_pdf` returns, by the fast way; None where its rule does not hold or anything is in doubt."""
    file = open_fast(data)
    if file is None:
        return None
    try:
        # it offers what the functions below ask of a reader, as long as one signature covers the whole file
        found = _gathered(cast("BoundedReader", file), data)
    except DOUBTS:
        return None
    return None if found.notes else found


def _read(data: bytes, *, shortcut: bool) -> UnverifiedPdf:
    reader = open_reader(data)
    with refusals():
        if shortcut:
            preload_signatures(reader, data)
        return _gathered(reader, data)


def _gathered(reader: BoundedReader, data: bytes) -> UnverifiedPdf:
    pages = sum(node.is_page for node in page_tree(reader.root))
    signatures = _signatures(reader, data)
    notes: list[str] = []
    attachments, unread = _attachments(reader)
    if unread is not None:
        notes.append(f"attachments cannot be read: {unread.detail}")
    evidence = _evidence(reader, data, notes)
    rights = _usage_rights(reader)
    if rights:
        notes.append("usage rights for Adobe Reader, which nobody signs with and which are not judged")
    if reader.xrefs.hybrid_xrefs_present:
        notes.append("the file has hybrid cross-references")
    notes += shown_otherwise(reader.root)
    return UnverifiedPdf(
        data=data,
        signatures=tuple(item.signature for item in signatures),
        attachments=attachments,
        attachments_unread=unread,
        embedded_evidence=evidence,
        revisions=reader.xrefs.total_revisions,
        pages=pages,
        uncovered=_unreached(data, rights | {item.place for item in signatures}, _enclosed(data, attachments)),
        notes=tuple(notes),
    )


def _signatures(reader: BoundedReader, data: bytes) -> list[PlacedSignature]:
    """Return every filled signature field, oldest first."""
    found: list[PlacedSignature] = []
    for name, _, reference in enumerate_sig_fields(reader, filled_status=True):
        if len(found) >= MAX_SIGNATURES:
            raise TrustError(ErrorCode.PDF_LIMIT, "signatures", limit=MAX_SIGNATURES)
        found.append(read_signature(reader, data, str(name), reference))
    return sorted(found, key=lambda item: item.signature.revision)


def _usage_rights(reader: BoundedReader) -> set[int | None]:
    """Return where the signature dictionaries stand that unlock features of Adobe Reader."""
    permissions = entry(reader.root, "/Perms")
    found: set[int | None] = set()
    for key in _RIGHTS if isinstance(permissions, DictionaryObject) else ():
        named = permissions.raw_get(key) if key in permissions else None
        dictionary = entry(permissions, key)
        if isinstance(named, IndirectObject) and isinstance(dictionary, DictionaryObject):
            uses = [each for each in items(entry(dictionary, "/Reference")) if isinstance(each, DictionaryObject)]
            methods = [name_of(each, "/TransformMethod") for each in uses]
            place = reader.xrefs[named.reference]
            if isinstance(place, int) and methods and all(method in _RIGHTS for method in methods):
                found.add(place)
    return found


def _attachments(reader: BoundedReader) -> tuple[tuple[PdfAttachment, ...], TrustError | None]:
    try:
        with refusals():
            return read_attachments(reader), None
    except TrustError as error:
        return (), error


def _evidence(reader: BoundedReader, data: bytes, notes: list[str]) -> EmbeddedEvidence:
    try:
        with refusals():
            return read_evidence(reader.root, data)
    except TrustError as error:
        notes.append(f"the document security store cannot be read: {error.detail}")
        return EmbeddedEvidence()


def _enclosed(data: bytes, attachments: tuple[PdfAttachment, ...]) -> tuple[range, ...]:
    """Return where attached PDFs stand in the file as they are: what signed those is no signature of this one."""
    found = []
    for each in attachments:
        if each.data.startswith(_PDF) and _BYTE_RANGE in each.data:
            for lead in _STREAM:
                place = data.find(lead + each.data)
                found += [range(place + len(lead), place + len(lead) + len(each.data))] if place >= 0 else []
    return tuple(found)


def _unreached(data: bytes, reached: set[int | None], enclosed: tuple[range, ...]) -> tuple[str, ...]:
    """Name each ``/ByteRange`` in the file that lies in no object which a signature field leads to, nor in an attached file."""
    found = []
    for count, place in enumerate(_byte_ranges(data)):
        if count >= _MAX_BYTE_RANGES:
            raise TrustError(ErrorCode.PDF_LIMIT, "byte ranges", limit=_MAX_BYTE_RANGES)
        if any(place in each for each in enclosed):
            continue
        mark = data.rfind(b"obj", 0, place) + len(b"obj")
        headers = list(_HEADER.finditer(data, max(0, mark - _HEADER_ROOM), mark))
        if not headers or headers[-1].start() not in reached:
            found.append(f"a signature dictionary at octet {place} is reached by no signature field")
    return tuple(found)


def _byte_ranges(data: bytes) -> Iterator[int]:
    """Yield where the key stands, as usual and then with letters escaped (7.3.5): two quick scans, for files are large."""
    place = data.find(_BYTE_RANGE)
    while place >= 0:
        yield place
        place = data.find(_BYTE_RANGE, place + 1)
    told = -1
    for escape in _ESCAPE.finditer(data):
        start = data.rfind(b"/", max(0, escape.start() - _ESCAPED_ROOM), escape.start())
        if start > told and _ESCAPED.match(data, start):
            told = start
            yield start
