"""Looking at what lies under later drawings: pages drawn before and after."""

from __future__ import annotations

from dataclasses import replace

import pytest

from esign.ofd.model import LaterSeals
from esign.pdf.model import Overlay
from tests.support.attacks.documents import COVER, append, contract, form_x_object
from tests.support.ofd_attacks.library import Library
from tests.support.ofd_attacks.shown_seals import ROWS
from tests.support.ofd_drawings import files_of, zipped
from trustkit.app import page_views, seal_views
from trustkit.app.page_views import DrawnViews

_NOTE = b"<< /Type /Annot /Subtype /Stamp /F 4 /Rect [60 740 540 790] /AP << /N 401 0 R >> >>"
SIGNED = contract(page=b"/Resources << /Font << /F1 7 0 R >> >> /MediaBox [0 0 595 842] /Parent 2 0 R /Annots [17 0 R]")
COVERED = append(SIGNED, {COVER: _NOTE, 401: form_x_object(b"1 g 0 0 480 50 re f", size=(480, 50))})


def overlay(*, page: int = 0, top: float = 0.05, bottom: float = 0.15) -> Overlay:
    return Overlay(signed=len(SIGNED), page=page, part=(0.1, top, 0.9, bottom), is_alike=True)


def test_what_was_wiped_out_is_told_and_the_rest_is_seen() -> None:
    hidden, blank, other = overlay(), overlay(top=0.5, bottom=0.6), overlay(page=1)
    found = DrawnViews().lost(COVERED, (hidden, blank, other))
    assert found == {hidden: "marks of the page are wiped out", blank: "", other: ""}


def test_of_a_drawing_that_programs_draw_differently_it_is_told_where_nothing_was() -> None:
    hidden, blank = (replace(each, is_alike=False) for each in (overlay(), overlay(top=0.5, bottom=0.6)))
    assert DrawnViews().lost(COVERED, (hidden, blank)) == {blank: ""}


@pytest.mark.parametrize("octets", [b"%PDF-1.7\n", b""])
def test_what_cannot_be_drawn_is_left_out(octets: bytes) -> None:
    assert DrawnViews().lost(octets, (overlay(),)) == {}
    assert DrawnViews().lost(COVERED, (overlay(page=9),)) == {}


def test_no_more_pages_are_drawn_than_a_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_views, "MAX_PICTURES", 1)
    first, second = overlay(), overlay(page=1)
    assert set(DrawnViews().lost(COVERED, (first, second))) == {first}


def test_no_more_pixels_are_compared_than_a_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_views, "MAX_COMPARED", 300_000)
    first, second = overlay(), overlay(top=0.5, bottom=0.6)
    assert set(DrawnViews().lost(COVERED, (first, second))) == {first}


def test_large_pages_are_not_looked_at() -> None:
    large = contract(page=b"/MediaBox [0 0 5950 8420] /Parent 2 0 R /Resources << >>")
    whole = Overlay(signed=len(large), page=0, part=(0.1, 0.05, 0.2, 0.1), is_alike=True)
    assert DrawnViews().lost(append(large, {402: b"<< >>"}), (whole,)) == {}


def test_revisions_share_what_a_file_may_take(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_views, "MAX_PICTURES", 1)
    early, late = overlay(), Overlay(signed=len(COVERED), page=0, part=(0.1, 0.05, 0.9, 0.15), is_alike=True)
    twice = append(COVERED, {402: b"<< >>"})
    assert set(DrawnViews().lost(twice, (late, early))) == {early}


SEALS = LaterSeals(kept=("Doc_0/Signs/Sign_0/Signature.xml",), over=("Doc_0/Signs/Sign_1/Signature.xml",))


@pytest.mark.parametrize(
    ("octets", "told"),
    [
        (b"no package", "the pages cannot be drawn: esign:ofd:zip"),
        (zipped(files_of("")), f"page 0 cannot be drawn whole: seal {SEALS.over[0]}"),
    ],
)
def test_seals_that_cannot_be_drawn_hide_what_nobody_knows(octets: bytes, told: str) -> None:
    assert DrawnViews().hidden(octets, SEALS) == told


def test_seals_are_looked_at_for_so_long(monkeypatch: pytest.MonkeyPatch) -> None:
    library = Library()
    octets = next(row for row in ROWS if row.name == "shown-white-seal-over-the-amount").build(library)
    assert DrawnViews().hidden(octets, SEALS) == "page 1: marks of the page are wiped out"
    monkeypatch.setattr(seal_views, "monotonic", iter((0.0, 99.0)).__next__)
    assert DrawnViews().hidden(octets, SEALS) == "page 1 and those behind it are not looked at: out of time"
