"""OFDs drawn at arm's length: what comes back, and what happens when the process does not behave."""

from __future__ import annotations

import json

import pytest

from esign.ofd.draw.beneath import DrawnBeneath, draw_beneath
from esign.ofd.draw.draw import draw_ofd
from esign.ofd.draw.notes import Lack
from esign.ofd.model import LaterSeals
from esign.rendering.fonts import find_fonts
from tests.support.ofd_drawings import SONG, files_of, path_object, text_object, zipped
from tests.support.other_program import OtherProgram
from trustkit.app import ofd_drawer
from trustkit.app.drawing_report import _LACKS, drawing_to_json, footing, is_whole, note_rows
from trustkit.app.ofd_drawer import OfdDrawer
from trustkit.errors import ErrorCode, TrustError
from trustkit.texts.catalogue import Language

_HANG = "import time\ntime.sleep(600)"
_CRASH = "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)"
_SPEAKS = """
import json, sys
for line in sys.stdin.buffer:
    sys.stdin.buffer.read(json.loads(line)["octets"])
    sys.stdout.write({answer!r})
    sys.stdout.flush()
"""
GOOD = {"pages": [[1, 210, 297]], "page_count": 1, "notes": [["glyph", 1, "U+E000", "5", 2]], "octets": 0}


@pytest.fixture(scope="module")
def ofd() -> bytes:
    return zipped(files_of(text_object("A\ue000") + path_object("M 0 0 L 9 9"), resources=SONG))


def test_the_process_draws_what_the_drawer_draws(ofd: bytes) -> None:
    with OfdDrawer() as drawer:
        drawn = drawer.draw(ofd)
        assert drawn == draw_ofd(ofd, fonts=find_fonts())
        assert drawer.count(ofd) == 1
        assert drawn.pdf == draw_ofd(ofd, fonts=find_fonts()).pdf
        with pytest.raises(TrustError) as caught:
            drawer.draw(ofd, pages=(9,))
        assert (caught.value.code, caught.value.facts["pages"]) == (ErrorCode.USAGE, 1)
        with pytest.raises(TrustError) as caught:
            drawer.draw(b"no package")
        assert caught.value.code is ErrorCode.OFD_ZIP
        assert drawer.draw(ofd, pages=(1,)).pages == drawn.pages  # the same process goes on


@pytest.mark.parametrize("program", [_HANG, _CRASH], ids=["hangs", "crashes"])
def test_a_process_that_misbehaves_harms_its_request_only(
    monkeypatch: pytest.MonkeyPatch, ofd: bytes, program: str
) -> None:
    monkeypatch.setattr(ofd_drawer, "PAGE_SECONDS", 0)
    with OfdDrawer(seconds=5) as drawer:
        with monkeypatch.context() as patch:
            patch.setattr(ofd_drawer, "RENDERERS", OtherProgram(program))
            with pytest.raises(TrustError) as caught:
                drawer.draw(ofd)
        assert caught.value.code is ErrorCode.PAGE_RENDERER
        assert drawer.draw(ofd).page_count == 1


def _spoken(monkeypatch: pytest.MonkeyPatch, answer: object) -> OfdDrawer:
    monkeypatch.setattr(ofd_drawer, "RENDERERS", OtherProgram(_SPEAKS.format(answer=json.dumps(answer) + "\n")))
    return OfdDrawer(seconds=10)


def test_the_process_draws_what_lies_beneath_seals(ofd: bytes) -> None:
    with OfdDrawer() as drawer:
        looks = LaterSeals(kept=(), over=("Signature.xml",)), LaterSeals(kept=(), over=())
        told, nothing = drawer.draw_beneath(ofd, looks)
        assert isinstance(told, DrawnBeneath)
        assert told == draw_beneath(ofd, kept=(), over=("Signature.xml",), fonts=find_fonts())
        assert [(note.lack, note.detail) for note in told.notes] == [(Lack.SEAL, "Signature.xml")]
        assert nothing == draw_beneath(ofd, kept=(), over=(), fonts=find_fonts())
        (refused,) = drawer.draw_beneath(b"no package", looks[1:])
    assert isinstance(refused, TrustError)
    assert refused.code is ErrorCode.OFD_ZIP


@pytest.mark.parametrize(
    "answer",
    [
        {"looks": []},
        {"looks": [{"parts": [], "notes": [], "size": 1}]},
        {"looks": [{"parts": [], "notes": [], "size": 0}] * 2},
        {"looks": [{"notes": [], "size": 0}]},
    ],
)
def test_an_answer_of_other_looks_is_refused(
    monkeypatch: pytest.MonkeyPatch, ofd: bytes, answer: dict[str, object]
) -> None:
    with _spoken(monkeypatch, answer | {"octets": 0}) as drawer, pytest.raises(TrustError) as caught:
        drawer.draw_beneath(ofd, (LaterSeals(kept=(), over=()),))
    assert caught.value.code is ErrorCode.PAGE_RENDERER


def test_a_good_answer_is_understood(monkeypatch: pytest.MonkeyPatch, ofd: bytes) -> None:
    with _spoken(monkeypatch, GOOD) as drawer:
        drawn = drawer.draw(ofd)
    assert [(note.lack, note.detail, note.count) for note in drawn.notes] == [(Lack.GLYPH, "U+E000", 2)]


@pytest.mark.parametrize(
    "changes",
    [
        {"pages": None},
        {"pages": [[1, 2]]},
        {"pages": [[1, 2, "3"]]},
        {"pages": [[1.5, 2, 3]]},
        {"pages": [[1, 2, float("inf")]]},
        {"pages": [[1, 2, 3]] * 600},
        {"page_count": -1},
        {"page_count": "1"},
        {"notes": [["invented", 1, "", "", 1]]},
        {"notes": [["glyph", 1, 5, "", 1]]},
        {"notes": [["glyph", 1, "x" * 999, "", 1]]},
        {"notes": [["glyph", 1, "", "", -1]]},
        {"notes": [["glyph", 1, "", "", 1]] * 600},
        {"refused": "no:such:code", "detail": "", "facts": {}},
        {"refused": ["app:call:usage"], "detail": "", "facts": {}},
        {"refused": "app:call:usage"},
    ],
)
def test_an_answer_that_makes_no_sense_is_refused(
    monkeypatch: pytest.MonkeyPatch, ofd: bytes, changes: dict[str, object]
) -> None:
    with _spoken(monkeypatch, {**GOOD, **changes}) as drawer, pytest.raises(TrustError) as caught:
        drawer.draw(ofd)
    assert caught.value.code is ErrorCode.PAGE_RENDERER
    assert "makes no sense" in caught.value.detail


@pytest.mark.parametrize("language", list(Language))
def test_every_lack_has_words_and_what_is_missing_comes_first(language: Language) -> None:
    drawn = draw_ofd(zipped(files_of(text_object("A\ue000"), resources=SONG)), fonts=find_fonts())
    assert not is_whole(drawn)
    rows = note_rows(drawn, language)
    assert [row[4] for row in rows] == ["U+E000", "宋体 → Trustkit Song"]
    assert rows[0][2] in {"MISSING", "缺失"}
    assert footing(drawn, language) != footing(draw_ofd(zipped(files_of()), fonts=find_fonts()), language)
    told = drawing_to_json("x.ofd", drawn, (), language)
    assert (told["complete"], told["pages"]) == (False, 1)

    assert set(_LACKS[language]) == set(Lack)
    assert all(_LACKS[language].values())
