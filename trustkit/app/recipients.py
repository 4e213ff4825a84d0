"""Whom something is encrypted to, looked at before it is: what the certificate is for, its days, its path, its revocation.

The verdict is the verifier's, as of a certificate handed in by itself, judged for encryption. A certificate that is revoked or on
hold gets no letter, nor does one of a TOTAL-FAILED for any other cause. What is INDETERMINATE because something is not known is
told with its reasons; it is refused where anchors were named and the certificate leads to none of them, and where who encrypts
asked for certainty.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trustkit.app.certificate_files import read_certificates
from trustkit.errors import ErrorCode, TrustError
from trustkit.verdict import CheckId, CheckStatus
from trustkit.x509.purpose import Purpose, require_purpose

if TYPE_CHECKING:
    from pathlib import Path

    from trustkit.verdict import Check, Verdict
    from trustkit.x509.certificate import Certificate
    from verifier.service import VerificationService


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """A certificate that may be encrypted to, and what is not known of it, a sentence each."""

    certificate: Certificate
    doubts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientRules:
    """How recipients are judged.

    Attributes:
        service: whose anchors, lists and network are used.
        evidence: certificates, lists and OCSP answers (DER or PEM) for them.
        anchored: whether the anchors were named for this act, so that a path to one is a must.
        strict: whether doubts are refusals.
    """

    service: VerificationService
    evidence: tuple[bytes, ...] = ()
    anchored: bool = False
    strict: bool = False

    def choose(self, paths: tuple[Path, ...]) -> tuple[Recipient, ...]:
        """Return the first certificate of each file; the others of the file help to build its path.

        Raises:
            TrustError: CERTIFICATE_PURPOSE, CERTIFICATE_EXPIRED, CERTIFICATE_NOT_YET_VALID, CERTIFICATE_REVOKED (also on hold);
                with anchors PATH_*; with `strict` the code of the doubt, such as CRL_MISSING; what reading raises.
        """
        return tuple(self._judged(path) for path in paths)

    def _judged(self, path: Path) -> Recipient:
        certificate, *helpers = read_certificates(path)
        require_purpose(certificate, Purpose.ENCRYPTION)
        now = self.service.clock.now()
        if now < certificate.not_before:
            raise TrustError(ErrorCode.CERTIFICATE_NOT_YET_VALID, "the recipient's certificate", file=path.name)
        if now > certificate.not_after:
            raise TrustError(ErrorCode.CERTIFICATE_EXPIRED, "the recipient's certificate", file=path.name)
        evidence = (*self.evidence, *(helper.der for helper in helpers))
        verdict = self.service.judge_certificate_for(certificate, Purpose.ENCRYPTION, evidence=evidence, at=now)
        doubts = _doubts(verdict)
        for check in doubts:
            if self._refuses(check):
                code = check.code or ErrorCode.CERTIFICATE_REVOKED
                raise TrustError(code, f"the recipient's certificate: {check.detail}", file=path.name)
        return Recipient(certificate=certificate, doubts=tuple(f"{each.id.value}: {each.detail}" for each in doubts))

    def _refuses(self, check: Check) -> bool:
        if check.status is CheckStatus.FAILED or self.strict:
            return True
        if check.id is CheckId.CERTIFICATE_REVOCATION:
            return check.code is None  # a list or an answer says so; what is merely missing has a code
        return self.anchored and check.status is CheckStatus.UNKNOWN


def _doubts(verdict: Verdict) -> tuple[Check, ...]:
    """Return the checks that did not pass. Evidence that could not be used is told as one and decides nothing."""
    return tuple(
        check for check in verdict.checks if check.status is not CheckStatus.PASSED and check.id is not CheckId.EVIDENCE
    )
