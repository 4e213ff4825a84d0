"""From a filled signature field to an `UnverifiedPdfSignature`: the signature dictionary of ISO 32000-1 table 252."""

# pyHanko ships its types with gaps:
# mypy: untyped-calls-exclude="pyhanko"

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Final

from pyhanko.pdf_utils.generic import (
    ArrayObject,
    ByteStringObject,
    DictionaryObject,
    IndirectObject,
    NumberObject,
    TextStringObject,
    parse_pdf_date,
)
from pyhanko.sign.fields import FieldMDPAction, FieldMDPSpec

from esign.pdf.changes import changes_after
from esign.pdf.limits import MAX_SIGNATURE_OCTETS
from esign.pdf.model import CertificationLevel, FieldLock, LockAction, SignatureForm, UnverifiedPdfSignature
from esign.pdf.reader import FAILURES, entry
from trustkit.encoding import der
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from pyhanko.pdf_utils.generic import PdfObject, Reference

    from esign.pdf.reader import BoundedReader

TIMESTAMP_SUB_FILTER: Final = "ETSI.RFC3161"
_MAX_TEXT: Final = 1000
_BYTE_RANGE_PARTS: Final = 4


@dataclass(frozen=True, slots=True)
class PlacedSignature:
    """A signature and the offset at which the file lists the object of its dictionary, None inside object streams."""

    signature: UnverifiedPdfSignature
    place: int | None


def read_signature(reader: BoundedReader, data: bytes, name: str, reference: IndirectObject) -> PlacedSignature:
    """Return what the filled field behind `reference` claims. Raise PDF_LIMIT, and what pyHanko raises."""
    field = reference.get_object()
    raw = field.raw_get("/V")
    holder: Reference = (raw if isinstance(raw, IndirectObject) else reference).reference
    revision = reader.xrefs.get_last_change(holder)
    value = _as_signed(reader, raw, holder, revision)
    dictionary = value if isinstance(value, DictionaryObject) else DictionaryObject()
    whole = _contents(dictionary)
    contents, padding = split_padding(whole)
    byte_range = _byte_range(dictionary)
    sub_filter = _name(dictionary, "/SubFilter")
    level = _certification(dictionary, field)
    locked = _locked_fields(dictionary)
    place = reader.xrefs[holder]
    signature = UnverifiedPdfSignature(
        field_name=name[:_MAX_TEXT],
        filter=_name(dictionary, "/Filter"),
        sub_filter=sub_filter,
        byte_range=byte_range,
        contents=contents,
        padding=padding,
        form=_form(contents, sub_filter, _name(dictionary, "/Type")),
        revision=revision,
        covers_whole_file=len(byte_range) == _BYTE_RANGE_PARTS
        and byte_range[0] == 0
        and byte_range[2] + byte_range[3] == len(data),
        certification=level,
        lock=None if locked is None else _lock(locked, level),
        claimed_time=_time(dictionary),
        reason=_text(dictionary, "/Reason"),
        location=_text(dictionary, "/Location"),
        name=_text(dictionary, "/Name"),
        later_changes=changes_after(
            reader,
            data,
            byte_range=byte_range,
            revision=revision,
            level=level,
            locked_fields=locked,
        ),
    )
    return PlacedSignature(signature, place if isinstance(place, int) else None)


def _as_signed(reader: BoundedReader, raw: PdfObject, holder: Reference, revision: int) -> PdfObject:
    """Return the signature dictionary as its own revision saw it: what it refers to may have been replaced since."""
    if revision == reader.xrefs.total_revisions - 1 or not isinstance(raw, IndirectObject):
        found: PdfObject = raw.get_object()
    else:
        found = reader.get_historical_resolver(revision)(holder)
    return found


def split_padding(octets: bytes) -> tuple[bytes, bytes]:
    """Return the first DER element of /Contents and what follows; all and nothing when it begins with no such element."""
    try:
        end = der.read_tlv(octets, 0, len(octets)).end
    except TrustError:
        end = len(octets)
    return octets[:end], octets[end:]


def _form(contents: bytes, sub_filter: str, kind: str) -> SignatureForm:
    """Decide the syntax by the first element (an OID begins a message, a SEQUENCE a seal signature), whatever /SubFilter says."""
    if contents[:1] != bytes((der.SEQUENCE,)):
        return SignatureForm.UNKNOWN
    long_form = contents[1] & 0x80 if len(contents) > 1 else 0
    first = 2 + (contents[1] & 0x7F if long_form else 0)
    tag = contents[first] if len(contents) > first else 0
    if tag == der.SEQUENCE:
        return SignatureForm.SES
    if tag != der.OID:
        return SignatureForm.UNKNOWN
    stamp = sub_filter == TIMESTAMP_SUB_FILTER or kind == "DocTimeStamp"
    return SignatureForm.RFC3161 if stamp else SignatureForm.CMS


