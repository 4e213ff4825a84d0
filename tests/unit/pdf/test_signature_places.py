"""Where signatures are shown on their pages."""

# pyHanko ships its types with gaps:
# mypy: allow-untyped-calls

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pyhanko.pdf_utils import generic

from esign.pdf import signature_places as module
from esign.pdf.pages import pages_of
from esign.pdf.read import read_pdf
from esign.pdf.reader import open_reader
from esign.pdf.signature_places import signature_places
from tests.support.signed_pdf import sign_sample, update
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    from tests.support.pki import PkiWorld


def turn_page(writer: IncrementalPdfFileWriter) -> None:
    page = writer.root["/Pages"]["/Kids"][0]
    page["/Rotate"] = generic.NumberObject(90)
    writer.update_container(page)


def open_pdf_size(data: bytes) -> tuple[float, float]:
    (page,) = pages_of(open_reader(data).root)
    return page.width, page.height


def test_a_seal_has_its_place_on_its_page(signed: bytes, page: bytes) -> None:
    assert signature_places(page) == ()
    (place,) = signature_places(signed)
    (signature,) = read_pdf(signed).signatures
    left, bottom, right, top = (380, 90, 500, 210)  # of the sample's request
    width, height = open_pdf_size(signed)
    assert (place.field_name, place.page) == (signature.field_name, 0)
    assert place.part == pytest.approx((left / width, 1 - top / height, right / width, 1 - bottom / height))


def test_a_signature_without_an_area_has_no_place(world: PkiWorld, page: bytes) -> None:
    assert signature_places(sign_sample(world, page, box=None, appearance=None)) == ()


def test_a_place_turns_with_its_page(signed: bytes) -> None:
    turned = update(signed, turn_page)
    (was,), (place,) = signature_places(signed), signature_places(turned)
    left, top, right, bottom = was.part
    assert place.part == pytest.approx((1 - bottom, left, 1 - top, right))  # by a quarter, clockwise


def test_places_are_counted(signed: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_PLACES", 0)
    assert signature_places(signed) == ()
    monkeypatch.undo()
    monkeypatch.setattr(module, "MAX_LOOKED_AT", 0)
    assert signature_places(signed) == ()


def test_pages_that_share_one_long_list_cost_no_more_than_one(signed: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    def share(writer: IncrementalPdfFileWriter) -> None:
        tree = writer.root["/Pages"]
        page = tree["/Kids"][0]
        page["/Annots"] = writer.add_object(generic.ArrayObject([page["/Annots"].raw_get(0)] * 300))
        for _ in range(20):
            tree["/Kids"].append(writer.add_object(generic.DictionaryObject(page)))
        writer.update_container(page)
        writer.update_container(tree)

    data = update(signed, share)
    looked: list[int] = []
    monkeypatch.setattr(module, "box_of", lambda _: looked.append(1))  # none has an area
    assert signature_places(data) == ()
    assert len(looked) == 21 * 300
    looked.clear()
    monkeypatch.setattr(module, "MAX_LOOKED_AT", 1000)
    assert signature_places(data) == ()
    assert len(looked) == 1000


@pytest.mark.parametrize(
    ("data", "code"), [(b"", ErrorCode.PDF_MALFORMED), (b"%PDF-1.7\n%%EOF", ErrorCode.PDF_MALFORMED)]
)
def test_what_is_no_pdf_is_refused(data: bytes, code: ErrorCode) -> None:
    with pytest.raises(TrustError) as caught:
        signature_places(data)
    assert caught.value.code is code
