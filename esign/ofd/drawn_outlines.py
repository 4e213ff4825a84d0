"""The outlines of a page font, put into the subset of its measuring font that typst embedded (ISO/IEC 14496-22, glyf and loca)."""

from __future__ import annotations

import struct
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Final

from esign.rendering.measuring import LONG_LOCATIONS, Outline
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from esign.rendering.measuring import MeasuredFont

_COUNT: Final = slice(4, 6)  # in `maxp`: how many glyphs there are
_SHORT_END: Final = 2 * 0xFFFF  # of `glyf`, where a short `loca` ends


_BLANK: Final = Outline(b"", 0, 0)


def drawn_tables(tables: Mapping[bytes, bytes], page_font: MeasuredFont) -> tuple[dict[bytes, bytes], dict[bytes, int]]:
    """Return the tables of a subset that change when boxes give way to what they stand for, as typst would have written them; and known sums.

    Raises:
        TrustError: PDF_MALFORMED for a subset of another font, RENDERING_FAILED for a glyph that the page font does not have.
    """
    try:
        boxes, head, maxp = tables[b"glyf"], tables[b"head"], tables[b"maxp"]
        (count,) = struct.unpack(">H", maxp[_COUNT])
        form, unit = ("L", 1) if head[LONG_LOCATIONS] else ("H", 2)
        starts = struct.unpack(f">{count + 1}{form}", tables[b"loca"])
    except (KeyError, IndexError, struct.error) as error:
        raise TrustError(ErrorCode.PDF_MALFORMED, "a measuring font's subset") from error
    outlines = [
        page_font.behind(boxes[unit * start : unit * end]) if start < end else _BLANK for start, end in pairwise(starts)
    ]
    changed = {
        **_placed(outlines, head),
        b"maxp": page_font.maxp[: _COUNT.start] + maxp[_COUNT] + page_font.maxp[_COUNT.stop :],
        b"name": page_font.names,
    }
    return changed, {b"glyf": _sum(outlines)}


def _placed(outlines: Sequence[Outline], head: bytes) -> dict[bytes, bytes]:
    """Return `glyf`, `loca` and `head` of outlines."""
    glyphs = b"".join([each.octets for each in outlines])
    places = [0, *accumulate([len(each.octets) for each in outlines])]
    if len(glyphs) <= _SHORT_END:
        form, loca = 0, struct.pack(f">{len(places)}H", *[place // 2 for place in places])
    else:
        form, loca = 1, struct.pack(f">{len(places)}L", *places)
    return {b"glyf": glyphs, b"loca": loca, b"head": head[:LONG_LOCATIONS] + bytes([form]) + head[LONG_LOCATIONS + 1 :]}


def _sum(outlines: Iterable[Outline]) -> int:
    """Return the sum of `glyf` in words of four octets: where an outline begins in the middle of one, its words of two change their places."""
    sums = [0, 0]
    half = 0
    for octets, even, odd in outlines:
        sums[half] += even
        sums[1 - half] += odd
        half ^= len(octets) // 2 % 2
    return ((sums[0] << 16) + sums[1]) & 0xFFFFFFFF
