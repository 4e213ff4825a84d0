"""Basic constraints are there, critical, and what the profile says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ca.lints.model import Lint
from trustkit.x509 import oids

if TYPE_CHECKING:
    from ca.lints.model import LintSubject


def _holds(subject: LintSubject) -> bool:
    certificate, profile = subject.certificate, subject.profile
    extension = certificate.extensions.get(oids.BASIC_CONSTRAINTS)
    said = certificate.is_ca == profile.ca and certificate.path_length == profile.path_length
    return extension is not None and extension.critical and said


LINT = Lint(id="basic-constraints", clause="RFC 5280 4.2.1.9", holds=_holds)
