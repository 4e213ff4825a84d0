"""Whether every program draws a drawing alike."""

# pyHanko ships its types with gaps:
# mypy: allow-untyped-calls

from __future__ import annotations

import zlib

import pytest

from esign.pdf.pages import page_tree
from esign.pdf.plain_drawing import is_drawn_alike
from esign.pdf.reader import open_reader
from tests.support.attacks.documents import RESOURCES, contract, form_x_object, stream

_RESOURCES = (
    b"/XObject << /Fm 32 0 R /Im 33 0 R /Jx 34 0 R /Mk 35 0 R /Fb 36 0 R /Bx 37 0 R >> /ExtGState << /Ink << /BM /Multiply >>"
    b" /Odd << /TR /Identity >> /Thin << /ca .05 >> /Veil << /ca .5 >> /Line << /LW -1 >> /Soft << /SMask << >> >> >> /Font"
)
_IMAGE = b"/Type /XObject /Subtype /Image /Width 1 /Height 1 "
_GREY = _IMAGE + b"/ColorSpace /DeviceGray /BitsPerComponent 8 "
_ENTRIES = b"/F 4 /AP << /N 31 0 R >>"
_SQUARE = b"1 0 0 rg 0 0 9 9 re f "


def alike(
    operators: bytes, entries: bytes = _ENTRIES, more: dict[int, bytes] | None = None, resources: bytes = _RESOURCES
) -> bool:
    objects = {
        30: b"<< /Type /Annot /Subtype /Stamp /Rect [0 0 200 30] %s >>" % entries,
        31: form_x_object(operators).replace(b"/Font", resources),
        32: form_x_object(_SQUARE),
        33: stream(b"\0", _GREY),
        34: stream(b"\0", _GREY + b"/Filter /JPXDecode"),
        35: stream(b"\0", _IMAGE + b"/ImageMask true /Decode [1 0]"),
        36: form_x_object(b"/Ink gs " + _SQUARE).replace(b"/Font", b"/ExtGState << /Ink << /BM /Multiply >> >> /Font"),
        37: form_x_object(_SQUARE).replace(b"/BBox [0 0 200 30]", b"/BBox [0 0 200 30 1]"),
        **(more or {}),
    }
    reader = open_reader(contract(objects, page=RESOURCES + b" /Annots [30 0 R]"))
    first = next(node for node in page_tree(reader.root) if node.is_page)
    return is_drawn_alike(first.dictionary["/Annots"][0])


@pytest.mark.parametrize(
    "operators",
    [
        b"",
        b"/Ink gs 1 0 0 RG 2 w 1 J 1 j 0 0 m 9 9 l S",
        b"q 1 0 0 1 5 5 cm 0 0 m 1 1 2 2 3 3 c h B Q",
        b"0 0 0 1 k [] 0 d 0 0 9 9 re f*",
        b"/Fm Do",
        b"1 0 0 rg BT /F1 9 Tf 1 2 Td (A) Tj [(B) -20 (C)] TJ T* ET",
        b"/Tx BMC EMC",
        b"q 0 0 9 9 re W n " + _SQUARE + b"Q",
        b"q 9 0 0 9 0 0 cm /Im Do Q /Mk Do",
        b"/Veil gs " + _SQUARE * 64,
        _SQUARE * 200,
    ],
)
def test_what_every_program_draws_alike(operators: bytes) -> None:
    assert alike(operators)


@pytest.mark.parametrize(
    "operators",
    [
        b"/Jx Do",
        b"/Fb Do",
        b"/Bx Do",
        b"/Ink gs /Fm Do",
        b"/Ink gs " + _SQUARE * 65,
        b"/Ink gs BT /F1 9 Tf (" + b"a" * 65 + b") Tj ET",
        b"/Odd gs",
        b"/Thin gs",
        b"/Line gs",
        b"/Soft gs",
        b"/No gs",
        b"/No Do",
        b"/OC /L BDC EMC",
        b"BI /W 1 /H 1 /CS /G /BPC 8 ID a EI",
        b"/DeviceRGB cs 1 0 0 sc 0 0 9 9 re f",
        b"/P sh",
        b"Q",
        b"q",
        b"0 0 9 9 re",
        b"0 0 9 9 re 1 g f",
        b"9 9 l f",
        b"f",
        b"0 0 9 9 re W f",
        b"0 0 m 9 9 l W n",
        b"0 0 0 9 re W n",
        b"0 0 9 9 1 re f",
        b"1 1 g",
        b"2 g",
        b"-1 w",
        b"3 J",
        b"[1 0] 0 d",
        b"0 0 0 0 5 5 cm",
        b"7 Tr",
        b"(A) Tj",
        b"BT (A\xff) Tj ET",
        b"BT /F1 0 Tf ET",
        b"BT BT ET",
        b"ET",
        b"BT q ET Q",
        b"BT /F1 9 Tf (A)",
        b"1e9 w",
    ],
)
def test_what_programs_draw_each_in_its_own_way(operators: bytes) -> None:
    assert not alike(operators)


