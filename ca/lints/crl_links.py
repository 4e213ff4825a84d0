"""Links to revocation lists are there where the profile publishes them, not critical, each an http URL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ca.lints.model import Lint
from trustkit.x509 import oids

if TYPE_CHECKING:
    from ca.lints.model import LintSubject

_SCHEMES: Final = ("http://", "https://")


def _holds(subject: LintSubject) -> bool:
    extension = subject.certificate.extensions.get(oids.CRL_DISTRIBUTION_POINTS)
    if extension is None:
        return not subject.profile.publish_links
    urls = subject.certificate.crl_urls
    return not extension.critical and bool(urls) and all(url.startswith(_SCHEMES) for url in urls)


LINT = Lint(id="crl-links", clause="RFC 5280 4.2.1.13", holds=_holds)
