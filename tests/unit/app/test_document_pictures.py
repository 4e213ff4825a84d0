"""Documents drawn for the page of verification: marks where signatures are, and nothing at all of what cannot be drawn."""

from __future__ import annotations

from threading import BoundedSemaphore
from typing import TYPE_CHECKING

import pytest

from tests.support.testdata import outside
from trustkit.app import document_pictures
from trustkit.app.document_pictures import DocumentPictures
from verifier.format import Format
from verifier.page.pictures import DrawnPages

if TYPE_CHECKING:
    from tests.support.authority import Issued
    from verifier.page.pictures import PagePicture


def inside(page: PagePicture) -> bool:
    return all(
        0 <= mark.left <= mark.left + mark.width <= page.width + 1
        and 0 <= mark.top <= mark.top + mark.height <= page.height + 1
        for mark in page.marks
    )


@pytest.fixture(scope="module")
def sealed(issued: Issued) -> bytes:
    return issued.document.read_bytes()


def test_a_pdf_is_drawn_with_its_seal_marked(sealed: bytes) -> None:
    drawn = DocumentPictures()(sealed, Format.PDF)
    assert drawn.count == len(drawn.pages) >= 1
    assert all(page.png.startswith(b"\x89PNG") and page.is_whole and inside(page) for page in drawn.pages)
    assert {mark.signature for page in drawn.pages for mark in page.marks} == {1}


def test_an_ofd_is_drawn_with_its_seal_marked() -> None:
    drawn = DocumentPictures()(outside("ofd/999.ofd").read_bytes(), Format.OFD)
    assert drawn.pages
    assert all(page.png.startswith(b"\x89PNG") and inside(page) for page in drawn.pages)
    assert {mark.signature for page in drawn.pages for mark in page.marks} == {1}


@pytest.mark.parametrize(
    ("data", "form"),
    [
        (b"%PDF-1.7\nrubbish", Format.PDF),
        (b"PK\x03\x04rubbish", Format.OFD),
        (b"\x30\x00", Format.CMS),
        (b"", Format.PDF),
    ],
)
def test_what_cannot_be_drawn_has_no_pictures(data: bytes, form: Format) -> None:
    assert DocumentPictures()(data, form) == DrawnPages()


def test_few_pages_and_no_large_files_are_drawn(sealed: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document_pictures, "MAX_SHOWN", 0)
    drawn = DocumentPictures()(sealed, Format.PDF)
    assert (drawn.pages, drawn.count >= 1) == ((), True)
    monkeypatch.setattr(document_pictures, "MAX_SHOWN", 5)
    monkeypatch.setattr(document_pictures, "MAX_PICTURES", 1000)
    assert DocumentPictures()(sealed, Format.PDF).pages == ()
    monkeypatch.setattr(document_pictures, "MAX_OCTETS", len(sealed) - 1)
    assert DocumentPictures()(sealed, Format.PDF) == DrawnPages()


def test_who_would_wait_too_long_gets_no_pictures(sealed: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document_pictures, "_WAIT", 0.01)
    free = BoundedSemaphore(1)
    with free:
        assert DocumentPictures(free)(sealed, Format.PDF) == DrawnPages()
    assert DocumentPictures(free)(sealed, Format.PDF).pages
