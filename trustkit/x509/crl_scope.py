"""Whether a revocation list speaks about a certificate (RFC 5280 5.2.4, 5.2.5, 6.3.3 (b)).

Only complete lists of the certificate's own issuer are taken. Delta and indirect lists, lists of some reasons and lists
of attribute certificates are recognised and put aside: a list that tells half of it must never prove that all is well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from trustkit.encoding import der
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509 import oids
from trustkit.x509.extension_values import read_distribution_point_name
from trustkit.x509.general_name import uris
from trustkit.x509.name import names_equal

if TYPE_CHECKING:
    from trustkit.x509.certificate import Certificate
    from trustkit.x509.crl import CertificateList

_PROCESSED: Final = frozenset(
    {oids.AUTHORITY_KEY_IDENTIFIER, oids.CRL_NUMBER, oids.ISSUING_DISTRIBUTION_POINT, oids.EXPIRED_CERTS_ON_CRL}
)
_POINT, _ONLY_USERS, _ONLY_AUTHORITIES = 0xA0, 0x81, 0x82
_SOME_REASONS, _INDIRECT, _ONLY_ATTRIBUTES = 0x83, 0x84, 0x85
_REFUSED: Final = {
    _SOME_REASONS: "the list tells only some reasons",
    _INDIRECT: "the list is indirect: it speaks for several issuers",
    _ONLY_ATTRIBUTES: "the list is about attribute certificates",
}


def require_in_scope(crl: CertificateList, certificate: Certificate) -> None:
    """Return when the list is complete and about certificates such as this one. Raise CRL_SCOPE saying why not.

    The list's signature and age are judged elsewhere.
    """
    if not names_equal(crl.issuer_der, certificate.issuer_der):
        raise TrustError(ErrorCode.CRL_SCOPE, "the list is another issuer's")
    for oid, extension in crl.extensions.items():
        if oid == oids.DELTA_CRL_INDICATOR:
            raise TrustError(ErrorCode.CRL_SCOPE, "the list is a delta: it tells only changes")
        if extension.critical and oid not in _PROCESSED:
            raise TrustError(ErrorCode.CRL_SCOPE, "the list holds an unknown critical extension", oid=oid)
    point = crl.extensions.get(oids.ISSUING_DISTRIBUTION_POINT)
    if point is not None:
        _require_point(point.value, certificate)


def _require_point(value: bytes, certificate: Certificate) -> None:
    try:
        parts = _parts(value)
        named = None if _POINT not in parts else uris(read_distribution_point_name(value, parts[_POINT]))
        flags = {tag for tag, part in parts.items() if tag != _POINT and der.content(value, part) != b"\x00"}
    except TrustError as error:
        raise TrustError(ErrorCode.CRL_SCOPE, f"issuingDistributionPoint: {error.detail}") from error
    for flag, why in _REFUSED.items():
        if flag in flags:
            raise TrustError(ErrorCode.CRL_SCOPE, why)
    if _ONLY_USERS in flags and certificate.is_ca:
        raise TrustError(ErrorCode.CRL_SCOPE, "the list is about end certificates alone")
    if _ONLY_AUTHORITIES in flags and not certificate.is_ca:
        raise TrustError(ErrorCode.CRL_SCOPE, "the list is about authorities alone")
    # RFC 5280 6.3.3 (b)(2)(i): the list's point must be one of those the certificate names
    if named is not None and not set(named) & set(certificate.crl_urls):
        raise TrustError(ErrorCode.CRL_SCOPE, "the list is of a distribution point the certificate does not name")


def _parts(value: bytes) -> dict[int, der.Tlv]:
    outer = der.read_tlv(value, 0, len(value))
    der.expect(value, outer, der.SEQUENCE, "issuingDistributionPoint")
    parts = der.children(value, outer)
    found = {part.tag: part for part in parts}
    if (
        outer.end != len(value)
        or len(found) != len(parts)
        or set(found) - {_POINT, _ONLY_USERS, _ONLY_AUTHORITIES, *_REFUSED}
    ):
        raise TrustError(ErrorCode.DER_MALFORMED, "unknown or repeated part")
    return found
