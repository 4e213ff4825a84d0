from __future__ import annotations

import ctypes
import gc
import io
import math
import os
import struct
from collections import Counter
from typing import TYPE_CHECKING, TypeVar

import pypdfium2
import pytest
from fontTools.pens.recordingPen import RecordingPen
from fontTools.ttLib import TTFont
from PIL import Image
from pyhanko.pdf_utils.generic import StreamObject
from pypdfium2 import raw

from esign.ofd import typeset_text
from esign.ofd.content_scan import PathData, Step, TextBlock, scan
from esign.ofd.embedded_font import read_font
from esign.ofd.layout import GlyphRun, PlacedImage, Shape
from esign.ofd.typeset import MAX_PAGES, MM_PER_POINT, read_typeset
from esign.ofd.xml_text import number
from esign.pdf.font_widths import FontWidths
from esign.pdf.pages import pages_of
from esign.pdf.reader import open_reader
from tests.support.ofd_pages import NAME, laid_pdf, sample_document
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from esign.ofd.layout import LaidOut

NEAR_MM = 0.01
BLOCK = b"q 1 0 0 -1 0 0 cm/c0 cs 0 scn\nBT 0 Tr/f0 1 Tf 1 0 0 -1 0 0 Tm%s\nET\nQ\n"  # as typst writes a run
_Kind = TypeVar("_Kind", GlyphRun, Shape, PlacedImage)


def _laid(body: str, page: str = "") -> LaidOut:
    return read_typeset(laid_pdf(body, page))


def _only(laid: LaidOut, kind: type[_Kind]) -> list[_Kind]:
    return [item for item in laid.pages[0].items if isinstance(item, kind)]


def _png(mode: str, colour: tuple[int, ...] | int) -> str:
    file = io.BytesIO()
    Image.new(mode, (3, 2), colour).save(file, "PNG")
    return f"bytes(({', '.join(map(str, file.getvalue()))}))"


def _characters(pdf: bytes) -> list[list[tuple[str, float, float]]]:
    """Return what PDFium sees on each page: the characters that draw something, and where they begin, from the upper left corner."""
    document = pypdfium2.PdfDocument(pdf)
    pages = []
    for page in document:
        height = page.get_height()
        text = page.get_textpage()
        found = []
        for index in range(text.count_chars()):
            x, y = ctypes.c_double(), ctypes.c_double()
            raw.FPDFText_GetCharOrigin(text, index, x, y)
            character = chr(raw.FPDFText_GetUnicode(text, index))
            if not character.isspace():
                found.append((character, x.value * MM_PER_POINT, (height - y.value) * MM_PER_POINT))
        pages.append(found)
    return pages


def _placed(laid: LaidOut) -> list[list[tuple[str, float, float]]]:
    pages = []
    for page in laid.pages:
        found = []
        for run in (*page.background, *page.items):
            if not isinstance(run, GlyphRun):
                continue
            a, b, *_ = run.turn or (1, 0, 0, 1)
            along = 0.0
            for character, step in zip(run.text, (*run.steps, 0.0), strict=True):
                if not character.isspace():
                    found.append((character, run.origin[0] + a * along, run.origin[1] + b * along))
                along += step
        pages.append(found)
    return pages


@pytest.mark.parametrize(
    "body",
    [
        "page.fields.name.value\nparbreak()\n[Mixed 中文 and Latin, kerned AVAVA.]",
        'rotate(30deg, [斜 slanted])\nscale(x: 50%, [窄 narrow])\ntext(tracking: 0.3em, "spaced 字距")',
        'text(size: 20pt, stroke: 0.5pt + red, "描边")\npagebreak()\ncolumns(2, [左 #colbreak() 右])',
        "super(typographic: false)[上标] + sub(typographic: false)[下标]\nblock(width: 40mm, par(justify: true, lorem(30)))",
    ],
)
def test_every_character_stands_where_pdfium_sees_it(body: str) -> None:
    pdf = laid_pdf(body, "")
    seen, placed = _characters(pdf), _placed(read_typeset(pdf))
    assert len(seen) == len(placed)
    for ours, theirs in zip(placed, seen, strict=True):
        assert Counter(c for c, *_ in ours) == Counter(c for c, *_ in theirs)
        for character, x, y in ours:
            assert any(
                c == character and math.isclose(x, u, abs_tol=NEAR_MM) and math.isclose(y, v, abs_tol=NEAR_MM)
                for c, u, v in theirs
            ), character


