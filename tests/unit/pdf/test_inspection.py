# pyHanko ships its types with gaps:
# mypy: allow-untyped-calls

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from pyhanko.pdf_utils import generic

from esign.pdf.inspection import PdfInspection, inspect_pdf
from esign.pdf.revision_parts import Part, Way
from esign.pdf.signature_places import MAX_PLACES, signature_places
from tests.support.attacks.corpus import rows
from tests.support.attacks.doors import EVERY
from tests.support.attacks.library import Library
from tests.support.signed_pdf import (
    add_annotation,
    add_document_stamp,
    add_evidence,
    add_open_action,
    add_orphan,
    change_title,
    replace_attachment,
    replace_page_content,
    update,
)
from tests.support.testdata import outside
from trustkit.app.inspection_report import revision_rows
from trustkit.errors import ErrorCode, TrustError
from trustkit.texts.catalogue import Language

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    from tests.support.pki import PkiWorld
    from trustkit.error_family import Code


def told(found: PdfInspection, revision: int = -1) -> set[tuple[Part, Way, int]]:
    changes = found.revisions[revision].changes
    assert changes is not None
    return {(each.part, each.way, each.page) for each in changes}


def test_a_signed_file_has_its_revisions_and_says_what_signing_brought(page: bytes, signed: bytes) -> None:
    found = inspect_pdf(signed)
    assert (found.version, found.pages, found.trailing, found.trouble) == ("1.7", 1, 0, None)
    assert [(each.number, each.start, each.end) for each in found.revisions] == [
        (1, 0, len(page) + 1),
        (2, len(page) + 1, len(signed)),
    ]
    assert [each.signed_fields for each in found.revisions] == [(), ("Signature1",)]
    assert found.revisions[0].changes == ()
    brought = told(found)
    assert {(Part.SIGNATURE, Way.ADDED, 0), (Part.EVIDENCE, Way.ADDED, 0), (Part.FIELD, Way.ADDED, 1)} <= brought
    assert not {Part.PAGE, Part.OTHER, Part.ATTACHMENT, Part.RESOURCE} & {part for part, _, _ in brought}


def remove_title(writer: IncrementalPdfFileWriter) -> None:
    writer.root["/Pages"]["/Kids"][0]["/Rotate"] = generic.NumberObject(90)
    writer.update_container(writer.root["/Pages"]["/Kids"][0])


def rewrite_catalogue(writer: IncrementalPdfFileWriter) -> None:
    writer.update_root()


def lie_about_the_type(writer: IncrementalPdfFileWriter) -> None:
    page = writer.root["/Pages"]["/Kids"][0]
    lie = generic.StreamObject({generic.pdf_name("/Type"): generic.pdf_name("/Metadata")}, stream_data=b"0 0 9 9 re f")
    page["/Contents"] = writer.add_object(lie)
    writer.update_container(page)


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        (replace_page_content, {(Part.PAGE, Way.ADDED, 1), (Part.PAGE, Way.CHANGED, 1)}),
        (lie_about_the_type, {(Part.PAGE, Way.ADDED, 1), (Part.PAGE, Way.CHANGED, 1)}),
        (remove_title, {(Part.PAGE, Way.CHANGED, 1)}),
        (add_annotation, {(Part.ANNOTATION, Way.ADDED, 1), (Part.ANNOTATION, Way.CHANGED, 1)}),
        (add_open_action, {(Part.CATALOG, Way.CHANGED, 0), (Part.OTHER, Way.ADDED, 0)}),
        (change_title, {(Part.METADATA, Way.CHANGED, 0)}),
        (add_orphan, {(Part.OTHER, Way.ADDED, 0)}),
        (replace_attachment, {(Part.ATTACHMENT, Way.CHANGED, 0), (Part.OTHER, Way.ADDED, 0)}),
        (rewrite_catalogue, set()),
    ],
)
def test_what_a_revision_changed(
    signed: bytes, change: Callable[[IncrementalPdfFileWriter], None], parts: set[tuple[Part, Way, int]]
) -> None:
    found = inspect_pdf(update(signed, change))
    assert len(found.revisions) == 3
    assert told(found) == parts


