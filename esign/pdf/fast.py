"""The fast way into the usual signed file: one signature over the whole of it, written plainly, decided strictly.

    file = open_fast(octets)        # None: read the full way

Exactly one /ByteRange, of the form [0 a b c] and up to the last octet; its gap one hexadecimal string with an even number of
digits; SubFilter ETSI.CAdES.detached; after the signature only zeros; tables of references in the classic form, every row
of twenty octets, nothing freed, nothing twice (ISO 32000-1 7.5.4). What is left is as `esign.pdf.read` reads it, by the
same code; only objects come sooner. Anything else, and any doubt, goes the full way, and never to "accepted".
"""

# pyHanko ships its types with gaps:
# mypy: allow-untyped-calls

from __future__ import annotations

import binascii
import re
from typing import TYPE_CHECKING, Final

from pyhanko.pdf_utils.generic import (
    DictionaryObject,
    IndirectObject,
    NumberObject,
    Reference,
    TrailerReference,
)
from pyhanko.pdf_utils.rw_common import PdfHandler

from esign.pdf.limits import MAX_OBJECTS, MAX_PDF_OCTETS, MAX_REVISIONS, MAX_SIGNATURE_OCTETS
from esign.pdf.linearized import is_two_files
from esign.pdf.quick_objects import Plain, Unusual
from esign.pdf.reader import FAILURES, new_budget
from trustkit.errors import TrustError

if TYPE_CHECKING:
    from pyhanko.pdf_utils.decode_limits import DecodeContext
    from pyhanko.pdf_utils.generic import PdfObject

DOUBTS: Final = (Unusual, TrustError, RecursionError, *FAILURES)  # after any of these the full way decides
MAX_STEPS: Final = 20_000  # references followed; five thousand pages take half of it
_HEADER: Final = re.compile(rb"%PDF-(?:1\.[0-7]|2\.0)[\r\n]")
_BYTE_RANGE: Final = re.compile(
    rb"/ByteRange[\t\n\r ]*\[[\t\n\r ]*0 ([0-9]{1,10}) ([0-9]{1,10}) ([0-9]{1,10})[\t\n\r ]*\]"
)
_NAME: Final = b"/ByteRange"
_SUB_FILTER: Final = re.compile(rb"/SubFilter[\t\n\r ]*/ETSI\.CAdES\.detached(?=[\t\n\r />])")
_NO_GAP: Final = (-2, -2)  # where nothing stands
_ROOM: Final = 4096  # octets of a signature dictionary before and after its gap
_END: Final = re.compile(rb"[\r\n]startxref\r?\n([0-9]{1,10})\r?\n%%EOF(?:\r\n|\n|\r)?$")
_END_ROOM: Final = 64
_SECTION: Final = re.compile(rb"([0-9]{1,7}) ([0-9]{1,7})[ ]?\r?\n")
_ROW: Final = 20
_ROWS: Final = re.compile(rb"(?:[0-9]{10} 00000 n(?: \n|\r\n| \r))*")
_FIRST_ROW: Final = re.compile(rb"0000000000 65535 f(?: \n|\r\n| \r)")
_TABLE: Final = re.compile(rb"xref\r?\n")
_TRAILER: Final = re.compile(rb"trailer[\t\n\r ]*(?=<<)")
_TRAILER_KEYS: Final = frozenset({"/Size", "/Root", "/Info", "/ID", "/Prev"})
_OBJECT: Final = re.compile(rb"([1-9][0-9]{0,6}) 0 obj(?=[\t\n\r <\[(/])")


class _History:
    """Where objects stand, and which revision put them there: what `esign.pdf` asks of pyHanko's references."""

    hybrid_xrefs_present: Final = False

    def __init__(self, tables: list[dict[int, int]]) -> None:
        self.total_revisions = len(tables)  # the oldest first
        self._places: dict[int, int] = {}
        self._changed: dict[int, int] = {}
        for revision, table in enumerate(tables):
            self._places.update(table)
            self._changed.update(dict.fromkeys(table, revision))

    def __getitem__(self, reference: Reference) -> int:
        place = self._places.get(reference.idnum)
        if place is None or reference.generation:
            raise Unusual
        return place

    def get_last_change(self, reference: Reference) -> int:
        """Return the newest revision that holds the object."""
        return self._changed[reference.idnum]


