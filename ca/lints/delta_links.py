"""Links to delta lists stand beside those to the complete ones alone, not critical, http URLs of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ca.lints.model import Lint
from trustkit.x509 import oids
from trustkit.x509.distribution_point import read_distribution_points

if TYPE_CHECKING:
    from ca.lints.model import LintSubject

_SCHEMES: Final = ("http://", "https://")


def _holds(subject: LintSubject) -> bool:
    certificate = subject.certificate
    extension = certificate.extensions.get(oids.FRESHEST_CRL)
    if extension is None:
        return True
    urls = [url for point in read_distribution_points(extension.value, certificate.issuer_der) for url in point.urls]
    complete = set(certificate.crl_urls)  # a delta tells nothing without the list it is a delta of
    fits = bool(urls) and bool(complete) and complete.isdisjoint(urls)
    return fits and not extension.critical and all(url.startswith(_SCHEMES) for url in urls)


LINT = Lint(id="delta-links", clause="RFC 5280 4.2.1.15", holds=_holds)
