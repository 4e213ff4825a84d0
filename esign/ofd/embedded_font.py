"""A font that typst embedded in a PDF, made a whole font file again: readers of OFD open fonts as files and not as parts of PDF.

typst's subset numbers its glyphs anew and leaves out what PDF says elsewhere: which character is which glyph. That comes from the
font's /ToUnicode (ISO 32000-1 9.10.3) and is put back as a `cmap`, with the `OS/2` table that Windows and Java ask for; a bare CFF
font gets the tables of OpenType around it. The outlines stay as they are. Tables: ISO/IEC 14496-22.
"""

# pyHanko ships its types with gaps:
# mypy: untyped-calls-exclude="pyhanko"

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from pyhanko.pdf_utils.decode_limits import DecodePurpose
from pyhanko.pdf_utils.generic import DictionaryObject, StreamObject

from esign.ofd.drawn_outlines import drawn_tables
from esign.ofd.layout import LaidFont
from esign.pdf.font_widths import FontWidths
from esign.pdf.reader import entry, items, name_of
from esign.pdf.to_unicode import read_to_unicode
from esign.rendering.measuring import MEASURING
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from esign.rendering.measuring import MeasuredFont

MAX_FONT: Final = 16 * 1024 * 1024  # octets of one subset; a licence's has some 40 kB
_SUBSET: Final = re.compile(r"^/(?:[A-Z]{6}\+)?")
_UNITS: Final = 1000  # to the em, of a CFF font without a matrix of its own
_ASCENT, _DESCENT = 1160, -288  # of Noto CJK, whose outlines are CFF
_HEADER: Final = struct.Struct(">4sHHHH")
_ENTRY: Final = struct.Struct(">4sLLL")
_TRUE_TYPE, _OPEN_TYPE = b"\0\1\0\0", b"OTTO"
_MAGIC: Final = 0xB1B0AFBA  # what the sum of a whole file is subtracted from (head, checkSumAdjustment)
_OWN_TABLES: Final = frozenset((b"head", b"cmap", b"OS/2"))  # not as they were in the subset
_BASIC: Final = 0xFFFF  # the last character that fits two octets


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedFont:
    """A font of a page: its file, the characters each glyph stands for, and their widths in sizes of the font."""

    file: LaidFont
    characters: Mapping[int, str] = field(repr=False)
    widths: Mapping[int, float] = field(repr=False)


def read_font(font: DictionaryObject, drawn: Mapping[str, MeasuredFont]) -> EmbeddedFont:
    """Return a composite font of a page as typst writes it, with the outlines of `drawn` if it is one of the measuring fonts named there.

    Raises:
        TrustError: RENDERING_FAILED when it is of another kind; PDF_MALFORMED or PDF_LIMIT when it cannot be read.
    """
    below = next(iter(items(entry(font, "/DescendantFonts"))), None)
    unicode_map = entry(font, "/ToUnicode")
    if (
        name_of(font, "/Encoding") != "/Identity-H"
        or not isinstance(below, DictionaryObject)
        or not isinstance(unicode_map, StreamObject)
    ):
        raise TrustError(ErrorCode.RENDERING_FAILED, "the page has a font that is no embedded subset")
    descriptor = entry(below, "/FontDescriptor")
    characters = read_to_unicode(unicode_map)
    if characters is None:
        raise TrustError(ErrorCode.RENDERING_FAILED, "a font of the page does not tell its letters plainly")
    name = _SUBSET.sub("", name_of(font, "/BaseFont") or "").removesuffix("-Identity-H")
    kind, subset = _subset(descriptor)
    tables, sums = _tables_of(subset) if kind == _TRUE_TYPE else ({}, {})
    if kind == _TRUE_TYPE and (page_font := drawn.get(name)):
        name = page_font.name
        others, others_sums = drawn_tables(tables, page_font)
        tables, sums = tables | others, {tag: sums[tag] for tag in sums.keys() - others.keys()} | others_sums
    elif name.endswith(MEASURING):
        raise TrustError(ErrorCode.RENDERING_FAILED, "the page has boxes for letters, and no font to draw them")
    advances = _advances(tables, characters)
    if advances is None:
        widths = FontWidths(font)
        if not widths.is_told:
            raise TrustError(ErrorCode.RENDERING_FAILED, "a font of the page does not tell how wide its letters are")
        advances = widths.least(characters)
    if not tables:
        tables, sums = _around(subset, name, advances)
    tables |= {b"cmap": _cmap(characters), b"OS/2": _os2(tables, characters)}
    file = LaidFont(name=name, octets=_assemble(kind, tables, sums), suffix="ttf" if kind == _TRUE_TYPE else "otf")
    return EmbeddedFont(file=file, characters=characters, widths=advances)


