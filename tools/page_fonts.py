"""Make the fonts of pages out of the fonts that were brought: TrueType outlines, the characters licences are written in.

    python tools/page_fonts.py --folder .venv/share/trustkit/fonts

Pages could be drawn with the whole fonts. These two pay for themselves three times: a page takes an eighth less time, the
first seal of a process a quarter of it, and a PDF/A checker that misreads the widths of CFF fonts in PDF (page-validation
0.11) has nothing to misread. Characters outside them are drawn with the whole fonts as before.

Both hold the 7,445 characters of GB 2312 and Latin letters. They are modified versions under the SIL Open Font License
1.1 and bear names of their own.

Beside each stands its measuring font: the same characters, widths and boxes, and in place of an outline its box, with the number of the
glyph as its instructions. A page that is read back into an OFD is laid out with it (docs/adr/0028, amended).
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables._c_m_a_p import CmapSubtable
from fontTools.ttLib.tables.ttProgram import Program

from esign.rendering.fonts import FONT_FOLDERS, FontFace, FontRole, find_fonts
from esign.rendering.measuring import PUSH, measuring_family, measuring_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fontTools.ttLib.tables._g_l_y_f import Glyph

VERSION: Final = "3"  # of this program's result; another makes the fonts anew
MEASURING_VERSION: Final = "1"  # of the measuring fonts beside them
STAMP: Final = "page-fonts.txt"
TOLERANCE: Final = 1.0  # thousandths of an em between the curves: 4 µm at the size of a licence's text
HEIGHTS: Final = (
    *("sTypoAscender", "sTypoDescender", "sTypoLineGap", "usWinAscent", "usWinDescent"),
    *("sCapHeight", "sxHeight"),
)
LATIN: Final = (*range(0x20, 0x7F), *range(0xA0, 0x180))
EPOCH: Final = 3_786_912_000  # 2024-01-01, counted from 1904 as fonts do
MARKS: Final = tuple(map(ord, "–—‖…•‰€・〇"))  # Python decodes the dash and the dot of GB 2312 to other characters
NOTICE: Final = "Modified version of {family}, made by tools/page_fonts.py: fewer characters, TrueType outlines."


@dataclass(frozen=True)
class PageFont:
    """One font to make: from which role, for which legacy character set, under which name."""

    role: FontRole
    charset: str
    family: str
    file: str


PAGE_FONTS: Final = (
    PageFont(FontRole.SERIF, "gb2312", "Trustkit Song", "TrustkitSong-Regular.ttf"),
    PageFont(FontRole.SANS, "gb2312", "Trustkit Hei", "TrustkitHei-Regular.ttf"),
)


def repertoire(charset: str) -> Iterator[int]:
    """Yield the code points of a two-byte character set, and Latin letters."""
    yield from LATIN
    yield from MARKS
    for lead in range(0x81, 0xFF):
        for trail in range(0x40, 0xFF):
            try:
                yield ord(bytes((lead, trail)).decode(charset))
            except (UnicodeDecodeError, TypeError):
                continue


def outlines(path: Path, number: int, names: list[str]) -> dict[str, object]:
    """Return the TrueType outlines of some glyphs; runs in a process of its own."""
    made: dict[str, object] = {}
    with TTFont(path, fontNumber=number, lazy=True) as font:
        glyphs = font.getGlyphSet()
        for name in names:
            pen = TTGlyphPen(None)
            glyphs[name].draw(Cu2QuPen(pen, TOLERANCE, reverse_direction=True))
            made[name] = pen.glyph()
    return made


def all_outlines(source: FontFace, order: list[str], workers: int) -> dict[str, object]:
    """Return the outlines of all glyphs, the work shared among processes."""
    if workers == 1:
        return outlines(source.path, source.number, order)
    shares = [order[start::workers] for start in range(workers)]
    glyphs: dict[str, object] = {}
    with ProcessPoolExecutor(workers) as pool:
        for made in pool.map(outlines, [source.path] * workers, [source.number] * workers, shares):
            glyphs |= made
    return glyphs


def make(source: FontFace, wanted: PageFont, folder: Path, workers: int) -> None:
    """Make one font and its measuring font."""
    with TTFont(source.path, fontNumber=source.number, lazy=True) as font:
        best = font.getBestCmap()
        mapping = {point: best[point] for point in sorted(set(repertoire(wanted.charset))) if point in best}
        notdef = font.getGlyphName(0)
        order = [notdef, *dict.fromkeys(mapping.values())]
        names = {name: ".notdef" if name == notdef else name for name in order}
        glyphs = all_outlines(source, order, workers)
        builder = FontBuilder(font["head"].unitsPerEm, isTTF=True)
        builder.font.recalcTimestamp = False  # the same sources make the same octets
        builder.updateHead(created=EPOCH, modified=EPOCH)
        builder.setupGlyphOrder([names[name] for name in order])
        builder.setupGlyf({names[name]: glyph for name, glyph in glyphs.items()})
        drawn = builder.font["glyf"]
        advances = {names[name]: font["hmtx"][name][0] for name in order}
        sides = {name: (width, getattr(drawn[name], "xMin", 0)) for name, width in advances.items()}
        builder.setupHorizontalMetrics(sides)
        builder.setupHorizontalHeader(ascent=font["hhea"].ascent, descent=font["hhea"].descent)
        set_characters(builder, mapping)
        builder.setupOS2(fsType=0, **{key: getattr(font["OS/2"], key) for key in HEIGHTS})
    set_names(builder, wanted, source.family)
    builder.setupPost(keepGlyphNames=False)
    save(builder.font, folder / wanted.file)
    measure(folder / wanted.file, wanted.family)


def measure(page_font: Path, family: str) -> None:
    """Make the measuring font of a page font, whose tables it has but for the outlines and the names."""
    with TTFont(page_font, recalcTimestamp=False) as font:
        glyphs = font["glyf"]
        for number, name in enumerate(font.getGlyphOrder()):
            drawn = glyphs[name]
            if drawn.numberOfContours:
                glyphs[name] = box_of(drawn, number)
        postscript = measuring_file(page_font).stem
        named = measuring_family(family)
        for number, text in {1: named, 3: f"{MEASURING_VERSION}.000;{postscript}", 4: named, 6: postscript}.items():
            font["name"].setName(text, number, 3, 1, 0x409)
        save(font, measuring_file(page_font))


def box_of(drawn: Glyph, number: int) -> Glyph:
    """Return the box of a glyph as its outline, that tells the glyph's number."""
    pen = TTGlyphPen(None)
    pen.moveTo((drawn.xMin, drawn.yMin))
    for corner in ((drawn.xMin, drawn.yMax), (drawn.xMax, drawn.yMax), (drawn.xMax, drawn.yMin)):
        pen.lineTo(corner)
    pen.closePath()
    box = pen.glyph()
    box.program = Program()
    box.program.fromBytecode(PUSH + number.to_bytes(2, "big"))
    return box


