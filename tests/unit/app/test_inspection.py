# pyHanko ships its types with gaps:
# mypy: allow-untyped-calls

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from pyhanko.pdf_utils import generic

from esign.pdf.inspection import PdfInspection, inspect_pdf
from tests.support.attacks.documents import pages
from tests.support.other_program import OtherProgram
from tests.support.pki import PkiWorld
from tests.support.signed_pdf import sample_page, sign_sample, update
from trustkit.app import inspection, page_reader
from trustkit.app.inspection import PageSeen, picture_revisions
from trustkit.app.inspection_report import claimed_signer, footing, heading, picture_rows, revision_rows, signature_rows
from trustkit.app.page_reader import PageReader
from trustkit.errors import ErrorCode, TrustError
from trustkit.texts.catalogue import Language

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    from esign.rendering.page_difference import RgbPicture


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder: Path = tmp_path_factory.mktemp("page")
    return sign_sample(PkiWorld(), sample_page(folder), timestamp=None)


@pytest.fixture(scope="module")
def reader() -> Iterator[PageReader]:
    with PageReader() as reader:
        yield reader


def paint(writer: IncrementalPdfFileWriter) -> None:
    """Black out a box 100 points from the left and 500 from the foot, 72 by 36 points large."""
    page = writer.root["/Pages"]["/Kids"][0]
    extra = writer.add_object(generic.StreamObject(stream_data=b"q 0 g 100 500 72 36 re f Q"))
    page["/Contents"] = generic.ArrayObject([page.raw_get("/Contents"), extra])
    writer.update_container(page)


def add_page(writer: IncrementalPdfFileWriter) -> None:
    tree = writer.root["/Pages"]
    page = generic.DictionaryObject({key: tree["/Kids"][0].raw_get(key) for key in tree["/Kids"][0]})
    tree["/Kids"] = generic.ArrayObject([tree["/Kids"].raw_get(0), writer.add_object(page)])
    tree["/Count"] = generic.NumberObject(2)
    writer.update_container(tree)


def drop_page(writer: IncrementalPdfFileWriter) -> None:
    tree = writer.root["/Pages"]
    tree["/Kids"] = generic.ArrayObject([tree["/Kids"].raw_get(0)])
    tree["/Count"] = generic.NumberObject(1)
    writer.update_container(tree)


def looked(data: bytes, reader: PageReader) -> list[PageSeen]:
    return list(picture_revisions(inspect_pdf(data), data, reader))


def test_the_region_that_changed_is_told_in_millimetres_and_marked(signed: bytes, reader: PageReader) -> None:
    first, seal, painted = looked(update(signed, paint), reader)
    assert [(each.revision, each.page, each.change) for each in (first, seal, painted)] == [
        (1, 1, "first"),
        (2, 1, "changed"),
        (3, 1, "changed"),
    ]
    ((left, top, right, bottom),) = painted.regions
    point = 25.4 / 72
    height = 841.89 * point
    assert (left, top) == pytest.approx((100 * point, height - 536 * point), abs=1.5)
    assert (right, bottom) == pytest.approx((172 * point, height - 500 * point), abs=1.5)
    assert painted.png is not None
    marked = Image.open(BytesIO(painted.png))
    assert (255, 0, 160) in {colour for _, colour in marked.getcolors(1 << 20) or ()}


def test_pages_that_come_and_go_are_told(signed: bytes, reader: PageReader) -> None:
    seen = looked(update(update(signed, add_page), drop_page), reader)
    assert [(each.revision, each.page, each.change) for each in seen[2:]] == [
        (3, 1, "same"),
        (3, 2, "new"),
        (4, 1, "same"),
        (4, 2, "gone"),
    ]


def insert_page(writer: IncrementalPdfFileWriter) -> None:
    """Put a blank page before the first."""
    tree = writer.root["/Pages"]
    box = generic.ArrayObject(generic.NumberObject(n) for n in (0, 0, 595, 842))
    entries = {"/Type": generic.pdf_name("/Page"), "/MediaBox": box, "/Parent": writer.root.raw_get("/Pages")}
    blank = writer.add_object(generic.DictionaryObject({generic.pdf_name(key): entries[key] for key in entries}))
    tree["/Kids"] = generic.ArrayObject([blank, tree["/Kids"].raw_get(0)])
    tree["/Count"] = generic.NumberObject(2)
    writer.update_container(tree)


def test_a_page_put_before_others_is_the_new_one(signed: bytes, reader: PageReader) -> None:
    inserted = update(signed, insert_page)
    assert [(each.page, each.change, each.note) for each in looked(inserted, reader)[2:]] == [
        (1, "new", ""),
        (2, "same", "page 1 before"),
    ]


