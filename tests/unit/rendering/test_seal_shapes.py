from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from math import hypot
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from pypdfium2 import PdfDocument

from esign.rendering.chop_style import ChopStyle
from esign.rendering.drawing import UNITS, SealDrawing
from esign.rendering.fonts import FontChain, FontRole
from esign.rendering.handwriting import MAX_OCTETS, Handwriting, read_handwriting
from esign.rendering.outlines import is_anticlockwise, outline_of, reversed_contour
from esign.rendering.seal_drawing import SealDesign, draw_seal
from esign.rendering.seal_oval import GAP, RING, OvalDesign, draw_oval, oval_name
from esign.rendering.seal_square import FRAME, RIM, SquareDesign, draw_square
from esign.rendering.signature_block import SignatureDesign, draw_signature
from tests.support.drawn_page import ink, page_of
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from PIL import Image

    from esign.rendering.outlines import Contour

NAME = "示例市市场监督管理局行政审批服务中心第一分中心综合窗口办公室电子证照专用业务印章"
CODE = "91990100MA7TRYQ01H"
LINES = ("原因：同意签署", "日期：2026-11-25", "地点：示例市")


def raster(drawing: SealDrawing, dots: float) -> Image.Image:
    """Return the drawing as black on white, `dots` pixels a point."""
    document = PdfDocument(page_of(drawing))
    picture: Image.Image = document[0].render(scale=dots).to_pil().convert("L").point(lambda v: 255 * (v > 200))
    document.close()
    return picture


def centre_of_ink(picture: Image.Image) -> tuple[float, float]:
    black = [(x, y) for y in range(picture.height) for x in range(picture.width) if not picture.getpixel((x, y))]
    return sum(x for x, _ in black) / len(black) + 0.5, sum(y for _, y in black) / len(black) + 0.5


def centres(contours: list[Contour], characters: int) -> list[tuple[float, float]]:
    """Return the middles of equal characters, given the contours of all of them."""
    each = len(contours) // characters
    boxes = [
        [point for contour in contours[k * each : (k + 1) * each] for point in contour.points()]
        for k in range(characters)
    ]
    return [
        ((min(x for x, _ in b) + max(x for x, _ in b)) / 2, (min(y for _, y in b) + max(y for _, y in b)) / 2)
        for b in boxes
    ]


