"""Reading: every signature, attachment and piece of evidence is found; what is malformed or too much is refused."""

# pyHanko ships its types with gaps:
# mypy: allow-untyped-calls

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name

from esign.pdf import attachments, dss, fast, fields, limits, read, reader
from esign.pdf.model import CertificationLevel, ChangeKind, SignatureForm
from esign.pdf.read import read_pdf
from esign.pdf.verify import verify_pdf_signature, verify_signed_octets
from tests.support.attacks import documents
from tests.support.signed_pdf import LICENCE_DATA, replace_attachment, sign_sample, update
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    from tests.support.pki import PkiWorld
    from trustkit.error_family import Code


def test_a_signed_page(world: PkiWorld, signed: bytes) -> None:
    pdf = read_pdf(signed)
    (signature,) = pdf.signatures
    assert signature.form is SignatureForm.CMS
    assert (signature.filter, signature.sub_filter) == ("Adobe.PPKLite", "ETSI.CAdES.detached")
    assert signature.certification is CertificationLevel.NO_CHANGES
    assert signature.claimed_time == world.clock.now()
    assert signature.reason == "签发电子证照"
    assert signature.covers_whole_file
    assert signature.later_changes.kind is ChangeKind.NONE
    assert not signature.padding.strip(b"\0")
    assert (pdf.revisions, pdf.pages, pdf.uncovered, pdf.notes) == (2, 1, (), ())
    assert set(pdf.embedded_evidence.certificates) == {
        world.signer.der,
        world.issuing.der,
        world.root.der,
        world.tsa.der,
    }
    assert pdf.embedded_evidence.crls == (world.crl().der,) or len(pdf.embedded_evidence.crls) == 1


def test_the_attachment_of_a_licence(signed: bytes) -> None:
    pdf = read_pdf(signed)
    attachment = pdf.attachment("licence.json")
    assert attachment is not None
    assert attachment.data == LICENCE_DATA
    assert (attachment.media_type, attachment.relationship, attachment.description) == (
        "application/json",
        "Data",
        "metadata",
    )
    assert attachment.is_signed_by(pdf.signatures[0])
    assert pdf.attachment("other.json") is None


def test_a_replaced_attachment_lies_outside_the_signed_revision(signed: bytes) -> None:
    pdf = read_pdf(update(signed, replace_attachment))
    attachment = pdf.attachment("licence.json")
    assert attachment is not None
    assert not attachment.is_signed_by(pdf.signatures[0])


def test_an_unsigned_page(page: bytes) -> None:
    pdf = read_pdf(page)
    assert (pdf.signatures, pdf.uncovered, pdf.revisions) == ((), (), 1)
    assert pdf.attachment("licence.json") is not None


def _set(key: str, value: generic.PdfObject) -> Callable[[IncrementalPdfFileWriter], None]:
    def change(writer: IncrementalPdfFileWriter) -> None:
        signature = writer.root["/AcroForm"]["/Fields"][0]["/V"]
        signature[pdf_name(key)] = value
        writer.update_container(signature)

    return change


@pytest.mark.parametrize("value", ["/Vendor.Unheard", "/GM.sm2seal", "/ETSI.CAdES.attached"])
def test_unknown_sub_filters_are_reported_and_judged_by_structure(signed: bytes, value: str) -> None:
    pdf = read_pdf(update(signed, _set("/SubFilter", pdf_name(value))))
    (signature,) = pdf.signatures
    assert (signature.sub_filter, signature.form) == (value[1:], SignatureForm.CMS)


def test_a_field_without_a_signature_dictionary_is_reported(signed: bytes) -> None:
    def change(writer: IncrementalPdfFileWriter) -> None:
        field = writer.root["/AcroForm"]["/Fields"][0]
        field["/V"] = generic.pdf_string("signed, honestly")
        writer.update_container(field)

    pdf = read_pdf(update(signed, change))
    (signature,) = pdf.signatures
    assert (signature.form, signature.byte_range, signature.contents) == (SignatureForm.UNKNOWN, (), b"")
    assert len(pdf.uncovered) == 1
    with pytest.raises(TrustError) as caught:
        verify_signed_octets(pdf, signature)
    assert caught.value.code is ErrorCode.PDF_SIGNATURE_FORM


def test_a_signature_that_no_field_reaches_is_named(signed: bytes) -> None:
    def change(writer: IncrementalPdfFileWriter) -> None:
        form = writer.root["/AcroForm"]
        form["/Fields"] = generic.ArrayObject()
        writer.update_container(form)

    pdf = read_pdf(update(signed, change))
    assert pdf.signatures == ()
    assert len(pdf.uncovered) == 1
    assert "reached by no signature field" in pdf.uncovered[0]


def test_the_old_copy_of_a_rewritten_signature_is_named(signed: bytes) -> None:
    pdf = read_pdf(update(signed, _set("/Reason", generic.pdf_string("another"))))
    assert len(pdf.signatures) == 1
    assert len(pdf.uncovered) == 1


