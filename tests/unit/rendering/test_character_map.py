from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest
from fontTools.ttLib import TTFont

from esign.rendering.character_map import MAX_TABLE_SIZE, CharacterMap
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from esign.rendering.fonts import FontChain


def _table(groups: list[tuple[int, int, int]], *, count: int | None = None) -> bytes:
    body = b"".join(struct.pack(">III", *group) for group in groups)
    head = struct.pack(">HHIII", 12, 0, 16 + len(body), 0, len(groups) if count is None else count)
    return struct.pack(">HHHHI", 0, 1, 3, 10, 12) + head + body


def test_ranges_and_glyphs() -> None:
    found = CharacterMap.read(_table([(0x61, 0x63, 5), (0x4E00, 0x4E00, 9), (0x20000, 0x20001, 0)]))
    assert [found.glyph(c) for c in "`abcd一丁\U00020001"] == [0, 5, 6, 7, 0, 9, 0, 1]
    assert found.covers("a")
    assert not found.covers("\U00020000")  # mapped to glyph 0, the box


def test_no_groups() -> None:
    assert not CharacterMap.read(_table([])).covers("a")


def test_it_agrees_with_fonttools_for_every_font(fonts: FontChain) -> None:
    for face in fonts.faces:
        with TTFont(face.path, fontNumber=face.number, lazy=True) as font:
            best = font.getBestCmap()
            for point in [*best, *range(0x20, 0x3000), 0x20000, 0x10FFFF]:
                glyph = face.characters.glyph(chr(point))
                assert (glyph != 0) == (point in best)
            sample = list(best)[:: max(1, len(best) // 50)]
            assert [font.getGlyphName(face.characters.glyph(chr(point))) for point in sample] == [
                best[point] for point in sample
            ]


@pytest.mark.parametrize(
    "table",
    [
        b"",
        b"\0\0\0\1",
        struct.pack(">HHHHI", 0, 1, 3, 1, 12) + b"\0\4" + b"\0" * 30,
        _table([(1, 2, 3)], count=2**31),
        _table([(1, 2, 3)])[:-1],
        b"\0" * (MAX_TABLE_SIZE + 1),
    ],
    ids=["empty", "cut", "format 4 only", "too many groups", "cut group", "too large"],
)
def test_refused(table: bytes) -> None:
    with pytest.raises(TrustError) as caught:
        CharacterMap.read(table)
    assert caught.value.code is ErrorCode.FONT_MISSING
