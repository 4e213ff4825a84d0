"""Issuing one certificate: prepare, lint, sign once, compare.

    prepared = issuer.prepare(order, serial=…, at=now)      # every check, no key used
    certificate = issuer.issue(prepared)                     # once, at the same issuer, exactly those octets

`prepare` builds the octets to be signed, dresses them with a stand-in signature, reads them back and lints what was
read. `issue` signs those octets, reads the result back, compares it with what was linted, and verifies it with the
public verifier before anyone else sees it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from ca.linting import BACKDATING, LintSubject, lint
from trustkit.crypto.public_key import parse_public_key
from trustkit.crypto.verify import verify_signature
from trustkit.encoding import der_write as write
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509.build import CertificateSpec, assemble_certificate, build_tbs_certificate
from trustkit.x509.certificate import parse_certificate
from trustkit.x509.extensions import standard_extensions

if TYPE_CHECKING:
    from ca.profile import CertificateProfile
    from trustkit.custody.port import Signer
    from trustkit.x509.certificate import Certificate

_STAND_IN: Final = write.sequence(write.integer(1), write.integer(1))


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateOrder:
    """What is asked for: profile, subject name (DER), public key (SubjectPublicKeyInfo), links to publish."""

    profile: CertificateProfile
    subject_der: bytes
    spki: bytes
    crl_url: str
    issuer_url: str


@dataclass(slots=True)
class PreparedCertificate:
    """Octets that were linted and may be signed once. Made by `CertificateIssuer.prepare` alone."""

    tbs: bytes
    profile: CertificateProfile
    issuer: CertificateIssuer = field(repr=False)
    rules: tuple[str, ...]
    spent: bool = False


class CertificateIssuer:
    """A CA key with its certificate (None while the root makes its own)."""

    def __init__(self, signer: Signer, certificate: Certificate | None) -> None:
        self._signer = signer
        self._certificate = certificate

    def prepare(self, order: CertificateOrder, *, serial: int, at: datetime) -> PreparedCertificate:
        """Return octets that satisfied every lint.

        Raises:
            TrustError: CA_LINT naming the rules; KEY_MALFORMED, KEY_WEAK, KEY_UNSUPPORTED for the subject's key.
        """
        profile, issuer = order.profile, self._certificate
        key = parse_public_key(order.spki)
        not_before = at.replace(microsecond=0) - BACKDATING
        not_after = not_before + timedelta(days=profile.days)
        tbs = build_tbs_certificate(
            CertificateSpec(
                serial=serial,
                suite=self._signer.suite,
                issuer_der=issuer.subject_der if issuer else order.subject_der,
                subject_der=order.subject_der,
                spki=key.spki,
                not_before=not_before if issuer is None else max(not_before, issuer.not_before),
                not_after=not_after if issuer is None else min(not_after, issuer.not_after),
                extensions=standard_extensions(
                    key_identifier=key.identifier,
                    authority_identifier=issuer.subject_key_id if issuer else None,
                    ca=profile.ca,
                    path_length=profile.path_length,
                    usage=profile.key_usage,
                    purposes=profile.extended_key_usage,
                    crl_urls=(order.crl_url,) if profile.publish_links else (),
                    issuer_urls=(order.issuer_url,) if profile.publish_links else (),
                ),
            )
        )
        dressed = parse_certificate(assemble_certificate(tbs, self._signer.suite, _STAND_IN))
        rules = lint(LintSubject(certificate=dressed, issuer=issuer, profile=profile))
        return PreparedCertificate(tbs=dressed.tbs, profile=profile, issuer=self, rules=rules)

    def issue(self, prepared: PreparedCertificate) -> Certificate:
        """Sign what was prepared, once.

        Raises:
            TrustError: CA_TOKEN_SPENT for a second use or another issuer's preparation; SIGNING_FAILED;
                CA_NOT_COMPARED when the result is not what was linted; SIGNATURE_WRONG when it does not verify.
        """
        if prepared.spent or prepared.issuer is not self:
            raise TrustError(ErrorCode.CA_TOKEN_SPENT, "a preparation is good for one signature at its own issuer")
        prepared.spent = True
        suite = self._signer.suite
        signature = self._signer.sign(prepared.tbs)
        certificate = parse_certificate(assemble_certificate(prepared.tbs, suite, signature))
        if certificate.tbs != prepared.tbs or certificate.signature != signature:
            raise TrustError(ErrorCode.CA_NOT_COMPARED, "what was signed is not what was linted")
        verify_signature(suite=suite, key=self._signer.public_key, message=certificate.tbs, signature=signature)
        return certificate