@pytest.mark.parametrize("dots", [1, 4])  # as a page is seen at 100 % and at 400 %
def test_the_star_as_drawn_is_centred(fonts: FontChain, dots: int) -> None:
    picture = raster(draw_seal(SealDesign(name="示例", diameter_mm=42), fonts), dots)
    side = picture.width
    middle = picture.crop((side // 4, side // 4, side - side // 4, side - side // 4))
    x, y = centre_of_ink(middle)
    assert x == pytest.approx(middle.width / 2, abs=0.6)
    assert y == pytest.approx(middle.height / 2, abs=0.6)  # the tips of a regular star stand evenly around its centre


def test_every_ring_as_drawn_closes_and_touches_the_box_but_is_not_cut(fonts: FontChain) -> None:
    for drawing in (draw_seal(SealDesign(name="示例"), fonts), draw_oval(OvalDesign(name="示例"), fonts)):
        picture = raster(drawing, 4)
        columns = [picture.getpixel((x, picture.height // 2)) for x in range(picture.width)]
        rows = [picture.getpixel((picture.width // 2, y)) for y in range(picture.height)]
        for line in (columns, rows):
            thickness = next(k for k in range(2, len(line)) if line[k])
            assert 10 <= thickness <= 16  # 1 to 1.2 mm at 4 pixels a point
            assert next(k for k in range(2, len(line)) if line[-1 - k]) == pytest.approx(thickness, abs=1)


@pytest.mark.parametrize("length", [2, 4, 8, 16, 24, 40])
def test_an_oval_name_stands_evenly_on_its_arc(fonts: FontChain, length: int) -> None:
    contours = list(oval_name("国" * length, fonts, ratio=0.75))
    middles = centres(contours, length)
    assert middles[0][0] == pytest.approx(-middles[-1][0], abs=2)  # as far left as right
    assert middles[0][1] == pytest.approx(middles[-1][1], abs=2)
    steps = [hypot(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(middles)]
    assert max(steps) / min(steps) < 1.06  # chords of equal arcs: shorter where it bends most
    ends = UNITS / 2 - RING - GAP / 2, UNITS * 0.375 - RING - GAP / 2
    assert all(hypot(x / ends[0], y / ends[1]) < 1 for c in contours for x, y in c.points())


@pytest.mark.parametrize("length", [4, 8, 16, 28, 40])
def test_characters_of_an_oval_name_do_not_touch(fonts: FontChain, length: int) -> None:
    each = len(contours := list(oval_name("国" * length, fonts, ratio=0.75))) // length
    corners = [[p for c in contours[k * each : (k + 1) * each] for p in c.points()] for k in range(length)]
    for before, after in pairwise(corners):
        assert min(hypot(a[0] - b[0], a[1] - b[1]) for a in before for b in after) > 2


def test_what_stands_across_an_oval_keeps_clear_of_its_name(fonts: FontChain) -> None:
    for length in (4, 8, 12, 16, 24, 40):
        design = OvalDesign(name=NAME[:length], code=CODE + "12", lower_line="财务专用章一二三四五")
        name = list(oval_name(design.name, fonts, ratio=0.75))
        rest = draw_oval(design, fonts).contours[2 + len(name) :]
        taken = {(x // 8, y // 8) for c in name for x, y in c.points()}
        for contour in rest:
            for x, y in contour.points():
                assert (x // 8, y // 8) not in taken
                assert hypot(x / (UNITS / 2 - RING), y / (UNITS * 0.375 - RING)) < 1


@pytest.mark.parametrize(
    ("name", "ending", "right", "left"),
    [
        ("张三", None, "张三", "之印"),
        ("欧阳修", None, "欧阳", "修印"),
        ("欧阳修", "", "欧", "阳修"),
        ("李四", "", "李", "四"),
        ("司马相如", None, "司马", "相如"),
        ("司马相如", "之印", "司马相", "如之印"),
    ],
)
def test_a_chop_reads_in_columns_from_the_right(
    fonts: FontChain, name: str, ending: str | None, right: str, left: str
) -> None:
    design = SquareDesign(name=name, ending=ending)
    assert design.text == right + left
    heights: list[list[float]] = [[], []]
    for contours, places, column in _characters(design.text, fonts, len(right)):
        x = [x for c in contours for x, _ in c.points()]
        y = [y for c in contours for _, y in c.points()]
        assert (min(x) > 0) if column == 0 else (max(x) < 0)
        assert max(map(abs, (*x, *y))) < UNITS / 2 - FRAME
        heights[column].append((min(y) + max(y)) / 2)
        assert places
    assert all(column == sorted(column, reverse=True) for column in heights)


def _characters(text: str, fonts: FontChain, first: int) -> list[tuple[list[Contour], int, int]]:
    contours = list(draw_square(SquareDesign(name=text, ending=""), fonts).contours)[2:]
    found = []
    for index, character in enumerate(text):
        count = (len(draw_square(SquareDesign(name=character * 2, ending=""), fonts).contours) - 2) // 2
        found.append((contours[:count], count, int(index >= first)))
        contours = contours[count:]
    assert not contours
    return found


def test_a_chops_frame_leaves_a_hole(fonts: FontChain) -> None:
    picture = raster(draw_square(SquareDesign(name="一一", ending=""), fonts), 4)
    gap = round(picture.width * (FRAME + 20) / UNITS)
    assert picture.getpixel((gap // 3, gap // 3)) == 0
    assert picture.getpixel((gap, gap)) == 255


@pytest.mark.parametrize("name", ["张三", "国因", "龘𠮷", "欧阳修", "司马相如"])
def test_a_chop_cut_into_the_stone_is_the_other_ones_negative(fonts: FontChain, name: str) -> None:
    """What is ink there is paper here: the ground is whole up to its edge, what a character encloses is ink again."""
    yin = raster(draw_square(SquareDesign(name=name, style=ChopStyle.YIN), fonts), 8)
    side, rim = yin.width, round(yin.width * RIM / UNITS) - 3
    assert yin.crop((0, 0, side, rim)).getextrema() == (0, 0)
    assert yin.crop((0, 0, rim, side)).getextrema() == (0, 0)
    shares = {style: _ink_share(draw_square(SquareDesign(name=name, style=style), fonts)) for style in ChopStyle}
    assert 0.45 < shares[ChopStyle.YIN] < 0.8
    assert 0.2 < shares[ChopStyle.YANG] < 0.55


def _ink_share(drawing: SealDrawing) -> float:
    picture = raster(drawing, 4)
    return picture.histogram()[0] / (picture.width * picture.height)


def test_an_enclosed_part_of_a_hole_is_ink_again(fonts: FontChain) -> None:
    """国 encloses 玉, which is a hole in the ink that 囗 encloses."""
    picture = raster(draw_square(SquareDesign(name="国国", ending="", style=ChopStyle.YIN), fonts), 8)
    column = round(picture.width * 0.67)  # beside the upright stroke of 玉
    octets = picture.crop((column, 0, column + 1, picture.height)).tobytes()
    assert (
        sum(ink < paper for ink, paper in pairwise(octets)) == 5
    )  # the upper side, three strokes of 玉, the lower side


def test_characters_whose_strokes_cross_are_not_cut_in(fonts: FontChain) -> None:
    faces = tuple(replace(face, role=FontRole.SCRIPT) for face in fonts.faces)
    with pytest.raises(TrustError) as caught:
        draw_square(SquareDesign(name="张三", style=ChopStyle.YIN), FontChain(faces=faces))
    assert caught.value.code is ErrorCode.GLYPH_MISSING
    assert draw_square(SquareDesign(name="张三"), FontChain(faces=faces)).contours


def test_a_contour_run_backwards_twice_is_itself(fonts: FontChain) -> None:
    outline = outline_of(fonts.face_for("慧"), "慧")
    assert is_anticlockwise(outline) is not is_anticlockwise(
        replace(outline, contours=tuple(reversed_contour(each) for each in outline.contours))
    )
    for contour in outline.contours:
        once = reversed_contour(contour)
        assert (once.start, len(once.segments)) == (contour.segments[-1][-1], len(contour.segments))
        twice = reversed_contour(once)
        assert [*twice.points()][1:] == [*contour.points()][1:] or twice == contour


def test_a_block_keeps_its_text_inside(fonts: FontChain) -> None:
    for name in ("张", "张三", NAME[:40], "Maria Schwarzenegger-Example"):
        drawing = draw_signature(SignatureDesign(name=name, lines=LINES), fonts)
        tall = UNITS * drawing.height / drawing.width / 2
        assert all(abs(x) <= UNITS / 2 and abs(y) <= tall for c in drawing.contours for x, y in c.points())


def test_a_block_shows_a_picture_of_handwriting(fonts: FontChain) -> None:
    drawing = draw_signature(SignatureDesign(name="张三", lines=LINES, handwriting=handwriting()), fonts)
    picture = raster(drawing, 4)
    upper = picture.crop((0, 0, picture.width, int(picture.height * 0.5)))
    x, _ = centre_of_ink(upper)
    assert x < picture.width * 0.6
    svg = ET.fromstring(drawing.svg())  # noqa: S314 - made here
    assert svg.find("{http://www.w3.org/2000/svg}image") is not None


def handwriting() -> Handwriting:
    return read_handwriting(ink())


def test_a_picture_is_cut_to_its_ink_and_made_no_larger_than_print_needs() -> None:
    read = handwriting()
    assert (read.width, read.height) == pytest.approx((330, 200), abs=15)
    assert len(read.colours) == 3 * len(read.alpha) == 3 * read.width * read.height
    large = read_handwriting(ink((3000, 2000), background=(255, 255, 255, 255)))
    assert (large.width, large.height) == (900, 600)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GIF89a" + bytes(40),
        ink(stroke=False),
        ink()[:200],
        ink()[:40] + b"\xff" * 20 + ink()[60:],
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"\x7f\xff\xff\xff" * 2 + bytes(20),
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(30),
        ink() + bytes(MAX_OCTETS),
    ],
    ids=["empty", "gif", "transparent", "cut", "damaged", "enormous", "no pixels", "long"],
)
def test_pictures_refused(data: bytes) -> None:
    with pytest.raises(TrustError) as caught:
        read_handwriting(data)
    assert caught.value.code is ErrorCode.SEAL_PICTURE


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: OvalDesign(name="局"), "seal.name"),
        (lambda: OvalDesign(name="局" * 41), "seal.name"),
        (lambda: OvalDesign(name=NAME, code="1" * 21), "seal.code"),
        (lambda: OvalDesign(name=NAME, lower_line="章" * 11), "seal.lower_line"),
        (lambda: OvalDesign(name=NAME, width_mm=24), "seal.width_mm"),
        (lambda: OvalDesign(name=NAME, width_mm=float("inf")), "seal.width_mm"),
        (lambda: OvalDesign(name=NAME, height_mm=38), "seal.height_mm"),
        (lambda: SquareDesign(name="张", ending=""), "seal.name"),
        (lambda: SquareDesign(name="司马相如之印章"), "seal.name"),
        (lambda: SquareDesign(name="张三", side_mm=5), "seal.side_mm"),
        (lambda: SignatureDesign(name=""), "seal.name"),
        (lambda: SignatureDesign(name="张三", lines=("",)), "seal.lines"),
        (lambda: SignatureDesign(name="张三", lines=("一",) * 5), "seal.lines"),
        (lambda: SignatureDesign(name="张三", width_mm=121), "seal.width_mm"),
        (lambda: draw_signature(SignatureDesign(name="张三", lines=("长" * 80,))), "seal.lines"),
    ],
)
def test_refused(make: object, field: str) -> None:
    with pytest.raises(TrustError) as caught:
        make()  # type: ignore[operator] # a table of calls
    assert caught.value.code is ErrorCode.SEAL_DESIGN
    assert caught.value.facts["field"] == field


@pytest.mark.parametrize(
    "make",
    [
        lambda: draw_oval(OvalDesign(name="示例😀")),
        lambda: draw_oval(OvalDesign(name="示例", code="😀")),
        lambda: draw_square(SquareDesign(name="张😀")),
        lambda: draw_signature(SignatureDesign(name="张😀")),
        lambda: draw_signature(SignatureDesign(name="张三", lines=("😀",))),
    ],
)
def test_a_missing_glyph_stops_any_shape(make: object) -> None:
    with pytest.raises(TrustError) as caught:
        make()  # type: ignore[operator] # a table of calls
    assert caught.value.code is ErrorCode.GLYPH_MISSING
