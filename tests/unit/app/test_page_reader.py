from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import typst

from esign.pdf.placement import KeywordPlace, SealOrder, place_seal
from esign.pdf.reader import open_reader
from esign.rendering.fonts import find_fonts
from esign.rendering.seal_square import SquareDesign, draw_square
from trustkit.app import page_reader
from trustkit.app.page_reader import MAX_PIXELS, PageReader
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Iterator

_TEXT = """
#set page(width: 300pt, height: 200pt, fill: rgb("#00ff00"))
#set text(font: "Trustkit Song", fallback: true)
= efficient office 甲方　（盖章）：
#lorem(10) 乙方（盖 章） 丙方（盖
章）
#pagebreak()
Ｓｅａｌ here
"""
_HANG = "import sys, time\nsys.stdin.readline()\ntime.sleep(60)"
_CRASH = "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)"
_ENDLESS = "import sys\nwhile True: sys.stdout.write('x' * 65536)"
_NO_JSON = "import sys\nsys.stdin.readline(); print('hello')"


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    source = tmp_path_factory.mktemp("text") / "text.typ"
    source.write_text(_TEXT, encoding="utf-8")
    folders = [str(folder) for folder in find_fonts().folders]
    result = typst.Compiler(str(source), font_paths=folders, ignore_system_fonts=True).compile(format="pdf")
    assert isinstance(result, bytes)
    return result


@pytest.fixture(scope="module")
def reader() -> Iterator[PageReader]:
    with PageReader() as reader:
        yield reader


@pytest.mark.parametrize(
    ("keyword", "pages"),
    [
        ("（盖章）", [0, 0, 0]),  # with an ideographic space before it, a space in it, a line's end in it
        ("(盖章)", [0, 0, 0]),
        ("efficient office", [0]),  # a ligature of three letters
        ("EFFICIENTOFFICE", [0]),
        ("seal", [1]),
        ("Seal here", [1]),
        ("absent", []),
        (" ", []),
    ],
)
def test_words_are_found_whatever_their_spaces_ligatures_and_widths(
    reader: PageReader, text: bytes, keyword: str, pages: list[int]
) -> None:
    hits = reader.find(text, keyword)
    assert [hit.page for hit in hits] == pages
    for left, bottom, right, top in (hit.box for hit in hits):
        assert 0 < left < right < 300
        assert 0 < bottom < top < 200
        assert top - bottom < 20  # one line


def test_a_seal_stands_over_words_that_a_real_page_holds(reader: PageReader, text: bytes) -> None:
    order = SealOrder(
        drawing=draw_square(SquareDesign(name="张三", side_mm=12)), place=KeywordPlace(keyword="（盖章）", y_mm=-4)
    )
    placed = place_seal(open_reader(text), text, order, reader).seal
    assert placed is not None
    assert placed.box[0] == pytest.approx(reader.find(text, "盖章")[0].box[2] + 5.67, abs=14)


def test_a_page_is_drawn_and_its_pixels_are_bounded(reader: PageReader, text: bytes) -> None:
    assert reader.count(text) == 2
    picture = reader.draw(text, page=0, dots_per_inch=72)
    assert (picture.width, picture.height, len(picture.pixels)) == (300, 200, 180_000)
    assert picture.pixels[:3] == bytes((0, 255, 0))
    large = reader.draw(text, page=1, dots_per_inch=5000)
    assert MAX_PIXELS * 0.99 < large.width * large.height < MAX_PIXELS * 1.01


def test_a_file_that_is_none_is_refused_and_the_next_is_served(reader: PageReader, text: bytes) -> None:
    for data in (b"", b"%PDF-1.7", b"no PDF" * 1000):
        with pytest.raises(TrustError) as caught:
            reader.count(data)
        assert caught.value.code is ErrorCode.PAGE_RENDERER
        assert reader.count(text) == 2
    with pytest.raises(TrustError) as caught:
        reader.draw(text, page=2, dots_per_inch=72)
    assert caught.value.code is ErrorCode.PAGE_RENDERER


@pytest.mark.parametrize("program", [_HANG, _CRASH, _ENDLESS, _NO_JSON], ids=["hangs", "crashes", "floods", "babbles"])
def test_a_renderer_that_misbehaves_harms_its_request_only(
    monkeypatch: pytest.MonkeyPatch, text: bytes, program: str
) -> None:
    with PageReader(seconds=1.5) as reader:
        monkeypatch.setattr(page_reader, "COMMAND", ("-c", program))
        with pytest.raises(TrustError) as caught:
            reader.count(text)
        assert caught.value.code is ErrorCode.PAGE_RENDERER
        monkeypatch.undo()
        assert reader.count(text) == 2
