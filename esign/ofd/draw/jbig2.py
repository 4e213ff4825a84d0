"""JBIG2 files taken apart into what a PDF holds of them (ITU-T T.88 annex D; ISO 32000-1 7.4.7).

    width, height, page, shared = split_file(data)

A PDF wants the segments of one page without the file's header and without its end marks, and those of no page apart.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from esign.ofd.draw.notes import Lack, Undrawable

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_SEGMENTS: Final = 4096  # a page of a scan has ten
JBIG2_MARK: Final = b"\x97JB2\r\n\x1a\n"
_SEQUENTIAL, _UNKNOWN_PAGES, _LARGE_PAGE = 1, 2, 0x40
_PAGE_INFORMATION, _END_OF_PAGE, _END_OF_FILE = 48, 49, 51
_UNKNOWN: Final = 0xFFFFFFFF
_FEW: Final = 4  # segments referred to, told in three bits
_MANY: Final = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class _Segment:
    kind: int
    page: int
    header: bytes
    size: int


def split_file(data: bytes) -> tuple[int, int, bytes, bytes]:
    """Return width and height of the first page, its segments, and the segments of all pages. Raise Undrawable."""
    try:
        return _split(data)
    except (struct.error, IndexError) as error:
        raise Undrawable(Lack.IMAGE, "JBIG2 cut off") from error


def has_one_page(data: bytes) -> bool:
    """Whether a file that was split tells of one page: of several, readers show the first or all upon each other."""
    return sum(segment.kind == _PAGE_INFORMATION for segment, _ in _segments(data)) == 1


def _split(data: bytes) -> tuple[int, int, bytes, bytes]:
    page, shared = bytearray(), bytearray()
    width = height = first = 0
    for segment, body in _segments(data):
        if segment.kind == _PAGE_INFORMATION and not first:
            first = segment.page
            width, height = struct.unpack_from(">II", body)
        if segment.page == 0:
            shared += segment.header + body
        elif segment.page == first and segment.kind != _END_OF_PAGE:
            page += segment.header + body
    if not first or height == _UNKNOWN:
        raise Undrawable(Lack.IMAGE, "JBIG2 without a page")
    return width, height, bytes(page), bytes(shared)


def _segments(data: bytes) -> Iterator[tuple[_Segment, bytes]]:
    """Yield the segments of a sequential file with their data (T.88 annex D.1), to the mark that ends it."""
    if not data.startswith(JBIG2_MARK) or not data[8] & _SEQUENTIAL:
        raise Undrawable(Lack.IMAGE, "JBIG2 not sequential")
    at = 9 if data[8] & _UNKNOWN_PAGES else 13
    for _ in range(MAX_SEGMENTS):
        if at >= len(data):
            return
        segment, at = _header(data, at)
        if segment.kind == _END_OF_FILE:
            return
        body, at = data[at : at + segment.size], at + segment.size
        if len(body) != segment.size:  # also of unknown length, which is told as the largest
            raise Undrawable(Lack.IMAGE, "JBIG2 cut off")
        yield segment, body
    raise Undrawable(Lack.IMAGE, "JBIG2 segments")


def _header(data: bytes, at: int) -> tuple[_Segment, int]:
    """Return a segment's header, its page renumbered to 1 as PDF wants it, and where its data begins (T.88 7.2)."""
    begin = at
    number, flags, referred = struct.unpack_from(">IBB", data, at)
    count = referred >> 5
    at += 6
    if count == _MANY:
        (count,) = struct.unpack_from(">I", data, at - 1)
        count &= 0x1FFFFFFF
        at += 3 + (count + 8) // 8
    elif count > _FEW:
        raise Undrawable(Lack.IMAGE, "JBIG2 header")
    at += count * (1 if number <= 256 else 2 if number <= 65536 else 4)  # noqa: PLR2004 - T.88 7.2.5
    if at > len(data):
        raise Undrawable(Lack.IMAGE, "JBIG2 cut off")
    head = data[begin:at]
    if flags & _LARGE_PAGE:
        (page,) = struct.unpack_from(">I", data, at)
        told, at = struct.pack(">I", 1 if page else 0), at + 4
    else:
        page = data[at]
        told, at = bytes((1 if page else 0,)), at + 1
    (size,) = struct.unpack_from(">I", data, at)
    return _Segment(kind=flags & 0x3F, page=page, header=head + told + data[at : at + 4], size=size), at + 4
