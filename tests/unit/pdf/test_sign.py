"""Signing: what comes out, with which keys, and what is refused."""

from __future__ import annotations

import shutil
import subprocess
from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from esign.pdf.model import CertificationLevel, EmbeddedEvidence
from esign.pdf.read import read_pdf
from esign.pdf.verify import verify_pdf_signature
from tests.support.pdfa import pdfa_failures, rules_broken
from tests.support.pki import PkiWorld
from tests.support.signed_pdf import SEAL, replace_page_content, sign_sample, update
from trustkit.cms.read import parse_signed_message
from trustkit.crypto.public_key import KeyKind
from trustkit.crypto.suites import SignatureSuite
from trustkit.errors import ErrorCode, TrustError
from trustkit.timestamp.read import parse_token
from trustkit.timestamp.verify import verify_token

if TYPE_CHECKING:
    from pathlib import Path

    from trustkit.error_family import Code


def test_a_signed_page_is_pades_with_a_time_stamp(world: PkiWorld, page: bytes, signed: bytes) -> None:
    assert signed.startswith(page)
    assert signed.endswith(b"%%EOF\n")
    pdf = read_pdf(signed)
    intact = verify_pdf_signature(pdf, pdf.signatures[0])
    octets = intact.octets
    assert (octets.form, octets.suite, octets.certificate) == (
        "pades",
        SignatureSuite.SM2_SM3,
        world.signer.certificate,
    )
    assert octets.signer is not None
    assert octets.signer.certificate_bound
    assert octets.signer.claimed_signing_time is None  # in PAdES the PDF's /M says it
    assert octets.claimed_time == world.clock.now()
    (token,) = octets.timestamp_tokens
    assert verify_token(parse_token(token), data=octets.signature_value).certificate == world.tsa.certificate
    assert octets.notes == ()
    assert len(parse_signed_message(pdf.signatures[0].contents).certificates) == 2


@pytest.mark.parametrize("kind", [KeyKind.EC_P256, KeyKind.EC_P384, KeyKind.RSA])
def test_classical_keys_sign_too(kind: KeyKind, page: bytes) -> None:
    world = PkiWorld(kind=kind)
    pdf = read_pdf(sign_sample(world, page))
    octets = verify_pdf_signature(pdf, pdf.signatures[0]).octets
    assert (octets.form, octets.suite.key_kind) == ("pades", kind)


def test_an_invisible_approval_signature_without_a_stamp(world: PkiWorld, page: bytes) -> None:
    signed = sign_sample(world, page, certification=None, timestamp=None, box=None, appearance=None, crls=())
    pdf = read_pdf(signed)
    assert pdf.signatures[0].certification is None
    assert verify_pdf_signature(pdf, pdf.signatures[0]).octets.timestamp_tokens == ()
    assert b"/Perms" not in signed


def test_texts_are_written(world: PkiWorld, page: bytes) -> None:
    pdf = read_pdf(sign_sample(world, page, name="示例市", reason="r", location="l", contact="c", field_name="Seal"))
    signature = pdf.signatures[0]
    assert (signature.name, signature.reason, signature.location, signature.field_name) == ("示例市", "r", "l", "Seal")


def test_evidence_is_written_once(world: PkiWorld, approved: bytes) -> None:
    both = sign_sample(world, approved, certification=None, field_name="Second")
    first, second = read_pdf(approved).embedded_evidence, read_pdf(both).embedded_evidence
    assert set(first.certificates) == set(second.certificates)
    assert len(second.certificates) == len(set(second.certificates))


def test_a_file_without_evidence_has_no_store(world: PkiWorld, page: bytes) -> None:
    signed = sign_sample(world, page, evidence_certificates=(), crls=())
    assert b"/DSS" not in signed
    assert read_pdf(signed).embedded_evidence == EmbeddedEvidence()


REFUSED: list[tuple[dict[str, object], Code]] = [
    ({"pdf": b"not a pdf"}, ErrorCode.PDF_MALFORMED),
    ({"pdf": b""}, ErrorCode.PDF_MALFORMED),
    ({"page": 1}, ErrorCode.USAGE),
    ({"box": None}, ErrorCode.USAGE),
    ({"signing_time": datetime(2026, 12, 1)}, ErrorCode.USAGE),  # noqa: DTZ001 - naive on purpose
]


