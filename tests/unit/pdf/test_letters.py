"""Where a page shows letters: widths of its fonts, leaders left out, lines that run downwards, drawings of annotations."""

# pyHanko ships its types with gaps:
# mypy: allow-untyped-calls

from __future__ import annotations

import pytest

from esign.pdf.field_marks import marks_of
from esign.pdf.letters import UnknownLettersError, letters_of_drawing, letters_of_page
from esign.pdf.operators import read_operations
from esign.pdf.pages import page_tree
from esign.pdf.reader import open_reader
from tests.support.attacks.documents import CONTENT, RESOURCES, contract, form_x_object, stream
from trustkit.errors import ErrorCode, TrustError

_SIMPLE = b"<< /Type /Font /Subtype /TrueType /BaseFont /A /FirstChar 65 /Widths [1000 250] >>"
_WIDE = b"<< /Type /Font /Subtype /Type0 /BaseFont /A /Encoding /Identity-%s /DescendantFonts [21 0 R] >>"
_BELOW = b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /A /DW 2000 /W [65 [1000 250] 70 71 500] >>"


def runs(content: bytes, font: bytes = _SIMPLE, more: dict[int, bytes] | None = None) -> list[tuple[int, ...]]:
    """Return the runs of the first page on their lines, without the share left out at the end."""
    page = RESOURCES.replace(b"/F1 7 0 R >>", b"/F1 7 0 R /F2 20 0 R >> /XObject << /Fm 22 0 R >>")
    objects = {CONTENT: stream(content), 20: font, 21: _BELOW, 22: form_x_object(b""), **(more or {})}
    reader = open_reader(contract(objects, page=page))
    first = next(node for node in page_tree(reader.root) if node.is_page)
    return [tuple(round(number) for number in run) for run in letters_of_page(first)][::2]


@pytest.mark.parametrize(
    ("content", "font", "expected"),
    [
        (b"BT /F2 100 Tf 10 20 Td (AB) Tj ET", _SIMPLE, [(10, 20, 125, 20)]),
        (b"BT /F2 100 Tf (AB) Tj (B) Tj ET", _SIMPLE, [(0, 0, 115, 0), (125, 0, 140, 0)]),
        (b"BT /F2 100 Tf [(A) -1000 (B)] TJ ET", _SIMPLE, [(0, 0, 90, 0), (200, 0, 215, 0)]),
        (b"BT /F2 100 Tf 50 Tz (AB) Tj ET", _SIMPLE, [(0, 0, 58, 0)]),
        (b"BT /F2 100 Tf 10 Tc (AA) Tj ET", _SIMPLE, [(0, 0, 200, 0)]),
        (b"BT /F2 100 Tf (A____A) Tj ET", _SIMPLE, [(0, 0, 90, 0), (100, 0, 630, 0)]),
        (b"BT /F2 100 Tf 0 1 -1 0 0 0 Tm (AB) Tj ET", _SIMPLE, [(0, 0, 0, 115)]),
        (b"q /F2 9 Tf Q BT /F2 100 Tf 20 TL (A) Tj T* (A) Tj ET", _SIMPLE, [(0, 0, 90, 0), (0, -20, 90, -20)]),
        (b"BT /F2 100 Tf <00410042> Tj ET", _WIDE % b"H", [(0, 0, 90, 0), (100, 0, 115, 0)]),
        (b"BT /F2 100 Tf <00460047> Tj ET", _WIDE % b"H", [(0, 0, 40, 0), (50, 0, 90, 0)]),
        (b"BT /F2 100 Tf <%s> Tj ET" % (b"0041" * 8), _WIDE % b"H", []),
        (b"BT /F2 100 Tf <00410042> Tj ET", _WIDE % b"V", [(0, 0, 0, -90), (0, -100, 0, -190)]),
        (b"BT /F2 100 Tf (AB) Tj ET", _WIDE.replace(b"Identity-%s", b"GBK-EUC-H"), [(0, 0, 190, 0), (0, 0, 390, 0)]),
        (
            b"BT /F2 100 Tf <00410042> Tj ET",
            _WIDE.replace(b"Identity-%s", b"UniGB-UCS2-H"),
            [(0, 0, 190, 0), (0, 0, 390, 0)],
        ),
        (b"BT /F2 100 Tf <0041> Tj ET", _WIDE.replace(b"Identity-%s", b"Other-H"), [(0, 0, 190, 0), (0, 0, 390, 0)]),
        (b"BT /F2 100 Tf (CAB) Tj ET", _SIMPLE, [(0, 0, 225, 0)]),
        (b"BT /F2 100 Tf -100 Tc (AA) Tj ET", _SIMPLE, [(0, 0, 90, 0)]),
        (b"BT /F2 100 Tf -300 Tc (AA) Tj ET", _SIMPLE, [(-200, 0, 90, 0)]),
        (b"BT /F2 -100 Tf (AB) Tj ET", _SIMPLE, [(-125, 0, -10, 0)]),
        (b"BT /F1 100 Tf (10) Tj ET", _SIMPLE, [(0, 0, 101, 0)]),
        (b"BT /F1 100 Tf [(1) -1000 (\xe4)] TJ ET", _SIMPLE, [(0, 0, 46, 0), (156, 0, 256, 0)]),
        (b"BT /F2 100 Tf (B.B) Tj ET", _SIMPLE, [(0, 0, 15, 0), (25, 0, 125, 0), (25, 0, 150, 0)]),
        (b"BT /F2 100 Tf 7 Ts (AB) Tj ET", _SIMPLE, [(0, 7, 115, 7)]),
        (b'BT /F2 100 Tf 0 10 (AA) " ET', _SIMPLE, [(0, 0, 200, 0)]),
    ],
)
def test_letters_reach_as_far_as_their_font_says(content: bytes, font: bytes, expected: list[tuple[int, ...]]) -> None:
    assert runs(content, font) == expected