def save(font: TTFont, path: Path) -> None:
    """Write a font; it appears under its name only when it is whole."""
    partial = path.with_name(f".{path.name}.partial")
    font.save(partial)
    partial.replace(path)


def set_characters(builder: FontBuilder, mapping: dict[int, str]) -> None:
    """Write the character map in the form that is read here, beside the one that older readers know."""
    builder.setupCharacterMap(mapping)
    full = CmapSubtable.newSubtable(12)
    full.platformID, full.platEncID, full.language, full.format = 3, 10, 0, 12
    full.reserved, full.length, full.nGroups = 0, 0, 0
    full.cmap = dict(mapping)  # the same object would share the other table's form
    builder.font["cmap"].tables.append(full)


def set_names(builder: FontBuilder, wanted: PageFont, origin: str) -> None:
    """Name the font; typst ignores a font without the names that PostScript and its version go by."""
    postscript = wanted.file.removesuffix(".ttf")
    builder.setupNameTable(
        {
            "copyright": NOTICE.format(family=origin) + " Copyright © 2014-2017 Adobe Systems Incorporated.",
            "familyName": wanted.family,
            "styleName": "Regular",
            "uniqueFontIdentifier": f"{VERSION}.000;{postscript}",
            "fullName": wanted.family,
            "version": f"Version {VERSION}.000",
            "psName": postscript,
            "licenseDescription": "This Font Software is licensed under the SIL Open Font License, Version 1.1.",
            "licenseInfoURL": "https://openfontlicense.org",
        },
        mac=False,
    )


def stamp(sources: list[tuple[FontFace, PageFont]]) -> str:
    """Return what the fonts are made of: another source or version makes them anew."""
    lines = [f"version {VERSION}", f"measuring {MEASURING_VERSION}"]
    for face, wanted in sources:
        with face.path.open("rb") as stream:
            lines.append(f"{wanted.file} {hashlib.file_digest(stream, 'sha256').hexdigest()} {face.number}")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Make the fonts that are not there yet."""
    parser = argparse.ArgumentParser(description="Make the fonts of pages out of the fonts that were brought.")
    parser.add_argument("--folder", type=Path, required=True, help="where the fonts are, and go")
    folder = parser.parse_args().folder.resolve()
    made = {wanted.file for wanted in PAGE_FONTS}
    faces = [face for face in find_fonts((folder, *FONT_FOLDERS)).faces if face.path.name not in made]
    sources = [(face, wanted) for wanted in PAGE_FONTS for face in faces if face.role is wanted.role]
    told = stamp(sources)
    note = folder / STAMP
    files = [file for _, w in sources for file in (folder / w.file, measuring_file(folder / w.file))]
    if note.is_file() and note.read_text("ascii") == told and all(file.is_file() for file in files):
        print(f"page fonts: present in {folder}")
        return 0
    print("page fonts: making them (a quarter of a minute, once)", flush=True)
    folder.mkdir(parents=True, exist_ok=True)
    for face, wanted in sources:
        make(face, wanted, folder, workers=min(4, os.cpu_count() or 1))
    note.write_text(told, "ascii")
    print(f"page fonts: {', '.join(wanted.family for _, wanted in sources)} in {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
