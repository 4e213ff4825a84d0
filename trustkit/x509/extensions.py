"""Builders of certificate extensions; each returns one encoded Extension (RFC 5280 4.2, GB/T 20518-2018).

Criticality is decided here, once: basicConstraints and keyUsage are critical, extendedKeyUsage is critical exactly for a
time-stamping authority (RFC 3161 2.3), everything else is not.

    extensions = (subject_key_identifier(key.identifier), basic_constraints(ca=False), key_usage({"digitalSignature"}))
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from trustkit.encoding import der_write as w
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509 import oids

if TYPE_CHECKING:
    from collections.abc import Iterable

_URI_TAG: Final = 0x86
_KEY_IDENTIFIER_TAG: Final = 0x80


def extension(oid: str, value: bytes, *, critical: bool = False) -> bytes:
    """Return one Extension around an encoded value; FALSE is left out, being the default (X.690 11.5)."""
    flag = w.boolean(value=True) if critical else b""
    return w.sequence(w.oid(oid), flag, w.octet_string(value))


def subject_key_identifier(identifier: bytes) -> bytes:
    """Return subjectKeyIdentifier (RFC 5280 4.2.1.2)."""
    return extension(oids.SUBJECT_KEY_IDENTIFIER, w.octet_string(identifier))


def authority_key_identifier(identifier: bytes) -> bytes:
    """Return authorityKeyIdentifier with the key identifier alone (RFC 5280 4.2.1.1); certificates and CRLs."""
    value = w.sequence(w.tlv(_KEY_IDENTIFIER_TAG, identifier))
    return extension(oids.AUTHORITY_KEY_IDENTIFIER, value)


def basic_constraints(*, ca: bool, path_length: int | None = None) -> bytes:
    """Return basicConstraints, critical (RFC 5280 4.2.1.9). Raise USAGE for a path length without `ca`."""
    if path_length is not None and (not ca or path_length < 0):
        raise TrustError(ErrorCode.USAGE, "a path length belongs to a certificate authority and is not negative")
    flag = w.boolean(value=True) if ca else b""
    length = w.integer(path_length) if path_length is not None else b""
    return extension(oids.BASIC_CONSTRAINTS, w.sequence(flag, length), critical=True)


def key_usage(names: Iterable[str]) -> bytes:
    """Return keyUsage, critical, from names such as ``digitalSignature`` (RFC 5280 4.2.1.3). Raise USAGE."""
    chosen = frozenset(names)
    if not chosen or (unknown := chosen - set(oids.KEY_USAGE_BITS)):
        raise TrustError(
            ErrorCode.USAGE, "key usage: unknown or no name", names=" ".join(sorted(unknown if chosen else chosen))
        )
    bits = w.named_bits(*(oids.KEY_USAGE_BITS.index(name) for name in chosen))
    return extension(oids.KEY_USAGE, bits, critical=True)


def extended_key_usage(names: Iterable[str]) -> bytes:
    """Return extendedKeyUsage from names or dotted OIDs (RFC 5280 4.2.1.12). Raise USAGE.

    Critical exactly when it is ``timeStamping``, which must stand alone (RFC 3161 2.3).
    """
    chosen = tuple(names)
    if not chosen or ("timeStamping" in chosen and len(chosen) > 1):
        raise TrustError(ErrorCode.USAGE, "extended key usage: none, or timeStamping beside another")
    try:
        purposes = [w.oid(oids.EXTENDED_KEY_USAGE_OIDS.get(name, name)) for name in chosen]
    except ValueError as error:
        raise TrustError(ErrorCode.USAGE, "extended key usage: unknown name", names=" ".join(chosen)) from error
    return extension(oids.EXTENDED_KEY_USAGE, w.sequence(*purposes), critical=chosen == ("timeStamping",))


def crl_distribution_points(urls: Iterable[str]) -> bytes:
    """Return cRLDistributionPoints: one point a URL, each the complete list (RFC 5280 4.2.1.13)."""
    return extension(oids.CRL_DISTRIBUTION_POINTS, distribution_points(urls))


def distribution_points(urls: Iterable[str]) -> bytes:
    """Return CRLDistributionPoints, the value of two extensions (RFC 5280 4.2.1.13, 4.2.1.15): one point a URL."""
    return w.sequence(*(w.sequence(w.explicit(0, w.explicit(0, uri_name(url)))) for url in urls))


def authority_information(*, issuer_urls: Iterable[str] = (), ocsp_urls: Iterable[str] = ()) -> bytes:
    """Return authorityInfoAccess, OCSP first (RFC 5280 4.2.2.1)."""
    ocsp = [w.sequence(w.oid(oids.ACCESS_OCSP), uri_name(url)) for url in ocsp_urls]
    issuers = [w.sequence(w.oid(oids.ACCESS_CA_ISSUERS), uri_name(url)) for url in issuer_urls]
    return extension(oids.AUTHORITY_INFO_ACCESS, w.sequence(*ocsp, *issuers))


def certificate_policies(policy_oids: Iterable[str]) -> bytes:
    """Return certificatePolicies without qualifiers (RFC 5280 4.2.1.4)."""
    return extension(oids.CERTIFICATE_POLICIES, w.sequence(*(w.sequence(w.oid(oid)) for oid in policy_oids)))


def ocsp_no_check() -> bytes:
    """Return ocsp-nocheck: the responder's certificate is trusted for its lifetime (RFC 6960 4.2.2.2.1)."""
    return extension(oids.OCSP_NO_CHECK, w.null())