def _subset(descriptor: object) -> tuple[bytes, bytes]:
    """Return which kind of file the font's program makes, and the program."""
    found = descriptor if isinstance(descriptor, DictionaryObject) else DictionaryObject()
    for key, kind in (("/FontFile2", _TRUE_TYPE), ("/FontFile3", _OPEN_TYPE)):
        stream = entry(found, key)
        if isinstance(stream, StreamObject):
            program: bytes = stream.read_data(DecodePurpose.GENERIC)
            if len(program) > MAX_FONT:
                raise TrustError(ErrorCode.RENDERING_FAILED, "a font's subset is too large", limit=MAX_FONT)
            return kind, program
    raise TrustError(ErrorCode.RENDERING_FAILED, "the page has a font without its program")


def _tables_of(program: bytes) -> tuple[dict[bytes, bytes], dict[bytes, int]]:
    """Return the tables of an sfnt file, and the sums that typst's directory tells of them."""
    try:
        _, count, *_ = _HEADER.unpack_from(program)
        entries = [_ENTRY.unpack_from(program, _HEADER.size + _ENTRY.size * number) for number in range(count)]
    except struct.error as error:
        raise TrustError(ErrorCode.PDF_MALFORMED, "a font's directory") from error
    tables = {tag: program[start : start + size] for tag, _, start, size in entries}
    if not {b"head", b"hhea", b"maxp"} <= tables.keys():
        raise TrustError(ErrorCode.PDF_MALFORMED, "a font lacks a table")
    return tables, {tag: told for tag, told, _, _ in entries}


def _advances(tables: Mapping[bytes, bytes], glyphs: Iterable[int]) -> dict[int, float] | None:
    """Return how wide these glyphs are, from a font of a thousand units to the em; None for others, of which /W tells it.

    typst writes the same numbers into /W, where reading them takes ten times as long.
    """
    try:
        (units,) = struct.unpack_from(">H", tables[b"head"], 18)
        (count,) = struct.unpack_from(">H", tables[b"hhea"], 34)
        told = struct.unpack_from(f">{2 * count}H", tables[b"hmtx"])[0::2]
        return {glyph: told[min(glyph, count - 1)] / _UNITS for glyph in glyphs} if units == _UNITS else None
    except (KeyError, IndexError, struct.error):
        return None


def _around(cff: bytes, name: str, advances: Mapping[int, float]) -> tuple[dict[bytes, bytes], dict[bytes, int]]:
    """Return the tables of an OpenType font around a bare CFF program (which may be a whole one already)."""
    if cff[:4] == _OPEN_TYPE:
        return _tables_of(cff)
    count = max(advances, default=0) + 1
    widths = b"".join(struct.pack(">Hh", round(_UNITS * advances.get(glyph, 1)), 0) for glyph in range(count))
    box = (-_UNITS, -_UNITS, 2 * _UNITS, 2 * _UNITS)
    widest = round(_UNITS * max(advances.values(), default=1))
    tables = {
        b"CFF ": cff,
        b"head": struct.pack(
            ">LLLLHHqqhhhhHHhhh", 0x10000, 0x10000, 0, 0x5F0F3CF5, 3, _UNITS, 0, 0, *box, 0, 6, 2, 0, 0
        ),
        b"hhea": struct.pack(
            ">LhhhHhhhhhh4hhH", 0x10000, _ASCENT, _DESCENT, 0, widest, *box[:3], 1, 0, 0, *([0] * 4), 0, count
        ),
        b"hmtx": widths,
        b"maxp": struct.pack(">LH", 0x5000, count),
        b"name": _names(name),
        b"post": struct.pack(">LLhhLLLLL", 0x30000, 0, -100, 50, 0, 0, 0, 0, 0),
    }
    return tables, {}


