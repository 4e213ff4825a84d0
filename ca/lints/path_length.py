"""An authority stands as deep as the path lengths above it allow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ca.lints.model import Lint

if TYPE_CHECKING:
    from ca.lints.model import LintSubject


def _holds(subject: LintSubject) -> bool:
    above, certificate = subject.issuer, subject.certificate
    if (
        above is None
        or above.path_length is None
        or not certificate.is_ca
        or certificate.subject_der == certificate.issuer_der
    ):
        return True
    return above.path_length > 0 and (certificate.path_length is None or certificate.path_length < above.path_length)


LINT = Lint(id="path-length", clause="RFC 5280 4.2.1.9, 6.1.4", holds=_holds)
