"""The three forms of SM2 signature in PDF, made with Bouncy Castle and PDFBox, and two attacks derived from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from esign.pdf.model import ChangeKind, SignatureForm
from esign.pdf.read import read_pdf
from esign.pdf.verify import verify_pdf_signature, verify_signed_octets
from tests.support.testdata import outside
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509.certificate import parse_certificate

if TYPE_CHECKING:
    from trustkit.error_family import Code

VERSION = "Bouncy Castle 1.72 and PDFBox"

VALID = [
    ("rfc5652_sm2_adbe.pkcs7.detached.pdf", SignatureForm.CMS, "cms", "adbe.pkcs7.detached"),
    ("gbt35275_attrs_adbe.pkcs7.detached.pdf", SignatureForm.CMS, "gbt35275", "adbe.pkcs7.detached"),
    ("ses_v4_GM.sm2seal.pdf", SignatureForm.SES, "ses-v4", "GM.sm2seal"),
]
REFUSED = [
    ("rfc5652_sm2_adbe.pkcs7.detached__page_replaced_by_incremental_update.pdf", ErrorCode.PDF_CHANGED),
    ("ses_v4_GM.sm2seal__byterange_gap_widened.pdf", ErrorCode.PDF_BYTE_RANGE),
]


@pytest.mark.parametrize(("name", "syntax", "form", "sub_filter"), VALID)
def test_each_form_is_valid(name: str, syntax: SignatureForm, form: str, sub_filter: str) -> None:
    pdf = read_pdf(outside(f"pdf/{name}").read_bytes())
    (signature,) = pdf.signatures
    assert (signature.form, signature.sub_filter, signature.covers_whole_file) == (syntax, sub_filter, True)
    intact = verify_pdf_signature(pdf, signature)
    assert (intact.octets.form, intact.changes.kind) == (form, ChangeKind.NONE)
    assert intact.octets.certificate == parse_certificate(outside("certs/signer.der").read_bytes())
    assert pdf.uncovered == ()


@pytest.mark.parametrize(("name", "code"), REFUSED)
def test_each_attack_is_refused(name: str, code: Code) -> None:
    pdf = read_pdf(outside(f"pdf/{name}").read_bytes())
    with pytest.raises(TrustError) as caught:
        verify_pdf_signature(pdf, pdf.signatures[0])
    assert caught.value.code is code


def test_a_replaced_page_still_tells_who_had_signed() -> None:
    pdf = read_pdf(outside(f"pdf/{REFUSED[0][0]}").read_bytes())
    assert pdf.signatures[0].later_changes.kind is ChangeKind.FORBIDDEN
    assert verify_signed_octets(pdf, pdf.signatures[0]).certificate.common_name == "Signer"


@pytest.mark.parametrize("name", [row[0] for row in VALID])
def test_no_octet_outside_the_gap_can_change(name: str) -> None:
    octets = outside(f"pdf/{name}").read_bytes()
    _, start, end, _ = read_pdf(octets).signatures[0].byte_range
    for position in (*range(0, start, 97), *range(end, len(octets), 41)):
        changed = bytearray(octets)
        changed[position] ^= 0x01
        with pytest.raises(TrustError):
            _verify_only_signature(bytes(changed))


def _verify_only_signature(octets: bytes) -> None:
    pdf = read_pdf(octets)
    if not pdf.signatures:
        raise TrustError(ErrorCode.PDF_MALFORMED, "no signature left")
    verify_pdf_signature(pdf, pdf.signatures[0])
