"""Certificates clients of the provider show (`tls_client_auth`, RFC 8705 2.1): those this home issued, as its register has them now.

The handshake proved possession of the key and a path to an authority of the home. The register says the rest: the very certificate was issued,
is in force, was not revoked since, and is for clients of TLS: one made for seals or documents lets nobody in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from trustkit.errors import ErrorCode, TrustError
from trustkit.store import certificates
from trustkit.store.certificates import serial_text
from trustkit.x509.certificate import parse_certificate

if TYPE_CHECKING:
    from datetime import datetime

    from trustkit.store.unit_of_work import ReadUnit


_CLIENT: Final = "clientAuth"
_ISSUING: Final = "issuing"  # the authority of a home that issues to others unless told


@dataclass(frozen=True, slots=True)
class RegisteredCertificates:
    """Judges by the home's register (`idp.op.client_authentication.CertificateJudge`)."""

    def subject_of(self, unit: ReadUnit, der: bytes, *, issuer: str, now: datetime) -> str:
        """Return the subject as RFC 4514 text. `issuer` is the authority it is to be of, empty for the issuing CA: each names as it likes.

        Raises:
            TrustError: CERTIFICATE_MALFORMED; CERTIFICATE_UNPROVED for one this home, or another authority of it, issued; CERTIFICATE_PURPOSE for one whose
                extendedKeyUsage does not name clientAuth; CERTIFICATE_REVOKED, CERTIFICATE_EXPIRED, CERTIFICATE_NOT_YET_VALID.
        """
        certificate = parse_certificate(der)
        row = certificates.find(unit, serial_text(certificate.serial))
        if row is None or row.der != der:
            raise TrustError(ErrorCode.CERTIFICATE_UNPROVED, "not a certificate of this home")
        if row.issuer != (issuer or _ISSUING):
            raise TrustError(ErrorCode.CERTIFICATE_UNPROVED, "of another authority than the client is registered with")
        if _CLIENT not in (certificate.extended_key_usage or ()):  # none at all, and any purpose, is not for this
            raise TrustError(ErrorCode.CERTIFICATE_PURPOSE, "not for clients of TLS")
        if row.revoked_at is not None:
            raise TrustError(ErrorCode.CERTIFICATE_REVOKED, "revoked")
        if now < certificate.not_before:
            raise TrustError(ErrorCode.CERTIFICATE_NOT_YET_VALID, "not yet valid")
        if now > certificate.not_after:
            raise TrustError(ErrorCode.CERTIFICATE_EXPIRED, "expired")
        return certificate.subject
