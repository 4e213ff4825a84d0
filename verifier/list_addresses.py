"""Where to ask for revocation lists that are missing: of the right partition, for every reason, and the newest changes.

A certificate names its lists point by point (RFC 5280 4.2.1.13), and deltas either itself or in its complete list
(freshestCRL, 4.2.1.15, 5.2.6). Nothing here fetches or proves: the caller hands in only lists that may keep us from asking for
others, so none that a stranger signed and a file carries.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustkit.errors import TrustError
from trustkit.x509 import oids
from trustkit.x509.crl_scope import points_of, require_in_scope, speaks_for
from trustkit.x509.distribution_point import read_distribution_points

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from trustkit.x509.certificate import Certificate
    from trustkit.x509.crl import CertificateList
    from trustkit.x509.extension import Extension

_FETCHED = ("http://", "https://")


def complete_lists_wanted(certificate: Certificate, crls: Iterable[CertificateList], at: datetime) -> tuple[str, ...]:
    """Return one address for each point of a certificate that is needed until all reasons are told of."""
    covered = frozenset[int]().union(*(reasons for _, reasons in _current(certificate, crls, at)))
    found: list[str] = []
    for point in points_of(certificate):
        url = _first(point.urls)
        if url is not None and not point.reasons <= covered:
            covered |= point.reasons
            found.append(url)
    return tuple(found)


def deltas_wanted(certificate: Certificate, crls: tuple[CertificateList, ...], at: datetime) -> tuple[str, ...]:
    """Return the addresses of deltas for the lists of a certificate, those of which no current one is at hand."""
    if any(crl.base_number is not None and _is_current(crl, at) and _tells(crl, certificate) for crl in crls):
        return ()
    named = [certificate.extensions.get(oids.FRESHEST_CRL)]
    named += [crl.extensions.get(oids.FRESHEST_CRL) for crl, _ in _current(certificate, crls, at)]
    urls = (_first(urls) for extension in named if extension is not None for urls in _urls(extension, certificate))
    return tuple(dict.fromkeys(url for url in urls if url is not None))


def _current(
    certificate: Certificate, crls: Iterable[CertificateList], at: datetime
) -> Iterator[tuple[CertificateList, frozenset[int]]]:
    """Yield complete lists that are current and about a certificate, each with the reasons it tells of."""
    points = points_of(certificate)
    for crl in crls:
        if crl.base_number is None and _is_current(crl, at) and speaks_for(crl, certificate, points):
            try:
                yield crl, require_in_scope(crl, certificate, points)
            except TrustError:
                continue


def _is_current(crl: CertificateList, at: datetime) -> bool:
    return crl.next_update is not None and crl.next_update >= at


def _tells(crl: CertificateList, certificate: Certificate) -> bool:
    points = points_of(certificate)
    try:
        return speaks_for(crl, certificate, points) and bool(require_in_scope(crl, certificate, points))
    except TrustError:
        return False


def _urls(extension: Extension, certificate: Certificate) -> Iterator[tuple[str, ...]]:
    try:
        yield from (point.urls for point in read_distribution_points(extension.value, certificate.issuer_der))
    except TrustError:
        return


def _first(urls: tuple[str, ...]) -> str | None:
    """Return the address to try: one that can be fetched, where there is one; the refusal of another says why not."""
    return next((url for url in urls if url.startswith(_FETCHED)), urls[0] if urls else None)