def test_later_evidence_and_stamps_are_told_as_such(world: PkiWorld, signed: bytes) -> None:
    found = inspect_pdf(add_document_stamp(world, add_evidence(signed, world.crl(issuer=world.root).der)))
    assert told(found, 2) == {(Part.EVIDENCE, Way.ADDED, 0), (Part.EVIDENCE, Way.CHANGED, 0)}
    assert (Part.SIGNATURE, Way.ADDED, 0) in told(found, 3)
    assert [each.field_name for each in found.signatures] == ["Signature1", "Stamp1"]
    assert [each.end for each in found.revisions[:-1]] == [each.start for each in found.revisions[1:]]


def break_the_pages(writer: IncrementalPdfFileWriter) -> None:
    tree = writer.root["/Pages"]
    writer.root["/Kept"] = tree["/Kids"]
    tree["/Kids"] = generic.ArrayObject([writer.root.raw_get("/Pages")])
    writer.update_root()
    writer.update_container(tree)


def mend_the_pages(writer: IncrementalPdfFileWriter) -> None:
    tree = writer.root["/Pages"]
    tree["/Kids"] = writer.root["/Kept"]
    writer.update_container(tree)
    replace_page_content(writer)


def test_what_was_not_compared_is_never_called_unchanged(signed: bytes) -> None:
    """A revision that cannot be read hides what the next one changed; that one says so, and the one after is told again."""
    found = inspect_pdf(update(update(update(signed, break_the_pages), mend_the_pages), change_title))
    *_, broken, mended, titled = found.revisions
    assert broken.changes is None
    assert broken.note
    assert mended.changes is None
    assert mended.note == "not compared: revision 3 before it cannot be read"
    assert {(each.part, each.way) for each in titled.changes or ()} == {(Part.METADATA, Way.CHANGED)}
    for language, words in (
        (Language.EN, "not compared: revision 3 before it cannot be read"),
        (Language.ZH, "无法判断"),
    ):
        row = revision_rows(found, language)[3]
        assert words in row[3]


def test_octets_after_the_end_are_counted(signed: bytes) -> None:
    assert inspect_pdf(signed + b"rubbish").trailing == 7


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", ErrorCode.PDF_MALFORMED),
        (b"hello", ErrorCode.PDF_MALFORMED),
        (b"%PDF-1.7\n%%EOF", ErrorCode.PDF_MALFORMED),
        (b"%PDF-1.7\n" + b"<<" * 30_000 + b"\nstartxref\n9\n%%EOF", ErrorCode.PDF_MALFORMED),
    ],
    ids=["empty", "no PDF", "nothing in it", "deep"],
)
def test_what_is_no_pdf_gets_an_answer_too(data: bytes, code: Code) -> None:
    found = inspect_pdf(data)
    assert found.trouble is not None
    assert found.trouble.code is code
    assert (found.octets, found.revisions, found.signatures) == (len(data), (), ())
    assert dict(found.marks)["%%EOF"] == data.count(b"%%EOF")


def test_a_file_cut_anywhere_gets_an_answer(signed: bytes) -> None:
    for end in range(0, len(signed), 997):
        assert inspect_pdf(signed[:end]).octets == end


@pytest.mark.parametrize("every", [EVERY, pytest.param(1, marks=pytest.mark.slow)])
def test_every_attack_can_be_looked_at(every: int) -> None:
    library = Library()
    for row in rows()[::every]:
        data = row.build(library)
        found = inspect_pdf(data)
        assert found.trouble is not None or found.revisions, row.name
        with suppress(TrustError):  # nothing else may come of asking where signatures are shown
            assert len(signature_places(data)) <= MAX_PLACES, row.name
        ends = [each.end for each in found.revisions if each.end is not None]
        assert ends == sorted(ends), row.name
        assert all(end <= len(data) for end in ends), row.name


def test_a_page_that_somebody_replaced_is_named() -> None:
    path = outside("pdf/rfc5652_sm2_adbe.pkcs7.detached__page_replaced_by_incremental_update.pdf")
    found = inspect_pdf(path.read_bytes())
    assert told(found) == {(Part.PAGE, Way.CHANGED, 1)}
