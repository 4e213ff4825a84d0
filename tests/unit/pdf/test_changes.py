"""Later revisions that a certified file may get, and the work that comparing revisions may cost."""

# pyHanko ships its types with gaps:
# mypy: allow-untyped-calls

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from pyhanko.pdf_utils import generic

from esign.pdf.model import CertificationLevel, ChangeKind, SignatureForm
from esign.pdf.read import read_pdf
from esign.pdf.reader import told
from esign.pdf.verify import verify_pdf_signature, verify_signed_octets
from tests.support.attacks.additions import with_field
from tests.support.attacks.documents import FREE, RESOURCES, append, body_of, contract, stream
from tests.support.attacks.library import Library
from tests.support.attacks.surgery import listing
from tests.support.signed_pdf import (
    add_document_stamp,
    add_evidence,
    change_title,
    sign_anyway,
    sign_sample,
    update,
)
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    from tests.support.pki import PkiWorld


def test_validation_material_is_allowed(world: PkiWorld, signed: bytes) -> None:
    pdf = read_pdf(add_evidence(signed, world.crl(number=7).der))
    intact = verify_pdf_signature(pdf, pdf.signatures[0])
    assert intact.changes.kind is ChangeKind.ALLOWED
    assert not pdf.signatures[0].covers_whole_file
    assert len(pdf.embedded_evidence.crls) == 2


def test_a_document_time_stamp_is_allowed_and_is_a_signature_itself(world: PkiWorld, signed: bytes) -> None:
    pdf = read_pdf(add_document_stamp(world, add_evidence(signed, world.crl(number=7).der)))
    certified, stamp = pdf.signatures
    assert (certified.form, stamp.form) == (SignatureForm.CMS, SignatureForm.RFC3161)
    assert verify_pdf_signature(pdf, certified).changes.kind is ChangeKind.ALLOWED
    octets = verify_pdf_signature(pdf, stamp).octets
    assert (octets.form, octets.certificate, octets.claimed_time) == (
        "rfc3161",
        world.tsa.certificate,
        world.clock.now(),
    )
    assert octets.token is not None


def test_a_time_stamp_over_other_octets_is_refused(world: PkiWorld, signed: bytes) -> None:
    pdf = read_pdf(add_document_stamp(world, signed, over=b"something else"))
    with pytest.raises(TrustError) as caught:
        verify_signed_octets(pdf, pdf.signatures[1])
    assert caught.value.code is ErrorCode.TIMESTAMP_IMPRINT


def note_saving(writer: IncrementalPdfFileWriter) -> None:
    """What software writes of itself at each saving."""
    information = writer.trailer["/Info"]
    information["/ModDate"] = generic.pdf_string("D:20261202000000Z")
    writer.update_container(information)


def test_metadata_may_change_only_where_nothing_is_certified(approved: bytes, signed: bytes) -> None:
    changed = read_pdf(update(approved, note_saving))
    assert verify_pdf_signature(changed, changed.signatures[0]).changes.kind is ChangeKind.ALLOWED
    for octets, change in ((signed, note_saving), (signed, change_title), (approved, change_title)):
        assert read_pdf(update(octets, change)).signatures[0].later_changes.kind is ChangeKind.FORBIDDEN


def test_form_filling_is_allowed_where_the_certification_says_so(world: PkiWorld, page: bytes) -> None:
    filled = sign_sample(world, page, certification=CertificationLevel.FORM_FILLING)
    both = sign_sample(world, filled, certification=None, field_name="Second", box=None, appearance=None)
    pdf = read_pdf(both)
    assert pdf.signatures[0].certification is CertificationLevel.FORM_FILLING
    assert verify_pdf_signature(pdf, pdf.signatures[0]).changes.kind is ChangeKind.ALLOWED


def test_a_new_drawing_on_a_certified_page_is_refused(world: PkiWorld, page: bytes) -> None:
    filled = sign_sample(world, page, certification=CertificationLevel.FORM_FILLING)
    pdf = read_pdf(sign_anyway(world, filled, box=(50, 50, 150, 150)))
    assert pdf.signatures[0].later_changes.kind is ChangeKind.FORBIDDEN


