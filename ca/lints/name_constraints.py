"""Name constraints stand in authorities alone, critical, and constrain something."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ca.lints.model import EMPTY_NAME as EMPTY_SEQUENCE
from ca.lints.model import Lint
from trustkit.x509 import oids
from trustkit.x509.name_constraints import read_name_constraints

if TYPE_CHECKING:
    from ca.lints.model import LintSubject


def _holds(subject: LintSubject) -> bool:
    extension = subject.certificate.extensions.get(oids.NAME_CONSTRAINTS)
    if extension is None:
        return not subject.profile.name_constraints
    read_name_constraints(extension.value)
    said = extension.value != EMPTY_SEQUENCE
    return subject.certificate.is_ca and extension.critical and said


LINT = Lint(id="name-constraints", clause="RFC 5280 4.2.1.10", holds=_holds)