def test_sha1_sub_filters_are_refused(signed: bytes) -> None:
    pdf = read_pdf(update(signed, _set("/SubFilter", pdf_name("/adbe.pkcs7.sha1"))))
    with pytest.raises(TrustError) as caught:
        verify_signed_octets(pdf, pdf.signatures[0])
    assert caught.value.code is ErrorCode.ALGORITHM_WEAK


def test_two_signatures_come_in_order(world: PkiWorld, approved: bytes) -> None:
    both = sign_sample(world, approved, certification=None, field_name="A", box=(50, 50, 150, 150))
    pdf = read_pdf(both)
    assert [signature.field_name for signature in pdf.signatures] == ["Signature1", "A"]
    assert [signature.covers_whole_file for signature in pdf.signatures] == [False, True]
    for signature in pdf.signatures:
        verify_pdf_signature(pdf, signature)
    assert pdf.signatures[0].later_changes.kind is ChangeKind.ALLOWED


def test_damaged_evidence_is_a_note(signed: bytes) -> None:
    def change(writer: IncrementalPdfFileWriter) -> None:
        writer.root["/DSS"]["/Certs"] = generic.ArrayObject([generic.pdf_string("not a stream")])
        writer.update_container(writer.root["/DSS"])

    pdf = read_pdf(update(signed, change))
    assert pdf.embedded_evidence.certificates == ()
    assert any("document security store" in note for note in pdf.notes)


def test_damaged_attachments_are_a_note(signed: bytes) -> None:
    def change(writer: IncrementalPdfFileWriter) -> None:
        writer.root["/AF"] = generic.ArrayObject([generic.pdf_string("not a file")])
        writer.update_root()

    pdf = read_pdf(update(signed, change))
    assert pdf.attachments == ()
    assert any("attachments" in note for note in pdf.notes)


ENCRYPTED = b"""%PDF-1.4
1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj
2 0 obj <</Type/Pages/Kids[]/Count 0>> endobj
3 0 obj <</Filter/Standard/V 1/R 2/P -4/O<00>/U<00>>> endobj
"""


def _with_table(body: bytes, trailer: bytes) -> bytes:
    offsets = [body.index(b"%d 0 obj" % number) for number in range(1, body.count(b" obj") + 1)]
    table = b"xref\n0 %d\n0000000000 65535 f \n" % (len(offsets) + 1)
    table += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return (
        body
        + table
        + b"trailer\n<</Size %d%s>>\nstartxref\n%d\n%%%%EOF\n"
        % (
            len(offsets) + 1,
            trailer,
            len(body),
        )
    )


def test_an_encrypted_file_is_refused_by_name() -> None:
    with pytest.raises(TrustError) as caught:
        read_pdf(_with_table(ENCRYPTED, b"/Root 1 0 R/Encrypt 3 0 R/ID[<00><00>]"))
    assert caught.value.code is ErrorCode.PDF_ENCRYPTED


_CATALOG = b"%PDF-1.7\n1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj\n"
_ROOT = b"/Root 1 0 R"
MALFORMED = {
    "empty": b"",
    "text": b"just a letter",
    "no header": b"x" + _with_table(_CATALOG, _ROOT),
    "header only": b"%PDF-1.7\n",
    "no trailer": b"%PDF-1.7\n1 0 obj <<>> endobj\n%%EOF\n",
    "no root": _with_table(_CATALOG, b""),
    "no pages": _with_table(b"%PDF-1.7\n1 0 obj <</Type/Catalog>> endobj\n", _ROOT),
    "pages is a number": _with_table(_CATALOG + b"2 0 obj 7 endobj\n", _ROOT),
    "page tree in a circle": _with_table(_CATALOG + b"2 0 obj <</Kids[2 0 R]>> endobj\n", _ROOT),
    "startxref loop": b"%PDF-1.7\nxref\n0 0\ntrailer\n<</Size 1/Prev 9>>\nstartxref\n9\n%%EOF\n",
    "field in a circle": _with_table(
        b"%PDF-1.7\n1 0 obj <</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[3 0 R]>>>> endobj\n"
        b"2 0 obj <</Kids[]>> endobj\n3 0 obj <</T(a)/Kids[3 0 R]>> endobj\n",
        _ROOT,
    ),
}


@pytest.mark.parametrize("octets", MALFORMED.values(), ids=MALFORMED.keys())
def test_malformed_files_are_refused(octets: bytes) -> None:
    with pytest.raises(TrustError) as caught:
        read_pdf(octets)
    assert caught.value.code is ErrorCode.PDF_MALFORMED


def _deep_page_tree(depth: int) -> bytes:
    nodes = b"".join(b"%d 0 obj <</Kids[%d 0 R]>> endobj\n" % (n, n + 1) for n in range(2, depth + 2))
    return _with_table(_CATALOG + nodes + b"%d 0 obj <<>> endobj\n" % (depth + 2), _ROOT)


def _nested_arrays(depth: int) -> bytes:
    return _with_table(_CATALOG + b"2 0 obj " + b"[" * depth + b"]" * depth + b" endobj\n", _ROOT)


