"""A registration on a bare store: a CA of its own, operators with keys, and a clock that can be bent."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ca.authority import IssuingAuthority
from ca.certificate_work import CertificateWork, Orders
from ca.enrolment import PublicationLinks, order_from_request
from ca.escrow import RecoveryKey
from ca.issuance import CertificateIssuer
from ca.operators import ActingOperator, Enrolment, Operators
from ca.order import CertificateOrder
from ca.profile import load_profile
from ca.recovery import KeyRecovery
from ca.registration import Registration
from ca.registration_policy import load_registration_policy
from ca.submissions import CertificateAsked
from tests.support.pki import BendableClock
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.private_key import PrivateKey, generate_key
from trustkit.errors import TrustError
from trustkit.identity import Principal
from trustkit.store.operators import Role
from trustkit.x509.name import Name
from trustkit.x509.name_build import build_name
from trustkit.x509.request_build import RequestSpec, assemble_request, build_request_info

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from ca.profile_model import CertificateProfile
    from trustkit.error_family import Code
    from trustkit.store.database import Database
    from trustkit.x509.certificate import Certificate

POLICIES = Path(__file__).parents[2] / "policies"
TERMINAL = Principal(id="operator:0")
LINKS = PublicationLinks(crl_url="http://a.cn/c.crl", issuer_url="http://a.cn/c.cer")
PERSON = build_name((("C", "CN"), ("CN", "张示范"), ("serialNumber", "R-2026-000117")))


def csr(key: PrivateKey, subject: bytes = PERSON) -> bytes:
    """Return a request (PKCS#10, DER) of the owner of `key`."""
    signer = key.signer()
    info = build_request_info(RequestSpec(subject_der=subject, spki=signer.public_key.spki))
    return assemble_request(info, signer.suite, signer.sign(info))


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """One office: its store, its CA, its operators."""

    database: Database
    clock: BendableClock
    issuer: CertificateIssuer
    certificate: Certificate
    recovery_key: PrivateKey

    @property
    def registration(self) -> Registration:
        return Registration(
            database=self.database, clock=self.clock, policy=load_registration_policy(POLICIES / "registration.toml")
        )

    @property
    def recovery(self) -> KeyRecovery:
        policy = load_registration_policy(POLICIES / "registration.toml")
        return KeyRecovery(database=self.database, clock=self.clock, policy=policy)

    @property
    def operators(self) -> Operators:
        return Operators(database=self.database, clock=self.clock)

    def work(self, database: Database | None = None) -> CertificateWork:
        return CertificateWork(
            authority=IssuingAuthority(
                name="issuing", database=database or self.database, clock=self.clock, issuer=self.issuer
            ),
            policy=load_registration_policy(POLICIES / "registration.toml"),
            orders=Orders(
                signing=lambda asked: order_from_request(asked.proved(), profile(asked.profile), links=LINKS),
                encryption=lambda asked, signing, spki: CertificateOrder(
                    profile=profile(asked.encryption_profile),
                    subject_der=signing.subject_der,
                    spki=spki,
                    crl_url=LINKS.crl_url,
                    issuer_url=LINKS.issuer_url,
                ),
            ),
            recovery=lambda: RecoveryKey(set_id="ab" * 16, public_key=self.recovery_key.public_key),
        )

    def enrol(self, role: Role, sponsor: ActingOperator | None = None) -> ActingOperator:
        key = generate_key(KeyKind.SM2)
        enrolment = Enrolment(label=f"某 {role.value}", role=role, key=key.public_key)
        row = self.operators.enrol(enrolment, actor=TERMINAL, sponsor=sponsor)
        return ActingOperator(row=row, signer=key.signer())


def crew(office: Office, registrars: int = 2) -> tuple[ActingOperator, tuple[ActingOperator, ...]]:
    """Enrol one requester and some registrars."""
    first = office.enrol(Role.REGISTRAR)
    others = tuple(office.enrol(Role.REGISTRAR, first) for _ in range(registrars - 1))
    return office.enrol(Role.REQUESTER, first), (first, *others)


def refusal(code: Code, act: Callable[[], object]) -> TrustError:
    """Return the refusal an act ends with, which must have this code."""
    with pytest.raises(TrustError) as caught:
        act()
    assert caught.value.code is code, caught.value
    return caught.value


def profile(name: str) -> CertificateProfile:
    return load_profile(POLICIES / "certificates", name)


def open_office(database: Database, at: datetime) -> Office:
    """Return an office with a self-signed CA, at a moment that stands still until bent."""
    key = generate_key(KeyKind.SM2).signer()
    order = CertificateOrder(
        profile=load_profile(POLICIES / "certificates", "root-ca"),
        subject_der=Name.build(common_name="根"),
        spki=key.public_key.spki,
        crl_url="",
        issuer_url="",
    )
    first = CertificateIssuer(key, None)
    certificate = first.issue(first.prepare(order, serial=1 << 150, at=at))
    return Office(
        database=database,
        clock=BendableClock(at),
        issuer=CertificateIssuer(key, certificate),
        certificate=certificate,
        recovery_key=generate_key(KeyKind.SM2),
    )


def asked(key: PrivateKey, profile_name: str = "person", encryption: str = "") -> CertificateAsked:
    return CertificateAsked(request=csr(key), profile=profile_name, encryption_profile=encryption)