def _contents(dictionary: DictionaryObject) -> bytes:
    """Return the octets of /Contents, which must be written in place; none when it is anything but a string."""
    if "/Contents" not in dictionary:
        return b""
    value = dictionary.raw_get("/Contents")
    if not isinstance(value, ByteStringObject | TextStringObject):
        return b""
    octets: bytes = value.original_bytes
    if len(octets) > MAX_SIGNATURE_OCTETS:
        raise TrustError(ErrorCode.PDF_LIMIT, "octets of a signature", limit=MAX_SIGNATURE_OCTETS)
    return octets


def _byte_range(dictionary: DictionaryObject) -> tuple[int, ...]:
    """Return the integers of /ByteRange, none when it is not an array of a few non-negative integers."""
    value = dictionary.raw_get("/ByteRange") if "/ByteRange" in dictionary else None
    if not isinstance(value, ArrayObject) or len(value) > 2 * _BYTE_RANGE_PARTS:
        return ()
    numbers = list(value.iterate())
    if not all(isinstance(number, NumberObject) and number >= 0 for number in numbers):
        return ()
    return tuple(int(number) for number in numbers)


def _certification(dictionary: DictionaryObject, field: DictionaryObject) -> CertificationLevel | None:
    """Return the strictest level declared; an unreadable one counts as the strictest.

    It stands in DocMDP, in the field's /Lock (ISO 32000-2), or where Acrobat writes it, in the parameters of FieldMDP.
    """
    levels = [  # table 254: default 2
        _level(entry(transform, "/P", CertificationLevel.FORM_FILLING))
        for transform in _transforms(dictionary, "/DocMDP")
    ]
    lock = entry(field, "/Lock")
    also = [*_transforms(dictionary, "/FieldMDP"), *((lock,) if isinstance(lock, DictionaryObject) else ())]
    levels += [_level(each["/P"]) for each in also if "/P" in each]
    return min(levels, default=None)


def _level(value: object) -> CertificationLevel:
    try:
        return CertificationLevel(int(value))  # type: ignore[call-overload]
    except (TypeError, ValueError):
        return CertificationLevel.NO_CHANGES


def _locked_fields(dictionary: DictionaryObject) -> FieldMDPSpec | None:
    found = list(_transforms(dictionary, "/FieldMDP"))
    if len(found) > 1:
        return FieldMDPSpec(FieldMDPAction.ALL)  # nobody writes two; readers may heed either
    return FieldMDPSpec.from_pdf_object(found[0]) if found else None


def field_lock(dictionary: DictionaryObject) -> FieldLock:
    """Return what a signature field's /Lock demands (ISO 32000-1 table 233). Raise what pyHanko raises."""
    level = _level(dictionary["/P"]) if "/P" in dictionary else None
    return _lock(FieldMDPSpec.from_pdf_object(dictionary), level)


def _lock(found: FieldMDPSpec, level: CertificationLevel | None) -> FieldLock:
    names = () if found.fields is None else tuple(str(name)[:_MAX_TEXT] for name in found.fields)
    return FieldLock(action=LockAction(str(found.action.value).removeprefix("/")), fields=names, level=level)


def _transforms(dictionary: DictionaryObject, method: str) -> Iterator[DictionaryObject]:
    """Yield the parameters of the signature references with that transform method (ISO 32000-1 table 253)."""
    references = entry(dictionary, "/Reference")
    if not isinstance(references, ArrayObject):
        return
    for item in references:
        found = item.get_object()
        if isinstance(found, DictionaryObject) and entry(found, "/TransformMethod") == method:
            parameters = entry(found, "/TransformParams")
            yield parameters if isinstance(parameters, DictionaryObject) else DictionaryObject()


def _time(dictionary: DictionaryObject) -> datetime | None:
    """Return /M in UTC, None when absent, malformed or without a time zone: it is a claim and decides nothing."""
    try:
        moment = parse_pdf_date(dictionary["/M"], strict=False)
        return moment.astimezone(UTC) if moment.tzinfo else None
    except FAILURES:
        return None


def _name(dictionary: DictionaryObject, key: str) -> str:
    return str(entry(dictionary, key, "")).removeprefix("/")[:_MAX_TEXT]


def _text(dictionary: DictionaryObject, key: str) -> str:
    value = entry(dictionary, key)
    return str(value)[:_MAX_TEXT] if isinstance(value, TextStringObject) else ""
