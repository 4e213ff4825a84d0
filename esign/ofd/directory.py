"""The directory of a ZIP archive, read so that no other reader can see another archive in the same octets (APPNOTE 6.3.10).

    entries = read_directory(data)

A ZIP says everything twice: in a local header before each file, and in the central directory at the end. Readers that stream
believe the first, others the second, and differences between them are how one file shows two documents. So both are compared
here, field by field, the files must lie side by side from the first octet to the central directory without gap or overlap,
and nothing may stand before or after. That is why the standard library's `zipfile`, which looks at one side, does not read
it; the tests hold every archive it writes against this reader.
"""

from __future__ import annotations

import struct
import zlib
from operator import attrgetter
from typing import Final, NamedTuple

from esign.ofd.entry_names import other_readings
from esign.ofd.limits import (
    MAX_ENTRIES,
    MAX_ENTRY_OCTETS,
    MAX_NAME_OCTETS,
    MAX_PACKAGE_OCTETS,
    MAX_RATIO,
    MAX_UNPACKED_OCTETS,
    UNPACKED_ALLOWANCE,
)
from trustkit.errors import ErrorCode, TrustError

STORED, DEFLATED = 0, 8  # APPNOTE 4.4.5; GB/T 33190 asks for ZIP with deflate

LOCAL_HEADER: Final = struct.Struct("<4s5H3I2H")  # APPNOTE 4.3.7
CENTRAL_HEADER: Final = struct.Struct("<4s6H3I5H2I")  # 4.3.12
END_RECORD: Final = struct.Struct("<4s4H2IH")  # 4.3.16
LOCAL_MARK, CENTRAL_MARK, END_MARK = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_ZIP64_LOCATOR_MARK, _DESCRIPTOR_MARK = b"PK\x06\x07", b"PK\x07\x08"
_FIELD: Final = struct.Struct("<2H")  # kind and size of an extra field, 4.5.1
_SIZES_32, _SIZES_64 = struct.Struct("<3I"), struct.Struct("<I2Q")
_DESCRIPTORS: Final = {  # by their octets
    12: (b"", _SIZES_32),
    16: (_DESCRIPTOR_MARK, _SIZES_32),
    20: (b"", _SIZES_64),
    24: (_DESCRIPTOR_MARK, _SIZES_64),
}
_MARKS: Final = (LOCAL_MARK, CENTRAL_MARK, END_MARK, _ZIP64_LOCATOR_MARK, _DESCRIPTOR_MARK)
_MARKS_BEGIN: Final = b"PK"
_ZIP64_LOCATOR_OCTETS: Final = 20
_ENCRYPTED, _DESCRIBED, _STRONG, _UTF8, _MASKED = 0x1, 0x8, 0x40, 0x800, 0x2000  # general purpose bits, 4.4.4
_PATCHED: Final = 0x20
# bit 11 (UTF-8) says nothing of an ASCII name, and the bits of the deflate level nothing at all
_MEANT: Final = _ENCRYPTED | _DESCRIBED | _STRONG | _PATCHED | _MASKED
_NEWEST: Final = 63  # version 6.3 of the specification; other readers refuse what asks for more
_NOWHERE, _NOWHERE_16 = 0xFFFFFFFF, 0xFFFF  # "see ZIP64"
_ZIP64_EXTRA, _NAME_EXTRA = 0x0001, 0x7075  # 4.5.3; Info-ZIP Unicode Path, 4.6.9
# 4.5.2, 4.6.1, and what is in use: sizes, times, owners, names, comments and room left free
_KNOWN_EXTRA: Final = frozenset(
    {0, _ZIP64_EXTRA, 0x000A, 0x5455, 0x5855, 0x6375, _NAME_EXTRA, 0x7855, 0x7875, 0xA11E, 0xA220, 0xCAFE, 0xD935}
)
_TYPE_MASK, _REGULAR, _DIRECTORY = 0o170000, 0o100000, 0o040000  # of Unix, in the upper half of the attributes
_DOS_VOLUME, _DOS_DIRECTORY = 0x08, 0x10  # in the lower half