def _names(name: str) -> bytes:
    """Return a `name` table of family, style, full and PostScript name."""
    texts = [(1, name), (2, "Regular"), (4, name), (6, name)]
    packed = [(number, text.encode("utf-16-be")) for number, text in texts]
    records, storage = b"", b""
    for number, octets in packed:
        records += struct.pack(">6H", 3, 1, 0x409, number, len(octets), len(storage))
        storage += octets
    return struct.pack(">3H", 0, len(packed), 6 + len(records)) + records + storage


def _cmap(characters: Mapping[int, str]) -> bytes:
    """Return a `cmap` with formats 4 and 12: single characters only, the first glyph of each."""
    backwards = sorted(characters.items(), reverse=True)  # so that of several glyphs the first stays
    pairs = sorted({ord(text): glyph for glyph, text in backwards if len(text) == 1}.items())
    basic = [(code, glyph) for code, glyph in pairs if code < _BASIC]
    ends = [code for code, _ in basic] + [_BASIC]
    deltas = [(glyph - code) & 0xFFFF for code, glyph in basic] + [1]
    count = len(ends)
    power = 1 << (count.bit_length() - 1)
    four = struct.pack(">4H", count * 2, power * 2, power.bit_length() - 1, (count - power) * 2)
    four += struct.pack(f">{count}HH{count}H{count}H{count}H", *ends, 0, *ends, *deltas, *([0] * count))
    four = struct.pack(">3H", 4, len(four) + 6, 0) + four
    twelve = struct.pack(f">{3 * len(pairs)}L", *[each for code, glyph in pairs for each in (code, code, glyph)])
    twelve = struct.pack(">HHLLL", 12, 0, 16 + len(twelve), 0, len(pairs)) + twelve
    return struct.pack(">HHHHLHHL", 0, 2, 3, 1, 20, 3, 10, 20 + len(four)) + four + twelve


def _os2(tables: Mapping[bytes, bytes], characters: Mapping[int, str]) -> bytes:
    """Return an `OS/2` table of version 1, whose licence bits allow what was done: installable embedding."""
    ascent, descent, gap = struct.unpack_from(">hhh", tables[b"hhea"], 4)
    codes = [ord(text) for text in characters.values() if len(text) == 1] or [0]
    first, last = min(*codes, _BASIC), min(max(codes), _BASIC)
    return struct.pack(
        ">HhHHH11h10s4L4sHHHhhhHH2L",
        *(1, _UNITS, 400, 5, 0),
        *(650, 600, 0, 75, 650, 600, 0, 350, 50, 300, 0),
        bytes(10),
        *(0, 0, 0, 0, b"    ", 0x40, first, last, ascent, descent, gap, max(ascent, 0), max(-descent, 0), 0, 0),
    )


def _assemble(kind: bytes, tables: Mapping[bytes, bytes], sums: Mapping[bytes, int]) -> bytes:
    """Return the file: its directory in order of the tags, each table at a place divisible by four; `sums` are those known already."""
    head = bytearray(tables[b"head"])
    head[8:12] = bytes(4)
    parts = sorted({**tables, b"head": bytes(head)}.items())
    count = len(parts)
    power = 1 << (count.bit_length() - 1)
    directory = _HEADER.pack(kind, count, power * 16, power.bit_length() - 1, (count - power) * 16)
    start = len(directory) + _ENTRY.size * count
    body = bytearray()
    place = total = 0
    for tag, table in parts:
        place = start + len(body) if tag == b"head" else place
        told = None if tag in _OWN_TABLES else sums.get(tag)
        own = _sum(table) if told is None else told
        total += own
        directory += _ENTRY.pack(tag, own, start + len(body), len(table))
        body += table + bytes(-len(table) % 4)
    file = bytearray(directory + body)
    file[place + 8 : place + 12] = struct.pack(">L", (_MAGIC - total - _sum(directory)) & 0xFFFFFFFF)
    return bytes(file)


def _sum(table: bytes) -> int:
    padded = table + bytes(-len(table) % 4)
    words: tuple[int, ...] = struct.unpack(f">{len(padded) // 4}L", padded)
    return sum(words) & 0xFFFFFFFF
