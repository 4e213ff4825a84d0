"""Only an OCSP responder is trusted without being asked about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ca.lints.model import Lint
from trustkit.x509 import oids

if TYPE_CHECKING:
    from ca.lints.model import LintSubject


def _holds(subject: LintSubject) -> bool:
    said = oids.OCSP_NO_CHECK in subject.certificate.extensions
    return said == subject.profile.no_check and (not said or subject.certificate.extended_key_usage == ("ocspSigning",))


LINT = Lint(id="ocsp-no-check", clause="RFC 6960 4.2.2.2.1", holds=_holds)