@pytest.mark.parametrize("text", ["示例市 AVA 1.5 ½", "一般项目：技术服务、技术开发；（）“”", "iiiiWWWW中"])
@pytest.mark.parametrize("family", ["serif", "sans"])
def test_widths_are_those_the_page_tells(text: str, family: str) -> None:
    root = open_reader(laid_pdf(f'text(font: page.fonts.{family}, "{text}")', "")).root
    (page,) = pages_of(root)
    fonts = page.resources["/Font"]
    for name in fonts:
        read, told = read_font(fonts[name], {}), FontWidths(fonts[name])
        assert read.widths == pytest.approx(told.least(read.characters))
        assert "".join(read.characters.values()).strip()


def test_fonts_are_whole_files_whose_characters_are_the_glyphs_named() -> None:
    laid = sample_document().laid
    assert laid.fonts
    for index, font in enumerate(laid.fonts):
        opened = TTFont(io.BytesIO(font.octets), checkChecksums=2)
        cmap, glyphs = opened.getBestCmap(), opened.getGlyphSet()
        runs = [item for page in laid.pages for item in page.items if isinstance(item, GlyphRun) and item.font == index]
        assert runs
        for run in runs:
            for character, glyph in zip(run.text, run.glyphs, strict=True):
                assert opened.getGlyphID(cmap[ord(character)]) == glyph or character in " -"
                pen = RecordingPen()
                glyphs[cmap[ord(character)]].draw(pen)
                assert pen.value or character.isspace()
        assert opened["OS/2"].fsType == 0
        assert opened["name"].getDebugName(6)


def test_checksums_of_a_font_add_up() -> None:
    for font in sample_document().laid.fonts:
        padded = font.octets + bytes(-len(font.octets) % 4)
        assert sum(struct.unpack(f">{len(padded) // 4}L", padded)) & 0xFFFFFFFF == 0xB1B0AFBA


def test_a_background_is_apart_and_the_same_on_every_page() -> None:
    laid = sample_document().laid
    assert len(laid.pages) == 2
    assert laid.pages[0].background
    assert laid.pages[0].background == laid.pages[1].background
    assert NAME in [item.text for item in laid.pages[0].items if isinstance(item, GlyphRun)]
    assert (round(laid.pages[0].width_mm, 3), round(laid.pages[0].height_mm, 3)) == (100, 60)


def test_a_background_may_hold_text_and_pictures() -> None:
    page = f"background: [底纹 #image({_png('L', 9)}, width: 5mm)], "
    (laid,) = read_typeset(laid_pdf("[正文]", page)).pages
    assert {type(item) for item in laid.background} == {GlyphRun, PlacedImage}


def test_a_ground_lies_under_the_pages_and_has_fonts_and_pictures_of_its_own() -> None:
    ground = laid_pdf(f"[底 #image({_png('L', 9)}, width: 5mm)]", "")
    laid = read_typeset(laid_pdf(f"text(font: page.fonts.sans)[值]\nimage({_png('L', 8)}, width: 5mm)", ""), ground)
    (page,) = laid.pages
    assert [item.text for item in page.background if isinstance(item, GlyphRun)] == ["底"]
    assert [item.text for item in page.items if isinstance(item, GlyphRun)] == ["值"]
    assert [item.font for item in (*page.background, *page.items) if isinstance(item, GlyphRun)] == [0, 1]
    assert [item.image for item in (*page.background, *page.items) if isinstance(item, PlacedImage)] == [0, 1]
    assert [font.shared for font in laid.fonts] == [True, False]
    assert len(laid.images) == 2
    again = read_typeset(laid_pdf("[别的值]", ""), ground)
    assert again.pages[0].background is page.background


@pytest.mark.parametrize(("body", "page"), [("[一]\npagebreak()\n[二]", ""), ("[一]", "flipped: true, ")])
def test_pages_unlike_their_ground_are_refused(body: str, page: str) -> None:
    with pytest.raises(TrustError) as caught:
        read_typeset(laid_pdf(body, page), laid_pdf("[底]", ""))
    assert caught.value.code is ErrorCode.RENDERING_FAILED


