"""Links to the issuer and its OCSP responder are there where the profile publishes them, not critical, http URLs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ca.lints.model import Lint
from trustkit.x509 import oids

if TYPE_CHECKING:
    from ca.lints.model import LintSubject

_SCHEMES: Final = ("http://", "https://")


def _holds(subject: LintSubject) -> bool:
    extension = subject.certificate.extensions.get(oids.AUTHORITY_INFO_ACCESS)
    if extension is None:
        return not subject.profile.publish_links
    urls = (*subject.certificate.aia.issuer_urls, *subject.certificate.aia.ocsp_urls)
    return not extension.critical and bool(urls) and all(url.startswith(_SCHEMES) for url in urls)


LINT = Lint(id="authority-links", clause="RFC 5280 4.2.2.1", holds=_holds)