class Entry(NamedTuple):
    """One file or directory as both headers describe it. `raw_name` is as found, `utf8` whether it is flagged as UTF-8.

    `start` is where its packed octets begin, `path` what a Unicode path beside the name calls it, empty without one. A tuple, for an archive has twenty thousand and a frozen class takes five times as long to make.
    """

    raw_name: bytes
    utf8: bool
    method: int
    crc: int
    packed: int
    size: int
    start: int
    path: str


class _Central(NamedTuple):
    """An entry as the central directory has it; its `Entry` is made once the local header agrees."""

    raw_name: bytes
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    offset: int
    path: str


_OFFSET, _SIZE = attrgetter("offset"), attrgetter("size")


def read_directory(data: bytes) -> tuple[Entry, ...]:
    """Return the entries of an archive in the order of its central directory.

    Raises:
        TrustError: OFD_ZIP for a structure that is broken or can be read in two ways, OFD_ENCRYPTED, OFD_LIMIT.
    """
    if len(data) > MAX_PACKAGE_OCTETS:
        raise TrustError(ErrorCode.OFD_LIMIT, "package", octets=len(data), limit=MAX_PACKAGE_OCTETS)
    count, start, end = _end_of_directory(data)
    found = _central_directory(data, count, start, end)
    unpacked = sum(map(_SIZE, found))
    limit = min(MAX_UNPACKED_OCTETS, UNPACKED_ALLOWANCE + MAX_RATIO * len(data))
    if unpacked > limit:
        raise TrustError(ErrorCode.OFD_LIMIT, "unpacked octets", octets=unpacked, limit=limit)
    return _placed(data, found, start)


def _broken(detail: str, **facts: int) -> TrustError:
    return TrustError(ErrorCode.OFD_ZIP, detail, **facts)


def _end_of_directory(data: bytes) -> tuple[int, int, int]:
    """Return the number of entries and where the central directory begins and ends."""
    at = data.rfind(END_MARK)
    if at < 0 or at + END_RECORD.size > len(data):
        raise _broken("no end of central directory: truncated, or no ZIP")
    _, disk, first_disk, here, count, size, start, comment = END_RECORD.unpack_from(data, at)
    if at + END_RECORD.size + comment != len(data):
        # a comment that holds this mark itself, or octets after the end: readers disagree which end counts
        raise _broken("the end of the central directory is not the end of the file")
    if data[max(0, at - _ZIP64_LOCATOR_OCTETS) :].startswith(_ZIP64_LOCATOR_MARK) or _NOWHERE in {size, start}:
        raise _broken("ZIP64 directory, which nothing below 4 GiB needs")
    if disk or first_disk or here != count or not count:
        raise _broken("an archive in several parts, or an empty one")
    if count > MAX_ENTRIES or size > MAX_ENTRIES * (CENTRAL_HEADER.size + MAX_NAME_OCTETS):
        raise TrustError(ErrorCode.OFD_LIMIT, "entries", entries=count, limit=MAX_ENTRIES)
    if start + size != at:
        raise _broken("octets before the archive, or between its directory and its end")
    return count, start, at


def _central_directory(data: bytes, count: int, at: int, end: int) -> tuple[_Central, ...]:
    found = []
    for _ in range(count):
        if at + CENTRAL_HEADER.size > end:
            raise _broken("the central directory ends too early")
        fields = CENTRAL_HEADER.unpack_from(data, at)
        mark, _, needs, flags, method, _, _, crc, packed, size, name, extra, comment, disk, _, attributes, offset = (
            fields
        )
        after = at + CENTRAL_HEADER.size + name + extra + comment
        if mark != CENTRAL_MARK or after > end or disk or needs > _NEWEST:
            raise _broken("the central directory is damaged")
        begin = at + CENTRAL_HEADER.size
        raw_name = data[begin : begin + name]
        path = _path_in(data[begin + name : after], comment, raw_name) if begin + name < after else ""
        if _NOWHERE in {packed, size, offset}:
            raise _broken("ZIP64 sizes, which nothing below 4 GiB needs")
        entry = _Central(raw_name, flags, method, crc, packed, size, offset, path)
        _require_plain(entry)
        _require_one_kind(raw_name, attributes)
        found.append(entry)
        at = after
    if at != end:
        raise _broken("the central directory holds more than its entries")
    return tuple(found)


