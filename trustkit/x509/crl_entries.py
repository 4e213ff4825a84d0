"""The entries of a revocation list, indexed once by serial number (RFC 5280 5.1.2.6, 5.3).

The first question walks all entries, checks that they lie end to end, and keeps one offset for each serial number; an
entry's date and extensions are decoded when it is asked for. Large lists therefore cost little until they are needed.

In an indirect list an entry belongs to the issuer named by the nearest certificateIssuer at or before it, the list's own
where there is none (5.3.3).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from trustkit.encoding import der
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509 import oids
from trustkit.x509.extension import NO_EXTENSIONS, read_extensions
from trustkit.x509.general_name import DIRECTORY_NAME, read_general_names
from trustkit.x509.name import names_equal
from trustkit.x509.reason import REASON_BY_NUMBER, RevocationReason

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from trustkit.x509.extension import Extension

MAX_ENTRIES: Final = 4_000_000  # the size limit of a list is reached at about two million
_MAX_SERIAL_OCTETS: Final = 128
_ENUMERATED: Final = 0x0A
_CRITICAL: Final = re.compile(rb"\x01\x01[^\x00]\x04", re.DOTALL)  # BOOLEAN TRUE before the OCTET STRING of a value
_ISSUER: Final = re.compile(re.escape(b"\x06\x03\x55\x1d\x1d"))  # the identifier of certificateIssuer
_PROCESSED: Final = frozenset({oids.REASON_CODE, oids.INVALIDITY_DATE})
_PROCESSED_INDIRECT: Final = _PROCESSED | {oids.CERTIFICATE_ISSUER}


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokedEntry:
    """One entry: serial number, time of revocation, reason (`unspecified` when absent or unknown), suspected compromise."""

    serial: int
    date: datetime
    reason: RevocationReason
    invalidity_date: datetime | None = None


class EntryIndex:
    """Offsets of entries by serial number, built when first asked; building twice at once is harmless."""

    __slots__ = ("_data", "_index", "_indirect", "_issuer", "_revoked")

    def __init__(self, data: bytes, revoked: der.Tlv | None, *, issuer: bytes, indirect: bool) -> None:
        self._data = data
        self._revoked = revoked
        self._issuer = issuer
        self._indirect = indirect
        self._index: _Index | None = None

    def count(self) -> int:
        """Return the number of serial numbers listed. Raise as `find` does."""
        return len(self._built().offsets)

    def find(self, serial: int, issuer: bytes) -> RevokedEntry | None:
        """Return the entry of a serial number of an issuer (DER name) or None. Raise CRL_MALFORMED or CRL_SCOPE."""
        index = self._built()
        if serial not in index.offsets or self._revoked is None:
            return None
        for offset in (index.offsets[serial], *index.further.get(serial, ())):
            if names_equal(index.issuer_at(offset, self._issuer), issuer):
                try:
                    return _entry(self._data, der.read_tlv(self._data, offset, self._revoked.end), serial, self._known)
                except TrustError as error:
                    raise _malformed(error) from error
        return None

    @property
    def _known(self) -> frozenset[str]:
        return _PROCESSED_INDIRECT if self._indirect else _PROCESSED

    def _built(self) -> _Index:
        if self._index is None:
            try:
                self._index = _index(self._data, self._revoked, self._known, indirect=self._indirect)
            except TrustError as error:
                raise _malformed(error) from error
        return self._index


@dataclass(slots=True)
class _Index:
    """First offset of each serial number, further ones of an indirect list, and where in it another issuer begins."""

    offsets: dict[int, int] = field(default_factory=dict)
    further: dict[int, list[int]] = field(default_factory=dict)
    starts: list[int] = field(default_factory=list)
    issuers: list[bytes] = field(default_factory=list)

    def issuer_at(self, offset: int, own: bytes) -> bytes:
        """Return the DER name of the issuer whose entry stands at `offset`."""
        at = bisect_right(self.starts, offset)
        return self.issuers[at - 1] if at else own


def _malformed(error: TrustError) -> TrustError:
    if error.code is ErrorCode.CRL_SCOPE:
        return error
    return TrustError(ErrorCode.CRL_MALFORMED, error.detail, **error.facts)


def _index(data: bytes, revoked: der.Tlv | None, known: frozenset[str], *, indirect: bool) -> _Index:
    index = _Index()
    if revoked is None:
        return index
    found = index.offsets
    for count, (start, serial_at, serial_end) in enumerate(_walk(data, revoked.body, revoked.end), 1):
        if count > MAX_ENTRIES:
            raise TrustError(ErrorCode.CRL_MALFORMED, "too many entries", limit=MAX_ENTRIES)
        serial = int.from_bytes(data[serial_at:serial_end], "big", signed=True)
        # RFC 5280 5.1.2.6 lists a certificate once; should it stand twice, the first entry speaks.
        if found.setdefault(serial, start) != start and indirect:
            index.further.setdefault(serial, []).append(start)
    _refuse_unprocessed(data, revoked, known)
    if indirect:
        _find_issuers(data, revoked, index)
    return index


def _find_issuers(data: bytes, revoked: der.Tlv, index: _Index) -> None:
    """Note every entry that names an issuer; the octets of the extension's identifier say where to look."""
    for start in _entries_with(_ISSUER, data, revoked):
        extension = _read(data, der.read_tlv(data, start, revoked.end))[2].get(oids.CERTIFICATE_ISSUER)
        if extension is not None:
            outer = der.read_tlv(extension.value, 0, len(extension.value))
            names = [n.value for n in read_general_names(extension.value, outer) if n.form == DIRECTORY_NAME]
            if not names:
                raise TrustError(ErrorCode.CRL_SCOPE, "an entry's issuer has no directory name")
            index.starts.append(start)
            index.issuers.append(names[0])


