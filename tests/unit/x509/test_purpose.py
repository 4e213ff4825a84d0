"""Purposes: who may sign documents, times, certificates and lists; the table of RFC 5280 4.2.1.3 and GB/T 20518."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.pki import CA_USAGE, ENCRYPTION_USAGE, PkiWorld
from trustkit.encoding import der_write as w
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509 import extensions as ext
from trustkit.x509.purpose import Purpose, fits_extended_usage, require_purpose

if TYPE_CHECKING:
    from trustkit.x509.certificate import Certificate

SIGN, SEAL = ("digitalSignature",), ("nonRepudiation",)
P = Purpose
# usage (None: no extension), purposes, ca, what it may do
ROWS: list[tuple[tuple[str, ...] | None, tuple[str, ...], bool, set[Purpose]]] = [
    (SIGN, (), False, {P.DOCUMENT_SIGNING, P.STATUS_SIGNING}),
    (SEAL, (), False, {P.DOCUMENT_SIGNING, P.STATUS_SIGNING}),
    (None, (), False, {P.DOCUMENT_SIGNING, P.STATUS_SIGNING, P.CRL_SIGNING, P.ENCRYPTION}),
    (ENCRYPTION_USAGE, (), False, {P.ENCRYPTION}),
    (("keyAgreement",), (), False, {P.ENCRYPTION}),
    (SIGN, ("timeStamping",), False, {P.TIMESTAMPING}),
    (ENCRYPTION_USAGE, ("timeStamping",), False, set()),
    (SIGN, ("clientAuth", "emailProtection"), False, {P.DOCUMENT_SIGNING, P.STATUS_SIGNING}),
    (SIGN, ("serverAuth",), False, {P.SERVICE}),
    (SIGN, ("serverAuth", "clientAuth"), False, {P.DOCUMENT_SIGNING, P.STATUS_SIGNING, P.SERVICE}),
    (SIGN, ("anyExtendedKeyUsage",), False, {P.DOCUMENT_SIGNING, P.STATUS_SIGNING}),
    (SIGN, ("1.2.3.4",), False, {P.DOCUMENT_SIGNING, P.STATUS_SIGNING}),
    (SIGN, ("ocspSigning",), False, {P.SERVICE}),
    (SIGN, ("statusSigning",), False, {P.STATUS_SIGNING}),
    (ENCRYPTION_USAGE, ("statusSigning",), False, set()),
    (SIGN, ("sealMaking",), False, {P.SEAL_MAKING}),
    (ENCRYPTION_USAGE, ("sealMaking",), False, set()),
    (CA_USAGE, (), True, {P.CERTIFICATE_SIGNING, P.CRL_SIGNING}),
    (("keyCertSign",), (), True, {P.CERTIFICATE_SIGNING}),
    (("cRLSign",), (), False, {P.CRL_SIGNING}),
    (None, (), True, {P.DOCUMENT_SIGNING, P.STATUS_SIGNING, P.CERTIFICATE_SIGNING, P.CRL_SIGNING, P.ENCRYPTION}),
]  # fmt: skip


def certificate_with(
    world: PkiWorld, usage: tuple[str, ...] | None, purposes: tuple[str, ...], *, ca: bool
) -> Certificate:
    parts = [ext.basic_constraints(ca=ca)]
    parts += [ext.key_usage(usage)] if usage else []
    parts += [ext.extended_key_usage(purposes)] if purposes else []
    return world.issue("用途", exact_extensions=tuple(parts), signer=world.signer.signer).certificate


@pytest.mark.parametrize(("usage", "purposes", "ca", "allowed"), ROWS)
def test_table(
    world: PkiWorld, usage: tuple[str, ...] | None, purposes: tuple[str, ...], ca: bool, allowed: set[Purpose]  # noqa: FBT001 - a column
) -> None:  # fmt: skip
    certificate = certificate_with(world, usage, purposes, ca=ca)
    require_purpose(certificate, Purpose.ANY)
    if P.DOCUMENT_SIGNING in allowed:
        allowed = allowed | {P.SEAL_MAKING}  # no standard tells the two apart
    for purpose in Purpose:
        if purpose in allowed | {Purpose.ANY}:
            require_purpose(certificate, purpose)
            continue
        with pytest.raises(TrustError) as caught:
            require_purpose(certificate, purpose)
        assert caught.value.code is ErrorCode.CERTIFICATE_PURPOSE
        assert caught.value.facts["purpose"] == purpose.value


TIME_STAMPING = w.oid("1.3.6.1.5.5.7.3.8")


@pytest.mark.parametrize(
    "usage",
    [
        ext.extension("2.5.29.37", w.sequence(TIME_STAMPING)),  # not critical
        ext.extension("2.5.29.37", w.sequence(TIME_STAMPING, w.oid("1.3.6.1.5.5.7.3.2")), critical=True),
        ext.extension("2.5.29.37", w.sequence(w.oid("2.5.29.37.0")), critical=True),
        ext.extension("2.5.29.37", b"", critical=True),
    ],
)
def test_a_time_stamping_usage_is_critical_and_alone(world: PkiWorld, usage: bytes) -> None:
    leaf = world.issue("时间", exact_extensions=(ext.key_usage(SIGN), usage), signer=world.signer.signer).certificate
    with pytest.raises(TrustError) as caught:
        require_purpose(leaf, Purpose.TIMESTAMPING)
    assert caught.value.code is ErrorCode.CERTIFICATE_PURPOSE


def test_encryption_certificate_is_named(world: PkiWorld) -> None:
    with pytest.raises(TrustError, match="an encryption certificate"):
        require_purpose(world.encryption.certificate, Purpose.DOCUMENT_SIGNING)


def test_unreadable_usage_allows_nothing(world: PkiWorld) -> None:
    broken = world.issue(
        "坏", exact_extensions=(ext.extension("2.5.29.15", b""),), signer=world.signer.signer
    ).certificate
    with pytest.raises(TrustError) as caught:
        require_purpose(broken, Purpose.DOCUMENT_SIGNING)
    assert caught.value.code is ErrorCode.CERTIFICATE_PURPOSE


def test_extended_usage_of_authorities() -> None:
    assert fits_extended_usage(None, Purpose.TIMESTAMPING)
    assert fits_extended_usage(("timeStamping", "clientAuth"), Purpose.TIMESTAMPING)
    assert not fits_extended_usage(("clientAuth",), Purpose.TIMESTAMPING)
    assert not fits_extended_usage(("serverAuth",), Purpose.DOCUMENT_SIGNING)
    assert not fits_extended_usage((), Purpose.DOCUMENT_SIGNING)
    assert fits_extended_usage(("serverAuth",), Purpose.ANY)
