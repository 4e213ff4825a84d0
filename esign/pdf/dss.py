"""The document security store: certificates, CRLs and OCSP responses kept inside the PDF (EN 319 142-1 5.4.2).

`read_evidence` takes them out for a verifier, who owes them no belief; `write_evidence` puts them in before signing, in
the revision that the signature will cover, so that the file needs no later update.
"""

# pyHanko ships its types with gaps:
# mypy: untyped-calls-exclude="pyhanko"

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pyhanko.pdf_utils.decode_limits import DecodePurpose
from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject, IndirectObject, StreamObject, pdf_name
from pyhanko.pdf_utils.reader import PdfFileReader

from esign.pdf.fast import FastFile
from esign.pdf.model import EmbeddedEvidence
from esign.pdf.reader import entry
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

MAX_EVIDENCE_ITEMS: Final = 256  # a few signatures with their chains and lists; more is a way to keep a verifier busy
MAX_VRI_ENTRIES: Final = 64
_HEADER_ROOM: Final = 1024  # octets of an object before its stream's own
_KINDS: Final = (  # key in /DSS, key in /VRI, why it is decoded (bounds the size)
    ("/Certs", "/Cert", DecodePurpose.CERTIFICATE),
    ("/CRLs", "/CRL", DecodePurpose.CRL),
    ("/OCSPs", "/OCSP", DecodePurpose.OCSP_RESPONSE),
)


def read_evidence(root: DictionaryObject, data: bytes = b"") -> EmbeddedEvidence:
    """Return what /DSS and its /VRI entries hold, each octet string once, in order. Raise PDF_MALFORMED or PDF_LIMIT.

    `data` is the file, when the caller wants to know where in it each one lies.
    """
    store = entry(root, "/DSS")
    if store is None:
        return EmbeddedEvidence()
    if not isinstance(store, DictionaryObject):
        raise TrustError(ErrorCode.PDF_MALFORMED, "/DSS is no dictionary")
    found: list[tuple[bytes, ...]] = []
    ends: dict[bytes, int] = {}
    for key, vri_key, purpose in _KINDS:
        references: dict[tuple[int, int], IndirectObject] = {}
        for array in _arrays(store, key, vri_key):
            for item in array:
                if not isinstance(item, IndirectObject):
                    raise TrustError(ErrorCode.PDF_MALFORMED, f"{key} holds something that is no reference")
                references[item.idnum, item.generation] = item
                if len(references) > MAX_EVIDENCE_ITEMS:
                    raise TrustError(ErrorCode.PDF_LIMIT, f"too many {key}", limit=MAX_EVIDENCE_ITEMS)
        values: dict[bytes, None] = {}
        for stream, value, reference in _streams(references.values(), key, purpose):
            values[value] = None
            end = _end_of(stream, reference, data)
            if end is not None:
                ends[value] = min(end, ends.get(value, end))
        found.append(tuple(values))
    certificates, crls, ocsp_responses = found
    return EmbeddedEvidence(certificates=certificates, crls=crls, ocsp_responses=ocsp_responses, ends=ends)


def _arrays(store: DictionaryObject, key: str, vri_key: str) -> Iterator[ArrayObject]:
    holders: list[tuple[DictionaryObject, str]] = [(store, key)]
    vri = entry(store, "/VRI")
    if isinstance(vri, DictionaryObject):
        if len(vri) > MAX_VRI_ENTRIES:
            raise TrustError(ErrorCode.PDF_LIMIT, "too many /VRI entries", limit=MAX_VRI_ENTRIES)
        entries = (vri[name] for name in vri)
        holders += [(entry, vri_key) for entry in entries if isinstance(entry, DictionaryObject)]
    for holder, name in holders:
        array = entry(holder, name)
        if isinstance(array, ArrayObject):
            yield array


def _streams(
    references: Iterable[IndirectObject], key: str, purpose: DecodePurpose
) -> Iterator[tuple[StreamObject, bytes, IndirectObject]]:
    for reference in references:
        stream = reference.get_object()
        if not isinstance(stream, StreamObject):
            raise TrustError(ErrorCode.PDF_MALFORMED, f"{key} refers to something that is no stream")
        yield stream, stream.read_data(purpose), reference


def _end_of(stream: StreamObject, reference: IndirectObject, data: bytes) -> int | None:
    """Return the octet after a stream's own octets in the file; None where they are not found behind their object's header."""
    handler = reference.get_pdf_handler()
    place = handler.xrefs[reference.reference] if data and isinstance(handler, PdfFileReader | FastFile) else None
    if not isinstance(place, int):
        return None
    encoded = stream.encoded_data
    start = data.find(encoded, place, place + _HEADER_ROOM + len(encoded))
    return None if start < 0 else start + len(encoded)


def write_evidence(
    writer: IncrementalPdfFileWriter,
    certificates: Iterable[bytes],
    crls: Iterable[bytes],
    ocsp_responses: Iterable[bytes] = (),
) -> None:
    """Add DER certificates, CRLs and OCSP responses to /DSS, making it where there is none; what is already there stays."""
    root = writer.root
    store = entry(root, "/DSS")
    if store is None:
        store = DictionaryObject({pdf_name("/Type"): pdf_name("/DSS")})
        root[pdf_name("/DSS")] = writer.add_object(store)
        writer.update_root()
    else:
        writer.update_container(store)
    present = read_evidence(root)
    _extend(writer, store, "/Certs", certificates, present.certificates)
    _extend(writer, store, "/CRLs", crls, present.crls)
    _extend(writer, store, "/OCSPs", ocsp_responses, present.ocsp_responses)


def _extend(
    writer: IncrementalPdfFileWriter,
    store: DictionaryObject,
    key: str,
    values: Iterable[bytes],
    present: tuple[bytes, ...],
) -> None:
    fresh = [value for value in dict.fromkeys(values) if value not in present]
    if not fresh:
        return
    array = ArrayObject(entry(store, key, ()))
    for value in fresh:
        stream = StreamObject(stream_data=value)
        stream.compress()
        array.append(writer.add_object(stream))
    store[pdf_name(key)] = array
