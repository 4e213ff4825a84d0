"""Whether octets added behind a signature are one thing to all readers: plain, listed where they stand, and nothing else.

What the cross-references list is held against what stands there, both ways, so that a reader that mends files instead of
believing them finds the same objects (Mladenov et al., CCS 2019). See `esign.pdf.added_revisions` for the layout.
"""

# pyHanko ships its types with gaps:
# mypy: untyped-calls-exclude="pyhanko"

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pyhanko.pdf_utils.generic import NumberObject, Reference, StreamObject

from esign.pdf.added_revisions import read_added_revision
from esign.pdf.encodings import is_deflated_whole
from esign.pdf.limits import MAX_ADDED_OBJECTS
from esign.pdf.plain_syntax import Ambiguous, Name, Plainly, Pointer
from esign.pdf.stray_headers import stray_header
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from esign.pdf.added_revisions import AddedRevision
    from esign.pdf.reader import BoundedReader

_TAIL_WORDS: Final = (
    b"startxref",
    b"%%EOF",
)  # readers begin at the last of them, be it in a stream, a string or a comment
_BLANKS: Final = re.compile(rb"[\t\n\r ]*+")
_BEHIND: Final = re.compile(rb"[\t\n\r ]{0,16}")  # the last mark: some readers look for it in the last kilobyte only
_TRAILER: Final = b"trailer"  # what may stand between it and its dictionary, each reader says otherwise
_TABLE: Final = re.compile(rb"xref[\0\t\n\f\r \x80\xff]+[0-9]")
_STREAM_KEYS: Final = frozenset(
    {b"/Type", b"/Length", b"/Filter", b"/DecodeParms", b"/Size", b"/Index", b"/W"}  # of a section that is a stream
)
_SECTION_KEYS: Final = frozenset({b"/W", b"/Index"})  # by which some know a section, whatever its /Type
_TRAILER_KEYS: Final = frozenset({b"/Size", b"/Prev", b"/Root", b"/Info", b"/ID"})
_LOOKED: Final = 4  # octets of an object stream that are read as quickly as one of content
_MEMBER: Final = re.compile(rb"[\t\n\r ]*(0|[1-9][0-9]{0,9})(?=[\t\n\r ])")


def ambiguous_octets(reader: BoundedReader, data: bytes, end: int, revision: int) -> str:
    """Return why readers may disagree about the octets from `end` on, which came after `revision`; an empty text if not.

    Raises:
        TrustError: PDF_LIMIT, PDF_MALFORMED.
    """
    later = range(revision + 1, reader.xrefs.total_revisions)
    if sum(len(reader.xrefs.get_xref_data(each).explicit_refs_in_revision) for each in later) > MAX_ADDED_OBJECTS:
        raise TrustError(ErrorCode.PDF_LIMIT, "objects behind a signature", limit=MAX_ADDED_OBJECTS)
    for number in later:
        # kept: what one signature asks of a revision, all before it ask, with the line's end that is signed or without it
        end = _BLANKS.match(data, end).end()  # type: ignore[union-attr] # it always matches
        if end not in reader.plain_ends:
            reader.plain_ends[end] = _plain_end(reader, data, end, number)
        found = reader.plain_ends[end]
        if isinstance(found, str):
            return f"{found}: readers may disagree about what the file shows"
        end = found
    return "" if _BEHIND.fullmatch(data, end) is not None else "octets follow the end-of-file mark"


def _plain_end(reader: BoundedReader, data: bytes, start: int, number: int) -> int | str:
    """Return where the revision that begins at `start` ends, or why readers may disagree about it."""
    try:
        return _require_plain(reader, data, start, number)
    except Ambiguous as doubt:
        what, place = doubt.args
        return f"{what}, at octet {place}"


def _require_plain(reader: BoundedReader, data: bytes, start: int, number: int) -> int:
    def length_of(pointer: Pointer) -> int | None:
        found = reader.get_historical_resolver(number).get_object(Reference(pointer.number, pointer.generation, reader))
        return int(found) if isinstance(found, NumberObject) else None

    added = read_added_revision(data, start, length_of)
    if added.section != reader.xrefs.get_startxref_for_revision(number):
        raise Ambiguous("an update that is not the one the cross-references tell of", added.section)
    _require_section(added, reader.xrefs.get_startxref_for_revision(number - 1))
    _require_listed(reader, number, added)
    headers = {place for place, _ in added.objects.values()}
    if (stray := stray_header(data, start, added.end, headers)) is not None:
        raise Ambiguous("what looks like an object and is none", stray)
    if any(data.count(word, start, added.end) != 1 for word in _TAIL_WORDS):
        raise Ambiguous("what looks like the end of an update and is none", start)
    has_table = added.rows is not None
    if data.count(_TRAILER, start, added.end) != has_table:
        raise Ambiguous("what looks like a trailer and is none", start)
    if sum(1 for _ in _TABLE.finditer(data, start, added.end)) != 1 + has_table:  # one of them is the end of startxref
        raise Ambiguous("what looks like a cross-reference table and is none", start)
    return added.end


