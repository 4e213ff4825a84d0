"""Values of the certificate extensions that validation and evidence gathering need (RFC 5280 4.2).

Each `read_*` takes the octets inside the extension's OCTET STRING and raises DER_MALFORMED for what it cannot read. Real
certificates deviate, so what is harmless is accepted: trailing zero bits in KeyUsage, empty sequences, unknown choices.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from trustkit.encoding import der
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509 import oids
from trustkit.x509.general_name import GeneralName, read_general_name, read_general_names, uris

MAX_KEY_IDENTIFIER: Final = 128  # octets; SHA-1 makes 20, SHA-512 64
MAX_PATH_LENGTH: Final = 1000  # larger numbers mean "unlimited", and are read as such
_MAX_UNUSED_BITS: Final = 7
_CONTEXT_0, _CONTEXT_0_PRIMITIVE = 0xA0, 0x80


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityInformation:
    """Where the issuer can be asked: OCSP responders and issuer certificates, as URLs found (RFC 5280 4.2.2.1)."""

    ocsp_urls: tuple[str, ...] = ()
    issuer_urls: tuple[str, ...] = ()


def _outer(value: bytes, tag: int, what: str) -> der.Tlv:
    element = der.read_tlv(value, 0, len(value))
    der.expect(value, element, tag, what)
    if element.end != len(value):
        raise TrustError(ErrorCode.DER_MALFORMED, f"octets after {what}")
    return element


def read_basic_constraints(value: bytes) -> tuple[bool, int | None]:
    """Return whether the subject is a CA, and its path length if it is limited (RFC 5280 4.2.1.9)."""
    outer = _outer(value, der.SEQUENCE, "basicConstraints")
    is_ca, path_length = False, None
    for index, part in enumerate(der.children(value, outer)):
        body = der.content(value, part)
        if part.tag == der.BOOLEAN and index == 0 and len(body) == 1:
            is_ca = body != b"\x00"
        elif part.tag == der.INTEGER and path_length is None:
            path_length = der.decode_integer(body)
        else:
            raise TrustError(ErrorCode.DER_MALFORMED, "basicConstraints")
    if path_length is not None and path_length < 0:
        raise TrustError(ErrorCode.DER_MALFORMED, "negative path length")
    return is_ca, None if path_length is None or path_length > MAX_PATH_LENGTH else path_length


def read_key_usage(value: bytes) -> frozenset[str]:
    """Return the names of the bits set (RFC 5280 4.2.1.3)."""
    body = der.content(value, _outer(value, der.BIT_STRING, "keyUsage"))
    if not body or body[0] > _MAX_UNUSED_BITS or (len(body) == 1 and body[0]):
        raise TrustError(ErrorCode.DER_MALFORMED, "keyUsage")
    bits = int.from_bytes(body[1:], "big")
    size = 8 * (len(body) - 1)
    return frozenset(
        name
        for position, name in enumerate(oids.KEY_USAGE_BITS)
        if position < size and bits >> (size - 1 - position) & 1
    )


def read_extended_key_usage(value: bytes) -> tuple[str, ...]:
    """Return the purposes by name where known, else as dotted OIDs, in order (RFC 5280 4.2.1.12)."""
    outer = _outer(value, der.SEQUENCE, "extendedKeyUsage")
    found = (oids.dotted(der.expect(value, e, der.OID, "key purpose")) for e in der.children(value, outer))
    return tuple(oids.EXTENDED_KEY_USAGE_NAMES.get(oid, oid) for oid in found)


def read_subject_key_identifier(value: bytes) -> bytes:
    """Return the identifier (RFC 5280 4.2.1.2)."""
    return _identifier(der.content(value, _outer(value, der.OCTET_STRING, "subjectKeyIdentifier")))


def read_authority_key_identifier(value: bytes) -> bytes | None:
    """Return the key identifier of AuthorityKeyIdentifier, None when it names the issuer in another way (4.2.1.1)."""
    outer = _outer(value, der.SEQUENCE, "authorityKeyIdentifier")
    for part in der.children(value, outer):
        if part.tag == _CONTEXT_0_PRIMITIVE:
            return _identifier(der.content(value, part))
    return None


def _identifier(octets: bytes) -> bytes:
    if not 0 < len(octets) <= MAX_KEY_IDENTIFIER:
        raise TrustError(ErrorCode.DER_MALFORMED, "key identifier", octets=len(octets))
    return octets


def read_crl_urls(value: bytes) -> tuple[str, ...]:
    """Return the URLs of the complete lists: no partial reasons, no other CRL issuer (RFC 5280 4.2.1.13)."""
    outer = _outer(value, der.SEQUENCE, "cRLDistributionPoints")
    found: list[str] = []
    for point in der.children(value, outer):
        der.expect(value, point, der.SEQUENCE, "distribution point")
        parts = der.children(value, point)
        if len(parts) == 1 and parts[0].tag == _CONTEXT_0:
            found.extend(uris(read_distribution_point_name(value, parts[0])))
    return tuple(found)


def read_distribution_point_name(value: bytes, element: der.Tlv) -> tuple[GeneralName, ...]:
    """Return the full names of ``[0] DistributionPointName``; none when it is relative to the issuer."""
    choice = der.read_tlv(value, element.body, element.end)
    return read_general_names(value, choice) if choice.tag == _CONTEXT_0 else ()


def read_authority_information(value: bytes) -> AuthorityInformation:
    """Return the URLs of AuthorityInfoAccess (RFC 5280 4.2.2.1)."""
    outer = _outer(value, der.SEQUENCE, "authorityInfoAccess")
    found: dict[str, list[str]] = {oids.ACCESS_OCSP: [], oids.ACCESS_CA_ISSUERS: []}
    for description in der.children(value, outer):
        der.expect(value, description, der.SEQUENCE, "access description")
        method = der.read_tlv(value, description.body, description.end)
        location = der.read_tlv(value, method.end, description.end)
        oid = oids.dotted(der.expect(value, method, der.OID, "access method"))
        if oid in found:
            found[oid].extend(uris((read_general_name(value, location),)))
    return AuthorityInformation(
        ocsp_urls=tuple(found[oids.ACCESS_OCSP]), issuer_urls=tuple(found[oids.ACCESS_CA_ISSUERS])
    )


def read_alternative_names(value: bytes) -> tuple[GeneralName, ...]:
    """Return the names of subjectAltName or issuerAltName (RFC 5280 4.2.1.6)."""
    return read_general_names(value, _outer(value, der.SEQUENCE, "alternative names"))