def test_only_annotations_keep_their_order() -> None:
    library = Library()
    material = {
        60: stream(library.world.issuing.der),
        61: stream(library.world.root.der),
        62: b"[60 0 R 61 0 R]",
        63: b"<< /Type /DSS /Certs 62 0 R >>",
    }
    signed = library.approve(contract(material, catalogue=b"/DSS 63 0 R"), crls=(), evidence_certificates=())
    field = with_field(signed, b"/Subtype /Widget /F 132", box=b"[0 0 0 0]", more={62: b"[61 0 R 60 0 R]"})
    pdf = read_pdf(field)
    assert verify_pdf_signature(pdf, pdf.signatures[0]).changes.kind is ChangeKind.ALLOWED


@pytest.mark.parametrize("direct", [True, False])
def test_annotations_keep_their_order_behind_references(*, direct: bool) -> None:
    """Direct: the page refers to the array; else to a reference to it, which pyHanko's rules do not know."""
    library = Library()
    note = b"<< /Type /Annot /Subtype /Square /Rect [100 100 200 200] /IC [1 %d 1] /P 3 0 R >>"
    array = 63 if direct else 64
    objects = {60: note % 0, 61: note % 1, 63: b"64 0 R", array: b"[60 0 R 61 0 R]"}
    # who signs with no widget on the page leaves its array alone
    signed = library.certify(contract(objects, page=RESOURCES + b" /Annots 63 0 R"), CertificationLevel.FORM_FILLING)
    listed = re.search(rb"\[[^]]*60 0 R[^]]*\]", body_of(signed, array))
    assert listed is not None
    moved = listed[0].replace(b"60 0 R", b"X").replace(b"61 0 R", b"60 0 R").replace(b"X", b"61 0 R")
    field = b"<< /Type /Annot /FT /Sig /T (Later) /Rect [0 0 0 0] /P 3 0 R /Subtype /Widget /F 132 >>"
    later = {FREE: field, array: moved[:-1] + b" %d 0 R]" % FREE, **listing(signed, FREE)}
    pdf = read_pdf(append(signed, later))
    changes = pdf.signatures[0].later_changes
    assert changes.kind is ChangeKind.FORBIDDEN
    assert ("another order" if direct else "unexplained") in changes.detail


def test_exponentially_many_paths_are_refused(world: PkiWorld, page: bytes) -> None:
    """Forty objects, each referring twice to the next: 2^40 paths, and an analysis that would walk them all."""

    def plant(writer: IncrementalPdfFileWriter) -> None:
        below = writer.add_object(generic.ArrayObject())
        for _ in range(40):
            below = writer.add_object(generic.ArrayObject([below, below]))
        writer.root["/Maze"] = below
        writer.update_root()

    signed = sign_sample(world, update(page, plant))
    pdf = read_pdf(signed)
    verify_pdf_signature(pdf, pdf.signatures[0])
    with pytest.raises(TrustError) as caught:
        read_pdf(add_evidence(signed, world.crl(number=7).der))
    assert caught.value.code is ErrorCode.PDF_LIMIT


def test_a_refusal_names_no_place_in_memory(signed: bytes) -> None:
    """What pyHanko prints of a value holds its address: nobody's business, and another one each time."""

    def mark(writer: IncrementalPdfFileWriter) -> None:
        marked = generic.DictionaryObject({generic.pdf_name("/Marked"): generic.NullObject()})
        writer.root[generic.pdf_name("/MarkInfo")] = marked
        writer.update_root()

    later = update(signed, mark)
    details = {read_pdf(later).signatures[0].later_changes.detail for _ in range(2)}
    assert len(details) == 1
    assert "0x" not in details.pop()


def test_what_pyhanko_says_is_told_the_same_each_time() -> None:
    found = told(ValueError("Dict keys differ: {'/b', '/a'} vs. {'/c'} <X object at 0x7f00>"))
    assert found == "Dict keys differ: {'/a', '/b'} vs. {'/c'} <X>"
    shared = told(ValueError("Reference(idnum=14, generation=0) is also used in AbsoluteContext(path=…)"))
    assert shared == "an object is also used elsewhere"