@pytest.mark.parametrize(
    "entries",
    [
        b"",
        b"/F 36 /AP << /N 31 0 R >>",
        b"/F 4 /OC 9 0 R /AP << /N 31 0 R >>",
        b"/F 4 /AP << /N 31 0 R /D 31 0 R >>",
        b"/F 4 /AP << /N << /A 31 0 R >> >> /AS /A",
    ],
)
def test_what_is_not_shown_to_everybody_is_not_alike(entries: bytes) -> None:
    assert not alike(_SQUARE, entries)


def test_colour_spaces_that_stand_for_others_are_not_alike() -> None:
    assert not alike(_SQUARE, resources=b"/ColorSpace << /DefaultRGB /DeviceGray >> /Font")


@pytest.mark.parametrize(
    ("entries", "data", "expected"),
    [
        (_GREY, b"\0", True),
        (_GREY + b"/Filter /FlateDecode", zlib.compress(b"\0"), True),
        (_GREY + b"/Filter [/FlateDecode]", zlib.compress(b"\0"), True),
        (_GREY, b"\0\0", False),
        (_GREY, b"", False),
        (_GREY + b"/Filter /FlateDecode", zlib.compress(b"\0")[:-2], False),
        (_GREY + b"/Filter /FlateDecode", zlib.compress(b"\0") + b"a", False),
        (_GREY + b"/Filter [/FlateDecode /FlateDecode]", zlib.compress(zlib.compress(b"\0")), False),
        (_GREY + b"/Filter /FlateDecode /DecodeParms << /Predictor 12 >>", zlib.compress(b"\0\0"), False),
        (_GREY + b"/Filter /DCTDecode", b"\xff\xd8\xff\xd9", False),
        (_GREY + b"/Decode [0 1]", b"\0", False),
        (_GREY + b"/Mask [0 0]", b"\0", False),
        (_GREY + b"/SMask 33 0 R", b"\0", True),
        (_GREY + b"/SMask 35 0 R", b"\0", False),
        (_GREY + b"/SMask 5", b"\0", False),
        (_GREY.replace(b"Component 8", b"Component 4"), b"\0", False),
        (_GREY.replace(b"Gray", b"CMYK"), b"\0\0\0\0", False),
        (_GREY.replace(b"Gray", b"RGB"), b"\0\0\0", True),
        (_GREY.replace(b"/Width 1", b"/Width 0"), b"", False),
        (_GREY.replace(b"/Width 1", b"/Width 1.0"), b"\0", False),
        (_GREY + b"/ImageMask false", b"\0", False),
        (_IMAGE + b"/ImageMask true", b"\0", True),
        (_IMAGE + b"/ImageMask true /BitsPerComponent 1 /Decode [0 1]", b"\0", True),
        (_IMAGE + b"/ImageMask true /BitsPerComponent 8", b"\0", False),
        (_IMAGE + b"/ImageMask true /Decode [1.0 0.0]", b"\0", False),
        (_IMAGE + b"/ImageMask true /SMask 33 0 R", b"\0", False),
        (_IMAGE + b"/ImageMask true /ColorSpace /DeviceGray", b"\0", False),
    ],
)
def test_which_pictures_every_program_draws_alike(entries: bytes, data: bytes, *, expected: bool) -> None:
    assert alike(b"/Xx Do", more={38: stream(data, entries)}, resources=b"/XObject << /Xx 38 0 R >> /Font") is expected


@pytest.mark.parametrize(
    ("font", "expected"),
    [
        (b"/Subtype /Type1 /BaseFont /Times-Roman", True),
        (b"/Subtype /Type1 /BaseFont /Courier /Encoding /MacRomanEncoding /Name /F1", True),
        (b"/Subtype /Type1 /BaseFont /Symbol", False),
        (b"/Subtype /Type1 /BaseFont /SimSun", False),
        (b"/Subtype /TrueType /BaseFont /Helvetica", False),
        (b"/Subtype /Type1 /BaseFont /Helvetica /Encoding << /Differences [65 /space] >>", False),
        (b"/Subtype /Type1 /BaseFont /Helvetica /FontDescriptor << >>", False),
        (b"/Subtype /Type1 /BaseFont /Helvetica /FirstChar 65 /Widths [0]", False),
    ],
)
def test_in_which_fonts_letters_are_alike(font: bytes, *, expected: bool) -> None:
    more = {38: b"<< /Type /Font %s >>" % font}
    assert alike(b"BT /Xx 9 Tf (A) Tj ET", more=more, resources=b"/Font << /Xx 38 0 R >> /ProcSet") is expected
