"""A certificate authority has a subject."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ca.lints.model import EMPTY_NAME, Lint

if TYPE_CHECKING:
    from ca.lints.model import LintSubject


def _holds(subject: LintSubject) -> bool:
    return not subject.certificate.is_ca or subject.certificate.subject_der != EMPTY_NAME


LINT = Lint(id="authority-named", clause="RFC 5280 4.1.2.6", holds=_holds)
