"""What a certificate is to be used for, and whether its keyUsage and extendedKeyUsage allow it (RFC 5280 4.2.1.3, .12).

GB/T 20518 gives a subject two certificates: the signing one carries digitalSignature and nonRepudiation, the encryption
one keyEncipherment and its like. An encryption certificate never signs, whoever issued it.
"""

from __future__ import annotations

from enum import StrEnum, unique
from typing import TYPE_CHECKING, Final

from trustkit.errors import ErrorCode, TrustError
from trustkit.x509 import oids

if TYPE_CHECKING:
    from trustkit.x509.certificate import Certificate


@unique
class Purpose(StrEnum):
    """Uses of a certificate, as the caller means it."""

    DOCUMENT_SIGNING = "document-signing"  # licences, CMS, PDF, and signing with a seal
    SEAL_MAKING = "seal-making"  # signing seals themselves: an extended usage of our own, or the demands of documents
    STATUS_SIGNING = "status-signing"  # status list tokens: its own extended usage, or the demands of documents
    TIMESTAMPING = "timestamping"
    CERTIFICATE_SIGNING = "certificate-signing"
    CRL_SIGNING = "crl-signing"
    SERVICE = "service"  # TLS, OCSP and the like: what the extended usages of a certificate name, and nothing else
    ENCRYPTION = "encryption"  # to be written to: the recipient of an envelope
    ANY = "any"  # the certificate itself is looked at, not something it signed


_SIGNING_BITS: Final = frozenset({"digitalSignature", "nonRepudiation"})
_ENCRYPTION_BITS: Final = frozenset({"keyEncipherment", "dataEncipherment", "keyAgreement"})
_DOCUMENTS: Final = frozenset({Purpose.DOCUMENT_SIGNING, Purpose.SEAL_MAKING, Purpose.STATUS_SIGNING})
_MESSAGES: Final = _DOCUMENTS | {Purpose.ENCRYPTION}
_TIMESTAMPING: Final = "timeStamping"
_STATUS: Final = "statusSigning"  # oids.STATUS_SIGNING
_SEALS: Final = "sealMaking"  # oids.SEAL_MAKING
_OWN_USAGES: Final = {Purpose.STATUS_SIGNING: _STATUS, Purpose.SEAL_MAKING: _SEALS}
_CLIENT: Final = "clientAuth"
_ANY_PURPOSE: Final = "anyExtendedKeyUsage"
# Services of their own: a certificate for nothing but these was not issued for documents. Client authentication and
# e-mail protection are not among them, because the certificates of persons carry them.
_OTHER_SERVICES: Final = frozenset({_TIMESTAMPING, _STATUS, _SEALS, "ocspSigning", "serverAuth", "codeSigning"})


def require_purpose(certificate: Certificate, purpose: Purpose) -> None:
    """Raise CERTIFICATE_PURPOSE unless the end certificate may be used for `purpose`.

    Without a keyUsage or extendedKeyUsage extension there is no restriction (RFC 5280 4.2.1.3, 4.2.1.12), except that a
    time-stamping authority must carry the extended usage, critical and alone (RFC 3161 2.3).
    """
    usage = certificate.key_usage
    if purpose is Purpose.CERTIFICATE_SIGNING:
        if not certificate.is_ca or (usage is not None and "keyCertSign" not in usage):
            raise _refusal("not the certificate of a certificate authority", purpose)
    elif purpose is Purpose.CRL_SIGNING:
        if usage is not None and "cRLSign" not in usage:
            raise _refusal("keyUsage lacks cRLSign", purpose)
    elif purpose is Purpose.ENCRYPTION:
        _require_encryption(usage)
    elif purpose is Purpose.SERVICE:
        _require_services(certificate)
    elif purpose is not Purpose.ANY:
        _require_signing(usage, purpose)
        if purpose is Purpose.TIMESTAMPING:
            _require_timestamping(certificate)
    if not fits_extended_usage(certificate.extended_key_usage, purpose):
        raise _refusal("extendedKeyUsage names other services", purpose)


def _require_signing(usage: frozenset[str] | None, purpose: Purpose) -> None:
    if usage is not None and not usage & _SIGNING_BITS:
        what = "an encryption certificate" if usage & _ENCRYPTION_BITS else "no signing certificate"
        raise _refusal(f"{what}: keyUsage has neither digitalSignature nor nonRepudiation", purpose)


def _require_encryption(usage: frozenset[str] | None) -> None:
    if usage is not None and not usage & _ENCRYPTION_BITS:
        what = "a signing certificate" if usage & _SIGNING_BITS else "no encryption certificate"
        bits = "keyEncipherment, dataEncipherment and keyAgreement"
        raise _refusal(f"{what}: keyUsage has none of {bits}", Purpose.ENCRYPTION)


def _require_services(certificate: Certificate) -> None:
    if not is_for_services(certificate):
        raise _refusal("extendedKeyUsage does not name services alone", Purpose.SERVICE)


def _require_timestamping(certificate: Certificate) -> None:
    extension = certificate.extensions.get(oids.EXTENDED_KEY_USAGE)
    if extension is None or not extension.critical or certificate.extended_key_usage != (_TIMESTAMPING,):
        raise _refusal("extendedKeyUsage must be timeStamping alone, and critical", Purpose.TIMESTAMPING)


def fits_extended_usage(purposes: tuple[str, ...] | None, purpose: Purpose) -> bool:
    """Tell whether extended usages leave room for `purpose`; for certificates of authorities in the path as well."""
    if purposes is None or _ANY_PURPOSE in purposes:
        return True
    if purpose is Purpose.TIMESTAMPING:
        return _TIMESTAMPING in purposes
    if _OWN_USAGES.get(purpose) in purposes:
        return True
    return purpose not in _MESSAGES or not set(purposes) <= _OTHER_SERVICES


def is_for_services(certificate: Certificate) -> bool:
    """Tell whether a certificate is for services such as TLS or OCSP and for nothing else."""
    named = set(certificate.extended_key_usage or ()) - {_CLIENT}
    return bool(named) and named <= _OTHER_SERVICES - {_TIMESTAMPING, _STATUS, _SEALS}


def is_status_signer(certificate: Certificate) -> bool:
    """Tell whether a certificate names the signing of status lists itself, not merely leaves room for it."""
    return _STATUS in (certificate.extended_key_usage or ())


def is_seal_maker(certificate: Certificate) -> bool:
    """Tell whether a certificate names the making of seals itself, not merely leaves room for it."""
    return _SEALS in (certificate.extended_key_usage or ())


def _refusal(detail: str, purpose: Purpose) -> TrustError:
    return TrustError(ErrorCode.CERTIFICATE_PURPOSE, detail, purpose=purpose.value)
