"""The widths of the standard fonts are those that PDFium lays out."""

from __future__ import annotations

import ctypes

import pypdfium2.raw as pdfium
import pytest

from esign.pdf.standard_widths import STANDARD_WIDTHS

_SIZE = 1000
_MARK = "|"  # whose origin tells where the letter before it ends


def laid_out(font: str) -> dict[int, float]:
    """Return the width of each letter of ASCII in a standard font, in sizes of the font."""
    document = pdfium.FPDF_CreateNewDocument()
    page = pdfium.FPDFPage_New(document, 0, 600, 800)
    handle = pdfium.FPDFText_LoadStandardFont(document, font.encode())
    found = {}
    x, y = ctypes.c_double(), ctypes.c_double()
    for code in range(ord(" "), ord("~") + 1):
        shown = pdfium.FPDFPageObj_CreateTextObj(document, handle, _SIZE)
        pdfium.FPDFText_SetText(shown, (ctypes.c_ushort * 3)(code, ord(_MARK), 0))
        pdfium.FPDFPage_InsertObject(page, shown)
        text = pdfium.FPDFText_LoadPage(page)
        pdfium.FPDFText_GetCharOrigin(text, pdfium.FPDFText_CountChars(text) - 1, x, y)
        found[code] = round(x.value) / _SIZE
        pdfium.FPDFText_ClosePage(text)
        pdfium.FPDFPage_RemoveObject(page, shown)
    pdfium.FPDF_CloseDocument(document)
    return found


@pytest.mark.parametrize(
    "font", [each for each in STANDARD_WIDTHS if not each.endswith("Oblique")]
)  # PDFium slants them itself
def test_widths_are_those_of_pdfium(font: str) -> None:
    assert laid_out(font[1:]) == STANDARD_WIDTHS[font]
