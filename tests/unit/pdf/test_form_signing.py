"""Fields that are there already, their locks and seed values, several signers in order, and files nobody may sign."""

# pyHanko ships its types with gaps:
# mypy: allow-untyped-calls

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pyhanko.pdf_utils import generic
from pyhanko.sign.fields import (
    MDPPerm,
    SigFieldSpec,
)

from esign.pdf.form import form_fields
from esign.pdf.message import longest_signature
from esign.pdf.model import CertificationLevel, ChangeKind, FieldLock, LockAction
from esign.pdf.read import read_pdf
from esign.pdf.reader import open_reader
from esign.pdf.request import PdfForm
from esign.pdf.verify import verify_pdf_signature
from tests.support.attacks import leaning, structure
from tests.support.attacks.library import Library
from tests.support.pki import PkiWorld
from tests.support.signed_forms import ALL, BOX, PLAIN, fill_text, refusal, signed, with_fields, with_texts
from tests.support.signed_pdf import SEAL, add_document_stamp, replace_page_content, sign_anyway, sign_sample, update
from trustkit.crypto.public_key import KeyKind
from trustkit.crypto.suites import SignatureSuite
from trustkit.custody.private_key import generate_key
from trustkit.errors import ErrorCode

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    from trustkit.error_family import Code


def test_the_only_empty_field_is_signed_where_it_lies(world: PkiWorld, page: bytes) -> None:
    form = with_fields(page, SigFieldSpec("甲方", box=BOX))
    pdf = signed(world, form)
    assert [each.field_name for each in pdf.signatures] == ["甲方"]
    assert len(form_fields(open_reader(pdf.data).root)) == 1


def test_a_drawing_goes_into_the_field_that_is_there(world: PkiWorld, page: bytes) -> None:
    form = with_fields(page, SigFieldSpec("a", box=BOX), SigFieldSpec("b"))
    pdf = signed(world, form, field_name="a", existing_field=True, appearance=SEAL)
    (field,) = (each for each in form_fields(open_reader(pdf.data).root) if each.name == "a")
    drawn = field.reference.get_object()["/AP"]["/N"]
    assert SEAL.operators in drawn.data
    assert refusal(world, form, field_name="b", appearance=SEAL).code is ErrorCode.USAGE


def test_a_new_field_gets_the_next_free_name(world: PkiWorld, page: bytes) -> None:
    once = signed(world, page)
    twice = signed(world, once.data)
    assert [each.field_name for each in twice.signatures] == ["Signature1", "Signature2"]
    boxed = signed(world, with_fields(page, SigFieldSpec("a")), box=BOX)
    assert [each.field_name for each in boxed.signatures] == ["Signature1"]


@pytest.mark.slow
def test_ten_sign_one_after_the_other(world: PkiWorld, page: bytes) -> None:
    octets = page
    for number in range(10):
        octets = sign_sample(world, octets, **PLAIN)
        assert len(read_pdf(octets).signatures) == number + 1
    pdf = read_pdf(octets)
    assert {verify_pdf_signature(pdf, each).changes.kind for each in pdf.signatures[:-1]} == {ChangeKind.ALLOWED}


def test_a_signature_after_a_document_time_stamp(world: PkiWorld, page: bytes) -> None:
    stamped = add_document_stamp(world, signed(world, page).data)
    assert len(signed(world, stamped).signatures) == 3


LOCKS = [
    FieldLock(action=LockAction.ALL),
    FieldLock(action=LockAction.INCLUDE, fields=("one",)),
    FieldLock(action=LockAction.EXCLUDE, fields=("two",)),
    FieldLock(action=LockAction.INCLUDE, fields=("one",), level=CertificationLevel.FORM_FILLING),
]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.action.value)
def test_a_lock_holds_what_it_names(world: PkiWorld, page: bytes, lock: FieldLock) -> None:
    pdf = signed(world, with_texts(page, "one", "two"), lock=lock)
    assert pdf.signatures[0].lock == lock
    one, two = (read_pdf(fill_text(pdf.data, number, "later")).signatures[0] for number in (0, 1))
    assert one.later_changes.kind is ChangeKind.FORBIDDEN
    assert (two.later_changes.kind is ChangeKind.FORBIDDEN) is (lock.action is LockAction.ALL)


