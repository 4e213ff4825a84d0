from __future__ import annotations

import io
import struct
from time import process_time
from typing import TYPE_CHECKING

import pytest
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables.DefaultTable import DefaultTable

from esign.ofd.draw import draw as drawing
from esign.ofd.draw.budget import Budget, Exhausted
from esign.ofd.draw.font_bounds import count_points
from esign.ofd.draw.notes import Lack, Undrawable
from esign.ofd.draw.typefaces import EmbeddedTypeface
from tests.support.ofd_drawings import draw, fonts, lacks, own_font, text_object

if TYPE_CHECKING:
    from collections.abc import Sequence

OWN = fonts('<ofd:Font ID="9" FontName="Own"><ofd:FontFile>own.ttf</ofd:FontFile></ofd:Font>')


def with_table(tag: str, octets: bytes) -> bytes:
    font = TTFont(io.BytesIO(own_font()), recalcBBoxes=False)
    table = DefaultTable(tag)
    table.data = octets
    font[tag] = table
    out = io.BytesIO()
    font.save(out)
    return out.getvalue()


def maps(*tables: tuple[tuple[int, int], bytes]) -> bytes:
    """Return a cmap of these tables, each under its platform and encoding."""
    heads, bodies, at = b"", b"", 4 + 8 * len(tables)
    for (platform, encoding), body in tables:
        heads += struct.pack(">HHL", platform, encoding, at + len(bodies))
        bodies += body
    return struct.pack(">HH", 0, len(tables)) + heads + bodies


def by_segments(segments: Sequence[tuple[int, int]]) -> bytes:
    """Return a map of format 4 in which every segment begins with glyph 1."""
    told = [*segments, (0xFFFF, 0xFFFF)]
    count = len(told)
    ends, starts = [end for _, end in told], [start for start, _ in told]
    deltas = [(1 - start) & 0xFFFF for start in starts]
    body = struct.pack(f">{count}HH{3 * count}H", *ends, 0, *starts, *deltas, *[0] * count)
    return struct.pack(">7H", 4, 14 + len(body), 0, 2 * count, 0, 0, 0) + body


def by_groups(groups: Sequence[tuple[int, int, int]], form: int = 12) -> bytes:
    body = b"".join(struct.pack(">3L", *group) for group in groups)
    return struct.pack(">HHLLL", form, 0, 16 + len(body), 0, len(groups)) + body


UNICODE = (3, 1)
HONEST = by_segments([(0x41, 0x42)])


@pytest.mark.parametrize(
    "cmap",
    [
        maps((UNICODE, by_segments([(0, 65534)] * 1000))),
        maps(((0, 3), by_segments([(0, 65534)] * 3))),
        maps((UNICODE, HONEST), ((3, 10), by_groups([(0, 0x10FFFF, 1)]))),
        maps(((0, 4), by_groups([(0, 0xFFFFFFFF, 1)], form=13))),
        maps((UNICODE, struct.pack(">3H", 2, 600, 0) + bytes(594))),
        maps((UNICODE, struct.pack(">3H", 99, 600, 0) + bytes(594))),
        maps(*[(UNICODE, HONEST)] * 33),
        maps((UNICODE, HONEST)) + bytes(3 * 1024 * 1024),
        b"",
        maps((UNICODE, b"")),
    ],
)
def test_character_maps_that_say_more_than_fonts_hold_are_refused_at_once(cmap: bytes) -> None:
    data = with_table("cmap", cmap)
    begun = process_time()
    with pytest.raises(Undrawable) as caught:
        EmbeddedTypeface.read(data, "key", Budget())
    assert caught.value.lack is Lack.FONT_DAMAGED
    assert process_time() - begun < 2


@pytest.mark.parametrize(
    "cmap",
    [
        maps((UNICODE, HONEST)),
        maps(
            ((0, 3), HONEST), ((1, 0), struct.pack(">3H", 2, 600, 0) + bytes(594)), (UNICODE, HONEST)
        ),  # beside an old one
        maps((UNICODE, by_segments([(0x41, 0x41 + 30_000)]))),
        maps(((3, 10), by_groups([(0x41, 0x42, 1), (0x4E00, 0x9FA5, 1), (0x20000, 0x2A6D6, 1)]))),
    ],
)
def test_character_maps_of_honest_fonts_are_read(cmap: bytes) -> None:
    assert EmbeddedTypeface.read(with_table("cmap", cmap), "key", Budget()).of_character("A") is not None


