"""Certificates and a list nobody here made, each with the verdict its origin gives it (outside test data, certs/)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tests.support.testdata import outside
from trustkit.encoding.pem import parse_pem
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509.certificate import Certificate, parse_certificate
from trustkit.x509.crl import parse_crl, verify_crl
from trustkit.x509.path import validate_path
from trustkit.x509.purpose import Purpose
from trustkit.x509.reason import RevocationReason
from trustkit.x509.revocation import RevocationState, revocation_from_crls
from trustkit.x509.trust_store import TrustStore

if TYPE_CHECKING:
    from trustkit.error_family import Code

VERSION = "files of November 2026: Tongsuo SDK, gmsm, Bouncy Castle 1.72"

AT = datetime(2026, 12, 1, tzinfo=UTC)
DOCUMENTS, TIMES, ANY = Purpose.DOCUMENT_SIGNING, Purpose.TIMESTAMPING, Purpose.ANY
TONGSUO = ("ca.crt", "subca.crt")
NO_Z, EMPTY_ID = "sm2-noza-root-cert.pem", "openssl3-empty-id.pem"


def load(name: str) -> Certificate:
    octets = outside(f"certs/{name}").read_bytes()
    return parse_certificate(octets if octets.startswith(b"\x30") else parse_pem(octets)[0].der)


def judge(leaf: str, anchor: str, pool: tuple[str, ...], purpose: Purpose) -> tuple[Certificate, ...]:
    store = TrustStore(anchors=(load(anchor),)) if anchor else TrustStore.none()
    path = validate_path(load(leaf), anchors=store, pool=tuple(map(load, pool)), at=AT, purpose=purpose)
    return path.certificates


@pytest.mark.parametrize(
    ("leaf", "anchor", "pool", "purpose"),
    [
        ("server_sign.crt", "ca.crt", TONGSUO, DOCUMENTS),
        ("server_enc.crt", "ca.crt", TONGSUO, ANY),
        ("subca.crt", "ca.crt", (), Purpose.CERTIFICATE_SIGNING),
        ("ca.crt", "ca.crt", (), Purpose.CRL_SIGNING),
        ("signer.der", "root.der", (), DOCUMENTS),
        ("revoked.der", "root.der", (), DOCUMENTS),  # the path is good: revocation is told apart
        ("tsa.der", "root.der", (), TIMES),
        ("root.der", "root.der", (), Purpose.CRL_SIGNING),
    ],
)
def test_accepted(leaf: str, anchor: str, pool: tuple[str, ...], purpose: Purpose) -> None:
    certificates = judge(leaf, anchor, pool, purpose)
    assert (certificates[0], certificates[-1]) == (load(leaf), load(anchor))


@pytest.mark.parametrize(
    ("leaf", "anchor", "pool", "purpose", "code"),
    [
        ("server_enc.crt", "ca.crt", TONGSUO, DOCUMENTS, ErrorCode.CERTIFICATE_PURPOSE),
        ("server_sign.crt", "ca.crt", (), DOCUMENTS, ErrorCode.PATH_NO_ANCHOR),
        ("server_sign.crt", "root.der", TONGSUO, DOCUMENTS, ErrorCode.PATH_NO_ANCHOR),
        ("tsa.der", "root.der", (), DOCUMENTS, ErrorCode.CERTIFICATE_PURPOSE),
        ("signer.der", "root.der", (), TIMES, ErrorCode.CERTIFICATE_PURPOSE),
        ("sm2-noza-cert.pem", NO_Z, (), DOCUMENTS, ErrorCode.SIGNATURE_WITHOUT_Z),
        ("sm2-noza-cert.pem", "root.der", (NO_Z,), DOCUMENTS, ErrorCode.SIGNATURE_WITHOUT_Z),
        (NO_Z, NO_Z, (), ANY, ErrorCode.SIGNATURE_WITHOUT_Z),
        (NO_Z, "", (), ANY, ErrorCode.SIGNATURE_WITHOUT_Z),
        (EMPTY_ID, EMPTY_ID, (), ANY, ErrorCode.SIGNATURE_WRONG_ID),
        (EMPTY_ID, "root.der", (), DOCUMENTS, ErrorCode.SIGNATURE_WRONG_ID),
        (EMPTY_ID, "", (), ANY, ErrorCode.SIGNATURE_WRONG_ID),
    ],
)
def test_refused(leaf: str, anchor: str, pool: tuple[str, ...], purpose: Purpose, code: Code) -> None:
    with pytest.raises(TrustError) as caught:
        judge(leaf, anchor, pool, purpose)
    assert caught.value.code is code


def test_the_list_revokes_one_and_no_other() -> None:
    root = load("root.der")
    crl = parse_crl(outside("certs/root.crl").read_bytes())
    assert verify_crl(crl, root).issuer == root
    assert (crl.entry_count, crl.number) == (1, None)
    revoked = revocation_from_crls(load("revoked.der"), root, (crl,), at=AT)
    assert (revoked.state, revoked.reason) == (RevocationState.REVOKED, RevocationReason.KEY_COMPROMISE)
    assert revoked.revoked_at == datetime(2026, 11, 23, 3, 5, 35, tzinfo=UTC)
    for name in ("signer.der", "tsa.der"):
        assert revocation_from_crls(load(name), root, (crl,), at=AT).state is RevocationState.GOOD
    stranger = revocation_from_crls(load("server_sign.crt"), load("subca.crt"), (crl,), at=AT)
    assert stranger.state is RevocationState.UNKNOWN


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        ("server_sign.crt", "C=AA, ST=BB, O=CC, OU=DD, CN=server sign"),
        ("signer.der", "C=CN, O=BC indep, CN=Signer"),
        ("sm2-noza-cert.pem", "O=SM2-noza-CA, CN=SM2 certificate signing key without Za, emailAddress=ca@sm2-noza"),
    ],
)
def test_display(name: str, subject: str) -> None:
    assert load(name).subject == subject


def test_serial_zero_is_noted() -> None:
    assert load("ca.crt").notes == ("serial number is zero",)
