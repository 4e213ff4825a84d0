"""Signed messages nobody here wrote: CFCA SADK by way of emmansun/gmsm, and the forms found in PDF and OFD files."""

from __future__ import annotations

import re
import zipfile

import pytest

from tests.support.testdata import outside
from trustkit.cms.content import ContentDigests
from trustkit.cms.model import Deviation, Dialect
from trustkit.cms.read import parse_signed_message
from trustkit.cms.verify import SignatureForm, verify_signer
from trustkit.encoding import der
from trustkit.errors import ErrorCode, TrustError

VERSION = "files of November 2026: CFCA SADK by way of emmansun/gmsm; Bouncy Castle 1.72"

CONTENT = b"Hello Secret World!"
_BYTE_RANGE = re.compile(rb"/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]")


def test_cfca_attached() -> None:
    message = parse_signed_message(outside("cms/cfca_sadk_signed_attached.p7b.der").read_bytes())
    assert message.dialect is Dialect.GBT35275
    assert message.content == CONTENT
    verified = verify_signer(message, 0, content=None)
    assert verified.form is SignatureForm.GBT35275
    assert verified.certificate.common_name == "Jon Snow"
    assert verified.claimed_signing_time is None
    assert verified.notes == ()


def test_cfca_detached() -> None:
    message = parse_signed_message(outside("cms/cfca_sadk_signed_detached.p7s.der").read_bytes())
    assert message.content is None
    assert verify_signer(message, 0, content=CONTENT).certificate.common_name == "Jon Snow"
    for content, code in ((None, ErrorCode.CMS_CONTENT_MISSING), (CONTENT + b"!", ErrorCode.SIGNATURE_WRONG)):
        with pytest.raises(TrustError) as refusal:
            verify_signer(message, 0, content=content)
        assert refusal.value.code is code


def test_cfca_bad_signature() -> None:
    message = parse_signed_message(outside("cms/cfca_sadk_signed_attached.p7b.badsig.der").read_bytes())
    with pytest.raises(TrustError) as refusal:
        verify_signer(message, 0, content=None)
    assert refusal.value.code is ErrorCode.SIGNATURE_WRONG


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("rfc5652_sm2_adbe.pkcs7.detached", SignatureForm.CMS),
        ("gbt35275_attrs_adbe.pkcs7.detached", SignatureForm.GBT35275),
    ],
)
def test_messages_in_pdf(name: str, form: SignatureForm) -> None:
    file = outside(f"pdf/{name}.pdf").read_bytes()
    found = _BYTE_RANGE.search(file)
    assert found is not None
    start, length, second, rest = map(int, found.groups())
    contents = bytes.fromhex(file[start + length + 1 : second - 1].decode("ascii"))
    octets = contents[: der.read_tlv(contents, 0, len(contents)).end]
    content = ContentDigests(file[start : start + length], file[second : second + rest])
    verified = verify_signer(parse_signed_message(octets), 0, content=content)
    assert verified.form is form
    assert verified.certificate.der == outside("certs/signer.der").read_bytes()
    assert verified.claimed_signing_time is not None
    assert verified.notes == ()


@pytest.mark.parametrize("number", [0, 1])
def test_messages_in_a_real_licence(number: int) -> None:
    """Attributes not in DER order are verified as found; the two names of data are mixed."""
    with zipfile.ZipFile(outside("ofd/elicense_yunnan_site_permit_gbt35275_x2.ofd")) as package:
        folder = f"Doc_0/Signs/Sign_{number}"
        message = parse_signed_message(package.read(f"{folder}/SignedValue.dat"))
        content = package.read(f"{folder}/Signature.xml")
    verified = verify_signer(message, 0, content=content)
    assert verified.form is SignatureForm.GBT35275
    assert set(verified.notes) == {
        Deviation.ATTRIBUTES_UNSORTED,
        Deviation.CONTENT_TYPE_SPELLING,
        Deviation.INNER_TYPE_FOREIGN,
    }
    with pytest.raises(TrustError) as refusal:
        verify_signer(message, 0, content=content + b" ")
    assert refusal.value.code is ErrorCode.CMS_DIGEST_MISMATCH
