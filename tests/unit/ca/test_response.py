"""Answers to requests: read back as written, refused when their parts do not belong together."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import pytest

from ca.issuance import CertificateIssuer
from ca.order import CertificateOrder
from ca.profile import load_profile
from ca.response import PEM_LABEL, CsrResponse, encode_response, install_response, parse_response
from tests.support.databases import NOON
from tests.support.registration import LINKS, POLICIES, csr, refusal
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.enveloped_key import wrap_key
from trustkit.custody.private_key import generate_key
from trustkit.encoding.der_write import explicit, implicit, sequence, set_of
from trustkit.encoding.pem import encode_pem
from trustkit.errors import ErrorCode
from trustkit.x509.name import Name
from trustkit.x509.name_build import build_name

if TYPE_CHECKING:
    from trustkit.custody.private_key import PrivateKey
    from trustkit.error_family import Code
    from trustkit.x509.certificate import Certificate

HOLDER, ENCRYPTION, OTHER = (generate_key(KeyKind.SM2) for _ in range(3))
CA_KEY = generate_key(KeyKind.SM2).signer()


def certificate(key: PrivateKey, profile: str, common_name: str = "某") -> Certificate:
    root = CertificateOrder(
        profile=load_profile(POLICIES / "certificates", "root-ca"),
        subject_der=Name.build(common_name="根"),
        spki=CA_KEY.public_key.spki,
        crl_url="",
        issuer_url="",
    )
    first = CertificateIssuer(CA_KEY, None)
    issuer = CertificateIssuer(CA_KEY, first.issue(first.prepare(root, serial=1 << 150, at=NOON)))
    order = CertificateOrder(
        profile=load_profile(POLICIES / "certificates", profile),
        subject_der=build_name((("C", "CN"), ("CN", common_name)))
        if profile == "encryption"
        else Name.build(country="CN", common_name=common_name),
        spki=key.public_key.spki,
        crl_url=LINKS.crl_url,
        issuer_url=LINKS.issuer_url,
    )
    return issuer.issue(issuer.prepare(order, serial=1 << 151, at=NOON))


SIGNING_CERTIFICATE = certificate(HOLDER, "seal")
ENCRYPTION_CERTIFICATE = certificate(ENCRYPTION, "encryption")
DUAL = CsrResponse(
    signing=(SIGNING_CERTIFICATE,),
    enveloped_key=wrap_key(ENCRYPTION, HOLDER.public_key),
    encryption=(ENCRYPTION_CERTIFICATE,),
)


@pytest.mark.parametrize("response", [DUAL, CsrResponse(signing=(SIGNING_CERTIFICATE,))], ids=["dual", "single"])
def test_a_response_reads_back_as_it_was_written(response: CsrResponse) -> None:
    data = encode_response(response)
    assert parse_response(data) == response
    assert parse_response(encode_pem(PEM_LABEL, data)) == response
    answer = install_response(parse_response(data), HOLDER)
    assert (answer.encryption_key is None) == (response.enveloped_key == b"")


def test_the_holders_certificate_is_found_beside_its_chain() -> None:
    response = replace(DUAL, signing=(ENCRYPTION_CERTIFICATE, SIGNING_CERTIFICATE))
    assert install_response(parse_response(encode_response(response)), HOLDER).signing == SIGNING_CERTIFICATE


@pytest.mark.parametrize(
    ("response", "code"),
    [
        (replace(DUAL, signing=(certificate(OTHER, "seal"),)), ErrorCode.RESPONSE_MISMATCH),
        (replace(DUAL, encryption=(certificate(OTHER, "encryption"),)), ErrorCode.RESPONSE_MISMATCH),
        (replace(DUAL, encryption=(certificate(ENCRYPTION, "encryption", "另"),)), ErrorCode.RESPONSE_MISMATCH),
        (replace(DUAL, enveloped_key=wrap_key(OTHER, HOLDER.public_key)), ErrorCode.RESPONSE_MISMATCH),
        (replace(DUAL, enveloped_key=wrap_key(ENCRYPTION, OTHER.public_key)), ErrorCode.DECRYPTION_FAILED),
    ],
    ids=["another-key", "another-certificate", "another-subject", "another-enveloped-key", "another-recipient"],
)
def test_parts_that_do_not_belong_together_are_refused(response: CsrResponse, code: Code) -> None:
    refusal(code, lambda: install_response(response, HOLDER))


SET = set_of(SIGNING_CERTIFICATE.der)
KEY = explicit(0, DUAL.enveloped_key)
TWIN = implicit(1, set_of(ENCRYPTION_CERTIFICATE.der))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x30\x00",
        encode_response(DUAL) + b"\x00",
        encode_response(DUAL)[:-1],
        csr(HOLDER),
        SIGNING_CERTIFICATE.der,
        encode_pem("CERTIFICATE", SIGNING_CERTIFICATE.der),
        sequence(set_of()),
        sequence(sequence(SIGNING_CERTIFICATE.der)),
        sequence(SET, KEY),
        sequence(SET, TWIN),
        sequence(SET, TWIN, KEY),
        sequence(SET, explicit(0, b""), TWIN),
        sequence(SET, explicit(0, DUAL.enveloped_key * 2), TWIN),
        sequence(SET, KEY, TWIN, TWIN),
        sequence(set_of(b"\x30\x00")),
        sequence(set_of(*(certificate(HOLDER, "seal", f"{n}").der for n in range(17)))),
    ],
)
def test_what_is_no_response_is_refused_by_one_name(data: bytes) -> None:
    refusal(ErrorCode.RESPONSE_MALFORMED, partial(parse_response, data))


def test_half_an_answer_is_not_written() -> None:
    for half in (
        replace(DUAL, signing=()),
        replace(DUAL, enveloped_key=b""),
        replace(DUAL, encryption=()),
    ):
        refusal(ErrorCode.USAGE, partial(encode_response, half))
