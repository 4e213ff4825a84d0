"""Whether a revocation list speaks about a certificate, and for which reasons (RFC 5280 5.2, 6.3.3 (b), (d)).

A list is taken for the certificate's distribution points one after another, and for the one every certificate has unsaid:
its issuer's complete list. Lists of some reasons cover these reasons; indirect ones count where a point names their issuer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from trustkit.encoding.remembered import remembering
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509 import oids
from trustkit.x509.distribution_point import (
    ALL_REASONS,
    DistributionPoint,
    IssuingPoint,
    keys_of,
    read_distribution_points,
    read_issuing_point,
)
from trustkit.x509.general_name import DIRECTORY_NAME, GeneralName
from trustkit.x509.name import names_equal

if TYPE_CHECKING:
    from trustkit.x509.certificate import Certificate
    from trustkit.x509.crl import CertificateList

_PROCESSED: Final = frozenset(
    {
        oids.AUTHORITY_KEY_IDENTIFIER,
        oids.CRL_NUMBER,
        oids.DELTA_CRL_INDICATOR,
        oids.EXPIRED_CERTS_ON_CRL,
        oids.ISSUING_DISTRIBUTION_POINT,
    }
)
_EVERYTHING: Final = IssuingPoint()


def points_of(certificate: Certificate) -> tuple[DistributionPoint, ...]:
    """Return the points a certificate names, and last the one it need not name: its issuer's own (6.3.3).

    Points that cannot be read are as good as none: they can only add lists.
    """
    implied = _implied(certificate.issuer_der)
    extension = certificate.extensions.get(oids.CRL_DISTRIBUTION_POINTS)
    if extension is None:
        return (implied,)
    try:
        return (*read_distribution_points(extension.value, certificate.issuer_der), implied)
    except TrustError:
        return (implied,)


def _implied_by(issuer_der: bytes) -> DistributionPoint:
    names = keys_of((GeneralName(DIRECTORY_NAME, issuer_der),))
    return DistributionPoint(names=names, reasons=ALL_REASONS, issuers=(), urls=())


_implied: Final = remembering(_implied_by, entries=256, largest=1024)


def speaks_for(crl: CertificateList, certificate: Certificate, points: tuple[DistributionPoint, ...]) -> bool:
    """Tell whether a list is by the certificate's issuer or by one of those its points name; no more is looked at."""
    if names_equal(crl.issuer_der, certificate.issuer_der):
        return True
    named = dict.fromkeys(name for point in points for name in point.issuers)
    return any(names_equal(crl.issuer_der, name) for name in named)


def require_in_scope(
    crl: CertificateList, certificate: Certificate, points: tuple[DistributionPoint, ...]
) -> frozenset[int]:
    """Return for which reasons a list tells of certificates such as this one. Raise CRL_SCOPE saying why for none.

    The list's signature and age are judged elsewhere; so is whether it is a delta.
    """
    for oid, extension in crl.extensions.items():
        if extension.critical and oid not in _PROCESSED:
            raise TrustError(ErrorCode.CRL_SCOPE, "the list holds an unknown critical extension", oid=oid)
    about = issuing_point(crl)
    if about.only_attributes:
        raise TrustError(ErrorCode.CRL_SCOPE, "the list is about attribute certificates")
    if about.only_users and certificate.is_ca:
        raise TrustError(ErrorCode.CRL_SCOPE, "the list is about end certificates alone")
    if about.only_authorities and not certificate.is_ca:
        raise TrustError(ErrorCode.CRL_SCOPE, "the list is about authorities alone")
    covered: set[int] = set()
    refusals: list[str] = []
    for point in points:
        refusal = _refusal(crl, about, certificate, point)
        if refusal is None:
            covered |= point.reasons & about.reasons
        else:
            refusals.append(refusal)
    if not covered:
        raise TrustError(ErrorCode.CRL_SCOPE, refusals[0] if refusals else "the list tells no reason asked for")
    return frozenset(covered)


def issuing_point(crl: CertificateList) -> IssuingPoint:
    """Return what a list says it is about. Raise CRL_SCOPE when that cannot be read."""
    extension = crl.extensions.get(oids.ISSUING_DISTRIBUTION_POINT)
    if extension is None:
        return _EVERYTHING
    try:
        return read_issuing_point(extension.value, crl.issuer_der)
    except TrustError as error:
        raise TrustError(ErrorCode.CRL_SCOPE, f"issuingDistributionPoint: {error.detail}") from error


def _refusal(
    crl: CertificateList, about: IssuingPoint, certificate: Certificate, point: DistributionPoint
) -> str | None:
    """Return why a list is not that of a point, None when it is (6.3.3 (b)(1), (2)(i))."""
    if point.issuers:
        if not any(names_equal(crl.issuer_der, name) for name in point.issuers):
            return "the list is another issuer's"
        if not about.indirect:
            return "the list is not indirect, and its issuer is not the certificate's"
    elif not names_equal(crl.issuer_der, certificate.issuer_der):
        return "the list is another issuer's"
    if about.names is None:
        return None
    named = point.names
    if named is None:
        named = keys_of(tuple(GeneralName(DIRECTORY_NAME, name) for name in point.issuers))
    return None if named & about.names else "the list is of a distribution point the certificate does not name"
