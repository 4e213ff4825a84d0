"""What a font out of a document would cost, seen in its octets before anything of it is expanded (OpenType 1.9.1, cmap and glyf).

    require_modest(font, budget)        # opened, nothing of it read
    count_points(octets)                # of an entry of glyf

A few octets may say a million: segments of characters that lie over one another, one flag repeated for every point.
"""

from __future__ import annotations

import struct
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from esign.ofd.draw.limits import MAX_CHARACTER_MAPS, MAX_MAPPED, MAX_MAPS_OCTETS, MAX_OUTLINE_POINTS
from esign.ofd.draw.notes import Lack, Undrawable

if TYPE_CHECKING:
    from fontTools.ttLib import TTFont

    from esign.ofd.draw.budget import Budget

_TABLES: Final = frozenset(("head", "hhea", "maxp", "hmtx", "loca", "glyf", "CFF ", "cmap"))  # all that drawing reads
_UNICODE: Final = 0  # the platform
_WINDOWS: Final = frozenset(((3, 1), (3, 10)))  # and its maps of Unicode: no other maps are read
_BY_SEGMENTS: Final = 4
_BY_GROUPS: Final = frozenset((12, 13))
_PLAIN: Final = frozenset((0, 6, 14))  # as long as what they say, or never looked into
_PART_OCTETS: Final = 6  # of a component, at least
_HEADER: Final = 10  # of an entry of glyf: how many contours, and the box


def require_modest(font: TTFont, budget: Budget) -> None:
    """Leave in a font the tables that drawing reads, and charge what they will take. Raise Undrawable, Exhausted, or as fontTools does."""
    for tag in list(font.reader.keys()):
        if tag not in _TABLES:
            del font[tag]
    count = font.getGlyphCount()
    budget.take("codes", count)
    if "CFF " not in font:
        font.setGlyphOrder([f"glyph{number}" for number in range(count)])
        budget.take("codes", len(font.reader["loca"]) // 2)
    if "cmap" in font:
        budget.take("codes", _count_characters(font.reader["cmap"]))


def _count_characters(cmap: bytes) -> int:
    """Return how many characters the richest map has. Raise Undrawable for maps that are not as fonts have them."""
    (count,) = struct.unpack_from(">H", cmap, 2)
    if count > MAX_CHARACTER_MAPS or len(cmap) > MAX_MAPS_OCTETS:
        raise Undrawable(Lack.FONT_DAMAGED, f"{count} character maps")
    maps = [struct.unpack_from(">HHL", cmap, 4 + 8 * index) for index in range(count)]
    read = {offset for platform, encoding, offset in maps if platform == _UNICODE or (platform, encoding) in _WINDOWS}
    most = max((_count_mapped(cmap, offset) for offset in read), default=0)
    if most > MAX_MAPPED:
        raise Undrawable(Lack.FONT_DAMAGED, f"{most} characters in one map")
    return most


def _count_mapped(cmap: bytes, offset: int) -> int:
    form, length = struct.unpack_from(">HH", cmap, offset)
    if form == _BY_SEGMENTS:
        size = int(struct.unpack_from(">H", cmap, offset + 6)[0]) // 2
        ends = struct.unpack_from(f">{size}H", cmap, offset + 14)
        starts = struct.unpack_from(f">{size}H", cmap, offset + 16 + 2 * size)
        mapped: int = sum(max(0, end - start + 1) for start, end in zip(starts, ends, strict=True))
        return size + mapped
    if form in _BY_GROUPS:
        size = int(struct.unpack_from(">L", cmap, offset + 12)[0])
        groups = struct.iter_unpack(">3L", cmap[offset + 16 : offset + 16 + 12 * size])
        mapped = sum(max(0, end - start + 1) for start, end, _ in groups)
        return size + mapped
    if form in _PLAIN:
        return int(length)
    raise Undrawable(Lack.FONT_DAMAGED, f"character map of format {form}")


def count_points(entry: bytes) -> int | None:
    """Return how many points an entry of glyf has, the octets it takes for anything else among them; None for too many, or a damaged one."""
    if len(entry) < _HEADER:
        return 0
    (contours,) = struct.unpack_from(">h", entry)
    if contours < 0:
        return len(entry) // _PART_OCTETS
    if 2 * contours > len(entry) - _HEADER:
        return None
    ends = struct.unpack_from(f">{contours}H", entry, _HEADER)
    points: int = ends[-1] + 1 if ends else 0
    if points > MAX_OUTLINE_POINTS or any(last >= end for last, end in pairwise(ends)):
        return None
    return points + len(entry) // _PART_OCTETS
