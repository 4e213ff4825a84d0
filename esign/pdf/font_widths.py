"""How far the letters of a run reach: the widths a font tells of its codes (ISO 32000-1 9.2.4, 9.7.4.3).

    for code, width in FontWidths(font).advances(b"..."):     # width in sizes of the font, of each code in its order

Codes of composite fonts are taken to be of two octets and to name their characters themselves, as nearly all writers have it
(Identity); under another CMap half a size is counted for each octet.
"""

# pyHanko ships its types with gaps:
# mypy: untyped-calls-exclude="pyhanko"

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject, FloatObject, NameObject, NumberObject

from esign.pdf.reader import charge, entry, items, name_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_UNKNOWN: Final = 0.5  # of the size, for an octet: the average of narrow letters, right for wide ones in two octets
_THOUSAND: Final = 1000
_MAX_CODE: Final = 0xFFFF
_OCTETS: Final = 4  # that reading a width is counted as
_BLANKS: Final = frozenset(b" \xa0")
_LEADERS: Final = _BLANKS | frozenset(b"._-\x85\xb7")  # WinAnsi: ellipsis, middle dot
_LEADER_NAMES: Final = frozenset({"/space", "/period", "/underscore", "/hyphen", "/ellipsis", "/periodcentered"})
_SIMPLE: Final = frozenset({"/Type1", "/MMType1", "/TrueType"})
_WIDTH: Final = 1.0  # of a character in a composite font that says nothing (table 117)


class FontWidths:
    """The widths of one font; `is_vertical` when its lines run downwards.

    `leaders` are the codes of dots, underscores and blanks, `blanks` those of blanks alone; None where codes say nothing.
    """

    def __init__(self, font: object) -> None:
        dictionary = font if isinstance(font, DictionaryObject) else DictionaryObject()
        encoding = name_of(dictionary, "/Encoding") or ""
        kind = name_of(dictionary, "/Subtype")
        composite = kind == "/Type0"
        self.is_vertical = composite and encoding.endswith("-V")
        self.is_simple = not composite
        self.blanks = _BLANKS
        self.leaders = _leaders(dictionary) if kind in _SIMPLE else None if composite else frozenset[int]()
        self._told: dict[int, float] = {}
        self._default = _UNKNOWN
        self._octets = 1
        if composite and encoding in ("/Identity-H", "/Identity-V"):
            self._octets = 2
            self._default = _WIDTH
            self._read_composite(next(iter(items(entry(dictionary, "/DescendantFonts"))), None))
        elif not composite:
            self._read_simple(dictionary)

    def advances(self, text: bytes) -> Iterator[tuple[int, float]]:
        """Yield each code with its width (its height in a vertical font)."""
        step = self._octets
        for at in range(0, len(text) - step + 1, step):
            code = int.from_bytes(text[at : at + step], "big")
            yield code, 1.0 if self.is_vertical else self._told.get(code, self._default)

    def _read_simple(self, font: DictionaryObject) -> None:
        first = entry(font, "/FirstChar", 0)
        drawn = name_of(font, "/Subtype") == "/Type3"
        matrix = [_number(each) for each in items(entry(font, "/FontMatrix"))] if drawn else []
        unit = abs(matrix[0]) if matrix else 1 / _THOUSAND
        if isinstance(first, NumberObject):
            for code, width in enumerate(items(entry(font, "/Widths")), int(first)):
                self._told[code] = _number(width) * unit
            charge(font, _OCTETS * len(self._told))

    def _read_composite(self, font: object) -> None:
        if not isinstance(font, DictionaryObject):
            return
        self._default = _number(entry(font, "/DW", NumberObject(_THOUSAND))) / _THOUSAND
        listed = items(entry(font, "/W"))
        at = 0
        while at + 1 < len(listed) and len(self._told) <= _MAX_CODE:
            first = int(_number(listed[at]))
            if isinstance(listed[at + 1], ArrayObject):
                widths = items(listed[at + 1])
                at += 2
            elif at + 2 < len(listed):
                last = min(int(_number(listed[at + 1])), _MAX_CODE)
                widths = [listed[at + 2]] * (last - first + 1)
                at += 3
            else:
                break
            for code, width in enumerate(widths, first):
                self._told[code] = _number(width) / _THOUSAND
            charge(font, _OCTETS * len(widths))


def _leaders(font: DictionaryObject) -> frozenset[int] | None:
    """Return the codes of leaders in a simple font; None for one that names none of its letters (9.6.6)."""
    encoding = entry(font, "/Encoding")
    if encoding is None and "/FontDescriptor" in font:
        return None
    if not isinstance(encoding, DictionaryObject):
        return _LEADERS
    found, code = set(_LEADERS), 0
    for each in items(entry(encoding, "/Differences")):
        if isinstance(each, NumberObject):
            code = int(each)
            continue
        (found.add if isinstance(each, NameObject) and each in _LEADER_NAMES else found.discard)(code)
        code += 1
    return frozenset(found)


def _number(value: object) -> float:
    return float(value) if isinstance(value, NumberObject | FloatObject) else 0.0
