"""Lints: what a certificate must satisfy before it is signed, each rule with its clause.

The rules run over a parsed certificate that carries a stand-in signature, so that what is linted is read back from
octets, as a relying party would read it. `ca.issuance` compares those octets with the ones that were signed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ca.order_rules import BACKDATING
from trustkit.crypto.suites import suite_from_algorithm
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable

    from ca.profile_model import CertificateProfile
    from trustkit.x509.certificate import Certificate

MIN_SERIAL_BITS: Final = 64
MAX_SERIAL_OCTETS: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class LintSubject:
    """What a rule looks at: the certificate as read back, its issuer (None when self-issued), the profile."""

    certificate: Certificate
    issuer: Certificate | None
    profile: CertificateProfile


@dataclass(frozen=True, slots=True, kw_only=True)
class Lint:
    """One rule: a stable id, the clause that asks for it, and the test that must hold."""

    id: str
    clause: str
    holds: Callable[[LintSubject], bool]


def _signer(subject: LintSubject) -> Certificate:
    return subject.issuer or subject.certificate


def _serial(subject: LintSubject) -> bool:
    serial = subject.certificate.serial
    return (
        serial > 0 and serial.bit_length() <= MAX_SERIAL_OCTETS * 8 - 1 and serial.bit_length() > MIN_SERIAL_BITS // 2
    )


def _within_issuer(subject: LintSubject) -> bool:
    issuer = _signer(subject)
    certificate = subject.certificate
    return issuer.not_before - BACKDATING <= certificate.not_before and certificate.not_after <= issuer.not_after


def _suite_matches_key(subject: LintSubject) -> bool:
    certificate, key = subject.certificate, _signer(subject).public_key
    suite = suite_from_algorithm(certificate.signature_oid, certificate.signature_parameters, key=key)
    return suite.key_kind is key.kind


def _basic_constraints(subject: LintSubject) -> bool:
    certificate = subject.certificate
    extension = certificate.extensions.get("2.5.29.19")
    length_fits = certificate.path_length == subject.profile.path_length
    return extension is not None and extension.critical and certificate.is_ca == subject.profile.ca and length_fits


def _key_usage(subject: LintSubject) -> bool:
    extension = subject.certificate.extensions.get("2.5.29.15")
    return extension is not None and extension.critical and subject.certificate.key_usage == subject.profile.key_usage


def _extended_key_usage(subject: LintSubject) -> bool:
    extension = subject.certificate.extensions.get("2.5.29.37")
    if not subject.profile.extended_key_usage:
        return extension is None
    timestamping = "timeStamping" in subject.profile.extended_key_usage
    named = subject.certificate.extended_key_usage == subject.profile.extended_key_usage
    return extension is not None and named and extension.critical == timestamping


def _key_identifiers(subject: LintSubject) -> bool:
    certificate = subject.certificate
    if certificate.subject_key_id != certificate.public_key.identifier:
        return False
    return certificate.authority_key_id == _signer(subject).subject_key_id or (
        subject.issuer is None and certificate.authority_key_id is None
    )


def _subject_name(subject: LintSubject) -> bool:
    names = subject.certificate.extensions.get("2.5.29.17")
    empty = subject.certificate.subject_der == b"\x30\x00"
    return names is not None and names.critical if empty else names is None or not names.critical


def _own_key(subject: LintSubject) -> bool:
    return subject.issuer is None or subject.certificate.spki != subject.issuer.spki


LINTS: Final = (
    Lint(id="version", clause="RFC 5280 4.1.2.1", holds=lambda s: s.certificate.version == 3),  # noqa: PLR2004 - v3
    Lint(id="serial", clause="RFC 5280 4.1.2.2", holds=_serial),
    Lint(id="suite", clause="RFC 5280 4.1.1.2; GB/T 20518-2018", holds=_suite_matches_key),
    Lint(
        id="issuer-name", clause="RFC 5280 4.1.2.4", holds=lambda s: s.certificate.issuer_der == _signer(s).subject_der
    ),
    Lint(id="validity", clause="RFC 5280 4.1.2.5", holds=lambda s: s.certificate.not_before < s.certificate.not_after),
    Lint(id="within-issuer", clause="RFC 5280 4.1.2.5", holds=_within_issuer),
    Lint(id="subject-name", clause="RFC 5280 4.1.2.6", holds=_subject_name),
    Lint(id="key-identifiers", clause="RFC 5280 4.2.1.1, 4.2.1.2", holds=_key_identifiers),
    Lint(id="key-usage", clause="RFC 5280 4.2.1.3; GB/T 20518-2018", holds=_key_usage),
    Lint(id="basic-constraints", clause="RFC 5280 4.2.1.9", holds=_basic_constraints),
    Lint(id="extended-key-usage", clause="RFC 5280 4.2.1.12; RFC 3161 2.3", holds=_extended_key_usage),
    Lint(id="own-key", clause="RFC 5280 4.1.2.7", holds=_own_key),
)


def lint(subject: LintSubject) -> tuple[str, ...]:
    """Return the ids of the rules that held. Raise CA_LINT naming every rule that did not."""
    broken = [rule for rule in LINTS if not rule.holds(subject)]
    if broken:
        names = "; ".join(f"{rule.id} ({rule.clause})" for rule in broken)
        raise TrustError(ErrorCode.CA_LINT, names, profile=subject.profile.name, rules=len(broken))
    return tuple(rule.id for rule in LINTS)