def _require_section(added: AddedRevision, before: int) -> None:
    """Hold the trailer to what all readers know of it (7.5.5, 7.5.8)."""
    trailer = added.trailer
    allowed = _TRAILER_KEYS if added.rows is not None else _TRAILER_KEYS | _STREAM_KEYS
    if not trailer.keys() <= allowed:
        raise Ambiguous("a trailer with entries of no meaning there", added.section)
    if trailer.get(b"/Prev") != before or isinstance(trailer.get(b"/Prev"), bool | float):
        raise Ambiguous("an update that does not follow the one before", added.section)
    size = trailer.get(b"/Size")
    numbers = (*(key[0] for key in added.objects), *(key[0] for key in added.rows or ()))
    if isinstance(size, int) and max(numbers, default=0) >= size:
        raise Ambiguous("objects beyond the size that an update says it has", added.section)
    if not isinstance(size, int) or not isinstance(trailer.get(b"/Root"), Pointer):
        raise Ambiguous("a trailer without its size or root", added.section)


def _require_listed(reader: BoundedReader, number: int, added: AddedRevision) -> None:
    """Hold what an update lists against what stands in it: the same objects, at the same places."""
    listed = reader.xrefs.get_xref_data(number)
    places = {(idnum, generation): place for idnum, (generation, place) in listed.standard_xrefs.items()}
    if added.rows is not None and added.rows != places:
        raise Ambiguous("a cross-reference table that readers count differently", added.section)
    if added.section_key is not None:
        _require_rows(reader, number, added.section_key, added)
    standing = {key: place for key, (place, _) in added.objects.items()}
    section = {} if added.section_key is None else {added.section_key: added.section}
    if places | section != standing:
        raise Ambiguous("objects that are listed elsewhere, or not at all", added.section)
    members: dict[int, tuple[int, int]] = {}
    for key, (place, found) in added.objects.items():
        entries = found.value if isinstance(found.value, dict) and found.stream else {}
        kind = entries.get(b"/Type")
        if (kind == Name(b"/XRef") or _SECTION_KEYS & entries.keys()) and key != added.section_key:
            raise Ambiguous("a cross-reference stream that is none", place)
        if kind == Name(b"/ObjStm") or b"/First" in entries:
            inside = _members(reader, number, key, place)
            if not inside or not members.keys().isdisjoint(inside):
                raise Ambiguous("an object stream with an object twice, or none", place)
            members.update({each: (key[0], at) for at, each in enumerate(inside)})
    within = {idnum: (place.obj_stream_id, place.ix_in_stream) for idnum, place in listed.xrefs_in_objstm.items()}
    if within != members or not members.keys().isdisjoint(key[0] for key in standing):
        raise Ambiguous("objects in streams that are listed elsewhere, or not at all", added.section)


def _require_rows(reader: BoundedReader, revision: int, key: tuple[int, int], added: AddedRevision) -> None:
    """Hold a section that is a stream to its rows: as many as it announces, and nothing behind them (7.5.8)."""
    stream = reader.get_historical_resolver(revision).get_object(Reference(*key, reader))
    widths, size = added.trailer.get(b"/W"), added.trailer.get(b"/Size")
    index = added.trailer.get(b"/Index", [0, size])
    if not isinstance(stream, StreamObject) or not isinstance(widths, list) or not isinstance(index, list):
        raise Ambiguous("a cross-reference stream that is not plain", added.section)
    numbers = [each for each in (*widths, *index) if isinstance(each, int)]
    rows = sum(numbers[len(widths) + 1 :: 2])
    if (
        len(numbers) != len(widths) + len(index)
        or not is_deflated_whole(stream)
        or len(stream.data) != sum(numbers[: len(widths)]) * rows
    ):
        raise Ambiguous("a cross-reference stream that is not plain", added.section)


def _members(reader: BoundedReader, revision: int, key: tuple[int, int], place: int) -> list[int]:
    """Return the numbers of the objects in an object stream, each of them plain (7.5.7)."""
    stream = reader.get_historical_resolver(revision).get_object(Reference(*key, reader))
    if not isinstance(stream, StreamObject) or "/Extends" in stream or not is_deflated_whole(stream):
        raise Ambiguous("an object stream that is not plain", place)
    reader.count_content(len(stream.data) // _LOOKED)
    data, first, count = stream.data, stream.raw_get("/First"), stream.raw_get("/N")
    if not isinstance(first, NumberObject) or not isinstance(count, NumberObject) or not 0 < first <= len(data):
        raise Ambiguous("an object stream that is not plain", place)
    at, pairs = 0, []
    for _ in range(2 * int(count)):
        found = _MEMBER.match(data, at, int(first) + 1)
        if found is None:
            raise Ambiguous("an object stream that is not plain", place)
        pairs.append(int(found[1]))
        at = found.end()
    starts = [int(first) + offset for offset in pairs[1::2]]
    if starts != sorted(set(starts)) or data[at : int(first)].strip():
        raise Ambiguous("an object stream that is not plain", place)
    for start, end in zip(starts, [*starts[1:], len(data)], strict=True):
        _, behind = Plainly(data, end, lambda _: None).value(start)
        if data[behind:end].strip(b"\t\n\r "):
            raise Ambiguous("an object in a stream that is not plain", place)
    return pairs[::2]