def _announced_entries() -> bytes:
    """A cross-reference stream of no octets that announces a thousand million objects."""
    body = _CATALOG
    stream = b"2 0 obj <</Type/XRef/W[0 0 0]/Index[0 1000000000]/Size 1000000001/Root 1 0 R/Length 0>>stream\n\nendstream endobj\n"
    return body + stream + b"startxref\n%d\n%%%%EOF\n" % len(body)


def _many_entries() -> bytes:
    return _announced_entries().replace(b"/W[0 0 0]", b"/W[1 0 0]")


def _chain_of_sections(count: int) -> bytes:
    octets = bytearray(b"%PDF-1.7\n")
    previous = b""
    for _ in range(count):
        at = len(octets)
        octets += b"xref\n0 0\ntrailer\n<</Size 1" + previous + b">>\n"
        previous = b"/Prev %d" % at
    return bytes(octets) + b"startxref\n%d\n%%%%EOF\n" % at


def _long_table(count: int) -> bytes:
    rows = b"0000000000 65535 f \n" + b"0000000009 00000 n \n" * (count - 1)
    trailer = b"trailer\n<</Size %d/Root 1 0 R>>\n" % count
    return b"%%PDF-1.7\nxref\n0 %d\n" % count + rows + trailer + b"startxref\n9\n%%EOF\n"


TOO_MUCH = {
    "page tree depth": (_deep_page_tree(limits.MAX_PAGE_TREE_DEPTH + 2), ErrorCode.PDF_LIMIT),
    "nesting": (_nested_arrays(100_000), ErrorCode.PDF_LIMIT),
    "entries without width": (_announced_entries(), ErrorCode.PDF_MALFORMED),
    "entries": (_many_entries(), ErrorCode.PDF_LIMIT),
    "revisions": (_chain_of_sections(limits.MAX_REVISIONS + 1), ErrorCode.PDF_LIMIT),
    "table entries": (_long_table(limits.MAX_OBJECTS + 1), ErrorCode.PDF_LIMIT),
}


@pytest.mark.parametrize(("octets", "code"), TOO_MUCH.values(), ids=TOO_MUCH.keys())
def test_work_is_bounded(octets: bytes, code: Code) -> None:
    with pytest.raises(TrustError) as caught:
        read_pdf(octets)
    assert caught.value.code is code


@pytest.mark.parametrize(
    ("module", "bound"),
    [
        (reader, "MAX_PDF_OCTETS"),
        (reader, "MAX_DEREFERENCES"),
        (reader, "MAX_OBJECTS"),
        (read, "MAX_SIGNATURES"),
        (read, "_MAX_BYTE_RANGES"),
        (fields, "MAX_SIGNATURE_OCTETS"),
    ],
)
def test_each_bound_bites(signed: bytes, monkeypatch: pytest.MonkeyPatch, module: object, bound: str) -> None:
    monkeypatch.setattr(module, bound, 0)
    monkeypatch.setattr(read, "open_fast", lambda _: None)
    with pytest.raises(TrustError) as caught:
        read_pdf(signed)
    assert caught.value.code is ErrorCode.PDF_LIMIT


@pytest.mark.parametrize(
    "bound", ["MAX_PDF_OCTETS", "MAX_OBJECTS", "MAX_REVISIONS", "MAX_SIGNATURE_OCTETS", "MAX_STEPS"]
)
def test_beyond_a_bound_the_fast_way_decides_nothing(
    signed: bytes, monkeypatch: pytest.MonkeyPatch, bound: str
) -> None:
    assert read.read_quickly(signed) is not None
    monkeypatch.setattr(fast, bound, 0)
    assert read.read_quickly(signed) is None


@pytest.mark.parametrize(("module", "bound"), [(attachments, "MAX_ATTACHMENTS"), (dss, "MAX_EVIDENCE_ITEMS")])
def test_bounds_beside_the_signature_are_notes(
    signed: bytes, monkeypatch: pytest.MonkeyPatch, module: object, bound: str
) -> None:
    monkeypatch.setattr(module, bound, 0)
    assert len(read_pdf(signed).notes) == 1


@pytest.mark.parametrize(
    ("catalogue", "told"),
    [
        (b"", ()),
        (b"/Collection << /Type /Collection /View /T >>", ("portfolio",)),
        (b"/AcroForm << /Fields [] /XFA (template) >>", ("XFA",)),
        (b"/AcroForm << /Fields [] >> /OpenAction [3 0 R /Fit]", ()),
        (b"/OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >>", ("scripts",)),
        (b"/Names << /JavaScript << /Names [] >> >> /Collection << >>", ("portfolio", "scripts")),
        (b"/AA << /WS << /S /JavaScript /JS (1) >> >> /Collection null", ("scripts",)),
        (b"/OpenAction (JavaScript) /AA null", ()),
        (b"/OpenAction 99 0 R", ("cannot be read",)),
    ],
)
def test_what_makes_readers_show_something_else_is_noted(catalogue: bytes, told: tuple[str, ...]) -> None:
    notes = read_pdf(documents.contract(catalogue=catalogue)).notes
    assert len(notes) == len(told)
    assert all(word in note for word, note in zip(told, notes, strict=True))
