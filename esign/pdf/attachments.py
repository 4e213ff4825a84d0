"""Files embedded in a PDF (ISO 32000-1 7.11.4, ISO 19005-3 annex E): a licence carries its machine-readable data so."""

# pyHanko ships its types with gaps:
# mypy: untyped-calls-exclude="pyhanko"

from __future__ import annotations

from typing import TYPE_CHECKING

from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject, IndirectObject, Reference, StreamObject

from esign.pdf.limits import MAX_ATTACHMENTS, MAX_NAME_TREE_DEPTH
from esign.pdf.model import PdfAttachment
from esign.pdf.reader import entry, raw_items
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyhanko.pdf_utils.generic import PdfObject

    from esign.pdf.reader import BoundedReader


def read_attachments(reader: BoundedReader) -> tuple[PdfAttachment, ...]:
    """Return the files named by the catalog's /Names /EmbeddedFiles and /AF, each once, in that order.

    Raises:
        TrustError: PDF_LIMIT beyond `MAX_ATTACHMENTS`, PDF_MALFORMED for a tree or a description that is none.
    """
    described: dict[int, DictionaryObject] = {}
    for item in (*_named(reader.root), *_associated(reader.root)):
        specification = item.get_object()
        if not isinstance(specification, DictionaryObject):
            raise TrustError(ErrorCode.PDF_MALFORMED, "a file specification is no dictionary")
        described[id(specification)] = specification
        if len(described) > MAX_ATTACHMENTS:
            raise TrustError(ErrorCode.PDF_LIMIT, "attachments", limit=MAX_ATTACHMENTS)
    return tuple(_attachment(reader, specification) for specification in described.values())


def _named(root: DictionaryObject) -> Iterator[PdfObject]:
    names = entry(root, "/Names")
    if isinstance(names, DictionaryObject) and "/EmbeddedFiles" in names:
        yield from _walk(names["/EmbeddedFiles"], 0)


def _walk(node: PdfObject, depth: int) -> Iterator[PdfObject]:
    """Yield the values of a name tree (ISO 32000-1 7.9.6)."""
    if depth > MAX_NAME_TREE_DEPTH:
        raise TrustError(ErrorCode.PDF_LIMIT, "depth of a name tree", limit=MAX_NAME_TREE_DEPTH)
    if not isinstance(node, DictionaryObject):
        raise TrustError(ErrorCode.PDF_MALFORMED, "a name tree node is no dictionary")
    yield from raw_items(entry(node, "/Names"))[1::2]
    for kid in raw_items(entry(node, "/Kids")):
        yield from _walk(kid.get_object(), depth + 1)


def _associated(root: DictionaryObject) -> Iterator[PdfObject]:
    associated = entry(root, "/AF")
    if isinstance(associated, ArrayObject):
        yield from (associated.raw_get(index) for index in range(len(associated)))


def _attachment(reader: BoundedReader, specification: DictionaryObject) -> PdfAttachment:
    files = entry(specification, "/EF")
    if not isinstance(files, DictionaryObject):
        raise TrustError(ErrorCode.PDF_MALFORMED, "a file specification embeds no file")
    reference = files.raw_get("/UF" if "/UF" in files else "/F")
    if not isinstance(reference, IndirectObject):
        raise TrustError(ErrorCode.PDF_MALFORMED, "an embedded file is no reference")
    stream = reference.get_object()
    if not isinstance(stream, StreamObject):
        raise TrustError(ErrorCode.PDF_MALFORMED, "an embedded file is no stream")
    history = reader.xrefs
    touched = [history.get_last_change(reference.reference)]
    holder = specification.container_ref
    if not isinstance(holder, Reference):
        raise TrustError(ErrorCode.PDF_MALFORMED, "a file specification lies in no object")
    touched.append(history.get_last_change(holder))
    return PdfAttachment(
        name=str(entry(specification, "/UF" if "/UF" in specification else "/F", "")),
        description=str(entry(specification, "/Desc", "")),
        media_type=str(entry(stream, "/Subtype", "")).removeprefix("/"),
        relationship=str(entry(specification, "/AFRelationship", "")).removeprefix("/"),
        data=stream.read_data(),
        revision=max(touched),
    )