def test_a_font_without_a_character_map_has_its_numbers() -> None:
    font = TTFont(io.BytesIO(own_font()), recalcBBoxes=False)
    del font["cmap"]
    out = io.BytesIO()
    font.save(out)
    typeface = EmbeddedTypeface.read(out.getvalue(), "key", Budget())
    assert typeface.of_number(1) is not None
    assert typeface.of_character("A") is None


def entry(points: int, ends: Sequence[int] | None = None) -> bytes:
    """Return a glyph of so many points in one place: one flag, repeated, and no coordinates."""
    told = [points - 1] if ends is None else list(ends)
    flags = b"".join(bytes((0x39, min(255, points - at - 1))) for at in range(0, points, 256))
    octets = struct.pack(f">5h{len(told)}HH", len(told), 0, 0, 500, 500, *told, 0) + flags
    return octets + bytes(-len(octets) % 4)


@pytest.mark.parametrize(
    ("octets", "points"),
    [
        (b"", 0),
        (entry(60), 60 + 2),
        (entry(9000), None),
        (entry(60, [59, 3, 59]), None),  # contours that go back to points of others
        (struct.pack(">5h", 32767, 0, 0, 0, 0), None),
        (struct.pack(">5h", 0, 0, 0, 0, 0), 1),
        (struct.pack(">5h", -1, 0, 0, 0, 0) + bytes(590), 100),
    ],
)
def test_points_are_counted_before_they_are_made(octets: bytes, points: int | None) -> None:
    assert count_points(octets) == points


def heavy(glyphs: int, points: int) -> bytes:
    """Return a font of so many glyphs, each of so many points, in a few octets."""
    one = entry(points)
    font = TTFont(io.BytesIO(own_font()), recalcBBoxes=False)
    font.setGlyphOrder([".notdef", *(f"g{number}" for number in range(1, glyphs))])
    tables = {
        "glyf": one * glyphs,
        "loca": struct.pack(f">{glyphs + 1}L", *(len(one) * number for number in range(glyphs + 1))),
        "hmtx": struct.pack(">Hh", 600, 0) + bytes(2 * (glyphs - 1)),
        "maxp": struct.pack(">LH", 0x10000, glyphs) + font.reader["maxp"][6:],
        "hhea": font.reader["hhea"][:34] + struct.pack(">H", 1),
        "head": font.reader["head"][:50] + struct.pack(">hh", 1, 0),
        "cmap": maps((UNICODE, HONEST)),
    }
    for tag in ("post", "name", "OS/2"):
        del font[tag]
    for tag, octets in tables.items():
        font[tag] = DefaultTable(tag)
        font[tag].data = octets
    out = io.BytesIO()
    font.save(out)
    return out.getvalue()


def test_what_glyphs_cost_is_spent_though_they_are_left_out() -> None:
    typeface = EmbeddedTypeface.read(heavy(40, 3000), "key", Budget(points=10_000))
    with pytest.raises(Exhausted, match="points"):
        [typeface.of_number(number) for number in range(40)]
    typeface = EmbeddedTypeface.read(heavy(40, 9000), "key", Budget(points=10_000))
    assert [typeface.of_number(number) for number in range(40)] == [None] * 40


def test_a_page_of_heavy_glyphs_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "Budget", lambda: Budget(work=1_000_000_000))
    numbers = " ".join(str(number) for number in range(1, 400))
    exchange = f'<ofd:CGTransform CodePosition="0" CodeCount="399" GlyphCount="399"><ofd:Glyphs>{numbers}</ofd:Glyphs></ofd:CGTransform>'
    begun = process_time()
    drawn = draw(text_object("文" * 399, inside=exchange), resources=OWN, more={"Doc_0/Res/own.ttf": heavy(400, 4900)})
    assert process_time() - begun < 10
    assert ("limit", "work") in lacks(drawn)


def test_only_tables_that_drawing_needs_are_read() -> None:
    """Variations, hints and names are programs of their own, and nothing of them is seen."""
    for tag in ("gvar", "fvar", "VARC", "CFF2", "post", "vmtx"):
        typeface = EmbeddedTypeface.read(with_table(tag, b"\xff" * 40), "key", Budget())
        assert typeface.of_character("A") is not None
