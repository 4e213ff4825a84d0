"""Building certificates: the octets a GB/T 20518 reader expects, and no nonsense."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from trustkit.crypto.public_key import KeyKind
from trustkit.crypto.suites import SignatureSuite
from trustkit.encoding import der_write as w
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509.build import CertificateSpec, assemble_certificate, build_tbs_certificate
from trustkit.x509.certificate import parse_certificate
from trustkit.x509.certificate_signature import verify_certificate_signature
from trustkit.x509.extensions import basic_constraints

if TYPE_CHECKING:
    from tests.support.pki import PkiWorld


@pytest.fixture
def spec(world: PkiWorld) -> CertificateSpec:
    return CertificateSpec(
        serial=1,
        suite=SignatureSuite.SM2_SM3,
        issuer_der=world.name("甲"),
        subject_der=world.name("乙"),
        not_before=datetime(2026, 1, 1, tzinfo=UTC),
        not_after=datetime(2050, 1, 1, tzinfo=UTC),
        spki=world.signer.certificate.spki,
        extensions=(basic_constraints(ca=False),),
    )


def test_octets(world: PkiWorld, spec: CertificateSpec) -> None:
    tbs = build_tbs_certificate(spec)
    assert w.sequence(w.tlv(0x17, b"260101000000Z"), w.tlv(0x18, b"20500101000000Z")) in tbs
    assert w.sequence(w.oid("1.2.156.10197.1.501")) in tbs  # parameters absent
    signature = world.root.signer.sign(tbs)
    whole = assemble_certificate(tbs, spec.suite, signature)
    certificate = parse_certificate(whole)
    assert (certificate.tbs, certificate.signature, certificate.spki) == (tbs, signature, spec.spki)
    assert (certificate.not_before, certificate.not_after) == (spec.not_before, spec.not_after)


def test_times_are_written_in_utc(spec: CertificateSpec) -> None:
    beijing = datetime.fromisoformat("2026-01-01T08:00:00+08:00")
    assert build_tbs_certificate(replace(spec, not_before=beijing)) == build_tbs_certificate(spec)


REFUSED: list[dict[str, Any]] = [
    {"serial": 0},
    {"serial": -1},
    {"serial": 1 << 159},
    {"not_before": datetime(2026, 1, 1)},  # noqa: DTZ001 - the naive time is what is refused
    {"not_after": datetime(2026, 1, 1)},  # noqa: DTZ001 - as above
    {"not_after": datetime(2026, 1, 1, tzinfo=UTC)},
    {"not_after": datetime(2026, 1, 1, tzinfo=UTC) - timedelta(days=1)},
    {"extensions": ()},
]


@pytest.mark.parametrize("fields", REFUSED)
def test_nonsense_is_not_written(spec: CertificateSpec, fields: dict[str, Any]) -> None:
    with pytest.raises(TrustError) as caught:
        build_tbs_certificate(replace(spec, **fields))
    assert caught.value.code is ErrorCode.USAGE


@pytest.mark.parametrize("kind", list(KeyKind))
def test_any_suite_signs_any_key(world: PkiWorld, kind: KeyKind) -> None:
    authority = world.issue("混合CA", issuer=world.root, kind=kind, ca=True, usage=("keyCertSign",))
    leaf = world.issue("叶", issuer=authority, kind=KeyKind.SM2)
    verify_certificate_signature(leaf.certificate, authority.certificate)
    verify_certificate_signature(authority.certificate, world.root.certificate)