def test_a_lock_may_forbid_all_further_signatures(world: PkiWorld, page: bytes) -> None:
    last = FieldLock(action=LockAction.ALL, level=CertificationLevel.NO_CHANGES)
    pdf = signed(world, page, lock=last)
    assert pdf.signatures[0].certification is CertificationLevel.NO_CHANGES
    assert refusal(world, pdf.data).code is ErrorCode.PDF_FORBIDS


def test_the_lock_of_a_field_is_carried_out(world: PkiWorld, page: bytes) -> None:
    last = SigFieldSpec("last", field_mdp_spec=ALL, doc_mdp_update_value=MDPPerm.NO_CHANGES)
    form = with_fields(page, SigFieldSpec("first"), last)
    first = signed(world, form, field_name="first")
    both = signed(world, first.data, field_name="last")
    own = FieldLock(action=LockAction.ALL, level=CertificationLevel.NO_CHANGES)
    assert both.signatures[1].lock == own
    assert refusal(world, both.data).code is ErrorCode.PDF_FORBIDS
    assert signed(world, form, field_name="last", lock=own).signatures[0].lock == own
    other = FieldLock(action=LockAction.ALL)
    assert refusal(world, form, field_name="last", lock=other).code is ErrorCode.USAGE


def test_a_locked_signature_field_is_not_signed(world: PkiWorld, page: bytes) -> None:
    form = with_fields(page, SigFieldSpec("a"), SigFieldSpec("b"))
    lock = FieldLock(action=LockAction.INCLUDE, fields=("b",))
    pdf = signed(world, form, field_name="a", lock=lock)
    assert refusal(world, pdf.data, field_name="b").code is ErrorCode.PDF_FORBIDS


@pytest.mark.parametrize("level", list(CertificationLevel))
def test_every_level_of_certification(world: PkiWorld, page: bytes, level: CertificationLevel) -> None:
    pdf = signed(world, page, certification=level)
    assert pdf.signatures[0].certification is level
    if level is CertificationLevel.NO_CHANGES:
        assert refusal(world, pdf.data).code is ErrorCode.PDF_FORBIDS
    else:
        assert len(signed(world, pdf.data).signatures) == 2
        seen = refusal(world, pdf.data, box=BOX)  # before a key is used
        assert (seen.code, seen.detail) == (
            ErrorCode.PDF_FORBIDS,
            "an earlier signature allows no new field that is seen",
        )


@pytest.mark.parametrize("kind", [KeyKind.SM2, KeyKind.RSA, KeyKind.EC_P384, KeyKind.ED25519, KeyKind.ML_DSA_65])
def test_every_kind_of_key_fits_its_room(kind: KeyKind, page: bytes) -> None:
    world = PkiWorld(kind=kind)
    pdf = signed(world, page)
    assert verify_pdf_signature(pdf, pdf.signatures[0]).octets.suite.key_kind is kind
    assert len(pdf.signatures[0].padding) < 100  # room for what comes, and hardly more


def test_rsa_signs_by_pss(page: bytes) -> None:
    world = PkiWorld(kind=KeyKind.RSA)
    key = generate_key(KeyKind.RSA)
    signer = key.signer(SignatureSuite.RSA_PSS_SHA256)
    pdf = signed(world, page, signer=signer, certificate=world.issue("pss", signer=signer).certificate)
    assert verify_pdf_signature(pdf, pdf.signatures[0]).octets.suite is SignatureSuite.RSA_PSS_SHA256


@pytest.mark.parametrize("kind", [KeyKind.ML_DSA_44, KeyKind.ML_DSA_87, KeyKind.EC_P256])
def test_the_longest_signature_is_known(kind: KeyKind) -> None:
    signer = generate_key(kind).signer()
    assert 0 <= longest_signature(signer.public_key) - len(signer.sign(b"message")) < 10


def test_the_form_of_gbt_35275(world: PkiWorld, page: bytes) -> None:
    pdf = signed(world, page, form=PdfForm.GBT35275)
    found = pdf.signatures[0]
    octets = verify_pdf_signature(pdf, found).octets
    assert (found.sub_filter, octets.form, octets.claimed_time) == (
        "adbe.pkcs7.detached",
        "gbt35275",
        world.clock.now(),
    )
    assert refusal(PkiWorld(kind=KeyKind.EC_P256), page, form=PdfForm.GBT35275).code is ErrorCode.ALGORITHM_MISMATCH


def _xfa(writer: IncrementalPdfFileWriter) -> None:
    writer.root["/AcroForm"]["/XFA"] = writer.add_object(generic.StreamObject(stream_data=b"<xdp/>"))
    writer.update_container(writer.root["/AcroForm"])