def _require_plain(entry: _Central) -> None:
    if entry.flags & (_ENCRYPTED | _STRONG | _MASKED):
        raise TrustError(ErrorCode.OFD_ENCRYPTED, "an encrypted ZIP entry")
    if entry.flags & _PATCHED or entry.method not in {STORED, DEFLATED}:
        raise _broken("a compression other than deflate", method=entry.method)
    if not 0 < len(entry.raw_name) <= MAX_NAME_OCTETS:
        raise TrustError(ErrorCode.OFD_LIMIT, "length of a name", octets=len(entry.raw_name), limit=MAX_NAME_OCTETS)
    if entry.size > MAX_ENTRY_OCTETS:
        raise TrustError(ErrorCode.OFD_LIMIT, "one file in the package", octets=entry.size, limit=MAX_ENTRY_OCTETS)


def _require_one_kind(raw_name: bytes, attributes: int) -> None:
    """Refuse a file that is a folder, a link or a label by its attributes: some readers go by these and others by the name.

    Whatever system is told to have made it: readers take the upper half for a mode of Unix, the lower for one of DOS, or both.
    """
    told = attributes >> 16 & _TYPE_MASK
    if told not in {0, _REGULAR, _DIRECTORY}:
        raise _broken("a symbolic link or special file")
    is_folder = raw_name.endswith(b"/")
    marked = bool(attributes & _DOS_DIRECTORY) or told == _DIRECTORY
    if attributes & _DOS_VOLUME or (marked and not is_folder) or (is_folder and told == _REGULAR):
        raise _broken("an entry that is a file by its name and a folder by its attributes, or the other way round")


def _path_in(extra: bytes, comment: int, raw_name: bytes) -> str:
    """Return what a Unicode path in extra fields calls the file; `comment` octets of a comment stand behind them.

    Refuse fields that would make the file another one than its headers say: other names, modes, links, ciphers, a second opinion,
    headers for readers that seek them.
    """
    if _MARKS_BEGIN in extra and any(mark in extra for mark in _MARKS):
        raise _broken("headers of an archive within an extra field or a comment")
    at, kinds, path, end = 0, set[int](), "", len(extra) - comment
    while at + 4 <= end:
        kind, size = _FIELD.unpack_from(extra, at)
        if kind not in _KNOWN_EXTRA:
            raise _broken("an extra field that readers may take for a link or a cipher", kind=kind)
        if kind in kinds and kind:  # 0 is room left free
            raise _broken("an extra field that is there twice", kind=kind)
        if kind == _NAME_EXTRA:
            path = _unicode_path(extra[at + 4 : min(at + 4 + size, end)], raw_name)
        kinds.add(kind)
        at += 4 + size  # what is left over is padding that some writers leave, and says nothing
    return path


def _unicode_path(field: bytes, raw_name: bytes) -> str:
    """Return what a Unicode path says in UTF-8; archivers on Chinese Windows write it beside a name in their encoding (4.6.9).

    It is one of the readings of the name, and says which: the file has no other name then.
    """
    path = field[5:].decode("utf-8", "replace")
    bound = field[:5] == struct.pack("<BI", 1, zlib.crc32(raw_name))  # else readers are to leave it, and not all do
    if bound and "\ufffd" not in path and path in other_readings(raw_name):
        return path
    if field[5:] != raw_name:
        raise _broken("an entry with two names")
    return ""


