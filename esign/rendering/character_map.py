"""Which characters a font can draw, read straight from its character map.

fontTools answers the same question after unpacking every glyph name of the font, which takes a third of a second for a
CJK font; here only the groups of the map are read (OpenType 1.9, `cmap` format 12), in a few milliseconds.

    CharacterMap.read(table).covers("营")
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from dataclasses import dataclass
from typing import Final, Self

from trustkit.errors import ErrorCode, TrustError

MAX_TABLE_SIZE: Final = 4 * 1024 * 1024  # the largest CJK fonts have about 250 kB
_FULL_REPERTOIRE: Final = frozenset({(3, 10), (0, 4), (0, 6)})  # platform and encoding of maps beyond the BMP
_FORMAT_12: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class CharacterMap:
    """Ranges of code points that have a glyph, sorted; `starts[i]` to `ends[i]`, both included, from `glyphs[i]` on."""

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    glyphs: tuple[int, ...]

    def glyph(self, character: str) -> int:
        """Return the number of the glyph of one character; 0, the number of the box, when the font has none."""
        point = ord(character)
        place = bisect_right(self.starts, point) - 1
        if place < 0 or point > self.ends[place]:
            return 0
        return self.glyphs[place] + point - self.starts[place]

    def covers(self, character: str) -> bool:
        """Tell whether the font has a glyph for one character."""
        return self.glyph(character) != 0

    @classmethod
    def read(cls, table: bytes) -> Self:
        """Return the map held in a `cmap` table. Raise FONT_MISSING when it has no format 12 map that can be read."""
        if len(table) > MAX_TABLE_SIZE:
            raise TrustError(ErrorCode.FONT_MISSING, "character map too large", octets=len(table), limit=MAX_TABLE_SIZE)
        try:
            groups = _groups(table)
        except struct.error as error:
            raise TrustError(ErrorCode.FONT_MISSING, "character map damaged") from error
        groups.sort()
        starts, ends, glyphs = zip(*groups, strict=True) if groups else ((), (), ())
        return cls(starts=starts, ends=ends, glyphs=glyphs)


def _groups(table: bytes) -> list[tuple[int, int, int]]:
    (count,) = struct.unpack_from(">H", table, 2)
    for record in range(count):
        platform, encoding, offset = struct.unpack_from(">HHI", table, 4 + 8 * record)
        if (platform, encoding) not in _FULL_REPERTOIRE:
            continue
        form, _, _, _, groups = struct.unpack_from(">HHIII", table, offset)
        if form == _FORMAT_12 and offset + 16 + 12 * groups <= len(table):
            return list(struct.iter_unpack(">III", table[offset + 16 : offset + 16 + 12 * groups]))
    raise TrustError(ErrorCode.FONT_MISSING, "the font has no character map of the full repertoire")
