"""Measuring fonts: a page laid out with them is the page laid out with the page fonts, and typst has no outlines to copy.

Whoever reads such a page back puts the outlines in (`esign.ofd.embedded_font`). tools/page_fonts.py makes a measuring font of each page
font: the same characters, widths, kerning and boxes, and where an outline was, its box. The box's instructions (ISO/IEC 14496-22, glyf) are
one PUSHW of the glyph's number in the page font, so that a subset still tells it. What looks at the ink of letters and not at their boxes,
as the gaps that `evade` leaves in an underline do, would be laid out otherwise; frame.typ turns that off.

    drawn = measured_fonts(chain)                        # page fonts by the PostScript name of their measuring fonts
    drawn["TrustkitSong-Measuring"].outline(17).octets
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from fontTools.ttLib import TTFont, TTLibError

from esign.rendering.fonts import REMEDY
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from esign.rendering.fonts import FontChain, FontFace

PUSH: Final = b"\xb8"  # PUSHW[0]: two octets follow
MEASURING: Final = "Measuring"  # how the names of measuring fonts end
_ALIKE: Final = ("hhea", "hmtx", "cmap")  # what decides where letters stand
LONG_LOCATIONS: Final = 51  # where `head` tells the form of `loca`: the lower octet of it
_TRUE_TYPE: Final = ".ttf"
_PROGRAM: Final = 14  # where a box's instructions stand: behind ten octets of header, its end, and their number


class Outline(NamedTuple):
    """An outline as it stands in `glyf`, of an even number of octets; `even` and `odd` are the sums of its every second word of two octets."""

    octets: bytes
    even: int
    odd: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MeasuredFont:
    """A page font with the family of its measuring font: `name` is its own PostScript name; `maxp` and `names` are tables of its."""

    family: str
    name: str
    maxp: bytes = field(repr=False)
    names: bytes = field(repr=False)
    _starts: tuple[int, ...] = field(repr=False)
    _glyphs: bytes = field(repr=False)
    _known: dict[bytes, Outline] = field(default_factory=dict, init=False, repr=False)  # a box for each glyph at most

    def behind(self, box: bytes) -> Outline:
        """Return the outline that a box of the measuring font stands for, as `glyf` has the box.

        Raises:
            TrustError: PDF_MALFORMED for what is no such box, RENDERING_FAILED as `outline`.
        """
        known = self._known.get(box)
        if known is None:
            if box[_PROGRAM : _PROGRAM + 1] != PUSH or len(box) < _PROGRAM + 3:
                raise TrustError(ErrorCode.PDF_MALFORMED, "a glyph of a measuring font that does not tell its number")
            known = self.outline(int.from_bytes(box[_PROGRAM + 1 : _PROGRAM + 3], "big"))
            if len(self._known) < len(self._starts):
                self._known[box] = known
        return known

    def outline(self, number: int) -> Outline:
        """Return the outline of a glyph. Raise RENDERING_FAILED for a number that is none."""
        if not 0 <= number < len(self._starts) - 1:
            raise TrustError(ErrorCode.RENDERING_FAILED, "a glyph that its page font does not have", glyph=number)
        octets = self._glyphs[self._starts[number] : self._starts[number + 1]]
        octets += bytes(len(octets) % 2)
        words = struct.unpack(f">{len(octets) // 2}H", octets)
        return Outline(octets, sum(words[::2]), sum(words[1::2]))


def measuring_file(page_font: Path) -> Path:
    """Return where the measuring font of a page font stands."""
    return page_font.with_name(f"{page_font.stem.partition('-')[0]}-{MEASURING}{_TRUE_TYPE}")


def measuring_family(family: str) -> str:
    """Return the family name of a page font's measuring font."""
    return f"{family} {MEASURING}"


@lru_cache(maxsize=8)
def measured_fonts(chain: FontChain) -> Mapping[str, MeasuredFont]:
    """Return the fonts of a chain that have a measuring font, by its PostScript name; read once.

    Raises:
        TrustError: FONT_MISSING for a measuring font that cannot be read or is not that of the page font beside it.
    """
    pairs = [(face, measuring_file(face.path)) for face in chain.faces if face.path.suffix == _TRUE_TYPE]
    return MappingProxyType({file.stem: _read(face, file) for face, file in pairs if file.is_file()})


@lru_cache(maxsize=8)
def families_to_measure(chain: FontChain) -> Mapping[str, str]:
    """Return the family to lay a page out with for each family of a chain that has another for it. Raise as `measured_fonts`."""
    names = {measuring_file(face.path).stem: face.family for face in chain.faces}
    return MappingProxyType({names[name]: font.family for name, font in measured_fonts(chain).items()})


def _read(face: FontFace, file: Path) -> MeasuredFont:
    try:
        with face.path.open("rb") as one, file.open("rb") as other:
            tables, others = TTFont(one, lazy=True).reader, TTFont(other, lazy=True).reader
            alike = all(tables[tag] == others[tag] for tag in _ALIKE) and len(tables["loca"]) == len(others["loca"])
            locations: bytes = tables["loca"]
            form, unit = (">L", 1) if tables["head"][LONG_LOCATIONS] else (">H", 2)
            read = MeasuredFont(
                family=measuring_family(face.family),
                name=face.path.stem,
                maxp=tables["maxp"],
                names=tables["name"],
                _starts=tuple([unit * start for (start,) in struct.iter_unpack(form, locations)]),
                _glyphs=tables["glyf"],
            )
    except (OSError, TTLibError, KeyError, AssertionError, struct.error) as error:
        raise TrustError(ErrorCode.FONT_MISSING, f"{file.name} cannot be read as a font; {REMEDY}") from error
    if not alike:
        raise TrustError(ErrorCode.FONT_MISSING, f"{file.name} is not of {face.path.name}; {REMEDY}")
    return read