def uri_name(url: str) -> bytes:
    """Return a GeneralName with a URI. Raise USAGE for what no certificate should carry."""
    if not url.isascii() or not url.isprintable() or " " in url:
        raise TrustError(ErrorCode.USAGE, "a URL in a certificate is ASCII without blanks")
    return w.tlv(_URI_TAG, url.encode("ascii"))


def standard_extensions(
    *,
    key_identifier: bytes,
    authority_identifier: bytes | None,
    ca: bool,
    path_length: int | None = None,
    usage: Iterable[str],
    purposes: Iterable[str] = (),
    crl_urls: Iterable[str] = (),
    issuer_urls: Iterable[str] = (),
    ocsp_urls: Iterable[str] = (),
    policies: Iterable[str] = (),
) -> tuple[bytes, ...]:
    """Return the extensions of a GB/T 20518 certificate in their usual order; those without a value are left out.

    `authority_identifier` is the issuer's key identifier, None in a self-signed certificate that leaves it out.
    """
    before, after = _repeated_extensions(
        authority_identifier=authority_identifier,
        ca=ca,
        path_length=path_length,
        usage=frozenset(usage),
        purposes=tuple(purposes),
        crl_urls=tuple(crl_urls),
        issuer_urls=tuple(issuer_urls),
        ocsp_urls=tuple(ocsp_urls),
        policies=tuple(policies),
    )
    return (*before, subject_key_identifier(key_identifier), *after)


@lru_cache(maxsize=256)  # the same in all certificates that one authority makes by one profile
def _repeated_extensions(
    *,
    authority_identifier: bytes | None,
    ca: bool,
    path_length: int | None,
    usage: frozenset[str],
    purposes: tuple[str, ...],
    crl_urls: tuple[str, ...],
    issuer_urls: tuple[str, ...],
    ocsp_urls: tuple[str, ...],
    policies: tuple[str, ...],
) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """Return what stands before and after the subject's key identifier."""
    before = (authority_key_identifier(authority_identifier),) if authority_identifier else ()
    after = [
        basic_constraints(ca=ca, path_length=path_length),
        key_usage(usage),
        extended_key_usage(purposes) if purposes else b"",
        certificate_policies(policies) if policies else b"",
        crl_distribution_points(crl_urls) if crl_urls else b"",
        authority_information(issuer_urls=issuer_urls, ocsp_urls=ocsp_urls) if issuer_urls or ocsp_urls else b"",
    ]
    return before, tuple(part for part in after if part)
