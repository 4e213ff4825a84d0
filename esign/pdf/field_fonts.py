"""Whose the fonts of a filled field are: the form's, every reader's, or brought by whoever filled it in (ISO 32000-1 9.6.2.2, 12.7.3.3).

A font may draw a 9 for the code of a 1, and subsets that were made for pages often do. So what letters say counts only in
fonts that the filler did not make, and did not choose for what they say wrongly.
"""

# pyHanko ships its types with gaps:
# mypy: untyped-calls-exclude="pyhanko"

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from pyhanko.pdf_utils.generic import DictionaryObject, IndirectObject

from esign.pdf.field_marks import fonts_in
from esign.pdf.field_words import is_in_character_set
from esign.pdf.font_widths import is_embedded
from esign.pdf.reader import entry, items, name_of
from esign.pdf.resources import dictionary_of, resources_of
from esign.pdf.standard_fonts import is_standard_font

if TYPE_CHECKING:
    from pyhanko.pdf_utils.generic import Reference, StreamObject
    from pyhanko.pdf_utils.reader import HistoricalResolver

    from esign.pdf.reader import BoundedReader

_WIDTHS: Final = frozenset(("/W", "/DW", "/W2", "/DW2"))


def is_foreign(font: object, before: StreamObject | None, signed: HistoricalResolver) -> bool:
    """Return whether a font is the choice of whoever filled a field in.

    It is not where it is the form's or of the drawing `before`, was signed and tells what its codes are, or is one that readers have.

    Raises:
        TrustError: what `esign.pdf.reader` raises.
    """
    if isinstance(font, IndirectObject) and font.reference in _fonts_for_forms(signed) | _fonts_of(before, signed):
        return False
    found = font.get_object() if isinstance(font, IndirectObject) else font
    if not isinstance(found, DictionaryObject):
        return True
    reader = cast("BoundedReader", signed.reader)
    if isinstance(font, IndirectObject) and reader.is_older(font.reference, signed.revision):
        # a subset of one octet a letter has codes of its own where it names no encoding
        return name_of(found, "/Subtype") != "/Type0" and entry(found, "/Encoding") is None
    return not (is_standard_font(found) or _is_of_readers(found))


def _fonts_for_forms(signed: HistoricalResolver) -> frozenset[Reference]:
    """Return the fonts a file has its fields written in: those of the form's /DR (table 218), as they were signed."""
    form = entry(signed.root, "/AcroForm")
    resources = entry(form, "/DR") if isinstance(form, DictionaryObject) else None
    return _signed(resources_of(dictionary_of(resources), "/Font"), signed)


def _fonts_of(drawing: StreamObject | None, signed: HistoricalResolver) -> frozenset[Reference]:
    return frozenset() if drawing is None else _signed(fonts_in(drawing), signed)


def _signed(fonts: DictionaryObject, signed: HistoricalResolver) -> frozenset[Reference]:
    reader = cast("BoundedReader", signed.reader)
    raw = [fonts.raw_get(name) for name in fonts]
    found = [each.reference for each in raw if isinstance(each, IndirectObject)]
    return frozenset(each for each in found if reader.is_older(each, signed.revision))


def _is_of_readers(font: DictionaryObject) -> bool:
    """Return whether a composite font has codes of a character set, no outlines and no widths of its own."""
    descendants = items(entry(font, "/DescendantFonts"))
    if name_of(font, "/Subtype") != "/Type0" or not is_in_character_set(font) or len(descendants) != 1:
        return False
    below = descendants[0]
    if not isinstance(below, DictionaryObject) or not _WIDTHS.isdisjoint(below):
        return False
    return not is_embedded(font)