class FastFile(PdfHandler):
    """A file opened the fast way. Everything it cannot read plainly is Unusual."""

    def __init__(self, data: bytes, gap: tuple[int, int], contents: bytes) -> None:
        self._data = data
        self._gap = gap
        self._contents = contents
        self._budget = new_budget(len(data))
        self._cache: dict[int, PdfObject] = {}
        self._steps = 0
        tables, root = self._read_tables()
        self.xrefs = _History(tables)
        self._root = root

    @property
    def decode_context(self) -> DecodeContext:
        """The budget that every decoded stream is charged to."""
        return self._budget

    @property
    def root_ref(self) -> Reference:
        """The catalogue's reference."""
        return self._root

    def get_object(self, ref: Reference, as_metadata_stream: bool = False) -> PdfObject:  # noqa: FBT001, FBT002, ARG002
        """Return the object behind a reference. Raise Unusual."""
        self._steps += 1
        if self._steps > MAX_STEPS:
            raise Unusual
        if (found := self._cache.get(ref.idnum)) is not None:
            return found
        match = _OBJECT.match(self._data, self.xrefs[ref])
        if match is None or int(match[1]) != ref.idnum:
            raise Unusual
        reference = Reference(ref.idnum, 0, self)
        found = Plain(self._data, match.end(), reference, self._gap, self._contents).read()
        if isinstance(found, IndirectObject):
            raise Unusual
        self._cache[ref.idnum] = found
        return found

    def let_go(self) -> None:
        """Forget the objects: each leads back to the file, so that the collector of garbage would have to find all of them."""
        self._cache.clear()

    def _read_tables(self) -> tuple[list[dict[int, int]], Reference]:
        match = _END.search(self._data, max(0, len(self._data) - _END_ROOM))
        if match is None or not _HEADER.match(self._data):
            raise Unusual
        at, root = int(match[1]), None
        if is_two_files(self._data, at):
            raise Unusual
        tables: list[dict[int, int]] = []
        newer = MAX_OBJECTS
        while len(tables) < MAX_REVISIONS:
            table, trailer = self._read_table(at)
            size = int(trailer.raw_get("/Size"))
            if size > newer:
                raise Unusual  # a later revision has no fewer objects than the one before
            newer = size
            tables.append(table)
            root = root or trailer.raw_get("/Root")
            if "/Prev" not in trailer:
                if not isinstance(root, IndirectObject):
                    raise Unusual
                return tables[::-1], root.reference
            before = trailer.raw_get("/Prev")
            if not isinstance(before, NumberObject) or not 0 < before < at:
                raise Unusual
            at = int(before)
        raise Unusual

    def _read_table(self, at: int) -> tuple[dict[int, int], DictionaryObject]:
        start = _TABLE.match(self._data, at)
        if start is None:
            raise Unusual
        table: dict[int, int] = {}
        place = start.end()
        while (section := _SECTION.match(self._data, place)) is not None:
            first, count, place = int(section[1]), int(section[2]), section.end()
            if first == 0 and count and _FIRST_ROW.match(self._data, place):
                first, count, place = 1, count - 1, place + _ROW
            end = place + count * _ROW
            rows = _ROWS.match(self._data, place, end)
            if count > MAX_OBJECTS or first == 0 or rows is None or rows.end() != end:
                raise Unusual
            offsets = [int(self._data[row : row + 10]) for row in range(place, end, _ROW)]
            fresh = dict(zip(range(first, first + count), offsets, strict=True))
            if not table.keys().isdisjoint(fresh):
                raise Unusual
            table.update(fresh)
            place = end
        mark = _TRAILER.match(self._data, place)
        if mark is None:
            raise Unusual
        trailer = Plain(self._data, mark.end(), TrailerReference(self), self._gap, self._contents).dictionary()
        size = trailer.raw_get("/Size")
        usual = (
            set(trailer) <= _TRAILER_KEYS
            and isinstance(size, NumberObject)
            and isinstance(trailer.raw_get("/Root"), IndirectObject)
        )
        if not usual or not max(table, default=0) < size <= MAX_OBJECTS:
            raise Unusual
        return table, trailer


def open_plain(data: bytes) -> FastFile | None:
    """Return a file without signatures that is written plainly, such as a compiler's; None for any other. Raises nothing.

    It is no way to judge a file by: what it does not read plainly, it raises `DOUBTS` over later.
    """
    if _NAME in data or len(data) > MAX_PDF_OCTETS:
        return None
    try:
        return FastFile(data, _NO_GAP, b"")
    except DOUBTS:
        return None


def open_fast(data: bytes) -> FastFile | None:
    """Return the file opened the fast way; None when the rule does not hold of it. Raises nothing."""
    try:
        return _opened(data)
    except DOUBTS:
        return None


def _opened(data: bytes) -> FastFile | None:
    place = data.find(_NAME)
    match = _BYTE_RANGE.match(data, place) if place >= 0 else None
    if match is None or len(data) > MAX_PDF_OCTETS or data.find(_NAME, match.end()) >= 0:
        return None
    start, end, rest = int(match[1]), int(match[2]), int(match[3])
    if not 0 < start < end - 1 or end + rest != len(data) or end - start - 2 > 2 * MAX_SIGNATURE_OCTETS:
        return None
    if data[start] != ord("<") or data[end - 1] != ord(">") or not start - _ROOM < match.start() < end + _ROOM:
        return None
    near = data[max(0, start - _ROOM) : start], data[end : end + _ROOM]
    if not any(_SUB_FILTER.search(part) for part in near):
        return None
    return FastFile(data, (start, end), binascii.unhexlify(data[start + 1 : end - 1]))
