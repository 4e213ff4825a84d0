"""Certificates clients show are judged by the home's register, as it is now."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.support.pki import PkiWorld
from trustkit.app.idp_certificates import RegisteredCertificates
from trustkit.app.keys import KeyName
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import certificates
from trustkit.store.certificates import CertificateRow, CertificateState

if TYPE_CHECKING:
    from datetime import datetime

    from trustkit.app.authority import Authority


def _judged(authority: Authority, der: bytes, now: datetime, issuer: str = "") -> str:
    with authority.database.reading() as unit:
        return RegisteredCertificates().subject_of(unit, der, issuer=issuer, now=now)


def _shown(monkeypatch: pytest.MonkeyPatch, now: datetime, *usages: x509.ObjectIdentifier) -> bytes:
    """Return a certificate with these extended usages, which the register has as issued."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "client")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 7, now - timedelta(days=1), now + timedelta(days=1))
    if usages:
        builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
    der = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
    row = CertificateRow(
        serial="7",
        issuer="issuing",
        profile="tls-client",
        subject="CN=client",
        state=CertificateState.ISSUED,
        intent_at=now,
        issued_at=now,
        not_after=now + timedelta(days=1),
        abandoned_at=None,
        revoked_at=None,
        reason=None,
        der=der,
    )
    monkeypatch.setattr(certificates, "find", lambda _, serial: row if serial == "7" else None)
    return der


@pytest.mark.parametrize("others", [(), (ExtendedKeyUsageOID.EMAIL_PROTECTION,)])
def test_a_client_certificate_of_the_home_in_force_is_believed(
    authority: Authority, monkeypatch: pytest.MonkeyPatch, others: tuple[x509.ObjectIdentifier, ...]
) -> None:
    now = authority.clock.now()
    der = _shown(monkeypatch, now, ExtendedKeyUsageOID.CLIENT_AUTH, *others)
    assert _judged(authority, der, now) == "CN=client"
    for at, code in (
        (now + timedelta(days=2), ErrorCode.CERTIFICATE_EXPIRED),
        (now - timedelta(days=2), ErrorCode.CERTIFICATE_NOT_YET_VALID),
    ):
        with pytest.raises(TrustError) as caught:
            _judged(authority, der, at)
        assert caught.value.code is code


def test_a_subject_is_one_authoritys_alone(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another authority of the home may certify the same name to somebody else."""
    now = authority.clock.now()
    der = _shown(monkeypatch, now, ExtendedKeyUsageOID.CLIENT_AUTH)
    assert _judged(authority, der, now, "issuing") == "CN=client"
    with pytest.raises(TrustError) as caught:
        _judged(authority, der, now, "devices")
    assert caught.value.code is ErrorCode.CERTIFICATE_UNPROVED


@pytest.mark.parametrize(
    "usages",
    [
        (),
        (ExtendedKeyUsageOID.SERVER_AUTH,),
        (ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,),
        (ExtendedKeyUsageOID.EMAIL_PROTECTION, ExtendedKeyUsageOID.OCSP_SIGNING),
    ],
)
def test_one_for_another_purpose_is_not(
    authority: Authority, monkeypatch: pytest.MonkeyPatch, usages: tuple[x509.ObjectIdentifier, ...]
) -> None:
    now = authority.clock.now()
    der = _shown(monkeypatch, now, *usages)
    with pytest.raises(TrustError) as caught:
        _judged(authority, der, now)
    assert caught.value.code is ErrorCode.CERTIFICATE_PURPOSE


def test_any_other_is_not(authority: Authority) -> None:
    mine, now = authority.certificate(KeyName.SEAL), authority.clock.now()
    rows = [
        (b"no certificate", now, ErrorCode.CERTIFICATE_MALFORMED),
        (PkiWorld().signer.certificate.der, now, ErrorCode.CERTIFICATE_UNPROVED),
        (mine.der, now, ErrorCode.CERTIFICATE_PURPOSE),  # the home's own seal is no client
    ]
    for der, at, code in rows:
        with pytest.raises(TrustError) as caught:
            _judged(authority, der, at)
        assert caught.value.code is code