@pytest.mark.parametrize(("changes", "code"), REFUSED, ids=[f"{next(iter(row[0]))}-{row[1].name}" for row in REFUSED])
def test_what_is_refused(world: PkiWorld, page: bytes, changes: dict[str, object], code: Code) -> None:
    with pytest.raises(TrustError) as caught:
        sign_sample(world, page, **changes)
    assert caught.value.code is code


def test_a_taken_field_is_refused(world: PkiWorld, approved: bytes) -> None:
    with pytest.raises(TrustError) as caught:
        sign_sample(world, approved, certification=None, field_name="Signature1", box=None, appearance=None)
    assert caught.value.code is ErrorCode.PDF_FIELD


def test_certifying_a_signed_file_is_refused(world: PkiWorld, approved: bytes) -> None:
    with pytest.raises(TrustError) as caught:
        sign_sample(world, approved, certification=CertificationLevel.NO_CHANGES, field_name="Second")
    assert caught.value.code is ErrorCode.USAGE


def test_a_token_larger_than_thought_gets_its_room(world: PkiWorld, page: bytes) -> None:
    pdf = read_pdf(sign_sample(world, page, timestamp_room=16))
    assert verify_pdf_signature(pdf, pdf.signatures[0]).octets.timestamp_tokens


def test_a_failing_stamp_leaves_its_own_error(world: PkiWorld, page: bytes) -> None:
    def fail(_: bytes) -> bytes:
        raise TrustError(ErrorCode.EVIDENCE_UNREACHABLE, "the authority does not answer")

    with pytest.raises(TrustError) as caught:
        sign_sample(world, page, timestamp=fail)
    assert caught.value.code is ErrorCode.EVIDENCE_UNREACHABLE


def test_a_page_without_a_final_newline_gets_one(world: PkiWorld, page: bytes) -> None:
    assert not page.endswith(b"\n")
    assert b"%%EOF\n" in sign_sample(world, page)
    assert b"%%EOF\n\n" not in sign_sample(world, page + b"\n")


@pytest.mark.parametrize("changes", [{}, {"box": None, "appearance": None}], ids=["visible", "invisible"])
def test_pdf_a_stays_valid(world: PkiWorld, page: bytes, tmp_path: Path, changes: dict[str, object]) -> None:
    path = tmp_path / "signed.pdf"
    path.write_bytes(sign_sample(world, page, **changes))
    assert pdfa_failures(path) == []


def test_pdf_a_stays_valid_under_several_signatures(world: PkiWorld, page: bytes, tmp_path: Path) -> None:
    """All the checker has against it is that the first signature does not cover the second one, whatever the first was."""
    path = tmp_path / "signed.pdf"
    once = sign_sample(world, page, certification=None)
    path.write_bytes(sign_sample(world, once, certification=None, box=None, appearance=None))
    assert pdfa_failures(path) == []
    assert rules_broken(path) == ["PDFA3B-SIGNATURE-BYTERANGE-001"]
    path.write_bytes(path.read_bytes()[: len(once)])  # the revision that it was over
    assert rules_broken(path) == []
    path.write_bytes(update(once, replace_page_content))
    assert [each.split(":")[0] for each in pdfa_failures(path)] == ["PDFA3B-SIGNATURE-BYTERANGE-001"]


def _peer(*command: str) -> subprocess.CompletedProcess[str]:
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed (Debian: poppler-utils, qpdf)")
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_qpdf_finds_nothing_wrong(signed: bytes, tmp_path: Path) -> None:
    path = tmp_path / "signed.pdf"
    path.write_bytes(signed)
    result = _peer("qpdf", "--check", str(path))
    assert result.returncode == 0, result.stdout + result.stderr


def test_pdfsig_sees_one_signature_over_the_whole_file(signed: bytes, tmp_path: Path) -> None:
    path = tmp_path / "signed.pdf"
    path.write_bytes(signed)
    result = _peer("pdfsig", str(path))
    assert "Signature #1" in result.stdout
    assert "Total document signed" in result.stdout
    assert "ETSI.CAdES.detached" in result.stdout


def test_pdfsig_agrees_with_a_classical_signature(page: bytes, tmp_path: Path) -> None:
    path = tmp_path / "signed.pdf"
    path.write_bytes(sign_sample(PkiWorld(kind=KeyKind.RSA), page, timestamp=None))
    assert "Signature is Valid." in _peer("pdfsig", str(path)).stdout


def test_the_seal_is_the_signature_itself(signed: bytes) -> None:
    assert SEAL.operators not in signed  # deflated
    assert b"/Subtype /Form" in signed
