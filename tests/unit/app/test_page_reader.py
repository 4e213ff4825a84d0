from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import typst

from esign.pdf.placement import SealOrder, place_seal
from esign.pdf.places import KeywordPlace
from esign.pdf.reader import open_reader
from esign.rendering.fonts import find_fonts
from esign.rendering.seal_square import SquareDesign, draw_square
from tests.support.other_program import OtherProgram
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


_SPEAKS = """
import json, sys
answers = iter({answers!r})
for line in sys.stdin.buffer:
    sys.stdin.buffer.read(json.loads(line).get("octets", 0))
    sys.stdout.write(next(answers))
    sys.stdout.flush()
"""
_OPEN = '{"pages": 2, "octets": 0}\n'
_SIZES = '{"sizes": [[300, 200]], "octets": 0}\n'
_NONSENSE = {
    "no pages": ('{"pages": null, "octets": 0}\n',),
    "pages of text": ('{"pages": "2", "octets": 0}\n',),
    "less than no pages": ('{"pages": -1, "octets": 0}\n',),
    "pages without end": ('{"pages": 1e400, "octets": 0}\n',),
    "no object": ("[1]\n",),
    "no count of octets": ('{"pages": 2}\n',),
    "octets of text": ('{"pages": 2, "octets": "0"}\n',),
    "octets below nothing": ('{"pages": 2, "octets": -1}\n',),
    "octets without end": ('{"pages": 2, "octets": 99999999999}\n',),
    "more than announced": ('{"pages": 2, "octets": 1}\nxyz',),
    "deep": ("[" * 100_000 + "\n",),
    "no sizes": (_OPEN, '{"sizes": null, "octets": 0}\n'),
    "a size too many": (_OPEN, '{"sizes": [[300, 200], [300, 200]], "octets": 0}\n'),
    "sizes without end": (_OPEN, '{"sizes": [[Infinity, 200]], "octets": 0}\n'),
    "no measures": (_OPEN, _SIZES, '{"octets": 3}\nxyz'),
    "other measures": (_OPEN, _SIZES, '{"width": 2, "height": 1, "octets": 3}\nxyz'),
    "an empty picture": (_OPEN, _SIZES, '{"width": 0, "height": 7, "octets": 0}\n'),
    "measures below nothing": (_OPEN, _SIZES, '{"width": -1, "height": -1, "octets": 3}\nxyz'),
}


@pytest.mark.parametrize("answers", _NONSENSE.values(), ids=_NONSENSE)
def test_an_answer_that_makes_no_sense_is_refused(
    monkeypatch: pytest.MonkeyPatch, text: bytes, answers: tuple[str, ...]
) -> None:
    """A hostile file may take the renderer over, and then speaks through it."""
    monkeypatch.setattr(page_reader, "RENDERERS", OtherProgram(_SPEAKS.format(answers=answers)))
    with PageReader(seconds=10) as reader, pytest.raises(TrustError) as caught:
        reader.draw(text, page=0, dots_per_inch=72)
    assert caught.value.code is ErrorCode.PAGE_RENDERER
    assert "makes no sense" in caught.value.detail


@pytest.mark.parametrize("hits", ["null", "[null]", "[[0, 1, 2, 3]]", '[[0, 1, 2, 3, "4"]]', "[[-1, 1, 2, 3, 4]]"])
def test_words_that_stand_nowhere_are_refused(monkeypatch: pytest.MonkeyPatch, text: bytes, hits: str) -> None:
    answers = (_OPEN, f'{{"hits": {hits}, "octets": 0}}\n')
    monkeypatch.setattr(page_reader, "RENDERERS", OtherProgram(_SPEAKS.format(answers=answers)))
    with PageReader(seconds=10) as reader, pytest.raises(TrustError) as caught:
        reader.find(text, "word")
    assert caught.value.code is ErrorCode.PAGE_RENDERER


@pytest.mark.parametrize("program", [_HANG, _CRASH, _ENDLESS, _NO_JSON], ids=["hangs", "crashes", "floods", "babbles"])
def test_a_renderer_that_misbehaves_harms_its_request_only(
    monkeypatch: pytest.MonkeyPatch, text: bytes, program: str
) -> None:
    with PageReader(seconds=1.5) as reader:
        monkeypatch.setattr(page_reader, "RENDERERS", OtherProgram(program))
        with pytest.raises(TrustError) as caught:
            reader.count(text)
        assert caught.value.code is ErrorCode.PAGE_RENDERER
        monkeypatch.undo()
        assert reader.count(text) == 2
