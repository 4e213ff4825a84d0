"""Octets parsed once and kept: certificates and CRLs come back with every file of the same authority.

Parsing proves nothing, so keeping the result cannot change a verdict; what cannot be parsed is left out here and told
where it matters.
"""

from __future__ import annotations

from functools import lru_cache

from trustkit.errors import TrustError
from trustkit.x509.certificate import Certificate, parse_certificate
from trustkit.x509.crl import CertificateList, parse_crl

_CERTIFICATES = 2048
_CRLS = 64
_OWN_CRLS = 4  # the root's and the issuing CA's, before and after a renewal
# Anyone may post octets, so only small ones are kept: 32 MiB of certificates and 64 MiB of lists at most.
_SMALL_CERTIFICATE = 16 * 1024
_SMALL_CRL = 1024 * 1024


def certificate_of(der: bytes) -> Certificate | None:
    """Return the certificate, or None when it cannot be read."""
    return _kept_certificate(der) if len(der) <= _SMALL_CERTIFICATE else _certificate(der)


def crl_of(der: bytes) -> CertificateList | None:
    """Return the revocation list, or None when it cannot be read."""
    return _kept_crl(der) if len(der) <= _SMALL_CRL else _crl(der)


def _certificate(der: bytes) -> Certificate | None:
    try:
        return parse_certificate(der)
    except TrustError:
        return None


def _crl(der: bytes) -> CertificateList | None:
    try:
        return parse_crl(der)
    except TrustError:
        return None


_kept_certificate = lru_cache(maxsize=_CERTIFICATES)(_certificate)
_kept_crl = lru_cache(maxsize=_CRLS)(_crl)
_kept_own_crl = lru_cache(maxsize=_OWN_CRLS)(_crl)


def certificates_of(ders: tuple[bytes, ...]) -> tuple[Certificate, ...]:
    """Return those that can be read."""
    return tuple(found for der in ders if (found := certificate_of(der)) is not None)


def crls_of(ders: tuple[bytes, ...]) -> tuple[CertificateList, ...]:
    """Return those that can be read."""
    return tuple(found for der in ders if (found := crl_of(der)) is not None)


def own_crls_of(ders: tuple[bytes, ...]) -> tuple[CertificateList, ...]:
    """Return the home authority's lists; they are kept whatever their size, with their index of entries."""
    return tuple(found for der in ders if (found := _kept_own_crl(der)) is not None)
