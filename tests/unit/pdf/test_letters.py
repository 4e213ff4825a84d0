"""Where a page shows letters: widths of its fonts, leaders left out, lines that run downwards, drawings of annotations."""

# pyHanko ships its types with gaps:
# mypy: allow-untyped-calls

from __future__ import annotations

import math
from math import nan

import pytest

from esign.pdf.field_marks import may_hide
from esign.pdf.font_widths import FontWidths
from esign.pdf.letter_areas import LetterAreas, Run, lies_in
from esign.pdf.letters import UnknownLettersError, letters_of_drawing, letters_of_page
from esign.pdf.operators import read_operations
from esign.pdf.pages import page_tree
from esign.pdf.reader import open_reader
from tests.support.attacks.documents import CONTENT, RESOURCES, contract, form_x_object, stream
from trustkit.errors import ErrorCode, TrustError

_SIMPLE = b"<< /Type /Font /Subtype /TrueType /BaseFont /A /FirstChar 65 /Widths [1000 250] >>"
_WIDE = b"<< /Type /Font /Subtype /Type0 /BaseFont /A /Encoding /Identity-%s /DescendantFonts [21 0 R] >>"
_BELOW = b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /A /DW 2000 /W [65 [1000 250] 70 71 500] >>"


def areas(content: bytes, font: bytes = _SIMPLE, more: dict[int, bytes] | None = None) -> list[Run]:
    """Return the runs of the first page."""
    page = RESOURCES.replace(b"/F1 7 0 R >>", b"/F1 7 0 R /F2 20 0 R >> /XObject << /Fm 22 0 R >>")
    objects = {CONTENT: stream(content), 20: font, 21: _BELOW, 22: form_x_object(b""), **(more or {})}
    reader = open_reader(contract(objects, page=page))
    first = next(node for node in page_tree(reader.root) if node.is_page)
    return list(letters_of_page(first))


def runs(content: bytes, font: bytes = _SIMPLE, more: dict[int, bytes] | None = None) -> list[tuple[int, ...]]:
    """Return where each run of the first page begins and ends on its line."""
    return [_on_its_line(run) for run in areas(content, font, more)]


def _on_its_line(run: Run) -> tuple[int, ...]:
    """Return the line of a run of a size of 100, which runs 15 above the lower edge, or in the middle between the sides.

    Letters of two octets reach higher.
    """
    x, y, end_x, end_y, up_x, up_y = run
    height = math.hypot(up_x, up_y)
    share = 0.5 if height == pytest.approx(100) else 15 / height if height == pytest.approx(103) else 1 / 6
    return tuple(
        round(each) for each in (x + share * up_x, y + share * up_y, end_x + share * up_x, end_y + share * up_y)
    )


def cmap(octets: bytes, entries: bytes = b"") -> dict[int, bytes]:
    return {23: stream(octets, b"/Type /CMap " + entries)}


@pytest.mark.parametrize(
    "more",
    [
        cmap(b"/WMode 1 def"),
        cmap(b"/WMode 0 def", b"/WMode 1"),
        cmap(b"/Identity-V usecmap"),
        cmap(b"", b"/UseCMap /Identity-V"),
    ],
)
def test_lines_that_may_run_downwards_by_a_cmap_of_the_file_are_not_known(more: dict[int, bytes]) -> None:
    font = _WIDE.replace(b"/Identity-%s", b"23 0 R")
    assert areas(b"BT /F2 100 Tf <00410042> Tj ET", font, cmap(b"/WMode 0 def"))
    with pytest.raises(UnknownLettersError):
        areas(b"BT /F2 100 Tf <00410042> Tj ET", font, more)


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
    assert found == [pytest.approx((100, 59.25, 102.835, 59.25, 0, 4.5))]


@pytest.mark.parametrize(
    ("content", "area"),
    [
        (b"BT /F2 100 Tf 10 20 Td (A) Tj ET", (10, 5, 100, 5, 0, 90)),
        (b"BT /F2 100 Tf 0 1 -1 0 0 0 Tm (A) Tj ET", (15, 0, 15, 90, -90, 0)),
        (b"BT /F2 10 Tf 7 Ts (A) Tj ET", (0, 5.5, 9, 5.5, 0, 9)),
    ],
)
def test_letters_fill_an_area(content: bytes, area: Run) -> None:
    assert areas(content) == [pytest.approx(area)]


