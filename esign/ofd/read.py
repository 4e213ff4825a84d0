"""Reading an OFD: its documents, lists of signatures and attachments, as far as judging it needs (GB/T 33190-2016).

    ofd = read_ofd(octets)
    ofd.signatures[0].provider.name, ofd.unlisted

Strict about safety (`esign.ofd.package`, `esign.ofd.xml`), lenient about names, and what is departed from is named. What
belongs to a signature and is reached by no list is told in `unlisted`: such a document is never called unsigned.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from esign.ofd.encryption_read import require_clear
from esign.ofd.integrity_read import read_integrity
from esign.ofd.limits import MAX_ATTACHMENTS, MAX_DOCUMENTS, MAX_NOTES, MAX_VERSIONS
from esign.ofd.model import OfdAttachment, OfdDocument, UnreadableSignature, UnverifiedOfd
from esign.ofd.package import open_package
from esign.ofd.paths import first
from esign.ofd.signature_files import signature_files, unlisted_files
from esign.ofd.signature_read import read_signature, read_signature_list
from esign.ofd.source import Source
from esign.ofd.xml import attribute, child, child_text, children, local_name, require_child, require_root, text
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from esign.ofd.model import Integrity, OfdSignature
    from esign.ofd.xml import Element

ENTRY_POINT: Final = "OFD.xml"
_MAX_INFORMATION: Final = 64  # entries of DocInfo and of its custom data; invoices have a dozen


def read_ofd(data: bytes) -> UnverifiedOfd:
    """Return the documents and signatures of an OFD.

    Raises:
        TrustError: OFD_ZIP, OFD_NAME, OFD_ENCRYPTED, OFD_LIMIT, OFD_XML, OFD_PATH, OFD_MISSING, OFD_MALFORMED, as far as the
            entry point and each document's root are concerned. What is wrong with a signature stands with that signature.
    """
    source = Source(open_package(data))
    require_clear(source.package)
    entry = source.package.nearest(ENTRY_POINT)
    if entry is None:
        raise TrustError(ErrorCode.OFD_MISSING, "the package has no OFD.xml")
    root = require_root(source.xml(entry), "OFD", entry)
    bodies = list(children(root, "DocBody"))
    if not 1 <= len(bodies) <= MAX_DOCUMENTS:
        raise TrustError(ErrorCode.OFD_LIMIT if bodies else ErrorCode.OFD_MALFORMED, "documents", found=len(bodies))
    found = _Found()
    for number, body in enumerate(bodies):
        _document(source, body, entry, number, found)
    documents, signatures = tuple(found.documents), tuple(found.signatures)
    integrity = _integrity(source)
    reached = signature_files(documents, signatures, integrity)
    return UnverifiedOfd(
        package=source.package,
        entry=entry,
        documents=documents,
        signatures=signatures,
        attachments=tuple(found.attachments),
        attachments_unread=found.attachments_unread,
        integrity=integrity,
        unlisted=unlisted_files(source.package, reached, signed=bool(signatures)),
        notes=tuple(dict.fromkeys((*source.package.notes, *source.notes)))[:MAX_NOTES],
    )


@dataclass(slots=True)
class _Found:
    """What was read so far."""

    documents: list[OfdDocument] = field(default_factory=list)
    signatures: list[OfdSignature] = field(default_factory=list)
    attachments: list[OfdAttachment] = field(default_factory=list)
    attachments_unread: TrustError | None = None


def _document(source: Source, body: Element, entry: str, number: int, found: _Found) -> None:
    root = source.locate(text(require_child(body, "DocRoot")), holder=entry)
    top = require_root(source.xml(root), "Document", root)
    for name in ("CommonData", "Pages"):
        child(top, name)  # where one stands there twice, readers differ about which pages the document has
    try:
        found.attachments += _attachments(source, top, root, number)
    except TrustError as error:
        found.attachments_unread = found.attachments_unread or error
    listed, list_error = None, None
    announced = child_text(body, "Signatures")
    if announced:
        try:
            listed = source.locate(announced, holder=entry)
            _signatures(source, listed, number, found)
        except TrustError as error:
            list_error = error
    information, custom = _information(body)
    document = OfdDocument(
        root=root,
        signature_list=listed,
        information=information,
        custom_data=custom,
        versions=_versions(source, body, entry),
        list_error=list_error,
    )
    found.documents.append(document)


def _signatures(source: Source, listed: str, number: int, found: _Found) -> None:
    for item in read_signature_list(source, listed):
        try:
            signature: OfdSignature = read_signature(source, item, listed, number)
        except TrustError as error:
            signature = UnreadableSignature(
                document=number, identifier=item.identifier, file=item.path[:120], error=error
            )
        found.signatures.append(signature)


def _integrity(source: Source) -> Integrity:
    try:
        return read_integrity(source.package, source)
    except TrustError as error:
        return error


def _information(body: Element) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]:
    """Return DocInfo's own fields and its custom data. They are told, and decide nothing here, so odd ones are left out."""
    info = child(body, "DocInfo")
    if info is None:
        return (), ()
    plain = tuple((local_name(each), (each.text or "").strip()[:256]) for each in info if len(each) == 0)
    custom = child(info, "CustomDatas")
    pairs = [] if custom is None else list(children(custom, "CustomData"))[:_MAX_INFORMATION]
    data = tuple(((attribute(each, "Name") or "")[:64], (each.text or "").strip()[:256]) for each in pairs)
    return tuple(pair for pair in plain if pair[0])[:_MAX_INFORMATION], data


def _versions(source: Source, body: Element, entry: str) -> tuple[str, ...]:
    """Return the files that describe earlier states of a document, as far as they are in the package."""
    listed = child(body, "Versions")
    paths = [] if listed is None else [attribute(each, "BaseLoc") or "" for each in children(listed, "Version")]
    if len(paths) > MAX_VERSIONS:
        raise TrustError(ErrorCode.OFD_LIMIT, "versions", found=len(paths), limit=MAX_VERSIONS)
    found = (first(source.package, path, holder=entry) for path in paths if path)
    return tuple(file for file in found if file is not None)


def _attachments(source: Source, top: Element, root: str, number: int) -> list[OfdAttachment]:
    """Return the attachments of a document; of a list that two share, for each of them."""
    announced = child_text(top, "Attachments")
    if not announced:
        return []  # the element alone announces none
    listed = source.locate(announced, holder=root)
    every = list(children(require_root(source.xml(listed), "Attachments", listed), "Attachment"))
    source.spend("attachments", len(every), MAX_ATTACHMENTS)
    found: list[OfdAttachment] = []
    for each in every:
        loc = child_text(each, "FileLoc") or ""
        found.append(
            OfdAttachment(
                document=number,
                listed_in=listed,
                name=attribute(each, "Name") or "",
                format=attribute(each, "Format") or "",
                file=first(source.package, loc, holder=listed) if loc else None,
            )
        )
    return found
