"""A certificate begins before it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ca.lints.model import Lint

if TYPE_CHECKING:
    from ca.lints.model import LintSubject


def _holds(subject: LintSubject) -> bool:
    return subject.certificate.not_before < subject.certificate.not_after


LINT = Lint(id="validity-order", clause="RFC 5280 4.1.2.5", holds=_holds)