def test_lines_fills_and_opacity() -> None:
    body = """
      line(length: 20mm, stroke: (paint: rgb("#102030"), thickness: 2mm, dash: (3mm, 1mm), cap: "round", join: "bevel"))
      rect(width: 5mm, height: 5mm, fill: rgb(255, 0, 0, 128))
      polygon(fill: luma(50%), fill-rule: "even-odd", (0mm, 0mm), (5mm, 5mm), (0mm, 5mm))
    """
    dashed, red, grey = _only(_laid(body), Shape)
    line = dashed.paint.line
    assert line is not None
    assert [round(each, 3) for each in (line.width_mm, *line.dashes)] == [2, 3, 1]
    assert (line.cap, line.join, dashed.paint.stroke, dashed.paint.fill) == (1, 2, (16, 32, 48), None)
    assert dashed.matrix is None
    assert (red.paint.fill, red.paint.alpha) == ((255, 0, 0), 128)
    assert grey.even_odd
    assert grey.paint.fill == (128, 128, 128)


def test_pictures_keep_their_points() -> None:
    body = f"image({_png('RGBA', (10, 20, 30, 40))}, width: 9mm)\nimage({_png('L', 77)}, width: 9mm)"
    laid = _laid(body)
    first, second = (Image.open(io.BytesIO(image.octets)) for image in laid.images)
    assert (first.mode, first.size, first.getpixel((0, 0))) == ("RGBA", (3, 2), (10, 20, 30, 40))
    assert (second.mode, second.getpixel((2, 1))) == ("L", 77)
    placed = _only(laid, PlacedImage)
    assert [round(each.matrix[0], 2) for each in placed] == [9, 9]
    assert all(each.matrix[3] > 0 for each in placed)


def test_a_jpeg_is_taken_as_it_is() -> None:
    file = io.BytesIO()
    Image.frombytes("RGB", (40, 40), os.urandom(4800)).save(file, "JPEG")
    laid = _laid(f"image(bytes(({', '.join(map(str, file.getvalue()))})), width: 9mm)")
    assert [(image.suffix, image.octets) for image in laid.images] == [("jpg", file.getvalue())]


@pytest.mark.parametrize(
    "body",
    [
        "rect(width: 5mm, height: 5mm, fill: gradient.linear(red, blue))",
        "rect(width: 5mm, height: 5mm, fill: tiling(size: (2mm, 2mm), circle(radius: 1mm)))",
        "box(clip: true, radius: 3mm, width: 9mm, height: 9mm, [圆角])",
        "rect(width: 5mm, height: 5mm, fill: cmyk(10%, 20%, 30%, 40%))",
        "scale(x: 300%, rect(width: 5mm, height: 5mm, stroke: 1mm))",
        "\n".join(["pagebreak()"] * MAX_PAGES + ["[末页]"]),
    ],
)
def test_what_has_no_place_in_our_pages_is_refused_by_name(body: str) -> None:
    with pytest.raises(TrustError) as caught:
        _laid(body)
    assert caught.value.code is ErrorCode.RENDERING_FAILED
    assert caught.value.detail


@pytest.mark.parametrize(
    "content",
    [b"1 2 m 3 4 l S ]", b"(unended", b"<</A<</B 1>>>>BDC", b"1 0 0 1 0 0 cm \xff", b"q " * 100_002],
)
def test_a_content_that_is_not_plain_is_refused(content: bytes) -> None:
    with pytest.raises(TrustError) as caught:
        list(scan(content))
    assert caught.value.code is ErrorCode.RENDERING_FAILED


def test_a_hard_content_is_refused_soon() -> None:
    with pytest.raises(TrustError):
        list(scan(b"1" * 50_000 + b"\xff"))


def test_paths_are_told_in_the_words_of_ofd() -> None:
    path, step = scan(b"0 0 m 1.5 -2 l 1 2 3 4 5 6 c\nh f*")
    assert isinstance(path, PathData)
    assert path.data.split() == ["M", "0", "0", "L", "1.5", "-2", "B", "1", "2", "3", "4", "5", "6", "C"]
    assert path.moved((1, 0, 0, -1, 10, 0)).split() == [
        "M",
        "10",
        "0",
        "L",
        "11.5",
        "2",
        "B",
        "11",
        "-2",
        "13",
        "-4",
        "15",
        "-6",
        "C",
    ]
    assert path.rectangle((1, 0, 0, 1, 0, 0)) is None
    assert isinstance(step, Step)
    assert step.name == b"f*"


