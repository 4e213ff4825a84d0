"""Which fonts are those that every reader brings itself, as they are (ISO 32000-1 9.6.2.2)."""

# pyHanko ships its types with gaps:
# mypy: untyped-calls-exclude="pyhanko"

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from esign.pdf.reader import name_of
from esign.pdf.standard_widths import STANDARD_WIDTHS

if TYPE_CHECKING:
    from pyhanko.pdf_utils.generic import DictionaryObject

_TOLD: Final = frozenset({"/Type", "/Subtype", "/BaseFont", "/Encoding", "/Name"})


def is_standard_font(font: DictionaryObject) -> bool:
    """Return whether a font is one of the twelve in Latin letters, and says of itself at most which code is which letter.

    By outlines or widths of its own it could show anything for a code, or one letter over the next.
    """
    is_plain = font.keys() <= _TOLD and name_of(font, "/Subtype") == "/Type1"
    return is_plain and name_of(font, "/BaseFont") in STANDARD_WIDTHS