def _twin(writer: IncrementalPdfFileWriter) -> None:
    fields = writer.root["/AcroForm"]["/Fields"]
    fields.append(writer.add_object(generic.DictionaryObject(dict(fields[0].items()))))
    writer.update_container(fields)


def _loop(writer: IncrementalPdfFileWriter) -> None:
    field = writer.root["/AcroForm"]["/Fields"].raw_get(0)
    field.get_object()["/Kids"] = generic.ArrayObject([field])
    writer.update_container(field.get_object())


def _no_fields(writer: IncrementalPdfFileWriter) -> None:
    writer.root["/AcroForm"]["/Fields"] = generic.NumberObject(7)
    writer.update_container(writer.root["/AcroForm"])


BUILT_BADLY: list[tuple[Callable[[IncrementalPdfFileWriter], None], Code]] = [
    (_xfa, ErrorCode.PDF_UNSIGNABLE),
    (_twin, ErrorCode.PDF_UNSIGNABLE),
    (_loop, ErrorCode.PDF_MALFORMED),
    (_no_fields, ErrorCode.PDF_MALFORMED),
]


@pytest.mark.parametrize(("change", "code"), BUILT_BADLY, ids=[row[0].__name__ for row in BUILT_BADLY])
def test_files_nobody_should_sign(
    world: PkiWorld, page: bytes, change: Callable[[IncrementalPdfFileWriter], None], code: Code
) -> None:
    form = update(with_texts(page, "one"), change)
    assert refusal(world, form).code is code


def test_files_two_readers_see_differently() -> None:
    library = Library()
    for build, code in ((structure.hybrid, ErrorCode.PDF_UNSIGNABLE), (structure.encrypted, ErrorCode.PDF_ENCRYPTED)):
        assert refusal(library.world, build(library)).code is code


@pytest.mark.parametrize("octets", [leaning.with_place_behind(), leaning.with_object_beyond()], ids=["place", "size"])
def test_files_whose_objects_are_not_all_inside(world: PkiWorld, octets: bytes) -> None:
    assert refusal(world, octets).code is ErrorCode.PDF_UNSIGNABLE


def test_nobody_signs_what_others_broke(world: PkiWorld, page: bytes) -> None:
    once = signed(world, page).data
    for bad in (
        update(once, replace_page_content),
        once.replace(b"/Reason", b"/Raison"),
        sign_anyway(world, once) + b"x",
    ):
        assert refusal(world, bad).code is ErrorCode.PDF_SIGNED_BADLY


WORDS: list[tuple[dict[str, object], Code]] = [
    ({"field_name": "c", "existing_field": True}, ErrorCode.PDF_FIELD),
    ({"field_name": "text", "existing_field": True}, ErrorCode.PDF_FIELD),
    ({"field_name": None}, ErrorCode.USAGE),
    ({"field_name": "a", "box": BOX}, ErrorCode.USAGE),
    ({"field_name": "a", "lock": FieldLock(action=LockAction.INCLUDE, fields=("nobody",))}, ErrorCode.USAGE),
    ({"field_name": "a", "lock": FieldLock(action=LockAction.INCLUDE)}, ErrorCode.USAGE),
    ({"field_name": "a", "lock": FieldLock(action=LockAction.ALL, fields=("b",))}, ErrorCode.USAGE),
]


@pytest.mark.parametrize(("changes", "code"), WORDS, ids=[str(index) for index in range(len(WORDS))])
def test_words_that_do_not_fit_the_form(world: PkiWorld, page: bytes, changes: dict[str, object], code: Code) -> None:
    form = with_fields(with_texts(page, "text"), SigFieldSpec("a"), SigFieldSpec("b"))
    assert refusal(world, form, **changes).code is code


def test_a_field_that_is_read_only_is_nobodys_to_sign(world: PkiWorld, page: bytes) -> None:
    def close(writer: IncrementalPdfFileWriter) -> None:
        field = writer.root["/AcroForm"]["/Fields"][0]
        field["/Ff"] = generic.NumberObject(1)
        writer.update_container(field)

    closed = update(with_fields(page, SigFieldSpec("a")), close)
    assert refusal(world, closed, field_name="a", existing_field=True).code is ErrorCode.PDF_FIELD
    assert [each.field_name for each in signed(world, closed).signatures] == ["Signature1"]