@pytest.mark.parametrize(
    "path",
    [
        b"0 0 m 3 0 l 3 2 l h ",
        b"0 0 m\n3 0 l\nh\n5 6 m -1.5 2 l 3 .4 l h\n",
        b"0 0  m 3 0 l 3 2 l h 1 1 m 2 2 l h ",
        b"0 0 m 3 0 l 3 2 l h 1 1 m 2 2 l ",
        b"0 0 m 3 0 l 1 1 m 2 2 l h h ",
        b"0 0 m 3 0 l 1 2 3 4 5 6 c h ",
        b"0 0 m h ",
    ],
)
def test_polygons_are_told_as_other_paths_are(path: bytes) -> None:
    words = path.decode().replace("m", "m|").replace("l", "l|").replace("c", "c|").replace("h", "h|").split("|")[:-1]
    told = " ".join(f"{each.split()[-1]} {' '.join(each.split()[:-1])}" for each in words)
    (found,) = scan(path)
    assert isinstance(found, PathData)
    assert found.data.split() == told.translate(str.maketrans("mlch", "MLBC")).split()


def test_rectangles_are_known_and_other_four_corners_are_not() -> None:
    def box(content: bytes) -> object:
        (path,) = scan(content)
        assert isinstance(path, PathData)
        return path.rectangle((2, 0, 0, 2, 1, 1))

    assert box(b"0 0 m 3 0 l 3 2 l 0 2 l h ") == (1, 1, 7, 5)
    assert box(b"0 0 m 0 2 l 3 2 l 3 0 l h ") == (1, 1, 7, 5)
    assert box(b"0 0 m 3 2 l 3 0 l 0 2 l h ") is None
    assert box(b"0 0 m 3 0 l 4 2 l 0 2 l h ") is None


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0"), (-0.00001, "0"), (1.5, "1.5"), (100.0, "100"), (1e-7, "0"), (0.12345, "0.1235")]
)
def test_numbers(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(
    "shown",
    [
        b"(" + b"".join(b"\\%03o" % value for value in range(256)) + b")",
        b"(" + bytes(value for value in range(256) if value not in b"()\\\r\n") + b"\0)",
        rb"(\(\)\\\n\r\t\b\f\\\\\(\050)",
        rb"[(\000\001)-32.5<0041>.25(\000\050)(\0000\0007)<00410042>]",
        rb"[580(\000(\000)\000\()-160(\000\))]",
        b"(\0(\0a)b)",
    ],
)
def test_text_blocks_are_what_the_reader_of_strangers_contents_reads(shown: bytes) -> None:
    name = b"TJ" if shown.startswith(b"[") else b"Tj"
    (block,) = scan(BLOCK % (shown + name))
    assert isinstance(block, TextBlock)
    told = [each for each in typeset_text._pieces(Step(name, shown)) if each != ()]
    assert list(typeset_text.plain_pieces(block.shown)) == told


@pytest.mark.parametrize("shown", [rb"[(\000a)1 2(\000b)]TJ", rb"(\000(\000(\000)\000)\000)Tj", b"[]TJ", b"()Tj"])
def test_other_texts_are_read_step_by_step(shown: bytes) -> None:
    steps = list(scan(BLOCK % shown))
    assert steps[-3] == Step(shown[-2:], shown[:-2])


@pytest.mark.parametrize("shown", [b"(abc)", b"[(ab)1(c)]"])
def test_half_a_code_is_refused(shown: bytes) -> None:
    with pytest.raises(TrustError) as caught:
        list(typeset_text.plain_pieces(shown))
    assert caught.value.code is ErrorCode.RENDERING_FAILED


def test_what_was_read_is_let_go_without_the_collector_of_garbage() -> None:
    pdf = laid_pdf('text("营业执照")')
    gc.collect()
    gc.disable()
    try:
        before = sum(isinstance(each, StreamObject) for each in gc.get_objects())
        read_typeset(pdf)
        assert sum(isinstance(each, StreamObject) for each in gc.get_objects()) == before
    finally:
        gc.enable()
