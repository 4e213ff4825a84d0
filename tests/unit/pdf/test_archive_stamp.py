"""Archive time stamps put into files: what is added, what stays, and what is refused."""

# pyHanko ships its types with gaps:
# mypy: allow-untyped-calls

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.writer import PdfFileWriter
from pyhanko.sign.fields import SigFieldSpec

from esign.pdf.archive import ArchiveOrder, add_archive_stamp
from esign.pdf.dss import MAX_EVIDENCE_ITEMS
from esign.pdf.limits import MAX_SIGNATURE_OCTETS
from esign.pdf.model import CertificationLevel, ChangeKind, FieldLock, LockAction, SignatureForm
from esign.pdf.read import read_pdf
from esign.pdf.verify import verify_pdf_signature
from tests.support.pdfa import pdfa_failures
from tests.support.pki import PkiWorld
from tests.support.signed_forms import with_fields
from tests.support.signed_pdf import add_orphan, replace_page_content, sign_sample, update
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.crypto.public_key import KeyKind
from trustkit.errors import ErrorCode, TrustError
from trustkit.timestamp.sign import make_token

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from trustkit.error_family import Code


EVERY_FIELD = FieldLock(action=LockAction.ALL)


def authority(world: PkiWorld, *, chain: int = 0) -> Callable[[bytes, DigestAlgorithm], bytes]:
    """Return what stamps digests by the world's authority; its tokens carry `chain` further certificates."""
    further = tuple(world.issue(f"陪{number}").certificate for number in range(chain))

    def stamp(imprint: bytes, algorithm: DigestAlgorithm) -> bytes:
        return make_token(
            imprint=imprint,
            imprint_algorithm=algorithm,
            serial=7,
            gen_time=world.clock.now(),
            policy="1.2.3.4",
            signer=world.tsa.signer,
            certificate=world.tsa.certificate,
            chain=further,
        )

    return stamp


def order(world: PkiWorld, pdf: bytes, **changes: object) -> ArchiveOrder:
    usual: dict[str, object] = {
        "pdf": pdf,
        "digest_algorithm": DigestAlgorithm.SM3,
        "stamp": authority(world),
        "certificates": (world.root.der, world.issuing.der),
        "crls": (world.crl().der,),
    }
    return ArchiveOrder(**(usual | changes))  # type: ignore[arg-type]


def refusal(world: PkiWorld, pdf: bytes, **changes: object) -> TrustError:
    with pytest.raises(TrustError) as caught:
        add_archive_stamp(order(world, pdf, **changes))
    return caught.value


def test_one_revision_with_the_evidence_and_a_stamp_over_all_of_it(world: PkiWorld, signed: bytes) -> None:
    fresh = world.crl(number=77).der
    kept = add_archive_stamp(order(world, signed, crls=(fresh,)))
    assert kept.startswith(signed)
    pdf = read_pdf(kept)
    assert pdf.revisions == read_pdf(signed).revisions + 1
    first, stamp = pdf.signatures
    assert (stamp.field_name, stamp.form, stamp.covers_whole_file) == ("Archive1", SignatureForm.RFC3161, True)
    assert first.later_changes.kind is ChangeKind.ALLOWED
    assert verify_pdf_signature(pdf, stamp).octets.token is not None
    assert fresh in pdf.embedded_evidence.crls
    assert set(read_pdf(signed).embedded_evidence.crls) < set(pdf.embedded_evidence.crls)  # what was there stays
    assert pdf.embedded_evidence.ends[fresh] <= sum(stamp.byte_range[2:])


def test_stamps_pile_up_under_the_next_free_name(world: PkiWorld, signed: bytes) -> None:
    lists = (world.crl().der,)
    twice = add_archive_stamp(order(world, add_archive_stamp(order(world, signed, crls=lists)), crls=lists))
    pdf = read_pdf(twice)
    assert [each.field_name for each in pdf.signatures] == ["Signature1", "Archive1", "Archive2"]
    assert all(verify_pdf_signature(pdf, each) for each in pdf.signatures)
    assert pdf.embedded_evidence.crls.count(lists[0]) == 1
    assert len(pdf.embedded_evidence.crls) == 2  # that of the signature, and the new one once


@pytest.mark.parametrize("level", [None, *CertificationLevel])
def test_no_certification_forbids_it(world: PkiWorld, page: bytes, level: CertificationLevel | None) -> None:
    certified = sign_sample(world, page, certification=level)
    pdf = read_pdf(add_archive_stamp(order(world, certified)))
    assert all(each.later_changes.kind is not ChangeKind.FORBIDDEN for each in pdf.signatures)


def test_neither_do_locks_of_all_fields(world: PkiWorld, page: bytes) -> None:
    locked = sign_sample(
        world, with_fields(page, SigFieldSpec("a")), certification=None, lock=EVERY_FIELD, field_name="b"
    )
    pdf = read_pdf(add_archive_stamp(order(world, locked)))
    assert [each.field_name for each in pdf.signatures] == ["b", "Archive1"]


@pytest.mark.parametrize("kind", [KeyKind.RSA, KeyKind.EC_P256, KeyKind.ML_DSA_65])
def test_authorities_of_other_kinds(signed: bytes, kind: KeyKind) -> None:
    elsewhere = PkiWorld(kind=kind)
    kept = add_archive_stamp(order(elsewhere, signed, digest_algorithm=DigestAlgorithm.SHA256, room=1000))
    pdf = read_pdf(kept)
    token = verify_pdf_signature(pdf, pdf.signatures[-1]).octets.token
    assert token is not None
    assert token.imprint_algorithm is DigestAlgorithm.SHA256


