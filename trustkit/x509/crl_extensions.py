"""Builders of the extensions a revocation list may carry; each returns one encoded Extension (RFC 5280 5.2).

Criticality is decided here, once: deltaCRLIndicator and issuingDistributionPoint are critical, the others are not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustkit.encoding import der_write as w
from trustkit.x509 import oids
from trustkit.x509.extensions import distribution_points, extension, uri_name

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime


def delta_crl_indicator(base: int) -> bytes:
    """Return deltaCRLIndicator, critical, with the number of the complete list the delta begins at (5.2.4)."""
    return extension(oids.DELTA_CRL_INDICATOR, w.integer(base), critical=True)


def issuing_distribution_point(url: str) -> bytes:
    """Return issuingDistributionPoint, critical, naming one point; the list tells every kind of certificate (5.2.5)."""
    point = w.explicit(0, w.explicit(0, uri_name(url)))
    return extension(oids.ISSUING_DISTRIBUTION_POINT, w.sequence(point), critical=True)


def freshest_crl(urls: Iterable[str]) -> bytes:
    """Return freshestCRL: where the deltas are, in a complete list (5.2.6) or in a certificate (4.2.1.15)."""
    return extension(oids.FRESHEST_CRL, distribution_points(urls))


def expired_certs_on_crl(since: datetime) -> bytes:
    """Return expiredCertsOnCRL: revoked certificates that expired since then stay listed (X.509 9.5.2.8)."""
    return extension(oids.EXPIRED_CERTS_ON_CRL, w.generalized_time(since))
