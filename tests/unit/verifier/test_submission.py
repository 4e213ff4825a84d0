"""Files are told apart by content: shapes made by hand, armour, truncation, and the outside files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.testdata import outside
from trustkit.encoding.der_write import (
    bit_string,
    explicit,
    ia5_string,
    integer,
    octet_string,
    oid,
    sequence,
    set_of,
    tlv,
    utf8_string,
)
from trustkit.encoding.pem import encode_pem
from trustkit.encoding.text64 import encode_base64url
from trustkit.errors import ErrorCode, TrustError
from verifier.format import Format
from verifier.submission import MAX_SUBMISSION, Submission, identify, recognise

if TYPE_CHECKING:
    from trustkit.error_family import Code

_ALG = sequence(oid("1.2.156.10197.1.501"))
_NAME = sequence(set_of(sequence(oid("2.5.4.3"), utf8_string("x"))))
_UTC = tlv(0x17, b"260101000000Z")
_CWT = bytes.fromhex(
    json.loads((Path(__file__).parents[2] / "vectors" / "status_list_tokens.json").read_text("utf-8"))["cwt"][0]
)
_SIGNED_DATA = "1.2.840.113549.1.7.2"


def _signed_data(outer: str, inner: str) -> bytes:
    content = sequence(integer(1), set_of(), sequence(oid(inner)), set_of())
    return sequence(oid(outer), explicit(0, content))


_CERTIFICATE = sequence(
    sequence(explicit(0, integer(2)), integer(1), _ALG, _NAME, sequence(_UTC, _UTC)), _ALG, bit_string(b"x")
)
_TOKEN = _signed_data(_SIGNED_DATA, "1.2.840.113549.1.9.16.1.4")
_SEAL_INFO = sequence(sequence(ia5_string("ES"), integer(4), ia5_string("v")), ia5_string("id"))
_SIGN = oid("1.2.156.10197.1.501")
_TBS_SIGN = sequence(integer(4), sequence(_SEAL_INFO))

SHAPES = {
    "cms": (_signed_data(_SIGNED_DATA, "1.2.840.113549.1.7.1"), Format.CMS),
    "cms-gbt35275": (_signed_data("1.2.156.10197.6.1.4.2.2", "1.2.156.10197.6.1.4.2.1"), Format.CMS),
    "cms-enveloped": (sequence(oid("1.2.840.113549.1.7.3"), explicit(0, sequence(integer(0)))), Format.CMS),
    "cms-ber": (b"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x80", Format.CMS),
    "timestamp": (_TOKEN, Format.TIMESTAMP),
    "timestamp-response": (sequence(sequence(integer(0)), _TOKEN), Format.TIMESTAMP),
    "certificate": (_CERTIFICATE, Format.CERTIFICATE),
    "certificate-v1": (
        sequence(sequence(integer(9), _ALG, _NAME, sequence(_UTC, _UTC)), _ALG, bit_string(b"x")),
        Format.CERTIFICATE,
    ),
    "certificate-truncated": (_CERTIFICATE[:20], Format.CERTIFICATE),
    "crl": (sequence(sequence(integer(1), _ALG, _NAME, _UTC), _ALG, bit_string(b"x")), Format.CRL),
    "crl-v1": (sequence(sequence(_ALG, _NAME, _UTC), _ALG, bit_string(b"x")), Format.CRL),
    "request": (
        sequence(sequence(integer(0), _NAME, _ALG, explicit(0, b"")), _ALG, bit_string(b"x")),
        Format.CERTIFICATE_REQUEST,
    ),
    "seal-v1": (sequence(_SEAL_INFO, sequence(octet_string(b"c"), _SIGN, bit_string(b"s"))), Format.SEAL),
    "seal-v4": (sequence(_SEAL_INFO, octet_string(b"c"), _SIGN, bit_string(b"s")), Format.SEAL),
    "seal-signature-v1": (sequence(_TBS_SIGN, bit_string(b"s")), Format.SEAL_SIGNATURE),
    "seal-signature-v4": (sequence(_TBS_SIGN, octet_string(b"c"), _SIGN, bit_string(b"s")), Format.SEAL_SIGNATURE),
    "ocsp, by name": (
        sequence(sequence(tlv(0xA1, b""), tlv(0x18, b"")), sequence(), tlv(0x03, b"\x00")),
        Format.OCSP,
    ),
    "ocsp, by key, with its version": (
        sequence(
            sequence(explicit(0, b"\x02\x01\x00"), tlv(0xA2, b""), tlv(0x18, b"")), sequence(), tlv(0x03, b"\x00")
        ),
        Format.OCSP,
    ),
    "ocsp": (sequence(tlv(0x0A, b"\x00"), explicit(0, sequence())), Format.OCSP),
    "pkcs8": (sequence(integer(0), _ALG, octet_string(b"k")), Format.PRIVATE_KEY),
    "pem-certificate": (b"Subject: x\n" + encode_pem("CERTIFICATE", _CERTIFICATE), Format.CERTIFICATE),
    "pem-key": (encode_pem("PRIVATE KEY", sequence(integer(0))), Format.PRIVATE_KEY),
    "pem-certificate-and-key": (
        encode_pem("CERTIFICATE", _CERTIFICATE) + encode_pem("EC PRIVATE KEY", sequence(integer(1))),
        Format.PRIVATE_KEY,
    ),
    "pem-broken": (b"-----BEGIN CERTIFICATE-----\nMII\n", Format.UNKNOWN),
    "pdf": (b"%PDF-1.7\n", Format.PDF),
    "package-with-a-pdf-first": (b"PK\x03\x04%PDF-1.7\nOFD.xml", Format.OFD),
    "pdf-after-junk": (b"\x00junk\n%PDF-1.4\n", Format.PDF),
    "ofd": (b"PK\x03\x04....OFD.xml", Format.OFD),
    "zip": (b"PK\x03\x04....word.xml", Format.ZIP),
    "jws": (encode_base64url(b'{"alg":"ES256"}').encode() + b".e30.c2ln", Format.JWS),
    "status-list": (encode_base64url(b'{"typ":"statuslist+jwt"}').encode() + b".e30.c2ln", Format.STATUS_LIST),
    "sd-jwt": (encode_base64url(b'{"alg":"ES256"}').encode() + b".e30.c2ln~WyJhIl0~", Format.SD_JWT),
    "sd-jwt-wrapped": (encode_base64url(b'{"alg":"ES256"}').encode() + b".e30.\nc2ln\n~WyJhIl0~", Format.SD_JWT),
    "status-list-cwt": (_CWT, Format.STATUS_LIST),
    "status-list-cwt-untagged": (_CWT[1:], Format.STATUS_LIST),
    "cose-cut": (_CWT[:-1], Format.UNKNOWN),
    "cose-of-another-type": (_CWT.replace(b"status", b"stated"), Format.UNKNOWN),
    "capsule": (b"TKL1:MFRGG", Format.CAPSULE),
    "capsule-pasted": (b" \nTKL1:MFRGG\n", Format.CAPSULE),
    "capsule-of-another-version": (b"TKL2:MFRGG", Format.UNKNOWN),
    "dotted-words": (b"www.example.org", Format.UNKNOWN),
    "json": (b' {"a": 1}', Format.JSON),
    "text": (b"hello", Format.UNKNOWN),
    "nul": (b"\x00", Format.UNKNOWN),
    "empty": (b"", Format.UNKNOWN),
    "sequence-of-nothing": (b"\x30\x00", Format.UNKNOWN),
    "sequence-cut": (b"\x30\x84", Format.UNKNOWN),
}


@pytest.mark.parametrize("name", SHAPES)
def test_shapes(name: str) -> None:
    data, expected = SHAPES[name]
    assert identify(data) is expected


@pytest.mark.parametrize("name", [name for name, (data, _) in SHAPES.items() if data[:1] == b"\x30"])
def test_no_truncation_crashes(name: str) -> None:
    data, _ = SHAPES[name]
    for end in range(len(data)):
        assert identify(data[:end]) in Format


def test_a_response_gives_up_its_token_as_found() -> None:
    response = sequence(sequence(integer(0)), _TOKEN)
    assert recognise(Submission(name="x", data=response)).octets == _TOKEN


def test_the_first_certificate_is_judged_and_the_rest_come_along() -> None:
    second = sequence(sequence(explicit(0, integer(2)), integer(2)), _ALG, bit_string(b"y"))
    found = recognise(
        Submission(name="x", data=encode_pem("CERTIFICATE", _CERTIFICATE) + encode_pem("CERTIFICATE", second))
    )
    assert (found.format, found.octets, found.companions) == (Format.CERTIFICATE, _CERTIFICATE, (second,))


def test_a_private_key_is_not_carried_any_further() -> None:
    found = recognise(Submission(name="x", data=encode_pem("PRIVATE KEY", sequence(integer(0)))))
    assert (found.octets, found.companions) == (b"", ())


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", ErrorCode.INPUT_EMPTY),
        (bytes(MAX_SUBMISSION + 1), ErrorCode.INPUT_TOO_LARGE),
        (b"-----BEGIN CMS-----\n!\n-----END CMS-----\n", ErrorCode.PEM_MALFORMED),
    ],
    ids=["empty", "too-large", "pem"],
)
def test_refused(data: bytes, code: Code) -> None:
    with pytest.raises(TrustError) as caught:
        recognise(Submission(name="x", data=data))
    assert caught.value.code is code


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("certs/ca.crt", Format.CERTIFICATE),
        ("certs/openssl3-empty-id.pem", Format.CERTIFICATE),
        ("certs/root.crl", Format.CRL),
        ("cms/cfca_sadk_signed_attached.p7b.der", Format.CMS),
        ("ofd/tax_zhejiang_invoice_v4.ofd", Format.OFD),
        ("pdf/ses_v4_GM.sm2seal.pdf", Format.PDF),
        ("sdjwt/simple/sd_jwt_presentation.txt", Format.SD_JWT),
        ("seals/UserV1.esl", Format.SEAL),
        ("seals/UserV5.esl", Format.SEAL),
        ("tsa/message.bin", Format.UNKNOWN),
        ("tsa/sm2_sm3.tst.der", Format.TIMESTAMP),
    ],
)
def test_outside_files(path: str, expected: Format) -> None:
    assert identify(outside(path).read_bytes()) is expected