def test_a_token_that_outgrows_its_room_is_asked_for_again(world: PkiWorld, signed: bytes) -> None:
    asked: list[bytes] = []
    verbose = authority(world, chain=8)

    def stamp(imprint: bytes, algorithm: DigestAlgorithm) -> bytes:
        asked.append(imprint)
        return verbose(imprint, algorithm)

    pdf = read_pdf(add_archive_stamp(order(world, signed, stamp=stamp)))
    assert len(set(asked)) == 2
    assert len(pdf.signatures[-1].contents) > 4096
    add_archive_stamp(order(world, signed, stamp=stamp, room=len(pdf.signatures[-1].contents) + 8))
    assert len(asked) == 3


def test_pdf_a_stays_pdf_a(world: PkiWorld, page: bytes, signed: bytes, tmp_path: Path) -> None:
    path = tmp_path / "kept.pdf"
    path.write_bytes(add_archive_stamp(order(world, page)))
    assert pdfa_failures(path) == []
    path.write_bytes(add_archive_stamp(order(world, signed)))
    assert pdfa_failures(path) == []


def test_a_file_without_a_final_line_end_gets_one(world: PkiWorld, page: bytes, signed: bytes) -> None:
    bare = page.rstrip(b"\r\n")
    assert add_archive_stamp(order(world, bare)).startswith(bare + b"\n")
    assert add_archive_stamp(order(world, signed)).startswith(signed + b"\n") is not signed.endswith(b"\n")


def _encrypted() -> bytes:
    writer = PdfFileWriter()
    writer.insert_page(generic.DictionaryObject({generic.pdf_name("/Type"): generic.pdf_name("/Page")}))
    writer.encrypt(owner_pass="secret")
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


REFUSED: dict[str, tuple[Callable[[bytes], bytes], Code]] = {
    "nothing": (lambda _: b"", ErrorCode.PDF_MALFORMED),
    "no PDF": (lambda _: b"%PDF-1.7\n", ErrorCode.PDF_MALFORMED),
    "truncated": (lambda signed: signed[:-400], ErrorCode.PDF_MALFORMED),
    "an octet of the page changed": (lambda signed: signed.replace(b"A sample", b"B sample", 1), ErrorCode.PDF_SIGNED_BADLY),
    "page replaced later": (lambda signed: update(signed, replace_page_content), ErrorCode.PDF_SIGNED_BADLY),
    "something hidden added later": (lambda signed: update(signed, add_orphan), ErrorCode.PDF_SIGNED_BADLY),
    "octets behind the end": (lambda signed: signed + b"%trailing\n", ErrorCode.PDF_SIGNED_BADLY),
    "a signature no field reaches": (
        lambda signed: signed.replace(b"/FT /Sig", b"/FT /Tx ", 1),
        ErrorCode.PDF_SIGNED_BADLY,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_files_that_cannot_be_kept(world: PkiWorld, signed: bytes, name: str) -> None:
    spoil, code = REFUSED[name]
    spoilt = spoil(signed)
    assert spoilt != signed
    assert refusal(world, spoilt).code is code


def test_an_encrypted_file_is_refused(world: PkiWorld) -> None:
    assert refusal(world, _encrypted()).code is ErrorCode.PDF_ENCRYPTED


def _raising(_: bytes, __: DigestAlgorithm) -> bytes:
    raise TrustError(ErrorCode.TIMESTAMP_UNREACHABLE, "nobody is there")


def _of_other_octets(world: PkiWorld) -> Callable[[bytes, DigestAlgorithm], bytes]:
    return lambda _, algorithm: authority(world)(digest(algorithm, b"other"), algorithm)


TOKENS: dict[str, tuple[Callable[[PkiWorld], Callable[[bytes, DigestAlgorithm], bytes]], Code]] = {
    "over other octets": (_of_other_octets, ErrorCode.TIMESTAMP_IMPRINT),
    "nobody answers": (lambda _: _raising, ErrorCode.TIMESTAMP_UNREACHABLE),
    "nothing": (lambda _: lambda *_: b"", ErrorCode.SIGNING_FAILED),
    "no token": (lambda _: lambda *_: b"\x30\x03\x06\x01\x00", ErrorCode.CMS_MALFORMED),
    "more each time": (lambda _: _Growing().stamp, ErrorCode.SIGNING_FAILED),
    "without end": (lambda _: lambda *_: bytes(MAX_SIGNATURE_OCTETS + 1), ErrorCode.SIGNING_FAILED),
}


class _Growing:
    """An authority whose tokens are never of like size."""

    def __init__(self) -> None:
        self.octets = 3000

    def stamp(self, _: bytes, __: DigestAlgorithm) -> bytes:
        self.octets *= 2
        return b"\x30" * self.octets


@pytest.mark.parametrize("name", TOKENS)
def test_tokens_that_are_not_kept(world: PkiWorld, signed: bytes, name: str) -> None:
    make, code = TOKENS[name]
    assert refusal(world, signed, stamp=make(world)).code is code


def test_more_evidence_than_a_reader_takes(world: PkiWorld, signed: bytes) -> None:
    many = tuple(
        b"\x30\x03\x02\x01" + bytes((number % 256,)) + bytes((number // 256,))
        for number in range(MAX_EVIDENCE_ITEMS + 1)
    )
    assert refusal(world, signed, certificates=many).code is ErrorCode.PDF_LIMIT
