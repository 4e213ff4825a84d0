"""How far the letters of a run reach: the widths a font tells of its codes (ISO 32000-1 9.2.4, 9.7.4.3).

    for code, least, most in FontWidths(font).advances(b"..."):     # widths in sizes of the font, of each code in its order

Where a font tells a width, `least` and `most` are that width; where it tells none, they are what it may be. Codes under Identity are of
two octets and name their characters themselves; under other CMaps a code may have any of the widths told.
"""

# pyHanko ships its types with gaps:
# mypy: untyped-calls-exclude="pyhanko"

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject, FloatObject, NameObject, NumberObject, StreamObject

from esign.pdf.drawn_letters import drawn_box
from esign.pdf.encodings import plain_octets
from esign.pdf.reader import charge, entry, items, name_of
from esign.pdf.standard_widths import STANDARD_WIDTHS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_UNKNOWN: Final = 1.1  # of the size: no letter of the standard fonts is wider
_THOUSAND: Final = 1000
_MAX_CODE: Final = 0xFFFF
_MOST_DIFFERENCES: Final = 512  # a code and a name for each octet; more is no encoding, and takes time
_OCTETS: Final = 4  # that reading a width is counted as
_BLANKS: Final = frozenset(b" \xa0")
_LEADERS: Final = _BLANKS | frozenset(b"._-\x85\xb7")  # WinAnsi: ellipsis, middle dot
_LEADER_NAMES: Final = frozenset({"/space", "/period", "/underscore", "/hyphen", "/ellipsis", "/periodcentered"})
_SIMPLE: Final = frozenset({"/Type1", "/MMType1", "/TrueType"})
_FILES: Final = frozenset({"/FontFile", "/FontFile2", "/FontFile3"})
_KINDS: Final = _SIMPLE | {"/Type0", "/Type3"}
_IDENTITY: Final = ("/Identity-H", "/Identity-V")
_TWO_OCTETS: Final = ("UCS2", "UTF16")  # in names of CMaps (table 118): no code of theirs is shorter
_ONE_OR_TWO: Final = ("GB", "B5")  # two from this octet on
_LEAD: Final = 0x81
_VERTICAL: Final = [880, -1000]  # where nothing is told, and what is told here (table 117)
_LOOKED: Final = 16  # octets that are searched as quickly as one of content is read
_WMODE: Final = re.compile(rb"WMode(?![\0\t\n\f\r ]+0[\0\t\n\f\r ]+def)")  # but as every horizontal one has it
_MATRIX: Final = 6