@pytest.mark.parametrize(
    ("run", "box", "expected"),
    [
        ((0, 0, 10, 0, 0, 5), (4, 4.9, 5, 9), True),
        ((0, 0, 10, 0, 0, 5), (4, 5, 5, 9), False),
        ((0, 0, 10, 0, 0, 5), (10, 0, 12, 5), False),
        ((0, 0, 10, 10, -1, 1), (6, 1, 9, 4), False),  # slanted, and the box in the corner it leaves free
        ((0, 0, 10, 10, -1, 1), (6, 1, 9, 7), True),
        ((0, 0, 10, 0, 5, 5), (0, 4, 1, 5), False),
        ((0, 0, 10, 0, 0, 0), (-1, -1, 11, 1), False),  # letters of no size
    ],
)
def test_an_area_lies_in_a_box_in_part(run: Run, box: tuple[float, float, float, float], *, expected: bool) -> None:
    assert lies_in(run, box) is expected
    assert LetterAreas([run], lambda _: None).any_under(box, lambda _: None) is expected


def test_what_lies_under_a_box_is_found_among_many_and_at_little_cost() -> None:
    lines = [(0.0, 12.0 * n, 400.0, 12.0 * n, 0.0, 9.0) for n in range(1000)]
    upright = (500.0, -9e4, 500.0, 9e4, 5.0, 0.0)  # through more bands than are counted
    costs: list[int] = []
    found = LetterAreas([*lines, upright, (nan, 0, nan, 0, 0, 9)], costs.append)
    costs.clear()
    assert found.any_under((10, 6001, 20, 6002), costs.append)
    assert not found.any_under((10, 6009.5, 20, 6011.5), costs.append)
    assert found.any_under((501, 5, 502, 6), costs.append)
    assert not found.any_under((410, -5e4, 420, 5e4), lambda _: None)
    assert sum(costs) < 100


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


_FONTS = b"/Font << /F1 7 0 R /Drawn 23 0 R >>"


@pytest.mark.parametrize(
    ("operators", "expected"),
    [
        (b"/F1 9 Tf (a) Tj", False),
        (b"/F1 9 Tf 1 g (a) Tj", True),
        (b"/F1 9 Tf 0.2 0.2 0.8 rg (a) Tj", False),
        (b"/F1 9 Tf 1 0 0 rg (a) Tj", False),
        (b"/F1 9 Tf 1 1 0 rg (a) Tj", True),
        (b"/F1 9 Tf 0 0 0 1 k (a) Tj", False),
        (b"/F1 9 Tf 0 0 0 0 k (a) Tj", True),
        (b"/F1 9 Tf /Cs cs 0 sc (a) Tj", True),
        (b"/F1 9 Tf q 1 g Q (a) Tj", False),
        (b"/F1 9 Tf .4 g (n) Tj 0 g (a) Tj", True),  # of two tones one shows on the other
        (b"/F1 9 Tf 0 0 9 9 re f (a) Tj", True),
        (b"q 0 0 0 0 re W n /F1 9 Tf (a) Tj Q", False),
        (b"/F1 9 Tf 1 Tr (a) Tj", True),
        (b"/S gs /F1 9 Tf (a) Tj", True),
        (b"/Drawn 9 Tf (a) Tj", True),
        (b"/Absent 9 Tf (a) Tj", True),
        (b"(a) Tj", True),
        (b"q /F1 9 Tf Q (a) Tj", True),
        (b"/F1 9 Tf [ Q ] (a) Tj", True),
        (b"", False),
    ],
)
def test_only_letters_in_one_dark_colour_hide_nothing(operators: bytes, *, expected: bool) -> None:
    drawing = form_x_object(operators).replace(b"/Font << /F1 7 0 R >>", _FONTS)
    font = b"<< /Type /Font /Subtype /Type3 >>"
    reader = open_reader(contract({22: drawing, 23: font}, catalogue=b"/Spare 22 0 R"))
    assert may_hide(reader.root["/Spare"]) is expected


@pytest.mark.parametrize(("count", "expected"), [(511, {ord("Z") + 510}), (512, set())])
def test_an_encoding_of_more_letters_than_there_are_names_no_leaders(count: int, expected: set[int]) -> None:
    encoding = b"<< /Differences [%d %s /period] >>" % (ord("Z"), b"/a " * (count - 1))
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /A /Encoding %s >>" % encoding
    reader = open_reader(contract({20: font}, catalogue=b"/Spare 20 0 R"))
    leaders = FontWidths(reader.root["/Spare"]).leaders
    assert leaders is not None
    assert {each for each in leaders if each > ord("Z")} <= {*expected, 0x85, 0xA0, 0xB7}
    assert bool(leaders) == bool(expected)


def test_looking_at_a_large_object_counts_as_more_than_a_step() -> None:
    reader = open_reader(contract({20: b"[%s]" % (b"[1] " * 6400)}, catalogue=b"/Spare 20 0 R"))
    revision = reader.get_historical_resolver(0)
    spare = revision.root.raw_get("/Spare").reference
    revision.get_object(spare)
    before = reader.steps
    revision.get_object(spare)
    assert reader.steps - before == 1 + 12_801 // 128
