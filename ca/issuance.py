"""Issuing one certificate: prepare, lint, sign once, compare.

    prepared = issuer.prepare(order, serial=…, at=now)      # every check, no key used
    certificate = issuer.issue(prepared)                     # once, at the same issuer, exactly those octets

`prepare` builds the octets to be signed, dresses them with a stand-in signature, reads them back and lints what was
read. `issue` signs those octets, reads the result back, compares it with what was linted, and verifies it with the
public verifier before anyone else sees it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from ca.certificate_extensions import extensions_of
from ca.known_keys import require_secret
from ca.lints.model import LintSubject
from ca.lints.registry import lint
from ca.order_rules import require_within_profile, validity_of
from trustkit.crypto.algorithm_policy import (
    USUAL_ALGORITHM_POLICY,
    AlgorithmPolicy,
    AlgorithmUse,
    require_certifiable,
    require_for_making,
)
from trustkit.crypto.public_key import parse_public_key
from trustkit.crypto.verify import SignatureItem, verify_batch
from trustkit.custody.port import sign_all
from trustkit.encoding import der_write as write
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509.build import CertificateSpec, assemble_certificate, build_tbs_certificate
from trustkit.x509.certificate import parse_certificate, read_resigned

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from ca.known_keys import KnownKeys
    from ca.order import CertificateOrder
    from ca.profile_model import CertificateProfile
    from trustkit.crypto.suites import SignatureSuite
    from trustkit.custody.port import Signer
    from trustkit.x509.certificate import Certificate

_STAND_IN: Final = write.sequence(write.integer(1), write.integer(1))


@dataclass(slots=True)
class PreparedCertificate:
    """Octets that were linted and may be signed once. Made by `CertificateIssuer.prepare` alone.

    `dressed` is the certificate as it was read and linted, under the stand-in signature.
    """

    dressed: Certificate = field(repr=False)
    profile: CertificateProfile
    issuer: CertificateIssuer = field(repr=False)
    rules: tuple[str, ...]
    spent: bool = False

    @property
    def tbs(self) -> bytes:
        """The octets to be signed."""
        return self.dressed.tbs


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuingRules:
    """What every certificate is held against besides its profile: until when algorithms serve, and which keys others have."""

    algorithms: AlgorithmPolicy = USUAL_ALGORITHM_POLICY
    known_keys: KnownKeys | None = None


USUAL_RULES: Final = IssuingRules()


class CertificateIssuer:
    """A CA key with its certificate (None while the root makes its own), and until when which algorithm serves."""

    def __init__(
        self,
        signer: Signer,
        certificate: Certificate | None,
        *,
        rules: IssuingRules = USUAL_RULES,
    ) -> None:
        self._signer = signer
        self._certificate = certificate
        self._rules = rules

    def prepare(self, order: CertificateOrder, *, serial: int, at: datetime) -> PreparedCertificate:
        """Return octets that satisfied every lint.

        Raises:
            TrustError: ALGORITHM_SUNSET when the CA's suite, or an RSA key of either, is past its day; CA_ORDER, CA_SUBJECT, CA_VALIDITY, CA_ENDS_FIRST for what the profile does not allow; CA_LINT naming
                the rules; CA_KEY_KNOWN, KEY_MALFORMED, KEY_WEAK, KEY_UNSUPPORTED for the subject's key.
        """
        profile, issuer = order.profile, self._certificate
        key = parse_public_key(order.spki)
        suite, own_key = self._signer.suite, self._signer.public_key
        require_for_making(self._rules.algorithms, suite, own_key, AlgorithmUse.CERTIFICATE, at)
        require_certifiable(self._rules.algorithms, key, at)
        require_secret(key, self._rules.known_keys)
        require_within_profile(order, key)
        validity = validity_of(order, issuer, at)
        tbs = build_tbs_certificate(
            CertificateSpec(
                serial=serial,
                suite=self._signer.suite,
                issuer_der=issuer.subject_der if issuer else order.subject_der,
                subject_der=order.subject_der,
                spki=key.spki,
                not_before=validity.not_before,
                not_after=validity.not_after,
                extensions=extensions_of(order, key, issuer, serial=serial),
            )
        )
        dressed = parse_certificate(assemble_certificate(tbs, self._signer.suite, _STAND_IN))
        rules = lint(LintSubject(certificate=dressed, issuer=issuer, profile=profile))
        return PreparedCertificate(dressed=dressed, profile=profile, issuer=self, rules=rules)

    def issue(self, prepared: PreparedCertificate) -> Certificate:
        """Sign what was prepared, once. Raise as `issue_batch`."""
        return self.issue_batch((prepared,))[0]

    def issue_batch(self, prepared: Sequence[PreparedCertificate]) -> tuple[Certificate, ...]:
        """Sign what was prepared, each once, and return the certificates in order, every one proved; none when one fails.

        Raises:
            TrustError: CA_TOKEN_SPENT for a second use or another issuer's preparation; SIGNING_FAILED;
                CA_NOT_COMPARED when a result is not what was linted; SIGNATURE_WRONG when one does not verify.
        """
        for each in prepared:
            if each.spent or each.issuer is not self:
                raise TrustError(ErrorCode.CA_TOKEN_SPENT, "a preparation is good for one signature at its own issuer")
            each.spent = True
        suite, key = self._signer.suite, self._signer.public_key
        signatures = sign_all(self._signer, [each.tbs for each in prepared])
        made = tuple(
            _compared(each.dressed, signature, suite) for each, signature in zip(prepared, signatures, strict=True)
        )
        for code in verify_batch(
            [SignatureItem(suite=suite, key=key, message=each.tbs, signature=each.signature) for each in made]
        ):
            if code is not None:
                raise TrustError(code, "what was signed does not verify")
        return made


def _compared(linted: Certificate, signature: bytes, suite: SignatureSuite) -> Certificate:
    """Return the signed certificate: its octets are read back, and what is signed in them is octet for octet what was linted."""
    try:
        certificate = read_resigned(assemble_certificate(linted.tbs, suite, signature), linted)
    except TrustError as error:
        raise TrustError(ErrorCode.CA_NOT_COMPARED, "what was signed is not what was linted") from error
    if certificate.signature != signature:
        raise TrustError(ErrorCode.CA_NOT_COMPARED, "the signature is not the one that was made")
    return certificate