def _entries_with(octets: re.Pattern[bytes], data: bytes, revoked: der.Tlv) -> Iterator[int]:
    """Yield where an entry begins in which the octets occur, each once however often they do."""
    starts: list[int] = []
    previous = -1
    for hit in octets.finditer(data, revoked.body, revoked.end):
        starts = starts or [start for start, _, _ in _walk(data, revoked.body, revoked.end)]
        start = starts[bisect_right(starts, hit.start()) - 1]
        if start != previous:
            previous = start
            yield start


def _walk(data: bytes, offset: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Yield (entry start, serial start, serial end) of entries that lie end to end.

    Entries are short, so the usual case, two one-octet lengths, is read in place; anything else goes the careful way.
    """
    while offset < end:
        head = data[offset : offset + 4]
        if len(head) == 4 and head[0] == 0x30 and head[1] < 0x80 and head[2] == 0x02 and 0 < head[3] < 0x80:  # noqa: PLR2004 - tags and short lengths
            entry_end = offset + 2 + head[1]
            serial_at, serial_end = offset + 4, offset + 4 + head[3]
        else:
            entry = der.read_tlv(data, offset, end)
            der.expect(data, entry, der.SEQUENCE, "entry")
            serial = der.read_tlv(data, entry.body, entry.end)
            der.expect(data, serial, der.INTEGER, "serial number")
            entry_end, serial_at, serial_end = entry.end, serial.body, serial.end
        if not (serial_at < serial_end < entry_end <= end) or serial_end - serial_at > _MAX_SERIAL_OCTETS:
            raise TrustError(ErrorCode.DER_MALFORMED, "entry", offset=offset)
        yield offset, serial_at, serial_end
        offset = entry_end


def _refuse_unprocessed(data: bytes, revoked: der.Tlv, known: frozenset[str]) -> None:
    """Raise CRL_SCOPE when any entry holds a critical extension that is not processed (RFC 5280 5.3).

    Entries are not decoded for this: only those are looked at where the octets of a critical extension occur.
    """
    for start in _entries_with(_CRITICAL, data, revoked):
        _require_processed(_read(data, der.read_tlv(data, start, revoked.end))[2], known)


def _require_processed(extensions: Mapping[str, Extension], known: frozenset[str]) -> None:
    for extension in extensions.values():
        if extension.critical and extension.oid not in known:
            raise TrustError(ErrorCode.CRL_SCOPE, "an entry holds an unknown critical extension", oid=extension.oid)


def _read(data: bytes, entry: der.Tlv) -> tuple[der.Tlv, der.Tlv, Mapping[str, Extension]]:
    match der.children(data, entry):
        case (serial, date):
            return serial, date, NO_EXTENSIONS
        case (serial, date, extensions):
            return serial, date, read_extensions(data, extensions)
        case _:
            raise TrustError(ErrorCode.DER_MALFORMED, "entry", offset=entry.start)


def _entry(data: bytes, element: der.Tlv, serial: int, known: frozenset[str]) -> RevokedEntry:
    _, date, extensions = _read(data, element)
    _require_processed(extensions, known)
    reason, invalidity = extensions.get(oids.REASON_CODE), extensions.get(oids.INVALIDITY_DATE)
    return RevokedEntry(
        serial=serial,
        date=der.decode_time(date.tag, der.content(data, date)),
        reason=RevocationReason.UNSPECIFIED if reason is None else _reason(reason.value),
        invalidity_date=None if invalidity is None else _time(invalidity.value),
    )


def _reason(value: bytes) -> RevocationReason:
    element = der.read_tlv(value, 0, len(value))
    number = der.decode_integer(der.expect(value, element, _ENUMERATED, "reasonCode"))
    # An unknown number is a revocation all the same.
    return REASON_BY_NUMBER.get(number, RevocationReason.UNSPECIFIED)


def _time(value: bytes) -> datetime:
    element = der.read_tlv(value, 0, len(value))
    return der.decode_time(element.tag, der.content(value, element))