def test_a_page_among_pages_alike_is_the_one_that_changed(reader: PageReader) -> None:
    alike = pages(3, 1)
    assert [(each.page, each.change) for each in looked(update(alike, paint), reader)[3:]] == [
        (1, "changed"),
        (2, "same"),
        (3, "same"),
    ]


class Forgetful:
    """A renderer that draws a page, or counts them, no earlier than at some time."""

    def __init__(self, reader: PageReader, *, first_page: int = 99, counts_from: int = 0) -> None:
        self._reader, self._first_page, self._counts_from, self._counted = reader, first_page, counts_from, 0

    def count(self, pdf: bytes) -> int:
        self._counted += 1
        if self._counted <= self._counts_from:
            raise TrustError(ErrorCode.PAGE_RENDERER, "it fell over")
        return self._reader.count(pdf)

    def draw(self, pdf: bytes, *, page: int, dots_per_inch: float) -> RgbPicture:
        if self._counted == 3 and page >= self._first_page:
            raise TrustError(ErrorCode.PAGE_RENDERER, "it fell over")
        return self._reader.draw(pdf, page=page, dots_per_inch=dots_per_inch)


def test_a_page_that_was_not_drawn_before_is_not_new(signed: bytes, reader: PageReader) -> None:
    data = update(update(signed, add_page), paint)
    found = inspect_pdf(data)

    def told(forgetful: Forgetful) -> list[tuple[int, int, str]]:
        seen = picture_revisions(found, data, forgetful)  # type: ignore[arg-type] # what is asked of a reader
        return [(each.revision, each.page, each.change) for each in seen]

    assert told(Forgetful(reader, first_page=1))[2:] == [
        (3, 1, "same"),
        (3, 2, "unseen"),
        (4, 1, "changed"),
        (4, 2, "uncompared"),
    ]
    assert told(Forgetful(reader, counts_from=3)) == [
        (1, 0, "unseen"),
        (2, 0, "unseen"),
        (3, 0, "unseen"),
        (4, 1, "uncompared"),
        (4, 2, "uncompared"),
    ]


def test_pages_and_time_have_an_end(monkeypatch: pytest.MonkeyPatch, signed: bytes, reader: PageReader) -> None:
    two = update(signed, add_page)
    monkeypatch.setattr(inspection, "MAX_PAGES", 1)
    assert [each.change for each in looked(two, reader)] == ["first", "changed", "same", "unseen"]
    less = looked(update(two, drop_page), reader)[4:]
    assert [(each.page, each.change) for each in less] == [(1, "same"), (2, "gone")]
    monkeypatch.setattr(inspection, "MAX_SECONDS", -1.0)
    assert {each.change for each in looked(two, reader)} == {"unseen"}


def test_a_renderer_that_crashes_leaves_the_rest_of_the_answer(monkeypatch: pytest.MonkeyPatch, signed: bytes) -> None:
    monkeypatch.setattr(
        page_reader, "RENDERERS", OtherProgram("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)")
    )
    with PageReader() as crashing:
        seen = looked(signed, crashing)
    assert [(each.revision, each.change) for each in seen] == [(1, "unseen"), (2, "unseen")]


def test_what_cannot_be_read_is_drawn_where_a_reader_would_show_it(signed: bytes, reader: PageReader) -> None:
    broken = signed[: signed.rindex(b"startxref")]  # pdfium mends this, we do not
    assert inspect_pdf(broken).revisions == ()
    assert [each.change for each in looked(broken, reader)] == ["first"]
    assert [each.change for each in looked(b"no PDF", reader)] == ["unseen"]


@pytest.mark.parametrize("language", list(Language))
def test_rows_for_people_speak_both_languages(signed: bytes, reader: PageReader, language: Language) -> None:
    data = update(signed, paint) + b"rubbish"
    found = inspect_pdf(data)
    rows = revision_rows(found, language)
    assert [row[0] for row in rows] == ["1", "2", "3"]
    assert ("页面内容" if language is Language.ZH else "page content") in rows[2][3]
    (signature,) = signature_rows(found, language)
    assert "CN=" in signature[3]
    seen = [(each, "") for each in picture_revisions(found, data, reader)]
    assert len(picture_rows(seen, language)) == 3
    assert len(heading(found, "a\x1b[31m.pdf", language)) == 2
    assert "\x1b" not in heading(found, "a\x1b[31m.pdf", language)[0]
    assert any("7" in line for line in footing(found, language))
    assert len(heading(inspect_pdf(b"no PDF"), "x", language)) == 2


def test_a_signer_that_cannot_be_read_is_none(signed: bytes) -> None:
    (signature,) = inspect_pdf(signed.replace(b"<3082", b"<3083", 1)).signatures or (None,)
    assert signature is None or claimed_signer(signature) == signature.name
    assert isinstance(inspect_pdf(signed), PdfInspection)
