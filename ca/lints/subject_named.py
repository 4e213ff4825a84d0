"""An empty subject needs critical alternative names; beside a subject they are not critical."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ca.lints.model import EMPTY_NAME, Lint
from trustkit.x509 import oids

if TYPE_CHECKING:
    from ca.lints.model import LintSubject


def _holds(subject: LintSubject) -> bool:
    names = subject.certificate.extensions.get(oids.SUBJECT_ALT_NAME)
    if subject.certificate.subject_der == EMPTY_NAME:
        return names is not None and names.critical
    return names is None or not names.critical


LINT = Lint(id="subject-named", clause="RFC 5280 4.1.2.6, 4.2.1.6", holds=_holds)
