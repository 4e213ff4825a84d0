"""Every name is one the issuer's name constraints let it vouch for: else no path through the issuer would hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ca.lints.model import Lint
from trustkit.x509.name_constraints import NamesWithin
from trustkit.x509.path_work import PathWork

if TYPE_CHECKING:
    from ca.lints.model import LintSubject


def _holds(subject: LintSubject) -> bool:
    issuer, certificate = subject.issuer, subject.certificate
    # RFC 5280 6.1.3 (b): an authority's certificate for itself is not held to its own constraints.
    if issuer is None or (certificate.is_ca and certificate.subject_der == issuer.subject_der):
        return True
    within = NamesWithin(PathWork())
    constraints = within.constraints_of(issuer)
    if constraints is not None:
        within.require(certificate, constraints)
    return True


LINT = Lint(id="names-within-issuer", clause="RFC 5280 4.2.1.10, 6.1.3", holds=_holds)
