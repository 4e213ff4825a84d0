"""Looking at what lies under later drawings: pages drawn before and after."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING
from zipfile import ZipFile

import pytest

from esign.ofd.model import LaterSeals
from esign.pdf.model import Overlay
from tests.support.attacks.documents import COVER, append, contract, form_x_object
from tests.support.ofd_attacks.library import Library
from tests.support.ofd_attacks.shown_seals import ROWS
from tests.support.ofd_drawings import files_of, zipped
from tests.support.other_program import OtherProgram
from trustkit.app import page_reader, page_views, seal_views
from trustkit.app.page_views import DrawnViews
from trustkit.errors import ErrorCode
from verifier.material import Doubt

if TYPE_CHECKING:
    from pathlib import Path

    from trustkit.error_family import Code

_NOTE = b"<< /Type /Annot /Subtype /Stamp /F 4 /Rect [60 740 540 790] /AP << /N 401 0 R >> >>"
SIGNED = contract(page=b"/Resources << /Font << /F1 7 0 R >> >> /MediaBox [0 0 595 842] /Parent 2 0 R /Annots [17 0 R]")
COVERED = append(SIGNED, {COVER: _NOTE, 401: form_x_object(b"1 g 0 0 480 50 re f", size=(480, 50))})


def overlay(*, page: int = 0, top: float = 0.05, bottom: float = 0.15) -> Overlay:
    return Overlay(signed=len(SIGNED), page=page, part=(0.1, top, 0.9, bottom), is_alike=True)


WIPED = Doubt(code=ErrorCode.PDF_COVERED, detail="marks of the page are wiped out")
_OPEN = "sys.stdin.buffer.read(json.loads(sys.stdin.buffer.readline())['octets']); print('{\"pages\": 1, \"octets\": 0}', flush=True)\n"
_BUSY = f"import json, resource, sys\n{_OPEN}resource.setrlimit(resource.RLIMIT_CPU, (1, 2))\nwhile True: pass"
_GONE = f"import json, sys\n{_OPEN}"


def test_what_was_wiped_out_is_told_and_the_rest_is_seen() -> None:
    hidden, blank, other = overlay(), overlay(top=0.5, bottom=0.6), overlay(page=1)
    found = DrawnViews().doubts(COVERED, (hidden, blank, other))
    assert found == {hidden: WIPED, blank: None, other: None}


def test_what_lies_beside_the_page_hides_nothing() -> None:
    beside = overlay(top=2.0, bottom=3.0)
    assert DrawnViews().doubts(COVERED, (beside,)) == {beside: None}


@pytest.mark.parametrize("octets", [b"%PDF-1.7\n", b""])
def test_what_cannot_be_drawn_is_left_out(octets: bytes) -> None:
    assert DrawnViews().doubts(octets, (overlay(),)) == {}
    assert DrawnViews().doubts(COVERED, (overlay(page=9),)) == {}


@pytest.mark.parametrize(
    ("limit", "least", "most"),
    [
        ("MAX_PLACES", 3, 2),
        ("MAX_PICTURES", 4, 3),
        ("MAX_OCTETS", len(COVERED) + len(SIGNED), len(COVERED) + len(SIGNED) - 1),
        ("MAX_VIEW", 420_000, 400_000),
        ("MAX_DRAWN", 1_160_000, 1_120_000),
        ("MAX_COMPARED", 400_000, 10_000),
    ],
)
def test_a_file_of_too_much_work_stays_in_doubt_as_a_whole(
    monkeypatch: pytest.MonkeyPatch, limit: str, least: int, most: int
) -> None:
    asked = overlay(), overlay(top=0.16, bottom=0.3), overlay(page=1)
    monkeypatch.setattr(page_views, limit, least)
    assert DrawnViews().doubts(COVERED, asked)[asked[0]] == WIPED
    monkeypatch.setattr(page_views, limit, most)
    found = DrawnViews().doubts(COVERED, asked)
    assert set(found) == set(asked)
    assert {each and each.code for each in found.values()} == {ErrorCode.PDF_LOOK_SIZE}


def test_places_upon_each_other_are_compared_once(monkeypatch: pytest.MonkeyPatch) -> None:
    many = tuple(overlay(top=0.05 + each / 1000) for each in range(40))
    monkeypatch.setattr(page_views, "MAX_COMPARED", 250_000)
    assert set(DrawnViews().doubts(COVERED, many).values()) == {WIPED}


@pytest.mark.parametrize(
    ("program", "code"), [(_BUSY, ErrorCode.PDF_LOOK_TIME), (_GONE, ErrorCode.PDF_COVERED)], ids=["busy", "gone"]
)
def test_a_renderer_that_ends_leaves_all_in_doubt_and_is_told(
    monkeypatch: pytest.MonkeyPatch, program: str, code: Code
) -> None:
    monkeypatch.setattr(page_reader, "RENDERERS", OtherProgram(program))
    asked = overlay(), overlay(page=1)
    found = DrawnViews().doubts(COVERED, asked)
    assert {each: doubt and doubt.code for each, doubt in found.items()} == dict.fromkeys(asked, code)


def test_a_look_by_the_clock_ends_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_views, "LOOK_SECONDS", -1.0)
    found = DrawnViews().doubts(COVERED, (overlay(),))
    assert {each and each.code for each in found.values()} == {ErrorCode.PDF_LOOK_TIME}


def test_of_a_drawing_that_programs_draw_differently_it_is_told_where_nothing_was() -> None:
    hidden, blank = (replace(each, is_alike=False) for each in (overlay(), overlay(top=0.5, bottom=0.6)))
    assert DrawnViews().doubts(COVERED, (hidden, blank)) == {blank: None}


def test_large_pages_are_not_looked_at() -> None:
    large = contract(page=b"/MediaBox [0 0 5950 8420] /Parent 2 0 R /Resources << >>")
    whole = Overlay(signed=len(large), page=0, part=(0.1, 0.05, 0.2, 0.1), is_alike=True)
    assert DrawnViews().doubts(append(large, {402: b"<< >>"}), (whole,)) == {}


SEALS = LaterSeals(kept=("Doc_0/Signs/Sign_0/Signature.xml",), over=("Doc_0/Signs/Sign_1/Signature.xml",))


@pytest.mark.parametrize(
    ("octets", "told"),
    [
        (b"no package", "the pages cannot be drawn: esign:ofd:zip"),
        (zipped(files_of("")), f"page 0 cannot be drawn whole: seal {SEALS.over[0]}"),
    ],
)
def test_seals_that_cannot_be_drawn_hide_what_nobody_knows(octets: bytes, told: str) -> None:
    assert DrawnViews().hidden(octets, (SEALS,))[SEALS] == told


def test_seals_are_looked_at_for_so_long(monkeypatch: pytest.MonkeyPatch) -> None:
    library = Library()
    octets = next(row for row in ROWS if row.name == "shown-white-seal-over-the-amount").build(library)
    assert DrawnViews().hidden(octets, (SEALS,))[SEALS] == "page 1: marks of the page are wiped out"
    monkeypatch.setattr(seal_views, "monotonic", iter((0.0, 99.0)).__next__)
    assert DrawnViews().hidden(octets, (SEALS,))[SEALS] == "page 1 and those behind it are not looked at: out of time"


OTHER = LaterSeals(kept=(), over=SEALS.over, absent=SEALS.kept)


def test_all_looks_at_a_file_share_the_clock_and_a_renderer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    octets = next(row for row in ROWS if row.name == "shown-white-seal-over-the-amount").build(Library())
    wiped = "page 1: marks of the page are wiped out"
    assert DrawnViews().hidden(octets, (SEALS, OTHER)) == {SEALS: wiped, OTHER: wiped}
    monkeypatch.setattr(seal_views, "monotonic", iter((0.0, 1.0, 99.0)).__next__)
    late = "page 1 and those behind it are not looked at: out of time"
    assert DrawnViews().hidden(octets, (SEALS, OTHER)) == {SEALS: wiped, OTHER: late}
    monkeypatch.undo()
    log = tmp_path / "renderers"
    monkeypatch.setattr(page_reader, "RENDERERS", OtherProgram(f"open({str(log)!r}, 'a').write('x')\n{_GONE}"))
    gone = f"the pages cannot be drawn: {ErrorCode.PAGE_RENDERER.value}"
    assert DrawnViews().hidden(octets, (SEALS, OTHER)) == {SEALS: gone, OTHER: gone}
    assert log.read_text() == "x"


@pytest.mark.parametrize(
    ("file", "was", "now"),
    [
        ("Content.xml", b">", b"<"),
        ("Signature.xml", b"<ofd:StampAnnot ", b'<ofd:StampAnnot Clip="1000 0 10 10" '),
    ],
)
def test_what_is_not_drawn_at_all_hides_what_nobody_knows(file: str, was: bytes, now: bytes) -> None:
    octets = next(row for row in ROWS if row.name == "shown-white-seal-over-the-amount").build(Library())
    with ZipFile(BytesIO(octets)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    changed = {name: data.replace(was, now) if name.endswith(file) else data for name, data in files.items()}
    assert changed != files
    assert "cannot be drawn whole" in DrawnViews().hidden(zipped(changed), (SEALS,))[SEALS]