def _placed(data: bytes, found: tuple[_Central, ...], directory: int) -> tuple[Entry, ...]:
    """Return the entries with where their octets begin, once they are proved to lie side by side and to agree."""
    ordered = sorted(found, key=_OFFSET)
    if ordered[0].offset:
        raise _broken("octets before the first entry")
    starts: dict[int, tuple[int, str]] = {}
    for each, following in zip(ordered, (*map(_OFFSET, ordered[1:]), directory), strict=True):
        start, path = starts[each.offset] = _local_header(data, each, directory)
        if path and each.path and path != each.path:
            raise _broken("an entry with two names")
        end = start + each.packed
        if end == following and not each.flags & _DESCRIBED:
            continue  # as most lie
        if end > following or not _is_trailer(each, data[end:following]):
            raise _broken("entries overlap, or octets lie between them", offset=each.offset, following=following)
        _require_one_end(data, each, start)
    entries = []
    for raw_name, flags, method, crc, packed, size, offset, own in found:
        start, path = starts[offset]
        entries.append(Entry(raw_name, bool(flags & _UTF8), method, crc, packed, size, start, own or path))
    return tuple(entries)


def _local_header(data: bytes, each: _Central, directory: int) -> tuple[int, str]:
    """Return where the packed octets begin and a Unicode path, once the local header says what the central directory says."""
    at = each.offset
    if at + LOCAL_HEADER.size > directory:
        raise _broken("a local header runs into the central directory")
    mark, needs, flags, method, _, _, crc, packed, size, name, extra = LOCAL_HEADER.unpack_from(data, at)
    begin = at + LOCAL_HEADER.size
    start: int = begin + name + extra
    if mark != LOCAL_MARK or needs > _NEWEST or start + each.packed > directory:
        raise _broken("a local header is missing, or its file truncated")
    if data[begin : begin + name] != each.raw_name or method != each.method:
        raise _broken("local header and central directory disagree about a name or its compression")
    if flags != each.flags and (flags ^ each.flags) & (_MEANT if each.raw_name.isascii() else _MEANT | _UTF8):
        raise _broken("local header and central directory disagree about flags")
    path = _path_in(data[begin + name : start], 0, each.raw_name) if extra else ""
    if (crc, packed, size) == _told(each):
        return start, path
    zeros = flags & _DESCRIBED and not (crc or packed or size)  # written after the octets (4.4.4, bit 3)
    streamed = flags & _DESCRIBED and crc == 0 and {packed, size} <= {0, _NOWHERE}  # with room for ZIP64 sizes
    if not (zeros or streamed) and _sizes(data[begin + name : start], crc, packed, size) != _told(each):
        raise _broken("local header and central directory disagree about sizes or checksum")
    return start, path


def _require_one_end(data: bytes, each: _Central, start: int) -> None:
    """Refuse a file of which only the directory tells where it ends, and whose octets look like an end to readers that stream."""
    if each.flags & _DESCRIBED and each.method == STORED:
        end = start + each.packed
        if any(data.find(mark, start, end) >= 0 for mark in _MARKS):
            raise _broken("a stored file without its length before it that holds headers of an archive")


def _told(entry: _Central) -> tuple[int, int, int]:
    return entry.crc, entry.packed, entry.size


def _sizes(extra: bytes, crc: int, packed: int, size: int) -> tuple[int, int, int]:
    """Return checksum and sizes of a local header, from its ZIP64 field where it points there (4.5.3)."""
    if packed == size == _NOWHERE and extra[:4] == struct.pack("<2H", _ZIP64_EXTRA, 16) and len(extra) >= 20:  # noqa: PLR2004
        size, packed = struct.unpack_from("<2Q", extra, 4)
    return crc, packed, size


def _is_trailer(each: _Central, between: bytes) -> bool:
    """Whether that may stand between a file's octets and the next entry: nothing, or a data descriptor (4.3.9, four shapes)."""
    if not each.flags & _DESCRIBED:
        return not between
    mark, shape = _DESCRIPTORS.get(len(between), (b"", _SIZES_32))
    if each.method == STORED and shape is _SIZES_64:
        return False  # readers that stream a file without its length take four octets for each size
    return between == mark + shape.pack(*_told(each))