@pytest.mark.parametrize(
    "content",
    [
        b"BT /F9 100 Tf (A) Tj ET",
        b"7 1 0 0 1 0 0 cm",
        b"1 0 0 1 0 cm",
        b"[1 0] 0 1 0 0 cm",
        b"BT /F2 100 Tf [(A) /A] TJ ET",
        b"100 /F2 Tf",
        b"[ Q ]",
        b"/Fm 1 Do",
        b"/None Do",
        b"/Fm gs",
        b"q " * 300,
        b"ID a EI",
        b"BI /W 1 /H 1 ID a EI (EI ) Tj",
        b"BI Q ID a EI",
        b"BI /W 1 ID a",
        b"/Fm\x80 Do",
        b"/" + b"A" * 200 + b" Do",
    ],
)
def test_where_readers_differ_letters_are_unknown(content: bytes) -> None:
    with pytest.raises(UnknownLettersError):
        runs(content + b" n")


def test_an_image_with_one_end_is_passed_over() -> None:
    assert runs(b"BI /W 1 /H 1 ID (BT EI BT /F2 100 Tf (AB) Tj ET") == [(0, 0, 115, 0)]


def test_names_are_decoded() -> None:
    (operation,) = read_operations(b"/A#42#zz gs")
    assert operation.names == (b"/AB#zz",)


def test_letters_of_a_form_are_where_it_is_shown() -> None:
    form = form_x_object(b"BT /F1 100 Tf (A) Tj ET", more=b"/Matrix [1 0 0 1 5 5]")
    assert runs(b"2 0 0 2 10 10 cm /Fm Do", more={22: form}) == [(20, 20, 133, 20)]


def test_letters_of_a_drawing_are_where_its_box_is() -> None:
    drawing = form_x_object(b"BT /F1 10 Tf 100 0 Td (A) Tj ET", size=(200, 30))
    reader = open_reader(contract({22: drawing}, catalogue=b"/Spare 22 0 R"))
    found = list(letters_of_drawing(reader.root["/Spare"], (50, 60, 150, 75)))
    assert found[0] == pytest.approx((100, 60, 102.835, 60))


def test_a_content_without_end_is_refused() -> None:
    form = form_x_object(b"BT /F1 1 Tf (a) Tj ET %" + b"-" * 70_000)
    with pytest.raises(TrustError) as caught:
        runs(b"/Fm Do " * 200, more={22: form})
    assert caught.value.code is ErrorCode.PDF_LIMIT


def test_widths_without_end_are_refused() -> None:
    font = _BELOW.replace(b"70 71 500", b" ".join([b"0 65535 500"] * 200))
    content = b"BT /F2 1 Tf (a) Tj ET"
    with pytest.raises(UnknownLettersError):  # one code has two widths
        runs(content, _WIDE % b"H", {21: font})
    font = _BELOW.replace(b"70 71 500", b"0 60 500 67 65535 500")
    drawn = form_x_object(content).replace(b"/F1 7", b"/F2 20")
    assert runs(b"/Fm Do " * 5000, _WIDE % b"H", {21: font, 22: drawn}) == []  # read once


@pytest.mark.parametrize(
    ("operators", "light"),
    [
        (b"(a) Tj", False),
        (b"1 g (a) Tj", True),
        (b"0.2 0.2 0.8 rg (a) Tj", False),
        (b"1 1 0 rg (a) Tj", True),
        (b"0 0 0 1 k (a) Tj", False),
        (b"0 0 0 0 k (a) Tj", True),
        (b"/Cs cs 0 sc (a) Tj", True),
        (b"q 1 g Q (a) Tj", False),
    ],
)
def test_letters_are_ink_when_they_are_dark(operators: bytes, *, light: bool) -> None:
    assert marks_of(read_operations(operators)).has_light_letters is light


def test_paint_is_the_same_when_its_path_and_colours_are() -> None:
    first, same, other, elsewhere = (
        marks_of(read_operations(operators)).paint
        for operators in (
            b"1 g 0 0 9 9 re f",
            b"q 1 g 0 0 9 9 re f Q BT (a) Tj ET",
            b"1 g 0 0 99 9 re f",
            b"q 1 0 0 1 5 5 cm 1 g 0 0 9 9 re f Q",
        )
    )
    assert first == same
    assert len({first, other, elsewhere}) == 3