class FontWidths:
    """The widths of one font; `is_vertical` when its lines run downwards.

    `leaders` are the codes of dots, underscores and blanks, `blanks` those of blanks alone; None where codes say nothing. `is_told` is
    false for a font whose widths programs take in several ways; `is_exact` where each code has its own width, `is_embedded` where outlines come with
    the file and may lie anywhere. `box` is what letters that are drawings fill, in sizes, None for outlines.
    """

    def __init__(self, font: object) -> None:
        dictionary = font if isinstance(font, DictionaryObject) else DictionaryObject()
        encoding = name_of(dictionary, "/Encoding") or ""
        kind = name_of(dictionary, "/Subtype")
        self.is_told = kind in _KINDS
        self.is_simple = kind != "/Type0"
        self.is_exact = self.is_simple or encoding in _IDENTITY
        self.is_embedded = is_embedded(dictionary)
        self.box = drawn_box(dictionary) if kind == "/Type3" else None
        self.is_vertical = kind == "/Type0" and (encoding.endswith("-V") or encoding == "/V")
        self.blanks = _BLANKS
        self.leaders = _leaders(dictionary) if kind in _SIMPLE else frozenset[int]() if self.is_simple else None
        self.is_placed = True
        self._told: dict[int, float] = {}
        self._standard: dict[int, float] = {}
        self._default = (0.0, _UNKNOWN)
        self._lead = _MAX_CODE  # the first octet of longer codes
        if self.is_simple:
            self._read_simple(dictionary, drawn=kind == "/Type3")
        else:
            self.is_told = self.is_told and not _may_turn(entry(dictionary, "/Encoding"))
            self._read_composite(next(iter(items(entry(dictionary, "/DescendantFonts"))), None), encoding)

    def advances(self, text: bytes) -> Iterator[tuple[int, float, float]]:
        """Yield each code with its least and its greatest width (its height in a vertical font)."""
        at = 0
        while at < len(text):
            step = 2 if text[at] >= self._lead else 1
            code = int.from_bytes(text[at : at + step], "big")
            if at + step > len(text) and self._lead == 0:
                return  # an odd octet is no letter
            at += step
            yield (code, 1.0, 1.0) if self.is_vertical else (code, *self._width(code))

    def least(self, codes: Iterable[int]) -> dict[int, float]:
        """Return the least width of each of these codes."""
        if self._standard:
            return {code: self._width(code)[0] for code in codes}
        return {code: self._told.get(code, self._default[0]) for code in codes}

    def _width(self, code: int) -> tuple[float, float]:
        told, standard = self._told.get(code), self._standard.get(code)
        if told is None:
            return self._default if standard is None else (standard, standard)
        return (told, told) if standard is None else (min(told, standard), max(told, standard))

    def _tell(self, font: DictionaryObject, first: object, widths: list[object], unit: float) -> None:
        begin = int(first) if isinstance(first, NumberObject) else -1
        self.is_told = self.is_told and begin >= 0
        charge(font, _OCTETS * len(widths))
        alike = len(widths) > 1 and all(width is widths[0] for width in widths)
        numbers = [_number(widths[0])] * len(widths) if alike else [_number(width) for width in widths]
        told = {code: (number or 0) * unit for code, number in enumerate(numbers, begin)}
        again = self._told.keys() & told.keys()
        self.is_told = self.is_told and None not in numbers and all(self._told[code] == told[code] for code in again)
        self._told |= told

    def _read_simple(self, font: DictionaryObject, *, drawn: bool) -> None:
        unit = 1 / _THOUSAND
        if drawn:
            matrix = [_number(each) or 0.0 for each in items(entry(font, "/FontMatrix"))]
            self.is_told = (
                self.box is not None and len(matrix) == _MATRIX and matrix[0] > 0 and matrix[1] == matrix[2] == 0
            )
            unit = matrix[0] if self.is_told else unit
        elif "/FontDescriptor" not in font:
            named = not isinstance(entry(font, "/Encoding"), DictionaryObject)
            self._standard = STANDARD_WIDTHS.get(name_of(font, "/BaseFont") or "", {}) if named else {}
        if "/Widths" in font:
            self._tell(font, entry(font, "/FirstChar", NumberObject(0)), items(entry(font, "/Widths")), unit)

    def _read_composite(self, font: object, encoding: str) -> None:
        if not isinstance(font, DictionaryObject):
            self.is_told = False
            return
        default = _number(entry(font, "/DW", NumberObject(_THOUSAND)))
        if default is None or (
            self.is_vertical and ("/W2" in font or items(entry(font, "/DW2")) not in ([], _VERTICAL))
        ):
            self.is_told = False
            return
        self._default = default / _THOUSAND, default / _THOUSAND
        self._read_listed(font, items(entry(font, "/W")))
        if encoding in _IDENTITY:
            self._lead = 0
            return
        widest = max(default / _THOUSAND, *self._told.values()) if self._told else default / _THOUSAND
        self._told, self._default, self.is_placed = {}, (0.0, widest), False
        if any(each in encoding for each in _TWO_OCTETS):
            self._lead = 0
        elif any(each in encoding for each in _ONE_OR_TWO):
            self._lead = _LEAD

    def _read_listed(self, font: DictionaryObject, listed: list[object]) -> None:
        """Read /W: a code and the widths from it on, or the first and last code of one width (9.7.4.3)."""
        at = 0
        while at + 1 < len(listed) and self.is_told:
            first, second = listed[at : at + 2]
            if isinstance(second, ArrayObject):
                self._tell(font, first, items(second), 1 / _THOUSAND)
                at += 2
            elif at + 2 < len(listed) and isinstance(first, NumberObject) and isinstance(second, NumberObject):
                count = min(int(second), _MAX_CODE) - int(first) + 1
                self._tell(font, first, [listed[at + 2]] * count, 1 / _THOUSAND)
                at += 3
            else:
                break
        self.is_told = self.is_told and at == len(listed)


def is_embedded(font: DictionaryObject) -> bool:
    """Return whether a file brings the outlines of a font (9.9)."""
    below = [each for each in items(entry(font, "/DescendantFonts")) if isinstance(each, DictionaryObject)]
    told = (entry(each, "/FontDescriptor") for each in (font, *below))
    return any(isinstance(each, DictionaryObject) and not _FILES.isdisjoint(each) for each in told)


def _leaders(font: DictionaryObject) -> frozenset[int] | None:
    """Return the codes of leaders in a simple font; None for one that names none of its letters (9.6.6)."""
    encoding = entry(font, "/Encoding")
    if encoding is None and "/FontDescriptor" in font:
        return None
    if not isinstance(encoding, DictionaryObject):
        return _LEADERS
    differences = entry(encoding, "/Differences")
    if isinstance(differences, ArrayObject) and len(differences) > _MOST_DIFFERENCES:
        return frozenset()
    found, code = set(_LEADERS), 0
    for each in items(differences):
        if isinstance(each, NumberObject):
            code = int(each)
            continue
        (found.add if isinstance(each, NameObject) and each in _LEADER_NAMES else found.discard)(code)
        code += 1
    return frozenset(found)


def _may_turn(encoding: object) -> bool:
    """Return whether a CMap that the file brings may say that lines run downwards, of itself or by another that it uses (9.7.5.3)."""
    if not isinstance(encoding, StreamObject):
        return False
    if (
        "/UseCMap" in encoding
        or entry(encoding, "/WMode", NumberObject(0)) != 0
        or (octets := plain_octets(encoding)) is None
    ):
        return True
    charge(encoding, len(octets) // _LOOKED)
    return b"usecmap" in octets or _WMODE.search(octets) is not None


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, NumberObject | FloatObject) else None
