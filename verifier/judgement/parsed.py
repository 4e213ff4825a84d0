"""Octets parsed once and kept: certificates and CRLs come back with every file of the same authority.

Parsing proves nothing, so keeping the result cannot change a verdict; what cannot be parsed is left out here and told
where it matters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from trustkit.encoding.remembered import remembering
from trustkit.errors import TrustError
from trustkit.x509.certificate import seen_certificate
from trustkit.x509.crl import MAX_CRL_SIZE, CertificateList, parse_crl

if TYPE_CHECKING:
    from trustkit.x509.certificate import Certificate

_CRLS: Final = 64
_OWN_CRLS: Final = 4  # the root's and the issuing CA's, before and after a renewal
_SMALL_CRL: Final = 1024 * 1024  # anyone may post octets, so only small ones are kept: 64 MiB of lists at most


def certificate_of(der: bytes) -> Certificate | None:
    """Return the certificate, or None when it cannot be read."""
    try:
        return seen_certificate(der)
    except TrustError:
        return None


def _crl(der: bytes) -> CertificateList | None:
    try:
        return parse_crl(der)
    except TrustError:
        return None


crl_of: Final = remembering(_crl, entries=_CRLS, largest=_SMALL_CRL)  # None when it cannot be read
_own_crl: Final = remembering(_crl, entries=_OWN_CRLS, largest=MAX_CRL_SIZE)


def certificates_of(ders: tuple[bytes, ...]) -> tuple[Certificate, ...]:
    """Return those that can be read."""
    return tuple(found for der in ders if (found := certificate_of(der)) is not None)


def crls_of(ders: tuple[bytes, ...]) -> tuple[CertificateList, ...]:
    """Return those that can be read."""
    return tuple(found for der in ders if (found := crl_of(der)) is not None)


def own_crls_of(ders: tuple[bytes, ...]) -> tuple[CertificateList, ...]:
    """Return the home authority's lists; they are kept whatever their size, with their index of entries."""
    return tuple(found for der in ders if (found := _own_crl(der)) is not None)
